package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"udap-idp/internal/person"
)

// Problem is something wrong with an element of a resource, or worth a second look.
type Problem struct {
	Path    string // of the element: name[0].family
	ID      string // for programs
	Text    string // for a person
	Warning bool   // the Patient is taken all the same
}

// Problems are everything that is wrong with a resource.
type Problems []Problem

func (ps *Problems) add(path, id, text string) {
	*ps = append(*ps, Problem{Path: path, ID: id, Text: text})
}

func (ps *Problems) warn(path, id, text string) {
	*ps = append(*ps, Problem{Path: path, ID: id, Text: text, Warning: true})
}

// take adds what package person found, with the element of each field. Of a value of before, everything is a warning, and taken
// reports whether the value can be used.
func (ps *Problems) take(found person.Problems, at func(person.Field) string, before bool) (taken bool) {
	taken = true
	for _, p := range found {
		taken = taken && p.Warning
		text := p.Words(at)
		if before && !p.Warning {
			text += ". This value of before was left out"
		}
		*ps = append(*ps, Problem{Path: at(p.Field), ID: p.ID, Text: text, Warning: p.Warning || before})
	}
	return taken
}

// elements are the members of an element that person's fields are in.
var elements = map[person.Field]string{
	person.GivenName: "given", person.MiddleName: "given", person.FamilyName: "family", person.Suffix: "suffix", person.OneName: "given",
	person.Birthdate: "birthDate", person.Sex: "gender", person.Language: "language", person.Email: "value", person.Phone: "value",
	person.Street: "line", person.City: "city", person.State: "state", person.PostalCode: "postalCode", person.Country: "country",
	person.ValidFrom: "period.start", person.ValidTo: "period.end",
}

// in names the members of one element.
func in(element string) func(person.Field) string {
	return func(f person.Field) string { return strings.TrimPrefix(element+"."+elements[f], ".") }
}

// notJSON says what is wrong with a text that could not be decoded as a resource.
func notJSON(err error) Problem {
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrongType):
		return Problem{Path: wrongType.Field, ID: "wrong_type", Text: fmt.Sprintf("there is %s here, which cannot be in this place of a Patient", article(wrongType.Value))}
	case errors.As(err, &syntax):
		return Problem{ID: "not_json", Text: fmt.Sprintf("is not valid JSON, from sign %d on", syntax.Offset)}
	}
	return Problem{ID: "not_json", Text: "is not valid JSON: it ends in the middle"}
}

// article puts a or an in front of one of JSON's words.
func article(word string) string {
	word, _, _ = strings.Cut(word, " ") // "number 1.5"
	switch {
	case word == "bool":
		return "true or false"
	case strings.HasPrefix(word, "a") || strings.HasPrefix(word, "o"):
		return "an " + word
	}
	return "a " + word
}
