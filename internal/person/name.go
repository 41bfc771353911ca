package person

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"udap-idp/internal/idp"
)

// NameInput is a name as it was typed.
type NameInput struct {
	GivenName  string // several are separated by spaces
	MiddleName string
	FamilyName string
	Suffix     string
	OneName    bool // she has one name only, which is FamilyName
}

// How long one part of a name may be, in characters.
const (
	maxName   = 100
	maxSuffix = 20
)

// CheckName takes names of every script, in Unicode's composed form (NFC).
//
// OpenID Connect and FHIR have no field for an only name; HL7's matching rules take it as the family name.
func CheckName(in NameInput) (n idp.HumanName, all Problems) {
	n.Given = namePart(&all, GivenName, in.GivenName, maxName)
	n.Middle = namePart(&all, MiddleName, in.MiddleName, maxName)
	n.Family = namePart(&all, FamilyName, in.FamilyName, maxName)
	n.Suffix = suffix(&all, in.Suffix)

	given := Tidy(in.GivenName)
	switch {
	case given == "" && !in.OneName:
		all.add(GivenName, "required", "must not be empty. If she has one name only, give it as {family_name} and say so with {one_name}")
	case in.OneName && (given != "" || n.Middle != ""):
		all.add(OneName, "two_names", "there is more than one name. Leave {one_name} out, or give {family_name} alone")
	}
	if Tidy(in.FamilyName) == "" {
		all.add(FamilyName, "required", "must not be empty")
	}
	return n, all
}

// namePart is one part of a name, empty when it is wrong.
func namePart(all *Problems, field Field, text string, limit int) string {
	text = norm.NFC.String(Tidy(text))
	switch {
	case text == "":
		return ""
	case !Readable(text):
		all.add(field, "characters", "has signs that cannot be part of a name")
	case utf8.RuneCountInString(text) > limit:
		all.add(field, "too_long", fmt.Sprintf("is longer than %d characters", limit))
	case !strings.ContainsFunc(text, unicode.IsLetter):
		all.add(field, "no_letter", fmt.Sprintf("%q has no letter in it", text))
	default:
		return text
	}
	return ""
}

// suffix is what stands behind a name: Jr, III, MD; or a number, as some write the third.
func suffix(all *Problems, text string) string {
	text = norm.NFC.String(Tidy(text))
	switch {
	case text == "":
		return ""
	case !Readable(text):
		all.add(Suffix, "characters", "has signs that cannot be part of a name")
	case utf8.RuneCountInString(text) > maxSuffix:
		all.add(Suffix, "too_long", fmt.Sprintf("is longer than %d characters", maxSuffix))
	default:
		return text
	}
	return ""
}
