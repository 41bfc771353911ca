package recovery_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/recovery"
)

// written is the store, with what it is asked for written down.
type written struct {
	recovery.Store
	asked []string
}

func (w *written) note(what string, trail idp.Trail) {
	w.asked = append(w.asked, fmt.Sprintf("%s, %d events, %d messages", what, len(trail.Events), len(trail.Messages)))
}

func (w *written) Person(ctx context.Context, id string) (idp.Person, error) {
	w.note("Person", idp.Trail{})
	return w.Store.Person(ctx, id)
}

func (w *written) Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error) {
	w.note("Passkeys", idp.Trail{})
	return w.Store.Passkeys(ctx, personID)
}

func (w *written) PeopleByContact(ctx context.Context, channel idp.Channel, address string, limit int) ([]idp.Person, error) {
	w.note("PeopleByContact", idp.Trail{})
	return w.Store.PeopleByContact(ctx, channel, address, limit)
}

func (w *written) ConfirmedContacts(ctx context.Context, personID string) ([]idp.Contact, error) {
	w.note("ConfirmedContacts", idp.Trail{})
	return w.Store.ConfirmedContacts(ctx, personID)
}

func (w *written) StartRecovery(ctx context.Context, r idp.Recovery) error {
	w.note("StartRecovery", idp.Trail{})
	return w.Store.StartRecovery(ctx, r)
}

func (w *written) SendContactCode(ctx context.Context, c idp.ContactCode, trail idp.Trail, allowances ...idp.Allowance) error {
	w.note(fmt.Sprint("SendContactCode with allowances: ", len(allowances)), trail)
	return w.Store.SendContactCode(ctx, c, trail, allowances...)
}

func (w *written) TakeContactCode(ctx context.Context, t idp.CodeTake) (idp.ContactCode, error) {
	w.note("TakeContactCode", t.Trail)
	return w.Store.TakeContactCode(ctx, t)
}

func (w *written) RecoveryCodes(ctx context.Context, personID string) ([]idp.RecoveryCode, error) {
	w.note("RecoveryCodes", idp.Trail{})
	return w.Store.RecoveryCodes(ctx, personID)
}

func (w *written) UnusedRecoveryCodes(ctx context.Context, personID string) (int, error) {
	w.note("UnusedRecoveryCodes", idp.Trail{})
	return w.Store.UnusedRecoveryCodes(ctx, personID)
}

func (w *written) ProveSavedCode(ctx context.Context, p idp.SavedProof) error {
	w.note("ProveSavedCode", p.Trail)
	return w.Store.ProveSavedCode(ctx, p)
}

func (w *written) WaitingRecovery(ctx context.Context, personID string, now time.Time) (idp.Recovery, error) {
	w.note("WaitingRecovery", idp.Trail{})
	return w.Store.WaitingRecovery(ctx, personID, now)
}

func (w *written) Spend(ctx context.Context, now time.Time, allowances ...idp.Allowance) error {
	w.note(fmt.Sprint("Spend ", len(allowances)), idp.Trail{})
	return w.Store.Spend(ctx, now, allowances...)
}

// TestRecoveryDoesTheSameWorkForNobody: how long an answer takes does not tell whether there is an account, because the same is read
// and written for it: at the start, for another code, for wrong codes of both kinds, and whenever a page is looked at.
func TestRecoveryDoesTheSameWorkForNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	h.codes(p)
	book := &written{Store: h.store}
	h.room.Store = book
	walk := func(address string) []string {
		book.asked = nil
		b := h.browser()
		b.begin(address)
		b.get("/recover/code")
		b.post("/recover/code", "code", "ZZZZ-ZZZZ")
		b.post("/recover/saved", "code", "ZZZZ-ZZZZ-ZZZZ-ZZZZ")
		b.post("/recover/send")
		b.get("/recover/saved")
		b.get("/recover/done")
		return book.asked
	}
	want := walk(p.Email)
	for _, of := range []string{"nobody@example.org", "nobody.else@example.org"} {
		if got := walk(of); !slices.Equal(got, want) {
			t.Errorf("%s:\n%q\nwant\n%q", of, got, want)
		}
	}
	if len(want) < 12 || len(h.messages("nobody@example.org")) != 0 || len(h.messages(p.Email)) == 0 {
		t.Errorf("%d calls, and nobody was told %v", len(want), h.kinds("nobody@example.org"))
	}
}

// TestSignUpDoesTheSameWorkForSomebodyKnown: the address of an account takes as long as one that is new.
func TestSignUpDoesTheSameWorkForSomebodyKnown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.Unverified)
	book := &written{Store: h.store}
	h.room.Store = book
	walk := func(address string) []string {
		book.asked = nil
		b := h.browser()
		h.wantPage(b.follow("/sign-up", "given_name", "Rosa", "family_name", "Paz", "day", "3", "month", "4", "year", "1961", "email", address, "terms", "yes"), "code")
		b.post("/sign-up/code", "code", "ZZZZ-ZZZZ")
		return book.asked
	}
	if got, want := walk("new@example.org"), walk(p.Email); !slices.Equal(got, want) {
		t.Errorf("%q\nfor somebody known %q", got, want)
	}
}
