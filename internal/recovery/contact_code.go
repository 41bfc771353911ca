package recovery

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

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
	notice  idp.NoticeKind // that carries the code; "" when no code is to be right, and nobody is to notice
	instead idp.NoticeKind // that goes in its place, "" for none
	events  []idp.AuditEvent
}

// send makes a code and sends it. *idp.Throttled: too many were sent, or too many from there.
func (c *Recovery) send(r *http.Request, s sending) error {
	code := idp.ContactCode{
		ID: idp.NewID(), Purpose: s.purpose, Subject: s.subject, PersonID: s.person.ID, SessionID: s.session.ID, Channel: s.channel,
		To: s.address, CreatedAt: c.now(),
	}
	code.ExpiresAt = code.CreatedAt.Add(codeLifetime(s))
	secret, shown := newCode(s.channel)
	hash, err := c.codeHash(code.ID, secret)
	if err != nil {
		return err
	}
	// The message is made whether or not it goes, so that it takes as long where there is nobody.
	kind := s.notice
	if kind == "" {
		kind = idp.NoticeRecoveryCode
	}
	message, err := c.Mail.To(s.person, s.channel, s.address, idp.Notice{
		Kind: kind, Language: pages.Language(r), ExpiresAt: code.ExpiresAt,
		Params: map[string]string{"code": shown, "until": code.ExpiresAt.Format(time.RFC3339)},
	})
	if err != nil {
		return err
	}
	trail := idp.Trail{Events: s.events}
	if s.notice != "" {
		code.Hash = hash
		trail.Messages = append(trail.Messages, message)
	}
	if s.instead != "" {
		other, err := c.Mail.To(s.person, s.channel, s.address, idp.Notice{Kind: s.instead, Language: pages.Language(r)})
		if err != nil {
			return err
		}
		trail.Messages = append(trail.Messages, other)
	}
	allowances, err := c.sendingAllowances(r, s)
	if err != nil {
		return err
	}
	return c.Store.SendContactCode(r.Context(), code, trail, allowances...)
}

func (c *Recovery) sendingAllowances(r *http.Request, s sending) ([]idp.Allowance, error) {
	all, err := c.allowances(r, sendings)
	if err != nil {
		return nil, err
	}
	for _, to := range []idp.Allowance{{Key: "send.hour", Max: sendingsHour, Window: hour}, {Key: "send.day", Max: sendingsDay, Window: day}} {
		if to.Key, err = c.key(to.Key, string(s.channel), strings.ToLower(s.address)); err != nil {
			return nil, err
		}
		all = append(all, to)
	}
	return all, nil
}

func codeLifetime(s sending) time.Duration {
	switch {
	case s.channel == idp.BySMS:
		return codeByPhone
	case s.purpose == idp.CodeContact:
		return codeByEmail
	}
	return codeByEmailUnknown
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

// take takes back what was typed for a code. problem is the text key of what is wrong with it, "" when it is right.
func (c *Recovery) take(r *http.Request, code idp.ContactCode, typed string, trail idp.Trail) (problem string, err error) {
	secret := codes.Normal(typed)
	if secret == "" {
		return "code.error.missing", nil
	}
	hash, err := c.codeHash(code.ID, secret)
	if err != nil {
		return "", err
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
