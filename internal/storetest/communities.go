package storetest

import (
	"errors"
	"reflect"

	"udap-idp/internal/idp"
)

func (h *house) trustEvent(action string) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewID(), At: h.now, Actor: "test", Action: action, Detail: "{}"}
}

func (h *house) wantEvents(action string, want int) {
	h.Helper()
	events, err := h.AuditEvents(h.ctx, idp.AuditFilter{Action: action})
	h.ok(err)
	if len(events) != want {
		h.Errorf("%d events %s, want %d", len(events), action, want)
	}
}

func staleCommunity(h *house) {
	c := h.community
	c.Anchors, c.Intermediates = [][]byte{{8}}, [][]byte{{9}}
	h.ok(h.ChangeCommunity(h.ctx, c))
	c.Name = "Late"
	h.want(h.ChangeCommunity(h.ctx, c, h.trustEvent("community.change")), idp.ErrStale)
	h.want(h.DeleteCommunity(h.ctx, c.ID, c.Revision, h.now, h.trustEvent("community.delete")), idp.ErrStale)
	all, err := h.Communities(h.ctx)
	h.ok(err)
	want := h.community
	want.Anchors, want.Intermediates, want.Revision = c.Anchors, c.Intermediates, 1
	if !reflect.DeepEqual(all[0], want) {
		h.Errorf("got  %+v\nwant %+v", all[0], want)
	}
	other := c
	other.ID = idp.NewID()
	h.want(h.ChangeCommunity(h.ctx, other), idp.ErrNotFound)
	h.wantEvents("community.change", 0)
	h.wantEvents("community.delete", 0)
}

func deletedCommunity(h *house) {
	second := h.addCommunity("urn:community:two")
	kept := h.register(second.ID, h.client.URI)
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	h.ok(h.issueUnder(h.agreed()))
	request := h.certificateRequest("r")
	h.ok(h.AddCertificateRequest(h.ctx, request))
	before, err := h.TrustRevision(h.ctx)
	h.ok(err)

	h.ok(h.DeleteCommunity(h.ctx, h.community.ID, h.community.Revision, h.now))
	h.want(h.DeleteCommunity(h.ctx, h.community.ID, h.community.Revision, h.now), idp.ErrNotFound)
	all, err := h.Communities(h.ctx)
	h.ok(err)
	if len(all) != 1 || all[0].ID != second.ID {
		h.Errorf("left are %+v", all)
	}
	_, err = h.Client(h.ctx, h.client.ID)
	h.want(err, idp.ErrNotFound)
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.CertificateRequest(h.ctx, request.ID)
	h.want(err, idp.ErrNotFound)
	_, err = h.Consent(h.ctx, h.person.ID, h.client.Sector())
	h.want(err, idp.ErrNotFound)
	_, err = h.Client(h.ctx, kept.ID)
	h.ok(err)
	if n, err := h.CountClientsOf(h.ctx, h.community.ID); err != nil || n != 0 {
		h.Errorf("it has %d clients (%v)", n, err)
	}
	after, err := h.TrustRevision(h.ctx)
	h.ok(err)
	if after != before+1 {
		h.Errorf("the trust revision grew by %d", after-before)
	}
	h.want(h.AddCertificateRequest(h.ctx, request), idp.ErrNotFound)
}

func suspendedCommunity(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	code := h.issue(nil)
	suspended := h.community
	suspended.SuspendedAt, suspended.SuspendedReason = h.now, "its authority was broken into"
	h.ok(h.ChangeCommunity(h.ctx, suspended))
	all, err := h.Communities(h.ctx)
	h.ok(err)
	if !all[0].SuspendedAt.Equal(h.now) || all[0].SuspendedReason != suspended.SuspendedReason {
		h.Errorf("suspended at %v because %q", all[0].SuspendedAt, all[0].SuspendedReason)
	}
	_, err = h.Client(h.ctx, h.client.ID)
	h.want(err, idp.ErrSuspended)
	_, err = h.ClientByURI(h.ctx, h.community.ID, h.client.URI)
	h.want(err, idp.ErrSuspended)
	h.want(h.redeem(h.redemption(code)), idp.ErrNotFound)
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	if n, err := h.CountClientsOf(h.ctx, h.community.ID); err != nil || n != 1 {
		h.Errorf("it has %d clients (%v)", n, err)
	}
	if of, err := h.ClientsOf(h.ctx, h.community.ID, "", 10); err != nil || len(of) != 1 || of[0].ID != h.client.ID {
		h.Errorf("its clients are %+v (%v)", of, err)
	}

	resumed := all[0]
	resumed.SuspendedAt, resumed.SuspendedReason = h.community.SuspendedAt, ""
	h.ok(h.ChangeCommunity(h.ctx, resumed))
	_, err = h.Client(h.ctx, h.client.ID)
	h.ok(err)
	h.ok(h.redeem(h.redemption(code)))
	if of, err := h.ClientsOf(h.ctx, h.community.ID, h.client.ID, 10); err != nil || len(of) != 0 {
		h.Errorf("behind the last are %+v (%v)", of, err)
	}
	if of, err := h.ClientsOf(h.ctx, idp.NewID(), "", 10); err != nil || len(of) != 0 {
		h.Errorf("of no community are %+v (%v)", of, err)
	}
}

