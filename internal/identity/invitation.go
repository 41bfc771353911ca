package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
)

// What is digested of an invitation, each under a key of its own.
const (
	invitationPurpose = "invitation-code"
	companionPurpose  = "invitation-companion"
)

const (
	// invitationSigns is 50 bits, which with the birthdate and the counters of the page leaves a guesser nothing (NIST SP 800-63A-4:
	// an enrolment code has at least six digits).
	invitationSigns = 10
	companionSigns  = 8
)

// How long invitations are good: usually, and at most. Back into an account it is short, because it is handed over at a desk.
const (
	firstFor     = 7 * 24 * time.Hour
	firstForMost = 30 * 24 * time.Hour
	deskFor      = 24 * time.Hour
	deskForMost  = 7 * 24 * time.Hour
)

// Messenger makes messages to people (package mail).
type Messenger interface {
	About(person idp.Person, n idp.Notice) ([]idp.Message, error)
	To(person idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error)
}

// InvitationRequest asks for an invitation.
type InvitationRequest struct {
	PersonID string
	// Purpose is InviteFirst, or InviteDesk after somebody checked again who she is.
	Purpose idp.InvitationPurpose
	For     time.Duration // 0 is the usual
	Code    bool          // with a code that can be typed instead of the link
	// Send is by which channel the link goes to her; "" hands it to who invites. For somebody who was proofed a second code goes by another way.
	Send idp.Channel
	// Checked is how it was checked again who she is, for InviteDesk: which documents were seen.
	Checked string
	// Mail writes the messages; Link makes the address out of the token.
	Mail Messenger
	Link func(idp.Token) string
}

// Invited is an invitation with its secrets, which are not kept.
type Invited struct {
	Person     idp.Person
	Invitation idp.Invitation
	Token      idp.Token
	Code       string // in groups, "" when there is none
	// Companion is the second code that a link asks for that was sent, "" when none is asked for or when it went to her, too.
	Companion   string
	CompanionTo string // the telephone or the e-mail address that it went to
	SentTo      string // that of the link
}

// Invite makes the only open invitation of a person. Errors: *Refusal; idp.ErrNotFound.
//
// NIST SP 800-63B-4 §4.2.2.2: an account that was proofed is got back by two codes of different ways, or by repeated proofing.
// So an invitation back into an account is made after that only, and to an administrator never.
func (i *Identity) Invite(ctx context.Context, r InvitationRequest, by idp.Reading) (Invited, error) {
	p, err := i.Store.Person(ctx, r.PersonID)
	if err != nil {
		return Invited{}, err
	}
	if err := i.mayBeInvited(ctx, p, r); err != nil {
		return Invited{}, err
	}
	lifetime, err := invitationLifetime(r)
	if err != nil {
		return Invited{}, err
	}
	now := i.now()
	out := Invited{Person: p, Token: idp.NewToken()}
	out.Invitation = idp.Invitation{
		ID: out.Token.ID, Hash: out.Token.Hash(), PersonID: p.ID, Purpose: r.Purpose, AsksBirthdate: p.Birthdate != "",
		CreatedBy: by.Actor, CreatedAt: now, ExpiresAt: now.Add(lifetime),
	}
	if err := i.invitationCodes(&out, r); err != nil {
		return Invited{}, err
	}
	trail, err := i.invitationTrail(ctx, &out, r, by)
	if err != nil {
		return Invited{}, err
	}
	if err := i.Store.Invite(ctx, out.Invitation, trail); err != nil {
		return Invited{}, fmt.Errorf("invite: %w", err)
	}
	return out, nil
}

