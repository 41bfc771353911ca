package claims

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

var (
	testNow = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)
	testAMR = []string{"http://udap.org/code/auth/aal2", "pop", "user", "mfa"}
)

// jane asks as a trusted healthcare client for a person whose record was verified at IDIAL1.8 without an event.
func jane() Request {
	return Request{
		Identifier: idp.NewUUIDv4(), UUID: idp.NewUUIDv4(), Profile: ProfileUDAP, Healthcare: true, Offer: true,
		Scopes: []string{"openid", "udap"}, AuthTime: testNow.Add(-10 * time.Second), AMR: testAMR, Now: testNow,
		Person: idp.Person{
			ID: idp.NewID(), State: idp.PersonActive,
			Demographics: idp.Demographics{
				GivenName: "Jane", MiddleName: "Q", FamilyName: "Doe", Suffix: "Jr",
				Birthdate: "1979-01-01", Sex: "female",
				Email: "jane@example.org", Phone: "+15557771234",
				Address: idp.Address{Street: "1234 Main St\nApt 5", City: "Los Angeles", State: "CA", PostalCode: "90210", Country: "US"},
			},
			Level: idp.IDIAL1_8, VerifiedAt: testNow.AddDate(0, -6, 0), ExpiresAt: testNow.AddDate(2, 6, 0),
		},
	}
}

// proofed is jane with an event of that level, which verified every attribute, and with older values that it verified as well.
func proofed(level idp.Level) Request {
	in := jane()
	e := idp.Proofing{
		ID: idp.NewID(), PersonID: in.Person.ID, VerificationProcess: idp.NewUUIDv4(), Framework: idp.FrameworkIDI,
		Type: idp.OnsiteAttended, Achieved: level, Status: idp.ProofingInForce,
		CompletedAt: time.Date(2026, time.May, 1, 14, 29, 0, 0, time.UTC), ExpiresAt: time.Date(2029, time.May, 1, 14, 29, 0, 0, time.UTC),
		Evidence: []idp.Evidence{{
			ID: "e1", Type: idp.DriversLicense, IssuerName: "California DMV", IssuerCountry: "US", IssuerJurisdiction: "CA",
			NumberEnd: "4711", IssuedOn: "2024-02-03", ExpiresOn: "2029-02-03", Validated: true,
		}, {ID: "e2", Type: idp.InsuranceCard, IssuerName: "Sample Health Plan", Validated: true}},
		Checks: []idp.ProofingCheck{{EvidenceID: "e1", Method: "vpip", Result: idp.ResultPassed, At: time.Date(2026, time.May, 1, 14, 20, 0, 0, time.UTC)}},
	}
	in.Proofing = &e
	p := &in.Person
	p.Level, p.ProofingID, p.VerifiedAt, p.ExpiresAt = level, e.ID, e.CompletedAt, e.ExpiresAt
	*p = p.WithAttributes()
	pattern := idp.Attribute{Status: idp.Verified, Level: level, ProofingID: e.ID, ValidTo: "2020-01-01"}
	old := idp.AttributesOf(idp.Demographics{
		GivenName: "Jane", FamilyName: "Roe", Phone: "+15557770000",
		Address: idp.Address{Street: "9 Old Rd", City: "Reno", State: "NV", PostalCode: "89501", Country: "US"},
	}, pattern)
	p.Attributes = append(p.Attributes, old...)
	return in
}

// networked is a request of a network's client that has all it needs.
func networked(profile Profile) Request {
	in := proofed(idp.IDIAL2)
	in.Profile, in.AssertIAL2 = profile, true
	return in
}

// change alters the attributes of a kind.
func (in Request) change(kind idp.AttributeKind, f func(*idp.Attribute)) Request {
	in.Person = in.Person.WithAttributes()
	in.Person.Attributes = slices.Clone(in.Person.Attributes)
	for i := range in.Person.Attributes {
		if in.Person.Attributes[i].Kind == kind {
			f(&in.Person.Attributes[i])
		}
	}
	return in
}

func selfAsserted(a *idp.Attribute) { a.Status = idp.SelfAsserted }

func namesOf(list []Claim) []string {
	out := []string{}
	for _, c := range list {
		out = append(out, c.Name)
	}
	return out
}

