package provider

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestIDTokenClaims(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := time.Now().Unix()
	accessToken, idToken := h.tokens()
	_, got := read(t, idToken)

	iat := int64(got["iat"].(float64))
	if iat < before || iat > time.Now().Unix() || got["exp"] != float64(iat+300) {
		t.Errorf("iat %v, exp %v", got["iat"], got["exp"])
	}
	subject, err := h.store.Subject(t.Context(), h.person.ID, h.client.Sector())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"iss": h.issuer, "sub": subject, "aud": h.client.ID, "azp": h.client.ID, "nonce": "n-0S6_WzA2Mj",
		"iat": got["iat"], "exp": got["exp"], "jti": got["jti"], "auth_time": float64(h.session.Authentication.Time.Unix()),
		"sid": h.session.Authentication.SID, "at_hash": halfHash(accessToken),
		"acr": "http://udap.org/code/id/idial1.8", "amr": []any{"http://udap.org/code/auth/aal2", "pop", "user", "mfa"},
		"ial": "http://idmanagement.gov/ns/assurance/ial/1", "aal": "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true",
		"fal": "2", "identity_assurance_level": 1.0,
		"name": "Jane Quimby Doe", "given_name": "Jane", "middle_name": "Quimby", "family_name": "Doe",
		"birthdate": "1979-01-01", "gender": "female", "email": "jane@example.org", "email_verified": true,
		"phone_number": "+15557771234", "phone_number_verified": true,
		"address": map[string]any{
			"formatted": "1234 Main St\nLos Angeles, CA 90210\nUS", "street_address": "1234 Main St",
			"locality": "Los Angeles", "region": "CA", "postal_code": "90210", "country": "US",
		},
		"hl7_identifier": string(h.person.Identifier.Sealed), "hl7_person_identifier": string(h.person.Identifier.Sealed),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestIDTokenHasANewJTIEachTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, first := h.tokens()
	_, second := h.tokens()
	_, a := read(t, first)
	_, b := read(t, second)
	if a["jti"] == "" || a["jti"] == b["jti"] {
		t.Errorf("jti %v and %v", a["jti"], b["jti"])
	}
}

func TestNonceIsThereWhenItWasSent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Del("nonce")
	_, idToken := h.mustExchange(h.tokenForm(h.allow(form, h.session).Query().Get("code")))
	if _, payload := read(t, idToken); payload["nonce"] != nil {
		t.Errorf("nonce %v, none was sent", payload["nonce"])
	}
}

// keySet fetches the JWKS.
func (h *house) keySet() jose.JSONWebKeySet {
	h.t.Helper()
	got := h.do(h.request(http.MethodGet, "/jwks", nil))
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(got.body, &set); err != nil || got.status != http.StatusOK {
		h.t.Fatalf("JWKS: %d %v", got.status, err)
	}
	return set
}

func TestIDTokenIsSignedWithCommunityCertificate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	// A second community, in which our certificate has another key, and a client of it.
	second := udaptest.New(t, udaptest.WithoutServer())
	id := h.storeCommunity(second)
	ours := second.LeafWith(func(l *authority.Leaf) {
		l.URIs, l.KeyType = []string{h.issuer}, authority.RSA2048
		l.Key = udaptest.Key(t, authority.RSA2048, 9)
	})
	h.trust.add(trusted{id: id, anchor: second.Anchor(), signer: ours.Signer()})

	for _, tt := range []struct {
		name      string
		community *udaptest.Community
		id        string
	}{{"first", h.community, h.client.CommunityID}, {"second", second, id}} {
		t.Run(tt.name, func(t *testing.T) {
			leaf := tt.community.Leaf("https://clinic.example/" + tt.name)
			c := h.register(tt.id, leaf.URI, callback)
			idToken := h.idTokenFor(c, leaf)
			signer, err := h.trust.Signer(t.Context(), tt.id)
			if err != nil {
				t.Fatal(err)
			}
			header, payload := read(t, idToken)
			if header["alg"] != "RS256" || header["typ"] != "JWT" || header["kid"] != signer.KeyID() || len(header) != 4 {
				t.Errorf("header %v", header)
			}
			// UDAP Security IG §7.1.3: the chain is there, and leads into the client's community.
			token, err := udap.ParseJWT(idToken)
			if err != nil {
				t.Fatal(err)
			}
			if err := token.VerifySignature(); err != nil {
				t.Errorf("signature: %v", err)
			}
			if err := h.trust.VerifyIn(t.Context(), tt.id, token.Chain, time.Now()); err != nil {
				t.Errorf("chain: %v", err)
			}
			if !udap.HasURISAN(token.Chain[0], payload["iss"].(string)) {
				t.Error("iss is not a URI of the certificate")
			}
			checkByKeySet(t, h.keySet(), idToken, header["kid"].(string))
		})
	}
}