func (i *Identity) mayBeInvited(ctx context.Context, p idp.Person, r InvitationRequest) error {
	if p.State != idp.PersonActive {
		return refuse("state", "the account is %s: nobody can be invited into it", p.State)
	}
	// What is typed at /invite is a code and a birthdate. A mailed link may ask for a second code, for which there is no field there; and
	// a code that neither goes out nor is shown lets nobody in.
	if r.Send != "" && r.Code {
		return refuse("code", "an invitation that is sent has no code to type: send the link, or hand over a code or a letter")
	}
	if _, ok := addressFor(p, r.Send); r.Send != "" && !ok {
		return refuse(string(r.Send), "she has no address for that (%s): hand the invitation over, or print the letter", r.Send)
	}
	switch r.Purpose {
	case idp.InviteFirst:
		passkeys, err := i.passkeys(ctx, p.ID)
		if err != nil {
			return err
		}
		if passkeys > 0 {
			return refuse("passkey", "she has a passkey already. If she cannot use it any more, check again who she is and invite her back into her account")
		}
		return nil
	case idp.InviteDesk:
		// An administrator's account opens the accounts of others. Somebody at a desk who can be talked into a mistake must not be a
		// way into it.
		if p.Role.Administers() {
			return refuse("administrator", "an administrator is not invited back: another administrator adds a new account for her, and closes this one")
		}
		if r.Checked == "" {
			return refuse("checked", "it must be said how it was checked again who she is")
		}
		return nil
	}
	return refuse("purpose", "an invitation for %q is not made by hand", r.Purpose)
}

func (i *Identity) passkeys(ctx context.Context, personID string) (int, error) {
	all, err := i.Store.Passkeys(ctx, personID)
	if err != nil {
		return 0, fmt.Errorf("passkeys: %w", err)
	}
	return len(all), nil
}

func invitationLifetime(r InvitationRequest) (time.Duration, error) {
	usual, most := firstFor, firstForMost
	if r.Purpose == idp.InviteDesk {
		usual, most = deskFor, deskForMost
	}
	switch {
	case r.For == 0:
		return usual, nil
	case r.For < time.Minute || r.For > most:
		return 0, refuse("expires", "such an invitation is good for at least a minute and at most %d days", int(most/(24*time.Hour)))
	}
	return r.For, nil
}

// invitationCodes draws the codes.
func (i *Identity) invitationCodes(out *Invited, r InvitationRequest) error {
	if r.Code {
		code := codes.New(invitationSigns)
		index, err := i.Sealer.Digest([]byte(code), invitationPurpose)
		if err != nil {
			return fmt.Errorf("invitation code: %w", err)
		}
		out.Code, out.Invitation.CodeIndex = codes.Groups(code, invitationSigns/2), index
	}
	// A mailbox that others read must not be all it takes to become somebody whom we vouch for.
	if r.Send != "" && proofed(out.Person) {
		code := codes.New(companionSigns)
		hash, err := i.companionHash(out.Invitation.ID, code)
		if err != nil {
			return err
		}
		out.Companion, out.Invitation.CompanionHash = codes.Groups(code, companionSigns/2), hash
	}
	return nil
}

// proofed reports whether anybody ever verified who the person is. That it has run out since does not make the account anybody's.
func proofed(p idp.Person) bool { return p.Level != idp.Unverified || !p.Identifier.IsZero() }

func (i *Identity) companionHash(id, code string) ([]byte, error) {
	hash, err := i.Sealer.Digest([]byte(id+"|"+code), companionPurpose)
	if err != nil {
		return nil, fmt.Errorf("second code: %w", err)
	}
	return hash, nil
}

