package storetest

import (
	"reflect"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

func personRoundTrip(h *house) {
	got, err := h.Person(h.ctx, h.person.ID)
	h.ok(err)
	if !reflect.DeepEqual(got, h.person) {
		h.Errorf("got  %+v\nwant %+v", got, h.person)
	}
	got, err = h.PersonByUserHandle(h.ctx, h.person.UserHandle)
	h.ok(err)
	if got.ID != h.person.ID {
		h.Errorf("by user handle: %s, want %s", got.ID, h.person.ID)
	}
	_, err = h.Person(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)
	_, err = h.PersonByUserHandle(h.ctx, []byte("x"))
	h.want(err, idp.ErrNotFound)
}

func peoplePaging(h *house) {
	for range 4 {
		h.addPerson()
	}
	var seen []string
	for after := ""; ; {
		page, err := h.People(h.ctx, after, 2)
		h.ok(err)
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			seen = append(seen, p.ID)
		}
		after = seen[len(seen)-1]
	}
	if len(seen) != 5 || seen[0] != h.person.ID {
		h.Errorf("paging gave %d persons beginning with %s, want 5 beginning with %s", len(seen), seen[0], h.person.ID)
	}
}

func identifierIsUnique(h *house) {
	p := h.newPerson()
	p.Identifier = h.person.Identifier
	inv, _ := h.invitation(p.ID)
	if err := h.CreatePerson(h.ctx, p, inv); err == nil {
		h.Error("two persons have the same Digital Identifier")
	}
	// Nobody was stored by halves, and two persons without an identifier are no clash.
	_, err := h.Person(h.ctx, p.ID)
	h.want(err, idp.ErrNotFound)
	for range 2 {
		p := h.newPerson()
		p.Identifier = idp.SealedIdentifier{}
		inv, _ := h.invitation(p.ID)
		h.ok(h.CreatePerson(h.ctx, p, inv))
	}
}

func oneOpenInvitation(h *house) {
	p, first := h.addPerson()
	second, token := h.invitation(p.ID)
	h.ok(h.Invite(h.ctx, second, idp.Trail{}))
	inv, err := h.Invitation(h.ctx, first.ID)
	h.ok(err)
	if inv.RevokedAt.IsZero() {
		h.Error("the first invitation is still open")
	}
	h.want(h.EnrolPasskey(h.ctx, h.enrolment(first, p.ID)), idp.ErrUsed)
	h.ok(h.EnrolPasskey(h.ctx, h.enrolment(token, p.ID)))
	stranger, _ := h.invitation(idp.NewID())
	h.want(h.Invite(h.ctx, stranger, idp.Trail{}), idp.ErrNotFound)
	won, lost := h.race(16, func() error {
		inv, _ := h.invitation(p.ID)
		return h.Invite(h.ctx, inv, idp.Trail{})
	})
	if won != 16 {
		h.Errorf("%d of 16 parallel invitations succeeded: %v", won, lost)
	}
}

func invitationIsSpentOnce(h *house) {
	p, token := h.addPerson()
	h.onlyOne(16, idp.ErrUsed, func() error { return h.EnrolPasskey(h.ctx, h.enrolment(token, p.ID)) })
	passkeys, err := h.Passkeys(h.ctx, p.ID)
	h.ok(err)
	if len(passkeys) != 1 {
		h.Errorf("%d passkeys were stored, want 1", len(passkeys))
	}
	inv, err := h.Invitation(h.ctx, token.ID)
	h.ok(err)
	if !inv.UsedAt.Equal(h.now) {
		h.Errorf("used at %v, want %v", inv.UsedAt, h.now)
	}
}

func expiredInvitation(h *house) {
	p, token := h.addPerson()
	late := h.enrolment(token, p.ID)
	late.At = h.now.Add(time.Hour)
	h.want(h.EnrolPasskey(h.ctx, late), idp.ErrExpired)
}

func invitationNeedsItsSecret(h *house) {
	p, token := h.addPerson()
	wrong := h.enrolment(token, p.ID)
	wrong.InvitationHash = idp.NewToken().Hash()
	h.want(h.EnrolPasskey(h.ctx, wrong), idp.ErrNotFound)
	other := h.enrolment(token, h.person.ID)
	h.want(h.EnrolPasskey(h.ctx, other), idp.ErrNotFound)
	taken := h.enrolment(token, p.ID)
	passkeys, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	taken.Passkey.ID = passkeys[0].ID
	h.want(h.EnrolPasskey(h.ctx, taken), idp.ErrExists)
	// None of the refusals spent it.
	h.ok(h.EnrolPasskey(h.ctx, h.enrolment(token, p.ID)))
}

func subjects(h *house) {
	var mu sync.Mutex
	subs := map[string]bool{}
	won, lost := h.race(50, func() error {
		sub, err := h.Subject(h.ctx, h.person.ID, "sector one")
		mu.Lock()
		subs[sub] = true
		mu.Unlock()
		return err
	})
	if won != 50 || len(subs) != 1 {
		h.Fatalf("50 first calls gave %d different subs (%v)", len(subs), lost)
	}
	other, err := h.Subject(h.ctx, h.person.ID, "sector two")
	h.ok(err)
	if subs[other] {
		h.Error("two sectors share a sub")
	}
	for _, id := range []string{h.person.ID, string(h.person.Identifier.Sealed)} {
		if subs[id] || other == id {
			h.Error("the sub is another identifier of the person")
		}
	}
}
