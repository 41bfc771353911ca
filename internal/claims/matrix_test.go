package claims

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// TestReleaseMatrix: level × profile × scope × trust × approval × consent, against the rules written down once more.
func TestReleaseMatrix(t *testing.T) {
	t.Parallel()
	scopes := map[string][]string{
		"openid": {"openid"}, "udap": {"openid", "udap"}, "profile": {"openid", "profile"}, "email": {"openid", "email"},
		"identifier": {"openid", "hl7_identifier"}, "assurance": {"openid", "udap", "identity_assurance"},
	}
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		for _, profile := range Profiles {
			for scope, list := range scopes {
				for _, trusted := range []bool{false, true} {
					for _, approved := range []bool{false, true} {
						name := fmt.Sprintf("%s %s %s trusted=%v approved=%v", level, profile, scope, trusted, approved)
						in := proofed(level)
						if level == idp.Unverified {
							in.Person.ProofingID, in.Proofing = "", nil
						}
						in.Profile, in.Scopes, in.Healthcare, in.AssertIAL2 = profile, list, trusted, approved
						checkCell(t, name, in, Release(in))
						checkConsent(t, name, in)
					}
				}
			}
		}
	}
}

// checkConsent: what she agreed to goes out, and nothing else; a network that needs more gets nothing.
func checkConsent(t *testing.T, name string, in Request) {
	t.Helper()
	offer := Release(in)
	in.Offer = false
	for consent, agrees := range map[string]func(Choice) bool{
		"nothing": func(Choice) bool { return false }, "everything": func(Choice) bool { return true },
		"all but the identifier": func(c Choice) bool { return !c.IsIdentifier() },
	} {
		in.Agreed = nil
		agreed := map[string]bool{}
		for _, choice := range offer.Choices() {
			if agrees(choice) {
				in.Agreed = append(in.Agreed, choice.Claims...)
				agreed[choice.Name] = true
			}
		}
		got := Release(in)
		for _, c := range append(slices.Clone(offer.IDToken), offer.UserInfo...) {
			there := valueOf(got.IDToken, c.Name) != nil || valueOf(got.UserInfo, c.Name) != nil
			if want := agreed[ChoiceOf(c.Name)] && got.Refusal == nil; there != want && c.Name != verifiedName {
				t.Errorf("%s, agreed to %s: %s there: %v, want %v", name, consent, c.Name, there, want)
			}
		}
		if len(in.Agreed) == 0 && len(got.IDToken)+len(got.UserInfo) > 0 {
			t.Errorf("%s, agreed to nothing: %v", name, Told(got.IDToken))
		}
	}
}

func checkCell(t *testing.T, name string, in Request, r Released) {
	t.Helper()
	has := func(scope string) bool {
		return slices.Contains(in.Scopes, scope) || slices.Contains(in.Scopes, "udap")
	}
	level := in.Person.Level
	network := in.Profile == ProfileCMS || in.Profile == ProfileTEFCA || in.Profile == ProfileUnified
	if refused := network && (!in.AssertIAL2 || level != idp.IDIAL2 || !has("profile")); refused != (r.Refusal != nil) {
		t.Errorf("%s: refusal %v", name, r.Refusal)
	}
	if r.Refusal != nil {
		if len(r.IDToken)+len(r.UserInfo) > 0 {
			t.Errorf("%s: refused, and %v released", name, r.IDToken)
		}
		return
	}
	high := level == idp.IDIAL1_8 || level == idp.IDIAL2
	want := map[string]bool{
		"hl7_identifier":        in.Healthcare && high && has("hl7_identifier"),
		"hl7_person_identifier": in.Healthcare && high && has("hl7_identifier"),
		"name":                  has("profile") && in.Profile != ProfileUnified,
		"birthdate":             has("profile") && in.Profile != ProfileUnified,
		"email":                 has("email") && in.Profile != ProfileUnified,
		"email_verified":        has("email") && in.Profile != ProfileUnified,
		"address":               has("address") && in.Profile != ProfileUnified,
		"last_name":             in.Profile == ProfileCMS,
		"token_policy":          in.Profile == ProfileCMS,
		"uuid":                  in.Profile == ProfileCMS || in.Profile == ProfileUnified,
		"verified_claims": in.Profile == ProfileUnified ||
			slices.Contains(in.Scopes, "identity_assurance") && level != idp.Unverified && level != idp.IDIAL1,
	}
	for claim, there := range want {
		if (valueOf(r.IDToken, claim) != nil) != there {
			t.Errorf("%s: %s there: %v, want %v", name, claim, !there, there)
		}
	}
	number := map[idp.Level]int{idp.Unverified: 0, idp.IDIAL2: 1}
	if in.AssertIAL2 {
		number[idp.IDIAL2] = 2
	}
	wantNumber, listed := number[level]
	if !listed {
		wantNumber = 1
	}
	if r.Number != wantNumber {
		t.Errorf("%s: number %d, want %d", name, r.Number, wantNumber)
	}
}

