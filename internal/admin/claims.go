package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// ClaimsAsk is a request that nobody made.
type ClaimsAsk struct {
	Client   idp.Client
	PersonID string
	Profile  string // "" for the client's own
	Scopes   []string
	Claims   string      // the claims parameter
	Reveal   bool        // shows what is hidden otherwise; it is recorded before
	By       idp.Reading // the reason of a reveal is its purpose
}

// ClaimsPreview is what a data holder would get.
type ClaimsPreview struct {
	Refused           string // such a request would be refused at once: why
	Profile           string
	Code, Why         string // of the error that it would get
	IDToken, UserInfo map[string]any
	Hidden            bool // something in them is
	Level             idp.Level
	MatchWeight       int
	Withheld          []pages.WithheldClaim
}

const clientsOffered = 10

// claims answers GET /admin/people/{id}/claims: what a data holder would get about her, with what is sensitive hidden.
func (a *Admin) claims(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.claimsPage(w, r, by, r.URL.Query(), false)
}

// revealClaims answers POST /admin/people/{id}/claims: the same with nothing hidden, recorded before.
func (a *Admin) revealClaims(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if err := r.ParseForm(); err != nil {
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	}
	return a.claimsPage(w, r, by, r.PostForm, true)
}

func (a *Admin) claimsPage(w http.ResponseWriter, r *http.Request, by Visitor, asked url.Values, reveal bool) error {
	p, err := a.Store.Person(r.Context(), idOf(r.PathValue("id")))
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	may := by.may("POST /admin/people/{id}/claims") && mayTouch(by.Person.Role, p)
	if reveal && !may {
		return a.forbid(w, r, by.Person, "POST /admin/people/{id}/claims of an administrator")
	}
	page := pages.AdminClaims{Desk: a.desk(r, by), PersonID: p.ID, Name: p.Name(), Search: plain(asked.Get("q")), Profiles: a.Clients.Profiles(), MaySeeClient: by.may("GET /admin/clients/{id}")}
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	client, err := a.Store.Client(r.Context(), idOf(asked.Get("client")))
	if errors.Is(err, idp.ErrSuspended) {
		err = nil
	}
	if errors.Is(err, idp.ErrNotFound) {
		return a.chooseClient(w, r, by, page, communities)
	}
	if err != nil {
		return err
	}
	page.Client, page.Own = clientRow(idp.ListedClient{Client: client}, communities), a.Clients.Profile(client)
	page.Scopes = strings.Fields(client.Scope)
	page.Form = pages.ClaimsForm{Client: client.ID, Profile: asked.Get("profile"), Scopes: asked["scope"], Claims: strings.TrimSpace(asked.Get("claims"))}
	if len(page.Form.Scopes) == 0 {
		page.Form.Scopes = page.Scopes
	}
	if !slices.Contains(page.Profiles, page.Form.Profile) {
		page.Form.Profile = page.Own
	}
	wrong := pages.FieldErrors(nil)
	if reveal {
		wrong = reasonErrors(r)
	}
	if err := a.showPreview(r, by, &page, p, client, reveal && len(wrong) == 0); err != nil {
		return err
	}
	page.Errors, page.Reason = append(page.Errors, wrong...), r.PostFormValue("reason")
	page.MayReveal = may && page.Hidden
	return a.Pages.AdminClaims(w, r, page)
}

// chooseClient shows the data holders that she shares with, and those that were looked for.
func (a *Admin) chooseClient(w http.ResponseWriter, r *http.Request, by Visitor, page pages.AdminClaims, communities communityNames) error {
	consents, err := a.Store.Consents(r.Context(), page.PersonID)
	if err != nil {
		return err
	}
	for _, consent := range consents {
		client, err := a.Store.Client(r.Context(), consent.ClientID)
		if errors.Is(err, idp.ErrNotFound) || !consent.EndedAt.IsZero() {
			continue
		}
		if err != nil && !errors.Is(err, idp.ErrSuspended) {
			return err
		}
		page.Connected = append(page.Connected, clientRow(idp.ListedClient{Client: client}, communities))
	}
	if page.Search != "" {
		found, err := a.Store.ListClients(r.Context(), idp.ClientFilter{Search: page.Search, Limit: clientsOffered})
		if err != nil {
			return err
		}
		for _, c := range found {
			page.Found = append(page.Found, clientRow(c, communities))
		}
	}
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "person.view", page.PersonID, "")); err != nil {
		return err
	}
	return a.Pages.AdminClaims(w, r, page)
}

