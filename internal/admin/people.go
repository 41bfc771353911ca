package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// historyShown is how many events of the audit log a person's page shows.
const historyShown = 20

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
	page := pages.AdminPerson{Desk: a.desk(r, by), Person: a.foundRow(by, p), CreatedAt: p.CreatedAt, Until: p.ExpiresAt, SurvivorID: p.SurvivorID, Now: a.now()}
	a.offer(&page, by, p)
	passkeys, err := a.Store.Passkeys(r.Context(), p.ID)
	if err != nil {
		return page, fmt.Errorf("passkeys: %w", err)
	}
	for _, k := range passkeys {
		page.Passkeys = append(page.Passkeys, pages.AdminPasskey{Name: k.Name, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt})
	}
	sessions, err := a.Store.SessionsOf(r.Context(), p.ID, a.now())
	if err != nil {
		return page, fmt.Errorf("sessions: %w", err)
	}
	for _, s := range sessions {
		page.Sessions = append(page.Sessions, pages.AdminSession{Browser: s.UserAgent, SeenAt: s.SeenAt, Since: s.Authentication.Time})
	}
	if !a.seesDetails(by) {
		return page, nil
	}
	page.Attributes = attributeRows(p)
	proofings, err := a.Store.Proofings(r.Context(), idp.ProofingFilter{PersonID: p.ID})
	if err != nil {
		return page, fmt.Errorf("proofings: %w", err)
	}
	names := names{store: a.Store}
	for _, e := range proofings {
		row := pages.AdminProofing{ID: e.ID, Status: string(e.Status), Level: string(e.Achieved), StartedAt: e.StartedAt}
		if row.By, err = names.whoever(r.Context(), e.PerformedBy); err != nil {
			return page, err
		}
		page.Proofings = append(page.Proofings, row)
	}
	return page, a.history(r, &page, p)
}

// offer is what the visitor may do about her.
func (a *Admin) offer(page *pages.AdminPerson, by Visitor, p idp.Person) {
	may := func(act string) bool { return by.may("POST /admin/people/{id}/"+act) && mayTouch(by.Person.Role, p) }
	page.MayInvite = may("invite") && p.State == idp.PersonActive && !p.Role.Administers()
	page.MaySuspend = may("suspend") && p.State == idp.PersonActive
	page.MayResume = may("resume") && p.State == idp.PersonSuspended
	page.MayProof = by.may("POST /admin/proofing") && mayTouch(by.Person.Role, p) && p.ID != by.Person.ID && p.State == idp.PersonActive
	page.MayPreview = by.may("GET /admin/people/{id}/claims") && mayTouch(by.Person.Role, p)
	page.MayClose = may("close") && (p.State == idp.PersonActive || p.State == idp.PersonSuspended)
	page.TwoPersons = a.needsTwo(GroupClosing)
}

func (a *Admin) history(r *http.Request, page *pages.AdminPerson, p idp.Person) error {
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

// attributeRows is everything that is known about her, what is so first.
func attributeRows(p idp.Person) []pages.AdminAttribute {
	var current, former []pages.AdminAttribute
	for _, at := range p.WithAttributes().Attributes {
		row := attributeRow(at)
		if row.Current {
			current = append(current, row)
		} else {
			former = append(former, row)
		}
	}
	return append(current, former...)
}

func attributeRow(at idp.Attribute) pages.AdminAttribute {
	row := pages.AdminAttribute{
		Kind: string(at.Kind), Use: at.Use, Value: at.Text, Status: string(at.Status), Level: string(at.Worth()), VerifiedAt: at.VerifiedAt, From: at.ValidFrom, To: at.ValidTo,
		Current: at.IsCurrent(),
	}
	if at.Name != nil {
		row.Value = idp.Demographics{GivenName: at.Name.Given, MiddleName: at.Name.Middle, FamilyName: at.Name.Family, Suffix: at.Name.Suffix}.Name()
	}
	if at.Address != nil {
		row.Value = strings.Join(strings.FieldsFunc(at.Address.Street+"\n"+at.Address.City+"\n"+at.Address.State+" "+at.Address.PostalCode+"\n"+at.Address.Country,
			func(c rune) bool { return c == '\n' }), ", ")
	}
	return row
}

// target is the person of an act that needs no second administrator. If it cannot be, the browser has been told.
func (a *Admin) target(w http.ResponseWriter, r *http.Request, by Visitor) (p idp.Person, ok bool, err error) {
	p, err = a.Store.Person(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return p, false, a.notFound(w, r)
	}
	if err == nil && !mayTouch(by.Person.Role, p) {
		return p, false, a.forbid(w, r, by.Person, r.Method+" "+strings.ReplaceAll(r.URL.Path, p.ID, "{id}")+" of an administrator")
	}
	return p, err == nil, err
}

func (a *Admin) suspendPerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.setState(w, r, by, a.People.Suspend, "suspended")
}

func (a *Admin) resumePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.setState(w, r, by, a.People.Resume, "resumed")
}

// closePerson answers POST /admin/people/{id}/close, which may need a second administrator.
func (a *Admin) closePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	back := "/admin/people/" + p.ID
	if len(reasonErrors(r)) > 0 {
		return redirect(w, r, back+"?refused=reason")
	}
	return a.do(w, r, by, act{Name: actClose, PersonID: p.ID, Reason: reasonOf(r)}, back)
}

// setState suspends an account, or ends that.
func (a *Admin) setState(w http.ResponseWriter, r *http.Request, by Visitor, set stateChange, done string) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	back := "/admin/people/" + p.ID
	if len(reasonErrors(r)) > 0 {
		return redirect(w, r, back+"?refused=reason")
	}
	_, err = set(r.Context(), p.ID, reasonOf(r), a.reading(r, by.Person, done))
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done="+done)
}

// stateChange is a step between the states of an account.
type stateChange = func(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)
