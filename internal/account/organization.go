package account

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	latestReleases = 5  // on the page of an organization
	releasesOnPage = 20 // of the whole history
)

// Organizations answers GET /account/organisations: with whom she shares, and with whom she did.
func (a *Account) Organizations(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	consents, err := a.Store.Consents(r.Context(), v.person.ID)
	if err != nil {
		return err
	}
	out := pages.AccountOrganizations{Done: r.URL.Query().Get("done")}
	for _, c := range consents {
		if c.EndedAt.IsZero() {
			out.Connected = append(out.Connected, organization(c))
		} else {
			out.Ended = append(out.Ended, organization(c))
		}
	}
	return a.Pages.AccountOrganizations(w, r, out)
}

func organization(c idp.Consent) pages.AccountOrganization {
	return pages.AccountOrganization{
		ID: c.ID, Name: c.Organization, Community: c.Community, Since: c.CreatedAt, Last: c.UsedAt, Times: int(c.Times),
		Ended: c.EndedAt, Remembered: c.Remembered, Agreed: c.Agreed, Declined: c.Declined,
	}
}

// consentOf is the visitor's consent that the address names. If she has none of that name, she has been sent to the list: a
// consent is looked for among her own, so an id of somebody else's is none.
func (a *Account) consentOf(w http.ResponseWriter, r *http.Request, v visitor) (c idp.Consent, ok bool, err error) {
	c, found, err := a.ownConsent(r, v, r.PathValue("consent"))
	if err != nil || found {
		return c, found, err
	}
	return c, false, redirect(w, r, "/account/organisations")
}

func (a *Account) ownConsent(r *http.Request, v visitor, id string) (c idp.Consent, found bool, err error) {
	consents, err := a.Store.Consents(r.Context(), v.person.ID)
	if err != nil {
		return c, false, err
	}
	at := slices.IndexFunc(consents, func(c idp.Consent) bool { return c.ID == id })
	if at < 0 {
		return c, false, nil
	}
	return consents[at], true, nil
}

// Organization answers GET /account/organisations/{consent}: what it gets, and when it got it.
func (a *Account) Organization(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	c, ok, err := a.consentOf(w, r, v)
	if err != nil || !ok {
		return err
	}
	latest, err := a.Store.Releases(r.Context(), idp.ReleaseFilter{PersonID: v.person.ID, Sector: c.Sector, Limit: latestReleases + 1})
	if err != nil {
		return err
	}
	out := pages.AccountOrganizationPage{AccountOrganization: organization(c), More: len(latest) > latestReleases}
	for _, one := range latest[:min(len(latest), latestReleases)] {
		out.Latest = append(out.Latest, sharing(one))
	}
	return a.Pages.AccountOrganization(w, r, out)
}

// StopPage answers GET /account/organisations/{consent}/stop: what it means to stop sharing.
func (a *Account) StopPage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	c, ok, err := a.consentOf(w, r, v)
	if err != nil || !ok {
		return err
	}
	if !c.EndedAt.IsZero() {
		return redirect(w, r, "/account/organisations/"+c.ID)
	}
	return a.Pages.AccountStop(w, r, organization(c))
}

// Stop answers POST /account/organisations/{consent}/stop. It asks for no fresh sign-in: what is not shared harms nobody, and the
// next visit to the organization asks again.
func (a *Account) Stop(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	c, ok, err := a.consentOf(w, r, v)
	if err != nil || !ok {
		return err
	}
	trail, err := a.trail(r, v, "consent.end", "", idp.Notice{
		Kind: idp.NoticeSharingStopped, Params: map[string]string{"organization": c.Organization},
	})
	if err != nil {
		return err
	}
	for i := range trail.Events {
		trail.Events[i].ClientID = c.ClientID
	}
	_, err = a.Store.EndConsent(r.Context(), v.person.ID, c.ID, v.now, trail)
	if err != nil && !errors.Is(err, idp.ErrNotFound) { // a second press of the button
		return err
	}
	return redirect(w, r, "/account/organisations?done=stopped")
}

// Sharing answers GET /account/sharing: where her identity was used, the newest first.
func (a *Account) Sharing(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	query := r.URL.Query()
	filter := idp.ReleaseFilter{PersonID: v.person.ID, Before: printable(query.Get("before")), Limit: releasesOnPage + 1}
	out := pages.AccountSharing{}
	consents, err := a.Store.Consents(r.Context(), v.person.ID)
	if err != nil {
		return err
	}
	sectors := map[string]bool{}
	for _, c := range consents {
		if c.ID == query.Get("organisation") {
			filter.Sector, out.Chosen = c.Sector, c.ID
		}
	}
	for _, c := range consents {
		if !sectors[c.Sector] {
			sectors[c.Sector] = true
			choice := pages.AccountChoice{Value: c.ID, Name: c.Organization, Current: c.Sector == filter.Sector}
			out.Organizations = append(out.Organizations, choice)
		}
	}
	all, err := a.Store.Releases(r.Context(), filter)
	if err != nil {
		return err
	}
	for _, one := range all[:min(len(all), releasesOnPage)] {
		out.Releases = append(out.Releases, sharing(one))
	}
	if len(all) > releasesOnPage {
		out.Older = sharingURL(out.Chosen, all[releasesOnPage-1].ID)
	}
	if filter.Before != "" {
		out.Newest = sharingURL(out.Chosen, "")
	}
	return a.Pages.AccountSharing(w, r, out)
}

// printable is a place in a list, which anybody may write into the address: PostgreSQL refuses text that is not UTF-8.
func printable(place string) string {
	if len(place) > 64 || !utf8.ValidString(place) || strings.ContainsRune(place, 0) {
		return ""
	}
	return place
}

func sharingURL(organization, before string) string {
	query := url.Values{}
	if organization != "" {
		query.Set("organisation", organization)
	}
	if before != "" {
		query.Set("before", before)
	}
	if len(query) == 0 {
		return "/account/sharing"
	}
	return "/account/sharing?" + query.Encode()
}

func sharing(r idp.Release) pages.AccountRelease {
	return pages.AccountRelease{
		Organization: r.Organization, At: r.At, Claims: union(r.Claims, r.UserInfo), Level: string(r.Level), Again: int(r.UserInfoTimes), LastAt: r.LastAt,
	}
}

// union is both lists, each name once.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, name := range b {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
