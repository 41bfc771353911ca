package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// How long is waited where only weak means were used, and for how long after that the account can be got back.
const (
	waitUnproofed = 24 * time.Hour
	waitProofed   = 72 * time.Hour
	readyFor      = 7 * 24 * time.Hour
)

// verdict is what the proofs of a recovery come to.
type verdict int

const (
	notEnough verdict = iota
	afterWait         // enough once the waiting period is over
	enough
)

// judge says whether somebody has shown enough to make a passkey for the account.
//
// NIST SP 800-63B-4 §4.2.2.2: two recovery codes obtained by different methods of saved, issued and contacts. Two issued ones,
// by e-mail and by telephone, are what the text counts as one method; they are enough after a waiting period. used: she has, or
// had, a way in of her own.
func judge(p idp.Person, used bool, r idp.Recovery) verdict {
	saved, email, phone := r.Proved(idp.SavedCode), r.Proved(idp.EmailCode), r.Proved(idp.PhoneCode)
	if proofed(p) {
		switch {
		case saved && (email || phone):
			return enough
		case email && phone:
			return afterWait
		}
		return notEnough
	}
	switch {
	case saved, (email || phone) && !used: // an account that nobody has ever used guards nothing yet
		return enough
	case email || phone:
		return afterWait
	}
	return notEnough
}

// proofed reports whether anybody ever verified who the person is. That it has run out since does not make the account anybody's.
func proofed(p idp.Person) bool { return p.Level != idp.Unverified || !p.Identifier.IsZero() }

func waitFor(p idp.Person) time.Duration {
	if proofed(p) {
		return waitProofed
	}
	return waitUnproofed
}

// standing is a recovery with whom it is about, and what comes next.
type standing struct {
	recovery idp.Recovery
	person   idp.Person // zero when there is nobody, which nobody is told, and before anything was shown
	verdict  verdict
	waiting  idp.Recovery // that runs or has run out, zero when there is none
}

// ready reports whether a passkey may be made now.
func (s standing) ready(now time.Time) bool {
	if s.verdict == enough {
		return true
	}
	return s.verdict == afterWait && s.waiting.ID != "" && !now.Before(s.waiting.ReadyAt)
}

// The addresses of the steps.
const (
	startPath  = "/recover"
	codePath   = "/recover/code"
	secondPath = "/recover/second"
	waitPath   = "/recover/wait"
	donePath   = "/recover/done"
)

// next is where a recovery goes on. It alone decides; each page does its one thing and comes back here.
func (s standing) next(now time.Time) string {
	switch {
	case s.person.ID == "" || len(s.recovery.Proofs) == 0:
		return codePath
	case s.ready(now):
		return donePath
	case s.verdict == afterWait:
		return waitPath
	}
	return secondPath
}

// standing reads the recovery of a browser. idp.ErrNotFound and idp.ErrExpired as RecoveryOf. Whom it is about is looked up once
// something was shown: until then it takes as long where there is nobody.
func (c *Recovery) standing(ctx context.Context, sessionID string) (standing, error) {
	var s standing
	var err error
	if s.recovery, err = c.Store.RecoveryOf(ctx, sessionID, c.now()); err != nil {
		return s, err
	}
	if len(s.recovery.Proofs) == 0 {
		return s, nil
	}
	if s.person, err = c.personOf(ctx, s.recovery); err != nil || s.person.ID == "" {
		return s, err
	}
	passkeys, err := c.Store.Passkeys(ctx, s.person.ID)
	if err != nil {
		return s, fmt.Errorf("passkeys: %w", err)
	}
	// Who removes her last passkey has recovery codes, of which the used ones are kept as well.
	codes, err := c.Store.RecoveryCodes(ctx, s.person.ID)
	if err != nil {
		return s, err
	}
	s.verdict = judge(s.person, len(passkeys) > 0 || len(codes) > 0, s.recovery)
	if s.waiting, err = c.Store.WaitingRecovery(ctx, s.person.ID, c.now()); err != nil && !errors.Is(err, idp.ErrNotFound) {
		return s, err
	}
	return s, nil
}

// personOf is whom a recovery is about, the zero Person where there is nobody, or nobody any more who may be let in here.
func (c *Recovery) personOf(ctx context.Context, r idp.Recovery) (idp.Person, error) {
	p, err := c.Store.Person(ctx, r.PersonID) // asked in any case, so that it takes as long
	if errors.Is(err, idp.ErrNotFound) && r.PersonID == "" {
		return idp.Person{}, nil
	}
	if err != nil {
		return idp.Person{}, fmt.Errorf("person of the recovery: %w", err)
	}
	if !mayRecover(p) { // since it began
		return idp.Person{}, nil
	}
	return p, nil
}

// mayRecover: an account in use, and not one that opens those of others.
func mayRecover(p idp.Person) bool { return p.State == idp.PersonActive && !p.Role.Administers() }

// address is where a code may go: the person's current address of a channel, if she or somebody who verified it has shown that it
// is hers.
//
// NIST SP 800-63B-4 §4.2.1.2: a recovery address SHALL be established only after the subscriber successfully confirms it.
func (c *Recovery) address(ctx context.Context, p idp.Person, channel idp.Channel) (string, bool, error) {
	kind := idp.AttributeEmail
	if channel == idp.BySMS {
		kind = idp.AttributePhone
	}
	confirmed, err := c.Store.ConfirmedContacts(ctx, p.ID)
	if err != nil {
		return "", false, err
	}
	for _, a := range p.WithAttributes().Attributes {
		if a.Kind != kind || !a.IsCurrent() || channel == idp.BySMS && a.Use != "mobile" {
			continue
		}
		hers := slices.ContainsFunc(confirmed, func(c idp.Contact) bool { return c.Channel == channel && c.Address == a.Text })
		if hers || a.Status == idp.Verified {
			return a.Text, true, nil
		}
	}
	return "", false, nil
}
