package storetest

import (
	"reflect"
	"time"

	"udap-idp/internal/idp"
)

func (h *house) revision() int64 {
	h.Helper()
	revision, err := h.TrustRevision(h.ctx)
	h.ok(err)
	return revision
}

func changeOver(h *house) {
	first, next := h.community.Certificates[0], h.newCertificate("k2")
	h.ok(h.AddCertificate(h.ctx, h.community.ID, next))
	seen := h.revision()
	over := idp.ChangeOver{CertificateID: next.ID, Stopped: first.ID, Revision: seen, At: h.now}
	h.onlyOne(8, idp.ErrStale, func() error {
		return h.ChangeOver(h.ctx, over, idp.Trail{Events: []idp.AuditEvent{h.event("key.change-over")}})
	})
	h.wantKeys("k2", "k")
	h.wantEvents("key.change-over", 1)
	all, err := h.Communities(h.ctx)
	h.ok(err)
	if got := all[0].Certificates; !got[0].StoppedAt.IsZero() || !got[1].StoppedAt.Equal(h.now) {
		h.Errorf("stopped at %v and %v", got[0].StoppedAt, got[1].StoppedAt)
	}
	// Back again: what signs has not stopped.
	h.ok(h.ChangeOver(h.ctx, idp.ChangeOver{CertificateID: first.ID, Stopped: next.ID, Revision: h.revision(), At: h.now}, idp.Trail{}))
	all, err = h.Communities(h.ctx)
	h.ok(err)
	if got := all[0].Certificates; !got[0].StoppedAt.IsZero() || got[0].ID != first.ID || !got[1].StoppedAt.Equal(h.now) {
		h.Errorf("after the way back: %+v", got)
	}
	seen = h.revision()
	h.want(h.ChangeOver(h.ctx, idp.ChangeOver{CertificateID: idp.NewID(), Revision: seen}, idp.Trail{}), idp.ErrNotFound)
	if h.revision() != seen {
		h.Error("a change-over to nothing raised the revision")
	}
}

func retiredKeys(h *house) {
	first, next := h.community.Certificates[0], h.newCertificate("k2")
	h.ok(h.AddCertificate(h.ctx, h.community.ID, next))
	retired := func(c idp.CommunityCertificate) idp.RetiredKey {
		return idp.RetiredKey{
			ID: c.ID, CommunityID: h.community.ID, KeyID: c.KeyID, Certificate: c.Chain[0], CreatedAt: c.CreatedAt, StoppedAt: h.now,
			RetiredAt: h.now, How: idp.RetiredWithdrawn, Reason: "it was stolen", By: h.person.ID,
		}
	}
	h.want(h.RetireKeys(h.ctx, h.revision()-1, []idp.RetiredKey{retired(first)}, idp.Trail{}), idp.ErrStale)
	other := retired(h.newCertificate("k3"))
	h.want(h.RetireKeys(h.ctx, h.revision(), []idp.RetiredKey{retired(first), other}, idp.Trail{}), idp.ErrNotFound)
	h.wantKeys("k", "k2")
	h.ok(h.RetireKeys(h.ctx, h.revision(), []idp.RetiredKey{retired(first)}, idp.Trail{Events: []idp.AuditEvent{h.event("key.withdraw")}}))
	h.wantKeys("k2")
	h.wantEvents("key.withdraw", 1)
	got, err := h.RetiredKeys(h.ctx, 10)
	h.ok(err)
	if len(got) != 1 || !reflect.DeepEqual(got[0], retired(first)) {
		h.Errorf("retired %+v", got)
	}
}

