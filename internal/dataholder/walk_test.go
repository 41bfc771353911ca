package dataholder

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestSignInWithAProviderNeverMetBefore(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	got := p.signIn()
	if got.Error != nil {
		t.Fatalf("error = %+v", *got.Error)
	}
	var names []StepName
	for _, step := range got.Steps {
		names = append(names, step.Name)
		if !step.Done {
			t.Errorf("step %s is not done", step.Name)
		}
		for _, check := range step.Checks {
			if !check.OK {
				t.Errorf("step %s: check %q does not hold: %s", step.Name, check.What, check.Found)
			}
		}
	}
	want := []StepName{
		StepDiscovery, StepOpenID, StepRegistration, StepAuthorization, StepCallback, StepToken, StepIDToken, StepUserInfo, StepMatch,
	}
	if !slices.Equal(names, want) {
		t.Errorf("steps = %v, want %v", names, want)
	}
	if got.IDToken.Claims["iss"] != p.provider.base || got.IDToken.Header["alg"] != "RS256" {
		t.Errorf("ID Token = %v %v", got.IDToken.Header, got.IDToken.Claims)
	}
	if got.UserInfo["sub"] != patient["sub"] {
		t.Errorf("userinfo sub = %v", got.UserInfo["sub"])
	}
	if got.Match == nil || got.Match.Outcome != Matched || got.Match.Patient.ID != jane.ID || got.Match.How != ByWeights {
		t.Errorf("match = %+v", got.Match)
	}
}

func TestEveryCertificateBelowTheAnchorIsLookedUp(t *testing.T) {
	t.Parallel()
	got := newPortal(t).signIn()
	for _, step := range got.Steps {
		if step.Name != StepDiscovery && step.Name != StepIDToken {
			continue
		}
		if len(step.Chain) != 3 {
			t.Fatalf("%s: chain of %d, want signer, intermediate and anchor", step.Name, len(step.Chain))
		}
		for i, want := range []struct{ role, revocation string }{
			{roleSigner, notRevoked}, {roleIntermediate, notRevoked}, {roleAnchor, trustedByUs},
		} {
			link := step.Chain[i]
			if link.Role != want.role || link.Revocation != want.revocation {
				t.Errorf("%s: link %d is %s, %s; want %s, %s", step.Name, i, link.Role, link.Revocation, want.role, want.revocation)
			}
			if (link.CRL != "") != (want.role != roleAnchor) || len(link.Fingerprint) != 64 {
				t.Errorf("%s: link %d: CRL %q, fingerprint %q", step.Name, i, link.CRL, link.Fingerprint)
			}
		}
	}
}

func TestSecondSignInIsKnownByIssuerAndSubject(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.signIn()
	p.browser = newBrowser(t) // another browser of the same person
	got := p.signIn()
	if got.Match == nil || got.Match.How != ByBinding || got.Match.Patient.ID != jane.ID {
		t.Errorf("match = %+v, want by binding", got.Match)
	}
}

func TestRegistrationIsRepeatedAndKeepsItsClientID(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.signIn()
	first := p.hospital.Client().Registrations()[p.provider.base].ClientID
	p.signIn()
	if second := p.hospital.Client().Registrations()[p.provider.base].ClientID; first == "" || second != first {
		t.Errorf("client_id = %q, then %q", first, second)
	}
	if len(p.provider.clients) != 1 {
		t.Errorf("the provider has %d clients, want 1", len(p.provider.clients))
	}
}

func TestScopeIsWhatTheProviderSupports(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.spoil.metadata = func(m map[string]any) { m["scopes_supported"] = []string{"openid", "udap", "email", "fhirUser"} }
	if got := p.signIn(); got.Error != nil {
		t.Fatalf("error = %+v", *got.Error)
	}
	asked, err := p.provider.statement.Registration(udapPolicy())
	if err != nil || asked.Scope != "openid udap email" {
		t.Errorf("scope = %q (%v), want openid udap email", asked.Scope, err)
	}
}

