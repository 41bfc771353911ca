package fhir

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

// Subject is what a Patient tells about somebody.
type Subject struct {
	// Person has Attributes only, all of them self-asserted.
	Person idp.Person
	// Identifiers are Digital Identifiers that the Patient has, of whatever assigner. They prove nothing.
	Identifiers []string
	Problems    Problems
}

// maxValues bounds how many values of a kind are read of one Patient.
const maxValues = 20

// PersonOf reads a Patient. now is when it is read.
func PersonOf(p Patient, now time.Time) Subject {
	r := reading{now: now}
	r.standing(p)
	r.names(p.Name)
	r.text(idp.AttributeBirthdate, "birthDate", p.BirthDate, func(s string) (string, person.Problems) { return birthDate(s, now) })
	if p.Gender != "" {
		r.text(idp.AttributeSex, "gender", p.Gender, person.CheckSex)
	}
	r.languages(p.Communication)
	r.telecoms(p.Telecom)
	r.addresses(p.Address)
	for _, i := range p.Identifier {
		if (i.System == IdentifierSystem || i.System == earlierSystem) && i.Value != "" && len(r.Identifiers) < maxValues {
			r.Identifiers = append(r.Identifiers, strings.ToLower(strings.TrimPrefix(i.Value, "urn:uuid:")))
		}
	}
	return r.Subject
}

// reading is a Patient on its way.
type reading struct {
	Subject
	now time.Time
}

// standing refuses a record that is no living person's, or not the one to use.
func (r *reading) standing(p Patient) {
	switch {
	case p.DeceasedBoolean:
		r.Problems.add("deceasedBoolean", "deceased", "the record says that she has died")
	case p.DeceasedDateTime != "":
		r.Problems.add("deceasedDateTime", "deceased", "the record says that she has died")
	}
	if p.Active != nil && !*p.Active {
		r.Problems.add("active", "not_active", "the record is not in use any more, as it says itself")
	}
	for n, link := range p.Link {
		if link.Type == "replaced-by" {
			r.Problems.add(index("link", n), "replaced", "the record was replaced by "+link.Other.Reference)
		}
	}
}

func index(element string, n int) string { return element + "[" + strconv.Itoa(n) + "]" }

// keep adds a value, once. One of before ended at a day that may be known.
func (r *reading) keep(a idp.Attribute, when span) {
	if slices.ContainsFunc(r.Person.Attributes, func(b idp.Attribute) bool { return sameValue(a, b) }) {
		return
	}
	a.ID, a.Status, a.RecordedAt = idp.NewID(), idp.SelfAsserted, r.now
	a.ValidFrom = when.from
	if when.before {
		a.ValidTo, a.EndedAt = when.to, r.now
	}
	r.Person.Attributes = append(r.Person.Attributes, a)
}

func sameValue(a, b idp.Attribute) bool {
	switch {
	case a.Kind != b.Kind || a.Text != b.Text:
		return false
	case a.Name != nil:
		return *a.Name == *b.Name
	case a.Address != nil:
		return *a.Address == *b.Address
	}
	return true
}

// span is a period, read.
type span struct {
	from, to string // YYYY-MM-DD; "" when it is not known, or not to the day
	before   bool   // it is over
}

// spanOf reads a period. use says as well that a value is of before.
func (r *reading) spanOf(use string, p *Period, path string) span {
	s := span{before: use == "old" || use == "maiden"}
	if p == nil {
		return s
	}
	s.from, s.to = fullDay(p.Start), fullDay(p.End)
	today := r.now.UTC().Format(time.DateOnly)
	// A year alone, 2019, is over when it is less than today's: 2019 < 2026-07-01 as text, too.
	s.before = s.before || p.End != "" && p.End < today
	if !s.before {
		s.to = ""
	}
	if found := person.CheckPeriod(s.from, s.to, false, r.now); len(found) > 0 {
		r.Problems.take(found, in(path), true)
		s.from, s.to = "", ""
	}
	return s
}

// fullDay is the day of a dateTime, "" when it tells the year or the month only.
func fullDay(dateTime string) string {
	day, _, _ := strings.Cut(dateTime, "T")
	if len(day) < len(time.DateOnly) {
		return ""
	}
	return day
}

// birthDate wants the whole day: FHIR allows less.
func birthDate(text string, now time.Time) (string, person.Problems) {
	switch text = strings.TrimSpace(text); {
	case text == "":
		return "", person.Problems{{Field: person.Birthdate, ID: "required", Text: "must not be missing"}}
	case len(text) == len("2006") || len(text) == len("2006-01"):
		return "", person.Problems{{Field: person.Birthdate, ID: "not_a_day", Text: text + " is not a whole date: the day of birth is needed, such as 1979-01-31"}}
	}
	return person.CheckBirthdate(text, now)
}

func (r *reading) text(kind idp.AttributeKind, path, value string, check func(string) (string, person.Problems)) {
	checked, found := check(value)
	if r.Problems.take(found, func(person.Field) string { return path }, false) && checked != "" {
		r.keep(idp.Attribute{Kind: kind, Text: checked}, span{})
	}
}

