package storetest

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// newPasskey is one more passkey of the house's person.
func (h *house) newPasskey() idp.NewPasskey {
	id := make([]byte, 16)
	rand.Read(id)
	return idp.NewPasskey{Passkey: idp.Passkey{ID: id, PersonID: h.person.ID, Name: "Spare", AAGUID: "a", Transports: []string{"usb"},
		Credential: []byte("{}"), CreatedAt: h.now.Add(time.Second)}}
}

// trailOf is what an action leaves behind.
func (h *house) trailOf(action string) idp.Trail {
	return idp.Trail{
		Events:   []idp.AuditEvent{{ID: idp.NewID(), At: h.now, Actor: h.person.ID, Action: action, PersonID: h.person.ID, RequestID: "7F3K-Q2"}},
		Messages: []idp.Message{{ID: idp.NewID(), PersonID: h.person.ID, Channel: idp.ByEmail, To: "m@example.org", Kind: "test", CreatedAt: h.now}},
	}
}

// left is how many events of an action the person has.
func (h *house) left(action string) int {
	h.Helper()
	events, err := h.AuditEvents(h.ctx, idp.AuditFilter{PersonID: h.person.ID, Action: action})
	h.ok(err)
	return len(events)
}

func passkeysOfAPerson(h *house) {
	added := h.newPasskey()
	h.ok(h.AddPasskey(h.ctx, added, h.trailOf("passkey.add")))
	h.want(h.AddPasskey(h.ctx, added, h.trailOf("passkey.add")), idp.ErrExists)
	all, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	if len(all) != 2 || string(all[1].ID) != string(added.ID) || all[1].Name != "Spare" || !slices.Equal(all[1].Transports, []string{"usb"}) {
		h.Fatalf("passkeys: %+v", all)
	}
	if got, err := h.Passkey(h.ctx, added.ID); err != nil || got.PersonID != h.person.ID {
		h.Errorf("by its id: %+v, %v", got, err)
	}
	_, err = h.Passkey(h.ctx, []byte("another"))
	h.want(err, idp.ErrNotFound)

	h.ok(h.RenamePasskey(h.ctx, h.person.ID, added.ID, "Blue key\x00", h.trailOf("passkey.rename")))
	if got, err := h.Passkey(h.ctx, added.ID); err != nil || got.Name != "Blue key" {
		h.Errorf("renamed: %q, %v", got.Name, err)
	}
	other, _ := h.addPerson()
	h.want(h.RenamePasskey(h.ctx, other.ID, added.ID, "Mine", h.trailOf("passkey.rename")), idp.ErrNotFound)
	h.want(h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: other.ID, PasskeyID: added.ID}, h.trailOf("passkey.remove")), idp.ErrNotFound)
	h.ok(h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: h.person.ID, PasskeyID: added.ID}, h.trailOf("passkey.remove")))
	h.want(h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: h.person.ID, PasskeyID: added.ID}, h.trailOf("passkey.remove")), idp.ErrNotFound)
	for _, action := range []string{"passkey.add", "passkey.rename", "passkey.remove"} {
		if n := h.left(action); n != 1 {
			h.Errorf("%d events %s, want 1: what was refused leaves none", n, action)
		}
	}
}

func lastPasskeyStays(h *house) {
	h.ok(h.AddPasskey(h.ctx, h.newPasskey(), idp.Trail{}))
	all, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	// Both at once, many times: one goes, one stays.
	won, lost := h.race(racers, func() error {
		return errorOfBoth(h, all)
	})
	rest, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	if len(rest) != 1 {
		h.Fatalf("%d passkeys are left, want 1 (%d calls succeeded, %v)", len(rest), won, lost)
	}
	last := idp.PasskeyRemoval{PersonID: h.person.ID, PasskeyID: rest[0].ID}
	h.want(h.RemovePasskey(h.ctx, last, idp.Trail{}), idp.ErrLastPasskey)
	h.ok(h.ReplaceRecoveryCodes(h.ctx, h.person.ID, [][]byte{[]byte("hash of a code")}, h.now, idp.Trail{}))
	h.ok(h.RemovePasskey(h.ctx, last, idp.Trail{}))
}

// errorOfBoth removes both passkeys, and fails unless both went.
func errorOfBoth(h *house, all []idp.Passkey) error {
	for _, k := range all {
		if err := h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: h.person.ID, PasskeyID: k.ID}, idp.Trail{}); err != nil {
			return fmt.Errorf("remove: %w", err)
		}
	}
	return nil
}

func removedPasskeyEndsItsSessions(h *house) {
	h.ok(h.AddPasskey(h.ctx, h.newPasskey(), idp.Trail{}))
	asking, cookie := h.addSession()
	asking, _ = h.signIn(asking, cookie)
	other, cookie := h.addSession()
	other, _ = h.signIn(other, cookie)
	h.ok(h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: h.person.ID, PasskeyID: asking.Authentication.PasskeyID, SessionID: asking.ID}, idp.Trail{}))
	_, err := h.Session(h.ctx, asking.ID, h.now)
	h.ok(err)
	_, err = h.Session(h.ctx, other.ID, h.now)
	h.want(err, idp.ErrNotFound)
}

