package main

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"udap-idp/internal/idp"
)

// defaultRegion is where a telephone number without +… and an address without a country are.
const defaultRegion = "US"

// personFlags are a person's details as a clerk types them.
type personFlags struct {
	GivenName  string `name:"given-name" required:"" group:"Person" help:"First name, as on the identity document."`
	MiddleName string `name:"middle-name" group:"Person" help:"Middle name."`
	FamilyName string `name:"family-name" required:"" group:"Person" help:"Last name, as on the identity document."`
	Birthdate  string `name:"birthdate" required:"" placeholder:"YYYY-MM-DD" group:"Person" help:"Date of birth."`
	Sex        string `name:"sex" group:"Person" help:"male, female, other or unknown."`
	Email      string `name:"email" required:"" group:"Person" help:"E-mail address of her own."`
	Phone      string `name:"phone" group:"Person" help:"Telephone number of her own; outside the United States with + and the country code."`

	Street     []string `name:"street" sep:"none" placeholder:"LINE" group:"Person" help:"Home address: street and number. Repeat for a second line."`
	City       string   `name:"city" group:"Person" help:"City."`
	State      string   `name:"state" group:"Person" help:"State; two letters in the United States."`
	PostalCode string   `name:"postal-code" group:"Person" help:"ZIP or postal code."`
	Country    string   `name:"country" group:"Person" help:"Country, two letters (US)."`

	Verified      string `name:"verified" placeholder:"LEVEL" group:"Person" help:"How the identity was verified: idial1, idial1.2, idial1.4, idial1.5, idial1.6, idial1.8 or idial2. Everything given here must have been. Left out: not verified."`
	Administrator bool   `name:"administrator" group:"Person" help:"May see the administrator's page."`
}

// personDetails is what a person is made of.
type personDetails struct {
	demographics idp.Demographics
	role         idp.Role
	level        idp.Level
}

// person checks the details. The error lists everything that is wrong; the warnings are what is worth a second look.
func (f *personFlags) person(now time.Time) (personDetails, []string, error) {
	d, warnings, err := f.demographics(now)
	if err != nil {
		return personDetails{}, nil, err
	}
	level, err := idp.ParseLevel(f.Verified)
	if err != nil {
		return personDetails{}, nil, usage("--verified: %w", err)
	}
	if level != idp.Unverified {
		if err := checkVerified(d); err != nil {
			return personDetails{}, nil, asUsage(err)
		}
	}
	role := idp.Patient
	if f.Administrator {
		role = idp.Administrator
	}
	return personDetails{d, role, level}, warnings, nil
}

func (f *personFlags) demographics(now time.Time) (d idp.Demographics, warnings []string, err error) {
	var errs [7]error
	d.GivenName, errs[0] = name("--given-name", f.GivenName, true)
	d.MiddleName, errs[1] = name("--middle-name", f.MiddleName, false)
	d.FamilyName, errs[2] = name("--family-name", f.FamilyName, true)
	d.Birthdate, errs[3] = birthdate(f.Birthdate, now)
	d.Sex, errs[4] = sex(f.Sex)
	d.Email, errs[5] = email(f.Email)
	var phoneWarning string
	d.Phone, phoneWarning, errs[6] = phone(f.Phone)
	address, addressErr := f.address()
	d.Address = address
	if phoneWarning != "" {
		warnings = append(warnings, phoneWarning)
	}
	return d, warnings, joinUsage(append(errs[:], addressErr)...)
}

// checkVerified refuses a verified level for a person of whom too little is known.
// HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance: the legal name, the home street address, the birthdate
// and how to reach the person are collected at every level.
func checkVerified(d idp.Demographics) error {
	abroad := d.Address.Country != "" && d.Address.Country != defaultRegion // where not every place has states and codes
	var missing []string
	if d.Address.Street == "" {
		missing = append(missing, "--street")
	}
	if d.Address.City == "" {
		missing = append(missing, "--city")
	}
	if d.Address.State == "" && !abroad {
		missing = append(missing, "--state")
	}
	if d.Address.PostalCode == "" && !abroad {
		missing = append(missing, "--postal-code")
	}
	if len(missing) > 0 {
		return fmt.Errorf("--verified: a verified person needs a home address: %s missing. "+
			"Give the address that was verified, or leave --verified out", strings.Join(missing, ", "))
	}
	if d.Email == "" && d.Phone == "" {
		return errors.New("--verified: a verified person needs --phone or --email. Give one, or leave --verified out")
	}
	if initial.MatchString(d.GivenName) {
		return fmt.Errorf("--given-name: %q is an initial. A verified person needs the full name that is on the document", d.GivenName)
	}
	return nil
}

// initial is a name that was cut to one letter and a full stop.
var initial = regexp.MustCompile(`^\pL\.$`)

// maxName is how long one part of a name may be, in characters.
const maxName = 100

