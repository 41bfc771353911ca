package storetest

import (
	"bytes"
	"errors"
	"time"

	"udap-idp/internal/idp"
)

// sealMAC stands in for the keyed digest, which the store only keeps.
func sealMAC(m idp.AuditMark) ([]byte, error) { return append([]byte("mac "), m.Text()...), nil }

func (h *house) seal(limit int) int {
	h.Helper()
	n, err := h.SealAudit(h.ctx, limit, sealMAC, h.now)
	h.ok(err)
	return n
}

func (h *house) sealAll() {
	h.Helper()
	for h.seal(10) > 0 {
	}
}

func (h *house) event(action string) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewID(), At: h.now, Actor: "clerk", Action: action, RequestID: "R", IP: "192.0.2.1"}
}

// chain reads the whole chain and proves each hash.
func (h *house) chain() []idp.SealedEvent {
	h.Helper()
	state, err := h.AuditState(h.ctx)
	h.ok(err)
	chain, err := h.AuditChain(h.ctx, state.Checkpoint.Seq, 100000)
	h.ok(err)
	hash, seq := state.Checkpoint.Hash, state.Checkpoint.Seq
	for _, e := range chain {
		seq++
		hash = idp.ChainHash(hash, seq, e.Event)
		if e.Seq != seq || e.Missing || !bytes.Equal(hash, e.Hash) {
			h.Fatalf("place %d is %+v", seq, e)
		}
	}
	if state.Head.Seq != seq || !bytes.Equal(state.Head.Hash, hash) {
		h.Errorf("the head is at %d, the chain ends at %d", state.Head.Seq, seq)
	}
	return chain
}

func auditIsSealedInOrder(h *house) {
	var want []string
	for range 25 {
		e := h.event("identifier.read")
		h.ok(h.Audit(h.ctx, e))
		want = append(want, e.ID)
	}
	h.sealAll()
	chain := h.chain()
	for i, e := range chain[len(chain)-25:] {
		if e.EventID != want[i] || e.Event.Action != "identifier.read" {
			h.Fatalf("place %d is the event %s, want %s", i, e.EventID, want[i])
		}
	}
	if h.seal(10) != 0 {
		h.Error("something was sealed twice")
	}
	state, err := h.AuditState(h.ctx)
	h.ok(err)
	if mac, _ := sealMAC(state.Head); state.Waiting != 0 || len(state.Strays) != 0 || !bytes.Equal(state.Head.MAC, mac) {
		h.Errorf("after sealing: %+v", state)
	}
	// An event with a smaller id than what is sealed: it was committed late.
	late := h.event("late")
	late.ID = idp.FirstID(h.now.Add(-time.Hour))
	h.ok(h.Audit(h.ctx, late))
	h.sealAll()
	if chain := h.chain(); chain[len(chain)-1].EventID != late.ID {
		h.Errorf("the late event is not the last of the chain, which is %+v", chain[len(chain)-1])
	}
	days, err := h.AuditDays(h.ctx, h.now.AddDate(0, 0, -1).Format(time.DateOnly))
	h.ok(err)
	counted := int64(0)
	for _, d := range days {
		if d.Action == "identifier.read" && d.Day == h.now.Format(time.DateOnly) {
			counted = d.Count
		}
	}
	if counted != 25 {
		h.Errorf("%d events were counted, want 25", counted)
	}
}

func auditIsSealedByMany(h *house) {
	const writers, each = 8, 20
	won, lost := h.race(writers*2, func() error {
		for range each {
			if err := h.Audit(h.ctx, h.event("x")); err != nil {
				return err
			}
			if _, err := h.SealAudit(h.ctx, 7, sealMAC, h.now); err != nil {
				return err
			}
		}
		return nil
	})
	if won != writers*2 {
		h.Fatalf("%d of %d worked: %v", won, writers*2, lost)
	}
	h.sealAll()
	if chain := h.chain(); len(chain) < writers*2*each {
		h.Errorf("%d places, want %d at least", len(chain), writers*2*each)
	}
}

