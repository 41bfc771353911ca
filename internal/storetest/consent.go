package storetest

import (
	"reflect"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// consent is the one that stands between the house's person and client.
func (h *house) consent() idp.Consent {
	h.Helper()
	c, err := h.Consent(h.ctx, h.person.ID, h.client.Sector())
	h.ok(err)
	return c
}

func (h *house) issueUnder(a idp.Agreement) error {
	token := idp.NewToken()
	return h.IssueCode(h.ctx, idp.Issue{RequestID: h.request().ID, SessionID: h.session.ID, At: h.now, Agreement: a, Code: idp.Code{
		ID: token.ID, Hash: token.Hash(), ClientID: h.client.ID, RedirectURI: redirectURI, CodeChallenge: "c", PersonID: h.person.ID,
		SessionID: h.session.ID, Authentication: *h.session.Authentication, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}})
}

func oneConsent(h *house) {
	_, err := h.Consent(h.ctx, h.person.ID, h.client.Sector())
	h.want(err, idp.ErrNotFound)
	event := idp.AuditEvent{ID: idp.NewID(), At: h.now, Action: "consent.allow", PersonID: h.person.ID}
	first := h.agreed()
	first.Trail.Events = []idp.AuditEvent{event}
	h.ok(h.issueUnder(first))
	got := h.consent()
	want := first.Consent
	want.ID, want.PersonID, want.ClientID, want.CreatedAt, want.UsedAt, want.Times = got.ID, h.person.ID, h.client.ID, h.now, h.now, 1
	if !reflect.DeepEqual(got, want) {
		h.Errorf("got  %+v\nwant %+v", got, want)
	}
	if events, err := h.AuditEvents(h.ctx, idp.AuditFilter{Action: "consent.allow"}); err != nil || len(events) != 1 {
		h.Errorf("%d events (%v), want 1", len(events), err)
	}
	// Asked again, she says less, and only for now: the same consent says what she said last.
	second := h.agreed()
	second.Consent.Agreed, second.Consent.Declined, second.Consent.Remembered = []string{"name"}, nil, false
	h.ok(h.issueUnder(second))
	now := h.consent()
	if now.ID != got.ID || now.Times != 2 || !slices.Equal(now.Agreed, []string{"name"}) || now.Declined != nil || now.Remembered {
		h.Errorf("asked again: %+v", now)
	}
	if all, err := h.Consents(h.ctx, h.person.ID); err != nil || len(all) != 1 {
		h.Errorf("%d consents (%v), want 1", len(all), err)
	}
}

func consentAsItStands(h *house) {
	h.ok(h.issueUnder(h.agreed()))
	silent := idp.Agreement{Consent: h.consent()}
	h.ok(h.issueUnder(silent))
	if c := h.consent(); c.Times != 2 {
		h.Errorf("used %d times, want 2", c.Times)
	}
	for name, change := range map[string]func(*idp.Consent){
		"more than was agreed":  func(c *idp.Consent) { c.Agreed = append(slices.Clone(c.Agreed), "phone_number") },
		"less was declined":     func(c *idp.Consent) { c.Declined = nil },
		"another organization":  func(c *idp.Consent) { c.Sector = "x y" },
		"a consent of nobody's": func(c *idp.Consent) { c.ID = idp.NewID() },
	} {
		wrong := silent
		change(&wrong.Consent)
		if err := h.issueUnder(wrong); err == nil {
			h.Errorf("%s: a code was issued", name)
		} else {
			h.want(err, idp.ErrStale)
		}
	}
	once := h.agreed()
	once.Consent.Remembered = false
	h.ok(h.issueUnder(once))
	h.want(h.issueUnder(silent), idp.ErrStale) // it is not remembered any more
	// What failed answered nothing.
	request := h.request()
	token := idp.NewToken()
	h.want(h.IssueCode(h.ctx, idp.Issue{RequestID: request.ID, SessionID: h.session.ID, At: h.now, Agreement: silent, Code: idp.Code{
		ID: token.ID, Hash: token.Hash(), ClientID: h.client.ID, PersonID: h.person.ID, SessionID: h.session.ID, CreatedAt: h.now,
		ExpiresAt: h.now.Add(time.Minute)}}), idp.ErrStale)
	_, err := h.AuthRequest(h.ctx, request.ID, h.session.ID, h.now)
	h.ok(err)
}

func codeNeedsConsent(h *house) {
	if err := h.issueUnder(idp.Agreement{Asked: true}); err == nil {
		h.Error("a code was issued under no consent")
	}
}

func endedConsent(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	waiting := h.redemption(h.issue(nil))
	if code, err := h.RedeemableCode(h.ctx, waiting); err != nil || !slices.Equal(code.Agreed, []string{"birthdate", "name"}) || code.RequestID == "" {
		h.Errorf("before: %+v, %v", code, err)
	}
	c := h.consent()
	other, _ := h.addPerson()
	_, err = h.EndConsent(h.ctx, other.ID, c.ID, h.now, idp.Trail{})
	h.want(err, idp.ErrNotFound)
	h.onlyOne(racers, idp.ErrNotFound, func() error {
		_, err := h.EndConsent(h.ctx, h.person.ID, c.ID, h.now, idp.Trail{Events: []idp.AuditEvent{{ID: idp.NewID(), At: h.now, Action: "consent.end"}}})
		return err
	})
	if events, err := h.AuditEvents(h.ctx, idp.AuditFilter{Action: "consent.end"}); err != nil || len(events) != 1 {
		h.Errorf("%d events (%v), want 1", len(events), err)
	}
	_, err = h.Consent(h.ctx, h.person.ID, h.client.Sector())
	h.want(err, idp.ErrNotFound)
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.want(h.RecordUserInfo(h.ctx, access.ID, idp.Release{ID: idp.NewID(), At: h.now}), idp.ErrNotFound)
	_, err = h.RedeemableCode(h.ctx, waiting)
	h.want(err, idp.ErrNotFound)
	h.want(h.redeem(waiting), idp.ErrNotFound)
	h.want(h.issueUnder(idp.Agreement{Consent: c}), idp.ErrStale)
	// A new consent does not wake what was issued under the old one.
	h.ok(h.issueUnder(h.agreed()))
	if again := h.consent(); again.ID == c.ID || again.Times != 1 {
		h.Errorf("the new consent is %+v", again)
	}
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.want(h.redeem(waiting), idp.ErrNotFound)
}

func releases(h *house) {
	r := h.redemption(h.issue(nil))
	unrecorded := r
	unrecorded.Release = idp.Release{}
	if err := h.redeem(unrecorded); err == nil {
		h.Fatal("a code was redeemed without a record of what goes out")
	}
	code, access, err := h.RedeemCode(h.ctx, r)
	h.ok(err)
	later := h.now.Add(time.Minute)
	for i, names := range [][]string{{"name", "locale"}, {"name", "locale"}, {"name"}} {
		h.ok(h.RecordUserInfo(h.ctx, access.ID, idp.Release{ID: idp.NewID(), Claims: names, Level: idp.IDIAL1_8, At: later.Add(time.Duration(i) * time.Second)}))
	}
	got, err := h.Releases(h.ctx, idp.ReleaseFilter{PersonID: h.person.ID})
	h.ok(err)
	want := idp.Release{ID: r.Release.ID, PersonID: h.person.ID, ConsentID: h.consent().ID, ClientID: h.client.ID, Sector: h.client.Sector(),
		Organization: "General", RequestID: code.RequestID, SID: h.session.Authentication.SID, Claims: []string{"name", "birthdate"},
		Level: idp.IDIAL1_8, At: h.now, UserInfo: []string{"name", "locale"}, UserInfoTimes: 3, LastAt: later.Add(2 * time.Second)}
	if len(got) != 1 {
		h.Fatalf("%d releases, want 1", len(got))
	}
	slices.SortFunc(got[0].UserInfo, func(a, b string) int { return -compare(a, b) })
	if !reflect.DeepEqual(got[0], want) {
		h.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if none, err := h.Releases(h.ctx, idp.ReleaseFilter{PersonID: idp.NewID()}); err != nil || len(none) != 0 {
		h.Errorf("somebody else has %d releases, %v", len(none), err)
	}
	h.want(h.RecordUserInfo(h.ctx, access.ID, idp.Release{ID: idp.NewID(), At: access.ExpiresAt}), idp.ErrNotFound)
	h.want(h.redeem(r), idp.ErrUsed)
	if got, err := h.Releases(h.ctx, idp.ReleaseFilter{PersonID: h.person.ID}); err != nil || len(got) != 1 {
		h.Errorf("%d releases after a replay (%v), want 1", len(got), err)
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func releasePages(h *house) {
	for range 5 {
		h.ok(h.redeem(h.redemption(h.issue(nil))))
	}
	var seen []string
	for before := ""; ; {
		page, err := h.Releases(h.ctx, idp.ReleaseFilter{PersonID: h.person.ID, Sector: h.client.Sector(), Before: before, Limit: 2})
		h.ok(err)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			seen = append(seen, r.ID)
		}
		before = page[len(page)-1].ID
	}
	if len(seen) != 5 || !slices.IsSortedFunc(seen, func(a, b string) int { return -compare(a, b) }) {
		h.Errorf("paged through %v", seen)
	}
	if other, err := h.Releases(h.ctx, idp.ReleaseFilter{PersonID: h.person.ID, Sector: "x y"}); err != nil || len(other) != 0 {
		h.Errorf("another organization has %d releases, %v", len(other), err)
	}
}

func acceptances(h *house) {
	_, err := h.Accepted(h.ctx, h.person.ID, idp.PolicyPractices)
	h.want(err, idp.ErrNotFound)
	for version := range 3 {
		yes := idp.Acceptance{PersonID: h.person.ID, Kind: idp.PolicyPractices, Version: version, Name: "practices", At: h.now}
		a := h.agreed()
		a.Accepted = &yes
		h.ok(h.issueUnder(a))
		h.ok(h.issueUnder(a)) // the first yes counts
		if got, err := h.Accepted(h.ctx, h.person.ID, idp.PolicyPractices); err != nil || got != yes {
			h.Errorf("version %d: %+v, %v", version, got, err)
		}
	}
	_, err = h.Accepted(h.ctx, h.person.ID, idp.PolicyTerms)
	h.want(err, idp.ErrNotFound)
}

func mergeOfConsents(h *house) {
	h.ok(h.redeem(h.redemption(h.issue(nil))))
	c := h.consent()
	survivor, _ := h.addPerson()
	survivor.UpdatedAt = h.now
	merged := h.changed(func(p *idp.Person) { p.State, p.SurvivorID = idp.PersonMerged, survivor.ID })
	h.ok(h.MergePeople(h.ctx, survivor, merged))
	all, err := h.Consents(h.ctx, survivor.ID)
	h.ok(err)
	if len(all) != 1 || all[0].ID != c.ID || all[0].EndedAt.IsZero() {
		h.Errorf("the survivor has %+v, want the other's consent, ended", all)
	}
	if history, err := h.Releases(h.ctx, idp.ReleaseFilter{PersonID: survivor.ID}); err != nil || len(history) != 1 {
		h.Errorf("the survivor has %d releases (%v), want 1", len(history), err)
	}
}
