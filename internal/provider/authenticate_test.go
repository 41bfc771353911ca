package provider

import (
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// refusedAssertion sends a good code with an assertion that is wrong, checks the refusal, and that the code is still good.
func (h *house) refusedAssertion(t *testing.T, assertion, code, description string) {
	t.Helper()
	authorization := h.code()
	form := h.tokenForm(authorization)
	form.Set("client_assertion", assertion)
	checkRefusal(t, h.token(form), 400, code, description)
	h.mustExchange(h.tokenForm(authorization))
}

const untrustedHere = "client assertion: the certificate x5c[0] is not trusted in the trust community that the client registered from"

func TestAssertionFromAnotherCommunityIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := udaptest.New(t, udaptest.WithoutServer())
	h.addCommunity(other) // trusted, and not where the client registered
	h.refusedAssertion(t, other.Leaf(hospitalURI).Assertion(h.client.ID, h.issuer+"/token"), "invalid_client", untrustedHere)
}

func TestAssertionOfAnUntrustedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := udaptest.New(t, udaptest.WithoutServer())
	h.refusedAssertion(t, stranger.Leaf(hospitalURI).Assertion(h.client.ID, h.issuer+"/token"), "invalid_client", untrustedHere)

	expired := h.community.LeafWith(func(l *authority.Leaf) {
		l.URIs = []string{hospitalURI}
		l.NotBefore, l.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	h.refusedAssertion(t, expired.Assertion(h.client.ID, h.issuer+"/token"), "invalid_client", untrustedHere)
}

func TestAssertionWithAnotherSANIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, uri := range []string{"https://evil.example/fhir", hospitalURI + "/", strings.ToUpper(hospitalURI), "https://hospital.example"} {
		h.refusedAssertion(t, h.community.Leaf(uri).Assertion(h.client.ID, h.issuer+"/token"), "invalid_client",
			"client assertion: the certificate x5c[0] does not have the URI that the client registered with as a subject alternative name")
	}
}

// TestAssertionOfARenewedCertificateIsGood: UDAP JWT Client Authentication §6.3, the binding is to the URI.
func TestAssertionOfARenewedCertificateIsGood(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.tokenForm(h.code())
	form.Set("client_id", h.client.ID)
	form.Set("client_assertion", h.community.Leaf("https://first.example", hospitalURI).Assertion(h.client.ID, h.issuer+"/token"))
	h.mustExchange(form)
}

func TestAssertionExpiredIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	assertion := h.leaf.Assertion(h.client.ID, h.issuer+"/token", func(claims map[string]any) {
		claims["iat"], claims["exp"] = time.Now().Add(-10*time.Minute).Unix(), time.Now().Add(-6*time.Minute).Unix()
	})
	h.refusedWith(t, assertion, "invalid_client", "exp")
}

func TestAssertionThatLivesTooLongIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	assertion := h.leaf.Assertion(h.client.ID, h.issuer+"/token", func(claims map[string]any) {
		claims["exp"] = time.Now().Add(time.Hour).Unix()
	})
	h.refusedWith(t, assertion, "invalid_client", "exp")
}

// refusedWith is refusedAssertion for descriptions that udap writes: it looks for a word.
func (h *house) refusedWith(t *testing.T, assertion, code, word string) {
	t.Helper()
	authorization := h.code()
	form := h.tokenForm(authorization)
	form.Set("client_assertion", assertion)
	got := h.token(form)
	gotCode, description := got.wireError(t)
	if got.status != 400 || gotCode != code || !strings.HasPrefix(description, "client assertion: ") || !strings.Contains(description, word) {
		t.Errorf("got %d %s %q, want 400 %s and a description with %q", got.status, gotCode, description, code, word)
	}
	checkTokenHeaders(t, got)
	h.mustExchange(h.tokenForm(authorization))
}

func TestAssertionReplayedIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	assertion := h.leaf.Assertion(h.client.ID, h.issuer+"/token")
	form := h.tokenForm(h.code())
	form.Set("client_assertion", assertion)
	h.mustExchange(form)
	h.refusedAssertion(t, assertion, "invalid_client", "client assertion: the jti was used before")
}

// TestStrangerCannotUseUpAJTI: a jti counts only once everything else of the assertion is proved.
func TestStrangerCannotUseUpAJTI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	jti := func(claims map[string]any) { claims["jti"] = "the-same" }
	stranger := udaptest.New(t, udaptest.WithoutServer()).Leaf(hospitalURI)
	h.refusedAssertion(t, stranger.Assertion(h.client.ID, h.issuer+"/token", jti), "invalid_client", untrustedHere)
	neighbour := h.community.Leaf("https://clinic.example")
	other := h.register(h.client.CommunityID, neighbour.URI, callback)
	form := h.tokenForm(h.code())
	form.Set("client_assertion", neighbour.Assertion(other.ID, h.issuer+"/token", jti))
	h.token(form) // authenticates, and has no code

	form = h.tokenForm(h.code())
	form.Set("client_assertion", h.leaf.Assertion(h.client.ID, h.issuer+"/token", jti))
	h.mustExchange(form)
}

func TestAssertionWithWrongAudienceIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, audience := range []any{h.issuer, h.issuer + "/token/", h.issuer + "/register", "https://other.example/token", []string{}, 7} {
		assertion := h.leaf.Assertion(h.client.ID, h.issuer+"/token", func(claims map[string]any) { claims["aud"] = audience })
		h.refusedWith(t, assertion, "invalid_client", "aud")
	}
	// UDAP JWT Client Authentication §6.3: aud contains the URL.
	form := h.tokenForm(h.code())
	form.Set("client_assertion", h.leaf.Assertion(h.client.ID, h.issuer+"/token", func(claims map[string]any) {
		claims["aud"] = []string{"https://other.example", h.issuer + "/token"}
	}))
	h.mustExchange(form)
}

func TestAssertionWithAWrongSignatureIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	message := h.leaf.AssertionMessage(h.client.ID, h.issuer+"/token")
	message.Key = h.community.Leaf("https://other.example").Key
	// UDAP JWT Client Authentication §7.2: invalid_request for the signature, invalid_client for the rest.
	h.refusedAssertion(t, message.Sign(), "invalid_request", "client assertion: the signature does not verify with the key of the certificate x5c[0]")
}

// TestOnlyTheFirstCertificateSigns: another key in x5c is not the client's, whatever its certificate says.
func TestOnlyTheFirstCertificateSigns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	message := h.leaf.AssertionMessage(h.client.ID, h.issuer+"/token")
	second := h.community.Leaf("https://other.example")
	message.Header["x5c"] = append(udaptest.X5C(h.leaf.Chain), udaptest.X5C(second.Chain[:1])...)
	message.Key = second.Key
	h.refusedAssertion(t, message.Sign(), "invalid_request", "client assertion: the signature does not verify with the key of the certificate x5c[0]")
}

func TestAssertionOfAnUnknownClientIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.refusedAssertion(t, h.leaf.Assertion("somebody", h.issuer+"/token"), "invalid_client",
		"client assertion: the iss is not the client_id of a registered client")
	assertion := h.leaf.Assertion(h.client.ID, h.issuer+"/token", func(claims map[string]any) { claims["sub"] = "somebody" })
	h.refusedWith(t, assertion, "invalid_client", "sub")
}

func TestCancelledClientCannotAuthenticate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	accessToken, _ := h.tokens()
	form := h.tokenForm(h.code())
	if _, err := h.store.CancelClient(t.Context(), h.client.CommunityID, h.client.URI, now()); err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, h.token(form), 400, "invalid_client", "client assertion: the iss is not the client_id of a registered client")
	if got := h.userInfo(accessToken); got.status != 401 {
		t.Errorf("userinfo of a cancelled client: %d, want 401", got.status)
	}
}
