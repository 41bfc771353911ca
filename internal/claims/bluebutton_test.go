package claims

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// blueButton is what a consumer of CMS-aligned networks was seen to enforce on the ID Token of a credential service provider
// (CMS Blue Button 2.0, 2026). It is written from its rules alone and uses nothing of ours.
func blueButton(header map[string]any, payload []byte, now time.Time) error {
	if header["alg"] != "RS256" || header["typ"] != "JWT" {
		return fmt.Errorf("alg %v, typ %v", header["alg"], header["typ"])
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(payload, &raw); err != nil {
		return err
	}
	for _, name := range []string{"iss", "sub", "aud", "jti", "exp", "iat", "identity_assurance_level", "auth_time", "family_name", "given_name", "birthdate"} {
		if _, there := raw[name]; !there {
			return fmt.Errorf("no %s", name)
		}
	}
	numbers := map[string]float64{}
	for _, name := range []string{"iat", "auth_time", "exp", "identity_assurance_level"} {
		var n float64
		if err := json.Unmarshal(raw[name], &n); err != nil {
			return fmt.Errorf("%s is no number", name)
		}
		numbers[name] = n
	}
	if numbers["identity_assurance_level"] < 2 {
		return errors.New("identity_assurance_level below 2")
	}
	at := float64(now.Unix())
	for _, name := range []string{"iat", "auth_time"} {
		if at-numbers[name] > 300 || numbers[name] > at {
			return fmt.Errorf("%s %v at %v", name, numbers[name], at)
		}
	}
	if numbers["exp"] <= at || numbers["exp"] > numbers["iat"]+300 {
		return errors.New("exp")
	}
	texts := map[string]string{}
	for _, name := range []string{"family_name", "given_name", "birthdate"} {
		var s string
		if err := json.Unmarshal(raw[name], &s); err != nil || s == "" {
			return fmt.Errorf("%s is no text", name)
		}
		texts[name] = s
	}
	for _, name := range []string{"family_name", "given_name"} {
		for _, c := range texts[name] {
			if c > 0x17f {
				return fmt.Errorf("%s has U+%04X", name, c)
			}
		}
	}
	if _, err := time.Parse("2006-01-02", texts["birthdate"]); err != nil {
		return err
	}
	return nil
}

// networkToken puts a release into the rest of a token, as the provider does.
func networkToken(t *testing.T, r Released, now, authTime time.Time) map[string]any {
	t.Helper()
	payload := asMap(r.IDToken)
	maps.Copy(payload, map[string]any{
		"iss": "https://idp.example", "sub": idp.NewUUIDv4(), "aud": "https://app.example", "jti": idp.NewUUIDv4(),
		"iat": now.Unix(), "exp": now.Unix() + 300, "auth_time": authTime.Unix(), "identity_assurance_level": r.Number,
	})
	return payload
}

// TestCMSTokenPassesBlueButton: and each single violation fails, so that the checker is known to look.
func TestCMSTokenPassesBlueButton(t *testing.T) {
	t.Parallel()
	in := networked(ProfileCMS)
	r := Release(in)
	if r.Refusal != nil {
		t.Fatal(r.Refusal.Description)
	}
	header := map[string]any{"alg": "RS256", "typ": "JWT"}
	check := func(header, payload map[string]any) error {
		data, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		return blueButton(header, data, testNow)
	}
	good := networkToken(t, r, testNow, in.AuthTime)
	if err := check(header, good); err != nil {
		t.Fatalf("the token is refused: %v", err)
	}
	at := testNow.Unix()
	for name, values := range map[string][]any{
		"identity_assurance_level": {0, 1, 1.9, "2", "ial2", nil, true}, "auth_time": {at - 301, at + 1, "now", nil}, "iat": {at - 301, at + 1, "now", nil},
		"exp": {at, at - 1, at + 301, "later", nil}, "given_name": {"Łucja\u0180", "王", "", 7, nil, []string{"Jane"}},
		"family_name": {"Doe\u0180", "Иванова", "", 7, nil}, "birthdate": {"Unknown", "1979", "1979-13-01", "01/31/1979", "", 19790131, nil},
	} {
		for _, value := range values {
			bad := maps.Clone(good)
			bad[name] = value
			if check(header, bad) == nil {
				t.Errorf("%s = %v passes", name, value)
			}
		}
	}
	for _, name := range []string{"iss", "sub", "aud", "jti", "exp", "iat", "identity_assurance_level", "auth_time", "family_name", "given_name", "birthdate"} {
		bad := maps.Clone(good)
		delete(bad, name)
		if check(header, bad) == nil {
			t.Errorf("a token without %s passes", name)
		}
	}
	for _, other := range []map[string]any{{"alg": "ES256", "typ": "JWT"}, {"alg": "none", "typ": "JWT"}, {"alg": "RS256"}, {"alg": "RS256", "typ": "jwt"}, {}} {
		if check(other, good) == nil {
			t.Errorf("the header %v passes", other)
		}
	}
}

func TestCMSPayloadHasItsOwnWords(t *testing.T) {
	t.Parallel()
	in := networked(ProfileCMS)
	got, err := json.Marshal(asMap(Release(in).IDToken))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":{"formatted":"1234 Main St\nApt 5\nLos Angeles, CA 90210\nUS","street_address":"1234 Main St\nApt 5","locality":"Los Angeles","region":"CA","postal_code":"90210","country":"US"},` +
		`"address_historical":[{"address_line1":"9 Old Rd","locality":"Reno","region":"NV","postal_code":"89501","country":"US","full_address":"9 Old Rd\nReno, NV 89501\nUS"}],` +
		`"address_line1":"1234 Main St","address_line2":"Apt 5","birthdate":"1979-01-01","country":"US","email":"jane@example.org","email_verified":true,"family_name":"Doe",` +
		`"full_address":"1234 Main St\nApt 5\nLos Angeles, CA 90210\nUS","gender":"female","given_name":"Jane",` +
		`"historical_address":[{"formatted":"9 Old Rd\nReno, NV 89501\nUS","street_address":"9 Old Rd","locality":"Reno","region":"NV","postal_code":"89501","country":"US"}],` +
		`"hl7_identifier":"` + in.Identifier + `","hl7_person_identifier":"` + in.Identifier + `","last_name":"Doe","locality":"Los Angeles","middle_name":"Q","name":"Jane Q Doe Jr","name_full":"Jane Q Doe Jr",` +
		`"name_historical":[{"given_name":"Jane","last_name":"Roe","name_full":"Jane Roe"}],"phone_number":"+15557771234","phone_number_historical":["+15557770000"],"phone_number_verified":true,` +
		`"postal_code":"90210","region":"CA","suffix":"Jr","token_policy":{"trust_framework":"nist_800_63a","assurance_level":"ial2"},"uuid":"` + in.UUID + `"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTEFCAPayloadHasItsOwnWords(t *testing.T) {
	t.Parallel()
	r := Release(networked(ProfileTEFCA))
	data, _ := json.Marshal(asMap(r.IDToken))
	for _, want := range []string{`"region":"CA","regionality":"CA"`, `"address_historical":[{`, `"historical_address":[{`, `"phone_number_historical":["+15557770000"]`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in %s", want, data)
		}
	}
	for _, name := range []string{"uuid", "token_policy", "last_name", "address_line1", "name_historical"} {
		if valueOf(r.IDToken, name) != nil {
			t.Errorf("%s is there", name)
		}
	}
}

func TestUnifiedPayloadIsInsideOfVerifiedClaims(t *testing.T) {
	t.Parallel()
	in := networked(ProfileUnified)
	in.Healthcare = false
	data, _ := json.Marshal(asMap(Release(in).IDToken))
	want := `{"uuid":"` + in.UUID + `","verified_claims":{"verification":{"assurance_level":"ial2","trust_framework":"nist_800_63A"},"claims":{` +
		`"address":{"formatted":"1234 Main St\nApt 5\nLos Angeles, CA 90210\nUS","street_address":"1234 Main St\nApt 5","locality":"Los Angeles","region":"CA","postal_code":"90210","country":"US"},` +
		`"address_historical":[{"formatted":"9 Old Rd\nReno, NV 89501\nUS","street_address":"9 Old Rd","locality":"Reno","region":"NV","postal_code":"89501","country":"US"}],` +
		`"birthdate":"1979-01-01","email":"jane@example.org","family_name":"Doe","given_name":"Jane","middle_name":"Q","name_historical":[{"given_name":"Jane","last_name":"Roe","name_full":"Jane Roe"}],` +
		`"phone_number":"+15557771234","phone_number_historical":["+15557770000"],"sex_legal":"female"}}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
}

// TestNetworkProfileRefusesInsteadOfSayingLess: no token with a lower number, with an older sign-in, or without what its
// readers need.
func TestNetworkProfileRefusesInsteadOfSayingLess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Request)
		code   string // "" for a token
		words  string
		only   Profile
	}{
		{"good", func(*Request) {}, "", "", ""},
		{"not approved", func(in *Request) { in.AssertIAL2 = false }, UnmetRequirements, "this server is not approved", ""},
		{"IDIAL1.8", func(in *Request) { in.Person.Level = idp.IDIAL1_8 }, UnmetRequirements, "not verified at level 2", ""},
		{"event at IDIAL1.8", func(in *Request) { in.Proofing.Achieved = idp.IDIAL1_8 }, UnmetRequirements, "not verified at level 2", ""},
		{"without an event", func(in *Request) { in.Person.ProofingID = "" }, UnmetRequirements, "not verified at level 2", ""},
		{"name self-asserted", func(in *Request) { *in = in.change(idp.AttributeName, selfAsserted) }, UnmetRequirements, "not verified at level 2", ""},
		{"300 seconds", func(in *Request) { in.AuthTime = testNow.Add(-300 * time.Second) }, "", "", ""},
		{"301 seconds", func(in *Request) { in.AuthTime = testNow.Add(-301 * time.Second) }, "login_required", "a sign-in of the last 300 seconds", ""},
		{"tomorrow", func(in *Request) { in.AuthTime = testNow.Add(24 * time.Hour) }, "login_required", "a sign-in of the last 300 seconds", ""},
		{"one name", func(in *Request) {
			*in = in.change(idp.AttributeName, func(a *idp.Attribute) { a.Name = &idp.HumanName{Family: "Doe"} })
		}, UnmetRequirements, "needs given_name", ""},
		{"no birthdate", func(in *Request) {
			*in = in.change(idp.AttributeBirthdate, func(a *idp.Attribute) { a.ValidTo = "2000-01-01" })
		}, UnmetRequirements, "needs birthdate", ""},
		{"last letter", func(in *Request) {
			*in = in.change(idp.AttributeName, func(a *idp.Attribute) { a.Name = &idp.HumanName{Given: "Ð\u017f", Family: "Doe"} })
		}, "", "", ""},
		{"first letter after it", func(in *Request) {
			*in = in.change(idp.AttributeName, func(a *idp.Attribute) { a.Name = &idp.HumanName{Given: "\u0180", Family: "Doe"} })
		}, UnmetRequirements, "given_name has another", ProfileCMS},
		{"another script", func(in *Request) {
			*in = in.change(idp.AttributeName, func(a *idp.Attribute) { a.Name = &idp.HumanName{Given: "Jane", Family: "Ду"} })
		}, UnmetRequirements, "family_name has another", ProfileCMS},
		{"no contact", func(in *Request) {
			*in = in.change(idp.AttributePhone, selfAsserted).change(idp.AttributeEmail, selfAsserted).change(idp.AttributeAddress, selfAsserted)
		}, "", "", ""},
	} {
		for _, profile := range []Profile{ProfileCMS, ProfileTEFCA, ProfileUnified} {
			t.Run(string(profile)+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				in := networked(profile)
				tt.change(&in)
				r := Release(in)
				if tt.code == "" || tt.only != "" && tt.only != profile {
					if r.Refusal != nil || len(r.IDToken) == 0 || r.Number != 2 || r.ACR != "http://udap.org/code/id/ial2" {
						t.Errorf("%v, number %d, acr %s", r.Refusal, r.Number, r.ACR)
					}
					return
				}
				if r.Refusal == nil || r.Refusal.Code != tt.code || !strings.Contains(r.Refusal.Description, tt.words) || len(r.IDToken)+len(r.UserInfo) > 0 {
					t.Errorf("%+v", r.Refusal)
				}
				if r.Refusal != nil && r.Refusal.Again != (tt.code == "login_required") {
					t.Errorf("another sign-in would help: %v", r.Refusal.Again)
				}
			})
		}
	}
}

// TestLevel2IsSaidByApprovedDeploymentsOnly: the number and ial, which networks read as an accredited provider's word.
func TestLevel2IsSaidByApprovedDeploymentsOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		approved bool
		change   func(*Request)
		number   int
		ial, acr string
	}{
		{"approved", true, func(*Request) {}, 2, "http://idmanagement.gov/ns/assurance/ial/2", "http://udap.org/code/id/ial2"},
		{"not approved", false, func(*Request) {}, 1, "http://idmanagement.gov/ns/assurance/ial/1", "http://udap.org/code/id/ial2"},
		{"no event on record", true, func(in *Request) { in.Person.ProofingID = "" }, 1, "http://idmanagement.gov/ns/assurance/ial/1", "http://udap.org/code/id/ial2"},
		{"lowered", true, func(in *Request) { in.Proofing.LoweredTo = idp.IDIAL1_8 }, 1, "http://idmanagement.gov/ns/assurance/ial/1", "http://udap.org/code/id/idial1.8"},
	} {
		in := networked(ProfileUDAP)
		in.AssertIAL2 = tt.approved
		tt.change(&in)
		if tt.name == "no event on record" {
			for i := range in.Person.Attributes {
				in.Person.Attributes[i].ProofingID = ""
			}
		}
		if r := Release(in); r.Number != tt.number || r.IAL != tt.ial || r.ACR != tt.acr {
			t.Errorf("%s: %d %s %s", tt.name, r.Number, r.IAL, r.ACR)
		}
	}
}

func TestProfilesAreParsed(t *testing.T) {
	t.Parallel()
	for _, p := range Profiles {
		if got, err := ParseProfile(string(p)); got != p || err != nil {
			t.Errorf("%s: %s, %v", p, got, err)
		}
	}
	if got, err := ParseProfile(""); got != ProfileUDAP || err != nil {
		t.Errorf("none: %s, %v", got, err)
	}
	if _, err := ParseProfile("CMS_CAN"); err == nil {
		t.Error("CMS_CAN is taken")
	}
}
