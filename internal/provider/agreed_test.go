package provider

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"udap-idp/internal/idp"
)

// protocolMembers are what a token says besides the claims that a person agrees to: who speaks to whom, when, and how sure it is
// that it is she. The consent page tells them in words.
var protocolMembers = []string{
	"iss", "sub", "aud", "azp", "iat", "exp", "auth_time", "jti", "sid", "amr", "acr", "fal", "aal", "ial", "identity_assurance_level",
	"nonce", "at_hash", "verified_at",
}

// agree lets the person say yes to everything.
func (h *house) agree(req idp.AuthRequest, s idp.Session) (string, error) {
	return h.provider.Allow(h.t.Context(), req, s, h.agreement(req, s))
}

func (h *house) agreement(req idp.AuthRequest, s idp.Session) idp.Agreement {
	a := idp.Agreement{Asked: true, Consent: idp.Consent{Sector: h.client.Sector(), Organization: "General Hospital"}}
	if c, err := h.store.Client(h.t.Context(), req.ClientID); err == nil {
		a.Consent.Sector = c.Sector()
	}
	if !s.SignedIn() {
		return a
	}
	offer, err := h.provider.Shares(h.t.Context(), req, s)
	if err != nil {
		return a // Allow says why
	}
	for _, choice := range offer.Choices() {
		a.Consent.Agreed = append(a.Consent.Agreed, choice.Claims...)
	}
	return a
}

// TestWireHoldsOnlyWhatWasAgreed: the ID Token and UserInfo as they go out, for random answers; and the record says the same.
func TestWireHoldsOnlyWhatWasAgreed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	random := rand.New(rand.NewPCG(3, 4))
	for range 12 {
		req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
		yes := h.agreement(req, h.session)
		all := slices.Clone(yes.Consent.Agreed)
		yes.Consent.Agreed = slices.DeleteFunc(yes.Consent.Agreed, func(string) bool { return random.IntN(2) == 0 })
		location, err := h.provider.Allow(t.Context(), req, h.session, yes)
		if err != nil {
			t.Fatal(err)
		}
		accessToken, idToken := h.mustExchange(h.tokenForm(codeOf(t, location)))
		_, payload := read(t, idToken)
		recorded := h.lastRelease()
		if len(recorded.UserInfo) > 0 {
			t.Error("UserInfo is on record before anybody read it")
		}
		info := h.userInfo(accessToken).json(t)
		recorded.UserInfo = h.lastRelease().UserInfo
		for place, got := range map[string]map[string]any{"ID Token": payload, "UserInfo": info} {
			record := recorded.Claims
			if place == "UserInfo" {
				record = recorded.UserInfo
			}
			for name := range got {
				if slices.Contains(protocolMembers, name) {
					continue
				}
				if !slices.Contains(yes.Consent.Agreed, name) {
					t.Errorf("%s has %s; agreed %v of %v", place, name, yes.Consent.Agreed, all)
				}
				if !slices.Contains(record, name) {
					t.Errorf("%s has %s, and the record does not: %v", place, name, record)
				}
			}
			for _, name := range record {
				if got[name] == nil {
					t.Errorf("the record of the %s has %s, which did not go out", place, name)
				}
			}
		}
		if recorded.RequestID != req.ID || recorded.SID != h.session.Authentication.SID || recorded.Level != idp.IDIAL1_8 {
			t.Errorf("the record is %+v", recorded)
		}
	}
}

// counting counts how often the Digital Identifier is opened.
func (h *house) counting(times *int, open func(context.Context, idp.Person, idp.Reading) (string, error)) func(context.Context, idp.Person, idp.Reading) (string, error) {
	return func(ctx context.Context, p idp.Person, why idp.Reading) (string, error) {
		*times++
		return open(ctx, p, why)
	}
}

func codeOf(t *testing.T, location string) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Query().Get("code") == "" {
		t.Fatalf("no code in %q (%v)", location, err)
	}
	return u.Query().Get("code")
}

// lastRelease is the newest on record about the house's person.
func (h *house) lastRelease() idp.Release {
	h.t.Helper()
	all, err := h.store.Releases(h.t.Context(), idp.ReleaseFilter{PersonID: h.person.ID, Limit: 1})
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%d releases, %v", len(all), err)
	}
	return all[0]
}

// TestWhatDoesNotGoOutIsNotOnRecord: a code that is refused leaves no record, and no reading of the Digital Identifier.
func TestWhatDoesNotGoOutIsNotOnRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	opened := 0
	open := h.provider.Identifier
	h.provider.Identifier = h.counting(&opened, open)
	form := h.tokenForm(code)
	form.Set("code_verifier", "another-verifier-another-verifier-another-verifier")
	if got := h.token(form); got.status != http.StatusBadRequest {
		t.Fatalf("another verifier: %d", got.status)
	}
	if all, err := h.store.Releases(t.Context(), idp.ReleaseFilter{PersonID: h.person.ID}); err != nil || len(all) != 0 || opened != 0 {
		t.Errorf("%d releases on record (%v), opened %d times", len(all), err, opened)
	}
	h.mustExchange(h.tokenForm(code))
	if opened != 1 {
		t.Errorf("opened %d times, want once", opened)
	}
}

func TestStoppedSharingEndsCodeAndAccessToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	accessToken, _ := h.tokens()
	code := h.code()
	consent, err := h.store.Consent(t.Context(), h.person.ID, h.client.Sector())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.EndConsent(t.Context(), h.person.ID, consent.ID, now(), idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, h.token(h.tokenForm(code)), 400, "invalid_grant", "the code is unknown or no longer valid")
	if got := h.userInfo(accessToken); got.status != http.StatusUnauthorized {
		t.Errorf("UserInfo: %d, want 401", got.status)
	}
	h.code() // a new yes
	if got := h.userInfo(accessToken); got.status != http.StatusUnauthorized {
		t.Errorf("UserInfo after a new consent: %d, want 401", got.status)
	}
}

func TestConsentForAnotherOrganizationAllowsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	yes := h.agreement(req, h.session)
	yes.Consent.Sector = h.client.CommunityID + " https://other.example"
	if to, err := h.provider.Allow(t.Context(), req, h.session, yes); !errors.Is(err, idp.ErrMismatch) {
		t.Errorf("allowed to %q, %v", to, err)
	}
	silent := idp.Agreement{Consent: idp.Consent{ID: idp.NewID(), Sector: h.client.Sector(), Agreed: yes.Consent.Agreed}}
	if to, err := h.provider.Allow(t.Context(), req, h.session, silent); !errors.Is(err, idp.ErrStale) {
		t.Errorf("without asking, under a consent that is not there: %q, %v", to, err)
	}
}

// TestOfferOpensNoIdentifier: what is only counted is not read.
func TestOfferOpensNoIdentifier(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	opened := 0
	h.provider.Identifier = h.counting(&opened, h.provider.Identifier)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	offer, err := h.provider.Offered(t.Context(), req, h.session)
	if err != nil || opened != 0 {
		t.Fatalf("opened %d times, %v", opened, err)
	}
	shown, err := h.provider.Shares(t.Context(), req, h.session)
	if err != nil || opened != 1 {
		t.Fatalf("opened %d times, %v", opened, err)
	}
	a, b := offer.Choices(), shown.Choices()
	if len(a) != len(b) {
		t.Fatalf("offered %v, shown %v", a, b)
	}
	for i := range a {
		if a[i].Name != b[i].Name || !slices.Equal(a[i].Claims, b[i].Claims) || a[i].Essential != b[i].Essential {
			t.Errorf("offered %+v, shown %+v", a[i], b[i])
		}
	}
}
