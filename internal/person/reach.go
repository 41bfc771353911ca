package person

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"udap-idp/internal/idp"
)

// DefaultRegion is where a telephone number without +… and an address without a country are.
const DefaultRegion = "US"

// CheckPhone returns the number as E.164, with a warning when it has the right length and is not one that is in use.
func CheckPhone(text string) (number string, all Problems) {
	text = strings.TrimSpace(text)
	parsed, err := phonenumbers.Parse(text, DefaultRegion)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		all.add(Phone, "not_a_number", fmt.Sprintf("%q is not a telephone number; write +1 617 555 0123, or with another country code", text))
		return "", all
	}
	number = phonenumbers.Format(parsed, phonenumbers.E164)
	if !phonenumbers.IsValidNumber(parsed) {
		all = append(all, Problem{Field: Phone, ID: "not_in_use", Warning: true,
			Text: number + " is not a number that is in use, as far as we know. It was stored; please check it."})
	}
	return number, all
}

// AddressInput is an address as it was typed.
type AddressInput struct {
	Street     []string // lines; each may hold several
	City       string
	State      string
	PostalCode string
	Country    string // two letters; without it the address is in DefaultRegion
}

// maxAddressLine is how long one part of an address may be, in bytes.
const maxAddressLine = 200

// CheckAddress checks what can be known about every address, and of those in the United States the state and the ZIP code. No
// part is required; an address without any is the zero one.
func CheckAddress(in AddressInput) (idp.Address, Problems) {
	clean := func(text string) string { return norm.NFC.String(Tidy(text)) }
	a := idp.Address{
		City: clean(in.City), State: clean(in.State),
		PostalCode: strings.ToUpper(clean(in.PostalCode)), Country: strings.ToUpper(clean(in.Country)),
	}
	var lines []string
	for _, street := range in.Street {
		for line := range strings.Lines(street) {
			if line = clean(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	a.Street = strings.Join(lines, "\n")
	if a == (idp.Address{}) {
		return a, nil
	}
	a.Country = twoLetters(a.Country)
	if a.Country == DefaultRegion {
		a.State = strings.ToUpper(a.State)
		if letters := stateNames[a.State]; letters != "" {
			a.State = letters
		}
	}
	var all Problems
	checkAddressTexts(&all, a, lines)
	checkCountry(&all, a.Country)
	checkUS(&all, a)
	if len(all) > 0 {
		return idp.Address{}, all
	}
	return a, nil
}

func checkAddressTexts(all *Problems, a idp.Address, street []string) {
	for _, part := range []struct {
		field Field
		text  string
	}{{Street, strings.Join(street, " ")}, {City, a.City}, {State, a.State}, {PostalCode, a.PostalCode}} {
		switch {
		case !Readable(part.text):
			all.add(part.field, "characters", "has signs that cannot be part of an address")
		case len(part.text) > maxAddressLine:
			all.add(part.field, "too_long", fmt.Sprintf("is longer than %d characters", maxAddressLine))
		}
	}
}

// twoLetters is a country's code in two letters, where FHIR and ISO 3166-1 allow three: MEX is MX. Without one it is DefaultRegion.
func twoLetters(code string) string {
	if code == "" {
		return DefaultRegion
	}
	if region, err := language.ParseRegion(code); err == nil && len(code) == 3 && region.ISO3() == code {
		return region.String()
	}
	return code
}

// checkCountry wants an ISO 3166-1 alpha-2 code.
func checkCountry(all *Problems, code string) {
	region, err := language.ParseRegion(code)
	if err != nil || len(code) != 2 || !region.IsCountry() || region.Canonicalize().String() != code {
		all.add(Country, "not_a_country", fmt.Sprintf("%q is not a country's two letters, such as US or MX", code))
	}
}

// usStates are the two letters of the United States' postal service: states, the district, territories, armed forces.
const usStates = " AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK " +
	"OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI FM MH PW AA AE AP "

var zip = regexp.MustCompile(`^\d{5}(-\d{4})?$`)

func checkUS(all *Problems, a idp.Address) {
	if a.Country != DefaultRegion {
		return
	}
	if a.State != "" && (len(a.State) != 2 || !strings.Contains(usStates, " "+a.State+" ")) {
		all.add(State, "not_a_state", fmt.Sprintf("%q is not a state's two letters, such as MA. For an address abroad give {country}", a.State))
	}
	if a.PostalCode != "" && !zip.MatchString(a.PostalCode) {
		all.add(PostalCode, "not_a_zip", fmt.Sprintf("%q is not a ZIP code like 02115 or 02115-1234. For an address abroad give {country}", a.PostalCode))
	}
}
