package claims

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

func jane() subject {
	return subject{identifier: idp.NewUUIDv4(), Person: idp.Person{
		ID: idp.NewID(),
		Demographics: idp.Demographics{
			GivenName: "Jane", MiddleName: "Q", FamilyName: "Doe",
			Birthdate: "1979-01-01", Sex: "female",
			Email: "jane@example.org", Phone: "+15557771234",
			Address: idp.Address{Street: "1234 Main St\nApt 5", City: "Los Angeles", State: "CA", PostalCode: "90210", Country: "US"},
		},
		Level: idp.IDIAL1_8,
	}}
}

func releaseOf(p subject, scopes []string) Released { return Release(p.Person, p.identifier, scopes) }

func names(r Released) []string {
	out := []string{}
	for _, c := range r.Claims {
		out = append(out, c.Name)
	}
	return out
}

func value(r Released, name string) any {
	for _, c := range r.Claims {
		if c.Name == name {
			return c.Value
		}
	}
	return nil
}

func TestScopeAsksForItsClaimsOnly(t *testing.T) {
	t.Parallel()
	profile := []string{"name", "given_name", "middle_name", "family_name", "birthdate", "gender"}
	email := []string{"email", "email_verified"}
	phone := []string{"phone_number", "phone_number_verified"}
	identifier := []string{"hl7_identifier", "hl7_person_identifier"}
	for _, tt := range []struct {
		name   string
		scopes []string
		want   []string
	}{
		{"none", nil, []string{}},
		{"openid", []string{"openid"}, []string{}},
		{"unknown", []string{"fhirUser", "launch/patient", "PROFILE"}, []string{}},
		{"profile", []string{"openid", "profile"}, profile},
		{"email", []string{"email"}, email},
		{"phone", []string{"phone"}, phone},
		{"address", []string{"address"}, []string{"address"}},
		{"identifier", []string{"hl7_identifier"}, identifier},
		{"several, in their own order", []string{"email", "profile"}, slices.Concat(profile, email)},
		{"udap is all", []string{"openid", "udap"}, Names()},
		{"udap and parts", []string{"openid", "udap", "email", "profile"}, Names()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := names(releaseOf(jane(), tt.scopes)); !slices.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

func TestValuesAreThoseOfTheRecord(t *testing.T) {
	t.Parallel()
	p := jane()
	got, err := json.Marshal(asMap(releaseOf(p, []string{ScopeUDAP})))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":{"formatted":"1234 Main St\nApt 5\nLos Angeles, CA 90210\nUS","street_address":"1234 Main St\nApt 5",` +
		`"locality":"Los Angeles","region":"CA","postal_code":"90210","country":"US"},"birthdate":"1979-01-01",` +
		`"email":"jane@example.org","email_verified":true,"family_name":"Doe","gender":"female","given_name":"Jane",` +
		`"hl7_identifier":"` + p.identifier + `","hl7_person_identifier":"` + p.identifier + `",` +
		`"middle_name":"Q","name":"Jane Q Doe","phone_number":"+15557771234","phone_number_verified":true}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func asMap(r Released) map[string]any {
	m := map[string]any{}
	for _, c := range r.Claims {
		m[c.Name] = c.Value
	}
	return m
}

func TestAddressIsFormattedFromWhatIsKnown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		address idp.Address
		want    string
	}{
		{"country only", idp.Address{Country: "US"}, "US"},
		{"no state", idp.Address{Street: "1 A St", City: "Rome", PostalCode: "00100", Country: "IT"}, "1 A St\nRome 00100\nIT"},
		{"no city", idp.Address{State: "CA", PostalCode: "90210"}, "CA 90210"},
		{"city and state", idp.Address{City: "Reno", State: "NV"}, "Reno, NV"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := newAddress(tt.address).Formatted; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGenderIsOmittedWhenUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sex  string
		want any
	}{{"male", "male"}, {"female", "female"}, {"other", "other"}, {"unknown", nil}, {"", nil}} {
		p := jane()
		p.Sex = tt.sex
		if got := value(releaseOf(p, []string{"profile"}), "gender"); got != tt.want {
			t.Errorf("sex %q: gender %v, want %v", tt.sex, got, tt.want)
		}
	}
}

func TestContactsAreVerifiedFromIDIAL1_5(t *testing.T) {
	t.Parallel()
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		p := jane()
		p.Level = level
		want := slices.Contains([]idp.Level{idp.IDIAL1_5, idp.IDIAL1_6, idp.IDIAL1_8, idp.IDIAL2}, level)
		for _, name := range []string{"email_verified", "phone_number_verified"} {
			if got := value(releaseOf(p, []string{"udap"}), name); got != want {
				t.Errorf("%s: %s is %v, want %v", level, name, got, want)
			}
		}
	}
}

func TestDigitalIdentifierIsReleasedFromIDIAL1_8(t *testing.T) {
	t.Parallel()
	for _, level := range append([]idp.Level{idp.Unverified, "idial9", "IDIAL2"}, idp.Levels...) {
		p := jane()
		p.Level = level
		var want any
		if level == idp.IDIAL1_8 || level == idp.IDIAL2 {
			want = p.identifier
		}
		r := releaseOf(p, []string{"udap", "hl7_identifier"})
		if got := value(r, "hl7_identifier"); got != want {
			t.Errorf("%q: hl7_identifier is %v, want %v", level, got, want)
		}
		if got := value(r, "hl7_person_identifier"); got != want {
			t.Errorf("%q: hl7_person_identifier is %v, want %v", level, got, want)
		}
	}
}

func TestACRIsTheLevelOnRecord(t *testing.T) {
	t.Parallel()
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		p := jane()
		p.Level = level
		for _, scopes := range [][]string{{"openid"}, {"openid", "udap"}} {
			if got, want := releaseOf(p, scopes).ACR, assurance.ACR(level); got != want {
				t.Errorf("%q with %v: acr %q, want %q", level, scopes, got, want)
			}
		}
	}
}

func TestACRValuesAreThoseOfEveryLevel(t *testing.T) {
	t.Parallel()
	values := ACRValues()
	for _, level := range idp.Levels {
		if !slices.Contains(values, assurance.ACR(level)) {
			t.Errorf("%s: %q is not in %v", level, assurance.ACR(level), values)
		}
	}
	if slices.Contains(values, "") {
		t.Errorf("an empty value in %v", values)
	}
}

// TestWhatIsReleasedIsKnownAndAsked tries many persons with holes in their records.
func TestWhatIsReleasedIsKnownAndAsked(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	all := []string{"openid", "udap", "profile", "email", "phone", "address", "hl7_identifier", "fhirUser"}
	for range 5000 {
		p := withHoles(random, jane())
		scopes := subset(random, all)
		r := releaseOf(p, scopes)
		if got := names(r); !slices.Equal(got, inOrder(got)) {
			t.Fatalf("order %v, want that of Names %v", got, Names())
		}
		for _, c := range r.Claims {
			checkKnown(t, c)
			if !slices.Contains(scopes, "udap") && !asks(scopes, c.Name) {
				t.Fatalf("%s released for the scopes %v", c.Name, scopes)
			}
			if strings.HasPrefix(c.Name, "hl7_") && p.Level != idp.IDIAL1_8 && p.Level != idp.IDIAL2 {
				t.Fatalf("%s released at %q", c.Name, p.Level)
			}
		}
		if value(r, "hl7_identifier") != value(r, "hl7_person_identifier") {
			t.Fatal("the two names of the Digital Identifier have different values")
		}
	}
}

func withHoles(random *rand.Rand, p subject) subject {
	for _, field := range []*string{
		&p.GivenName, &p.MiddleName, &p.FamilyName, &p.Birthdate, &p.Sex, &p.Email, &p.Phone, &p.identifier,
		&p.Address.Street, &p.Address.City, &p.Address.State, &p.Address.PostalCode, &p.Address.Country,
	} {
		if random.IntN(2) == 0 {
			*field = ""
		}
	}
	levels := append([]idp.Level{idp.Unverified}, idp.Levels...)
	p.Level = levels[random.IntN(len(levels))]
	return p
}

func subset(random *rand.Rand, all []string) []string {
	var out []string
	for _, s := range all {
		if random.IntN(3) == 0 {
			out = append(out, s)
		}
	}
	return out
}

func inOrder(got []string) []string {
	out := []string{}
	for _, name := range Names() {
		if slices.Contains(got, name) {
			out = append(out, name)
		}
	}
	return out
}

func asks(scopes []string, claim string) bool {
	for _, s := range sources {
		if s.name == claim {
			return slices.Contains(scopes, s.scope)
		}
	}
	return false
}

// checkKnown fails on a claim, or a member of one, that says nothing.
func checkKnown(t *testing.T, c Claim) {
	t.Helper()
	data, err := json.Marshal(c.Value)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(data); s == `""` || s == "null" || s == "{}" || s == "[]" || strings.Contains(s, `:""`) || strings.Contains(s, ":null") {
		t.Fatalf("%s is released as %s", c.Name, s)
	}
}

// TestDigitalIdentifierIsAsRecorded: whatever else of the person changes, the identifier is the one on record. It is not
// made from the id, the name or anything else.
func TestDigitalIdentifierIsAsRecorded(t *testing.T) {
	t.Parallel()
	p := jane()
	want := p.identifier
	p.ID, p.UserHandle = idp.NewID(), []byte("other")
	p.FamilyName, p.Email = "Roe", "roe@example.org"
	if got := value(releaseOf(p, []string{"udap"}), "hl7_identifier"); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	p.identifier = ""
	if got := value(releaseOf(p, []string{"udap"}), "hl7_identifier"); got != nil {
		t.Errorf("a person without an identifier released %v", got)
	}
}

func TestNamesAreUniqueAndCopied(t *testing.T) {
	t.Parallel()
	first := Names()
	sorted := slices.Sorted(slices.Values(first))
	if len(slices.Compact(sorted)) != len(first) {
		t.Errorf("a name twice in %v", first)
	}
	first[0] = "changed"
	if reflect.DeepEqual(first, Names()) {
		t.Error("Names hands out its own slice")
	}
}