// TestNoClaimIsAboveItsEvidence tries many persons, clients and requests.
func TestNoClaimIsAboveItsEvidence(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		in, events := randomRequest(random)
		r := Release(in)
		data, err := json.Marshal([]any{asMap(r.IDToken), asMap(r.UserInfo), r.Shown()})
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		high := r.Level == idp.IDIAL1_8 || r.Level == idp.IDIAL2
		if strings.Contains(text, in.Identifier) && (!in.Healthcare || !high || in.Person.State != idp.PersonActive) {
			t.Fatalf("the identifier at %q, trusted %v, state %s: %s", r.Level, in.Healthcare, in.Person.State, text)
		}
		if strings.Contains(text, in.Identifier) != SharesIdentifier(in) {
			t.Fatalf("SharesIdentifier %v: %s", SharesIdentifier(in), text)
		}
		for _, bad := range []string{`""`, `null`, `[]`, `{}`, "unknown"} {
			if strings.Contains(text, ":"+bad) && len(r.IDToken)+len(r.UserInfo) > 0 {
				t.Fatalf("%s in %s", bad, text)
			}
		}
		// Every attribute has a value of its own, so what is there tells which evidence it stands on.
		for _, a := range in.Person.Attributes {
			marker := markerOf(a)
			if strings.Contains(text, marker) && !evidence(in, events, a).AtLeast(r.Level) {
				t.Fatalf("%s (%s, %s at %q of event %q) is released at %q: %s", marker, a.Kind, a.Status, a.Level, a.ProofingID, r.Level, text)
			}
		}
		if r.Number == 2 && !(in.AssertIAL2 && r.Level == idp.IDIAL2 && events[in.Person.ProofingID].Achieved == idp.IDIAL2) {
			t.Fatalf("a 2 for %q, approved %v", r.Level, in.AssertIAL2)
		}
		if valueOf(r.IDToken, "token_policy") != nil && r.Number != 2 || in.Profile.isNetwork() && len(r.IDToken) > 0 && r.Number != 2 {
			t.Fatalf("a network got number %d", r.Number)
		}
	}
}

func markerOf(a idp.Attribute) string { return "marker-" + a.ID }

// evidence is the rule once more: what an attribute is worth now.
func evidence(in Request, events map[string]idp.Proofing, a idp.Attribute) idp.Level {
	standing, named := in.Person.Level, in.Person.ProofingID != ""
	own, known := events[in.Person.ProofingID]
	if !in.Person.ExpiresAt.After(testNow) || named && (!known || own.Status != idp.ProofingInForce || !own.ExpiresAt.After(testNow)) {
		return idp.Unverified
	}
	_ = standing
	if a.Status == idp.SelfAsserted {
		return idp.Unverified
	}
	if a.ProofingID == "" {
		return a.Level
	}
	e, known := events[a.ProofingID]
	if !known || !e.ExpiresAt.After(testNow) {
		return idp.Unverified
	}
	if e.ID != in.Person.ProofingID && e.Status != idp.ProofingSuperseded {
		return idp.Unverified
	}
	if a.Level.AtLeast(e.Achieved) {
		return e.Achieved
	}
	return a.Level
}

