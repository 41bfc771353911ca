package storetest

import (
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// listed is a page as the names that add gave to people, the newest first.
func (h *house) listed(names map[string]string, q idp.PeopleQuery) string {
	h.Helper()
	q.Now = h.now
	if q.Limit == 0 {
		q.Limit = 100
	}
	people, err := h.FindPeople(h.ctx, q)
	h.ok(err)
	var out []string
	for _, p := range people {
		if name := names[p.ID]; name != "" {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func peopleAreFiltered(h *house) {
	names := map[string]string{}
	add := func(name string, change func(p *idp.Person)) idp.Person {
		p := h.newPerson()
		p.Level, p.VerifiedAt = idp.Unverified, time.Time{}
		change(&p)
		h.ok(h.CreatePerson(h.ctx, p, idp.Invitation{}))
		names[p.ID] = name
		return p
	}
	as := func(p idp.Person) func(f func()) {
		return func(f func()) {
			kept := h.person
			h.person = p
			f()
			h.person = kept
		}
	}
	add("plain", func(p *idp.Person) {})
	add("suspended", func(p *idp.Person) { p.State = idp.PersonSuspended })
	closed := add("closed", func(p *idp.Person) {})
	add("merged", func(p *idp.Person) { p.State = idp.PersonMerged })
	add("verified", func(p *idp.Person) { p.Level, p.ExpiresAt = idp.IDIAL2, h.now.Add(time.Hour) })
	add("lapsed", func(p *idp.Person) { p.Level, p.ExpiresAt = idp.IDIAL2, h.now })
	add("clerk", func(p *idp.Person) { p.Role = idp.IdentityClerk })
	enrolled := add("enrolled", func(p *idp.Person) {})
	used := add("used", func(p *idp.Person) {})
	for _, p := range []idp.Person{closed, enrolled, used} {
		inv, token := h.invitation(p.ID)
		h.ok(h.Invite(h.ctx, inv, idp.Trail{}))
		h.ok(h.EnrolPasskey(h.ctx, h.enrolment(token, p.ID)))
	}
	as(used)(func() {
		s, cookie := h.addSession()
		h.signIn(s, cookie)
	})
	closed, err := h.Person(h.ctx, closed.ID)
	h.ok(err)
	closed.State, closed.UpdatedAt = idp.PersonClosed, h.now
	h.ok(h.ChangePerson(h.ctx, closed)) // who is closed has no passkey any more

	for _, c := range []struct {
		filter idp.PeopleFilter
		want   string
	}{
		{idp.PeopleFilter{}, "used enrolled clerk lapsed verified closed suspended plain"},
		{idp.PeopleFilter{State: idp.PersonActive}, "used enrolled clerk lapsed verified plain"},
		{idp.PeopleFilter{State: idp.PersonSuspended}, "suspended"},
		{idp.PeopleFilter{State: idp.PersonClosed}, "closed"},
		{idp.PeopleFilter{NotSeen: true}, "enrolled clerk lapsed verified plain"},
		{idp.PeopleFilter{Level: idp.IDIAL2}, "verified"},
		{idp.PeopleFilter{NoLevel: true}, "used enrolled clerk lapsed closed suspended plain"},
		{idp.PeopleFilter{NoLevel: true, State: idp.PersonSuspended}, "suspended"},
		{idp.PeopleFilter{NoLevel: true, Enrolled: idp.No, State: idp.PersonActive}, "clerk lapsed plain"},
		{idp.PeopleFilter{Role: idp.IdentityClerk}, "clerk"},
		{idp.PeopleFilter{Role: idp.Patient, State: idp.PersonActive, Enrolled: idp.No}, "lapsed verified plain"},
		{idp.PeopleFilter{Enrolled: idp.Yes}, "used enrolled"},
		{idp.PeopleFilter{Enrolled: idp.Yes, NotSeen: true}, "enrolled"},
		{idp.PeopleFilter{Role: idp.Owner}, ""},
	} {
		if got := h.listed(names, idp.PeopleQuery{PeopleFilter: c.filter}); got != c.want {
			h.Errorf("%+v: %s, want %s", c.filter, got, c.want)
		}
	}
	// Whose last passkey is removed has none; that she was here stays.
	passkeys, err := h.Passkeys(h.ctx, used.ID)
	h.ok(err)
	h.ok(h.ReplaceRecoveryCodes(h.ctx, used.ID, [][]byte{{1}}, h.now, idp.Trail{})) // without which the last passkey stays
	h.ok(h.RemovePasskey(h.ctx, idp.PasskeyRemoval{PersonID: used.ID, PasskeyID: passkeys[0].ID}, idp.Trail{}))
	if got := h.listed(names, idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{Enrolled: idp.Yes}}); got != "enrolled" {
		h.Errorf("with a passkey: %s, want enrolled", got)
	}
	if got := h.listed(names, idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{NotSeen: true}}); strings.Contains(got, "used") {
		h.Errorf("who was here is among those who never were: %s", got)
	}
}

func peopleByKeys(h *house) {
	names := map[string]string{}
	add := func(name, keys string, change func(p *idp.Person)) string {
		p := h.newPerson()
		p.MatchKeys = strings.Fields(keys)
		if change != nil {
			change(&p)
		}
		h.ok(h.CreatePerson(h.ctx, p, idp.Invitation{}))
		names[p.ID] = name
		return p.ID
	}
	first := add("1", "name:x", nil)
	add("2", "name:x born:1", nil)
	add("3", "name:y born:1", nil)
	third := add("4", "name:x name:y born:2", nil)
	add("5", "name:y", func(p *idp.Person) { p.State = idp.PersonSuspended })
	lists := func(all ...string) (keys [][]string) {
		for _, list := range all {
			keys = append(keys, strings.Fields(list))
		}
		return keys
	}
	for _, c := range []struct {
		q    idp.PeopleQuery
		want string
	}{
		{idp.PeopleQuery{Keys: lists("name:x")}, "4 2 1"},
		{idp.PeopleQuery{Keys: lists("name:x name:y")}, "5 4 3 2 1"},
		{idp.PeopleQuery{Keys: lists("born:1", "name:x name:z")}, "2"},
		{idp.PeopleQuery{Keys: lists("born:1 born:2", "name:y", "name:x")}, "4"},
		{idp.PeopleQuery{Keys: lists("none", "name:x")}, ""},
		{idp.PeopleQuery{Keys: lists("name:y"), PeopleFilter: idp.PeopleFilter{State: idp.PersonSuspended}}, "5"},
		{idp.PeopleQuery{Keys: lists("name:x"), PeopleFilter: idp.PeopleFilter{State: idp.PersonSuspended}}, ""},
		{idp.PeopleQuery{Keys: lists("name:x name:y"), PeopleFilter: idp.PeopleFilter{State: idp.PersonSuspended, NoLevel: true}}, ""},
		{idp.PeopleQuery{Keys: lists("name:x name:y"), Limit: 2}, "5 4"},
		{idp.PeopleQuery{Keys: lists("name:x name:y"), Limit: 2, Before: third}, "3 2"},
		{idp.PeopleQuery{Keys: lists("name:x name:y"), Limit: 2, After: first}, "3 2"},
		{idp.PeopleQuery{Limit: 2, Before: third}, "3 2"},
		{idp.PeopleQuery{Limit: 2, After: third}, "5"},
	} {
		if got := h.listed(names, c.q); got != c.want {
			h.Errorf("%+v: %s, want %s", c.q, got, c.want)
		}
	}
}
