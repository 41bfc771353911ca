package storetest

import (
	"fmt"
	"reflect"
	"time"

	"udap-idp/internal/idp"
)

func settingsOfCommunity(h *house) {
	before, err := h.TrustRevision(h.ctx)
	h.ok(err)
	settings := idp.CommunitySettings{
		Revocation:     idp.RevocationSettings{Mode: "soft-fail", Grace: 36 * time.Hour, WithoutSource: true},
		Compatibility:  idp.Compatibility{NoPKCE: true, ListRefreshToken: true},
		Certifications: idp.CertificationSettings{Supported: []string{"urn:a", "urn:b"}, Required: []string{"urn:a"}, Anchors: [][]byte{{7}}},
		Healthcare:     true,
	}
	c := h.community
	c.Settings = settings
	h.ok(h.ChangeCommunity(h.ctx, c))
	all, err := h.Communities(h.ctx)
	h.ok(err)
	if !reflect.DeepEqual(all[0].Settings, settings) {
		h.Errorf("got  %+v\nwant %+v", all[0].Settings, settings)
	}
	after, err := h.TrustRevision(h.ctx)
	h.ok(err)
	if after == before {
		h.Error("the trust revision did not grow with the settings")
	}
}

func renamingACommunity(h *house) {
	before, err := h.TrustRevision(h.ctx)
	h.ok(err)
	renamed := h.community
	renamed.Name = "Another Name"
	h.ok(h.ChangeCommunity(h.ctx, renamed))
	all, err := h.Communities(h.ctx)
	h.ok(err)
	want := h.community
	want.Name, want.Revision = "Another Name", 1
	if !reflect.DeepEqual(all[0], want) {
		h.Errorf("got  %+v\nwant %+v", all[0], want)
	}
	after, err := h.TrustRevision(h.ctx)
	h.ok(err)
	if after == before {
		h.Error("the trust revision did not grow with the name")
	}
}

// keys are the key ids of the first community's certificates, in order.
func (h *house) keys() []string {
	h.Helper()
	all, err := h.Communities(h.ctx)
	h.ok(err)
	var ids []string
	for _, c := range all[0].Certificates {
		ids = append(ids, c.KeyID)
	}
	return ids
}

func (h *house) wantKeys(want ...string) {
	h.Helper()
	if got := h.keys(); !reflect.DeepEqual(got, want) {
		h.Errorf("certificates %v, want %v", got, want)
	}
}

func (h *house) newCertificate(key string) idp.CommunityCertificate {
	return idp.CommunityCertificate{ID: idp.NewID(), KeyID: key, Chain: [][]byte{{6}}, SealedKey: []byte{7}, CreatedAt: h.now}
}

func certificatesOfCommunity(h *house) {
	next := h.newCertificate("k2")
	h.want(h.AddCertificate(h.ctx, idp.NewID(), next), idp.ErrNotFound)
	before, err := h.TrustRevision(h.ctx)
	h.ok(err)
	h.ok(h.AddCertificate(h.ctx, h.community.ID, next))
	h.wantKeys("k", "k2")
	h.want(h.AddCertificate(h.ctx, h.community.ID, h.newCertificate("k2")), idp.ErrExists)

	after, err := h.TrustRevision(h.ctx)
	h.ok(err)
	if after != before+1 {
		h.Errorf("the trust revision grew by %d with one change", after-before)
	}
}

func certificatesAtOnce(h *house) {
	names := make(chan string, racers)
	for n := range racers {
		names <- fmt.Sprintf("r%d", n)
	}
	won, lost := h.race(racers, func() error {
		return h.AddCertificate(h.ctx, h.community.ID, h.newCertificate(<-names))
	})
	if won != racers || len(h.keys()) != racers+1 {
		h.Errorf("%d of %d were added, %d are there: %v", won, racers, len(h.keys()), lost)
	}
}