// invitationTrail is what an invitation leaves behind, its message among it.
func (i *Identity) invitationTrail(ctx context.Context, out *Invited, r InvitationRequest, by idp.Reading) (idp.Trail, error) {
	inv, until := out.Invitation, out.Invitation.ExpiresAt.Format(time.RFC3339)
	trail := idp.Trail{Events: []idp.AuditEvent{i.event(by, "invitation.make", inv.PersonID, detail(struct {
		Purpose   idp.InvitationPurpose `json:"purpose"`
		Until     string                `json:"until"`
		Code      bool                  `json:"code,omitempty"`
		Sent      idp.Channel           `json:"sent,omitempty"`
		Companion bool                  `json:"second_code,omitempty"`
		Checked   string                `json:"checked,omitempty"`
	}{inv.Purpose, until, r.Code, r.Send, len(inv.CompanionHash) > 0, r.Checked}))}}
	if r.Mail == nil {
		if r.Send != "" {
			return trail, errors.New("invite: nothing to write messages with")
		}
		return trail, nil
	}
	if inv.Purpose == idp.InviteDesk {
		told, err := r.Mail.About(out.Person, idp.Notice{Kind: idp.NoticeDeskInvitation, Params: map[string]string{"until": until}})
		if err != nil {
			return trail, err
		}
		trail.Messages = append(trail.Messages, told...)
	}
	if r.Send == "" {
		return trail, nil
	}
	sent, err := i.sendInvitation(ctx, out, r, until)
	trail.Messages = append(trail.Messages, sent...)
	return trail, err
}

// otherWay is the channel of the second code.
var otherWay = map[idp.Channel]idp.Channel{idp.ByEmail: idp.BySMS, idp.BySMS: idp.ByEmail}

// sendInvitation writes the link to her, and the second code by the other way when she has an address there that was shown to be hers. Otherwise
// whoever invites tells it to her: the link went to where somebody only said that she is.
//
// NIST SP 800-63B-4 §4.2.1.2: recovery codes are sent to validated addresses.
func (i *Identity) sendInvitation(ctx context.Context, out *Invited, r InvitationRequest, until string) ([]idp.Message, error) {
	expires := out.Invitation.ExpiresAt
	out.SentTo, _ = addressFor(out.Person, r.Send)
	link, err := r.Mail.To(out.Person, r.Send, out.SentTo, idp.Notice{
		Kind: idp.NoticeInvitation, Params: map[string]string{"link": r.Link(out.Token), "until": until}, ExpiresAt: expires,
	})
	if err != nil {
		return nil, err
	}
	if out.Companion == "" {
		return []idp.Message{link}, nil
	}
	other := otherWay[r.Send]
	address, ok := addressFor(out.Person, other)
	if ok {
		ok, err = i.confirmed(ctx, out.Person, other, address)
	}
	if !ok || err != nil {
		return []idp.Message{link}, err
	}
	code, err := r.Mail.To(out.Person, other, address, idp.Notice{
		Kind: idp.NoticeInvitationCode, Params: map[string]string{"code": out.Companion, "until": until}, ExpiresAt: expires,
	})
	if err != nil {
		return nil, err
	}
	out.Companion, out.CompanionTo = "", address
	return []idp.Message{link, code}, nil
}

// addressFor is where a person is reached by a channel.
func addressFor(p idp.Person, channel idp.Channel) (address string, ok bool) {
	if channel == idp.BySMS {
		return mobile(p)
	}
	return p.Email, channel == idp.ByEmail && p.Email != ""
}

// confirmed reports whether an address was shown to be hers: in a proofing, or by a code that came back.
func (i *Identity) confirmed(ctx context.Context, p idp.Person, channel idp.Channel, address string) (bool, error) {
	for _, a := range p.WithAttributes().Attributes {
		if a.IsCurrent() && a.Text == address && a.Worth() != idp.Unverified {
			return true, nil
		}
	}
	all, err := i.Store.ConfirmedContacts(ctx, p.ID)
	if err != nil {
		return false, fmt.Errorf("confirmed contacts: %w", err)
	}
	return slices.ContainsFunc(all, func(c idp.Contact) bool { return c.Channel == channel && c.Address == address }), nil
}

// mobile is the number that takes text messages.
func mobile(p idp.Person) (string, bool) {
	for _, a := range p.WithAttributes().Attributes {
		if a.Kind == idp.AttributePhone && a.Use == "mobile" && a.IsCurrent() {
			return a.Text, true
		}
	}
	return "", false
}