func valueOf(list []Claim, name string) any {
	for _, c := range list {
		if c.Name == name {
			return c.Value
		}
	}
	return nil
}

func asMap(list []Claim) map[string]any {
	m := map[string]any{}
	for _, c := range list {
		m[c.Name] = c.Value
	}
	return m
}

func reasonOf(r Released, name string) Reason {
	for _, w := range r.Withheld {
		if w.Claim == name {
			return w.Reason
		}
	}
	return ""
}

func TestScopeAsksForItsClaimsOnly(t *testing.T) {
	t.Parallel()
	profile := []string{"name", "given_name", "middle_name", "family_name", "suffix", "birthdate", "gender"}
	email := []string{"email", "email_verified"}
	phone := []string{"phone_number", "phone_number_verified"}
	identifier := []string{"hl7_identifier", "hl7_person_identifier"}
	everything := slices.Concat(profile, []string{"address"}, phone, email, identifier)
	for _, tt := range []struct {
		name   string
		scopes []string
		want   []string
		info   []string // what UserInfo has besides
	}{
		{"none", nil, []string{}, nil},
		{"openid", []string{"openid"}, []string{}, nil},
		{"unknown", []string{"fhirUser", "launch/patient", "PROFILE", "ssn_last4"}, []string{}, nil},
		{"profile", []string{"openid", "profile"}, profile, []string{"name_historical"}},
		{"email", []string{"email"}, email, nil},
		{"phone", []string{"phone"}, phone, []string{"phone_number_historical"}},
		{"address", []string{"address"}, []string{"address"}, []string{"address_historical"}},
		{"identifier", []string{"hl7_identifier"}, identifier, nil},
		{"several, in their own order", []string{"email", "profile"}, slices.Concat(profile, email), []string{"name_historical"}},
		{"udap is all", []string{"openid", "udap"}, everything, []string{"name_historical", "address_historical", "phone_number_historical"}},
		{"udap and parts", []string{"openid", "udap", "email"}, everything, []string{"name_historical", "address_historical", "phone_number_historical"}},
		{"verified set", []string{"openid", "email", "identity_assurance"}, slices.Concat(email, []string{"verified_claims"}), []string{"-verified_claims"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := proofed(idp.IDIAL1_8)
			in.Scopes = tt.scopes
			r := Release(in)
			if got := namesOf(r.IDToken); !slices.Equal(got, tt.want) {
				t.Errorf("ID Token\ngot  %v\nwant %v", got, tt.want)
			}
			want := slices.Sorted(slices.Values(slices.Concat(tt.want, tt.info)))
			want = slices.DeleteFunc(want, func(n string) bool { return n == "verified_claims" || n == "-verified_claims" })
			if got := slices.Sorted(slices.Values(namesOf(r.UserInfo))); !slices.Equal(got, want) {
				t.Errorf("UserInfo\ngot  %v\nwant %v", got, want)
			}
		})
	}
}

