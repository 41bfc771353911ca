package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// Mail writes messages to people (package mail). They are stored with the change they tell of and sent afterwards.
type Mail interface {
	// About makes a message for each address of a person.
	About(person idp.Person, n idp.Notice) ([]idp.Message, error)
	// To makes one to one address.
	To(person idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error)
	// Delivers reports whether messages of a channel are sent, and do not only wait to be read.
	Delivers(channel idp.Channel) bool
}

// channelOf is how a message gets to where a proofing wants it; "" where somebody has to carry it.
func channelOf(channel string) idp.Channel {
	switch channel {
	case idp.ChannelEmail:
		return idp.ByEmail
	case idp.ChannelSMS:
		return idp.BySMS
	}
	return ""
}

// tell adds a message to an attribute of the person. delivered says that it is on its way, so that nobody need carry what it
// says, or learn it.
func (i *Identity) tell(s *step, channel string, a idp.Attribute, n idp.Notice) (id string, delivered bool, err error) {
	by := channelOf(channel)
	if i.Mail == nil || by == "" {
		return "", false, nil
	}
	m, err := i.Mail.To(s.person, by, a.Text, n)
	if err != nil {
		return "", false, err
	}
	s.messages = append(s.messages, m)
	return m.ID, i.Mail.Delivers(by), nil
}

// tellAll adds a message to each address that a person has.
func (i *Identity) tellAll(s *step, kind idp.NoticeKind) error {
	messages, err := i.about(s.person, kind)
	s.messages = append(s.messages, messages...)
	return err
}

// tellStaff tells those who run the service that something waits for them.
func (i *Identity) tellStaff(s *step, kind idp.NoticeKind) error {
	if i.Staff == nil {
		return nil
	}
	messages, err := i.Staff(kind)
	s.messages = append(s.messages, messages...)
	return err
}

// about makes the messages of a notice that has no more to say than its kind.
func (i *Identity) about(person idp.Person, kind idp.NoticeKind) ([]idp.Message, error) {
	if i.Mail == nil {
		return nil, nil
	}
	return i.Mail.About(person, idp.Notice{Kind: kind})
}

// reaching are the kinds of which a change is told: whoever takes an account over puts an address of his own in the place of hers.
var reaching = []struct {
	kind idp.AttributeKind
	what string // in the notice
}{{idp.AttributeEmail, "email"}, {idp.AttributePhone, "phone"}, {idp.AttributeAddress, "address"}}

// tellChange tells every address that a person had and every one that she has now, when one of them is another.
func (i *Identity) tellChange(before, after idp.Person) ([]idp.Message, error) {
	what := ""
	for _, r := range reaching {
		switch {
		case slices.EqualFunc(current(before, r.kind), current(after, r.kind), sameValue):
		case what == "":
			what = r.what
		default:
			what = "other" // more than one of them
		}
	}
	if i.Mail == nil || what == "" {
		return nil, nil
	}
	n := idp.Notice{Kind: idp.NoticeContactChanged, Params: map[string]string{"what": what}}
	messages, err := i.Mail.About(before, n)
	if err != nil {
		return nil, err
	}
	more, err := i.Mail.About(after, n)
	for _, m := range more {
		if !slices.ContainsFunc(messages, func(had idp.Message) bool { return had.Channel == m.Channel && had.To == m.To }) {
			messages = append(messages, m)
		}
	}
	return messages, err
}

func current(p idp.Person, kind idp.AttributeKind) []idp.Attribute {
	var found []idp.Attribute
	for _, a := range p.Attributes {
		if a.Kind == kind && a.IsCurrent() {
			found = append(found, a)
		}
	}
	return found
}

// codeNotice tells a code that proves a contact.
func codeNotice(code string, until time.Time) idp.Notice {
	return idp.Notice{
		Kind: idp.NoticeProofingCode, Params: map[string]string{"code": code, "until": until.Format(time.RFC3339)}, ExpiresAt: until,
	}
}

// MessageSent takes note that a message went. If it was the notification of a proofing, the notification is sent, and the level
// that waited for that takes effect (NIST SP 800-63A-4, notification of proofing).
func (i *Identity) MessageSent(ctx context.Context, m idp.Message) error {
	if m.Kind != idp.NoticeProofed || m.PersonID == "" {
		return nil
	}
	events, err := i.Store.Proofings(ctx, idp.ProofingFilter{PersonID: m.PersonID})
	if err != nil {
		return err
	}
	for _, p := range events {
		for _, n := range p.Notifications {
			if n.MessageID != m.ID || !n.SentAt.IsZero() {
				continue
			}
			_, err := i.NotificationSent(ctx, p.ID, n.ID, idp.Reading{Actor: "mail"})
			if errors.As(err, new(*Refusal)) {
				return nil // the event has ended meanwhile: its notification does not matter
			}
			return err
		}
	}
	return nil
}