// showPreview fills in the preview. That somebody looks at it is recorded before.
func (a *Admin) showPreview(r *http.Request, by Visitor, page *pages.AdminClaims, p idp.Person, client idp.Client, reveal bool) error {
	looked := a.event(r, by.Person, "person.view", p.ID, detailOf(map[string]any{"claims": page.Form.Profile, "scopes": page.Form.Scopes}))
	looked.ClientID = client.ID
	if err := a.Store.Audit(r.Context(), looked); err != nil {
		return err
	}
	why := a.reading(r, by.Person, "preview")
	why.ClientID = client.ID
	if reveal {
		why.Purpose = reasonOf(r)
	}
	preview, err := a.Clients.Preview(r.Context(), ClaimsAsk{
		Client: client, PersonID: p.ID, Profile: page.Form.Profile, Scopes: page.Form.Scopes, Claims: page.Form.Claims, Reveal: reveal, By: why,
	})
	if err != nil {
		return err
	}
	if preview.Refused != "" {
		field := "scopes"
		if page.Form.Claims != "" && strings.Contains(preview.Refused, "claims") {
			field = "claims"
		}
		page.Errors, page.Problem = pages.FieldErrors{{Field: field, TextKey: "admin.claims.wrong." + field}}, preview.Refused
		return nil
	}
	page.Shown, page.Profile, page.RefusedCode, page.RefusedWhy = true, preview.Profile, preview.Code, preview.Why
	page.Level, page.MatchWeight, page.Withheld = string(preview.Level), preview.MatchWeight, preview.Withheld
	page.Hidden, page.Revealed = preview.Hidden && !reveal, reveal
	if preview.Code != "" {
		return nil
	}
	if page.IDToken, err = indented(preview.IDToken); err != nil {
		return err
	}
	page.UserInfo, err = indented(preview.UserInfo)
	return err
}

// indented is a payload as somebody reads it.
func indented(payload map[string]any) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(payload)
	return strings.TrimSpace(out.String()), err
}

// tryClient answers POST /admin/clients/{id}/claims: the preview for a person, who is named by her id or her e-mail address. It is a
// POST so that an address is in no log.
func (a *Admin) tryClient(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	typed := plain(r.PostFormValue("person"))
	id := idOf(typed)
	key := "admin.client.wrong.person"
	if id == "" {
		if id, err = a.personByEmail(r.Context(), typed); err != nil {
			return err
		}
		event := a.event(r, by.Person, "people.search", "", detailOf(map[string]any{"by": []string{"email"}, "found": min(1, len(id))}))
		if err := a.Store.Audit(r.Context(), event); err != nil {
			return err
		}
	}
	if id == "" {
		wrong := pages.FieldErrors{{Field: "person", TextKey: key}}
		return a.clientPage(w, r, by, c, func(page *pages.AdminClientPage) { page.Errors, page.SentFor = wrong, typed })
	}
	return redirect(w, r, "/admin/people/"+id+"/claims?client="+c.ID)
}

// personByEmail is the one person with an address, "" when there is none or there are several.
func (a *Admin) personByEmail(ctx context.Context, typed string) (string, error) {
	email, problems := person.CheckEmail(typed)
	if email == "" || len(problems.Wrong()) > 0 {
		return "", nil
	}
	found, err := a.People.Find(ctx, idp.Search{Email: email, Limit: 2})
	if err != nil || len(found.People) != 1 {
		return "", err
	}
	return found.People[0].ID, nil
}
