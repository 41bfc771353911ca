package pages

import (
	"net/http"
	"time"
)

// PeopleSearch is what is looked for, as it was typed, and what narrows the list; "" narrows nothing.
type PeopleSearch struct {
	Name, Birthdate, Email, Phone string
	State                         string // active, suspended, closed, never
	Level                         string // none, or a level
	Role                          string
	Passkey                       string // yes, no
}

// SearchField is one thing that is looked for.
type SearchField struct{ Name, Value string }

// Fields are what is looked for, in the order of the form, under the names that they have in an address.
func (s PeopleSearch) Fields() []SearchField {
	return []SearchField{
		{"name", s.Name}, {"birthdate", s.Birthdate}, {"email", s.Email}, {"phone", s.Phone},
		{"state", s.State}, {"level", s.Level}, {"role", s.Role}, {"passkey", s.Passkey},
	}
}

// AdminFound is a person in a list.
type AdminFound struct {
	ID, Name        string
	State           string
	Level           string // "" when not verified
	Birthdate, City string // "" for a reader who does not see them
	Administrator   bool
	AddedAt         time.Time
}

// AdminPeople is the list of people, with what narrows it.
type AdminPeople struct {
	Desk
	Search                          PeopleSearch
	Errors                          FieldErrors
	Narrowed                        bool // something was looked for
	Rows                            []AdminFound
	NewestURL, PreviousURL, NextURL string // "" where there is no such page
	MayFind                         bool   // by a Digital Identifier
	MayAdd                          bool   // somebody new
	Details                         bool   // the reader sees birthdates and addresses
}

type (
	foundView struct {
		AdminFound
		LevelKey string
		StateOf  badge
	}
	// choice is a select of the form.
	choice struct {
		Name    string
		Key     string // text key of its label
		Options []option
	}
	option struct {
		Value, Key string
		Chosen     bool
	}
	peopleView struct {
		AdminPeople
		Rows    []foundView
		Choices []choice
		Chosen  bool // one of the choices is made
	}
)

// peopleStates and peopleLevels are what the list can be narrowed to.
var (
	peopleStates = []string{"active", "never", "suspended", "closed"}
	peopleLevels = []string{"none", "idial1", "idial1.2", "idial1.4", "idial1.5", "idial1.6", "idial1.8", "idial2"}
)

func (l *language) foundView(f AdminFound) foundView {
	return foundView{AdminFound: f, LevelKey: l.shortLevelKey(f.Level), StateOf: stateBadge(f.State)}
}

// AdminPeople renders the list.
func (p *Pages) AdminPeople(w http.ResponseWriter, r *http.Request, a AdminPeople) error {
	l := p.catalog.choose(r, nil)
	v := peopleView{AdminPeople: a, Choices: peopleChoices(a.Search)}
	v.Chosen = a.Search.State+a.Search.Level+a.Search.Role+a.Search.Passkey != ""
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, l.foundView(row))
	}
	return p.render(w, r, page{name: "admin-people", status: formStatus(a.Errors), lang: l, data: v})
}

func peopleChoices(s PeopleSearch) []choice {
	state := choice{Name: "state", Key: "admin.account"}
	for _, value := range peopleStates {
		state.add("admin.people.state."+value, value, s.State)
	}
	level := choice{Name: "level", Key: "admin.people.level"}
	for _, value := range peopleLevels {
		level.add("level-short."+value, value, s.Level)
	}
	role := choice{Name: "role", Key: "admin.role"}
	for _, value := range append([]string{"patient"}, administratorRoles...) {
		role.add(RoleKey(value), value, s.Role)
	}
	passkey := choice{Name: "passkey", Key: "admin.passkeys"}
	for _, value := range []string{"yes", "no"} {
		passkey.add("admin.people.passkey."+value, value, s.Passkey)
	}
	return []choice{state, level, role, passkey}
}

func (c *choice) add(key, value, chosen string) {
	c.Options = append(c.Options, option{value, key, value == chosen})
}
