package fhir

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

var (
	today    = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	operator = Assigner{Name: "Example Health ID", URI: "https://id.example.org", Email: "help@example.org", Phone: "+16175550100", URL: "https://example.org/help"}
)

const identifier = "0b6f7a52-2c36-4c7f-9d5e-0a1f3f2b6c7d"

// maria has a value of every kind, current and of before.
func maria() idp.Person {
	p := idp.Person{ID: idp.NewID(), State: idp.PersonActive, UpdatedAt: today, CreatedAt: today,
		Demographics: idp.Demographics{GivenName: "María Elena", MiddleName: "Q", FamilyName: "García", Suffix: "Jr", Birthdate: "1984-06-12",
			Sex: "female", Language: "es-MX", Email: "maria@example.org", Phone: "+16175550142",
			Address: idp.Address{Street: "12 Chestnut Street\nApartment 4", City: "Boston", State: "MA", PostalCode: "02108", Country: "US"}},
		Identifier: idp.SealedIdentifier{Index: []byte{1}, MintedAt: today}}.WithAttributes()
	before := func(a idp.Attribute) {
		a.ID, a.Status, a.EndedAt = idp.NewID(), idp.SelfAsserted, today
		p.Attributes = append(p.Attributes, a)
	}
	before(idp.Attribute{Kind: idp.AttributeName, Use: "maiden", Name: &idp.HumanName{Given: "María Elena", Family: "Ruiz"}, ValidFrom: "1984-06-12", ValidTo: "2010-05-01"})
	before(idp.Attribute{Kind: idp.AttributeAddress, Use: "old", Address: &idp.Address{Street: "1 Elm Street", City: "Reno", State: "NV", PostalCode: "89501", Country: "US"}, ValidTo: "2015-01-31"})
	before(idp.Attribute{Kind: idp.AttributePhone, Text: "+17025550123"})
	before(idp.Attribute{Kind: idp.AttributeEmail, Text: "old@example.org"})
	return p
}

// values are what a person's attributes say, one line each, in an order of their own.
func values(p idp.Person) []string {
	var lines []string
	for _, a := range p.WithAttributes().Attributes {
		text := a.Text
		if a.Name != nil {
			text = fmt.Sprintf("%q", *a.Name)
		}
		if a.Address != nil {
			text = fmt.Sprintf("%q", *a.Address)
		}
		use := a.Use
		if !a.IsCurrent() && a.Kind == idp.AttributePhone {
			use = ""
		}
		lines = append(lines, fmt.Sprint(a.Kind, " ", use, " ", text, " ", a.IsCurrent(), " ", a.ValidFrom, " ", a.ValidTo))
	}
	slices.Sort(lines)
	return lines
}

// reread writes a person and reads her again, as another program would.
func reread(t testing.TB, p idp.Person) Subject {
	t.Helper()
	text, err := json.Marshal(PatientOf(p, identifier, operator))
	if err != nil {
		t.Fatal(err)
	}
	patient, problem := Parse(text)
	if problem != nil {
		t.Fatalf("%+v: %s", *problem, text)
	}
	return PersonOf(patient, today)
}

func TestPatientReadsBackAsTheSamePerson(t *testing.T) {
	t.Parallel()
	oneName := idp.Person{ID: idp.NewID(), CreatedAt: today, Demographics: idp.Demographics{FamilyName: "Suharto", Birthdate: "1951-01-01", Email: "s@example.org"}}
	for name, p := range map[string]idp.Person{"everything": maria(), "one name": oneName} {
		subject := reread(t, p)
		for _, problem := range subject.Problems {
			if !problem.Warning {
				t.Errorf("%s: %+v", name, problem)
			}
		}
		if got, want := values(subject.Person), values(p); !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if !slices.Equal(subject.Identifiers, []string{identifier}) {
			t.Errorf("%s: identifiers %q", name, subject.Identifiers)
		}
		for _, a := range subject.Person.Attributes {
			if a.Status != idp.SelfAsserted || a.Level != idp.Unverified {
				t.Errorf("%s: a file vouches for the %s: %s %s", name, a.Kind, a.Status, a.Level)
			}
		}
	}
}

