package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// recordStore is what a person's page reads beside her record; the comments are those of idp.Store.
type recordStore interface {
	ConfirmedContacts(ctx context.Context, personID string) ([]idp.Contact, error)
	Closing(ctx context.Context, personID string) (idp.Closing, error)
	Requests(ctx context.Context, filter idp.RequestFilter) ([]idp.Request, error)
	Releases(ctx context.Context, filter idp.ReleaseFilter) ([]idp.Release, error)
	EndSessionOf(ctx context.Context, personID, sessionID string, now time.Time, trail idp.Trail) error
	EndOtherSessions(ctx context.Context, personID, keep string, now time.Time, trail idp.Trail) (int64, error)
}

// How much of what grows a person's page shows; the rest is on pages of its own.
const (
	historyShown  = 20
	sharesShown   = 5
	sharesPerPage = 50
)

// person answers GET /admin/people/{id}. Every look is recorded.
func (a *Admin) person(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, err := a.Store.Person(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "person.view", p.ID, "")); err != nil {
		return err
	}
	page, err := a.personPage(r, by, p)
	if err != nil {
		return err
	}
	return a.Pages.AdminPerson(w, r, page)
}

func (a *Admin) personPage(r *http.Request, by Visitor, p idp.Person) (pages.AdminPerson, error) {
	page := pages.AdminPerson{
		Desk: a.desk(r, by), Person: a.foundRow(by, p), CreatedAt: p.CreatedAt, Until: p.ExpiresAt, SurvivorID: p.SurvivorID, Now: a.now(), Details: a.seesDetails(by),
	}
	a.offer(&page, by, p)
	sections := []func(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error{a.signInsOf, a.invitationsOf}
	if page.Details {
		sections = append(sections, a.valuesOf, a.proofingsOf, a.sharesOf, a.representationsOf, a.requestsOf, a.historyOf)
	}
	for _, section := range sections {
		if err := section(r, &page, by, p); err != nil {
			return page, fmt.Errorf("page of %s: %w", p.ID, err)
		}
	}
	return page, nil
}

// offer is what the visitor may do about her, and where she may go on to.
func (a *Admin) offer(page *pages.AdminPerson, by Visitor, p idp.Person) {
	may := func(act string) bool { return by.may("POST /admin/people/{id}/"+act) && mayTouch(by.Person.Role, p) }
	open := p.State == idp.PersonActive || p.State == idp.PersonSuspended
	page.MayInvite = may("invite") && p.State == idp.PersonActive && !p.Role.Administers()
	page.MaySuspend = may("suspend") && p.State == idp.PersonActive
	page.MayResume = may("resume") && p.State == idp.PersonSuspended
	page.MayProof = by.may("POST /admin/proofing") && mayTouch(by.Person.Role, p) && p.ID != by.Person.ID && p.State == idp.PersonActive
	page.MayClose = may("close") && open
	page.MayPreview = by.may("GET /admin/people/{id}/claims") && mayTouch(by.Person.Role, p)
	page.MayEdit = may("edit") && open
	page.MaySignOut = may("sessions")
	page.MayReveal = may("identifier") && !p.Identifier.IsZero()
	page.TwoPersons = a.needsTwo(GroupClosing)
	page.MaySeeProofing, page.MaySeeRequests = by.may("GET /admin/proofing/{id}"), by.may("GET /admin/requests/{id}")
	page.MaySeeMessages, page.MaySeeAudit = by.may("GET /admin/messages"), by.may("GET /admin/audit")
	page.MaySeeDuplicates = by.may("GET /admin/duplicates")
}

// signInsOf is with what she signs in, and where she is signed in.
func (a *Admin) signInsOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	passkeys, err := a.Store.Passkeys(r.Context(), p.ID)
	if err != nil {
		return fmt.Errorf("passkeys: %w", err)
	}
	for _, k := range passkeys {
		page.Passkeys = append(page.Passkeys, pages.AdminPasskey{Name: k.Name, Synced: k.BackupState, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt})
	}
	sessions, err := a.Store.SessionsOf(r.Context(), p.ID, a.now())
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	for _, s := range sessions {
		page.Sessions = append(page.Sessions, pages.AdminSession{ID: s.ID, Browser: idp.AgentName(s.UserAgent), SeenAt: s.SeenAt, Since: s.Authentication.Time})
	}
	return nil
}