// languages takes the preferred one, or the only one.
func (r *reading) languages(all []Communication) {
	at := slices.IndexFunc(all, func(c Communication) bool { return c.Preferred })
	if at < 0 && len(all) == 1 {
		at = 0
	}
	if at < 0 {
		return
	}
	for n, c := range all[at].Language.Coding {
		if c.Code != "" && (c.System == languageSystem || c.System == "") {
			r.text(idp.AttributeLanguage, index("communication", at)+"."+index("language.coding", n)+".code", c.Code, person.CheckLanguage)
			return
		}
	}
}

// nameOrder is which of several current names is the one: official, usual, or one that does not say.
var nameOrder = []string{"official", "usual", ""}

func (r *reading) names(all []HumanName) {
	current := -1
	for _, use := range nameOrder {
		if current < 0 {
			current = slices.IndexFunc(all, func(n HumanName) bool { return n.Use == use && !r.over(n.Period) })
		}
	}
	if current < 0 {
		r.Problems.add("name", "required", "there is no name that is in use: one is needed, with a last and a first name")
		return
	}
	r.name(all[current], current, span{from: r.spanOf("", all[current].Period, index("name", current)).from}, "official")
	for n, name := range all[:min(len(all), maxValues)] {
		if n == current || name.Use == "nickname" || name.Use == "anonymous" || name.Use == "temp" {
			continue
		}
		if when := r.spanOf(name.Use, name.Period, index("name", n)); when.before {
			use := "old"
			if name.Use == "maiden" {
				use = "maiden"
			}
			r.name(name, n, when, use)
		}
	}
}

// over reports whether a period has ended.
func (r *reading) over(p *Period) bool {
	return p != nil && p.End != "" && p.End < r.now.UTC().Format(time.DateOnly)
}

func (r *reading) name(name HumanName, n int, when span, use string) {
	path := index("name", n)
	input := person.NameInput{FamilyName: name.Family, Suffix: strings.Join(name.Suffix, " ")}
	if len(name.Given) > 0 {
		input.GivenName, input.MiddleName = name.Given[0], strings.Join(name.Given[1:], " ")
	}
	if person.Tidy(input.GivenName+input.MiddleName) == "" && person.Tidy(input.FamilyName) != "" {
		input.OneName = true
		if !when.before {
			r.Problems.warn(path+".given", "one_name", "there is no first name: taken as somebody who has one name only. Please check it")
		}
	}
	checked, found := person.CheckName(input)
	if r.Problems.take(found, in(path), when.before) {
		r.keep(idp.Attribute{Kind: idp.AttributeName, Use: use, Name: &checked}, when)
	}
}

func (r *reading) telecoms(all []ContactPoint) {
	order := make([]int, len(all)) // by rank: the lower, the more preferred; without one behind those with one
	for n := range all {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return preference(all[a]) - preference(all[b]) })
	reachable := false
	for _, n := range order[:min(len(order), maxValues)] {
		reachable = r.telecom(all[n], n) || reachable
	}
	if !reachable {
		r.Problems.add("telecom", "required", "there is neither an e-mail address nor a telephone number that is in use: one of them is needed")
	}
}

func preference(c ContactPoint) int {
	if c.Rank <= 0 {
		return 1 << 30
	}
	return min(c.Rank, 1<<29)
}

// telecom reads a contact, and reports whether she is reached by it, or would be if it were right.
func (r *reading) telecom(c ContactPoint, n int) (reachable bool) {
	kind, check := idp.AttributePhone, person.CheckPhone
	switch c.System {
	case "phone", "sms":
	case "email":
		kind, check = idp.AttributeEmail, person.CheckEmail
	default:
		return false
	}
	path := index("telecom", n)
	when := r.spanOf(c.Use, c.Period, path)
	checked, found := check(c.Value)
	if !r.Problems.take(found, in(path), when.before) {
		return !when.before
	}
	a := idp.Attribute{Kind: kind, Text: checked}
	if kind == idp.AttributePhone && !when.before {
		a.Use = phoneUse(c)
	}
	r.keep(a, when)
	return !when.before
}

func phoneUse(c ContactPoint) string {
	switch {
	case c.System == "sms":
		return "mobile"
	case c.Use == "home" || c.Use == "work" || c.Use == "mobile":
		return c.Use
	}
	return ""
}

// addresses takes homes. Where she works is not where she is found (HL7 Identity Matching IG 2.0.0 discourages it).
func (r *reading) addresses(all []Address) {
	order := make([]int, 0, len(all)) // a home before a place to stay for a while
	for n, address := range all {
		if address.Use != "work" && address.Use != "billing" && address.Type != "postal" {
			order = append(order, n)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return temporary(all[a]) - temporary(all[b]) })
	for _, n := range order[:min(len(order), maxValues)] {
		address, path := all[n], index("address", n)
		when := r.spanOf(address.Use, address.Period, path)
		checked, found := person.CheckAddress(person.AddressInput{Street: address.Line, City: address.City, State: address.State,
			PostalCode: address.PostalCode, Country: address.Country})
		if !r.Problems.take(found, in(path), when.before) || checked == (idp.Address{}) {
			continue
		}
		use := "home"
		switch {
		case when.before:
			use = "old"
		case address.Use == "temp":
			use = "temp"
		}
		r.keep(idp.Attribute{Kind: idp.AttributeAddress, Use: use, Address: &checked}, when)
	}
}

func temporary(a Address) int {
	if a.Use == "temp" {
		return 1
	}
	return 0
}