func suspendedClient(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	code := h.issue(nil)

	suspended, err := h.SuspendClient(h.ctx, h.client.ID, "asked by \x00phone", h.now, idp.Trail{})
	h.ok(err)
	if !suspended.SuspendedAt.Equal(h.now) || suspended.SuspendedReason != "asked by phone" {
		h.Errorf("suspended at %v because %q", suspended.SuspendedAt, suspended.SuspendedReason)
	}
	read, err := h.Client(h.ctx, h.client.ID)
	h.want(err, idp.ErrSuspended)
	if !reflect.DeepEqual(read, suspended) {
		h.Errorf("read %+v\nwant %+v", read, suspended)
	}
	byURI, err := h.ClientByURI(h.ctx, h.community.ID, h.client.URI)
	h.want(err, idp.ErrSuspended)
	if !reflect.DeepEqual(byURI, suspended) {
		h.Errorf("read by URI %+v\nwant %+v", byURI, suspended)
	}
	listed, err := h.Clients(h.ctx, "", 10)
	h.ok(err)
	if len(listed) != 1 || listed[0].SuspendedAt.IsZero() {
		h.Errorf("the list has %+v", listed)
	}

	// Refused everywhere.
	h.want(h.redeem(h.redemption(code)), idp.ErrNotFound)
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, _, err = h.RegisterClient(h.ctx, h.newClient(h.community.ID, h.client.URI))
	h.want(err, idp.ErrSuspended)
	_, err = h.CancelClient(h.ctx, h.community.ID, h.client.URI, h.now)
	h.want(err, idp.ErrSuspended)
	if same, _ := h.Client(h.ctx, h.client.ID); !reflect.DeepEqual(same, suspended) {
		h.Errorf("a refused registration left %+v", same)
	}

	again, err := h.SuspendClient(h.ctx, h.client.ID, "another reason", h.now.Add(time.Hour), idp.Trail{})
	h.ok(err)
	if !again.SuspendedAt.Equal(h.now) || again.SuspendedReason != "another reason" {
		h.Errorf("suspended again: at %v because %q", again.SuspendedAt, again.SuspendedReason)
	}
	resumed, err := h.ResumeClient(h.ctx, h.client.ID, idp.Trail{})
	h.ok(err)
	if !reflect.DeepEqual(resumed, h.client) {
		h.Errorf("resumed %+v\nwant %+v", resumed, h.client)
	}
	_, err = h.Client(h.ctx, h.client.ID)
	h.ok(err)
	h.ok(h.redeem(h.redemption(code)))
	for _, id := range []string{idp.NewUUIDv4(), ""} {
		_, err = h.SuspendClient(h.ctx, id, "", h.now, idp.Trail{})
		h.want(err, idp.ErrNotFound)
		_, err = h.ResumeClient(h.ctx, id, idp.Trail{})
		h.want(err, idp.ErrNotFound)
	}
}

func deletedClient(h *house) {
	_, err := h.SuspendClient(h.ctx, h.client.ID, "x", h.now, idp.Trail{})
	h.ok(err)
	_, err = h.DeleteClient(h.ctx, h.client.ID, h.now, idp.Trail{})
	h.ok(err)
	_, err = h.Client(h.ctx, h.client.ID)
	h.want(err, idp.ErrNotFound)
	_, err = h.DeleteClient(h.ctx, h.client.ID, h.now, idp.Trail{})
	h.want(err, idp.ErrNotFound)
	_, err = h.SuspendClient(h.ctx, h.client.ID, "x", h.now, idp.Trail{})
	h.want(err, idp.ErrNotFound)
	_, err = h.ClientByURI(h.ctx, h.community.ID, h.client.URI)
	h.want(err, idp.ErrNotFound)
	again := h.register(h.community.ID, h.client.URI)
	if again.ID == h.client.ID {
		h.Error("a deleted client_id came back")
	}
	if read, err := h.ClientByURI(h.ctx, h.community.ID, h.client.URI); err != nil || !reflect.DeepEqual(read, again) {
		h.Errorf("read by URI %+v, %v\nwant %+v", read, err, again)
	}
	_, err = h.ClientByURI(h.ctx, idp.NewID(), h.client.URI)
	h.want(err, idp.ErrNotFound)
}

func settingsOfClient(h *house) {
	yes, no := true, false
	settings := idp.ClientSettings{NoPKCE: &yes, LoopbackRedirect: &no}
	_, err := h.SetClientSettings(h.ctx, h.client.ID, settings, idp.Trail{})
	h.ok(err)
	changed, _, err := h.RegisterClient(h.ctx, h.newClient(h.community.ID, h.client.URI))
	h.ok(err)
	if !reflect.DeepEqual(changed.Settings, settings) {
		h.Errorf("after a changed registration the settings are %+v", changed.Settings)
	}
	_, err = h.SetClientSettings(h.ctx, idp.NewUUIDv4(), settings, idp.Trail{})
	h.want(err, idp.ErrNotFound)
}

func (h *house) newAttempt(proved bool, at time.Time) idp.Attempt {
	return idp.Attempt{ID: idp.NewID(), Kind: idp.AttemptRegistration, At: at, RequestID: "7F3K-Q2", RemoteIP: "192.0.2.1",
		Issuer: "https://hospital.example", ClientID: h.client.ID, CommunityID: h.community.ID, Proved: proved,
		Chain: []idp.AttemptCertificate{{Subject: "CN=é", Issuer: "CN=i", URIs: []string{"https://hospital.example"}, NotBefore: h.now,
			NotAfter: h.now.Add(time.Hour), SHA256: "AB"}},
		Checks: []idp.AttemptCheck{{Name: "signature", Outcome: idp.CheckPassed}, {Name: "jti", Outcome: idp.CheckFailed, Detail: "used"}},
		Status: 400, Outcome: "refused", Code: "invalid_software_statement", Description: "jti", Cause: "because", Count: 1}
}

