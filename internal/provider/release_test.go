package provider

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// approve makes the deployment one that may assert level 2, and jane a person whose event on record reached the level.
func (h *house) approve(level idp.Level) {
	h.t.Helper()
	h.provider.AssertIAL2 = true
	h.proof(level)
}

func (h *house) proof(level idp.Level) {
	h.t.Helper()
	p, err := h.store.Person(h.t.Context(), h.person.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	at := now()
	e := idp.Proofing{
		ID: idp.NewID(), PersonID: p.ID, VerificationProcess: idp.NewUUIDv4(), Framework: idp.FrameworkIDI, Type: idp.OnsiteAttended,
		Claimed: level, Achieved: level, Status: idp.ProofingInForce, StartedAt: at, CompletedAt: at, ExpiresAt: at.AddDate(idp.ProofingYears, 0, 0),
		PerformedBy: "agent", PerformedRole: idp.RoleAgent,
	}
	if err := h.store.StartProofing(h.t.Context(), e); err != nil {
		h.t.Fatal(err)
	}
	p.Level, p.ProofingID, p.VerifiedAt, p.ExpiresAt = level, e.ID, at, e.ExpiresAt
	for i := range p.Attributes {
		p.Attributes[i].Level, p.Attributes[i].ProofingID = level, e.ID
	}
	h.change(p)
}

func (h *house) change(p idp.Person) {
	h.t.Helper()
	if err := h.store.ChangePerson(h.t.Context(), p); err != nil {
		h.t.Fatal(err)
	}
	var err error
	if h.person, err = h.store.Person(h.t.Context(), p.ID); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) settings(s idp.ClientSettings) {
	h.t.Helper()
	var err error
	if h.client, err = h.store.SetClientSettings(h.t.Context(), h.client.ID, s, idp.Trail{}); err != nil {
		h.t.Fatal(err)
	}
}

// signedInAt is the session as if the person had signed in so long ago.
func (h *house) signedInAt(ago time.Duration) idp.Session {
	h.t.Helper()
	s, cookie := h.newBrowser()
	at := now().Add(-ago)
	err := h.store.SignInSession(h.t.Context(), idp.SignIn{
		SessionID: s.ID, OldHash: cookie.Hash(), NewHash: idp.NewTokenFor(s.ID).Hash(), PersonID: h.person.ID,
		Authentication: idp.Authentication{SID: idp.NewUUIDv4(), Time: at, AMR: testAuthentication, PasskeyID: []byte("key of " + h.person.ID)},
		ExpiresAt:      at.Add(idp.SessionLimit), Passkey: idp.PasskeyUse{PasskeyID: []byte("key of " + h.person.ID), Credential: []byte("{}"), At: at}, At: now(),
	})
	if err == nil {
		s, err = h.store.Session(h.t.Context(), s.ID, now())
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func wantRefusal(t *testing.T, location *url.URL, code, words string) {
	t.Helper()
	q := location.Query()
	if q.Get("error") != code || !strings.Contains(q.Get("error_description"), words) || q.Has("code") || q.Get("state") == "" || q.Get("iss") == "" ||
		!strings.HasPrefix(location.String(), callback) {
		t.Errorf("%s, want %s: %s", location, code, words)
	}
}

const unmet = "unmet_authentication_requirements"

func TestNetworkTokenOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.approve(idp.IDIAL2)
	h.settings(idp.ClientSettings{Payload: "cms_can", Audience: "https://app.example/medicare"})
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	if req.MaxAge == nil || *req.MaxAge != 300 {
		t.Errorf("max_age %v, want 300: the sign-in before consent has to be that young", req.MaxAge)
	}
	accessToken, idToken := h.tokens()
	header, payload := read(t, idToken)
	if header["alg"] != "RS256" || header["typ"] != "JWT" {
		t.Errorf("header %v", header)
	}
	// OIDC Core §2: aud is the network's name of the application, azp the client.
	if payload["aud"] != "https://app.example/medicare" || payload["azp"] != h.client.ID {
		t.Errorf("aud %v, azp %v", payload["aud"], payload["azp"])
	}
	if payload["identity_assurance_level"] != 2.0 || payload["ial"] != "http://idmanagement.gov/ns/assurance/ial/2" || payload["last_name"] != "Doe" {
		t.Errorf("payload %v", payload)
	}
	iat, authTime := payload["iat"].(float64), payload["auth_time"].(float64)
	if payload["exp"] != iat+300 || iat-authTime > 300 || authTime > iat || iat > float64(time.Now().Unix()) {
		t.Errorf("iat %v, exp %v, auth_time %v", iat, payload["exp"], authTime)
	}
	// uuid is the same for every client, and neither the sub nor the Digital Identifier.
	leaf := h.community.Leaf("https://clinic.example")
	first, firstToken := h.client, idToken
	h.client, h.leaf = h.register(first.CommunityID, leaf.URI, callback), leaf
	h.settings(idp.ClientSettings{Payload: "cms_can"})
	_, idToken = h.tokens()
	_, other := read(t, idToken)
	if payload["uuid"] == nil || payload["uuid"] != other["uuid"] || payload["uuid"] == payload["sub"] || payload["uuid"] == payload["hl7_identifier"] || other["sub"] == payload["sub"] {
		t.Errorf("uuid %v and %v, sub %v and %v", payload["uuid"], other["uuid"], payload["sub"], other["sub"])
	}
	if got := h.userInfo(accessToken).json(t); got["identity_assurance_level"] != 2.0 || got["token_policy"] != nil {
		t.Errorf("UserInfo %v", got)
	}
	// The token is a good hint, although its aud is not the client_id.
	h.client = first
	form := h.authorizationForm()
	form.Set("id_token_hint", firstToken)
	h.stored(h.authorize(form, h.session), h.session)
}

// TestNetworkProfileIsRefusedAtAuthorize: what can never be answered is refused before anybody signs in.
func TestNetworkProfileIsRefusedAtAuthorize(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"cms_can", "tefca_ias", "unified"} {
		h := newHouse(t)
		h.proof(idp.IDIAL2)
		h.settings(idp.ClientSettings{Payload: profile})
		s, _ := h.newBrowser()
		wantRefusal(t, h.authorize(h.authorizationForm(), s).location(t), unmet, "not approved to assert identity assurance level 2")
	}
	h := newHouse(t)
	h.settings(idp.ClientSettings{Payload: "CMS"})
	wantRefusal(t, h.authorize(h.authorizationForm(), h.session).location(t), "server_error", "")
}

// TestNetworkProfileNeedsAnRSAKey: its readers take RS256 only.
func TestNetworkProfileNeedsAnRSAKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.approve(idp.IDIAL2)
	second := udaptest.New(t, udaptest.WithoutServer())
	id := h.storeCommunity(second)
	ours := second.LeafWith(func(l *authority.Leaf) {
		l.URIs, l.KeyType = []string{h.issuer}, authority.P256
		l.Key = udaptest.Key(t, authority.P256, 8)
	})
	h.trust.add(trusted{id: id, anchor: second.Anchor(), signer: ours.Signer()})
	h.leaf = second.Leaf("https://clinic.example")
	h.client = h.register(id, h.leaf.URI, callback)
	h.tokens() // the ordinary profile takes any key
	h.settings(idp.ClientSettings{Payload: "cms_can"})
	wantRefusal(t, h.authorize(h.authorizationForm(), h.session).location(t), unmet, "RS256")
}

