package admin

import (
	"net/http"
	"net/url"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// suspendClient answers POST /admin/clients/{id}/suspend.
func (a *Admin) suspendClient(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	if wrong := reasonErrors(r); len(wrong) > 0 {
		return a.clientPage(w, r, by, c, func(page *pages.AdminClientPage) { page.Errors, page.Reasoned = wrong, r.PostFormValue("reason") })
	}
	_, err = a.Clients.Suspend(r.Context(), c.ID, reasonOf(r), a.reading(r, by.Person, "suspend"))
	return a.clientDone(w, r, c, err, "client_suspended")
}

// resumeClient answers POST /admin/clients/{id}/resume.
func (a *Admin) resumeClient(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	_, err = a.Clients.Resume(r.Context(), c.ID, a.reading(r, by.Person, "resume"))
	return a.clientDone(w, r, c, err, "client_resumed")
}

// clientDone leads back to a data holder, with what became of an act.
func (a *Admin) clientDone(w http.ResponseWriter, r *http.Request, c idp.Client, err error, done string) error {
	back := "/admin/clients/" + c.ID
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done="+done)
}

// deleteClientPage answers GET /admin/clients/{id}/delete: what would follow.
func (a *Admin) deleteClientPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	page := pages.AdminClientDelete{
		Desk: a.desk(r, by), ListedClient: clientRow(idp.ListedClient{Client: c}, communities),
		Confirm: pages.Confirm{Action: "/admin/clients/" + c.ID + "/delete", ButtonKey: "admin.client.delete.button", CancelURL: "/admin/clients/" + c.ID, Danger: true},
	}
	if page.Connections, err = a.Clients.Connections(r.Context(), c); err != nil {
		return err
	}
	if most := a.Clients.MaxConnections(); page.Connections > most {
		page.Connections, page.MoreConnections = most, true
	}
	return a.Pages.AdminClientDelete(w, r, page)
}

// deleteClient answers POST /admin/clients/{id}/delete.
func (a *Admin) deleteClient(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	_, err = a.Clients.Delete(r.Context(), c.ID, a.reading(r, by.Person, "delete"))
	if err == nil {
		return redirect(w, r, "/admin/clients?done=client_deleted")
	}
	return a.clientDone(w, r, c, err, "")
}

// The words for a choice between what the community says, yes and no.
var choiceOf = map[string]*bool{"inherit": nil, "allow": new(true), "refuse": new(false)}

func choiceWord(setting *bool) string {
	switch {
	case setting == nil:
		return "inherit"
	case *setting:
		return "allow"
	}
	return "refuse"
}

// setClient answers POST /admin/clients/{id}/settings.
func (a *Admin) setClient(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	typed := pages.ClientSettings{
		Payload: r.PostFormValue("payload"), Audience: plain(r.PostFormValue("audience")), NoPKCE: r.PostFormValue("no_pkce"), Loopback: r.PostFormValue("loopback"),
	}
	noPKCE, pkceKnown := choiceOf[typed.NoPKCE]
	loopback, loopbackKnown := choiceOf[typed.Loopback]
	var wrong pages.FieldErrors
	for _, field := range []struct {
		name string
		bad  bool
	}{{"payload", !slices.Contains(a.Clients.Profiles(), typed.Payload)}, {"no_pkce", !pkceKnown}, {"loopback", !loopbackKnown}} {
		if field.bad {
			wrong = append(wrong, pages.FieldError{Field: field.name, TextKey: "admin.client.wrong.choice"})
		}
	}
	if len(wrong) == 0 {
		_, err = a.Clients.Set(r.Context(), c.ID, func(s *idp.ClientSettings) {
			s.Payload, s.Audience, s.NoPKCE, s.LoopbackRedirect = typed.Payload, typed.Audience, noPKCE, loopback
		}, a.reading(r, by.Person, "settings"))
		if refusalKey(err) == "client_audience" {
			wrong, err = pages.FieldErrors{{Field: "audience", TextKey: "admin.client.wrong.audience"}}, nil
		}
	}
	if len(wrong) > 0 {
		return a.clientPage(w, r, by, c, func(page *pages.AdminClientPage) { page.Errors, page.Settings = wrong, typed })
	}
	return a.clientDone(w, r, c, err, "client_set")
}
