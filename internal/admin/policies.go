package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/policy"
)

// policies answers GET /admin/policies: the documents.
func (a *Admin) policies(w http.ResponseWriter, r *http.Request, by Visitor) error {
	page := pages.AdminPolicies{Desk: a.desk(r, by)}
	for _, kind := range policy.Kinds {
		d, err := a.Policies.Current(r.Context(), kind)
		if err != nil {
			return err
		}
		draft, err := a.Policies.Draft(r.Context(), a.Store, kind)
		if err != nil {
			return err
		}
		row := pages.PolicyRow{Kind: kind, Title: d.Title(), Version: d.Version, PublishedAt: d.PublishedAt, Draft: draft.Is}
		for _, tag := range d.Texts().Languages() {
			row.Languages = append(row.Languages, a.Pages.LanguageName(tag))
		}
		page.Rows = append(page.Rows, row)
	}
	return a.Pages.AdminPolicies(w, r, page)
}

// policyPage answers GET /admin/policies/{id}: a document, and the draft of its next version.
func (a *Admin) policyPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	draft, ok, err := a.policyDraft(w, r)
	if !ok {
		return err
	}
	return a.showPolicy(w, r, by, draft, nil)
}

// policyDraft is the draft of the address's document. If there is no such document the visitor has been told.
func (a *Admin) policyDraft(w http.ResponseWriter, r *http.Request) (d policy.Draft, ok bool, err error) {
	d, err = a.Policies.Draft(r.Context(), a.Store, r.PathValue("id"))
	if errors.Is(err, policy.ErrUnknownKind) {
		return d, false, a.notFound(w, r)
	}
	return d, err == nil, err
}

// showPolicy shows a document with a draft as it was typed.
func (a *Admin) showPolicy(w http.ResponseWriter, r *http.Request, by Visitor, draft policy.Draft, wrong pages.FieldErrors) error {
	current, err := a.Policies.Current(r.Context(), draft.Kind)
	if err != nil {
		return err
	}
	page := pages.AdminPolicy{
		Desk: a.desk(r, by), Kind: draft.Kind, Title: current.Title(), Version: current.Version, PublishedAt: current.PublishedAt, Versions: current.Versions,
		Draft: draft.Is, At: draft.At, Saved: savedMark(draft), Next: current.Version + 1, MayChange: by.may("POST /admin/policies/{id}"), Errors: wrong,
	}
	if page.By, err = a.nameOf(r.Context(), draft.By); err != nil {
		return err
	}
	if draft.Is {
		if page.Accounts, err = a.patients(r.Context()); err != nil {
			return err
		}
	}
	for _, tag := range a.policyLanguages() {
		page.Texts = append(page.Texts, pages.PolicyText{Language: tag, Name: a.Pages.LanguageName(tag), Text: draft.Texts[tag], First: tag == policy.First})
	}
	return a.Pages.AdminPolicy(w, r, page)
}

// policyLanguages are the languages that a document can have a text in: those of the pages.
func (a *Admin) policyLanguages() []string {
	tags := []string{policy.First}
	for _, tag := range a.Pages.LanguageTags() {
		if tag != policy.First {
			tags = append(tags, tag)
		}
	}
	return tags
}

// patients is how many patients' accounts are in use.
func (a *Admin) patients(ctx context.Context) (int, error) {
	counts, err := a.Store.CountAccounts(ctx)
	n := 0
	for _, c := range counts {
		if c.Role == idp.Patient && c.State == idp.PersonActive {
			n += c.Count
		}
	}
	return n, err
}

// savedMark tells the draft that somebody read, so that nobody overwrites what another saved meanwhile.
func savedMark(d policy.Draft) int64 {
	if !d.Is {
		return 0
	}
	return d.At.UnixMicro()
}

// changePolicy answers POST /admin/policies/{id}: the draft is saved, or dropped.
func (a *Admin) changePolicy(w http.ResponseWriter, r *http.Request, by Visitor) error {
	draft, ok, err := a.policyDraft(w, r)
	if !ok {
		return err
	}
	back := "/admin/policies/" + draft.Kind
	why := a.reading(r, by.Person, "policy")
	if r.PostFormValue("act") == "discard" {
		if err := a.Policies.DropDraft(r.Context(), a.Store, draft.Kind, why, a.now()); err != nil {
			return err
		}
		return redirect(w, r, back+"?done=draft-dropped")
	}
	typed := draft
	typed.Texts = policy.Texts{}
	for _, tag := range a.policyLanguages() {
		typed.Texts[tag] = strings.ReplaceAll(r.PostFormValue("text-"+tag), "\r\n", "\n") // as forms send them
	}
	if r.PostFormValue("saved") != strconv.FormatInt(savedMark(draft), 10) {
		return a.showPolicy(w, r, by, typed, pages.FieldErrors{{Field: "text-en", TextKey: "admin.policies.form.stale"}})
	}
	if wrong := policyErrors(typed.Texts); len(wrong) > 0 {
		return a.showPolicy(w, r, by, typed, wrong)
	}
	if err := a.Policies.SaveDraft(r.Context(), a.Store, draft.Kind, typed.Texts, why, a.now()); err != nil {
		return err
	}
	return redirect(w, r, back+"?done=draft-saved")
}

