package person

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Field is something that is typed about a person.
type Field string

// The fields, as they are called in files and in JSON.
const (
	GivenName  Field = "given_name"
	MiddleName Field = "middle_name"
	FamilyName Field = "family_name"
	Suffix     Field = "suffix"
	OneName    Field = "one_name"
	Birthdate  Field = "birthdate"
	Sex        Field = "sex"
	Language   Field = "language"
	Email      Field = "email"
	Phone      Field = "phone"
	Street     Field = "street"
	City       Field = "city"
	State      Field = "state"
	PostalCode Field = "postal_code"
	Country    Field = "country"
	ValidFrom  Field = "valid_from"
	ValidTo    Field = "valid_to"
)

// Problem is something wrong with a field, or worth a second look.
type Problem struct {
	Field   Field
	ID      string // for programs: required, characters, too_long, not_a_date …
	Text    string // for a person; other fields stand in it as {state}
	Warning bool   // the value is taken all the same
}

// Words are the text for a person, with each field as it is called where it was typed.
func (p Problem) Words(name func(Field) string) string {
	var b strings.Builder
	for rest := p.Text; ; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		field, behind, closed := strings.Cut(after, "}")
		if !closed || !isField(field) { // a brace that somebody typed
			b.WriteByte('{')
			rest = after
			continue
		}
		b.WriteString(name(Field(field)))
		rest = behind
	}
}

func isField(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
}

// Problems are everything that is wrong with what was typed.
type Problems []Problem

func (ps *Problems) add(field Field, id, text string) {
	*ps = append(*ps, Problem{Field: field, ID: id, Text: text})
}

// Wrong are those for which it cannot be taken.
func (ps Problems) Wrong() Problems { return ps.only(false) }

// Warnings are those with which it is taken.
func (ps Problems) Warnings() Problems { return ps.only(true) }

func (ps Problems) only(warnings bool) Problems {
	var some Problems
	for _, p := range ps {
		if p.Warning == warnings {
			some = append(some, p)
		}
	}
	return some
}

// Tidy is text without spaces at its ends, and with one between words.
func Tidy(text string) string { return strings.Join(strings.Fields(text), " ") }

// Readable reports whether text is UTF-8 without control characters and without formatting characters that nobody sees, such as
// those that change the direction of writing. The two joiners are part of the spelling in some scripts.
func Readable(text string) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		if r == nonJoiner || r == joiner || r == ' ' {
			return false
		}
		return !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
	})
}