func (a *Admin) invitationsOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) (err error) {
	page.Invitations, err = a.invitationRows(r, by, p)
	return err
}

// valuesOf is everything that is known about her, what is so first, with what stands behind each value.
func (a *Admin) valuesOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	confirmed, err := a.Store.ConfirmedContacts(r.Context(), p.ID)
	if err != nil {
		return fmt.Errorf("confirmed contacts: %w", err)
	}
	page.Attributes = attributeRows(p)
	for n, at := range page.Attributes {
		for _, c := range confirmed {
			if at.Current && at.Value == c.Address && (at.Kind == string(idp.AttributeEmail) || at.Kind == string(idp.AttributePhone)) {
				page.Attributes[n].ConfirmedAt = c.ConfirmedAt
			}
		}
	}
	page.IdentifierSince = p.Identifier.MintedAt
	closing, err := a.Store.Closing(r.Context(), p.ID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("closing: %w", err)
	}
	page.ClosesAt = closing.DueAt
	return nil
}

func (a *Admin) proofingsOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	proofings, err := a.Store.Proofings(r.Context(), idp.ProofingFilter{PersonID: p.ID})
	if err != nil {
		return fmt.Errorf("proofings: %w", err)
	}
	names := names{store: a.Store}
	for _, e := range slices.Backward(proofings) {
		row := pages.AdminProofing{ID: e.ID, Status: string(e.Status), Level: string(e.Achieved), StartedAt: e.StartedAt}
		if row.By, err = names.whoever(r.Context(), e.PerformedBy); err != nil {
			return err
		}
		page.Proofings = append(page.Proofings, row)
	}
	return nil
}

// sharesOf is with whom she shares, and what went out last.
func (a *Admin) sharesOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	consents, err := a.Store.Consents(r.Context(), p.ID)
	if err != nil {
		return fmt.Errorf("consents: %w", err)
	}
	for _, c := range consents {
		page.Organizations = append(page.Organizations, pages.AccountOrganization{
			ID: c.ID, Name: c.Organization, Community: c.Community, Since: c.CreatedAt, Last: c.UsedAt, Times: int(c.Times), Ended: c.EndedAt, Remembered: c.Remembered, Agreed: c.Agreed,
		})
	}
	releases, err := a.Store.Releases(r.Context(), idp.ReleaseFilter{PersonID: p.ID, Limit: sharesShown + 1})
	if err != nil {
		return fmt.Errorf("releases: %w", err)
	}
	page.MoreShares = len(releases) > sharesShown
	for _, one := range releases[:min(len(releases), sharesShown)] {
		page.Shares = append(page.Shares, shareRow(one))
	}
	return nil
}

func shareRow(r idp.Release) pages.AccountRelease {
	claims := slices.Clone(r.Claims)
	for _, name := range r.UserInfo {
		if !slices.Contains(claims, name) {
			claims = append(claims, name)
		}
	}
	return pages.AccountRelease{Organization: r.Organization, At: r.At, Claims: claims, Level: string(r.Level), Again: int(r.UserInfoTimes), LastAt: r.LastAt}
}

// representationsOf is who may act for her, and for whom she may.
func (a *Admin) representationsOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	all, err := a.Store.Representations(r.Context(), p.ID)
	if err != nil {
		return fmt.Errorf("representations: %w", err)
	}
	names := names{store: a.Store}
	for _, one := range all {
		row := pages.AdminRepresentation{
			OtherID: one.RepresentativeID, Relationship: one.Relationship, Basis: one.LegalBasis, From: one.StartsOn, To: one.EndsOn, EndedAt: one.EndedAt, InForce: one.InForce(a.now()),
		}
		if one.RepresentativeID == p.ID {
			row.OtherID, row.Represents = one.PatientID, true
		}
		if row.Other, err = names.whoever(r.Context(), row.OtherID); err != nil {
			return err
		}
		page.Representations = append(page.Representations, row)
	}
	return nil
}

func (a *Admin) requestsOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	all, err := a.Store.Requests(r.Context(), idp.RequestFilter{PersonID: p.ID})
	if err != nil {
		return fmt.Errorf("requests: %w", err)
	}
	names := names{store: a.Store}
	for _, q := range slices.Backward(all) {
		row, err := a.requestRow(r.Context(), &names, q)
		if err != nil {
			return err
		}
		page.Requests = append(page.Requests, row)
	}
	return nil
}