// RevokeInvitation ends the open invitation of a person. idp.ErrNotFound: there is none.
func (i *Identity) RevokeInvitation(ctx context.Context, personID string, by idp.Reading) error {
	trail := idp.Trail{Events: []idp.AuditEvent{i.event(by, "invitation.revoke", personID, "")}}
	return i.Store.RevokeInvitation(ctx, personID, by.Actor, i.now(), trail)
}

// InvitationAnswer is what somebody shows who has an invitation's link, or types its code.
type InvitationAnswer struct {
	Birthdate string // YYYY-MM-DD
	Companion string // as typed
	SessionID string // the browser that it is opened in
}

// ErrWrongAnswer: what was shown does not fit. It does not say what of it.
var ErrWrongAnswer = errors.New("the answer does not fit the invitation")

// InvitationByCode finds the open or spent invitation whose code was typed. idp.ErrNotFound: there is none.
func (i *Identity) InvitationByCode(ctx context.Context, typed string) (idp.Invitation, error) {
	code := codes.Normal(typed)
	if len(code) != invitationSigns {
		return idp.Invitation{}, fmt.Errorf("invitation code: %w", idp.ErrNotFound)
	}
	index, err := i.Sealer.Digest([]byte(code), invitationPurpose)
	if err != nil {
		return idp.Invitation{}, fmt.Errorf("invitation code: %w", err)
	}
	return i.Store.InvitationByCode(ctx, index)
}

// OpenInvitation lets a browser use an invitation whose link or code it has shown, when the rest fits, and returns a link for it.
// ErrWrongAnswer, which is counted; idp.ErrUsed; idp.ErrExpired, also for one that was revoked.
func (i *Identity) OpenInvitation(ctx context.Context, inv idp.Invitation, a InvitationAnswer, by idp.Reading) (idp.Token, error) {
	if inv.Purpose != idp.InviteFirst && inv.Purpose != idp.InviteDesk {
		return idp.Token{}, idp.ErrNotFound // made for one browser, which needs no opening
	}
	p, err := i.Store.Person(ctx, inv.PersonID)
	if err != nil {
		return idp.Token{}, err
	}
	fits, err := i.fits(inv, p, a)
	if err != nil {
		return idp.Token{}, err
	}
	status := inv.StatusAt(i.now())
	if !fits {
		if status == idp.InvitationOpen {
			trail := idp.Trail{Events: []idp.AuditEvent{i.event(by, "invitation.guessed", inv.PersonID, "")}}
			if _, err := i.Store.MissInvitation(ctx, inv.ID, i.now(), trail); err != nil && !isNotFound(err) {
				return idp.Token{}, err
			}
		}
		return idp.Token{}, ErrWrongAnswer
	}
	switch status {
	case idp.InvitationUsed:
		return idp.Token{}, idp.ErrUsed
	case idp.InvitationExpired, idp.InvitationRevoked:
		return idp.Token{}, idp.ErrExpired
	}
	token := idp.NewTokenFor(inv.ID)
	err = i.Store.OpenInvitation(ctx, idp.InvitationOpening{ID: inv.ID, SessionID: a.SessionID, Hash: token.Hash(), At: i.now()})
	if err != nil {
		return idp.Token{}, fmt.Errorf("open invitation: %w", err)
	}
	return token, nil
}

// fits compares what was shown, all of it whatever the first comparison says.
func (i *Identity) fits(inv idp.Invitation, p idp.Person, a InvitationAnswer) (bool, error) {
	birthdate := !inv.AsksBirthdate || sameText(p.Birthdate, a.Birthdate)
	if len(inv.CompanionHash) == 0 {
		return birthdate, nil
	}
	hash, err := i.companionHash(inv.ID, codes.Normal(a.Companion))
	if err != nil {
		return false, err
	}
	return sameBytes(hash, inv.CompanionHash) && birthdate, nil
}

// sameBytes and sameText take as long whatever differs.
func sameBytes(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
func sameText(a, b string) bool  { return sameBytes([]byte(a), []byte(b)) }
