package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// settingsForm is what stands, as it is typed.
func settingsForm(c idp.Community) pages.TrustSettings {
	s := c.Settings
	form := pages.TrustSettings{
		Name: c.Name, Revocation: s.Revocation.Mode, WithoutSource: s.Revocation.WithoutSource, Healthcare: s.Healthcare,
		NoPKCE: s.Compatibility.NoPKCE, LoopbackRedirect: s.Compatibility.LoopbackRedirect, ListRefreshToken: s.Compatibility.ListRefreshToken,
		Certifications: strings.Join(s.Certifications.Supported, "\n"), Required: strings.Join(s.Certifications.Required, "\n"),
		Certifiers: certificatesPEM(s.Certifications.Anchors),
	}
	if form.Revocation == "" {
		form.Revocation = "hard-fail"
	}
	if s.Revocation.Grace > 0 {
		form.GraceHours = strconv.Itoa(int((s.Revocation.Grace + time.Hour - 1) / time.Hour))
	}
	return form
}

// communitySettings answers GET /admin/trust/{id}/settings.
func (a *Admin) communitySettings(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	page := pages.AdminTrustSettings{Desk: a.desk(r, by), TrustCommunity: communityHead(c), Form: settingsForm(c), Revision: c.Revision, TwoPersons: a.needsTwo(GroupTrust)}
	if a.refill(r, by) {
		page.Form = typedSettings(r)
		if page.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
			return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
		}
	}
	return a.Pages.AdminTrustSettings(w, r, page)
}

// saveCommunitySettings answers POST /admin/trust/{id}/settings: all of the form in one change.
func (a *Admin) saveCommunitySettings(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	page := pages.AdminTrustSettings{Desk: a.desk(r, by), TrustCommunity: communityHead(c), Form: typedSettings(r), TwoPersons: a.needsTwo(GroupTrust)}
	if page.Revision, err = strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err != nil {
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	}
	settings, wrong, err := a.readSettings(r, &page.Form)
	if err != nil {
		return err
	}
	if page.Form.Name == "" { // which is no change, for who does not have the form
		wrong = append(pages.FieldErrors{{Field: "name", TextKey: "admin.community.error.name"}}, wrong...)
	}
	if page.Errors = wrong; len(wrong) > 0 {
		return a.Pages.AdminTrustSettings(w, r, page)
	}
	change := idp.TrustChange{CommunityID: c.ID, BasedOn: &page.Revision, Settings: &settings, Name: page.Form.Name}
	_, err = a.Trust.Outcome(r.Context(), change)
	if code := refusalCode(err); code != "" {
		page.Errors = pages.FieldErrors{{Field: settingsField(code), TextKey: "admin.community.error." + wordOf(code)}}
		return a.Pages.AdminTrustSettings(w, r, page)
	}
	if err != nil {
		return err
	}
	if ok, err := a.freshOrKept(w, r, by, "/admin/trust/"+c.ID+"/settings", r.PostForm); !ok {
		return err
	}
	return a.trustDo(w, r, by, actTrustChange, change, "/admin/trust/"+c.ID)
}

func settingsField(code string) string {
	switch code {
	case "certification":
		return "certifications"
	case "required", "revocation":
		return code
	case "not_authority", "unreadable", "key", "private_key":
		return "certifiers"
	}
	return "name"
}

func typedSettings(r *http.Request) pages.TrustSettings {
	on := func(field string) bool { return r.PostFormValue(field) != "" }
	return pages.TrustSettings{
		Name: typed(person.Tidy(r.PostFormValue("name"))), Revocation: typed(r.PostFormValue("revocation")), GraceHours: typed(strings.TrimSpace(r.PostFormValue("grace"))),
		WithoutSource: on("without_source"), Healthcare: on("healthcare"), NoPKCE: on("no_pkce"), LoopbackRedirect: on("loopback"), ListRefreshToken: on("refresh"),
		Certifications: typed(r.PostFormValue("certifications")), Required: typed(r.PostFormValue("required")), Certifiers: typed(r.PostFormValue("certifiers")),
	}
}

// defaultGraceHours is the grace of soft-fail when none is typed.
const defaultGraceHours = "24"

// readSettings is what the form says.
func (a *Admin) readSettings(r *http.Request, form *pages.TrustSettings) (s idp.CommunitySettings, wrong pages.FieldErrors, err error) {
	s = idp.CommunitySettings{
		Healthcare:    form.Healthcare,
		Revocation:    idp.RevocationSettings{Mode: form.Revocation, WithoutSource: form.WithoutSource},
		Compatibility: idp.Compatibility{NoPKCE: form.NoPKCE, LoopbackRedirect: form.LoopbackRedirect, ListRefreshToken: form.ListRefreshToken},
		Certifications: idp.CertificationSettings{
			Supported: strings.Fields(form.Certifications), Required: strings.Fields(form.Required),
		},
	}
	if form.Revocation == "soft-fail" {
		if form.GraceHours == "" {
			form.GraceHours = defaultGraceHours
		}
		hours, err := strconv.Atoi(form.GraceHours)
		if err != nil || hours < 1 || hours > 720 {
			wrong = append(wrong, pages.FieldError{Field: "grace", TextKey: "admin.community.error.grace"})
		}
		s.Revocation.Grace = time.Duration(hours) * time.Hour
	}
	if form.Certifiers != "" {
		ders, err := a.Trust.ReadAuthorities([]byte(form.Certifiers))
		code := refusalCode(err)
		if err != nil && code == "" {
			return s, nil, err
		}
		if code == "private_key" {
			form.Certifiers = ""
		}
		if code != "" {
			wrong = append(wrong, pages.FieldError{Field: "certifiers", TextKey: "admin.community.error." + wordOf(code)})
		}
		s.Certifications.Anchors = ders
	}
	return s, wrong, nil
}