func auditTrim(h *house) {
	old := h.now.Add(-48 * time.Hour)
	for i := range 12 {
		e := h.event("x")
		if i < 7 {
			e.ID, e.At = idp.FirstID(old)[:34]+string("0123456789ab"[i])+"0", old
		}
		h.ok(h.Audit(h.ctx, e))
	}
	h.sealAll()
	before := len(h.chain())
	n, err := h.TrimAudit(h.ctx, h.now.Add(-24*time.Hour), 5, sealMAC, h.now)
	h.ok(err)
	m, err := h.TrimAudit(h.ctx, h.now.Add(-24*time.Hour), 5, sealMAC, h.now)
	h.ok(err)
	if n != 5 || m != 2 {
		h.Errorf("%d and %d were deleted, want 5 and 2", n, m)
	}
	after := h.chain() // from the checkpoint on it still verifies
	if len(after) != before-7 || after[0].Seq != 8 {
		h.Errorf("%d of %d places are left, from %d on", len(after), before, after[0].Seq)
	}
	state, err := h.AuditState(h.ctx)
	h.ok(err)
	if mac, _ := sealMAC(state.Checkpoint); state.Checkpoint.Seq != 7 || !bytes.Equal(state.Checkpoint.MAC, mac) {
		h.Errorf("the checkpoint is %+v", state.Checkpoint)
	}
	if n, err := h.TrimAudit(h.ctx, h.now.Add(-24*time.Hour), 5, sealMAC, h.now); err != nil || n != 0 {
		h.Errorf("once more: %d, %v", n, err)
	}
}

func auditPages(h *house) {
	day := h.now.Add(-72 * time.Hour)
	var ids []string
	for i := range 9 {
		e := h.event("a.b")
		e.ID, e.At = idp.FirstID(day.Add(time.Duration(i)*24*time.Hour)), day.Add(time.Duration(i)*24*time.Hour)
		e.Actor, e.RequestID = "somebody", "7F3K-Q2"
		h.ok(h.Audit(h.ctx, e))
		ids = append(ids, e.ID)
	}
	var seen []string
	for f := (idp.AuditFilter{Actor: "somebody", RequestID: "7F3K-Q2", Action: "a.b", Oldest: true, Limit: 4}); ; {
		page, err := h.AuditEvents(h.ctx, f)
		h.ok(err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			seen = append(seen, e.ID)
		}
		f.After = seen[len(seen)-1]
	}
	if len(seen) != 9 || seen[0] != ids[0] || seen[8] != ids[8] {
		h.Errorf("the oldest first: %v, want %v", seen, ids)
	}
	page, err := h.AuditEvents(h.ctx, idp.AuditFilter{Actor: "somebody", Since: day.Add(24 * time.Hour), Until: day.Add(72 * time.Hour), Limit: 9})
	h.ok(err)
	if len(page) != 2 || page[0].ID != ids[2] || page[1].ID != ids[1] {
		h.Errorf("between two times: %+v", page)
	}
	one, err := h.AuditEvent(h.ctx, ids[3])
	h.ok(err)
	if one.Actor != "somebody" {
		h.Errorf("one event: %+v", one)
	}
	_, err = h.AuditEvent(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)
}

func (h *house) setup() (idp.SetupLink, idp.Token) {
	token := idp.NewToken()
	return idp.SetupLink{ID: token.ID, Hash: token.Hash(), CreatedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}, token
}

func (h *house) claim(link idp.SetupLink) error {
	owner := h.newPerson()
	owner.Role, owner.Identifier, owner.Level = idp.Owner, idp.SealedIdentifier{}, idp.Unverified
	inv, _ := h.invitation(owner.ID)
	link.UsedAt = h.now
	return h.ClaimSetup(h.ctx, link, owner, inv, idp.Trail{Events: []idp.AuditEvent{h.event("admin.claim")}})
}

func setupLinkIsSpentOnce(h *house) {
	first, _ := h.setup()
	h.ok(h.OpenSetup(h.ctx, first))
	second, _ := h.setup()
	h.ok(h.OpenSetup(h.ctx, second))
	h.want(h.claim(first), idp.ErrUsed) // a newer one took its place
	wrong := second
	wrong.Hash = idp.NewToken().Hash()
	h.want(h.claim(wrong), idp.ErrNotFound)
	h.onlyOne(16, idp.ErrUsed, func() error { return h.claim(second) })
	owners, err := h.Administrators(h.ctx)
	h.ok(err)
	if len(owners) != 1 || owners[0].Role != idp.Owner {
		h.Errorf("the administrators are %+v", owners)
	}
	expired, _ := h.setup()
	expired.ExpiresAt = h.now
	h.ok(h.OpenSetup(h.ctx, expired))
	h.want(h.claim(expired), idp.ErrExpired)
	got, err := h.SetupLink(h.ctx, second.ID)
	h.ok(err)
	if !got.UsedAt.Equal(h.now) {
		h.Errorf("the link is %+v", got)
	}
}