func randomRequest(random *rand.Rand) (Request, map[string]idp.Proofing) {
	levels := append([]idp.Level{idp.Unverified}, idp.Levels...)
	anyLevel := func() idp.Level { return levels[random.IntN(len(levels))] }
	in := jane()
	p := &in.Person
	p.Level, p.Demographics = anyLevel(), idp.Demographics{}
	if random.IntN(3) > 0 {
		p.Level = idp.IDIAL2
	}
	p.State = []idp.PersonState{idp.PersonActive, idp.PersonActive, idp.PersonActive, idp.PersonMerged}[random.IntN(4)]
	p.ExpiresAt = testNow.AddDate(0, 0, random.IntN(10)-1)
	events := map[string]idp.Proofing{}
	ids := []string{"", "lost"}
	for i := range random.IntN(3) {
		e := idp.Proofing{
			ID: fmt.Sprintf("event-%d", i), PersonID: p.ID, Achieved: anyLevel(), ExpiresAt: testNow.AddDate(0, 0, random.IntN(10)-1),
			Status:      []idp.ProofingStatus{idp.ProofingInForce, idp.ProofingInForce, idp.ProofingSuperseded, idp.ProofingRevoked}[random.IntN(4)],
			CompletedAt: testNow.AddDate(-1, 0, 0), VerificationProcess: idp.NewUUIDv4(),
		}
		if random.IntN(2) == 0 {
			e.Achieved = idp.IDIAL2
		}
		events[e.ID] = e
		ids = append(ids, e.ID)
	}
	p.ProofingID = ids[random.IntN(len(ids))]
	if e, known := events[p.ProofingID]; known {
		in.Proofing = &e
	}
	for _, e := range events {
		if e.ID != p.ProofingID {
			in.Earlier = append(in.Earlier, e)
		}
	}
	for _, kind := range []idp.AttributeKind{
		idp.AttributeName, idp.AttributeBirthdate, idp.AttributeSex, idp.AttributeLanguage, idp.AttributeAddress, idp.AttributePhone, idp.AttributeEmail,
	} {
		for range random.IntN(4) {
			a := idp.Attribute{
				ID: idp.NewID(), Kind: kind, Level: anyLevel(), ProofingID: ids[random.IntN(len(ids))],
				Status: []idp.AttributeStatus{idp.SelfAsserted, idp.Consistent, idp.Verified, idp.Verified}[random.IntN(4)],
			}
			if random.IntN(2) == 0 {
				a.Level, a.ProofingID = p.Level, p.ProofingID
			}
			if random.IntN(3) == 0 {
				a.ValidTo = "2020-01-01"
			}
			switch kind {
			case idp.AttributeName:
				a.Name = &idp.HumanName{Given: "Jane", Family: markerOf(a)}
			case idp.AttributeAddress:
				a.Address = &idp.Address{Street: markerOf(a), Country: "US"}
			default:
				a.Text = markerOf(a)
			}
			p.Attributes = append(p.Attributes, a)
		}
	}
	if len(p.Attributes) == 0 {
		p.Attributes = []idp.Attribute{{ID: "only", Kind: idp.AttributeEmail, Text: "marker-only", Status: idp.SelfAsserted}}
	}
	for _, scope := range []string{"udap", "profile", "email", "phone", "address", "hl7_identifier", "identity_assurance"} {
		if random.IntN(2) == 0 {
			in.Scopes = append(in.Scopes, scope)
		}
	}
	in.Scopes = in.Scopes[random.IntN(2):]
	in.Profile = Profiles[random.IntN(len(Profiles))]
	in.Healthcare, in.AssertIAL2 = random.IntN(2) == 0, random.IntN(2) == 0
	asked := []string{
		``, `{"id_token":{"email":null,"hl7_identifier":null,"phone_number_historical":null}}`,
		`{"userinfo":{"name_historical":null,"verified_claims":{"verification":{"trust_framework":null,"time":null},"claims":{"given_name":null,"family_name":null,"email":null,"address":null,"phone_number":null}}}}`,
	}
	in.Asked, _ = ParseParameter(asked[random.IntN(len(asked))])
	return in, events
}