func TestPatientIsValidR4(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	people := []idp.Person{maria(), {ID: idp.NewID()}}
	merged := maria()
	merged.State, merged.SurvivorID = idp.PersonMerged, idp.NewID()
	people = append(people, merged)
	for range 500 {
		people = append(people, randomPerson(random))
	}
	for _, p := range people {
		for _, value := range []string{"", identifier} {
			for _, by := range []Assigner{operator, {Name: "Example"}} {
				patient := PatientOf(p, value, by)
				if err := invalid(t, patient); err != nil {
					text, _ := json.MarshalIndent(patient, "", " ")
					t.Fatalf("%v\n%s", err, text)
				}
			}
		}
	}
}

func randomPerson(random *rand.Rand) idp.Person {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	p := maria()
	if random.IntN(4) == 0 {
		p = idp.Person{ID: idp.NewID(), State: idp.PersonSuspended}
	}
	p.Attributes = slices.Clone(p.Attributes)
	random.Shuffle(len(p.Attributes), func(i, j int) { p.Attributes[i], p.Attributes[j] = p.Attributes[j], p.Attributes[i] })
	for n := range p.Attributes {
		a := &p.Attributes[n]
		a.Use = pick("", "official", "old", "maiden", "home", "temp", "mobile", "work", "something else")
		a.ValidFrom, a.ValidTo = pick("", "1990-01-31"), pick("", "", "2019-12-31")
		if a.Name != nil {
			a.Name = &idp.HumanName{Given: pick("", "Ana", "小明"), Middle: pick("", "B C"), Family: pick("O’Brien", "الحسن"), Suffix: pick("", "III")}
		}
		if a.Address != nil {
			a.Address = &idp.Address{Street: pick("", "1 Main Street", "1 Main Street\nUnit 3"), City: pick("", "Reno"), State: pick("", "NV"),
				PostalCode: pick("", "89501"), Country: pick("", "US", "MX")}
		}
	}
	return p
}

// HL7 Identity Matching IG 2.0.0, Digital Identifier: unique is the pair of assigner and value.
func TestDigitalIdentifierIsWrittenWithItsAssigner(t *testing.T) {
	t.Parallel()
	patient := PatientOf(maria(), identifier, operator)
	if len(patient.Identifier) != 1 || len(patient.Contained) != 1 {
		t.Fatalf("identifiers %+v, contained %s", patient.Identifier, patient.Contained)
	}
	i := patient.Identifier[0]
	if i.System != IdentifierSystem || i.Value != identifier || i.Type == nil || i.Assigner.Reference != "#assigner" || i.Assigner.Display != operator.Name {
		t.Errorf("got %+v", i)
	}
	var o organization
	if err := json.Unmarshal(patient.Contained[0], &o); err != nil {
		t.Fatal(err)
	}
	if o.ID != "assigner" || o.Name != operator.Name || o.Identifier[0].Value != operator.URI || len(o.Telecom) != 3 {
		t.Errorf("got %+v", o)
	}
	if bare := PatientOf(maria(), "", operator); len(bare.Identifier)+len(bare.Contained) != 0 {
		t.Errorf("an identifier that was not opened: %+v", bare)
	}
}