// TestNetworkProfileIsRefusedBelowLevel2: to the client, with no question to the person, no code, and no token.
func TestNetworkProfileIsRefusedBelowLevel2(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.approve(idp.IDIAL1_8)
	h.settings(idp.ClientSettings{Payload: "cms_can"})
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	shown, err := h.provider.Shares(t.Context(), req, h.session)
	if err != nil || shown.Refusal == nil || len(shown.Shown()) > 0 {
		t.Errorf("consent would show %v (%v)", shown.Shown(), err)
	}
	location, err := h.agree(req, h.session)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(location)
	wantRefusal(t, u, unmet, "not verified at level 2")
	if _, err := h.agree(req, h.session); !errors.Is(err, idp.ErrUsed) {
		t.Errorf("a second answer: %v", err)
	}
}

// TestProofingThatEndsBeforeTheTokenEndsTheToken: what held when the person agreed is looked at again.
func TestProofingThatEndsBeforeTheTokenEndsTheToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.approve(idp.IDIAL2)
	h.settings(idp.ClientSettings{Payload: "cms_can"})
	accessToken, _ := h.tokens()
	code := h.code()
	e, err := h.store.Proofing(t.Context(), h.person.ProofingID)
	if err != nil {
		t.Fatal(err)
	}
	e.Status, e.EndedAt = idp.ProofingRepudiated, now()
	if err := h.store.SaveProofing(t.Context(), e, nil, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, h.token(h.tokenForm(code)), 400, "invalid_grant", "the identity is not verified at level 2, which the payload profile cms_can promises")
	if got := h.userInfo(accessToken); got.status != 401 {
		t.Errorf("UserInfo: %d %s", got.status, got.body)
	}
}

