package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// ClientDesk is what the room needs of data holders beside what is stored: the rules of package clients, trust in a certificate, the
// words of package attempts, and a preview of claims. An error with a method RefusalCode is a refusal that can be told.
type ClientDesk interface {
	Suspend(ctx context.Context, id, reason string, by idp.Reading) (idp.Client, error)
	Resume(ctx context.Context, id string, by idp.Reading) (idp.Client, error)
	Delete(ctx context.Context, id string, by idp.Reading) (idp.Client, error)
	Set(ctx context.Context, id string, edit func(*idp.ClientSettings), by idp.Reading) (idp.Client, error)
	// Connections counts the people who share with a data holder, as far as MaxConnections and one more.
	Connections(ctx context.Context, client idp.Client) (int, error)
	MaxConnections() int
	// Profiles are the payloads to choose from; Profile is that of a client.
	Profiles() []string
	Profile(client idp.Client) string

	// Certificate is how the certificate of a registration stands now.
	Certificate(ctx context.Context, client idp.Client, now time.Time) ClientCertificate
	// Advise is what there is to say about an attempt.
	Advise(a idp.Attempt) AttemptAdvice
	// ReadAnchor reads a pasted certificate of an authority: its DER. The error is a refusal.
	ReadAnchor(pasted string) ([]byte, error)
	// TrustAnchor makes it an anchor of a community.
	TrustAnchor(ctx context.Context, communityID string, anchor []byte, by idp.Reading) error
	// Preview is what a data holder would get about a person.
	Preview(ctx context.Context, ask ClaimsAsk) (ClaimsPreview, error)
}

// ClientCertificate is how a certificate stands.
type ClientCertificate struct {
	Chain   [][]byte // DER, leaf first, as it was sent with the registration
	Verdict string   // trusted, revoked, untrusted, unknown
	Why     string   // of a verdict that is not trusted
}

// ClientStore is the part of idp.Store that the pages of data holders and of their attempts use.
type ClientStore interface {
	idp.ClientDirectory
	Client(ctx context.Context, id string) (idp.Client, error)
	ClientByURI(ctx context.Context, communityID, uri string) (idp.Client, error)
	Attempt(ctx context.Context, id string) (idp.Attempt, error)
	Attempts(ctx context.Context, filter idp.AttemptFilter) ([]idp.Attempt, error)
	Consents(ctx context.Context, personID string) ([]idp.Consent, error)
}

const (
	clientsPerPage = 50
	usedWithin     = 30 // days in which sign-ins are counted in the list
	volumeWeeks    = 26 // of the picture
)

// clientList answers GET /admin/clients.
func (a *Admin) clientList(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	search := pages.ClientSearch{Text: plain(query.Get("q")), Community: idOf(query.Get("community"))}
	switch state := idp.ClientState(query.Get("state")); state {
	case idp.ClientRegistered, idp.ClientSuspended:
		search.State = string(state)
	}
	filter := idp.ClientFilter{
		Search: search.Text, CommunityID: search.Community, State: idp.ClientState(search.State), Since: a.now().AddDate(0, 0, 1-usedWithin),
		After: idOf(query.Get("after")), Limit: clientsPerPage + 1,
	}
	listed, err := a.Store.ListClients(r.Context(), filter)
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r) // of a page that nothing is behind
	}
	if err != nil {
		return err
	}
	communities, err := a.communityNames(r.Context())
	if err != nil {
		return err
	}
	page := pages.AdminClients{Desk: a.desk(r, by), Search: search, Communities: communities.options(), Narrowed: search != (pages.ClientSearch{}), Issuer: a.Issuer}
	for _, c := range listed[:min(len(listed), clientsPerPage)] {
		page.Rows = append(page.Rows, clientRow(c, communities))
	}
	selected := url.Values{}
	for name, value := range map[string]string{"q": search.Text, "state": search.State, "community": search.Community} {
		if value != "" {
			selected.Set(name, value)
		}
	}
	if filter.After != "" {
		page.FirstURL = "/admin/clients?" + selected.Encode()
	}
	if len(listed) > clientsPerPage {
		selected.Set("after", listed[clientsPerPage-1].ID)
		page.NextURL = "/admin/clients?" + selected.Encode()
	}
	return a.Pages.AdminClients(w, r, page)
}