func attemptRoundTrip(h *house) {
	h.ok(h.RecordAttempts(h.ctx, nil))
	want := h.newAttempt(true, h.now)
	hostile := h.newAttempt(false, h.now)
	hostile.Issuer, hostile.Chain[0].Subject, hostile.Checks[1].Detail = "a\x00b\xff", "\x00\xff", "\x00\xfe"
	h.ok(h.RecordAttempts(h.ctx, []idp.Attempt{want, hostile}))
	got, err := h.Attempt(h.ctx, want.ID)
	h.ok(err)
	if !reflect.DeepEqual(got, want) {
		h.Errorf("got  %+v\nwant %+v", got, want)
	}
	got, err = h.Attempt(h.ctx, hostile.ID)
	h.ok(err)
	if got.Issuer != "ab" {
		h.Errorf("the issuer is %q", got.Issuer)
	}
	_, err = h.Attempt(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)
}

func attemptFilters(h *house) {
	good := h.newAttempt(true, h.now)
	good.Kind, good.Code, good.Outcome, good.Issuer = idp.AttemptAuthentication, "", "authenticated", "other"
	old := h.newAttempt(true, h.now.Add(-time.Hour))
	old.ClientID, old.CommunityID = "", ""
	last := h.newAttempt(false, h.now)
	base := idp.NewID()[:35]
	old.ID, good.ID, last.ID = base+"1", base+"2", base+"3"
	h.ok(h.RecordAttempts(h.ctx, []idp.Attempt{old, good, last}))
	for name, c := range map[string]struct {
		filter idp.AttemptFilter
		want   int
	}{
		"all":                  {idp.AttemptFilter{}, 3},
		"kind":                 {idp.AttemptFilter{Kind: idp.AttemptAuthentication}, 1},
		"refused":              {idp.AttemptFilter{Refused: true}, 2},
		"issuer":               {idp.AttemptFilter{Issuer: "other"}, 1},
		"client":               {idp.AttemptFilter{ClientID: h.client.ID}, 2},
		"community":            {idp.AttemptFilter{CommunityID: h.community.ID, Refused: true}, 1},
		"since":                {idp.AttemptFilter{Since: h.now}, 2},
		"until":                {idp.AttemptFilter{Until: h.now}, 1},
		"outcome":              {idp.AttemptFilter{Outcome: "authenticated"}, 1},
		"address":              {idp.AttemptFilter{RemoteIP: "192.0.2.1"}, 3},
		"another address":      {idp.AttemptFilter{RemoteIP: "192.0.2.2\x00"}, 0},
		"beginning of issuer":  {idp.AttemptFilter{IssuerStart: "https://hosp"}, 2},
		"registrations of one": {idp.AttemptFilter{Kind: idp.AttemptRegistration, ClientID: h.client.ID}, 1},
		"everything at once": {idp.AttemptFilter{Kind: idp.AttemptRegistration, ClientID: h.client.ID, Issuer: "https://hospital.example", IssuerStart: "https",
			RemoteIP: "192.0.2.1", CommunityID: h.community.ID, Refused: true, Outcome: "refused", Since: h.now, Until: h.now.Add(time.Second), Before: "~"}, 1},
		"limit":                 {idp.AttemptFilter{Limit: 2}, 2},
		"before":                {idp.AttemptFilter{Before: good.ID}, 1},
		"nothing fits both":     {idp.AttemptFilter{Kind: idp.AttemptAuthentication, Refused: true}, 0},
		"an issuer nobody used": {idp.AttemptFilter{Issuer: "x"}, 0},
	} {
		got, err := h.Attempts(h.ctx, c.filter)
		h.ok(err)
		if len(got) != c.want {
			h.Errorf("%s: %d attempts, want %d", name, len(got), c.want)
		}
		for i := range got[:max(0, len(got)-1)] {
			if got[i].ID <= got[i+1].ID {
				h.Errorf("%s: not the newest first", name)
			}
		}
	}
}

func attemptTrim(h *house) {
	record := func(proved bool, n int, at time.Time) {
		var some []idp.Attempt
		for range n {
			some = append(some, h.newAttempt(proved, at))
		}
		h.ok(h.RecordAttempts(h.ctx, some))
	}
	record(true, 3, h.now.Add(-48*time.Hour))
	record(true, 5, h.now)
	record(false, 1200, h.now)

	limits := idp.AttemptLimits{Age: 24 * time.Hour, Proved: 100, Strangers: 10}
	n, err := h.TrimAttempts(h.ctx, limits, h.now)
	h.ok(err)
	if n != 3+1190 {
		h.Errorf("%d were deleted, want 1193", n)
	}
	left, err := h.Attempts(h.ctx, idp.AttemptFilter{Limit: 2000})
	h.ok(err)
	proved := 0
	for _, a := range left {
		if a.Proved {
			proved++
		}
	}
	if len(left) != 15 || proved != 5 {
		h.Errorf("%d are left, %d of them proved; want 15 and 5", len(left), proved)
	}
	limits.Proved = 2
	n, err = h.TrimAttempts(h.ctx, limits, h.now)
	h.ok(err)
	if n != 3 {
		h.Errorf("%d of 5 were deleted, want 3", n)
	}
	n, err = h.TrimAttempts(h.ctx, limits, h.now)
	h.ok(err)
	if n != 0 {
		h.Errorf("%d more were deleted", n)
	}
}
