package storetest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

func throttles(h *house) {
	a := func(key string, most int) idp.Allowance {
		return idp.Allowance{Key: key, Max: most, Window: time.Hour}
	}
	won, lost := h.race(racers, func() error { return h.Spend(h.ctx, h.now, a("one", 5), a("all", 1000)) })
	if won != 5 {
		h.Errorf("%d of %d were let through, want 5", won, racers)
	}
	for _, err := range lost {
		full, ok := errors.AsType[*idp.Throttled](err)
		if !ok || !full.Until.Equal(h.now.Add(time.Hour)) {
			h.Fatalf("got %v, want until when", err)
		}
	}
	// What was refused was not counted anywhere.
	h.ok(h.Spend(h.ctx, h.now, a("all", 6)))
	if err := h.Spend(h.ctx, h.now, a("all", 6)); err == nil {
		h.Error("a refused attempt was not counted by one allowance, but the allowed ones were not counted either")
	}
	h.ok(h.Spend(h.ctx, h.now.Add(time.Hour), a("one", 5))) // the window is over
	h.ok(h.Forgive(h.ctx, "all", "nothing"))
	h.ok(h.Spend(h.ctx, h.now, a("all", 1)))
}

// code stores a contact code of the house's person in a browser.
func (h *house) code(purpose idp.CodePurpose, change func(*idp.ContactCode)) idp.ContactCode {
	h.Helper()
	c := idp.ContactCode{ID: idp.NewID(), Purpose: purpose, PersonID: h.person.ID, SessionID: h.session.ID, Channel: idp.ByEmail,
		To: "m@example.org", Hash: []byte("right"), CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}
	if change != nil {
		change(&c)
	}
	h.ok(h.SendContactCode(h.ctx, c, idp.Trail{}))
	return c
}

func (h *house) take(c idp.ContactCode, hash string, at time.Time) error {
	_, err := h.TakeContactCode(h.ctx, idp.CodeTake{ID: c.ID, SessionID: c.SessionID, Purpose: c.Purpose, Hash: []byte(hash), At: at, Trail: h.trailOf("taken")})
	return err
}

func contactCodeOnce(h *house) {
	c := h.code(idp.CodeContact, nil)
	h.onlyOne(racers, idp.ErrUsed, func() error { return h.take(c, "right", h.now) })
	if h.left("taken") != 1 {
		h.Errorf("%d events, want one", h.left("taken"))
	}
	confirmed, err := h.ConfirmedContacts(h.ctx, h.person.ID)
	h.ok(err)
	if len(confirmed) != 1 || confirmed[0] != (idp.Contact{Channel: idp.ByEmail, Address: "m@example.org", ConfirmedAt: h.now}) {
		h.Errorf("confirmed: %+v", confirmed)
	}
}

func contactCodeMisses(h *house) {
	c := h.code(idp.CodeContact, nil)
	won, lost := h.race(racers, func() error { return h.take(c, "wrong", h.now) })
	mismatches := 0
	for _, err := range lost {
		if errors.Is(err, idp.ErrMismatch) {
			mismatches++
		} else {
			h.want(err, idp.ErrUsed)
		}
	}
	if won != 0 || mismatches != idp.MaxMissed {
		h.Errorf("%d right, %d tries; want 0 and %d", won, mismatches, idp.MaxMissed)
	}
	h.want(h.take(c, "right", h.now), idp.ErrUsed)
	if h.left("taken") != 0 {
		h.Error("a wrong code left what a right one leaves")
	}
}

func contactCodeIsBound(h *house) {
	c := h.code(idp.CodeContact, nil)
	other := c
	other.SessionID = idp.NewID()
	h.want(h.take(other, "right", h.now), idp.ErrNotFound)
	for purpose, session := range map[idp.CodePurpose]string{idp.CodeContact: other.SessionID, idp.CodeSignUp: c.SessionID} {
		_, err := h.ContactCode(h.ctx, purpose, session)
		h.want(err, idp.ErrNotFound)
	}
	if got, err := h.ContactCode(h.ctx, idp.CodeContact, c.SessionID); err != nil || got.ID != c.ID {
		h.Errorf("of its own browser: %+v, %v", got, err)
	}
	other = c
	other.Purpose = idp.CodeSignUp
	h.want(h.take(other, "right", h.now), idp.ErrNotFound)
	h.want(h.take(c, "right", c.ExpiresAt), idp.ErrExpired)
	none := h.code(idp.CodeContact, func(c *idp.ContactCode) { c.Hash = nil })
	h.want(h.take(none, "", h.now), idp.ErrMismatch)
	h.want(h.take(c, "right", h.now), idp.ErrNotFound) // the later one took its place
}

