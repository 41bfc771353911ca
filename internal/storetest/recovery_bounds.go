package storetest

import (
	"errors"
	"time"

	"udap-idp/internal/idp"
)

// codeForNobody: the row is there, as for anybody, and of what would have gone out nothing.
func codeForNobody(h *house) {
	for nobody, want := range map[bool]int{true: 0, false: 1} {
		c := idp.ContactCode{ID: idp.NewID(), Purpose: idp.CodeRecovery, SessionID: idp.NewID(), Channel: idp.ByEmail, To: "m@example.org",
			Nobody: nobody, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}
		trail := h.trailOf("sent")
		trail.Messages = []idp.Message{{ID: idp.NewID(), Channel: idp.ByEmail, To: "m@example.org", Kind: idp.NoticeRecoveryCode, CreatedAt: h.now}}
		before, err := h.Messages(h.ctx, idp.MessageFilter{Limit: 100})
		h.ok(err)
		events := h.left("sent")
		h.ok(h.SendContactCode(h.ctx, c, trail, idp.Allowance{Key: "to " + c.ID, Max: 1, Window: time.Hour}))
		after, err := h.Messages(h.ctx, idp.MessageFilter{Limit: 100})
		h.ok(err)
		if got := len(after) - len(before); got != want || h.left("sent")-events != want {
			h.Errorf("nobody %v: %d messages and %d events, want %d", nobody, got, h.left("sent")-events, want)
		}
		if _, err := h.ContactCode(h.ctx, idp.CodeRecovery, c.SessionID); err != nil {
			h.Errorf("nobody %v: the code is not waited for: %v", nobody, err)
		}
		if _, full := errors.AsType[*idp.Throttled](h.Spend(h.ctx, h.now, idp.Allowance{Key: "to " + c.ID, Max: 1, Window: time.Hour})); !full {
			h.Errorf("nobody %v: it was not counted", nobody)
		}
	}
}

func toldOnce(h *house) {
	a := idp.Allowance{Key: "told", Max: 1, Window: time.Hour}
	won, lost := h.race(racers, func() error { return h.Tell(h.ctx, h.now, h.trailOf("told"), a) })
	if won != 1 || h.left("told") != 1 {
		h.Errorf("told %d times, with %d events; want once", won, h.left("told"))
	}
	if full, ok := errors.AsType[*idp.Throttled](lost[0]); !ok || full.Key != "told" {
		h.Errorf("got %v, want what is used up", lost[0])
	}
	h.ok(h.Tell(h.ctx, h.now.Add(time.Hour), h.trailOf("told"), a))
}

func grantedAgain(h *house) {
	r, _, err := h.wait(h.recovery(nil))
	h.ok(err)
	before, err := h.Invitations(h.ctx, h.person.ID)
	h.ok(err)
	var last idp.Token
	for range 5 {
		if last, err = h.grant(r, nil); err != nil {
			h.Fatal(err)
		}
	}
	after, err := h.Invitations(h.ctx, h.person.ID)
	h.ok(err)
	if got := len(after) - len(before); got != 1 || after[0].ID != last.ID {
		h.Errorf("five times granted, it is %d rows more", got)
	}
}

// unusedInvitations: what nobody used is forgotten in the end; what was used stays with its declaration.
func unusedInvitations(h *house) {
	p, link := h.addPerson()
	next, _ := h.invitation(p.ID)
	h.ok(h.Invite(h.ctx, next, idp.Trail{}))
	used, err := h.Invitations(h.ctx, h.person.ID)
	h.ok(err)
	const memory = 90 * 24 * time.Hour
	_, err = h.Purge(h.ctx, next.ExpiresAt.Add(memory-time.Hour))
	h.ok(err)
	if _, err := h.Invitation(h.ctx, link.ID); err != nil {
		h.Errorf("one that a newer took the place of is forgotten before its time: %v", err)
	}
	_, err = h.Purge(h.ctx, next.ExpiresAt.Add(memory))
	h.ok(err)
	if all, err := h.Invitations(h.ctx, p.ID); err != nil || len(all) != 0 {
		h.Errorf("%d that nobody used are left (%v)", len(all), err)
	}
	if left, err := h.Invitations(h.ctx, h.person.ID); err != nil || len(used) == 0 || len(left) != len(used) {
		h.Errorf("%d of %d that were used are left (%v)", len(left), len(used), err)
	}
}