func TestTrailingSlashOfTheProviderMakesNoDifference(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	// Communities certify either spelling.
	p.provider.leaf = p.provider.community.Leaf(p.provider.base + "/")
	p.provider.spoil.signed = func(m *udaptest.Message) { m.Claims["iss"], m.Claims["sub"] = p.provider.base+"/", p.provider.base+"/" }
	p.get(p.base + "/connect?idp=" + p.provider.base + "/")
	if got := p.outcome(); got.Error != nil {
		t.Errorf("error = %+v", *got.Error)
	}
}

func TestProviderWithoutUserInfoIsEnough(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.spoil.openID = func(m map[string]any) { delete(m, "userinfo_endpoint") }
	got := p.signIn()
	if got.Error != nil || got.Match == nil || got.Match.Outcome != Matched {
		t.Errorf("error %+v, match %+v", got.Error, got.Match)
	}
}

func TestIntermediateOfOurOwnCompletesTheChain(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	leafOnly := func(m *udaptest.Message) { m.Header["x5c"] = m.Header["x5c"].([]string)[:1] }
	p.provider.spoil.signed, p.provider.spoil.idToken = leafOnly, leafOnly
	if got := p.signIn(); got.Error == nil || got.Error.Reason != ReasonUntrusted {
		t.Fatalf("without the intermediate: error = %+v, want %s", got.Error, ReasonUntrusted)
	}
	p.hospital.client.Intermediates = p.provider.community.Intermediates()
	if got := p.signIn(); got.Error != nil {
		t.Errorf("with it: error = %+v", got.Error)
	}
}

func TestECDSASignedIDTokenIsAccepted(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.leaf = p.provider.community.LeafWith(func(l *authority.Leaf) { l.URIs, l.KeyType = []string{p.provider.base}, authority.P256 })
	p.provider.spoil.openID = func(m map[string]any) { m["id_token_signing_alg_values_supported"] = []string{"ES256"} }
	if got := p.signIn(); got.Error != nil || got.IDToken.Header["alg"] != "ES256" {
		t.Errorf("error = %+v, header %v", got.Error, got.IDToken.Header)
	}
}

func TestWhatIsOnlyTheProvidersHarmIsNotedAndTolerated(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.spoil.token = func(m map[string]any) { m["refresh_token"], m["expires_in"] = "a-refresh-token-that-must-not-be", 3600 }
	got := p.signIn()
	if got.Error != nil {
		t.Fatalf("error = %+v", *got.Error)
	}
	var noted []string
	for _, step := range got.Steps {
		for _, check := range step.Checks {
			if check.Tolerated {
				noted = append(noted, check.What)
			}
		}
	}
	if len(noted) != 2 {
		t.Errorf("noted %q, want the lifetime and the refresh token", noted)
	}
}

func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	var secrets []string
	p.provider.spoil.token = func(m map[string]any) {
		secrets = append(secrets, m["access_token"].(string), m["id_token"].(string))
	}
	p.provider.spoil.callback = func(v url.Values) { secrets = append(secrets, v.Get("code")) }
	_, page := p.get(p.connectURL())
	_, document := p.get(p.base + "/result.json")
	if len(secrets) != 3 {
		t.Fatalf("%d secrets were seen, want 3", len(secrets))
	}
	for _, secret := range secrets {
		if strings.Contains(page, secret) || strings.Contains(document, secret) {
			t.Errorf("a secret of %d characters is shown in full", len(secret))
		}
	}
}

func TestRedirectOfAWellKnownIsNotFollowed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.spoil.wellKnown = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/.well-known/openid-configuration", http.StatusFound)
	}
	if got := p.signIn(); got.Error == nil || got.Error.Reason != ReasonStatus {
		t.Errorf("error = %+v, want %s", got.Error, ReasonStatus)
	}
}

func udapPolicy() udap.RegistrationPolicy {
	return udap.RegistrationPolicy{Scopes: providerScopes, AllowLoopbackHTTP: true}
}