// clientName is what a data holder is called: by its certificate, or else as it calls itself.
func clientName(c idp.Client) string {
	if c.Organization != "" {
		return c.Organization
	}
	return c.Name
}

func clientRow(c idp.ListedClient, communities communityNames) pages.ListedClient {
	return pages.ListedClient{
		ID: c.ID, Organization: clientName(c.Client), Name: c.Name, URI: c.URI, Community: communities.of(c.CommunityID), State: string(c.State()),
		SignIns: int(c.SignIns), LastUsedAt: c.LastUsedAt,
	}
}

// communityNames are the communities as they are chosen and named.
type communityNames []idp.Community

func (a *Admin) communityNames(ctx context.Context) (communityNames, error) {
	all, err := a.Store.Communities(ctx)
	if err != nil {
		return nil, fmt.Errorf("communities: %w", err)
	}
	return all, nil
}

func (n communityNames) find(id string) (idp.Community, bool) {
	for _, c := range n {
		if c.ID == id {
			return c, true
		}
	}
	return idp.Community{}, false
}

func (n communityNames) of(id string) string {
	c, _ := n.find(id)
	return c.Name
}

func (n communityNames) options() []pages.Option {
	var list []pages.Option
	for _, c := range n {
		list = append(list, pages.Option{Value: c.ID, Name: c.Name})
	}
	return list
}

// clientOf reads the data holder of the address, suspended or not. If there is none the visitor has been told.
func (a *Admin) clientOf(w http.ResponseWriter, r *http.Request) (c idp.Client, ok bool, err error) {
	c, err = a.Store.Client(r.Context(), idOf(r.PathValue("id")))
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return c, false, a.notFound(w, r)
	case errors.Is(err, idp.ErrSuspended):
		return c, true, nil
	}
	return c, err == nil, err
}

// client answers GET /admin/clients/{id}.
func (a *Admin) client(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.clientOf(w, r)
	if !ok {
		return err
	}
	return a.clientPage(w, r, by, c, func(*pages.AdminClientPage) {})
}

// clientPage shows a data holder; form puts in what was typed and is wrong.
func (a *Admin) clientPage(w http.ResponseWriter, r *http.Request, by Visitor, c idp.Client, form func(*pages.AdminClientPage)) error {
	ctx := r.Context()
	communities, err := a.communityNames(ctx)
	if err != nil {
		return err
	}
	community, _ := communities.find(c.CommunityID)
	page := pages.AdminClientPage{
		Desk: a.desk(r, by), ListedClient: clientRow(idp.ListedClient{Client: c}, communities), CommunityID: community.ID, CommunityURI: community.URI,
		Reason: c.SuspendedReason, SuspendedAt: c.SuspendedAt, RegisteredAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, RedirectURIs: c.RedirectURIs, Contacts: c.Contacts,
		LogoURI: c.LogoURI, Scopes: strings.Fields(c.Scope), GrantTypes: c.GrantTypes, ResponseTypes: c.ResponseTypes, Authentication: c.TokenEndpointAuthMethod,
		Certifications: len(c.Certifications), Now: a.now(), Profiles: a.Clients.Profiles(),
		Settings: pages.ClientSettings{
			Payload: a.Clients.Profile(c), Audience: c.Settings.Audience, NoPKCE: choiceWord(c.Settings.NoPKCE), Loopback: choiceWord(c.Settings.LoopbackRedirect),
		},
		MayAct: by.may("POST /admin/clients/{id}/suspend"), MaySet: by.may("POST /admin/clients/{id}/settings"), MaySeeLog: by.may("GET /admin/attempts"),
		MayTry: by.may("POST /admin/clients/{id}/claims"),
	}
	if page.Connections, err = a.Clients.Connections(ctx, c); err != nil {
		return err
	}
	if most := a.Clients.MaxConnections(); page.Connections > most {
		page.Connections, page.MoreConnections = most, true
	}
	if err := a.clientUse(ctx, &page, c); err != nil {
		return err
	}
	a.clientCertificate(ctx, &page, c, community)
	if err := a.clientHistory(ctx, &page, by, c); err != nil {
		return err
	}
	form(&page)
	return a.Pages.AdminClient(w, r, page)
}

