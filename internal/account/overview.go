package account

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	// soon is how long before its end a level is spoken of: time enough to come by.
	soon = 60 * 24 * time.Hour
	// newSignIn is how long a sign-in on a device that was not known before is spoken of.
	newSignIn = 7 * 24 * time.Hour
	// thisSignIn is how near the line of a sign-in is to the time that the session keeps of it.
	thisSignIn = 2 * time.Second
	// lookedAt is how many sign-ins are looked at for one.
	lookedAt = 20
)

// Overview answers GET /account: what matters today.
func (a *Account) Overview(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	passkeys, err := a.Store.Passkeys(r.Context(), v.person.ID)
	if err != nil {
		return fmt.Errorf("passkeys: %w", err)
	}
	sessions, err := a.sessionsOf(r, v)
	if err != nil {
		return err
	}
	consents, err := a.Store.Consents(r.Context(), v.person.ID)
	if err != nil {
		return err
	}
	signIns, err := a.signIns(r, v)
	if err != nil {
		return err
	}
	out := pages.Account{
		Name: v.person.Name(), Level: string(v.person.LevelAt(v.now)), Until: v.person.ExpiresAt, Passkeys: len(passkeys), Browsers: max(1, len(sessions)),
	}
	for _, c := range consents {
		if c.EndedAt.IsZero() {
			out.Sharing++
		}
	}
	if len(signIns) > 0 {
		out.Last = signIns[0].At
	}
	out.Needs, err = a.needs(r, v, len(passkeys), signIns)
	if err != nil {
		return err
	}
	return a.Pages.Account(w, r, out)
}

// signIns are the visitor's latest, without the one that she looks from.
func (a *Account) signIns(r *http.Request, v visitor) ([]idp.AuditEvent, error) {
	events, err := a.Store.AuditEvents(r.Context(), idp.AuditFilter{PersonID: v.person.ID, Action: "signin", Limit: lookedAt})
	if err != nil {
		return nil, err
	}
	// Its line is written with it, a moment before or after.
	own := slices.IndexFunc(events, func(e idp.AuditEvent) bool { return e.At.Sub(v.session.Authentication.Time).Abs() < thisSignIn })
	if own >= 0 {
		events = slices.Delete(events, own, own+1)
	}
	return events, nil
}

// needs is what waits for her, the most urgent first.
func (a *Account) needs(r *http.Request, v visitor, passkeys int, signIns []idp.AuditEvent) ([]pages.AccountNeed, error) {
	var needs []pages.AccountNeed
	// Before all else: somebody may be about to take the account over.
	waiting, err := a.Store.WaitingRecovery(r.Context(), v.person.ID, v.now)
	switch {
	case err == nil:
		needs = append(needs, pages.AccountNeed{Key: "recovery", At: waiting.ReadyAt, URL: "/account/recovery"})
	case !errors.Is(err, idp.ErrNotFound):
		return nil, err
	}
	declaration, err := a.Declarations.Waiting(r.Context(), v.person.ID)
	switch {
	case err == nil:
		needs = append(needs, pages.AccountNeed{Key: "declaration", At: declaration.DeclarationAskedAt, URL: "/account/declaration"})
	case !errors.Is(err, idp.ErrNotFound):
		return nil, err
	}
	closing, err := a.Store.Closing(r.Context(), v.person.ID)
	switch {
	case err == nil:
		needs = append(needs, pages.AccountNeed{Key: "closing", At: closing.DueAt, URL: "/account/close"})
	case !errors.Is(err, idp.ErrNotFound):
		return nil, err
	}
	for _, e := range signIns {
		if s := saidBy(e); s.New && v.now.Sub(e.At) < newSignIn {
			needs = append(needs, pages.AccountNeed{Key: "sign-in", At: e.At, Name: s.Device.Name(), URL: "/account/activity/" + e.ID})
			break
		}
	}
	if ends := v.person.ExpiresAt; v.person.LevelAt(v.now) != idp.Unverified && !ends.IsZero() && ends.Sub(v.now) < soon {
		needs = append(needs, pages.AccountNeed{Key: "level", At: ends, URL: "/account/profile"})
	}
	confirmed, err := a.Store.ConfirmedContacts(r.Context(), v.person.ID)
	if err != nil {
		return nil, err
	}
	for _, kind := range []idp.AttributeKind{idp.AttributeEmail, idp.AttributePhone} {
		now, ok := idp.Current(v.person.WithAttributes().Attributes, kind)
		if ok && now.Status != idp.Verified && !isConfirmed(now, confirmed) {
			needs = append(needs, pages.AccountNeed{Key: string(kind), URL: contactURL[kind]})
		}
	}
	switch passkeys {
	case 0: // she removed the last one, and has recovery codes
		needs = append(needs, pages.AccountNeed{Key: "no-passkey", URL: "/account/passkeys"})
	case 1:
		needs = append(needs, pages.AccountNeed{Key: "passkey", URL: "/account/passkeys"})
	}
	return needs, nil
}
