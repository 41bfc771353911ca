package person

import (
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

var today = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// ids are what was found, as field.id.
func ids(all Problems) string {
	var list []string
	for _, p := range all {
		list = append(list, string(p.Field)+"."+p.ID)
	}
	return strings.Join(list, " ")
}

func TestNamesOfEveryScriptAreTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in    NameInput
		want  idp.HumanName
		wrong string
	}{
		"plain":                    {in: NameInput{GivenName: " Maria  Elena ", FamilyName: "Garcia"}, want: idp.HumanName{Given: "Maria Elena", Family: "Garcia"}},
		"composed and not":         {in: NameInput{GivenName: "Jose\u0301", FamilyName: "Nun\u0303ez"}, want: idp.HumanName{Given: "José", Family: "Nuñez"}},
		"apostrophe and hyphen":    {in: NameInput{GivenName: "Anne-Marie", FamilyName: "O’Brien"}, want: idp.HumanName{Given: "Anne-Marie", Family: "O’Brien"}},
		"Chinese":                  {in: NameInput{GivenName: "小明", FamilyName: "王"}, want: idp.HumanName{Given: "小明", Family: "王"}},
		"Arabic":                   {in: NameInput{GivenName: "محمد", FamilyName: "الحسن"}, want: idp.HumanName{Given: "محمد", Family: "الحسن"}},
		"Cyrillic":                 {in: NameInput{GivenName: "Алёна", FamilyName: "Иванова"}, want: idp.HumanName{Given: "Алёна", Family: "Иванова"}},
		"Persian with a joiner":    {in: NameInput{GivenName: "علی\u200cرضا", FamilyName: "کریمی"}, want: idp.HumanName{Given: "علی\u200cرضا", Family: "کریمی"}},
		"suffix":                   {in: NameInput{GivenName: "John", FamilyName: "Smith", Suffix: "Jr."}, want: idp.HumanName{Given: "John", Family: "Smith", Suffix: "Jr."}},
		"number as suffix":         {in: NameInput{GivenName: "John", FamilyName: "Smith", Suffix: "3"}, want: idp.HumanName{Given: "John", Family: "Smith", Suffix: "3"}},
		"one name":                 {in: NameInput{FamilyName: "Suharto", OneName: true}, want: idp.HumanName{Family: "Suharto"}},
		"forgotten given name":     {in: NameInput{FamilyName: "Suharto"}, wrong: "given_name.required"},
		"two names said to be one": {in: NameInput{GivenName: "A", FamilyName: "B", OneName: true}, wrong: "one_name.two_names"},
		"no family name":           {in: NameInput{GivenName: "A"}, wrong: "family_name.required"},
		"digits":                   {in: NameInput{GivenName: "A", FamilyName: "123"}, wrong: "family_name.no_letter"},
		"direction of writing":     {in: NameInput{GivenName: "A\u202eB", FamilyName: "C"}, wrong: "given_name.characters"},
		"not UTF-8":                {in: NameInput{GivenName: "A\xff", FamilyName: "C"}, wrong: "given_name.characters"},
		"too long":                 {in: NameInput{GivenName: strings.Repeat("é", 101), FamilyName: "C", Suffix: strings.Repeat("I", 21)}, wrong: "given_name.too_long suffix.too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found := CheckName(c.in)
			if ids(found) != c.wrong {
				t.Fatalf("found %q, want %q", ids(found), c.wrong)
			}
			if c.wrong == "" && got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestValuesAreKeptInOneForm(t *testing.T) {
	t.Parallel()
	language := func(s string) (string, Problems) { return CheckLanguage(s) }
	birthdate := func(s string) (string, Problems) { return CheckBirthdate(s, today) }
	for name, c := range map[string]struct {
		check    func(string) (string, Problems)
		in, want string
		found    string
	}{
		"e-mail domain":           {CheckEmail, " Maria@Example.ORG ", "Maria@example.org", ""},
		"e-mail with a name":      {CheckEmail, "Maria <maria@example.org>", "", "email.not_an_address"},
		"e-mail without a domain": {CheckEmail, "maria@localhost", "", "email.no_domain"},
		"e-mail with a line":      {CheckEmail, "maria@example.org\nBcc: x@example.org", "", "email.not_an_address"},
		"phone":                   {CheckPhone, "(617) 555-0142", "+16175550142", ""},
		"phone abroad":            {CheckPhone, "+49 30 901820", "+4930901820", ""},
		"phone not in use":        {CheckPhone, "+1 555 555 0100", "+15555550100", "phone.not_in_use"},
		"phone too short":         {CheckPhone, "12", "", "phone.not_a_number"},
		"language":                {language, "ZH-hant", "zh-Hant", ""},
		"language region":         {language, "es_mx", "es-MX", ""},
		"no language":             {language, "Klingonish", "", "language.not_a_language"},
		"undetermined language":   {language, "und", "", "language.not_a_language"},
		"birthdate":               {birthdate, "1948-02-29", "1948-02-29", ""},
		"no such day":             {birthdate, "1949-02-29", "", "birthdate.not_a_date"},
		"birth in the future":     {birthdate, "2026-07-02", "", "birthdate.in_the_future"},
		"birth long ago":          {birthdate, "1849-12-31", "", "birthdate.too_old"},
		"sex":                     {CheckSex, "Female", "female", ""},
		"unknown sex":             {CheckSex, "f", "", "sex.unknown_value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found := c.check(c.in)
			if got != c.want || ids(found) != c.found {
				t.Errorf("got %q and %q, want %q and %q", got, ids(found), c.want, c.found)
			}
		})
	}
}

func TestAddressesHereAndAbroad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in    AddressInput
		want  idp.Address
		found string
	}{
		"none":           {},
		"here":           {in: AddressInput{Street: []string{"12  Chestnut St", "Apt 4\n\n"}, City: "Boston", State: "ma", PostalCode: "02108-1234"}, want: idp.Address{Street: "12 Chestnut St\nApt 4", City: "Boston", State: "MA", PostalCode: "02108-1234", Country: "US"}},
		"abroad":         {in: AddressInput{City: "London", PostalCode: "sw1a 1aa", Country: "gb"}, want: idp.Address{City: "London", PostalCode: "SW1A 1AA", Country: "GB"}},
		"state":          {in: AddressInput{State: "Masachusets"}, found: "state.not_a_state"},
		"two states":     {in: AddressInput{State: "A"}, found: "state.not_a_state"},
		"zip":            {in: AddressInput{PostalCode: "2108"}, found: "postal_code.not_a_zip"},
		"country":        {in: AddressInput{City: "X", Country: "UK"}, found: "country.not_a_country"},
		"state in words": {in: AddressInput{City: "Reno", State: "Nevada"}, want: idp.Address{City: "Reno", State: "NV", Country: "US"}},
		"three letters":  {in: AddressInput{City: "Reno", State: "NV", Country: "usa"}, want: idp.Address{City: "Reno", State: "NV", Country: "US"}},
		"signs":          {in: AddressInput{Street: []string{"a\u200fb"}, City: "X"}, found: "street.characters"},
		"long":           {in: AddressInput{City: strings.Repeat("x", 201)}, found: "city.too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found := CheckAddress(c.in)
			if got != c.want || ids(found) != c.found {
				t.Errorf("got %+v and %q, want %+v and %q", got, ids(found), c.want, c.found)
			}
		})
	}
}

