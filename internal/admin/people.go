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
	"udap-idp/internal/person"
)

// peopleShown is how many persons a search shows. Somebody who is not among them is found by saying more about her.
const peopleShown = 50

// people answers GET /admin/people: the search, and what it found.
func (a *Admin) people(w http.ResponseWriter, r *http.Request, by Visitor) error {
	form, d, wrong := peopleSearch(r, a)
	page := pages.AdminPeople{Desk: a.desk(r, by), Search: form, MayFind: by.may("POST /admin/people/identifier"), Details: a.seesDetails(by)}
	if page.Errors = wrong; len(wrong) > 0 || form.Empty() {
		return a.Pages.AdminPeople(w, r, page)
	}
	found, err := a.People.Find(r.Context(), d, peopleShown+1)
	if err != nil {
		return err
	}
	if err := a.recordSearch(r, by, form, len(found)); err != nil {
		return err
	}
	page.Searched, page.More = true, len(found) > peopleShown
	for _, p := range found[:min(len(found), peopleShown)] {
		page.Rows = append(page.Rows, a.foundRow(by, p))
	}
	return a.Pages.AdminPeople(w, r, page)
}

// seesDetails: the help desk invites and helps back in, and needs neither birthdates nor addresses for it.
func (a *Admin) seesDetails(by Visitor) bool { return by.Person.Role != idp.HelpDesk }

func (a *Admin) foundRow(by Visitor, p idp.Person) pages.AdminFound {
	row := pages.AdminFound{ID: p.ID, Name: p.Name(), State: string(p.State), Level: string(p.LevelAt(a.Now())), Administrator: p.Role.Administers()}
	if a.seesDetails(by) {
		row.Birthdate, row.City = p.Birthdate, strings.TrimSuffix(p.Address.City+", "+p.Address.State, ", ")
	}
	return row
}

// peopleSearch reads what is looked for. A name is enough when there are two words of it, or a birthdate beside.
func peopleSearch(r *http.Request, a *Admin) (pages.PeopleSearch, idp.Demographics, pages.FieldErrors) {
	query := r.URL.Query()
	form := pages.PeopleSearch{
		Name: person.Tidy(query.Get("name")), Birthdate: strings.TrimSpace(query.Get("birthdate")),
		Email: strings.TrimSpace(query.Get("email")), Phone: strings.TrimSpace(query.Get("phone")),
	}
	var d idp.Demographics
	var wrong pages.FieldErrors
	check := func(field string, into *string, typed string, read func(string) (string, person.Problems)) {
		if typed == "" {
			return
		}
		value, problems := read(typed)
		if *into = value; len(problems.Wrong()) > 0 {
			wrong = append(wrong, pages.FieldError{Field: field, TextKey: "admin.form." + field})
		}
	}
	check("birthdate", &d.Birthdate, form.Birthdate, func(text string) (string, person.Problems) { return person.CheckBirthdate(text, a.Now()) })
	check("email", &d.Email, form.Email, person.CheckEmail)
	check("phone", &d.Phone, form.Phone, person.CheckPhone)
	words := strings.Fields(form.Name)
	if len(words) == 1 && d.Birthdate == "" && d.Email == "" && d.Phone == "" || len(words) == 0 && d.Birthdate != "" && d.Email == "" && d.Phone == "" {
		wrong = append(wrong, pages.FieldError{Field: "name", TextKey: "admin.form.name"})
	}
	if len(words) > 0 {
		d.GivenName, d.FamilyName = strings.Join(words[:len(words)-1], " "), words[len(words)-1]
	}
	return form, d, wrong
}

// recordSearch leaves in the audit log that somebody looked for people, by what kind of thing, and how many came. What was
// typed is not in it: it is about people who may not be there.
func (a *Admin) recordSearch(r *http.Request, by Visitor, form pages.PeopleSearch, found int) error {
	var fields []string
	for name, value := range map[string]string{"name": form.Name, "birthdate": form.Birthdate, "email": form.Email, "phone": form.Phone} {
		if value != "" {
			fields = append(fields, name)
		}
	}
	return a.Store.Audit(r.Context(), a.event(r, by.Person, "people.search", "", detailOf(map[string]any{"by": fields, "found": found})))
}

// findIdentifier answers POST /admin/people/identifier: the whole identifier or nothing, and it is in no address and no log.
func (a *Admin) findIdentifier(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, err := a.People.PersonOf(r.Context(), strings.ToLower(strings.TrimSpace(r.PostFormValue("identifier"))), a.reading(r, by.Person, "search"))
	if errors.Is(err, idp.ErrNotFound) {
		event := a.event(r, by.Person, "identifier.find", "", detailOf(map[string]any{"found": 0}))
		if err := a.Store.Audit(r.Context(), event); err != nil {
			return err
		}
		return redirect(w, r, "/admin/people?refused=no_identifier")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/people/"+p.ID)
}

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
	for _, e := range proofings {
		page.Proofings = append(page.Proofings, pages.AdminProofing{ID: e.ID, Status: string(e.Status), Level: string(e.Achieved), StartedAt: e.StartedAt, By: e.PerformedBy})
	}
	return page, a.history(r, &page, p)
}

// offer is what the visitor may do about her.
func (a *Admin) offer(page *pages.AdminPerson, by Visitor, p idp.Person) {
	may := func(act string) bool { return by.may("POST /admin/people/{id}/"+act) && mayTouch(by.Person.Role, p) }
	page.MayInvite = may("invite") && p.State == idp.PersonActive && !p.Role.Administers()
	page.MaySuspend = may("suspend") && p.State == idp.PersonActive
	page.MayResume = may("resume") && p.State == idp.PersonSuspended
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
		row := pages.AdminAttribute{
			Kind: string(at.Kind), Value: at.Text, Status: string(at.Status), Level: string(at.Worth()), VerifiedAt: at.VerifiedAt, From: at.ValidFrom, To: at.ValidTo,
		}
		if at.Name != nil {
			row.Value = idp.Demographics{GivenName: at.Name.Given, MiddleName: at.Name.Middle, FamilyName: at.Name.Family, Suffix: at.Name.Suffix}.Name()
		}
		if at.Address != nil {
			row.Value = strings.Join(strings.FieldsFunc(at.Address.Street+"\n"+at.Address.City+"\n"+at.Address.State+" "+at.Address.PostalCode+"\n"+at.Address.Country,
				func(c rune) bool { return c == '\n' }), ", ")
		}
		if row.Current = at.IsCurrent(); row.Current {
			current = append(current, row)
		} else {
			former = append(former, row)
		}
	}
	return append(current, former...)
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

// invitePerson answers POST /admin/people/{id}/invite: a link to a passkey, to be handed over.
func (a *Admin) invitePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	link, err := a.InvitePerson(r.Context(), p, reasonOf(r), a.reading(r, by.Person, "invite"))
	if key := refusalKey(err); key != "" {
		return redirect(w, r, "/admin/people/"+p.ID+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return a.linkPage(w, r, by, p.Name(), link, "/admin/people/"+p.ID)
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
