package admin

import (
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// dashboard answers GET /admin: what needs a hand today.
func (a *Admin) dashboard(w http.ResponseWriter, r *http.Request, by Visitor) error {
	waiting, err := a.Store.CountWaiting(r.Context(), a.now())
	if err != nil {
		return err
	}
	page := pages.AdminDashboard{Desk: a.desk(r, by)}
	page.Needs = needs(waiting, by)
	return a.Pages.AdminDashboard(w, r, page)
}

// needs are the counts that are not zero, each with the page where something is done about it, if the visitor may go there.
func needs(waiting idp.Waiting, by Visitor) []pages.Need {
	var list []pages.Need
	for _, n := range []struct {
		key   string
		count int
		url   string
		tone  string
	}{
		{"approvals", waiting.Approvals, "/admin/approvals", "careful"},
		{"proofing-approvals", waiting.ProofingApprovals, "", "careful"},
		{"proofing-notifications", waiting.ProofingNotifications, "", "careful"},
		{"requests", waiting.Requests, "", "careful"},
		{"registrations", waiting.FailedRegistrations, "/admin/trust", "careful"},
		{"messages-failing", waiting.FailingMessages, "", "careful"},
		{"messages-lost", waiting.LostMessages, "", "bad"},
	} {
		if n.count == 0 {
			continue
		}
		if n.url != "" && !by.may("GET "+n.url) {
			n.url = ""
		}
		list = append(list, pages.Need{Key: n.key, Count: n.count, URL: n.url, Tone: n.tone})
	}
	return list
}