// owner adds an owner with a passkey.
func (h *house) owner() idp.Person {
	h.Helper()
	p := h.newPerson()
	p.Role, p.Identifier = idp.Owner, idp.SealedIdentifier{}
	inv, token := h.invitation(p.ID)
	h.ok(h.CreatePerson(h.ctx, p, inv))
	h.ok(h.EnrolPasskey(h.ctx, h.enrolment(token, p.ID)))
	p, err := h.Person(h.ctx, p.ID)
	h.ok(err)
	return p
}

func ownedServerCannotBeClaimed(h *house) {
	link, _ := h.setup()
	h.ok(h.OpenSetup(h.ctx, link))
	if has, err := h.HasOwner(h.ctx); err != nil || has {
		h.Errorf("an empty server has an owner (%v)", err)
	}
	h.owner()
	if has, err := h.HasOwner(h.ctx); err != nil || !has {
		h.Errorf("it has no owner (%v)", err)
	}
	h.want(h.claim(link), idp.ErrUsed)
	another, _ := h.setup()
	h.want(h.OpenSetup(h.ctx, another), idp.ErrUsed)
}

func lastOwnerStays(h *house) {
	owners := []idp.Person{h.owner(), h.owner()}
	clerk := owners[0]
	clerk.Role, clerk.UpdatedAt = idp.IdentityClerk, h.now
	closed := owners[1]
	closed.State, closed.UpdatedAt = idp.PersonSuspended, h.now
	// Both at once: each sees the other as the owner that is left.
	changes := make(chan idp.Person, 2)
	changes <- clerk
	changes <- closed
	h.onlyOne(2, idp.ErrLastOwner, func() error { return h.ChangePerson(h.ctx, <-changes) })
	if has, err := h.HasOwner(h.ctx); err != nil || !has {
		h.Errorf("nobody is left who can do everything (%v)", err)
	}
}

func nobodyApprovesHisOwn(h *house) {
	a := idp.Approval{ID: idp.NewID(), Act: "person.close", PersonID: h.person.ID, Detail: `{"a":1}`, Reason: "asked", AskedBy: "one",
		AskedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
	h.ok(h.AskApproval(h.ctx, a, idp.Trail{Events: []idp.AuditEvent{h.event("approval.ask")}}))
	decide := func(by string, decision idp.ApprovalDecision, at time.Time) error {
		return h.DecideApproval(h.ctx, idp.Approval{ID: a.ID, Decision: decision, DecidedBy: by, DecidedAt: at, Answer: "yes"}, idp.Trail{})
	}
	h.want(decide("one", idp.Approved, h.now), idp.ErrOwnAct)
	h.want(decide("one", idp.Refused, h.now), idp.ErrOwnAct)
	h.want(decide("two", idp.Withdrawn, h.now), idp.ErrMismatch)
	h.want(decide("two", idp.Approved, h.now.Add(time.Hour)), idp.ErrExpired)
	h.want(h.FinishApproval(h.ctx, a.ID, "", h.now, idp.Trail{}), idp.ErrUsed) // nobody has approved it
	waiting, err := h.Approvals(h.ctx, idp.ApprovalFilter{Waiting: true, Now: h.now})
	h.ok(err)
	if len(waiting) != 1 || waiting[0] != a {
		h.Errorf("waiting: %+v", waiting)
	}
	h.onlyOne(8, idp.ErrUsed, func() error { return decide("two", idp.Approved, h.now) })
	h.onlyOne(8, idp.ErrUsed, func() error { return h.FinishApproval(h.ctx, a.ID, "", h.now, idp.Trail{}) })
	got, err := h.Approval(h.ctx, a.ID)
	h.ok(err)
	if got.Decision != idp.Approved || got.DecidedBy != "two" || got.Answer != "yes" || !got.DoneAt.Equal(h.now) {
		h.Errorf("decided: %+v", got)
	}
	if waiting, err := h.Approvals(h.ctx, idp.ApprovalFilter{Waiting: true, Now: h.now}); err != nil || len(waiting) != 0 {
		h.Errorf("still waiting: %+v (%v)", waiting, err)
	}
	if all, err := h.Approvals(h.ctx, idp.ApprovalFilter{PersonID: h.person.ID}); err != nil || len(all) != 1 {
		h.Errorf("of the person: %+v (%v)", all, err)
	}
	if err := decide("two", idp.Approved, time.Time{}); err == nil || errors.Is(err, idp.ErrUsed) {
		h.Errorf("without a time: %v", err)
	}
}