// TestNetworkProfileAsksForANewSignIn: before consent, and when consent took long; and no token is dated more than 300 seconds
// after the sign-in.
func TestNetworkProfileAsksForANewSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.approve(idp.IDIAL2)
	h.settings(idp.ClientSettings{Payload: "cms_can"})
	form := h.authorizationForm()
	form.Set("max_age", "60")
	if req := h.stored(h.authorize(form, h.session), h.session); *req.MaxAge != 60 {
		t.Errorf("max_age %d: the client's own is stricter", *req.MaxAge)
	}
	for ago, want := range map[time.Duration]error{230 * time.Second: nil, 250 * time.Second: ErrSignInAgain, time.Hour: ErrSignInAgain} {
		s := h.signedInAt(ago)
		req := h.stored(h.authorize(h.authorizationForm(), s), s)
		if _, err := h.agree(req, s); !errors.Is(err, want) {
			t.Errorf("signed in %v ago: %v, want %v", ago, err, want)
		}
		if want == nil {
			continue
		}
		// The request still stands: the same person signs in again in the same browser and may agree.
		again := h.signIn(h.person)
		req = h.stored(h.authorize(h.authorizationForm(), again), again)
		if _, err := h.agree(req, again); err != nil {
			t.Errorf("after another sign-in: %v", err)
		}
	}
	// A code of an old sign-in, however it came about, buys nothing.
	s := h.signedInAt(301 * time.Second)
	req := h.stored(h.authorize(h.authorizationForm(), s), s)
	token := idp.NewToken()
	err := h.store.IssueCode(t.Context(), idp.Issue{RequestID: req.ID, SessionID: s.ID, At: now(), Agreement: h.agreement(req, s), Code: idp.Code{
		ID: token.ID, Hash: token.Hash(), ClientID: h.client.ID, RedirectURI: callback, RedirectURISent: true, CodeChallenge: challengeOK,
		Scopes: req.Scopes, PersonID: h.person.ID, SessionID: s.ID, Authentication: *s.Authentication, CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}})
	if err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, h.token(h.tokenForm(token.String())), 400, "invalid_grant", "the payload profile cms_can takes a sign-in of the last 300 seconds only")
}

// TestR7_IdentifierIsOpenedOnlyWhenItGoesOut: and never towards a community that is not trusted with it.
func TestR7_IdentifierIsOpenedOnlyWhenItGoesOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var opened []idp.Reading
	h.provider.Identifier = func(_ context.Context, p idp.Person, why idp.Reading) (string, error) {
		if why.Purpose != "consent" { // the person is shown it, when she may share it at all
			opened = append(opened, why)
		}
		return string(p.Identifier.Sealed), nil
	}
	h.untrusted = map[string]bool{h.client.CommunityID: true}
	accessToken, idToken := h.tokens()
	_, payload := read(t, idToken)
	if payload["hl7_identifier"] != nil || h.userInfo(accessToken).json(t)["hl7_identifier"] != nil || len(opened) > 0 {
		t.Errorf("an untrusted client: %v, opened %v", payload["hl7_identifier"], opened)
	}
	h.untrusted = nil
	h.tokens()
	if len(opened) != 1 || opened[0].Purpose != "release" || opened[0].ClientID != h.client.ID {
		t.Errorf("opened %v", opened)
	}
}