func name(flag, text string, required bool) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case text == "" && !required:
		return "", nil
	case text == "":
		return "", fmt.Errorf("%s: must not be empty", flag)
	case badText(text):
		return "", fmt.Errorf("%s: has signs that cannot be part of a name", flag)
	case utf8.RuneCountInString(text) > maxName:
		return "", fmt.Errorf("%s: is longer than %d characters", flag, maxName)
	case !strings.ContainsFunc(text, unicode.IsLetter):
		return "", fmt.Errorf("%s: %q has no letter in it", flag, text)
	}
	return text, nil
}

// badText reports whether text is not UTF-8 or has control or invisible formatting characters.
func badText(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError || plain(string(r)) != string(r)
	})
}

// oldest is before anybody alive was born: an earlier year is a slip of the finger.
const oldest = 1850

func birthdate(text string, now time.Time) (string, error) {
	born, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	switch {
	case err != nil:
		return "", fmt.Errorf("--birthdate: %q is not a date; write it as year-month-day, such as 1979-01-31", text)
	case born.After(now):
		return "", fmt.Errorf("--birthdate: %s is in the future", text)
	case born.Year() < oldest:
		return "", fmt.Errorf("--birthdate: %s is before %d", text, oldest)
	}
	return text, nil
}

func sex(text string) (string, error) {
	switch text = strings.ToLower(text); text {
	case "", "male", "female", "other", "unknown":
		return text, nil
	}
	return "", fmt.Errorf("--sex: %q is none of male, female, other, unknown", text)
}

func email(text string) (string, error) {
	text = strings.TrimSpace(text)
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text || len(text) > 254 || badText(text) {
		return "", fmt.Errorf("--email: %q is not an e-mail address like maria@example.org", text)
	}
	if domain := text[strings.LastIndexByte(text, '@')+1:]; !strings.Contains(domain, ".") {
		return "", fmt.Errorf("--email: %q has no full domain after the @, such as example.org", text)
	}
	return text, nil
}

// phone returns the number as E.164, and a warning when it has the right length and is not one that is in use.
func phone(text string) (number, warning string, err error) {
	if strings.TrimSpace(text) == "" {
		return "", "", nil
	}
	parsed, err := phonenumbers.Parse(text, defaultRegion)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return "", "", fmt.Errorf("--phone: %q is not a telephone number; write +1 617 555 0123, or with another country code", text)
	}
	number = phonenumbers.Format(parsed, phonenumbers.E164)
	if !phonenumbers.IsValidNumber(parsed) {
		warning = fmt.Sprintf("--phone: %s is not a number that is in use, as far as we know. It was stored; please check it.", number)
	}
	return number, warning, nil
}

// maxAddressLine is how long one line of an address may be, in bytes.
const maxAddressLine = 200

func (f *personFlags) address() (idp.Address, error) {
	a := idp.Address{
		City: tidy(f.City), State: tidy(f.State), PostalCode: strings.ToUpper(tidy(f.PostalCode)), Country: strings.ToUpper(tidy(f.Country)),
	}
	var lines []string
	for _, street := range f.Street {
		for line := range strings.Lines(street) {
			if line = tidy(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	a.Street = strings.Join(lines, "\n")
	if a == (idp.Address{}) {
		return a, nil
	}
	if a.Country == "" {
		a.Country = defaultRegion
	}
	if a.Country == defaultRegion {
		a.State = strings.ToUpper(a.State)
	}
	return a, errors.Join(checkAddressTexts(a, lines), checkCountry(a.Country), checkUS(a))
}

func checkAddressTexts(a idp.Address, street []string) error {
	for _, part := range []struct{ flag, text string }{
		{"--street", strings.Join(street, " ")}, {"--city", a.City}, {"--state", a.State}, {"--postal-code", a.PostalCode},
	} {
		if badText(part.text) {
			return fmt.Errorf("%s: has signs that cannot be part of an address", part.flag)
		}
		if len(part.text) > maxAddressLine {
			return fmt.Errorf("%s: is longer than %d characters", part.flag, maxAddressLine)
		}
	}
	return nil
}

// checkCountry wants an ISO 3166-1 alpha-2 code.
func checkCountry(code string) error {
	region, err := language.ParseRegion(code)
	if err != nil || len(code) != 2 || !region.IsCountry() || region.Canonicalize().String() != code {
		return fmt.Errorf("--country: %q is not a country's two letters, such as US or MX", code)
	}
	return nil
}

// usStates are the two letters of the United States' postal service: states, the district, territories, armed forces.
const usStates = " AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK " +
	"OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI FM MH PW AA AE AP "

var zip = regexp.MustCompile(`^\d{5}(-\d{4})?$`)

func checkUS(a idp.Address) error {
	if a.Country != defaultRegion {
		return nil
	}
	var errs [2]error
	if a.State != "" && (len(a.State) != 2 || !strings.Contains(usStates, " "+a.State+" ")) {
		errs[0] = fmt.Errorf("--state: %q is not a state's two letters, such as MA. For an address abroad give --country", a.State)
	}
	if a.PostalCode != "" && !zip.MatchString(a.PostalCode) {
		errs[1] = fmt.Errorf("--postal-code: %q is not a ZIP code like 02115 or 02115-1234. For an address abroad give --country", a.PostalCode)
	}
	return errors.Join(errs[:]...)
}

func tidy(text string) string { return strings.Join(strings.Fields(text), " ") }
