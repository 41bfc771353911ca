package claims

import (
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func parameter(t testing.TB, text string) Parameter {
	t.Helper()
	p, err := ParseParameter(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestParameterIsReadStrictly(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 40) + "null" + strings.Repeat("}", 40)
	for _, tt := range []struct{ name, text, want string }{
		{"not JSON", `sub`, "is not a claims request in JSON"},
		{"a list", `[]`, "is not a claims request in JSON"},
		{"null", `null`, "is not a claims request in JSON"},
		{"half", `{"id_token":{`, "is not a claims request in JSON"},
		{"two documents", `{} {}`, "is not a claims request in JSON"},
		{"too long", `{"x":"` + strings.Repeat("y", maxParameter) + `"}`, "is longer than 8192 bytes"},
		{"too deep", `{"id_token":` + deep + `}`, "is nested deeper than 16 levels"},
		{"too many", `{"x":[` + strings.Repeat("0,", maxMembers) + `0]}`, "has more than 500 members"},
		{"a member twice", `{"id_token":{"email":null,"email":null}}`, "has a member twice"},
		{"a place that is a text", `{"id_token":"email"}`, "has a member id_token that is not an object"},
		{"a claim that is a text", `{"userinfo":{"email":"x"}}`, "has a member of userinfo that is neither null nor an object"},
		{"essential", `{"id_token":{"email":{"essential":"yes"}}}`, "has a member of id_token whose essential is not true or false"},
		{"values", `{"id_token":{"acr":{"values":"phr"}}}`, "has a member of id_token whose values are not a list"},
		{"no values", `{"id_token":{"acr":{"values":[]}}}`, "has a member of id_token whose values are not a list"},
		{"verified null", `{"id_token":{"verified_claims":null}}`, "has a member id_token.verified_claims without verification and claims"},
		{"verified empty", `{"id_token":{"verified_claims":[]}}`, "has a member id_token.verified_claims that is an empty list"},
		{"no claims", `{"id_token":{"verified_claims":{"verification":{"trust_framework":null},"claims":{}}}}`, "has a member id_token.verified_claims without verification and claims"},
		{"no verification", `{"id_token":{"verified_claims":[{"claims":{"email":null}}]}}`, "has a member id_token.verified_claims without verification and claims"},
		{"max_age", `{"id_token":{"verified_claims":{"verification":{"time":{"max_age":-1}},"claims":{"email":null}}}}`, "has a member id_token.verified_claims whose max_age is not a whole number of seconds"},
		{"a filter", `{"id_token":{"verified_claims":{"verification":{"evidence":["x"]},"claims":{"email":null}}}}`, "has a member id_token.verified_claims with a filter that is not an object"},
		{"a field", `{"id_token":{"verified_claims":{"verification":{"time":"x"},"claims":{"email":null}}}}`, "has a member id_token.verified_claims with a member that is neither null nor an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ParseParameter(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestParameterOfTheSpecificationsIsTaken: OIDC Core §5.5, with claims in a language and claims that nobody knows, and
// OpenID Connect for Identity Assurance §6.
func TestParameterOfTheSpecificationsIsTaken(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"userinfo":{"given_name":{"essential":true},"nickname":null,"email":{"essential":true},"email_verified":{"essential":true},"picture":null,"http://example.info/claims/groups":null},"id_token":{"auth_time":{"essential":true},"acr":{"values":["urn:mace:incommon:iap:silver"]}}}`,
		`{"id_token":null,"userinfo":{"name#ja":null,"email":{"unknown":[1,{"x":2}]}},"transient":{"x":[]}}`,
		`{"userinfo":{"verified_claims":{"verification":{"trust_framework":{"value":"nist_800_63A"},"time":{"max_age":63113852},"evidence":[{"type":{"value":"document"},"check_details":[{"check_method":null}],"document_details":{"type":{"values":["idcard","passport"]}}}]},"claims":{"given_name":null,"family_name":{"essential":true},"birthdate":null}}}}`,
	} {
		p := parameter(t, text)
		if again := parameter(t, p.String()); again.String() != p.String() {
			t.Errorf("%s reads as %s", p, again)
		}
	}
}

func TestACRValuesJoinTheParameter(t *testing.T) {
	t.Parallel()
	p := parameter(t, `{"id_token":{"email":null},"userinfo":{"name":null}}`).WithACRValues([]string{"phr"})
	if p.String() != `{"id_token":{"acr":{"values":["phr"]},"email":null},"userinfo":{"name":null}}` {
		t.Errorf("%s", p)
	}
	if own := parameter(t, `{"id_token":{"acr":{"value":"x"}}}`); own.WithACRValues([]string{"phr"}).String() != own.String() {
		t.Error("acr_values took the place of the claims parameter")
	}
	if (Parameter{}).WithACRValues(nil).String() != "" {
		t.Error("nothing became something")
	}
}

// TestACRIsTheFirstValueThatIsMet: and towards a UDAP client the level of the identity, unless it calls others essential.
func TestACRIsTheFirstValueThatIsMet(t *testing.T) {
	t.Parallel()
	const aal2, idial18 = "http://idmanagement.gov/ns/assurance/aal/2", "http://udap.org/code/id/idial1.8"
	for _, tt := range []struct {
		name    string
		profile Profile
		asked   string
		amr     []string
		want    string // "" for a refusal
	}{
		{"none", ProfileOIDC, ``, testAMR, idial18},
		{"first met", ProfileOIDC, `{"id_token":{"acr":{"values":["urn:acr.login.gov:verified","phrh","` + aal2 + `","phr"]}}}`, testAMR, aal2},
		{"one value", ProfileOIDC, `{"id_token":{"acr":{"value":"phr"}}}`, testAMR, "phr"},
		{"a lower level is met", ProfileOIDC, `{"id_token":{"acr":{"values":["http://udap.org/code/id/ial2","http://udap.org/code/id/idial1.5"]}}}`, testAMR, "http://udap.org/code/id/idial1.5"},
		{"none met", ProfileOIDC, `{"id_token":{"acr":{"values":["http://udap.org/code/id/ial2"]}}}`, testAMR, idial18},
		{"UDAP says the identity", ProfileUDAP, `{"id_token":{"acr":{"values":["phr"]}}}`, testAMR, idial18},
		{"UDAP, essential", ProfileUDAP, `{"id_token":{"acr":{"essential":true,"values":["phrh","phr"]}}}`, testAMR, "phr"},
		{"essential and unmet", ProfileUDAP, `{"id_token":{"acr":{"essential":true,"values":["http://udap.org/code/id/ial2"]}}}`, testAMR, ""},
		{"a passkey without user verification", ProfileOIDC, `{"id_token":{"acr":{"essential":true,"values":["phr","` + aal2 + `"]}}}`, []string{"pop", "user"}, ""},
		{"and what it does meet", ProfileOIDC, `{"id_token":{"acr":{"values":["http://idmanagement.gov/ns/assurance/aal/1"]}}}`, []string{"pop", "user"}, "http://idmanagement.gov/ns/assurance/aal/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := proofed(idp.IDIAL1_8)
			in.Profile, in.Asked, in.AMR = tt.profile, parameter(t, tt.asked), tt.amr
			r := Release(in)
			if tt.want == "" {
				if r.Refusal == nil || r.Refusal.Code != "unmet_authentication_requirements" || len(r.IDToken) > 0 {
					t.Errorf("refusal %v", r.Refusal)
				}
				return
			}
			if r.Refusal != nil || r.ACR != tt.want {
				t.Errorf("acr %q (%v), want %q", r.ACR, r.Refusal, tt.want)
			}
		})
	}
}

// TestClaimsParameterAsksOneByOne: OIDC Core §5.5, and a value that is not hers is left out.
func TestClaimsParameterAsksOneByOne(t *testing.T) {
	t.Parallel()
	in := proofed(idp.IDIAL1_8)
	in.Scopes = []string{"openid"}
	in.Asked = parameter(t, `{"id_token":{"email":{"value":"jane@example.org"},"phone_number":{"value":"+1"},"name_historical":null,"nickname":null},"userinfo":{"birthdate":{"values":["1979-01-01","x"]}}}`)
	r := Release(in)
	if got := strings.Join(namesOf(r.IDToken), " "); got != "email name_historical" {
		t.Errorf("ID Token %s", got)
	}
	if got := strings.Join(namesOf(r.UserInfo), " "); got != "birthdate" {
		t.Errorf("UserInfo %s", got)
	}
	if got := reasonOf(r, "phone_number"); got != NotMatching {
		t.Errorf("phone_number: %q", got)
	}
}

func FuzzParameter(f *testing.F) {
	f.Add(`{"id_token":{"acr":{"essential":true,"values":["phr"]},"email":{"value":"x"}}}`)
	f.Add(`{"userinfo":{"verified_claims":[{"verification":{"trust_framework":{"value":"nist_800_63A"},"evidence":[{"type":{"value":"document"}}]},"claims":{"address":{"value":{"region":"CA"}}}}]}}`)
	in := networked(ProfileUDAP)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseParameter(text)
		if err != nil {
			return
		}
		if again, err := ParseParameter(p.String()); err != nil || again.String() != p.String() {
			t.Fatalf("%q reads as %q: %v", p, again, err)
		}
		in := in
		in.Asked = p
		in.Healthcare = false
		if r := Release(in); valueOf(r.IDToken, "hl7_identifier") != nil {
			t.Fatalf("%q released the identifier", text)
		}
	})
}
