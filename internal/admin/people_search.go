package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// peopleShown is how many persons a page of the list shows.
const peopleShown = 50

// maxSearchName is how long a name that is looked for may be, in characters.
const maxSearchName = 200

// people answers GET /admin/people: the search and what it found, or everybody, the newest first.
func (a *Admin) people(w http.ResponseWriter, r *http.Request, by Visitor) error {
	form, search, wrong := peopleSearch(r, a)
	page := pages.AdminPeople{
		Desk: a.desk(r, by), Search: form, Errors: wrong, MayFind: by.may("POST /admin/people/identifier"), MayAdd: by.may("POST /admin/people/new"),
		Details: a.seesDetails(by),
	}
	if len(wrong) > 0 {
		return a.Pages.AdminPeople(w, r, page)
	}
	err := a.spendGuess(r, by, form)
	if errors.As(err, new(*idp.Throttled)) {
		page.Errors = pages.FieldErrors{{Field: "name", TextKey: "admin.form.name.often"}}
		return a.Pages.AdminPeople(w, r, page)
	}
	if err != nil {
		return err
	}
	found, err := a.People.Find(r.Context(), search)
	if refusalKey(err) != "" { // signs of which nothing is looked for
		page.Errors = pages.FieldErrors{{Field: "name", TextKey: "admin.form.name"}}
		return a.Pages.AdminPeople(w, r, page)
	}
	if err != nil {
		return err
	}
	if err := a.recordSearch(r, by, form, len(found.People)); err != nil {
		return err
	}
	for _, p := range found.People {
		page.Rows = append(page.Rows, a.foundRow(by, p))
	}
	page.Narrowed = form != (pages.PeopleSearch{})
	if search.Before+search.After != "" {
		page.NewestURL = peopleURL(form, "", "")
	}
	if found.Newer != "" {
		page.PreviousURL = peopleURL(form, "after", found.Newer)
	}
	if found.Older != "" {
		page.NextURL = peopleURL(form, "before", found.Older)
	}
	return a.Pages.AdminPeople(w, r, page)
}

// How often somebody may look for people by what she does not see of them: far above what callers ask for, and far below the number of
// birthdates that there are.
const guessesAnHour, guessesADay = 60, 200

// spendGuess counts a search by a birthdate or an address of who sees neither: each answer says whether it is somebody's, and with a
// birthdate the help desk would open the invitation that it made.
func (a *Admin) spendGuess(r *http.Request, by Visitor, form pages.PeopleSearch) error {
	if a.seesDetails(by) || form.Birthdate+form.Email+form.Phone == "" {
		return nil
	}
	key := "people search|" + by.Person.ID
	return a.Store.Spend(r.Context(), a.now(),
		idp.Allowance{Key: key + "|hour", Max: guessesAnHour, Window: time.Hour}, idp.Allowance{Key: key + "|day", Max: guessesADay, Window: day})
}

// seesDetails: the help desk invites and helps back in, and needs neither birthdates nor addresses for it.
func (a *Admin) seesDetails(by Visitor) bool { return by.Person.Role != idp.HelpDesk }

func (a *Admin) foundRow(by Visitor, p idp.Person) pages.AdminFound {
	row := pages.AdminFound{
		ID: p.ID, Name: p.Name(), State: string(p.State), Level: string(p.LevelAt(a.Now())), Administrator: p.Role.Administers(), AddedAt: p.CreatedAt,
	}
	if a.seesDetails(by) {
		row.Birthdate, row.City = p.Birthdate, strings.TrimSuffix(p.Address.City+", "+p.Address.State, ", ")
	}
	return row
}

// peopleSearch reads what is looked for. A name is enough when there are two words of it, or something else beside. A filter that is none
// narrows nothing, and neither does a place to go on from that cannot be one.
func peopleSearch(r *http.Request, a *Admin) (pages.PeopleSearch, idp.Search, pages.FieldErrors) {
	query := r.URL.Query()
	form := pages.PeopleSearch{
		Name: plain(query.Get("name")), Birthdate: plain(query.Get("birthdate")), Email: plain(query.Get("email")), Phone: plain(query.Get("phone")),
	}
	search := idp.Search{Name: form.Name, Before: idOf(query.Get("before")), Limit: peopleShown}
	if search.Before == "" {
		search.After = idOf(query.Get("after"))
	}
	search.PeopleFilter = peopleFilter(query, &form)
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
	words := strings.FieldsFunc(form.Name, func(c rune) bool { return c == ' ' || c == ',' })
	long := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return utf8.RuneCountInString(strings.Trim(w, ".")) < 2 && w[0] < utf8.RuneSelf })
	check("birthdate", &search.Birthdate, form.Birthdate, func(text string) (string, person.Problems) { return person.CheckBirthdate(text, a.Now()) })
	check("email", &search.Email, form.Email, person.CheckEmail)
	check("phone", &search.Phone, form.Phone, person.CheckPhone)
	reached := form.Email+form.Phone != ""
	switch {
	case utf8.RuneCountInString(form.Name) > maxSearchName:
		wrong = append(wrong, pages.FieldError{Field: "name", TextKey: "admin.form.name.long"})
	case len(words) > 0 && len(long) < 2 && form.Birthdate == "" && !reached, len(words) == 0 && form.Birthdate != "" && !reached:
		wrong = append(wrong, pages.FieldError{Field: "name", TextKey: "admin.form.name"})
	}
	return form, search, wrong
}

// peopleFilter reads what narrows the list, and puts it into the form as far as it is something.
func peopleFilter(query url.Values, form *pages.PeopleSearch) (f idp.PeopleFilter) {
	switch state := idp.PersonState(query.Get("state")); state {
	case idp.PersonActive, idp.PersonSuspended, idp.PersonClosed:
		f.State, form.State = state, string(state)
	case "never":
		f.NotSeen, form.State = true, "never"
	}
	switch level := idp.Level(query.Get("level")); {
	case level == "none":
		f.NoLevel, form.Level = true, "none"
	case slices.Contains(idp.Levels, level):
		f.Level, form.Level = level, string(level)
	}
	if role := idp.Role(query.Get("role")); role == idp.Patient || role.Administers() {
		f.Role, form.Role = role, string(role)
	}
	if answer := idp.Answer(query.Get("passkey")); answer == idp.Yes || answer == idp.No {
		f.Enrolled, form.Passkey = answer, string(answer)
	}
	return f
}

// peopleURL is the address of a page of the list.
func peopleURL(form pages.PeopleSearch, turn, id string) string {
	query := url.Values{}
	for _, field := range form.Fields() {
		if field.Value != "" {
			query.Set(field.Name, field.Value)
		}
	}
	if id != "" {
		query.Set(turn, id)
	}
	if len(query) == 0 {
		return "/admin/people"
	}
	return "/admin/people?" + query.Encode()
}

// recordSearch leaves in the audit log that somebody looked for people, by what kind of thing, and how many came. What was
// typed is not in it: it is about people who may not be there.
func (a *Admin) recordSearch(r *http.Request, by Visitor, form pages.PeopleSearch, found int) error {
	fields := []string{}
	for _, field := range form.Fields() {
		if field.Value != "" {
			fields = append(fields, field.Name)
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
