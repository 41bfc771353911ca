package admin

import (
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// TestSectionsAreSeenAtOneGlance: many stand under headings, few do without, and each page marks the one section it belongs to.
func TestSectionsAreSeenAtOneGlance(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for role, want := range map[idp.Role]int{idp.Owner: 3, idp.Auditor: 3, idp.HelpDesk: 0} {
		if got := strings.Count(h.as(role).get("/admin").Body.String(), `class="side-group"`); got != want {
			t.Errorf("%s sees %d headings, want %d", role, got, want)
		}
	}
	for path, section := range map[string]string{"/admin": "/admin", "/admin/export": "/admin/import", "/admin/retention": "/admin/settings", "/admin/people/new": "/admin/people"} {
		body := h.as(idp.Owner).get(path).Body.String()
		if strings.Count(body, `aria-current="page"`) != 1 || !strings.Contains(body, `<a href="`+section+`" aria-current="page">`) {
			t.Errorf("%s does not stand under %s alone", path, section)
		}
	}
}