// lossOf is what would be lost.
func lossOf(o idp.TrustOutcome) pages.TrustLoss {
	return pages.TrustLoss{Clients: o.Clients, Lost: o.Lost, Unclear: o.Unclear, Own: o.OwnLost, Names: o.LostNames, Partial: o.Partial}
}

// authority answers GET /admin/trust/{id}/authority/{sha256}: what would come of its removal.
func (a *Admin) authority(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.removalPage(w, r, by, nil)
}

func (a *Admin) removalPage(w http.ResponseWriter, r *http.Request, by Visitor, wrong pages.FieldErrors) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	id := r.PathValue("sha256")
	is := func(der []byte) bool { return fingerprint(der) == id }
	kind, at := "anchor", slices.IndexFunc(c.Anchors, is)
	list := c.Anchors
	if at < 0 {
		kind, list = "intermediate", c.Intermediates
		at = slices.IndexFunc(list, is)
	}
	if at < 0 {
		return a.notFound(w, r)
	}
	page := pages.AdminTrustRemove{
		Desk: a.desk(r, by), TrustCommunity: communityHead(c), Node: newLeaf(kind, list[at], "", c.ID, nil, false).node, Now: a.Now().UTC(),
		Last: kind == "anchor" && len(c.Anchors) == 1, Reason: typed(r.PostFormValue("reason")), Errors: wrong, TwoPersons: a.needsTwo(GroupTrust),
	}
	if !page.Last {
		outcome, err := a.Trust.Outcome(r.Context(), idp.TrustChange{CommunityID: c.ID, Remove: []string{id}, Reason: "asked"})
		if err != nil {
			return err
		}
		page.Loss = lossOf(outcome)
	}
	return a.Pages.AdminTrustRemove(w, r, page)
}

// removeAuthority answers POST /admin/trust/{id}/authority/{sha256}.
func (a *Admin) removeAuthority(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	if wrong := reasonErrors(r); len(wrong) > 0 {
		return a.removalPage(w, r, by, wrong)
	}
	change := idp.TrustChange{CommunityID: c.ID, Remove: []string{r.PathValue("sha256")}, Reason: reasonOf(r)}
	_, err = a.Trust.Outcome(r.Context(), change)
	if ok, err := a.refused(w, r, err, "/admin/trust/"+c.ID); !ok {
		return err
	}
	return a.trustDo(w, r, by, actTrustChange, change, "/admin/trust/"+c.ID)
}

// communityState answers GET /admin/trust/{id}/state: what would come of suspending or deleting it.
func (a *Admin) communityState(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.statePage(w, r, by, nil)
}

func (a *Admin) statePage(w http.ResponseWriter, r *http.Request, by Visitor, wrong pages.FieldErrors) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	outcome, err := a.Trust.Outcome(r.Context(), idp.TrustChange{CommunityID: c.ID, Delete: true, Reason: "asked"})
	if err != nil {
		return err
	}
	return a.Pages.AdminTrustState(w, r, pages.AdminTrustState{
		Desk: a.desk(r, by), TrustCommunity: communityHead(c), Loss: lossOf(outcome), Typed: typed(r.PostFormValue("delete_name")),
		Reason: typed(r.PostFormValue("reason")), Errors: wrong, TwoPersons: a.needsTwo(GroupTrust),
	})
}

// suspendCommunity answers POST /admin/trust/{id}/suspend. It waits for nobody: it is how a break-in is stopped.
func (a *Admin) suspendCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	if wrong := reasonErrors(r); len(wrong) > 0 {
		return a.statePage(w, r, by, wrong)
	}
	back := "/admin/trust/" + c.ID
	_, err = a.Trust.Change(r.Context(), idp.TrustChange{CommunityID: c.ID, Suspend: true, Reason: reasonOf(r)}, a.reading(r, by.Person, "suspend"))
	if ok, err := a.refused(w, r, err, back); !ok {
		return err
	}
	return redirect(w, r, back+"?done=community_suspended")
}

// resumeCommunity answers POST /admin/trust/{id}/resume.
func (a *Admin) resumeCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	change := idp.TrustChange{CommunityID: c.ID, Resume: true}
	_, err = a.Trust.Outcome(r.Context(), change)
	if ok, err := a.refused(w, r, err, "/admin/trust/"+c.ID); !ok {
		return err
	}
	return a.trustDo(w, r, by, actTrustChange, change, "/admin/trust/"+c.ID)
}

// deleteCommunity answers POST /admin/trust/{id}/delete, after its name was typed.
func (a *Admin) deleteCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	var wrong pages.FieldErrors
	if person.Tidy(r.PostFormValue("delete_name")) != c.Name {
		wrong = append(wrong, pages.FieldError{Field: "delete_name", TextKey: "admin.community.error.delete_name"})
	}
	for _, e := range reasonErrors(r) {
		wrong = append(wrong, pages.FieldError{Field: "delete_reason", TextKey: e.TextKey})
	}
	if len(wrong) > 0 {
		return a.statePage(w, r, by, wrong)
	}
	return a.trustDo(w, r, by, actTrustDelete, idp.TrustChange{CommunityID: c.ID, Delete: true, Reason: reasonOf(r)}, "/admin/trust")
}