// idTokenFor walks the whole way as another client.
func (h *house) idTokenFor(c idp.Client, leaf *udaptest.Leaf) string {
	h.t.Helper()
	form := h.authorizationForm()
	form.Set("client_id", c.ID)
	tokens := h.tokenForm(h.allow(form, h.session).Query().Get("code"))
	tokens.Set("client_assertion", leaf.Assertion(c.ID, h.issuer+"/token"))
	_, idToken := h.mustExchange(tokens)
	return idToken
}

// checkByKeySet verifies as OpenID Connect does: the key of the JWKS under the kid.
func checkByKeySet(t *testing.T, set jose.JSONWebKeySet, idToken, kid string) {
	t.Helper()
	keys := set.Key(kid)
	if len(keys) != 1 || keys[0].Use != "sig" || keys[0].Algorithm != "RS256" || !keys[0].IsPublic() || len(keys[0].Certificates) == 0 {
		t.Fatalf("the JWKS has %d good keys under the kid", len(keys))
	}
	signed, err := jose.ParseSignedCompact(idToken, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Verify(keys[0]); err != nil {
		t.Errorf("verify with the JWKS: %v", err)
	}
}

// TestCommunityWithoutACertificateOfOurs: its clients' ID Tokens are signed with that of the oldest community.
func TestCommunityWithoutACertificateOfOurs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	second := udaptest.New(t, udaptest.WithoutServer())
	id := h.storeCommunity(second)
	h.trust.add(trusted{id: id, anchor: second.Anchor()})
	leaf := second.Leaf("https://clinic.example")
	header, _ := read(t, h.idTokenFor(h.register(id, leaf.URI, callback), leaf))
	first, err := h.trust.Signer(t.Context(), h.client.CommunityID)
	if err != nil {
		t.Fatal(err)
	}
	if header["kid"] != first.KeyID() {
		t.Errorf("kid %v, want %v", header["kid"], first.KeyID())
	}
}

func TestECDSAKeySignsWithItsOwnHash(t *testing.T) {
	t.Parallel()
	if got, want := accessTokenHash("ES384", "abc"), "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFj"; got != want {
		t.Errorf("ES384: %s, want %s", got, want) // the first half of SHA-384("abc"), FIPS 180-4
	}
	if got, want := accessTokenHash("ES256", "abc"), "ungWv48Bz-pBQUDeXa4iIw"; got != want {
		t.Errorf("ES256: %s, want %s", got, want)
	}
}

func TestSubDiffersPerClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	leaf := h.community.Leaf("https://clinic.example")
	other := h.register(h.client.CommunityID, leaf.URI, callback)
	_, first := h.tokens()
	_, again := h.tokens()
	_, a := read(t, first)
	_, b := read(t, again)
	_, c := read(t, h.idTokenFor(other, leaf))
	if a["sub"] == "" || a["sub"] != b["sub"] {
		t.Errorf("sub towards one client: %v and %v", a["sub"], b["sub"])
	}
	if a["sub"] == c["sub"] {
		t.Errorf("the same sub towards two clients: %v", a["sub"])
	}
	if a["hl7_identifier"] != c["hl7_identifier"] {
		t.Errorf("two Digital Identifiers of one person: %v and %v", a["hl7_identifier"], c["hl7_identifier"])
	}
}

