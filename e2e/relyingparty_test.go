package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"udap-idp/internal/pgtest"
	"udap-idp/internal/udap/udaptest"
)

// relyingParty is a data holder built on an OpenID Connect library that is not ours: it knows the provider from its
// discovery document and JWKS alone. UDAP adds its registration, which is by hand, and the assertion at the token endpoint.
type relyingParty struct {
	t        *testing.T
	idp      *provider
	leaf     *udaptest.Leaf
	provider *oidc.Provider
	config   oauth2.Config
	server   *httptest.Server
	answers  chan url.Values // the query of each authorization response
	verifier string
}

const allScopes = "openid udap profile email phone address hl7_identifier"

func newRelyingParty(t *testing.T, p *provider, uri string) *relyingParty {
	t.Helper()
	rp := &relyingParty{t: t, idp: p, leaf: p.community.Leaf(uri), answers: make(chan url.Values, 10), verifier: oauth2.GenerateVerifier()}
	rp.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/callback" {
			http.NotFound(w, r)
			return
		}
		rp.answers <- r.URL.Query()
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>Received</title><main data-page="received">Received</main>`))
	}))
	t.Cleanup(rp.server.Close)
	var err error
	if rp.provider, err = oidc.NewProvider(context.Background(), p.issuer); err != nil {
		t.Fatalf("discovery by go-oidc: %v", err)
	}
	rp.config = oauth2.Config{Endpoint: rp.provider.Endpoint(), RedirectURL: rp.server.URL + "/callback", Scopes: []string{"openid", "udap", "profile", "email"}}
	rp.config.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	rp.config.ClientID = p.register(rp.leaf, rp.config.RedirectURL, allScopes)
	return rp
}

func (rp *relyingParty) authorizeURL(state, nonce string) string {
	return rp.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(rp.verifier))
}

// signIn walks from the authorization request to its answer in a browser that nobody is signed in in, and clicks the control
// with the id on the consent page.
func (rp *relyingParty) signIn(b *browser, state, nonce, decision string) url.Values {
	rp.t.Helper()
	b.open(rp.authorizeURL(state, nonce))
	b.page("sign-in")
	b.click("passkey-sign-in")
	if decision == "consent-allow" {
		b.allow()
	} else {
		b.page("consent")
		b.click(decision)
	}
	b.page("received")
	return <-rp.answers
}

// exchange redeems a code with a client assertion.
func (rp *relyingParty) exchange(code string) (*oauth2.Token, error) {
	return rp.config.Exchange(context.Background(), code, oauth2.VerifierOption(rp.verifier),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
		oauth2.SetAuthURLParam("client_assertion", rp.leaf.Assertion(rp.config.ClientID, rp.config.Endpoint.TokenURL)),
		oauth2.SetAuthURLParam("udap", "1"))
}

// verify checks an ID Token by the library: issuer, audience, expiry, signature by the JWKS, at_hash.
func (rp *relyingParty) verify(token *oauth2.Token) (*oidc.IDToken, map[string]any) {
	rp.t.Helper()
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		rp.t.Fatal("the token answer has no id_token")
	}
	id, err := rp.provider.Verifier(&oidc.Config{ClientID: rp.config.ClientID}).Verify(context.Background(), raw)
	if err != nil {
		rp.t.Fatalf("ID Token refused by go-oidc: %v", err)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		rp.t.Errorf("at_hash: %v", err)
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		rp.t.Fatal(err)
	}
	return id, claims
}

// userInfo reads the claims with an access token.
func (rp *relyingParty) userInfo(token *oauth2.Token) map[string]any {
	rp.t.Helper()
	info, err := rp.provider.UserInfo(context.Background(), oauth2.StaticTokenSource(token))
	if err != nil {
		rp.t.Fatalf("UserInfo: %v", err)
	}
	var claims map[string]any
	if err := info.Claims(&claims); err != nil {
		rp.t.Fatal(err)
	}
	return claims
}

// get reads a page as a browser without any cookie.
func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// enrol walks an invitation to its end.
func (b *browser) enrol(link string, born ...string) {
	b.t.Helper()
	b.invited(link, born...)
	b.click("declaration")
	b.click("passkey-create")
	b.page("enrolled")
}

// invited opens the link of an invitation, and says when she was born (29 February 1948, unless another day is given) where that is asked.
func (b *browser) invited(link string, born ...string) {
	b.t.Helper()
	b.open(link)
	if evaluate[string](b, `document.querySelector("main").dataset.page`) == "invite-check" {
		day := append(born, "1948-02-29")[0]
		b.types("year", day[:4], "month", strings.TrimPrefix(day[5:7], "0"), "day", strings.TrimPrefix(day[8:], "0"))
		b.follow("invite-check")
	}
	b.page("invitation")
}

func TestJourneyWithAnIndependentRelyingParty(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("idial1.8")
	b := newBrowser(t)
	b.enrol(link)

	// In her browser the link still says that all is well; anywhere else it is used up.
	b.open(link)
	b.page("enrolled")
	if page := get(t, link); !strings.Contains(page, `data-page="problem"`) {
		t.Errorf("a used link in another browser shows\n%s", page)
	}

	answer := rp.signIn(b, "the state", "the nonce", "consent-allow")
	if answer.Get("state") != "the state" || answer.Get("iss") != p.issuer {
		t.Fatalf("authorization response: %v", answer)
	}

	token, err := rp.exchange(answer.Get("code"))
	if err != nil {
		t.Fatalf("token request: %v", err)
	}
	if token.RefreshToken != "" {
		t.Error("a refresh token was issued in the tiered flow")
	}
	id, claims := rp.verify(token)
	if id.Nonce != "the nonce" {
		t.Errorf("nonce %q", id.Nonce)
	}
	for name, want := range map[string]any{
		"given_name": "María", "family_name": "García", "birthdate": "1948-02-29", "email": "maria@example.org", "phone_number": "+17025550123",
		"azp": rp.config.ClientID, "acr": "http://udap.org/code/id/idial1.8", "gender": "female",
	} {
		if claims[name] != want {
			t.Errorf("%s: got %v, want %v", name, claims[name], want)
		}
	}
	identifier, _ := claims["hl7_identifier"].(string)
	if identifier == "" || claims["hl7_person_identifier"] != identifier || identifier == id.Subject {
		t.Errorf("identifier %q and %v, sub %q", identifier, claims["hl7_person_identifier"], id.Subject)
	}
	if amr, _ := claims["amr"].([]any); !slices.Contains(amr, any("http://udap.org/code/auth/aal2")) {
		t.Errorf("amr %v", claims["amr"])
	}
	for _, name := range []string{"jti", "sid", "auth_time", "at_hash"} {
		if claims[name] == nil {
			t.Errorf("the ID Token has no %s", name)
		}
	}
	info, err := rp.provider.UserInfo(context.Background(), oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != id.Subject || info.Email != "maria@example.org" {
		t.Errorf("UserInfo: %+v, %v", info, err)
	}

	// A second use of the code is refused, and what the first bought is worth nothing any more.
	if _, err := rp.exchange(answer.Get("code")); err == nil {
		t.Error("the code was redeemed twice")
	}
	if _, err := rp.provider.UserInfo(context.Background(), oauth2.StaticTokenSource(token)); err == nil {
		t.Error("the access token outlived the replay of its code")
	}
}

// The binary on PostgreSQL, with the operator's commands beside the running server.
func TestJourneyOnPostgreSQL(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "--database", pgtest.DSN(t))
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("idial2")
	b := newBrowser(t)
	b.enrol(link)
	token, err := rp.exchange(rp.signIn(b, "s", "n", "consent-allow").Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if _, claims := rp.verify(token); claims["acr"] != "http://udap.org/code/id/ial2" || claims["hl7_identifier"] == nil {
		t.Errorf("claims %v", claims)
	}
}

func TestNoMeansAccessDenied(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	if answer := rp.signIn(b, "s", "n", "consent-deny"); answer.Get("error") != "access_denied" || answer.Get("state") != "s" || answer.Get("iss") != p.issuer || answer.Has("code") {
		t.Errorf("authorization response: %v", answer)
	}
}

// Who is not verified shares no identifier, and acr claims nothing.
func TestUnverifiedPersonHasNoIdentifier(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	first, second := newRelyingParty(t, p, "https://one.example"), newRelyingParty(t, p, "https://two.example")
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	subs := map[string]bool{}
	for i, rp := range []*relyingParty{first, second} {
		b.open(rp.authorizeURL("s", "n"))
		if i == 0 {
			b.page("sign-in")
			b.click("passkey-sign-in")
		}
		b.allow() // the second organisation is asked about too; the sign-in is not repeated
		b.page("received")
		token, err := rp.exchange((<-rp.answers).Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		id, claims := rp.verify(token)
		subs[id.Subject] = true
		if claims["hl7_identifier"] != nil || claims["hl7_person_identifier"] != nil || claims["acr"] != "http://udap.org/code/id/ial1" {
			t.Errorf("claims of a person who was not verified: %v", claims)
		}
	}
	if len(subs) != 2 {
		t.Error("two data holders got the same sub")
	}
}

// The server demands user verification: an authenticator that only saw a touch signs nobody in.
func TestSignInNeedsUserVerification(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	b.verifies(false)
	b.open(p.issuer + "/account")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("sign-in")
	b.do("a problem in words", waitForText("[role=alert]"))
	b.verifies(true)
	b.click("passkey-sign-in")
	b.page("account")
}
