package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

const policyPath = "/admin/policies/practices"

// draftForm is the form of the page that a browser was shown, with another text.
func (h *house) draftForm(english, spanish string) url.Values {
	h.Helper()
	body := h.get(policyPath).Body.String()
	return url.Values{"act": {"save"}, "saved": {between(body, `name="saved" value="`, `"`)}, "text-en": {english}, "text-es": {spanish}}
}

func TestPolicyIsDraftedComparedAndPublishedForGood(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.Owner).get("/admin/policies"), http.StatusOK, "admin-policies", "Identity policy", "Made from the settings")
	wantPage(t, h.get(policyPath), http.StatusOK, "admin-policy", "Text: English", "Text: Español", "Save the draft")
	form := h.draftForm("# How we verify\r\n\r\nAt the desk.", "# Cómo verificamos\r\n\r\nEn el mostrador.")
	wantPage(t, h.follow(h.post(policyPath, form)), http.StatusOK, "admin-policy", "The draft is saved", "One account is in use", "Publish version 1", "At the desk.")
	if got, err := h.store.Policies(t.Context(), idp.PolicyPractices); err != nil || len(got) != 0 {
		t.Fatalf("a draft is published: %+v (%v)", got, err)
	}
	w := h.get(policyPath + "/preview?lang=es")
	wantPage(t, w, http.StatusOK, "policy", "En el mostrador.", "inert", "vista previa")
	wantPage(t, h.get(policyPath+"/changes"), http.StatusOK, "admin-policy-changes", "diff-added", "At the desk.", "diff-removed")

	saved := between(h.get(policyPath).Body.String(), `name="saved" value="`, `"`)
	wantPage(t, h.follow(h.post(policyPath+"/publish", url.Values{"saved": {saved}})), http.StatusOK, "admin-policy", "applies now", "Version 1, published on")
	all, err := h.store.Policies(t.Context(), idp.PolicyPractices)
	if err != nil || len(all) != 1 || all[0].Markdown != "# How we verify\n\nAt the desk." || all[0].Texts["es"] == "" || all[0].PublishedBy != h.roles[idp.Owner].ID {
		t.Fatalf("published %+v (%v)", all, err)
	}
	if events := h.events("policy.publish"); len(events) != 1 || events[0].Detail != "practices-1" || len(h.events("policy.draft")) != 1 {
		t.Errorf("recorded %+v", events)
	}
	// Published once; there is no draft any more, and nothing changes what is published.
	wantPage(t, h.follow(h.post(policyPath+"/publish", url.Values{"saved": {saved}})), http.StatusOK, "admin-policy", "not what you looked at")
	h.clock = h.clock.Add(time.Minute)
	h.follow(h.post(policyPath, h.draftForm("# How we verify\n\nAt the desk, and by video.", "")))
	saved = between(h.get(policyPath).Body.String(), `name="saved" value="`, `"`)
	h.follow(h.post(policyPath+"/publish", url.Values{"saved": {saved}}))
	wantPage(t, h.get(policyPath+"/changes?version=2"), http.StatusOK, "admin-policy-changes", "From version 1 to version 2", "by video")
	wantPage(t, h.get(policyPath+"/changes?version=3"), http.StatusNotFound, "problem")
	wantPage(t, h.get("/admin/policies/imprint"), http.StatusNotFound, "problem")
	if first, err := h.store.Policy(t.Context(), idp.PolicyPractices, 1); err != nil || first.Markdown != all[0].Markdown {
		t.Errorf("version 1 became %+v (%v)", first, err)
	}
	if body := h.as(idp.Auditor).get(policyPath).Body.String(); strings.Contains(body, `<form method="post" action="/admin`) {
		t.Error("an auditor, who changes nothing, sees a form")
	}
}

func TestDraftOfAnotherIsNotOverwritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.Owner)
	mine := h.draftForm("# Mine", "")
	h.follow(h.post(policyPath, h.draftForm("# Another's", "")))
	w := h.post(policyPath, mine)
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-policy", "Somebody else saved the draft meanwhile", "# Mine")
	seen := between(h.get(policyPath).Body.String(), `name="saved" value="`, `"`)
	h.clock = h.clock.Add(time.Second)
	h.follow(h.post(policyPath, h.draftForm("# Third", "")))
	wantPage(t, h.follow(h.post(policyPath+"/publish", url.Values{"saved": {seen}})), http.StatusOK, "admin-policy", "not what you looked at")
	if got, err := h.store.Policies(t.Context(), idp.PolicyPractices); err != nil || len(got) != 0 {
		t.Errorf("what nobody looked at is published: %+v (%v)", got, err)
	}
	wantPage(t, h.post(policyPath, h.draftForm("no title", "tampoco")), http.StatusUnprocessableEntity, "admin-policy", "This text cannot be published", "no title", "tampoco")
	form := h.draftForm("", "")
	form.Set("act", "discard")
	wantPage(t, h.follow(h.post(policyPath, form)), http.StatusOK, "admin-policy", "The draft is discarded")
}