func TestValuesAreThoseOfTheRecord(t *testing.T) {
	t.Parallel()
	in := jane()
	got, err := json.Marshal(asMap(Release(in).IDToken))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":{"formatted":"1234 Main St\nApt 5\nLos Angeles, CA 90210\nUS","street_address":"1234 Main St\nApt 5",` +
		`"locality":"Los Angeles","region":"CA","postal_code":"90210","country":"US"},"birthdate":"1979-01-01",` +
		`"email":"jane@example.org","email_verified":true,"family_name":"Doe","gender":"female","given_name":"Jane",` +
		`"hl7_identifier":"` + in.Identifier + `","hl7_person_identifier":"` + in.Identifier + `",` +
		`"middle_name":"Q","name":"Jane Q Doe Jr","phone_number":"+15557771234","phone_number_verified":true,"suffix":"Jr"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
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
		in := jane()
		in.Person.Sex = tt.sex
		if got := valueOf(Release(in).IDToken, "gender"); got != tt.want {
			t.Errorf("sex %q: gender %v, want %v", tt.sex, got, tt.want)
		}
	}
}

func TestContactsAreVerifiedFromIDIAL1_5(t *testing.T) {
	t.Parallel()
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		in := jane()
		in.Person.Level = level
		want := slices.Contains([]idp.Level{idp.IDIAL1_5, idp.IDIAL1_6, idp.IDIAL1_8, idp.IDIAL2}, level)
		for _, name := range []string{"email_verified", "phone_number_verified"} {
			if got := valueOf(Release(in).IDToken, name); got != want {
				t.Errorf("%s: %s is %v, want %v", level, name, got, want)
			}
		}
	}
	// That the evidence does not contradict her shows no control.
	in := jane().change(idp.AttributeEmail, func(a *idp.Attribute) { a.Status = idp.Consistent })
	if got := valueOf(Release(in).IDToken, "email_verified"); got != false {
		t.Errorf("a consistent address: email_verified %v", got)
	}
}

func TestDigitalIdentifierIsReleasedFromIDIAL1_8(t *testing.T) {
	t.Parallel()
	for _, level := range append([]idp.Level{idp.Unverified, "idial9", "IDIAL2"}, idp.Levels...) {
		in := jane()
		in.Person.Level = level
		var want any
		if level == idp.IDIAL1_8 || level == idp.IDIAL2 {
			want = in.Identifier
		}
		r := Release(in)
		for _, name := range []string{"hl7_identifier", "hl7_person_identifier"} {
			if got := valueOf(r.IDToken, name); got != want {
				t.Errorf("%q: %s is %v, want %v", level, name, got, want)
			}
		}
		if SharesIdentifier(in) != (want != nil) {
			t.Errorf("%q: SharesIdentifier is %v", level, SharesIdentifier(in))
		}
	}
}

// TestR8_IdentifierGoesToTrustedOrganisationsOnly: R8: whatever the person agrees to, and however it is asked for.
func TestR8_IdentifierGoesToTrustedOrganisationsOnly(t *testing.T) {
	t.Parallel()
	in := proofed(idp.IDIAL2)
	in.Healthcare = false
	in.Scopes = []string{"openid", "udap", "hl7_identifier", "identity_assurance"}
	in.Asked = parameter(t, `{"id_token":{"hl7_identifier":{"essential":true},"verified_claims":{"verification":{"trust_framework":null},"claims":{"hl7_identifier":null,"given_name":null}}}}`)
	r := Release(in)
	if data := fmt.Sprint(r.IDToken, r.UserInfo, r.Shown()); strings.Contains(data, in.Identifier) || SharesIdentifier(in) {
		t.Errorf("the identifier went to an untrusted client: %s", data)
	}
	if got := reasonOf(r, "hl7_identifier"); got != NotTrusted {
		t.Errorf("reason %q", got)
	}
	// A trusted one that no scope was granted to has not been promised it either.
	in.Healthcare, in.Scopes = true, []string{"openid", "profile"}
	if SharesIdentifier(in) {
		t.Error("the claims parameter alone released the identifier")
	}
}

func TestNothingOfAnAccountThatIsNotInUse(t *testing.T) {
	t.Parallel()
	for _, state := range []idp.PersonState{idp.PersonMerged, idp.PersonClosed, idp.PersonSuspended} {
		in := proofed(idp.IDIAL1_8)
		in.Person.State = state
		r := Release(in)
		if r.Refusal == nil || r.Refusal.Code != "access_denied" || len(r.IDToken)+len(r.UserInfo) > 0 || SharesIdentifier(in) {
			t.Errorf("%s: %+v", state, r)
		}
	}
}

func TestACRIsTheLevelOnRecord(t *testing.T) {
	t.Parallel()
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		for _, scopes := range [][]string{{"openid"}, {"openid", "udap"}} {
			in := jane()
			in.Person.Level, in.Scopes = level, scopes
			if got, want := Release(in).ACR, assurance.ACR(level); got != want {
				t.Errorf("%q with %v: acr %q, want %q", level, scopes, got, want)
			}
		}
	}
}

// TestExpiredProofingAssertsNothing: no acr above ial1, no verified_claims, no identifier, whatever it is that ended.
func TestExpiredProofingAssertsNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*Request){
		"the record ran out": func(in *Request) { in.Person.ExpiresAt = testNow },
		"the event ran out":  func(in *Request) { in.Proofing.ExpiresAt = testNow },
		"revoked":            func(in *Request) { in.Proofing.Status = idp.ProofingRevoked },
		"repudiated":         func(in *Request) { in.Proofing.Status = idp.ProofingRepudiated },
		"waits for a letter": func(in *Request) { in.Proofing.Status = idp.ProofingPendingNotification },
		"lost":               func(in *Request) { in.Proofing = nil },
		"another person's":   func(in *Request) { in.Proofing.PersonID = idp.NewID() },
		"another event":      func(in *Request) { in.Proofing.ID = idp.NewID() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := proofed(idp.IDIAL2)
			in.AssertIAL2 = true
			in.Scopes = append(in.Scopes, "identity_assurance")
			end(&in)
			r := Release(in)
			if r.ACR != "http://udap.org/code/id/ial1" || r.IAL != "" || r.Number != 0 || r.Level != idp.Unverified || !r.VerifiedAt.IsZero() {
				t.Errorf("acr %q, ial %q, number %d, level %q", r.ACR, r.IAL, r.Number, r.Level)
			}
			for _, claim := range []string{"hl7_identifier", "verified_claims"} {
				if valueOf(r.IDToken, claim) != nil || reasonOf(r, claim) != Expired {
					t.Errorf("%s: %v, reason %q", claim, valueOf(r.IDToken, claim), reasonOf(r, claim))
				}
			}
			if valueOf(r.IDToken, "email_verified") != false || valueOf(r.IDToken, "name") == nil {
				t.Errorf("claims %v", r.IDToken)
			}
			in.Profile = ProfileCMS
			if r := Release(in); r.Refusal == nil || len(r.IDToken) > 0 {
				t.Error("a network got a token")
			}
		})
	}
}

// TestR15_AttributeBelowTheLevelIsLeftOut: R15: with an asserted level, each attribute is worth it.
func TestR15_AttributeBelowTheLevelIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind   idp.AttributeKind
		claims []string
	}{
		{idp.AttributeAddress, []string{"address", "address_historical"}},
		{idp.AttributeEmail, []string{"email", "email_verified"}},
		{idp.AttributePhone, []string{"phone_number", "phone_number_verified", "phone_number_historical"}},
		{idp.AttributeSex, []string{"gender"}},
	} {
		for name, worse := range map[string]func(*idp.Attribute){
			"self-asserted": selfAsserted,
			"at a lower level, by a correction of this event": func(a *idp.Attribute) { a.Level = idp.IDIAL1_6 },
			"by an event that nobody knows":                   func(a *idp.Attribute) { a.ProofingID = idp.NewID() },
		} {
			t.Run(string(tt.kind)+" "+name, func(t *testing.T) {
				t.Parallel()
				r := Release(proofed(idp.IDIAL1_8).change(tt.kind, worse))
				if r.ACR != "http://udap.org/code/id/idial1.8" || valueOf(r.IDToken, "hl7_identifier") == nil {
					t.Errorf("acr %q: the level of the rest suffers", r.ACR)
				}
				for _, claim := range tt.claims {
					if valueOf(r.UserInfo, claim) != nil || valueOf(r.IDToken, claim) != nil || reasonOf(r, claim) != BelowLevel {
						t.Errorf("%s: %v, reason %q", claim, valueOf(r.UserInfo, claim), reasonOf(r, claim))
					}
				}
			})
		}
	}
}

// TestR16_NameAndBirthdateLowerTheLevel: R16: acr is the minimum of the demographics.
func TestR16_NameAndBirthdateLowerTheLevel(t *testing.T) {
	t.Parallel()
	for _, kind := range []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate} {
		r := Release(proofed(idp.IDIAL1_8).change(kind, func(a *idp.Attribute) { a.Level = idp.IDIAL1_5 }))
		if r.ACR != "http://udap.org/code/id/idial1.5" || reasonOf(r, "hl7_identifier") != TooLow || valueOf(r.IDToken, "birthdate") == nil {
			t.Errorf("%s at IDIAL1.5: acr %q, %v", kind, r.ACR, r.IDToken)
		}
		r = Release(proofed(idp.IDIAL1_8).change(kind, selfAsserted))
		if r.ACR != "http://udap.org/code/id/ial1" || r.Number != 0 || r.IAL != "" {
			t.Errorf("%s self-asserted: acr %q, number %d", kind, r.ACR, r.Number)
		}
		if valueOf(r.IDToken, "email_verified") != true {
			t.Errorf("%s self-asserted: the e-mail address is still hers", kind)
		}
	}
}

// TestSupersededEventCountsForWhatItVerified: an older address that an earlier event verified, until that would have ended.
func TestSupersededEventCountsForWhatItVerified(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*idp.Proofing)
		want   bool
	}{
		{"superseded", func(*idp.Proofing) {}, true},
		{"at a lower level", func(e *idp.Proofing) { e.Achieved = idp.IDIAL1_6 }, false},
		{"lowered", func(e *idp.Proofing) { e.LoweredTo = idp.IDIAL1_6 }, false},
		{"revoked", func(e *idp.Proofing) { e.Status = idp.ProofingRevoked }, false},
		{"repudiated", func(e *idp.Proofing) { e.Status = idp.ProofingRepudiated }, false},
		{"ran out", func(e *idp.Proofing) { e.ExpiresAt = testNow }, false},
		{"another person's", func(e *idp.Proofing) { e.PersonID = idp.NewID() }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := proofed(idp.IDIAL1_8)
			earlier := idp.Proofing{ID: idp.NewID(), PersonID: in.Person.ID, Status: idp.ProofingSuperseded, Achieved: idp.IDIAL1_8, ExpiresAt: testNow.AddDate(1, 0, 0)}
			tt.change(&earlier)
			in.Earlier = []idp.Proofing{earlier}
			in = in.change(idp.AttributeAddress, func(a *idp.Attribute) {
				if !a.IsCurrent() {
					a.ProofingID = earlier.ID
				}
			})
			if got := valueOf(Release(in).UserInfo, "address_historical") != nil; got != tt.want {
				t.Errorf("address_historical there: %v, want %v", got, tt.want)
			}
		})
	}
}

// TestEnoughForAMatch: HL7 Identity Matching IG 2.0.0: weight 10 where records go to a patient.
func TestEnoughForAMatch(t *testing.T) {
	t.Parallel()
	if got := Release(jane()).MatchWeight; got != 10 {
		t.Errorf("weight %d, want 10", got)
	}
	// Without two of address, phone and e-mail an identifier does not make up for it: 3 + 2 + 4.
	in := jane()
	in.Person.Phone, in.Person.Email, in.Person.Address = "", "", idp.Address{}
	if got := Release(in).MatchWeight; got != 9 {
		t.Errorf("name, birthdate and identifier: weight %d, want 9", got)
	}
}

func TestFormerValuesAreListedOnce(t *testing.T) {
	t.Parallel()
	in := proofed(idp.IDIAL1_8)
	p := &in.Person
	p.Attributes = append(p.Attributes, p.Attributes[len(p.Attributes)-3:]...) // once more
	again, _ := idp.Current(p.Attributes, idp.AttributePhone)
	again.ValidTo = "2019-01-01" // was so before, and is so again
	p.Attributes = append(p.Attributes, again)
	for i := range 30 {
		a := again
		a.Text = fmt.Sprintf("+1555888%04d", i)
		p.Attributes = append(p.Attributes, a)
	}
	r := Release(in)
	if got, want := valueOf(r.UserInfo, "name_historical"), []Name{{"Jane", "", "Roe", "Jane Roe"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	phones, _ := valueOf(r.UserInfo, "phone_number_historical").([]string)
	if len(phones) != maxHistorical || phones[0] != "+15558880029" || slices.Contains(phones, again.Text) {
		t.Errorf("phones %v", phones)
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

// TestEveryReasonHasWords: and every claim is either released or has one.
func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	for _, profile := range Profiles {
		in := proofed(idp.IDIAL2)
		in.Profile, in.AssertIAL2 = profile, true
		r := Release(in)
		told := append(namesOf(r.IDToken), namesOf(r.UserInfo)...)
		for _, w := range r.Withheld {
			if w.Words == "" {
				t.Errorf("%s: the reason %s has no words", w.Claim, w.Reason)
			}
			if slices.Contains(told, w.Claim) {
				t.Errorf("%s: %s is released and withheld", profile, w.Claim)
			}
			told = append(told, w.Claim)
		}
		for _, name := range Names() {
			inside := profile == ProfileUnified && name == "sex_legal"
			if !slices.Contains(told, name) && !inside {
				t.Errorf("%s: nothing is said of %s", profile, name)
			}
		}
	}
}