// policyErrors is what is wrong with each text.
func policyErrors(texts policy.Texts) pages.FieldErrors {
	var wrong pages.FieldErrors
	for _, tag := range slices.Concat([]string{policy.First}, texts.Languages()[1:]) {
		if policy.Check(texts[tag]) != nil {
			wrong = append(wrong, pages.FieldError{Field: "text-" + tag, TextKey: "admin.policies.form.text"})
		}
	}
	return wrong
}

// publishPolicy answers POST /admin/policies/{id}/publish: the draft is the next version, for good. What is published is what was
// looked at.
func (a *Admin) publishPolicy(w http.ResponseWriter, r *http.Request, by Visitor) error {
	draft, ok, err := a.policyDraft(w, r)
	if !ok {
		return err
	}
	back := "/admin/policies/" + draft.Kind
	if !draft.Is || r.PostFormValue("saved") != strconv.FormatInt(savedMark(draft), 10) {
		return redirect(w, r, back+"?refused=draft_stale")
	}
	_, err = a.Policies.PublishTexts(r.Context(), draft.Kind, draft.Texts, a.reading(r, by.Person, "policy"), a.now())
	switch {
	case errors.Is(err, policy.ErrText):
		return redirect(w, r, back+"?refused=policy_same")
	case errors.Is(err, idp.ErrExists):
		return redirect(w, r, back+"?refused=draft_stale")
	case err != nil:
		return err
	}
	return redirect(w, r, back+"?done=published")
}

// previewPolicy answers GET /admin/policies/{id}/preview: the draft as a reader would see it, in the language of the page.
func (a *Admin) previewPolicy(w http.ResponseWriter, r *http.Request, _ Visitor) error {
	draft, ok, err := a.policyDraft(w, r)
	if !ok {
		return err
	}
	d := policy.DocumentOf(draft)
	text, language := d.In(a.Pages.Language(r))
	body, err := text.HTML()
	if err != nil {
		return err
	}
	return a.Pages.Preview(a.Pages.Brand(), "/admin/policies/"+draft.Kind).Policy(w, r, pages.Policy{
		Kind: draft.Kind, Title: text.Title(), Body: body, Language: language, Current: true,
	})
}

// policyChanges answers GET /admin/policies/{id}/changes: from the text in force to the draft, or to a version from the one before.
func (a *Admin) policyChanges(w http.ResponseWriter, r *http.Request, by Visitor) error {
	draft, ok, err := a.policyDraft(w, r)
	if !ok {
		return err
	}
	before, err := a.Policies.Current(r.Context(), draft.Kind)
	if err != nil {
		return err
	}
	page := pages.AdminPolicyChanges{Desk: a.desk(r, by), Kind: draft.Kind, From: before.Version}
	after := draft.Texts
	if version := r.URL.Query().Get("version"); version != "" {
		n, err := strconv.Atoi(version)
		if err != nil || n < 2 {
			return a.notFound(w, r)
		}
		later, err := a.Policies.Version(r.Context(), draft.Kind, n)
		if err == nil {
			before, err = a.Policies.Version(r.Context(), draft.Kind, n-1)
		}
		if errors.Is(err, idp.ErrNotFound) {
			return a.notFound(w, r)
		}
		if err != nil {
			return err
		}
		after, page.From, page.To = later.Texts(), n-1, n
	}
	for _, tag := range a.policyLanguages() {
		old, now := before.Texts()[tag], after[tag]
		if old == "" && now == "" {
			continue
		}
		change := pages.PolicyChange{Language: tag, Name: a.Pages.LanguageName(tag), Same: old == now}
		for _, line := range policy.Diff(old, now) {
			change.Lines = append(change.Lines, pages.DiffLine(line))
		}
		page.Texts = append(page.Texts, change)
	}
	return a.Pages.AdminPolicyChanges(w, r, page)
}
