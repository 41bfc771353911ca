package transfer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"udap-idp/internal/person"
)

// street2 is the second line of an address in a table.
const street2 person.Field = "street2"

// Columns are the columns that a table may have, in the order of the example. Any order will do.
var Columns = []person.Field{person.GivenName, person.MiddleName, person.FamilyName, person.Suffix, person.OneName, person.Birthdate,
	person.Sex, person.Language, person.Email, person.Phone, person.Street, street2, person.City, person.State, person.PostalCode, person.Country}

// alsoCalled are heads that other programs write, as folded.
var alsoCalled = map[string]person.Field{
	"firstname": person.GivenName, "first": person.GivenName, "forename": person.GivenName, "lastname": person.FamilyName, "last": person.FamilyName,
	"surname": person.FamilyName, "middle": person.MiddleName, "namesuffix": person.Suffix, "dob": person.Birthdate, "dateofbirth": person.Birthdate,
	"birthday": person.Birthdate, "gender": person.Sex, "preferredlanguage": person.Language, "emailaddress": person.Email, "mail": person.Email,
	"telephone": person.Phone, "phonenumber": person.Phone, "mobile": person.Phone, "mobilephone": person.Phone, "cellphone": person.Phone,
	"address": person.Street, "address1": person.Street, "addressline1": person.Street, "street1": person.Street, "streetaddress": person.Street,
	"address2": street2, "addressline2": street2, "town": person.City, "zip": person.PostalCode, "zipcode": person.PostalCode,
	"postcode": person.PostalCode, "stateorprovince": person.State, "province": person.State, "mononym": person.OneName,
}

// folded is the head of a column without case and without what parts words.
func folded(head string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, head)
}

func fieldOf(head string) person.Field {
	f := folded(head)
	for _, column := range Columns {
		if f == folded(string(column)) {
			return column
		}
	}
	return alsoCalled[f]
}

// header is which column holds what.
type header struct {
	fields []person.Field // by column; "" is left out
	names  map[person.Field]string
}

// newHeader reads the first row. ignored are heads of columns that are to be left out.
func newHeader(heads, ignored []string) (header, error) {
	h := header{names: map[person.Field]string{}}
	var unknown []string
	for _, head := range heads {
		head = strings.TrimSpace(head)
		field := fieldOf(head)
		skip := slices.ContainsFunc(ignored, func(i string) bool { return strings.EqualFold(strings.TrimSpace(i), head) }) || head == ""
		switch {
		case skip:
			field = ""
		case field == "":
			unknown = append(unknown, fmt.Sprintf("%q", head))
		case h.names[field] != "":
			return h, leaveOut("the columns %q and %q both hold the %s. Leave one out", h.names[field], head, field)
		default:
			h.names[field] = head
		}
		h.fields = append(h.fields, field)
	}
	if len(unknown) > 0 {
		return h, leaveOut("nothing is known about the column %s. Give it one of the names %s, or leave it out",
			strings.Join(unknown, ", "), columnList())
	}
	return h, h.complete()
}

func (h header) complete() error {
	for _, needed := range [][]person.Field{{person.FamilyName}, {person.GivenName, person.OneName}, {person.Birthdate}, {person.Email, person.Phone}} {
		if !slices.ContainsFunc(needed, func(f person.Field) bool { return h.names[f] != "" }) {
			names := make([]string, len(needed))
			for n, f := range needed {
				names[n] = string(f)
			}
			return fileError("the table has no column %s. Its first row must name the columns, with some of %s", strings.Join(names, " or "), columnList())
		}
	}
	return nil
}

func columnList() string {
	names := make([]string, len(Columns))
	for n, column := range Columns {
		names[n] = string(column)
	}
	return strings.Join(names, ", ")
}

// name is what a field is called in this file.
func (h header) name(f person.Field) string {
	if name := h.names[f]; name != "" {
		return name
	}
	return string(f)
}