func TestPeriodsEndAfterTheyBegin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to string
		later    bool
		found    string
	}{
		"none":              {},
		"one day":           {from: "2020-01-01", to: "2020-01-01"},
		"the other way":     {from: "2020-01-02", to: "2020-01-01", found: "valid_to.before_start"},
		"begins later":      {from: "2026-07-02", found: "valid_from.in_the_future"},
		"ends later":        {from: "2026-01-01", to: "2026-09-01", found: "valid_to.in_the_future"},
		"ends as expected":  {from: "2026-01-01", to: "2026-09-01", later: true},
		"neither is a date": {from: "x", to: "2020-13-01", found: "valid_from.not_a_date valid_to.not_a_date"},
		"of another age":    {from: "0202-01-01", found: "valid_from.too_old"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if found := CheckPeriod(c.from, c.to, c.later, today); ids(found) != c.found {
				t.Errorf("found %q, want %q", ids(found), c.found)
			}
		})
	}
}

func TestWordsNameFieldsAsTheyWereTyped(t *testing.T) {
	t.Parallel()
	_, found := Check(Input{NameInput: NameInput{FamilyName: "B"}, Birthdate: "x", Phone: "+1 555 555 0100", AddressInput: AddressInput{State: "{XX"}}, today)
	if got := ids(found.Wrong()); got != "given_name.required birthdate.not_a_date state.not_a_state" {
		t.Errorf("wrong: %s", got)
	}
	if got := ids(found.Warnings()); got != "phone.not_in_use" {
		t.Errorf("warnings: %s", got)
	}
	i := slices.IndexFunc(found, func(p Problem) bool { return p.Field == State })
	want := `"{XX" is not a state's two letters, such as MA. For an address abroad give column country`
	if got := found[i].Words(func(f Field) string { return "column " + string(f) }); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
