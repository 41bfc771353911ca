package claims

import (
	"encoding/json"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func verifiedJSON(t *testing.T, in Request, place where) string {
	t.Helper()
	r := Release(in)
	list := r.IDToken
	if place == inUserInfo {
		list = r.UserInfo
	}
	value := valueOf(list, "verified_claims")
	if value == nil {
		return ""
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestVerifiedClaimsOfTheScope(t *testing.T) {
	t.Parallel()
	in := proofed(idp.IDIAL1_8)
	in.Scopes = []string{"openid", "profile", "email", "identity_assurance"}
	want := `{"verification":{"assurance_level":"idial1.8","time":"2026-05-01T14:29:00Z","trust_framework":"http://hl7.org/fhir/us/identity-matching",` +
		`"verification_process":"` + in.Proofing.VerificationProcess + `"},` +
		`"claims":{"birthdate":"1979-01-01","email":"jane@example.org","family_name":"Doe","given_name":"Jane","middle_name":"Q"}}`
	if got := verifiedJSON(t, in, inIDToken); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := verifiedJSON(t, in, inUserInfo); got != "" {
		t.Errorf("UserInfo has it unasked: %s", got)
	}
}

// TestVerifiedClaimsAreWhatTheEventVerified: not what is consistent with it, nor what another event verified, nor what was
// recorded without one.
func TestVerifiedClaimsAreWhatTheEventVerified(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*idp.Attribute){
		"consistent":      func(a *idp.Attribute) { a.Status = idp.Consistent },
		"self-asserted":   selfAsserted,
		"outside of it":   func(a *idp.Attribute) { a.ProofingID = "" },
		"at less":         func(a *idp.Attribute) { a.Level = idp.IDIAL1_6 },
		"another's":       func(a *idp.Attribute) { a.ProofingID = idp.NewID() },
		"not so any more": func(a *idp.Attribute) { a.ValidTo = "2026-01-01" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := proofed(idp.IDIAL1_8)
			in.Scopes = append(in.Scopes, "identity_assurance")
			got := verifiedJSON(t, in.change(idp.AttributeEmail, change), inIDToken)
			if strings.Contains(got, "email") || !strings.Contains(got, "given_name") {
				t.Errorf("%s", got)
			}
		})
	}
	// A former address that an earlier event verified is released, and this event did not verify it.
	unified := networked(ProfileUnified)
	earlier := idp.Proofing{ID: idp.NewID(), PersonID: unified.Person.ID, Status: idp.ProofingSuperseded, Achieved: idp.IDIAL2}
	unified.Earlier = []idp.Proofing{earlier}
	unified = unified.change(idp.AttributeAddress, func(a *idp.Attribute) {
		if !a.IsCurrent() {
			a.ProofingID = earlier.ID
		}
	})
	if got := verifiedJSON(t, unified, inIDToken); strings.Contains(got, "address_historical") || valueOf(Release(unified).UserInfo, "address_historical") == nil {
		t.Errorf("an address of an earlier event: %s", got)
	}
	in := jane() // a level on record, and no event
	in.Scopes = append(in.Scopes, "identity_assurance")
	if r := Release(in); valueOf(r.IDToken, "verified_claims") != nil || reasonOf(r, "verified_claims") != NoEvent {
		t.Errorf("verified claims without an event, reason %q", reasonOf(r, "verified_claims"))
	}
}

func TestFrameworkOfNISTIsForApprovedDeployments(t *testing.T) {
	t.Parallel()
	in := networked(ProfileUDAP)
	in.Scopes = append(in.Scopes, "identity_assurance")
	if got := verifiedJSON(t, in, inIDToken); !strings.Contains(got, `"assurance_level":"ial2"`) || !strings.Contains(got, `"trust_framework":"nist_800_63A"`) {
		t.Errorf("approved: %s", got)
	}
	in.AssertIAL2 = false
	if got := verifiedJSON(t, in, inIDToken); !strings.Contains(got, `"assurance_level":"idial2"`) || strings.Contains(got, "nist") {
		t.Errorf("not approved: %s", got)
	}
}

// TestVerifiedClaimsRequests: OpenID Connect for Identity Assurance §6: what is asked for is told, a constraint within
// verification that is not met leaves the element out, and nothing is an error.
func TestVerifiedClaimsRequests(t *testing.T) {
	t.Parallel()
	const idi = `"trust_framework":"http://hl7.org/fhir/us/identity-matching"`
	const given = `"claims":{"given_name":"Jane"}}`
	for _, tt := range []struct{ name, request, want string }{
		{"least", `{"verification":{"trust_framework":null},"claims":{"given_name":null}}`, `{"verification":{` + idi + `},` + given},
		{"the framework is told unasked", `{"verification":{},"claims":{"given_name":null}}`, `{"verification":{` + idi + `},` + given},
		{"two fields", `{"verification":{"trust_framework":null,"time":null},"claims":{"given_name":null}}`, `{"verification":{"time":"2026-05-01T14:29:00Z",` + idi + `},` + given},
		{"unknown fields", `{"verification":{"trust_framework":null,"assurance_process":{"policy":null},"x":null},"claims":{"given_name":null}}`, `{"verification":{` + idi + `},` + given},
		{"an unknown field with a value", `{"verification":{"trust_framework":null,"assurance_process":{"policy":{"value":"x"}}},"claims":{"given_name":null}}`, ""},
		{"framework met", `{"verification":{"trust_framework":{"values":["eidas","http://hl7.org/fhir/us/identity-matching"]}},"claims":{"given_name":null}}`, `{"verification":{` + idi + `},` + given},
		{"framework unmet", `{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"given_name":null}}`, ""},
		{"framework unmet and essential", `{"verification":{"trust_framework":{"value":"eidas","essential":true}},"claims":{"given_name":{"essential":true}}}`, ""},
		{"essential alone", `{"verification":{"trust_framework":{"essential":true}},"claims":{"given_name":null}}`, `{"verification":{` + idi + `},` + given},
		{"level unmet", `{"verification":{"trust_framework":null,"assurance_level":{"value":"ial2"}},"claims":{"given_name":null}}`, ""},
		{"young enough", `{"verification":{"trust_framework":null,"time":{"max_age":63113852}},"claims":{"given_name":null}}`, `{"verification":{"time":"2026-05-01T14:29:00Z",` + idi + `},` + given},
		{"too old", `{"verification":{"trust_framework":null,"time":{"max_age":86400}},"claims":{"given_name":null}}`, ""},
		{"a constraint on an object", `{"verification":{"trust_framework":null,"evidence":{"value":"x"}},"claims":{"given_name":null}}`, ""},
		{"claim unmet", `{"verification":{"trust_framework":null},"claims":{"given_name":null,"email":{"value":"x"}}}`, `{"verification":{` + idi + `},` + given},
		{"no claim met", `{"verification":{"trust_framework":null},"claims":{"email":{"value":"x"}}}`, ""},
		{"claims that may not be there", `{"verification":{"trust_framework":null},"claims":{"given_name":null,"email_verified":null,"hl7_identifier":null,"sub":null,"uuid":null,"name_historical":null,"nationalities":null}}`, `{"verification":{` + idi + `},` + given},
		{"evidence", `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"document"},"document_details":{"type":null,"issuer":{"jurisdiction":null}}}]},"claims":{"given_name":null}}`,
			`{"verification":{"evidence":[{"document_details":{"issuer":{"jurisdiction":"CA"},"type":"driving_permit"},"type":"document"}],` + idi + `},` + given},
		{"evidence by one of two filters", `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"vouch"}},{"type":{"value":"document"},"method":{"value":"pipp"},"check_details":[{"check_method":{"value":"vpip"},"time":null}]}]},"claims":{"given_name":null}}`,
			`{"verification":{"evidence":[{"check_details":[{"check_method":"vpip","time":"2026-05-01T14:20:00Z"}],"method":"pipp","type":"document"}],` + idi + `},` + given},
		{"no such evidence", `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"document"},"document_details":{"type":{"value":"passport"}}}]},"claims":{"given_name":null}}`, ""},
		{"no such check", `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"document"},"check_details":[{"check_method":{"value":"bvr"}}]}]},"claims":{"given_name":null}}`, ""},
		{"evidence issued lately", `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"document"},"document_details":{"date_of_issuance":{"max_age":86400}}}]},"claims":{"given_name":null}}`, ""},
		{"a number of a document", `{"verification":{"trust_framework":null,"evidence":[{"type":{"value":"document"},"document_details":{"document_number":null}}]},"claims":{"given_name":null}}`,
			`{"verification":{"evidence":[{"type":"document"}],` + idi + `},` + given},
		{"alternatives", `[{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"given_name":null}},{"verification":{"trust_framework":null},"claims":{"given_name":null}}]`, `[{"verification":{` + idi + `},` + given + `]`},
		{"no alternative", `[{"verification":{"trust_framework":{"value":"eidas"}},"claims":{"given_name":null}}]`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for place, member := range map[where]string{inIDToken: "id_token", inUserInfo: "userinfo"} {
				in := proofed(idp.IDIAL1_8)
				in.Asked = parameter(t, `{"`+member+`":{"verified_claims":`+tt.request+`}}`)
				if got := verifiedJSON(t, in, place); got != tt.want {
					t.Errorf("%s\ngot  %s\nwant %s", member, got, tt.want)
				}
				if r := Release(in); r.Refusal != nil {
					t.Errorf("%s: refused: %s", member, r.Refusal.Description)
				}
			}
		})
	}
}

