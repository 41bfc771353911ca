package admin

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// record writes events of the house's patient, with ids of the house's time.
func (h *house) record(n int, action, detail string) []idp.AuditEvent {
	h.Helper()
	var events []idp.AuditEvent
	for range n {
		events = append(events, idp.AuditEvent{
			ID: idp.FirstID(h.clock)[:14] + idp.NewID()[14:], At: h.clock, Actor: h.roles[idp.IdentityClerk].ID, Action: action, PersonID: h.roles[idp.Patient].ID, RequestID: "AAAA-BB",
			IP: "192.0.2.7", Detail: detail,
		})
	}
	if err := h.store.Audit(h.Context(), events...); err != nil {
		h.Fatal(err)
	}
	return events
}

var eventLink = regexp.MustCompile(`href="/admin/audit/([0-9a-f-]{36})"`)

func TestAuditLogIsPagedByIDAndFiltered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	events := h.record(eventsPerPage+20, "identifier.read", "release")
	seen := map[string]bool{}
	for path := "/admin/audit?action=identifier.read"; path != ""; {
		w := h.as(idp.Auditor).get(path)
		wantPage(t, w, http.StatusOK, "admin-audit", "Digital Identifier read", "Max identity clerk", "Ana Rivera", "192.0.2.7")
		h.record(1, "person.view", "") // what comes meanwhile moves nothing
		for _, m := range eventLink.FindAllStringSubmatch(w.Body.String(), -1) {
			if seen[m[1]] {
				t.Errorf("event %s stands on two pages", m[1])
			}
			seen[m[1]] = true
		}
		next := regexp.MustCompile(`id="older" rel="next" href="([^"]+)"`).FindStringSubmatch(w.Body.String())
		if path = ""; next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if len(seen) != len(events) {
		t.Errorf("%d events were seen, want %d", len(seen), len(events))
	}
	for query, want := range map[string]bool{
		"person=" + h.roles[idp.Patient].ID: true, "person=none": false, "actor=" + h.roles[idp.IdentityClerk].ID: true, "actor=none": false,
		"client=none": false, "request=aaaa-bb": true, "request=none": false, "since=2026-11-24": true, "since=2026-11-25": false,
		"until=2026-11-24": true, "until=2026-11-23": false, "since=yesterday": true,
	} {
		body := h.get("/admin/audit?action=identifier.read&" + query).Body.String()
		if got := eventLink.MatchString(body); got != want {
			t.Errorf("%s finds something: %t, want %t", query, got, want)
		}
	}
}

func TestAuditEventShowsWhatWasAndWhatIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.record(1, "person.change", `{"kind":"address","before":{"address":{"city":"Reno","state":"NV"},"status":"verified"},"after":{"address":{"city":"<b>Elko</b>","state":"NV"},"status":"self-asserted"},"reason":"moved"}`)[0]
	w := h.as(idp.Auditor).get("/admin/audit/" + e.ID)
	wantPage(t, w, http.StatusOK, "admin-audit-event", "Value changed", "Ana Rivera", "address.city", "Reno", "&lt;b&gt;Elko&lt;/b&gt;", "self-asserted", "moved", "AAAA-BB")
	other := h.record(1, "of.another.room", "plain words")[0]
	wantPage(t, h.get("/admin/audit/"+other.ID), http.StatusOK, "admin-audit-event", "of.another.room", "plain words")
	wantPage(t, h.get("/admin/audit/"+idp.NewID()), http.StatusNotFound, "problem")
}

func TestExportIsRecordedBeforeItLeaves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(3, "identifier.read", "release")
	w := h.as(idp.Auditor).get("/admin/audit/export?format=csv&action=identifier.read")
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 4 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(w.Header().Get("Content-Disposition"), `attachment; filename="audit-2026-11-24.csv"`) {
		t.Errorf("%d rows (%v), headers %v", len(rows), err, w.Header())
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "audit.export"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Auditor].ID || !strings.Contains(events[0].Detail, "action=identifier.read") {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	wantPage(t, h.get("/admin/audit/export?format=xml"), http.StatusBadRequest, "problem")
	h.stale = true
	if w := h.get("/admin/audit/export?format=csv"); w.Code != http.StatusSeeOther {
		t.Errorf("with an old sign-in: status %d", w.Code)
	}
}

func TestCheckNowTellsWhetherTheLogIsSound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(5, "identifier.read", "release")
	wantPage(t, h.as(idp.Auditor).get("/admin/audit/check"), http.StatusOK, "admin-check", "Check now")
	h.follow(h.post("/admin/audit/check", url.Values{}))
	h.admin.checks.mu.Lock()
	ended := h.admin.checks.ended
	h.admin.checks.mu.Unlock()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the check does not end")
	}
	wantPage(t, h.get("/admin/audit/check"), http.StatusOK, "admin-check", "The log is sound", "events were checked")
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "audit.check"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, `"sound":true`) {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}
