package storetest

import (
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// another is a second person who is signed in in a browser of her own.
func (h *house) another() (idp.Person, idp.Session) {
	h.Helper()
	p, invite := h.addPerson()
	h.ok(h.EnrolPasskey(h.ctx, h.enrolment(invite, p.ID)))
	passkeys, err := h.Passkeys(h.ctx, p.ID)
	h.ok(err)
	browser, cookie := h.addSession()
	in := h.signInOf(browser, cookie, idp.NewTokenFor(browser.ID), passkeys[0].ID)
	in.PersonID = p.ID
	h.ok(h.SignInSession(h.ctx, in))
	return p, browser
}

func sessionsOfPerson(h *house) {
	_, theirs := h.another()
	second, _ := h.signIn(h.addSession())
	h.addSession() // nobody is signed in there
	h.ok(h.TouchSession(h.ctx, second.ID, nil, h.now.Add(time.Minute)))

	ids := func(at time.Time) (ids []string) {
		sessions, err := h.SessionsOf(h.ctx, h.person.ID, at)
		h.ok(err)
		for _, s := range sessions {
			ids = append(ids, s.ID)
		}
		return ids
	}
	if got := ids(h.now.Add(time.Minute)); !slices.Equal(got, []string{second.ID, h.session.ID}) {
		h.Errorf("her sessions are %v, want the one that was seen last first, and not %s", got, theirs.ID)
	}
	if got := ids(h.now.Add(idp.IdleLimit + 30*time.Second)); !slices.Equal(got, []string{second.ID}) {
		h.Errorf("when one is idle her sessions are %v", got)
	}
}

func sessionOfAnother(h *house) {
	_, theirs := h.another()
	h.want(h.EndSessionOf(h.ctx, h.person.ID, theirs.ID, h.now, h.trailOf("session.end")), idp.ErrNotFound)
	h.want(h.EndSessionOf(h.ctx, h.person.ID, idp.NewID(), h.now, h.trailOf("session.end")), idp.ErrNotFound)
	if n := h.left("session.end"); n != 0 {
		h.Errorf("what did not happen left %d lines in the audit log", n)
	}
	if n, err := h.EndOtherSessions(h.ctx, h.person.ID, h.session.ID, h.now, h.trailOf("session.end-others")); n != 0 || err != nil {
		h.Errorf("ended %d (%v), and she has no other", n, err)
	}
	second, _ := h.signIn(h.addSession())
	third, _ := h.signIn(h.addSession())
	if n, err := h.EndOtherSessions(h.ctx, h.person.ID, h.session.ID, h.now, h.trailOf("session.end-others")); n != 2 || err != nil {
		h.Errorf("ended %d (%v), want 2", n, err)
	}
	for _, id := range []string{second.ID, third.ID} {
		_, err := h.Session(h.ctx, id, h.now)
		h.want(err, idp.ErrNotFound)
	}
	for _, id := range []string{theirs.ID, h.session.ID} {
		_, err := h.Session(h.ctx, id, h.now)
		h.ok(err)
	}
	if n := h.left("session.end-others"); n != 1 {
		h.Errorf("%d lines in the audit log, want 1", n)
	}
}

func sessionTakesAccess(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	code, request := h.issue(nil), h.request()
	ceremony := idp.Ceremony{ID: idp.NewID(), SessionID: h.session.ID, Kind: idp.CeremonySignIn, Data: []byte("{}"), ExpiresAt: h.now.Add(time.Hour)}
	h.ok(h.CreateCeremony(h.ctx, ceremony))

	h.ok(h.EndSessionOf(h.ctx, h.person.ID, h.session.ID, h.now, h.trailOf("session.end")))
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.want(h.redeem(h.redemption(code)), idp.ErrNotFound)
	_, err = h.AuthRequest(h.ctx, request.ID, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.ConsumeCeremony(h.ctx, ceremony.ID, h.session.ID, idp.CeremonySignIn, h.now)
	h.want(err, idp.ErrNotFound)
	if n := h.left("session.end"); n != 1 {
		h.Errorf("%d lines in the audit log, want 1", n)
	}
}

func (h *house) newRequest(text string) idp.Request {
	return idp.Request{ID: idp.NewID(), PersonID: h.person.ID, Kind: idp.RequestCorrection, Subject: "name", Text: text, At: h.now}
}

func requests(h *house) {
	other, _ := h.another()
	first, second := h.newRequest("It is spelt García.\x00"), h.newRequest("two")
	theirs := h.newRequest("three")
	theirs.PersonID = other.ID
	for _, r := range []idp.Request{first, second, theirs} {
		h.ok(h.AddRequest(h.ctx, r, h.trailOf("request.add")))
	}
	first.Text = "It is spelt García."
	hers, err := h.Requests(h.ctx, idp.RequestFilter{PersonID: h.person.ID})
	h.ok(err)
	if !slices.Equal(hers, []idp.Request{first, second}) {
		h.Errorf("hers are %+v", hers)
	}
	h.onlyOne(racers, idp.ErrUsed, func() error {
		return h.AnswerRequest(h.ctx, first.ID, "Corrected.", "clerk", h.now, h.trailOf("request.answer"))
	})
	h.want(h.AnswerRequest(h.ctx, idp.NewID(), "a", "clerk", h.now, idp.Trail{}), idp.ErrNotFound)
	if n := h.left("request.answer"); n != 1 {
		h.Errorf("one answer left %d lines in the audit log", n)
	}
	open, err := h.Requests(h.ctx, idp.RequestFilter{Open: true, After: first.ID})
	h.ok(err)
	if !slices.Equal(open, []idp.Request{second, theirs}) {
		h.Errorf("open are %+v", open)
	}
	hers, err = h.Requests(h.ctx, idp.RequestFilter{PersonID: h.person.ID, Limit: 1})
	h.ok(err)
	if len(hers) != 1 || hers[0].Answer != "Corrected." || hers[0].AnsweredBy != "clerk" || !hers[0].AnsweredAt.Equal(h.now) {
		h.Errorf("answered: %+v", hers)
	}
}

func requestsAreBounded(h *house) {
	var last idp.Request
	for n := range idp.OpenRequests {
		last = h.newRequest(fmt.Sprint(n))
		h.ok(h.AddRequest(h.ctx, last, idp.Trail{}))
	}
	h.want(h.AddRequest(h.ctx, h.newRequest("one more"), h.trailOf("request.add")), idp.ErrInUse)
	if n := h.left("request.add"); n != 0 {
		h.Errorf("what did not happen left %d lines in the audit log", n)
	}
	h.ok(h.AnswerRequest(h.ctx, last.ID, "", "clerk", h.now, idp.Trail{}))
	h.ok(h.AddRequest(h.ctx, h.newRequest("one more"), idp.Trail{}))
}

func closingWaits(h *house) {
	due := h.now.Add(14 * 24 * time.Hour)
	h.ok(h.AskToClose(h.ctx, idp.Closing{PersonID: h.person.ID, AskedAt: h.now, DueAt: due}, h.trailOf("account.close")))
	closed := h.changed(func(p *idp.Person) { p.State, p.UpdatedAt = idp.PersonClosed, due })

	h.want(h.CloseAccount(h.ctx, closed, due.Add(-time.Microsecond), h.trailOf("person.close")), idp.ErrNotFound)
	if list, err := h.DueClosings(h.ctx, due.Add(-time.Microsecond), idp.Closing{}, 10); err != nil || len(list) != 0 {
		h.Errorf("before its time %v is due (%v)", list, err)
	}
	_, err := h.Session(h.ctx, h.session.ID, h.now)
	h.ok(err) // she can still sign in, and think better of it

	h.ok(h.KeepAccount(h.ctx, h.person.ID, h.trailOf("account.keep")))
	h.want(h.KeepAccount(h.ctx, h.person.ID, h.trailOf("account.keep")), idp.ErrNotFound)
	h.want(h.CloseAccount(h.ctx, closed, due, h.trailOf("person.close")), idp.ErrNotFound)
	if p, err := h.Person(h.ctx, h.person.ID); err != nil || p.State != idp.PersonActive {
		h.Errorf("she is %s (%v)", p.State, err)
	}

	h.ok(h.AskToClose(h.ctx, idp.Closing{PersonID: h.person.ID, AskedAt: h.now, DueAt: due}, h.trailOf("account.close")))
	if list, err := h.DueClosings(h.ctx, due, idp.Closing{}, 10); err != nil || len(list) != 1 || list[0].PersonID != h.person.ID || !list[0].DueAt.Equal(due) {
		h.Errorf("due is %v (%v)", list, err)
	}
	other, _ := h.another()
	h.ok(h.AskToClose(h.ctx, idp.Closing{PersonID: other.ID, AskedAt: h.now, DueAt: due}, idp.Trail{}))
	page, err := h.DueClosings(h.ctx, due, idp.Closing{}, 1)
	h.ok(err)
	rest, err := h.DueClosings(h.ctx, due, page[0], 10)
	h.ok(err)
	if len(page) != 1 || len(rest) != 1 || page[0].PersonID == rest[0].PersonID {
		h.Errorf("of two that are due at once the pages are %v and %v", page, rest)
	}
	h.ok(h.KeepAccount(h.ctx, other.ID, idp.Trail{}))
	h.onlyOne(racers, idp.ErrNotFound, func() error { return h.CloseAccount(h.ctx, closed, due, h.trailOf("person.close")) })
	if n := h.left("person.close"); n != 1 {
		h.Errorf("one closing left %d lines in the audit log", n)
	}
	_, err = h.Closing(h.ctx, h.person.ID)
	h.want(err, idp.ErrNotFound)
}

func closingOnce(h *house) {
	c := idp.Closing{PersonID: h.person.ID, AskedAt: h.now, DueAt: h.now.Add(time.Hour)}
	h.onlyOne(racers, idp.ErrExists, func() error { return h.AskToClose(h.ctx, c, h.trailOf("account.close")) })
	if got, err := h.Closing(h.ctx, h.person.ID); err != nil || got != c {
		h.Errorf("the closing is %+v (%v)", got, err)
	}
	if n := h.left("account.close"); n != 1 {
		h.Errorf("one wish left %d lines in the audit log", n)
	}
	c.PersonID = idp.NewID()
	h.want(h.AskToClose(h.ctx, c, idp.Trail{}), idp.ErrNotFound)
	other, _ := h.another()
	other.State, other.UpdatedAt = idp.PersonSuspended, h.now
	h.ok(h.ChangePerson(h.ctx, other))
	c.PersonID = other.ID
	h.want(h.AskToClose(h.ctx, c, idp.Trail{}), idp.ErrNotFound)
}

func closedHasNothingToUse(h *house) {
	other, _ := h.another()
	h.ok(h.AskToClose(h.ctx, idp.Closing{PersonID: h.person.ID, AskedAt: h.now, DueAt: h.now.Add(time.Hour)}, idp.Trail{}))
	h.ok(h.ReplaceRecoveryCodes(h.ctx, h.person.ID, [][]byte{[]byte("hash of a code of hers")}, h.now, idp.Trail{}))
	h.ok(h.issueUnder(h.agreed()))
	h.ok(h.ChangePersonTelling(h.ctx, h.changed(func(p *idp.Person) { p.State = idp.PersonClosed }), h.trailOf("person.close")))
	if codes, err := h.RecoveryCodes(h.ctx, h.person.ID); err != nil || len(codes) != 0 {
		h.Errorf("%d recovery codes are left (%v)", len(codes), err)
	}
	if all, err := h.Consents(h.ctx, h.person.ID); err != nil || len(all) != 1 || all[0].EndedAt.IsZero() {
		h.Errorf("consents: %+v (%v)", all, err)
	}
	for id, want := range map[string]int{h.person.ID: 0, other.ID: 1} {
		if passkeys, err := h.Passkeys(h.ctx, id); err != nil || len(passkeys) != want {
			h.Errorf("%d passkeys (%v), want %d", len(passkeys), err, want)
		}
	}
	_, err := h.Session(h.ctx, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.Closing(h.ctx, h.person.ID)
	h.want(err, idp.ErrNotFound)
	tombstone, err := h.PersonByIdentifier(h.ctx, h.person.Identifier.Index)
	h.ok(err)
	if tombstone.ID != h.person.ID || tombstone.State != idp.PersonClosed {
		h.Errorf("what stays of her is %+v", tombstone)
	}
}
