package recovery

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// codeMissing is what is said of an empty field, which is no try.
const codeMissing = "code.error.missing"

const (
	codePurpose = "contact-code-page"
	phoneDigits = 6
	emailSigns  = 8
)

// How long a code is good. NIST SP 800-63B-4 §4.2.1.2: at most ten minutes by text message, and 24 hours by e-mail. For somebody
// who is not signed in it is an hour, which is as long as her browser is known.
const (
	codeByPhone        = 10 * time.Minute
	codeByEmail        = 24 * time.Hour
	codeByEmailUnknown = time.Hour
)

// sending is a code that is to go to an address.
type sending struct {
	purpose idp.CodePurpose
	subject string
	person  idp.Person // zero when nobody is known
	session idp.Session
	channel idp.Channel
	address string
	notice  idp.NoticeKind // that carries the code
	nobody  bool           // no code is right, and nothing goes out; that takes as long
	instead idp.NoticeKind // that goes in the place of notice where nobody is asked for
	events  []idp.AuditEvent
	hand    hand // "" where it is of no matter
}

// send makes a code and sends it. *idp.Throttled: too many were sent, or too many from there.
func (c *Recovery) send(r *http.Request, s sending) error {
	code := idp.ContactCode{
		ID: idp.NewID(), Purpose: s.purpose, Subject: s.subject, PersonID: s.person.ID, SessionID: s.session.ID, Channel: s.channel,
		To: s.address, CreatedAt: c.now(),
	}
	code.ExpiresAt = code.CreatedAt.Add(c.codeLifetime(s))
	secret, shown := newCode(s.channel)
	hash, err := c.codeHash(code.ID, secret)
	if err != nil {
		return err
	}
	// Everything is made whether or not it goes, so that it takes as long where there is nobody.
	messages := map[idp.NoticeKind]idp.Message{}
	for _, n := range []idp.Notice{
		{Kind: s.notice, ExpiresAt: code.ExpiresAt, Params: map[string]string{"code": shown, "until": code.ExpiresAt.Format(time.RFC3339)}},
		{Kind: s.instead},
	} {
		if n.Kind == "" {
			continue
		}
		n.Language = pages.Language(r)
		if messages[n.Kind], err = c.Mail.To(s.person, s.channel, s.address, n); err != nil {
			return err
		}
	}
	trail := idp.Trail{Events: s.events, Messages: []idp.Message{messages[s.notice]}}
	switch {
	case !s.nobody:
		code.Hash = hash
	case s.instead != "":
		trail.Messages = []idp.Message{messages[s.instead]}
	default:
		code.Nobody = true
	}
	allowances, err := c.sendingAllowances(r, s)
	if err != nil {
		return err
	}
	return c.Store.SendContactCode(r.Context(), code, trail, allowances...)
}

func (c *Recovery) codeLifetime(s sending) time.Duration {
	most := codeByEmailUnknown
	switch {
	case s.channel == idp.BySMS:
		most = codeByPhone
	case s.purpose == idp.CodeContact:
		most = codeByEmail
	}
	if c.CodeLifetime > 0 {
		return min(most, c.CodeLifetime)
	}
	return most
}

// newCode draws a code, as it is kept and as it is sent.
func newCode(channel idp.Channel) (secret, shown string) {
	if channel == idp.BySMS {
		secret = codes.Digits(phoneDigits)
		return secret, secret
	}
	secret = codes.New(emailSigns)
	return secret, codes.Groups(secret, emailSigns/2)
}

// codeHash is keyed: so few signs could be found from an ordinary digest.
func (c *Recovery) codeHash(id, secret string) ([]byte, error) {
	hash, err := c.Sealer.Digest([]byte(id+"|"+secret), codePurpose)
	if err != nil {
		return nil, fmt.Errorf("contact code: %w", err)
	}
	return hash, nil
}

// take takes back what was typed for a code. problem is the text key of what is wrong with it, "" when it is right. makeTrail says what
// the right one leaves behind; for a wrong one it is not made, so that it takes as long whether or not there is somebody to tell.
func (c *Recovery) take(r *http.Request, code idp.ContactCode, typed string, makeTrail func() (idp.Trail, error)) (problem string, err error) {
	hash, err := c.codeHash(code.ID, codes.Normal(typed))
	if err != nil {
		return "", err
	}
	var trail idp.Trail
	if len(code.Hash) > 0 && subtle.ConstantTimeCompare(hash, code.Hash) == 1 {
		if trail, err = makeTrail(); err != nil {
			return "", err
		}
	}
	_, err = c.Store.TakeContactCode(r.Context(), idp.CodeTake{
		ID: code.ID, SessionID: code.SessionID, Purpose: code.Purpose, Hash: hash, At: c.now(), Trail: trail,
	})
	switch {
	case errors.Is(err, idp.ErrMismatch):
		return "code.error.wrong", nil
	case errors.Is(err, idp.ErrUsed):
		return "code.error.void", nil
	case errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrNotFound):
		return "code.error.expired", nil
	}
	return "", err
}

// mask shows enough of an address for its owner to know it by.
func mask(channel idp.Channel, address string) string {
	if channel == idp.BySMS {
		return "••• " + address[max(0, len(address)-2):]
	}
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "•••"
	}
	first := []rune(address[:at])[0]
	return string(first) + "•••" + address[at:]
}