// TestClaimsParameterReachesTokenAndUserInfo: it is kept from /authorize to the access token.
func TestClaimsParameterReachesTokenAndUserInfo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.proof(idp.IDIAL1_8)
	form := h.authorizationForm()
	const verified = `{"verified_claims":{"verification":{"trust_framework":null,"assurance_level":null},"claims":{"given_name":null}}}`
	form.Set("claims", `{"id_token":`+verified+`,"userinfo":`+verified+`}`)
	accessToken, idToken := h.mustExchange(h.tokenForm(h.allow(form, h.session).Query().Get("code")))
	_, payload := read(t, idToken)
	for place, got := range map[string]any{"ID Token": payload["verified_claims"], "UserInfo": h.userInfo(accessToken).json(t)["verified_claims"]} {
		object, _ := got.(map[string]any)
		verification, _ := object["verification"].(map[string]any)
		if verification["assurance_level"] != "idial1.8" || len(verification) != 2 {
			t.Errorf("%s: %v", place, got)
		}
	}
}

// TestEssentialACRThatIsNotMetIsAnError: OIDC Core §5.5.1.1; what is preferred and not met is none.
func TestEssentialACRThatIsNotMetIsAnError(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("acr_values", "http://udap.org/code/id/ial2 phr")
	_, idToken := h.mustExchange(h.tokenForm(h.allow(form, h.session).Query().Get("code")))
	if _, payload := read(t, idToken); payload["acr"] != "http://udap.org/code/id/idial1.8" {
		t.Errorf("acr %v", payload["acr"])
	}
	form.Set("claims", `{"id_token":{"acr":{"essential":true,"values":["http://udap.org/code/id/ial2"]}}}`)
	wantRefusal(t, h.allow(form, h.session), unmet, "essential")
	form.Set("claims", `{"id_token":{"acr":{"essential":true,"values":["phr"]}}}`)
	_, idToken = h.mustExchange(h.tokenForm(h.allow(form, h.session).Query().Get("code")))
	if _, payload := read(t, idToken); payload["acr"] != "phr" {
		t.Errorf("acr %v, want phr", payload["acr"])
	}
	// A client of the profile oidc gets the first that is met of what it prefers.
	h.settings(idp.ClientSettings{Payload: "oidc"})
	form.Del("claims")
	_, idToken = h.mustExchange(h.tokenForm(h.allow(form, h.session).Query().Get("code")))
	if _, payload := read(t, idToken); payload["acr"] != "phr" {
		t.Errorf("oidc: acr %v, want phr", payload["acr"])
	}
}

// TestDiscoveryOfIdentityAssurance: OpenID Connect for Identity Assurance §7, and the frameworks that are true here.
func TestDiscoveryOfIdentityAssurance(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, approved := range []bool{false, true} {
		h.provider.AssertIAL2 = approved
		body := h.do(h.request("GET", "/.well-known/openid-configuration", nil)).json(t)
		frameworks := strings.Fields(joined(body["trust_frameworks_supported"]))
		if slices.Contains(frameworks, "nist_800_63A") != approved || !slices.Contains(frameworks, "http://hl7.org/fhir/us/identity-matching") {
			t.Errorf("approved %v: %v", approved, frameworks)
		}
		for name, want := range map[string]string{
			"evidence_supported": "document", "documents_methods_supported": "pipp sripp uripp",
			"documents_supported": "bank_statement birth_certificate driving_permit idcard passport residence_permit utility_statement",
		} {
			if got := joined(body[name]); got != want {
				t.Errorf("%s: %s", name, got)
			}
		}
		if body["verified_claims_supported"] != true || !strings.Contains(joined(body["claims_in_verified_claims_supported"]), "given_name") ||
			strings.Contains(joined(body["claims_in_verified_claims_supported"]), "hl7_") || joined(body["documents_check_methods_supported"]) == "" {
			t.Errorf("%v", body)
		}
	}
}
