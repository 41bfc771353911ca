package claims

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"udap-idp/internal/idp"
)

// anyRequest asks for something, in any profile, of a person with anything behind her values.
func anyRequest(t *testing.T, r *rand.Rand) Request {
	t.Helper()
	in := jane()
	if r.IntN(3) > 0 {
		in = proofed(idp.Levels[r.IntN(len(idp.Levels))])
	}
	in.Profile = Profiles[r.IntN(len(Profiles))]
	in.AssertIAL2, in.Healthcare = r.IntN(2) == 0, r.IntN(3) > 0
	in.Scopes = []string{ScopeOpenID}
	for _, scope := range []string{ScopeUDAP, ScopeProfile, ScopeEmail, ScopePhone, ScopeAddress, ScopeHL7Identifier, ScopeIdentityAssurance} {
		if r.IntN(2) == 0 {
			in.Scopes = append(in.Scopes, scope)
		}
	}
	asked := map[string]any{}
	for _, place := range []string{"id_token", "userinfo"} {
		wanted := map[string]any{}
		for _, name := range sourceNames() {
			if r.IntN(4) == 0 {
				wanted[name] = map[string]any{"essential": r.IntN(2) == 0}
			}
		}
		if r.IntN(3) == 0 {
			wanted[verifiedName] = map[string]any{
				"verification": map[string]any{"trust_framework": nil, "assurance_level": nil, "time": nil, "evidence": []any{map[string]any{"type": nil}}},
				"claims":       map[string]any{"given_name": nil, "email": nil, "address": map[string]any{"essential": r.IntN(2) == 0}},
			}
		}
		asked[place] = wanted
	}
	raw, err := json.Marshal(asked)
	if err != nil {
		t.Fatal(err)
	}
	if in.Asked, err = ParseParameter(string(raw)); err != nil {
		t.Fatal(err)
	}
	return in
}

func sourceNames() []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.name)
	}
	return names
}

// TestNothingIsReleasedThatWasNotAgreed: over random requests and answers, neither place holds a claim, nor a fact about the
// proofing, that the person did not agree to; what she agreed to is there as it was offered.
func TestNothingIsReleasedThatWasNotAgreed(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	told := 0
	for range 1000 {
		in := anyRequest(t, r)
		offer := Release(in)
		in.Offer, in.Agreed = false, nil
		if got := Release(in); len(got.IDToken)+len(got.UserInfo) > 0 {
			t.Fatalf("without any agreement: %v %v", Told(got.IDToken), Told(got.UserInfo))
		}
		var off []string
		for _, choice := range offer.Choices() {
			if r.IntN(3) > 0 {
				in.Agreed = append(in.Agreed, choice.Claims...)
			} else {
				off = append(off, choice.Claims...)
			}
		}
		got := Release(in)
		for _, name := range slices.Concat(Told(got.IDToken), Told(got.UserInfo)) {
			told++
			if !slices.Contains(in.Agreed, name) {
				t.Fatalf("%s goes out; agreed %v, switched off %v, profile %s", name, in.Agreed, off, in.Profile)
			}
		}
		if got.Refusal == nil && len(off) == 0 && !slices.Equal(Told(got.IDToken), Told(offer.IDToken)) {
			t.Fatalf("everything is agreed to: %v, offered %v", Told(got.IDToken), Told(offer.IDToken))
		}
	}
	if told < 1000 {
		t.Errorf("only %d claims were released", told)
	}
}

func TestSwitchedOffIsWithheldWithTheReason(t *testing.T) {
	t.Parallel()
	in := proofed(idp.IDIAL1_8)
	in.Scopes = append(in.Scopes, ScopeIdentityAssurance)
	for _, choice := range Release(in).Choices() {
		if choice.Name != "email" && choice.Name != identifierName {
			in.Agreed = append(in.Agreed, choice.Claims...)
		}
	}
	in.Offer = false
	got := Release(in)
	for _, name := range []string{"email", "email_verified", "hl7_identifier", "hl7_person_identifier"} {
		if valueOf(got.IDToken, name) != nil || valueOf(got.UserInfo, name) != nil || reasonOf(got, name) != NotAgreed {
			t.Errorf("%s: %v, reason %q", name, valueOf(got.IDToken, name), reasonOf(got, name))
		}
	}
	if SharesIdentifier(in) {
		t.Error("the Digital Identifier would be opened for a person who keeps it")
	}
	verified, _ := valueOf(got.IDToken, verifiedName).(VerifiedClaims)
	if names := Told(got.IDToken); len(verified.elements) != 1 || slices.Contains(names, "email") || verified.elements[0].Claims["email"] != nil {
		t.Errorf("verified_claims after the email was switched off: %v", verified)
	}
}

// TestOtherFactsOfTheProofingAreAnotherQuestion: who agreed that the level is told did not agree to her documents.
func TestOtherFactsOfTheProofingAreAnotherQuestion(t *testing.T) {
	t.Parallel()
	ask := func(verification string) Request {
		in := proofed(idp.IDIAL1_8)
		var err error
		in.Asked, err = ParseParameter(`{"id_token":{"verified_claims":{"verification":` + verification + `,"claims":{"given_name":null}}}}`)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	var agreed []string
	for _, choice := range Release(ask(`{"trust_framework":null,"assurance_level":null}`)).Choices() {
		agreed = append(agreed, choice.Claims...)
	}
	for verification, want := range map[string]bool{
		`{"trust_framework":null,"assurance_level":null}`:                          true,
		`{"trust_framework":null}`:                                                 true,
		`{"trust_framework":null,"assurance_level":null,"time":null}`:              false,
		`{"trust_framework":null,"evidence":[{"type":{"value":"document"}}]}`:      false,
		`{"trust_framework":null,"assurance_process":{"procedure":null},"a":null}`: true, // there is none
	} {
		in := ask(verification)
		in.Offer, in.Agreed = false, agreed
		if got := Release(in); (valueOf(got.IDToken, verifiedName) != nil) != want {
			t.Errorf("%s: %v (%s), want it there: %t", verification, valueOf(got.IDToken, verifiedName), reasonOf(got, verifiedName), want)
		}
	}
}

func TestEssentialIsWhatCannotBeSwitchedOff(t *testing.T) {
	t.Parallel()
	in := jane()
	var err error
	in.Asked, err = ParseParameter(`{"id_token":{"email":{"essential":true},"hl7_identifier":{"essential":true}},"userinfo":{"phone_number":{"essential":false}}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"name": true, "birthdate": true, "email": true, "phone_number": false, "address": false, "gender": false, identifierName: false}
	seen := map[string]bool{}
	for _, choice := range Release(in).Choices() {
		seen[choice.Name] = true
		if essential, known := want[choice.Name]; known && essential != choice.Essential {
			t.Errorf("%s: essential %t, want %t", choice.Name, choice.Essential, essential)
		}
		if choice.IsIdentifier() != (choice.Name == identifierName) {
			t.Errorf("%s is taken for the identifier", choice.Name)
		}
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("there is no choice %s", name)
		}
	}
}