func contactCodeSendings(h *house) {
	limit := idp.Allowance{Key: "to her", Max: 2, Window: time.Hour}
	send := func() error {
		return h.SendContactCode(h.ctx, idp.ContactCode{ID: idp.NewID(), Purpose: idp.CodeSignUp, SessionID: h.session.ID, Channel: idp.BySMS,
			To: "+15557771234", Hash: []byte("right"), CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}, h.trailOf("sent"), limit)
	}
	won, _ := h.race(16, send)
	if won != 2 || h.left("sent") != 2 {
		h.Errorf("%d were sent, with %d messages; want 2", won, h.left("sent"))
	}
	if _, full := errors.AsType[*idp.Throttled](send()); !full {
		h.Error("it does not say until when")
	}
}

func peopleByContact(h *house) {
	for _, typed := range []string{"m@example.org", "M@Example.ORG"} {
		people, err := h.PeopleByContact(h.ctx, idp.ByEmail, typed, 10)
		h.ok(err)
		if len(people) != 1 || people[0].ID != h.person.ID {
			h.Errorf("%s: %d persons", typed, len(people))
		}
	}
	people, err := h.PeopleByContact(h.ctx, idp.BySMS, h.person.Phone, 10)
	h.ok(err)
	if len(people) != 1 {
		h.Errorf("by phone: %d persons", len(people))
	}
	p := h.person
	p.State, p.UpdatedAt = idp.PersonSuspended, h.now
	h.ok(h.ChangePerson(h.ctx, p))
	for channel, address := range map[idp.Channel]string{idp.ByEmail: "m@example.org", idp.BySMS: h.person.Phone} {
		if people, err := h.PeopleByContact(h.ctx, channel, address, 10); err != nil || len(people) != 0 {
			h.Errorf("%s: a suspended person is found (%v)", channel, err)
		}
		if people, err := h.PeopleByContact(h.ctx, channel, "", 10); err != nil || len(people) != 0 {
			h.Errorf("%s: somebody without an address is found (%v)", channel, err)
		}
	}
}