// TestEachFrameworkAnswersItsAlternative: an approved deployment can say the same event in both.
func TestEachFrameworkAnswersItsAlternative(t *testing.T) {
	t.Parallel()
	in := networked(ProfileUDAP)
	in.Asked = parameter(t, `{"id_token":{"verified_claims":[{"verification":{"trust_framework":{"value":"http://hl7.org/fhir/us/identity-matching"},"assurance_level":null},"claims":{"given_name":null}},{"verification":{"trust_framework":{"value":"nist_800_63A"},"assurance_level":null},"claims":{"email":null}}]}}`)
	want := `[{"verification":{"assurance_level":"idial2","trust_framework":"http://hl7.org/fhir/us/identity-matching"},"claims":{"given_name":"Jane"}},` +
		`{"verification":{"assurance_level":"ial2","trust_framework":"nist_800_63A"},"claims":{"email":"jane@example.org"}}]`
	if got := verifiedJSON(t, in, inIDToken); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestConsentSeesInsideOfVerifiedClaims: nothing is told that Shown does not have under its own name.
func TestConsentSeesInsideOfVerifiedClaims(t *testing.T) {
	t.Parallel()
	shown := Release(networked(ProfileUnified)).Shown()
	for _, name := range []string{"given_name", "family_name", "birthdate", "sex_legal", "address", "email", "phone_number", "name_historical", "uuid", "verified_claims"} {
		if valueOf(shown, name) == nil {
			t.Errorf("%s is not shown", name)
		}
	}
	verified, _ := valueOf(shown, "verified_claims").(VerifiedClaims)
	if facts := verified.Facts(); len(facts) != 2 || facts[0] != [2]string{"assurance_level", "ial2"} {
		t.Errorf("facts %v", facts)
	}
}
