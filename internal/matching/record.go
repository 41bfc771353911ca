package matching

import (
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// Record is what is known about a person.
type Record struct {
	Attributes []idp.Attribute // current and historical
	Evidence   []string        // digests of the numbers of her documents, of any form that is always the same
}

// Of is the record of a person.
func Of(p idp.Person, evidence ...string) Record {
	return Record{Attributes: p.WithAttributes().Attributes, Evidence: evidence}
}

// name is a name of a record.
type name struct {
	family, given []string // words
	full          string   // given and middle as one word
	current       bool
}

// place is an address of a record.
type place struct {
	house, unit string
	zip, city   string
}

// facts are a record in the forms that are compared. Current values come first.
type facts struct {
	names      []name
	births     []string // YYYYMMDD
	sex        string
	places     []place
	phones     []string
	mailboxes  []string
	evidence   []string
	generation string
}

func factsOf(r Record) facts {
	f := facts{evidence: r.Evidence}
	attributes := slices.Clone(r.Attributes)
	slices.SortStableFunc(attributes, func(a, b idp.Attribute) int { // current ones first
		switch {
		case a.IsCurrent() == b.IsCurrent():
			return 0
		case a.IsCurrent():
			return -1
		}
		return 1
	})
	for _, a := range attributes {
		f.take(a)
	}
	return f
}

func (f *facts) take(a idp.Attribute) {
	switch {
	case a.Kind == idp.AttributeName && a.Name != nil:
		n := name{family: core(words(a.Name.Family)), given: words(a.Name.Given), full: joined(a.Name.Given + " " + a.Name.Middle), current: a.IsCurrent()}
		if len(n.family)+len(n.given) > 0 {
			f.names = append(f.names, n)
		}
		if f.generation == "" && n.current {
			f.generation = generation(a.Name.Suffix)
		}
	case a.Kind == idp.AttributeBirthdate:
		if born, err := time.Parse(time.DateOnly, a.Text); err == nil {
			f.births = append(f.births, born.Format("20060102"))
		}
	case a.Kind == idp.AttributeSex && a.IsCurrent() && (a.Text == "male" || a.Text == "female"):
		f.sex = a.Text
	case a.Kind == idp.AttributeAddress && a.Address != nil && a.Address.Street != "":
		p := place{city: joined(a.Address.City), zip: zipOf(*a.Address)}
		if p.house, p.unit = splitStreet(a.Address.Street); p.house != "" {
			f.places = append(f.places, p)
		}
	case a.Kind == idp.AttributePhone && a.Text != "":
		f.phones = append(f.phones, a.Text)
	case a.Kind == idp.AttributeEmail && a.Text != "":
		f.mailboxes = append(f.mailboxes, mailbox(a.Text))
	}
}

// zipOf is the part of the code that everybody knows: five digits in the United States.
func zipOf(a idp.Address) string {
	code := joined(a.PostalCode)
	if (a.Country == "US" || a.Country == "") && len(code) > 5 {
		return code[:5]
	}
	return code
}