// clientUse fills in how often people signed in to it, week by week.
func (a *Admin) clientUse(ctx context.Context, page *pages.AdminClientPage, c idp.Client) error {
	today := a.now().Truncate(24 * time.Hour)
	days, err := a.Store.ClientDays(ctx, c.ID, a.now().Add(-idp.ClientDaysKept))
	if err != nil {
		return err
	}
	page.Volumes = pages.Picture{Key: "client", Series: []pages.Series{{Key: "allowed", Tone: "good"}}}
	since := today.AddDate(0, 0, 1-7*volumeWeeks)
	for i := range volumeWeeks {
		page.Volumes.Bars = append(page.Volumes.Bars, pages.Bar{Day: since.AddDate(0, 0, 7*i), Values: []int{0}})
	}
	month := today.AddDate(0, 0, 1-usedWithin).Format(time.DateOnly)
	for _, d := range days {
		if day, err := time.Parse(time.DateOnly, d.Day); err == nil && !day.Before(since) {
			page.Volumes.Bars[min(volumeWeeks-1, int(day.Sub(since)/(7*24*time.Hour)))].Values[0] += int(d.SignIns)
		}
		page.LastUsedAt = d.LastAt
		if d.Day >= month {
			page.SignIns += int(d.SignIns)
		}
	}
	return nil
}

const (
	changesShown  = 20
	attemptsShown = 10
)

// clientHistory fills in what happened to the registration, by the data holder and by those who run the service, and what it
// attempted last.
func (a *Admin) clientHistory(ctx context.Context, page *pages.AdminClientPage, by Visitor, c idp.Client) error {
	changes, err := a.Store.ClientChanges(ctx, c.ID, changesShown)
	if err != nil {
		return err
	}
	names := names{store: a.Store}
	for _, e := range changes {
		change := pages.ClientChange{At: e.At, Action: e.Action, WhoID: e.Actor}
		if change.Who, err = names.of(ctx, e.Actor); err != nil {
			return err
		}
		changed, _ := factsOf(e.Detail)
		for _, c := range changed {
			if !c.Same {
				change.Changes = append(change.Changes, c)
			}
		}
		if by.may("GET /admin/audit/{id}") {
			change.ID = e.ID
		}
		page.Changes = append(page.Changes, change)
	}
	registrations, err := a.Store.Attempts(ctx, idp.AttemptFilter{Kind: idp.AttemptRegistration, ClientID: c.ID, Limit: changesShown})
	if err != nil {
		return err
	}
	for _, attempt := range registrations {
		change := pages.ClientChange{At: attempt.At, Action: attempt.Outcome, Attempt: true}
		if page.MaySeeLog {
			change.ID = attempt.ID
		}
		page.Changes = append(page.Changes, change)
	}
	newestFirst(page.Changes)
	page.Changes = page.Changes[:min(len(page.Changes), changesShown)]
	if !page.MaySeeLog {
		return nil
	}
	last, err := a.Store.Attempts(ctx, idp.AttemptFilter{ClientID: c.ID, Limit: attemptsShown})
	if err != nil {
		return err
	}
	for _, attempt := range last {
		page.Attempts = append(page.Attempts, a.attemptRow(attempt))
	}
	return nil
}