// TestSubSurvivesANewRegistration: sub is kept per (community, URI), not per client_id.
func TestSubSurvivesANewRegistration(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, idToken := h.tokens()
	_, before := read(t, idToken)
	if _, err := h.store.CancelClient(t.Context(), h.client.CommunityID, h.client.URI, now()); err != nil {
		t.Fatal(err)
	}
	old := h.client.ID
	h.client = h.register(h.client.CommunityID, h.client.URI, callback)
	_, idToken = h.tokens()
	_, after := read(t, idToken)
	if h.client.ID == old || before["sub"] != after["sub"] {
		t.Errorf("client %s then %s: sub %v then %v", old, h.client.ID, before["sub"], after["sub"])
	}
}

func TestDigitalIdentifierIsIndependentOfSub(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, idToken := h.tokens()
	_, payload := read(t, idToken)
	identifier, subject := payload["hl7_identifier"].(string), payload["sub"].(string)
	if payload["hl7_person_identifier"] != identifier || identifier != string(h.person.Identifier.Sealed) {
		t.Errorf("identifiers %v, %v", identifier, payload["hl7_person_identifier"])
	}
	for _, id := range []string{subject, h.person.ID, h.session.ID, h.client.ID, payload["jti"].(string), payload["sid"].(string)} {
		for i := 0; i+8 <= len(id); i++ {
			if strings.Contains(identifier, id[i:i+8]) {
				t.Errorf("the identifier %s shares %q with %s", identifier, id[i:i+8], id)
			}
		}
	}
	// Two records that differ in nothing but the identifier have the same kind of sub: it does not follow from it.
	twin := h.addPerson("jane2@example.org", idp.IDIAL1_8)
	h.person, h.session = twin, h.signIn(twin)
	_, second := h.tokens()
	_, other := read(t, second)
	if other["sub"] == subject || other["hl7_identifier"] == identifier {
		t.Error("two persons share an identifier or a sub")
	}
}

func TestLevelThatWasNotReachedIsNotClaimed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tt := range []struct {
		level idp.Level
		acr   string
	}{{idp.Unverified, "http://udap.org/code/id/ial1"}, {idp.IDIAL1_5, "http://udap.org/code/id/idial1.5"}, {idp.IDIAL2, "http://udap.org/code/id/ial2"}} {
		p := h.addPerson(string(tt.level)+"@example.org", tt.level)
		h.session = h.signIn(p)
		_, idToken := h.tokens()
		_, payload := read(t, idToken)
		if payload["acr"] != tt.acr {
			t.Errorf("%q: acr %v, want %s", tt.level, payload["acr"], tt.acr)
		}
		if _, has := payload["hl7_identifier"]; has != tt.level.AtLeast(idp.IDIAL1_8) {
			t.Errorf("%q: hl7_identifier there: %v", tt.level, has)
		}
	}
}

// TestConsentShowsWhatTheIDTokenReleases: nothing more, nothing less, in a fixed order.
func TestConsentShowsWhatTheIDTokenReleases(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, scope := range []string{"openid udap", "openid udap email profile"} {
		form := h.authorizationForm()
		form.Set("scope", scope)
		req := h.stored(h.authorize(form, h.session), h.session)
		shown, err := h.provider.Shares(t.Context(), req, h.session)
		if err != nil {
			t.Fatal(err)
		}
		location, err := h.agree(req, h.session)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		accessToken, idToken := h.mustExchange(h.tokenForm(u.Query().Get("code")))
		_, payload := read(t, idToken)
		for name, value := range h.userInfo(accessToken).json(t) {
			payload[name] = value
		}
		names := []string{}
		for _, c := range shown.Shown() {
			names = append(names, c.Name)
		}
		for name := range payload {
			if !slices.Contains(protocolClaims, name) && !slices.Contains(names, name) {
				t.Errorf("%s: %s is released and not shown", scope, name)
			}
		}
		for _, name := range names {
			if payload[name] == nil {
				t.Errorf("%s: %s is shown and not released", scope, name)
			}
		}
	}
}