func signUps(h *house) {
	up := idp.SignUp{ID: idp.NewID(), SessionID: h.session.ID, Sealed: []byte("first"), CreatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	h.ok(h.PutSignUp(h.ctx, up))
	first := up.ID
	up.ID, up.Sealed = idp.NewID(), []byte("second")
	h.ok(h.PutSignUp(h.ctx, up))
	got, err := h.SignUpOf(h.ctx, h.session.ID, h.now)
	h.ok(err)
	equalBytes(h, "sealed", got.Sealed, []byte("second"))
	_, err = h.SignUpOf(h.ctx, h.session.ID, up.ExpiresAt)
	h.want(err, idp.ErrNotFound)
	for _, wrong := range [][2]string{{first, h.session.ID}, {up.ID, idp.NewID()}} {
		_, err = h.TakeSignUp(h.ctx, wrong[0], wrong[1], h.now)
		h.want(err, idp.ErrNotFound)
	}
	h.onlyOne(racers, idp.ErrNotFound, func() error {
		_, err := h.TakeSignUp(h.ctx, up.ID, h.session.ID, h.now)
		return err
	})
}

// codes gives the house's person recovery codes, and returns their hashes.
func (h *house) codes(n int) [][]byte {
	h.Helper()
	hashes := make([][]byte, n)
	for i := range hashes {
		hashes[i] = make([]byte, 32)
		rand.Read(hashes[i])
	}
	h.ok(h.ReplaceRecoveryCodes(h.ctx, h.person.ID, hashes, h.now, h.trailOf("codes")))
	return hashes
}

// recovery begins one in a browser of its own.
func (h *house) recovery(change func(*idp.Recovery)) idp.Recovery {
	h.Helper()
	s, _ := h.addSession()
	r := idp.Recovery{ID: idp.NewID(), SessionID: s.ID, PersonID: h.person.ID, IP: "127.0.0.1", StartedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	if change != nil {
		change(&r)
	}
	h.ok(h.StartRecovery(h.ctx, r))
	return r
}

func (h *house) prove(r idp.Recovery, hash []byte) error {
	return h.ProveSavedCode(h.ctx, idp.SavedProof{RecoveryID: r.ID, SessionID: r.SessionID, Hash: hash, At: h.now, Trail: h.trailOf("saved")})
}

func recoveryCodesOnce(h *house) {
	hashes := h.codes(10)
	r := h.recovery(nil)
	h.onlyOne(racers, idp.ErrMismatch, func() error { return h.prove(r, hashes[0]) })
	left, err := h.UnusedRecoveryCodes(h.ctx, h.person.ID)
	h.ok(err)
	all, err := h.RecoveryCodes(h.ctx, h.person.ID)
	h.ok(err)
	if left != 9 || len(all) != 10 || h.left("saved") != 1 {
		h.Errorf("%d of %d left, %d events; want 9 of 10, and one", left, len(all), h.left("saved"))
	}
	got, err := h.Recovery(h.ctx, r.ID, r.SessionID, h.now)
	h.ok(err)
	if !got.Proved(idp.SavedCode) || got.Proved(idp.EmailCode) || len(got.Proofs) != 1 {
		h.Errorf("proofs: %+v", got.Proofs)
	}
	// A second code of the same kind is no second way.
	h.ok(h.prove(r, hashes[1]))
	if got, err = h.Recovery(h.ctx, r.ID, r.SessionID, h.now); err != nil || len(got.Proofs) != 1 {
		h.Errorf("proofs: %+v, %v", got.Proofs, err)
	}
	fresh := h.codes(2)
	h.want(h.prove(r, hashes[2]), idp.ErrMismatch) // replaced
	h.ok(h.prove(r, fresh[0]))
	h.want(h.ReplaceRecoveryCodes(h.ctx, idp.NewID(), fresh, h.now, idp.Trail{}), idp.ErrNotFound)
}

func recoveryCodesAreOnePersons(h *house) {
	hashes := h.codes(1)
	p, _ := h.addPerson()
	other := h.recovery(func(r *idp.Recovery) { r.PersonID = p.ID })
	h.want(h.prove(other, hashes[0]), idp.ErrMismatch)
	nobody := h.recovery(func(r *idp.Recovery) { r.PersonID = "" })
	h.want(h.prove(nobody, hashes[0]), idp.ErrMismatch)
	mine := h.recovery(nil)
	elsewhere := mine
	elsewhere.SessionID = h.session.ID
	h.want(h.prove(elsewhere, hashes[0]), idp.ErrNotFound)
	_, err := h.Recovery(h.ctx, mine.ID, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.ok(h.prove(mine, hashes[0]))
}

func recoveryByContactCode(h *house) {
	r := h.recovery(nil)
	c := h.code(idp.CodeRecovery, func(c *idp.ContactCode) { c.Subject, c.SessionID = r.ID, r.SessionID })
	h.onlyOne(16, idp.ErrUsed, func() error { return h.take(c, "right", h.now) })
	got, err := h.Recovery(h.ctx, r.ID, r.SessionID, h.now)
	h.ok(err)
	if !got.Proved(idp.EmailCode) || len(got.Proofs) != 1 {
		h.Errorf("proofs: %+v", got.Proofs)
	}
	if confirmed, err := h.ConfirmedContacts(h.ctx, h.person.ID); err != nil || len(confirmed) != 0 {
		h.Errorf("a recovery confirmed %v (%v)", confirmed, err)
	}
	late := h.code(idp.CodeRecovery, func(c *idp.ContactCode) {
		c.Subject, c.SessionID, c.ExpiresAt = r.ID, r.SessionID, h.now.Add(48*time.Hour)
	})
	h.want(h.take(late, "right", r.ExpiresAt), idp.ErrExpired)
	// Another one in the same browser takes its place.
	again := h.recovery(func(next *idp.Recovery) { next.SessionID = r.SessionID })
	_, err = h.Recovery(h.ctx, r.ID, r.SessionID, h.now)
	h.want(err, idp.ErrUsed)
	h.want(h.take(late, "right", h.now), idp.ErrUsed)
	_, err = h.Recovery(h.ctx, again.ID, again.SessionID, again.ExpiresAt)
	h.want(err, idp.ErrExpired)
	if got, err := h.RecoveryOf(h.ctx, r.SessionID, h.now); err != nil || got.ID != again.ID {
		h.Errorf("of the browser: %+v, %v", got, err)
	}
	_, err = h.RecoveryOf(h.ctx, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.RecoveryOf(h.ctx, r.SessionID, again.ExpiresAt)
	h.want(err, idp.ErrExpired)
}

func (h *house) wait(r idp.Recovery) (idp.Recovery, idp.Token, error) {
	token := idp.NewTokenFor(r.ID)
	r.ReadyAt, r.ExpiresAt, r.CancelHash = h.now.Add(24*time.Hour), h.now.Add(72*time.Hour), token.Hash()
	return r, token, h.WaitForRecovery(h.ctx, r, h.trailOf("waits"))
}

func oneWaitingPeriod(h *house) {
	r, token, err := h.wait(h.recovery(nil))
	h.ok(err)
	others := make([]idp.Recovery, 8)
	for i := range others {
		others[i] = h.recovery(nil)
		_, _, err := h.wait(others[i])
		h.want(err, idp.ErrExists)
	}
	got, err := h.WaitingRecovery(h.ctx, h.person.ID, h.now)
	h.ok(err)
	if got.ID != r.ID || !got.ReadyAt.Equal(r.ReadyAt) {
		h.Errorf("another recovery changed the waiting period: %+v", got)
	}
	// A new one in the browser that waits leaves it alone.
	h.ok(h.StartRecovery(h.ctx, idp.Recovery{ID: idp.NewID(), SessionID: r.SessionID, PersonID: h.person.ID, StartedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}))
	got, err = h.WaitingRecovery(h.ctx, h.person.ID, h.now)
	h.ok(err)
	h.want(h.CancelRecovery(h.ctx, others[0].ID, nil, h.now, idp.Trail{}), idp.ErrNotFound)
	h.want(h.CancelRecovery(h.ctx, r.ID, idp.NewToken().Hash(), h.now, idp.Trail{}), idp.ErrNotFound)
	h.onlyOne(16, idp.ErrUsed, func() error { return h.CancelRecovery(h.ctx, r.ID, token.Hash(), h.now, h.trailOf("cancelled")) })
	if h.left("cancelled") != 1 || h.left("waits") != 1 {
		h.Errorf("%d and %d events, want one of each", h.left("cancelled"), h.left("waits"))
	}
	_, err = h.WaitingRecovery(h.ctx, h.person.ID, h.now)
	h.want(err, idp.ErrNotFound)
	next, _, err := h.wait(others[1])
	h.ok(err)
	_, err = h.WaitingRecovery(h.ctx, h.person.ID, next.ExpiresAt) // too late
	h.want(err, idp.ErrNotFound)
	late := h.recovery(func(r *idp.Recovery) { r.StartedAt, r.ExpiresAt = next.ExpiresAt, next.ExpiresAt.Add(time.Hour) })
	_, _, err = h.wait(late)
	h.ok(err)
}

func (h *house) grant(r idp.Recovery, code []byte) (idp.Token, error) {
	inv, token := h.invitation(r.PersonID)
	inv.Purpose, inv.SessionID, inv.RecoveryID = idp.InviteRecovered, r.SessionID, r.ID
	return token, h.GrantRecovery(h.ctx, idp.RecoveryGrant{RecoveryID: r.ID, SessionID: r.SessionID, Invitation: inv, CodeHash: code, At: h.now, Trail: h.trailOf("granted")})
}

func grantedRecovery(h *house) {
	waits, _, err := h.wait(h.recovery(nil))
	h.ok(err)
	r := h.recovery(nil)
	token, err := h.grant(r, []byte("a new code"))
	h.ok(err)
	if left, err := h.UnusedRecoveryCodes(h.ctx, h.person.ID); err != nil || left != 1 {
		h.Errorf("%d codes are left (%v), want the new one", left, err)
	}
	e := h.enrolment(token, h.person.ID)
	h.want(h.EnrolPasskey(h.ctx, e), idp.ErrNotFound) // not the browser
	e.SessionID, e.Trail = r.SessionID, h.trailOf("bound")
	h.ok(h.EnrolPasskey(h.ctx, e))
	if h.left("bound") != 1 {
		h.Error("the passkey left no event")
	}
	_, err = h.Recovery(h.ctx, r.ID, r.SessionID, h.now)
	h.want(err, idp.ErrUsed)
	// What waited is good for nothing more, and nobody is granted anything twice.
	_, err = h.WaitingRecovery(h.ctx, h.person.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.grant(r, nil)
	h.want(err, idp.ErrUsed)
	_, err = h.grant(waits, nil)
	h.want(err, idp.ErrUsed)
	stranger := h.recovery(func(r *idp.Recovery) { r.PersonID = "" })
	stranger.PersonID = h.person.ID
	_, err = h.grant(stranger, nil)
	h.want(err, idp.ErrNotFound)
}

func cancelTakesTheGrantBack(h *house) {
	r, token, err := h.wait(h.recovery(nil))
	h.ok(err)
	granted, err := h.grant(r, nil)
	h.ok(err)
	h.ok(h.CancelRecovery(h.ctx, r.ID, token.Hash(), h.now, idp.Trail{}))
	e := h.enrolment(granted, h.person.ID)
	e.SessionID = r.SessionID
	h.want(h.EnrolPasskey(h.ctx, e), idp.ErrUsed)
}

func removeOthers(h *house) {
	p, token := h.person, idp.Token{}
	inv, token := h.invitation(p.ID)
	h.ok(h.Invite(h.ctx, inv, idp.Trail{}))
	e := h.enrolment(token, p.ID)
	e.RemoveOthers = true
	h.ok(h.EnrolPasskey(h.ctx, e))
	passkeys, err := h.Passkeys(h.ctx, p.ID)
	h.ok(err)
	if len(passkeys) != 1 || !bytes.Equal(passkeys[0].ID, e.Passkey.ID) {
		h.Errorf("%d passkeys, want the new one", len(passkeys))
	}
	_, err = h.Session(h.ctx, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
}

func invitationsByCode(h *house) {
	p, _ := h.addPerson()
	inv, link := h.invitation(p.ID)
	inv.Purpose, inv.CodeIndex, inv.AsksBirthdate, inv.CreatedBy = idp.InviteDesk, []byte("index"), true, "Ana Clerk"
	h.ok(h.Invite(h.ctx, inv, h.trailOf("invited")))
	got, err := h.InvitationByCode(h.ctx, []byte("index"))
	h.ok(err)
	if got.ID != inv.ID || got.Purpose != idp.InviteDesk || !got.AsksBirthdate || got.CreatedBy != "Ana Clerk" {
		h.Errorf("got %+v", got)
	}
	_, err = h.InvitationByCode(h.ctx, []byte("other"))
	h.want(err, idp.ErrNotFound)
	same, _ := h.invitation(h.person.ID)
	same.CodeIndex = inv.CodeIndex
	h.want(h.Invite(h.ctx, same, h.trailOf("invited")), idp.ErrExists)

	e := h.enrolment(link, p.ID)
	e.SessionID = h.session.ID
	h.want(h.EnrolPasskey(h.ctx, e), idp.ErrNotFound) // locked
	opened := idp.NewTokenFor(inv.ID)
	h.ok(h.OpenInvitation(h.ctx, idp.InvitationOpening{ID: inv.ID, SessionID: h.session.ID, Hash: opened.Hash(), At: h.now}))
	e.InvitationHash, e.SessionID = opened.Hash(), idp.NewID()
	h.want(h.EnrolPasskey(h.ctx, e), idp.ErrNotFound) // another browser
	e.SessionID = h.session.ID
	h.ok(h.EnrolPasskey(h.ctx, e))
	h.want(h.OpenInvitation(h.ctx, idp.InvitationOpening{ID: inv.ID, SessionID: h.session.ID, Hash: opened.Hash(), At: h.now}), idp.ErrUsed)
	h.want(h.OpenInvitation(h.ctx, idp.InvitationOpening{ID: idp.NewID(), At: h.now}), idp.ErrNotFound)
	if h.left("invited") != 1 {
		h.Errorf("%d events of invitations, want 1", h.left("invited"))
	}
}

func guessedInvitation(h *house) {
	p, link := h.addPerson()
	for n := 1; n <= idp.MaxMissed; n++ {
		missed, err := h.MissInvitation(h.ctx, link.ID, h.now, h.trailOf("guessed"))
		h.ok(err)
		if missed != n {
			h.Errorf("%d misses, want %d", missed, n)
		}
	}
	_, err := h.MissInvitation(h.ctx, link.ID, h.now, h.trailOf("guessed"))
	h.want(err, idp.ErrNotFound)
	h.want(h.EnrolPasskey(h.ctx, h.enrolment(link, p.ID)), idp.ErrUsed)
	if h.left("guessed") != 1 {
		h.Errorf("%d events, want one", h.left("guessed"))
	}
}

func revokedInvitation(h *house) {
	p, link := h.addPerson()
	h.ok(h.RevokeInvitation(h.ctx, p.ID, "Ana Clerk", h.now, h.trailOf("revoked")))
	h.want(h.RevokeInvitation(h.ctx, p.ID, "Ana Clerk", h.now, h.trailOf("revoked")), idp.ErrNotFound)
	h.want(h.EnrolPasskey(h.ctx, h.enrolment(link, p.ID)), idp.ErrUsed)
	next, _ := h.invitation(p.ID)
	h.ok(h.Invite(h.ctx, next, idp.Trail{}))
	all, err := h.Invitations(h.ctx, p.ID)
	h.ok(err)
	var got []string
	for _, inv := range all {
		got = append(got, fmt.Sprint(inv.StatusAt(h.now), inv.RevokedBy))
	}
	if strings.Join(got, ",") != "open,revokedAna Clerk" || h.left("revoked") != 1 {
		h.Errorf("got %v", got)
	}
	if all[0].StatusAt(all[0].ExpiresAt) != idp.InvitationExpired {
		h.Error("it does not expire")
	}
}