func TestPatientProblemsNameTheElement(t *testing.T) {
	t.Parallel()
	const rest = `"birthDate":"1984-06-12","name":[{"family":"Garcia","given":["Maria"]}],"telecom":[{"system":"email","value":"m@example.org"}]`
	for name, c := range map[string]struct{ members, want string }{
		"fine":                   {rest, ""},
		"nothing":                {`"id":"1"`, "name required, birthDate required, telecom required"},
		"year only":              {strings.Replace(rest, "1984-06-12", "1984", 1), "birthDate not_a_day"},
		"no such day":            {strings.Replace(rest, "1984-06-12", "1984-02-30", 1), "birthDate not_a_date"},
		"no first name":          {strings.Replace(rest, `,"given":["Maria"]`, "", 1), "name[0].given one_name?"},
		"no last name":           {strings.Replace(rest, `"family":"Garcia",`, "", 1), "name[0].family required"},
		"digits":                 {strings.Replace(rest, "Garcia", "123", 1), "name[0].family no_letter"},
		"nickname only":          {strings.Replace(rest, `{"family"`, `{"use":"nickname","family"`, 1), "name required"},
		"died":                   {rest + `,"deceasedDateTime":"2020-01-01"`, "deceasedDateTime deceased"},
		"alive":                  {rest + `,"deceasedBoolean":false`, ""},
		"not active":             {rest + `,"active":false`, "active not_active"},
		"replaced":               {rest + `,"link":[{"other":{"reference":"Patient/2"},"type":"replaced-by"}]`, "link[0] replaced"},
		"other gender code":      {rest + `,"gender":"F"`, "gender unknown_value"},
		"wrong second telephone": {strings.Replace(rest, `"telecom":[`, `"telecom":[{"system":"phone","value":"none"},`, 1), "telecom[0].value not_a_number"},
		"wrong old telephone":    {strings.Replace(rest, `"telecom":[`, `"telecom":[{"system":"phone","value":"none","use":"old"},`, 1), "telecom[0].value not_a_number?"},
		"fax only":               {strings.Replace(rest, `"system":"email"`, `"system":"fax"`, 1), "telecom required"},
		"old e-mail only":        {strings.Replace(rest, `"system":"email"`, `"use":"old","system":"email"`, 1), "telecom required"},
		"state":                  {rest + `,"address":[{"use":"work","state":"?"},{"line":["1 Main St"],"state":"Texass"}]`, "address[1].state not_a_state"},
		"country in words":       {rest + `,"address":[{"line":["1 Main St"],"country":"Freedonia"}]`, "address[0].country not_a_country"},
		"country of three":       {rest + `,"address":[{"line":["1 Main St"],"country":"USA"}]`, ""},
		"period the wrong way":   {rest + `,"address":[{"use":"old","line":["1 Main St"],"period":{"start":"2020-01-01","end":"2019-01-01"}}]`, "address[0].period.end before_start?"},
		"language":               {rest + `,"communication":[{"language":{"coding":[{"code":"Klingonish"}]}}]`, "communication[0].language.coding[0].code not_a_language"},
	} {
		patient, problem := Parse([]byte(`{"resourceType":"Patient",` + c.members + `}`))
		if problem != nil {
			t.Fatalf("%s: %+v", name, *problem)
		}
		var got []string
		for _, p := range PersonOf(patient, today).Problems {
			line := p.Path + " " + p.ID
			if p.Warning {
				line += "?"
			}
			got = append(got, line)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: got %q, want %q", name, strings.Join(got, ", "), c.want)
		}
	}
}

func TestCurrentValuesOfAPatientAreThePreferredOnes(t *testing.T) {
	t.Parallel()
	patient, problem := Parse([]byte(`{"resourceType":"Patient","birthDate":"1984-06-12",
		"name":[{"use":"nickname","given":["Mia"],"family":"G"},{"use":"usual","given":["Mary"],"family":"Garcia"},
			{"use":"official","given":["Maria","Elena"],"family":"Garcia","period":{"start":"2010-05"}},
			{"use":"maiden","given":["Maria"],"family":"Ruiz"},{"given":["Maria"],"family":"Diaz","period":{"end":"2009"}}],
		"telecom":[{"system":"phone","value":"6175550142","use":"home","rank":2},{"system":"phone","value":"6175550143","use":"mobile","rank":1},{"system":"phone","value":"617-555-0143"}],
		"address":[{"use":"temp","line":["2 Elm St"],"city":"Reno","state":"NV"},{"line":["1 Main St"],"city":"Boston","state":"MA","period":{"end":"2090-01-01"}}],
		"communication":[{"language":{"coding":[{"code":"en"}]}},{"language":{"coding":[{"system":"urn:x","code":"qq"},{"code":"es"}]},"preferred":true}]}`))
	if problem != nil {
		t.Fatalf("%+v", *problem)
	}
	subject := PersonOf(patient, today)
	if len(subject.Problems.wrong()) > 0 {
		t.Fatalf("%+v", subject.Problems)
	}
	d := idp.DemographicsOf(subject.Person.Attributes)
	if d.Name() != "Maria Elena Garcia" || d.Phone != "+16175550143" || d.Address.Street != "1 Main St" || d.Language != "es" {
		t.Errorf("current: %+v", d)
	}
	var names, phones int
	for _, a := range subject.Person.Attributes {
		switch a.Kind {
		case idp.AttributeName:
			names++
		case idp.AttributePhone:
			phones++
		}
	}
	if names != 3 || phones != 2 {
		t.Errorf("%d names and %d telephones, want 3 (official, maiden, one of before) and 2 (one of them given twice)\n%s", names, phones, strings.Join(values(subject.Person), "\n"))
	}
}

func (ps Problems) wrong() Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return p.Warning })
}
