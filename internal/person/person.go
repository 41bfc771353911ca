package person

import (
	"fmt"
	"net/mail"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"udap-idp/internal/idp"
)

// Input is what was typed about a person. Fields that are not known are empty.
type Input struct {
	NameInput
	Birthdate string
	Sex       string
	Language  string
	Email     string
	Phone     string
	AddressInput
}

// Check returns what was typed in the form that is kept, and everything that is wrong with it. There has to be a name, a
// birthdate, and a way to reach the person.
func Check(in Input, now time.Time) (idp.Demographics, Problems) {
	var all Problems
	take := func(found Problems) { all = append(all, found...) }

	n, found := CheckName(in.NameInput)
	take(found)
	d := idp.Demographics{GivenName: n.Given, MiddleName: n.Middle, FamilyName: n.Family, Suffix: n.Suffix}
	d.Birthdate, found = CheckBirthdate(in.Birthdate, now)
	take(found)
	d.Sex, found = CheckSex(in.Sex)
	take(found)
	d.Language, found = CheckLanguage(in.Language)
	take(found)
	if strings.TrimSpace(in.Email) != "" || strings.TrimSpace(in.Phone) == "" {
		d.Email, found = CheckEmail(in.Email)
		take(found)
	}
	if strings.TrimSpace(in.Phone) != "" {
		d.Phone, found = CheckPhone(in.Phone)
		take(found)
	}
	d.Address, found = CheckAddress(in.AddressInput)
	take(found)
	return d, all
}

// oldest is before anybody alive was born: an earlier year is a slip of the finger.
const oldest = 1850

// CheckBirthdate wants YYYY-MM-DD, not in the future.
func CheckBirthdate(text string, now time.Time) (date string, all Problems) {
	text = strings.TrimSpace(text)
	born, err := time.ParseInLocation(time.DateOnly, text, now.Location())
	switch {
	case err != nil:
		all.add(Birthdate, "not_a_date", fmt.Sprintf("%q is not a date; write it as year-month-day, such as 1979-01-31", text))
	case born.After(now):
		all.add(Birthdate, "in_the_future", text+" is in the future")
	case born.Year() < oldest:
		all.add(Birthdate, "too_old", fmt.Sprintf("%s is before %d", text, oldest))
	default:
		return text, nil
	}
	return "", all
}

// CheckPeriod wants days of which the first is not behind the last. A day in the future makes sense for the end of what is
// known to end, a temporary address, only.
func CheckPeriod(from, to string, mayEndLater bool, now time.Time) (all Problems) {
	for _, end := range []struct {
		field  Field
		text   string
		future bool
	}{{ValidFrom, from, false}, {ValidTo, to, mayEndLater}} {
		if end.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, end.text, now.Location())
		switch {
		case err != nil:
			all.add(end.field, "not_a_date", fmt.Sprintf("%q is not a date; write it as year-month-day, such as 2019-01-31", end.text))
		case day.After(now) && !end.future:
			all.add(end.field, "in_the_future", end.text+" is in the future")
		case day.Year() < oldest:
			all.add(end.field, "too_old", fmt.Sprintf("%s is before %d", end.text, oldest))
		}
	}
	if len(all) == 0 && from != "" && to != "" && from > to {
		all.add(ValidTo, "before_start", fmt.Sprintf("%s is before {valid_from}, which is %s", to, from))
	}
	return all
}

// CheckSex takes the words of FHIR's administrative-gender.
func CheckSex(text string) (sex string, all Problems) {
	switch text = strings.ToLower(strings.TrimSpace(text)); text {
	case "", "male", "female", "other", "unknown":
		return text, nil
	}
	all.add(Sex, "unknown_value", fmt.Sprintf("%q is none of male, female, other, unknown", text))
	return "", all
}

// CheckLanguage takes a tag of BCP 47 and returns its canonical form.
func CheckLanguage(text string) (tag string, all Problems) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	parsed, err := language.Parse(text)
	if base, _, _ := parsed.Raw(); err != nil || base.String() == "und" {
		all.add(Language, "not_a_language", fmt.Sprintf("%q is not a language, such as en, es or zh-Hant", text))
		return "", all
	}
	return parsed.String(), nil
}

// maxEmail is RFC 5321 §4.5.3.1.3, without the angle brackets.
const maxEmail = 254

// CheckEmail takes an address without a name, and writes its domain in small letters. What is before the @ is kept as it is:
// RFC 5321 §2.4 leaves its meaning to the host.
func CheckEmail(text string) (address string, all Problems) {
	text = norm.NFC.String(strings.TrimSpace(text))
	parsed, err := mail.ParseAddress(text)
	switch {
	case err != nil || parsed.Address != text || len(text) > maxEmail || !Readable(text):
		all.add(Email, "not_an_address", fmt.Sprintf("%q is not an e-mail address like maria@example.org", text))
		return "", all
	}
	at := strings.LastIndexByte(text, '@') + 1
	local, domain := text[:at], text[at:]
	if !strings.Contains(strings.Trim(domain, "."), ".") {
		all.add(Email, "no_domain", fmt.Sprintf("%q has no full domain after the @, such as example.org", text))
		return "", all
	}
	return local + strings.ToLower(domain), nil
}