func passkeysAreBounded(h *house) {
	for range idp.MaxPasskeys - 1 {
		h.ok(h.AddPasskey(h.ctx, h.newPasskey(), idp.Trail{}))
	}
	h.want(h.AddPasskey(h.ctx, h.newPasskey(), idp.Trail{}), idp.ErrTooMany)
	stranger := h.newPasskey()
	stranger.PersonID = idp.NewID()
	h.want(h.AddPasskey(h.ctx, stranger, idp.Trail{}), idp.ErrNotFound)
}

func refusedSignInsAreBounded(h *house) {
	event := func(at time.Time) idp.AuditEvent {
		return idp.AuditEvent{ID: idp.NewID(), At: at, Actor: "stranger", Action: "signin.refused", PersonID: h.person.ID}
	}
	for i := range 5 {
		added, err := h.RefuseSignIn(h.ctx, event(h.now), h.now.Add(-time.Hour), 3)
		h.ok(err)
		if added != (i < 3) {
			h.Errorf("event %d was added: %t", i+1, added)
		}
	}
	if n := h.left("signin.refused"); n != 3 {
		h.Errorf("%d events, want 3", n)
	}
	later := h.now.Add(2 * time.Hour)
	if added, err := h.RefuseSignIn(h.ctx, event(later), later.Add(-time.Hour), 3); err != nil || !added {
		h.Errorf("an hour later: added %t, %v", added, err)
	}
}

func signInLeavesItsTrail(h *house) {
	s, cookie := h.addSession()
	all, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	in := h.signInOf(s, cookie, idp.NewTokenFor(s.ID), all[0].ID)
	in.Trail, in.Passkey.On = h.trailOf("signin"), idp.DeviceIPhone
	wrong := in
	wrong.OldHash = idp.NewToken().Hash()
	h.want(h.SignInSession(h.ctx, wrong), idp.ErrNotFound)
	if n := h.left("signin"); n != 0 {
		h.Errorf("a sign-in that failed left %d events", n)
	}
	h.ok(h.SignInSession(h.ctx, in))
	if n := h.left("signin"); n != 1 {
		h.Errorf("%d events, want 1", n)
	}
	if k, err := h.Passkey(h.ctx, all[0].ID); err != nil || k.LastUsedOn != idp.DeviceIPhone {
		h.Errorf("last used on %q, %v", k.LastUsedOn, err)
	}
}

func knownBrowser(h *house) {
	token := idp.NewToken()
	use := idp.BrowserUse{ID: token.ID, Hash: token.Hash(), Elsewhere: true, Remember: true}
	signIn := func(use idp.BrowserUse) {
		h.Helper()
		s, cookie := h.addSession()
		all, err := h.Passkeys(h.ctx, h.person.ID)
		h.ok(err)
		in := h.signInOf(s, cookie, idp.NewTokenFor(s.ID), all[0].ID)
		in.Browser = use
		h.ok(h.SignInSession(h.ctx, in))
	}
	read := func() idp.KnownBrowser {
		h.Helper()
		b, err := h.KnownBrowser(h.ctx, token.ID, h.now)
		h.ok(err)
		return b
	}
	signIn(use)
	b := read()
	if b.Remembered != h.person.ID || !b.Knows(h.person.ID) || !b.LacksOwnPasskey(h.person.ID) || !token.Matches(b.Hash) || !b.ExpiresAt.Equal(h.now.Add(idp.KnownBrowserLimit)) {
		h.Errorf("known browser: %+v", b)
	}
	_, err := h.KnownBrowser(h.ctx, token.ID, b.ExpiresAt)
	h.want(err, idp.ErrNotFound)

	// Who does not ask to be remembered changes nothing about who is.
	use.Remember = false
	signIn(use)
	if b = read(); b.Remembered != h.person.ID || len(b.Passkeys) != 1 {
		h.Errorf("after another sign-in: %+v", b)
	}
	// An id with another secret is somebody's invention.
	forged := use
	forged.Hash = idp.NewToken().Hash()
	signIn(forged)
	if b = read(); !token.Matches(b.Hash) {
		h.Error("the secret of a known browser was replaced")
	}

	h.ok(h.DeclineOwnPasskey(h.ctx, token.ID, h.person.ID))
	signIn(use)
	if b = read(); b.LacksOwnPasskey(h.person.ID) {
		h.Error("she is asked again although she said no")
	}
	own := h.newPasskey()
	own.Browser = idp.BrowserUse{ID: token.ID, Hash: token.Hash()}
	h.ok(h.AddPasskey(h.ctx, own, idp.Trail{}))
	if b = read(); !b.Used(own.ID) || b.LacksOwnPasskey(h.person.ID) {
		h.Errorf("after one was made here: %+v", b)
	}
	h.ok(h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: h.person.ID, PasskeyID: own.ID}, idp.Trail{}))
	if b = read(); b.Used(own.ID) {
		h.Error("a passkey that was removed is still known in the browser")
	}
	h.ok(h.ForgetInBrowser(h.ctx, token.ID, h.person.ID))
	if b = read(); b.Remembered != "" || b.Knows(h.person.ID) || strings.Contains(fmt.Sprint(b), h.person.ID) {
		h.Errorf("after it was to forget her: %+v", b)
	}
}