func (h *house) certificateRequest(key string) idp.CertificateRequest {
	return idp.CertificateRequest{
		ID: idp.NewID(), CommunityID: h.community.ID, KeyID: key, Request: []byte{1, 2}, SealedKey: []byte(key), CreatedBy: "test", CreatedAt: h.now,
	}
}

func certificateRequests(h *house) {
	first, second := h.certificateRequest("r1"), h.certificateRequest("r2")
	for _, r := range []idp.CertificateRequest{first, second} {
		h.ok(h.AddCertificateRequest(h.ctx, r))
	}
	got, err := h.CertificateRequests(h.ctx, h.community.ID)
	h.ok(err)
	if !reflect.DeepEqual(got, []idp.CertificateRequest{first, second}) {
		h.Errorf("got %+v", got)
	}
	h.wantKeys("k")
	h.want(h.AcceptCertificate(h.ctx, first.ID, h.newCertificate("r2")), idp.ErrMismatch)

	won, lost := h.race(8, func() error { return h.AcceptCertificate(h.ctx, first.ID, h.newCertificate("r1")) })
	if won != 1 {
		h.Errorf("%d of 8 answers were taken", won)
	}
	for _, err := range lost {
		if !errors.Is(err, idp.ErrNotFound) {
			h.Errorf("got %v, want %v", err, idp.ErrNotFound)
		}
	}
	h.wantKeys("k", "r1")
	all, err := h.Communities(h.ctx)
	h.ok(err)
	if key := all[0].Certificates[1].SealedKey; string(key) != "r1" {
		h.Errorf("the key is %q, not that of the request", key)
	}
	h.ok(h.DiscardCertificateRequest(h.ctx, second.ID))
	h.want(h.DiscardCertificateRequest(h.ctx, second.ID), idp.ErrNotFound)
	h.want(h.AcceptCertificate(h.ctx, second.ID, h.newCertificate("r2")), idp.ErrNotFound)
	_, err = h.CertificateRequest(h.ctx, second.ID)
	h.want(err, idp.ErrNotFound)

	known := h.certificateRequest("k")
	h.ok(h.AddCertificateRequest(h.ctx, known))
	h.want(h.AcceptCertificate(h.ctx, known.ID, h.newCertificate("k")), idp.ErrExists)
	if _, err := h.CertificateRequest(h.ctx, known.ID); err != nil {
		h.Errorf("a refused answer took the request along: %v", err)
	}
}

func trustIsRecorded(h *house) {
	second := idp.Community{ID: idp.NewID(), URI: "urn:two", Name: "Two", Anchors: [][]byte{{1}}, CreatedAt: h.now}
	h.ok(h.AddCommunity(h.ctx, second, h.trustEvent("community.add")))
	h.want(h.AddCommunity(h.ctx, second, h.trustEvent("community.add")), idp.ErrExists)
	h.ok(h.ChangeCommunity(h.ctx, second, h.trustEvent("community.change")))
	second.Revision++
	for _, key := range []string{"a", "b"} {
		h.ok(h.AddCertificate(h.ctx, second.ID, h.newCertificate(key), h.trustEvent("certificate.add")))
	}
	request := h.certificateRequest("r")
	h.ok(h.AddCertificateRequest(h.ctx, request, h.trustEvent("certificate.request")))
	h.ok(h.AcceptCertificate(h.ctx, request.ID, h.newCertificate("r"), h.trustEvent("certificate.add")))
	h.ok(h.DeleteCommunity(h.ctx, second.ID, second.Revision, h.now, h.trustEvent("community.delete")))
	for action, want := range map[string]int{
		"community.add": 1, "community.change": 1, "certificate.add": 3, "certificate.request": 1,
		"community.delete": 1,
	} {
		h.wantEvents(action, want)
	}
}
