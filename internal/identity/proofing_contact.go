package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

const contactPurpose = "contact-code"

// How long a code is good (NIST SP 800-63A §4.4.1.6 and 800-63A-4: enrolment codes).
const (
	codeByPhone  = 10 * time.Minute
	codeByEmail  = 24 * time.Hour
	codeByPost   = 21 * 24 * time.Hour
	codeByPostUS = 30 * 24 * time.Hour // outside of the contiguous United States
)

const (
	maxMissed   = 5  // of one code
	maxSendings = 10 // to one contact in one event
)

// ContactCode is a code that is to be delivered.
type ContactCode = idp.ContactCodeSent

// SendContactCode makes a code that proves, when it comes back, that the person has a telephone, an e-mail address or a home. The
// caller delivers it, unless it is Delivered. A code that was sent before is void.
func (i *Identity) SendContactCode(ctx context.Context, id, attribute, channel string, by idp.Reading) (ContactCode, error) {
	var out ContactCode
	_, err := i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		a, err := s.attribute(attribute)
		if err != nil {
			return err
		}
		if !channelFits(channel, a.Kind) {
			return refuse("channel", "a code by %q cannot go to a %s: sms or voice to a phone, email to an email, postal to an address", channel, a.Kind)
		}
		c := s.contact(a.ID, channel)
		if c.Sendings >= maxSendings {
			return refuse("too_many_codes", "%d codes were sent there already; use another contact, or start a new event", c.Sendings)
		}
		code, err := newCode(channel)
		if err != nil {
			return err
		}
		if c.CodeHash, err = i.codeHash(s.p.ID, a.ID, channel, code); err != nil {
			return err
		}
		c.SentAt, c.ExpiresAt, c.Missed, c.ConfirmedAt = s.now, s.now.Add(lifetime(channel, a)), 0, time.Time{}
		c.Sendings++
		out = ContactCode{Code: code, To: a, Channel: channel, ExpiresAt: c.ExpiresAt}
		if _, out.Delivered, err = i.tell(s, channel, a, codeNotice(code, c.ExpiresAt)); err != nil {
			return err
		}
		if out.Delivered {
			out.Code = ""
		}
		i.note(s, "proofing.contact.send", channel)
		return nil
	})
	return out, err
}

func channelFits(channel string, kind idp.AttributeKind) bool {
	switch channel {
	case idp.ChannelSMS, idp.ChannelVoice:
		return kind == idp.AttributePhone
	case idp.ChannelEmail:
		return kind == idp.AttributeEmail
	case idp.ChannelPostal:
		return kind == idp.AttributeAddress
	}
	return false
}

// contact finds the record of an attribute and channel, and makes it when there is none.
func (s *step) contact(attributeID, channel string) *idp.ContactConfirmation {
	i := slices.IndexFunc(s.p.Contacts, func(c idp.ContactConfirmation) bool { return c.AttributeID == attributeID && c.Channel == channel })
	if i < 0 {
		s.p.Contacts, i = append(s.p.Contacts, idp.ContactConfirmation{AttributeID: attributeID, Channel: channel}), len(s.p.Contacts)
	}
	return &s.p.Contacts[i]
}

// newCode draws at least the six digits that NIST SP 800-63A asks for; eight where there is longer to guess.
func newCode(channel string) (string, error) {
	digits := 8
	if channel == idp.ChannelSMS || channel == idp.ChannelVoice {
		digits = 6
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		return "", fmt.Errorf("contact code: %w", err)
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// codeHash is keyed: so few digits could be found from an ordinary digest.
func (i *Identity) codeHash(id, attributeID, channel, code string) ([]byte, error) {
	hash, err := i.Sealer.Digest([]byte(strings.Join([]string{id, attributeID, channel, code}, "|")), contactPurpose)
	if err != nil {
		return nil, fmt.Errorf("contact code: %w", err)
	}
	return hash, nil
}

func lifetime(channel string, a idp.Attribute) time.Duration {
	switch channel {
	case idp.ChannelSMS, idp.ChannelVoice:
		return codeByPhone
	case idp.ChannelEmail:
		return codeByEmail
	}
	if a.Address != nil && a.Address.Country == "US" && !strings.Contains(" AK HI AS GU MP PR VI FM MH PW AA AE AP ", " "+a.Address.State+" ") {
		return codeByPost
	}
	return codeByPostUS
}

// ContactInput is what came back from a contact, or what shows that it is the person's.
type ContactInput = idp.ContactInput

// ConfirmContact takes a code back, or notes the bill that shows whose a contact is, or both. A wrong code is counted, and after
// five of them a new one has to be sent.
func (i *Identity) ConfirmContact(ctx context.Context, id string, in ContactInput, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		a, err := s.attribute(in.Attribute)
		if err != nil {
			return err
		}
		if !channelFits(in.Channel, a.Kind) {
			return refuse("channel", "a %s is not reached by %q", a.Kind, in.Channel)
		}
		c := s.contact(a.ID, in.Channel)
		if in.EvidenceID != "" {
			e, err := s.evidence(in.EvidenceID)
			if err != nil {
				return err
			}
			if !slices.Contains(e.Supports, a.Kind) {
				return refuse("supports", "the %s does not say the %s", e.Type, a.Kind)
			}
			c.EvidenceID = in.EvidenceID
			i.note(s, "proofing.contact.evidence", in.EvidenceID)
		}
		c.Exclusive = c.Exclusive || in.Exclusive
		if in.Code == "" {
			return nil
		}
		return i.takeCode(s, c, a, in.Code)
	})
}

func (i *Identity) takeCode(s *step, c *idp.ContactConfirmation, a idp.Attribute, code string) error {
	switch {
	case len(c.CodeHash) == 0:
		return refuse("no_code", "no code is on its way there: send one")
	case c.Missed >= maxMissed:
		return refuse("code_locked", "the code was wrong %d times and is void: send a new one", c.Missed)
	case !s.now.Before(c.ExpiresAt):
		return refuse("code_expired", "the code was good until %s: send a new one", c.ExpiresAt.Format(time.RFC3339))
	}
	hash, err := i.codeHash(s.p.ID, a.ID, c.Channel, normalNumber(code))
	if err != nil {
		return err
	}
	if !hmac.Equal(hash, c.CodeHash) {
		c.Missed++
		s.after = refuse("code_wrong", "that is not the code; %d more attempts", maxMissed-c.Missed)
		i.note(s, "proofing.contact.missed", c.Channel)
		return nil // saved, so that the attempt counts
	}
	c.ConfirmedAt, c.CodeHash = s.now, nil
	if a.Kind == idp.AttributeAddress && s.p.Address == nil {
		s.p.Address = &idp.AddressConfirmation{AttributeID: a.ID, Method: assurance.AddressByCode, ConfirmedAt: s.now}
	}
	i.note(s, "proofing.contact.confirm", c.Channel)
	return nil
}