func operatorSettings(h *house) {
	all, seen, err := h.OperatorSettings(h.ctx)
	h.ok(err)
	if len(all) != 0 {
		h.Fatalf("a new store has settings: %+v", all)
	}
	name := idp.OperatorSetting{Name: "operator-name", Value: "Sample", ChangedBy: h.person.ID, ChangedAt: h.now}
	color := idp.OperatorSetting{Name: "primary-color", Value: "#0b5c6b", ChangedBy: h.person.ID, ChangedAt: h.now}
	change := idp.OperatorChange{Revision: seen, Set: []idp.OperatorSetting{name, color}, Drop: []string{"look"}}
	h.onlyOne(8, idp.ErrStale, func() error {
		return h.ChangeOperator(h.ctx, change, idp.Trail{Events: []idp.AuditEvent{h.event("setting.change")}})
	})
	h.wantEvents("setting.change", 1)
	all, raised, err := h.OperatorSettings(h.ctx)
	h.ok(err)
	if !reflect.DeepEqual(all, []idp.OperatorSetting{name, color}) || raised == seen {
		h.Errorf("settings %+v at revision %d after %d", all, raised, seen)
	}
	name.Value, name.ChangedAt = "Another", h.now.Add(time.Hour)
	h.ok(h.ChangeOperator(h.ctx, idp.OperatorChange{Revision: raised, Set: []idp.OperatorSetting{name}, Clear: []string{"primary-color", "none"}}, idp.Trail{}))
	all, _, err = h.OperatorSettings(h.ctx)
	h.ok(err)
	if !reflect.DeepEqual(all, []idp.OperatorSetting{name}) {
		h.Errorf("settings %+v", all)
	}
}

func drafts(h *house) {
	_, seen, err := h.OperatorSettings(h.ctx)
	h.ok(err)
	d := idp.Draft{Name: "look", Value: `{"color":"#000000"}`, ChangedBy: h.person.ID, ChangedAt: h.now}
	h.ok(h.ChangeOperator(h.ctx, idp.OperatorChange{DraftsOnly: true, Save: []idp.Draft{d}}, idp.Trail{}))
	d.Value = `{}`
	h.ok(h.ChangeOperator(h.ctx, idp.OperatorChange{DraftsOnly: true, Save: []idp.Draft{d}}, idp.Trail{}))
	if got, err := h.Draft(h.ctx, "look"); err != nil || got != d {
		h.Errorf("draft %+v (%v)", got, err)
	}
	if now, err := h.OperatorRevision(h.ctx); err != nil || now != seen {
		h.Errorf("revision %d after drafts, was %d (%v)", now, seen, err)
	}
	document := idp.Draft{Name: idp.PolicyDraft(idp.PolicyTerms), Value: "{}", ChangedBy: h.person.ID, ChangedAt: h.now}
	h.ok(h.ChangeOperator(h.ctx, idp.OperatorChange{DraftsOnly: true, Save: []idp.Draft{document}, Drop: []string{"look"}}, idp.Trail{}))
	_, err = h.Draft(h.ctx, "look")
	h.want(err, idp.ErrNotFound)
	h.ok(h.PublishPolicy(h.ctx, idp.PolicyVersion{Kind: idp.PolicyTerms, Version: 1, Markdown: "# Terms", PublishedBy: "x", PublishedAt: h.now}))
	_, err = h.Draft(h.ctx, document.Name)
	h.want(err, idp.ErrNotFound)
}

func housekeepingRuns(h *house) {
	run := func(removed int64, at time.Time) {
		h.ok(h.Housekept(h.ctx, []idp.Housekept{{Rule: "sessions", RanAt: at, Removed: removed}}, idp.Trail{}))
	}
	later := h.now.Add(time.Minute)
	run(5, h.now)
	run(0, later)
	got, err := h.HousekeepingRuns(h.ctx)
	h.ok(err)
	want := idp.Housekept{Rule: "sessions", RanAt: later, Removed: 5, RemovedAt: h.now, Total: 5}
	if len(got) != 1 || got[0] != want {
		h.Errorf("got %+v, want %+v", got, want)
	}
	run(2, later)
	if got, err = h.HousekeepingRuns(h.ctx); err != nil || got[0].Removed != 2 || got[0].Total != 7 || !got[0].RemovedAt.Equal(later) {
		h.Errorf("got %+v (%v)", got, err)
	}
}
