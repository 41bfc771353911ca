package storetest

import (
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// organized registers a client under an organization's name.
func (h *house) organized(community, organization, uri string) idp.Client {
	h.Helper()
	c := h.newClient(community, uri)
	c.Organization = organization
	stored, _, err := h.RegisterClient(h.ctx, c)
	h.ok(err)
	return stored
}

func clientsAreListedByName(h *house) {
	other := h.addCommunity("urn:community:two")
	clinic := h.organized(h.community.ID, "Clínica Ñandú", "https://nandu.example/fhir")
	acme := h.organized(other.ID, "ACME 100% Health_Care", "https://acme.example")
	beta := h.organized(other.ID, "beta", "https://beta.example")
	h.organized(other.ID, "Alpha", "https://gone.example")
	_, err := h.CancelClient(h.ctx, other.ID, "https://gone.example", h.now)
	h.ok(err)
	_, err = h.SuspendClient(h.ctx, beta.ID, "x", h.now, idp.Trail{})
	h.ok(err)
	for name, c := range map[string]struct {
		filter idp.ClientFilter
		want   []string
	}{
		"all":                     {idp.ClientFilter{}, []string{acme.ID, beta.ID, clinic.ID, h.client.ID}},
		"a page":                  {idp.ClientFilter{Limit: 2}, []string{acme.ID, beta.ID}},
		"the next page":           {idp.ClientFilter{Limit: 2, After: beta.ID}, []string{clinic.ID, h.client.ID}},
		"without its marks":       {idp.ClientFilter{Search: "CLINICA nandu"}, []string{clinic.ID}},
		"in any order":            {idp.ClientFilter{Search: "ñandú clínica"}, []string{clinic.ID}},
		"part of the URI":         {idp.ClientFilter{Search: "nandu.example"}, []string{clinic.ID}},
		"the URI":                 {idp.ClientFilter{Search: "https://nandu.example/fhir"}, []string{clinic.ID}},
		"client_id":               {idp.ClientFilter{Search: " " + acme.ID + " "}, []string{acme.ID}},
		"signs of LIKE":           {idp.ClientFilter{Search: "100%"}, []string{acme.ID}},
		"signs of LIKE alone":     {idp.ClientFilter{Search: "%_%"}, nil},
		"a backslash":             {idp.ClientFilter{Search: `\`}, nil},
		"broken text":             {idp.ClientFilter{Search: "clin\x00ica\xff"}, []string{clinic.ID}},
		"community":               {idp.ClientFilter{CommunityID: other.ID}, []string{acme.ID, beta.ID}},
		"suspended":               {idp.ClientFilter{State: idp.ClientSuspended}, []string{beta.ID}},
		"registered":              {idp.ClientFilter{State: idp.ClientRegistered, CommunityID: other.ID}, []string{acme.ID}},
		"words of different rows": {idp.ClientFilter{Search: "acme beta"}, nil},
	} {
		got, err := h.ListClients(h.ctx, c.filter)
		h.ok(err)
		var ids []string
		for _, l := range got {
			ids = append(ids, l.ID)
		}
		if !slices.Equal(ids, c.want) {
			h.Errorf("%s: got %v, want %v", name, ids, c.want)
		}
	}
	_, err = h.ListClients(h.ctx, idp.ClientFilter{After: "nobody\x00"})
	h.want(err, idp.ErrNotFound)
	renamed := h.newClient(other.ID, acme.URI)
	renamed.Organization = "Zeta"
	_, _, err = h.RegisterClient(h.ctx, renamed)
	h.ok(err)
	got, err := h.ListClients(h.ctx, idp.ClientFilter{})
	h.ok(err)
	if got[3].ID != acme.ID {
		h.Errorf("a client that changed its name stands as %q", got[3].Organization)
	}
}

func signInsOfAClientAreCounted(h *house) {
	at := h.now.Truncate(24 * time.Hour).Add(-25 * time.Hour) // yesterday
	redeem := func(at time.Time) {
		code := h.issue(func(c *idp.Code) { c.ExpiresAt = h.now.Add(time.Hour) })
		r := h.redemption(code)
		r.At = at
		h.ok(h.redeem(r))
	}
	listed := func(since time.Time) idp.ListedClient {
		got, err := h.ListClients(h.ctx, idp.ClientFilter{Since: since})
		h.ok(err)
		return got[0]
	}
	if l := listed(at); l.SignIns != 0 || !l.LastUsedAt.IsZero() {
		h.Errorf("before the first sign-in: %d, last %v", l.SignIns, l.LastUsedAt)
	}
	for i := range 20 {
		redeem(h.now.Add(time.Duration(i) * time.Microsecond))
	}
	last := h.now.Add(19 * time.Microsecond)
	// What is not redeemed is not counted.
	bad := h.redemption(h.issue(nil))
	bad.CodeChallenge = "another"
	h.want(h.redeem(bad), idp.ErrMismatch)
	if l := listed(h.now); l.SignIns != 20 || !l.LastUsedAt.Equal(last) {
		h.Errorf("got %d sign-ins, the last at %v; want 20 at %v", l.SignIns, l.LastUsedAt, last)
	}
	if l := listed(h.now.Add(24 * time.Hour)); l.SignIns != 0 || !l.LastUsedAt.Equal(last) {
		h.Errorf("since tomorrow: %d sign-ins, the last at %v", l.SignIns, l.LastUsedAt)
	}
	// When the day is over its rows become one, and nothing is counted twice.
	for range 2 {
		_, err := h.Purge(h.ctx, h.now.Add(48*time.Hour))
		h.ok(err)
		days, err := h.ClientDays(h.ctx, h.client.ID, at)
		h.ok(err)
		if len(days) != 1 || days[0].SignIns != 20 || days[0].Day != h.now.Format(time.DateOnly) || !days[0].LastAt.Equal(last) {
			h.Errorf("got %+v", days)
		}
	}
	_, err := h.Purge(h.ctx, h.now.Add(idp.ClientDaysKept+48*time.Hour))
	h.ok(err)
	if days, err := h.ClientDays(h.ctx, h.client.ID, at); err != nil || len(days) != 0 {
		h.Errorf("after their time there are %+v (%v)", days, err)
	}
}

func deletionEndsConnections(h *house) {
	h.ok(h.issueUnder(h.agreed()))
	for most, want := range map[int]int{1: 1, 10: 1, 0: 0} {
		if n, err := h.CountConnections(h.ctx, h.client.Sector(), most); err != nil || n != want {
			h.Errorf("%d connections (%v), want %d", n, err, want)
		}
	}
	_, err := h.DeleteClient(h.ctx, h.client.ID, h.now, idp.Trail{})
	h.ok(err)
	_, err = h.Consent(h.ctx, h.person.ID, h.client.Sector())
	h.want(err, idp.ErrNotFound)
	if n, err := h.CountConnections(h.ctx, h.client.Sector(), 10); err != nil || n != 0 {
		h.Errorf("%d connections are left (%v)", n, err)
	}
}

func clientChangesLeaveATrail(h *house) {
	var want []string
	event := func(action string) idp.Trail {
		want = append([]string{action}, want...)
		return idp.Trail{Events: []idp.AuditEvent{{ID: idp.NewID(), At: h.now, Actor: "a", Action: action, ClientID: h.client.ID}}}
	}
	h.ok(h.Audit(h.ctx, idp.AuditEvent{ID: idp.NewID(), At: h.now, Action: "signin", ClientID: h.client.ID}))
	_, err := h.SuspendClient(h.ctx, h.client.ID, "x", h.now, event("client.suspend"))
	h.ok(err)
	_, err = h.SetClientSettings(h.ctx, h.client.ID, idp.ClientSettings{Payload: "oidc"}, event("client.change"))
	h.ok(err)
	_, err = h.ResumeClient(h.ctx, h.client.ID, event("client.resume"))
	h.ok(err)
	_, err = h.DeleteClient(h.ctx, h.client.ID, h.now, event("client.delete"))
	h.ok(err)
	// What is not done leaves none.
	_, err = h.ResumeClient(h.ctx, h.client.ID, event("client.resume"))
	h.want(err, idp.ErrNotFound)
	want = want[1:]
	got, err := h.ClientChanges(h.ctx, h.client.ID, 10)
	h.ok(err)
	var actions []string
	for _, e := range got {
		actions = append(actions, e.Action)
	}
	if !slices.Equal(actions, want) {
		h.Errorf("got %v, want %v", actions, want)
	}
	if got, err := h.ClientChanges(h.ctx, "x\x00", 10); err != nil || len(got) != 0 {
		h.Errorf("of nobody: %v (%v)", got, err)
	}
}
