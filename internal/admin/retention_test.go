package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// housekeep stands for the wiring of the command: it purges and records.
func (h *house) housekeep(ctx context.Context, by idp.Reading) (int64, error) {
	removed, err := h.store.PurgeByRule(ctx, h.clock)
	if err != nil {
		return 0, err
	}
	var runs []idp.Housekept
	var total int64
	for rule, n := range removed {
		runs = append(runs, idp.Housekept{Rule: rule, RanAt: h.clock, Removed: n})
		total += n
	}
	event := idp.AuditEvent{ID: idp.NewID(), At: h.clock, Actor: by.Actor, Action: "retention.run"}
	return total, h.store.Housekept(ctx, runs, idp.Trail{Events: []idp.AuditEvent{event}})
}

// testMessage stands for the mail server: it takes what is for Ana.
func (h *house) testMessage(_ context.Context, address, _ string) (to, answer string, err error) {
	switch {
	case !strings.Contains(address, "@"):
		return "", "", idp.ErrMismatch
	case strings.HasPrefix(address, "ana@"):
		return address, "", nil
	}
	return address, "550 5.7.1 relaying denied", nil
}

func TestWhatIsOverIsDeletedAndCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.Auditor).get("/admin/retention"), http.StatusOK, "admin-retention", "Audit log", "For ever", "90 days", "At most 100,000")
	if err := h.store.UseJTI(t.Context(), "https://hospital.example", "one", h.clock.Add(-time.Hour), h.clock.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantPage(t, h.follow(h.as(idp.Owner).post("/admin/retention/run", nil)), http.StatusOK, "admin-retention", "What was over is deleted", "One deleted on")
	if events := h.events("retention.run"); len(events) != 1 || events[0].Actor != h.roles[idp.Owner].ID {
		t.Errorf("recorded %+v", events)
	}
}

func TestRetentionIsChangedWithinItsBounds(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withSettings(t, "UDAP_IDP_ATTEMPTS_MAX=5000"))
	h.as(idp.Owner)
	w := h.post("/admin/retention", url.Values{"attempts_days": {"0"}})
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-retention", "from 1 to 3650", `value="0"`, "UDAP_IDP_ATTEMPTS_MAX")
	wantPage(t, h.follow(h.post("/admin/retention", url.Values{"attempts_days": {"30"}, "attempts_max": {"100"}})), http.StatusOK, "admin-retention", "Saved", "30 days", "At most 5")
	if now := h.admin.Settings.Now(); now.AttemptsAge != 30*24*time.Hour || now.AttemptsMax != 5000 {
		t.Errorf("attempts are kept for %s, at most %d", now.AttemptsAge, now.AttemptsMax)
	}
}

func TestTestMessageSaysWhatTheServerAnswered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	send := func(address string) string {
		t.Helper()
		return h.as(idp.Owner).post("/admin/messages/test", url.Values{"address": {address}}).Body.String()
	}
	for address, want := range map[string]string{
		"ana@example.org": "The server took the test to ana@example.org", "bob@example.org": "550 5.7.1 relaying denied", "nobody": "Type an e-mail address", "\xff": "Type an e-mail address",
	} {
		if body := send(address); !strings.Contains(body, want) {
			t.Errorf("%q: the page does not say %q\n%s", address, want, body)
		}
	}
	events := h.events("message.test")
	if len(events) != 2 || !strings.Contains(events[0].Detail+events[1].Detail, `"taken":false`) {
		t.Errorf("recorded %+v", events)
	}
	for i := range testsAnHour {
		send("ana" + "@" + strconv.Itoa(i) + ".example")
	}
	if body := send("ana@example.org"); !strings.Contains(body, "Ten tests were sent in the last hour") {
		t.Errorf("there are more than ten tests an hour\n%s", body)
	}
}