func (a *Admin) historyOf(r *http.Request, page *pages.AdminPerson, by Visitor, p idp.Person) error {
	events, err := a.Store.AuditEvents(r.Context(), idp.AuditFilter{PersonID: p.ID, Limit: historyShown})
	if err != nil {
		return err
	}
	names := names{store: a.Store}
	for _, e := range events {
		row, err := a.eventRow(r.Context(), &names, e)
		if err != nil {
			return err
		}
		page.History = append(page.History, row)
	}
	return nil
}

// shares answers GET /admin/people/{id}/shares: where her identity was used, page by page. The look is recorded as one at her record.
func (a *Admin) shares(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, err := a.Store.Person(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	before := idOf(r.URL.Query().Get("before"))
	releases, err := a.Store.Releases(r.Context(), idp.ReleaseFilter{PersonID: p.ID, Before: before, Limit: sharesPerPage + 1})
	if err != nil {
		return err
	}
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "person.view", p.ID, detailOf(map[string]string{"part": "shares"}))); err != nil {
		return err
	}
	page := pages.AdminShares{Desk: a.desk(r, by), ID: p.ID, Name: p.Name()}
	for _, one := range releases[:min(len(releases), sharesPerPage)] {
		page.Shares = append(page.Shares, shareRow(one))
	}
	at := "/admin/people/" + p.ID + "/shares"
	if before != "" {
		page.NewestURL = at
	}
	if len(releases) > sharesPerPage {
		page.OlderURL = at + "?before=" + releases[sharesPerPage-1].ID
	}
	return a.Pages.AdminShares(w, r, page)
}

// everywhere stands in the form in the place of a session's id.
const everywhere = "everywhere"

// signOutPerson answers POST /admin/people/{id}/sessions: she is signed out in one browser, or in all. It asks for no recent sign-in: who sees a stranger
// in the list is in a hurry, and whoever is signed out wrongly signs in again.
func (a *Admin) signOutPerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	back := "/admin/people/" + p.ID
	chosen := r.PostFormValue("session")
	event := a.event(r, by.Person, "session.end", p.ID, detailOf(map[string]string{"by": "desk", "which": everywhere}))
	if chosen == everywhere {
		ended, err := a.Store.EndOtherSessions(r.Context(), p.ID, "", a.now(), idp.Trail{Events: []idp.AuditEvent{event}})
		if err != nil {
			return err
		}
		if ended == 0 {
			return redirect(w, r, back+"?refused=no_session")
		}
		return redirect(w, r, back+"?done=signed-out")
	}
	sessions, err := a.Store.SessionsOf(r.Context(), p.ID, a.now())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(sessions, func(s idp.Session) bool { return s.ID == chosen })
	if at < 0 {
		return redirect(w, r, back+"?refused=no_session")
	}
	event.Detail = detailOf(map[string]string{"by": "desk", "agent": idp.AgentName(sessions[at].UserAgent)})
	err = a.Store.EndSessionOf(r.Context(), p.ID, chosen, a.now(), idp.Trail{Events: []idp.AuditEvent{event}})
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, back+"?refused=no_session")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=signed-out")
}

// identifierPage answers GET /admin/people/{id}/identifier, which is the address of the identifier when it is asked for again, in another language or by
// going back: each reading has a reason of its own.
func (a *Admin) identifierPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return redirect(w, r, "/admin/people/"+url.PathEscape(r.PathValue("id")))
}

// revealIdentifier answers POST /admin/people/{id}/identifier, for a reason, which is recorded with the reading before anything is shown.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: to be protected like a social security number.
func (a *Admin) revealIdentifier(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	if len(reasonErrors(r)) > 0 {
		return redirect(w, r, "/admin/people/"+p.ID+"?refused=reason")
	}
	value, err := a.Desk.Identifier(r.Context(), p, a.reading(r, by.Person, reasonOf(r)))
	if err != nil {
		return err
	}
	if value == "" {
		return redirect(w, r, "/admin/people/"+p.ID+"?refused=identifier_none")
	}
	return a.Pages.AdminIdentifier(w, r, pages.AdminIdentifier{Desk: a.desk(r, by), ID: p.ID, Name: p.Name(), Value: value})
}
