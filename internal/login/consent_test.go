package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// arrive brings a signed-in patient with a request to the consent page.
func (rm *room) arrive(t *testing.T, change ...func(*idp.AuthRequest)) (*webBrowser, patient, string) {
	t.Helper()
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b, change...)
	b.post("/login", p.device.answer(t, b.get("/login?req="+req))).leadsTo(t, "/consent?req="+req)
	return b, p, req
}

func TestWalkFromRequestToCode(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b)

	page := b.get("/login?req=" + req)
	page.wants(t, http.StatusOK, "sign-in")
	if !strings.Contains(page.body, "General Hospital") {
		t.Error("the sign-in page does not name the organization")
	}
	b.post("/login", p.device.answer(t, page)).leadsTo(t, "/consent?req="+req)
	b.get("/login?req="+req).leadsTo(t, "/consent?req="+req)

	question := b.get("/consent?req=" + req)
	question.wants(t, http.StatusOK, "consent")
	for _, want := range []string{"General Hospital", "Sample Trust", "https://hospital.example/fhir", "Ana Rivera"} {
		if !strings.Contains(question.body, want) {
			t.Errorf("the consent page does not say %q", want)
		}
	}
	if csp := question.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://hospital.example") {
		t.Errorf("policy %q does not let the answer go to the data holder", csp)
	}
	got := b.post("/consent", allowForm(req))
	if got.status != http.StatusSeeOther || !strings.HasPrefix(got.location, testRedirect+"?code=") {
		t.Fatalf("allow: status %d to %q", got.status, got.location)
	}
}

func TestDenyIsAccessDenied(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	b.post("/consent", url.Values{"request": {req}, "decision": {"deny"}}).leadsTo(t, testRedirect+"?error=access_denied")
	b.post("/consent", allowForm(req)).wants(t, http.StatusGone, "problem")
}

func TestConsentForOnceIsAskedAgain(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	b.post("/consent", allowForm(req)) // not to be remembered
	again := rm.authorize(t, b)
	b.get("/login?req="+again).leadsTo(t, "/consent?req="+again)
	b.get("/consent?req="+again).wants(t, http.StatusOK, "consent")
}

func TestRequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	b.post("/consent", allowForm(req))
	for _, got := range []answer{b.post("/consent", allowForm(req)), b.get("/consent?req=" + req), b.get("/login?req=" + req)} {
		got.wants(t, http.StatusGone, "problem")
		if !strings.Contains(got.body, testRedirect) {
			t.Error("the page does not lead back to the data holder")
		}
	}
}

func TestResumeRefusesOtherBrowser(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, p, req := rm.arrive(t)
	b.get("/consent?req=" + req)

	stranger, signedIn := newBrowser(t, rm), newBrowser(t, rm)
	rm.signIn(t, signedIn, p)
	for name, thief := range map[string]*webBrowser{"a stranger": stranger, "the same person elsewhere": signedIn} {
		t.Run(name, func(t *testing.T) {
			never := thief.get("/consent?req=" + idp.NewID())
			for _, got := range []answer{
				thief.get("/login?req=" + req),
				thief.get("/consent?req=" + req),
				thief.post("/consent", allowForm(req)),
				thief.post("/consent", url.Values{"request": {req}, "decision": {"deny"}}),
				thief.post("/login", url.Values{"request": {req}}),
			} {
				got.wants(t, http.StatusNotFound, "problem")
				if strings.Contains(got.body, "hospital.example") || strings.Contains(got.body, "General Hospital") {
					t.Error("the page tells something about the request")
				}
				if first(got.body, "<h1>(.*?)</h1>") != first(never.body, "<h1>(.*?)</h1>") {
					t.Error("a request of another browser looks different from one that never was")
				}
			}
		})
	}
	if got := b.post("/consent", allowForm(req)); !strings.HasPrefix(got.location, testRedirect+"?code=") {
		t.Errorf("its own browser afterwards: status %d to %q", got.status, got.location)
	}
}

func TestMalformedRequestIDIsUnknown(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	for _, id := range []string{"x", "\x00", "\xff\xfe", strings.Repeat("a", 36), strings.Repeat("a", 10_000), "0190-"} {
		b.get("/login?req="+url.QueryEscape(id)).wants(t, http.StatusNotFound, "problem")
		b.get("/consent?req="+url.QueryEscape(id)).wants(t, http.StatusNotFound, "problem")
	}
	b.get("/consent").wants(t, http.StatusNotFound, "problem")
}

func TestExpiredRequestLeadsBack(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	rm.wait(16 * time.Minute)
	for _, got := range []answer{b.get("/login?req=" + req), b.get("/consent?req=" + req), b.post("/consent", allowForm(req))} {
		got.wants(t, http.StatusGone, "problem")
		if !strings.Contains(got.body, testRedirect+"?error=access_denied") || !strings.Contains(got.body, "General Hospital") {
			t.Error("the page does not lead back to the data holder")
		}
	}
}

func TestPromptNoneShowsNoPage(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	silent := func(r *idp.AuthRequest) { r.Prompt = []string{"none"} }
	b := newBrowser(t, rm)
	b.get("/login?req="+rm.authorize(t, b, silent)).leadsTo(t, testRedirect+"?error=login_required")
	rm.signIn(t, b, rm.enrolled(t))
	b.get("/login?req="+rm.authorize(t, b, silent)).leadsTo(t, testRedirect+"?error=consent_required")
	req := rm.authorize(t, b, silent)
	b.post("/consent", allowForm(req)).leadsTo(t, testRedirect+"?error=consent_required")
}

func TestPromptLoginAndMaxAgeAskForTheSignInAgain(t *testing.T) {
	t.Parallel()
	minute := 60
	tests := []struct {
		name   string
		change func(r *idp.AuthRequest)
	}{
		{"prompt=login", func(r *idp.AuthRequest) { r.Prompt = []string{"login"} }},
		{"max_age", func(r *idp.AuthRequest) { r.MaxAge = &minute }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			p := rm.enrolled(t)
			b := newBrowser(t, rm)
			rm.signIn(t, b, p)
			rm.wait(2 * time.Minute)
			req := rm.authorize(t, b, test.change)
			rm.wait(time.Second)
			b.get("/consent?req="+req).leadsTo(t, "/login?req="+req)
			b.post("/consent", allowForm(req)).leadsTo(t, "/login?req="+req)
			page := b.get("/login?req=" + req)
			page.wants(t, http.StatusOK, "sign-in")
			b.post("/login", p.device.answer(t, page)).leadsTo(t, "/consent?req="+req)
			b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
		})
	}
}

func TestConsentCountsOnlyForWhomItWasShownTo(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)

	// A yes to a question that was not shown.
	b.post("/consent", allowForm(req)).leadsTo(t, "/consent?req="+req)

	// A page left open by one person, answered after another signed in in the same browser.
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	other := rm.enrolled(t, func(p *idp.Person) { p.GivenName = "Bea" })
	rm.wait(time.Second)
	again := rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"login"} })
	b.post("/login", other.device.answer(t, b.get("/login?other=1&req="+again))).leadsTo(t, "/consent?req="+again)
	b.post("/consent", allowForm(req)).leadsTo(t, "/consent?req="+req)
	if got := b.get("/consent?req=" + req); !strings.Contains(got.body, "Bea Rivera") {
		t.Error("the question is not put to the person who is signed in now")
	}
	if got := b.post("/consent", allowForm(req)); !strings.HasPrefix(got.location, testRedirect+"?code=") {
		t.Errorf("asked and allowed: status %d to %q", got.status, got.location)
	}
}

func TestConsentAfterSigningOutGivesNothing(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	open := b.copyOf()
	b.post("/logout", nil)
	open.post("/consent", allowForm(req)).wants(t, http.StatusNotFound, "problem")
}

func TestCancelledClientGetsNothing(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	if _, err := rm.store.CancelClient(context.Background(), rm.client.CommunityID, rm.client.URI, rm.now()); err != nil {
		t.Fatal(err)
	}
	b.get("/consent?req="+req).wants(t, http.StatusBadRequest, "problem")
	got := b.post("/consent", allowForm(req))
	got.wants(t, http.StatusBadRequest, "problem")
	if strings.Contains(got.body, testRedirect) {
		t.Error("the page leads to a data holder that is gone")
	}
}

func TestManyQuestionsDoNotFillTheSession(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, _ := rm.arrive(t)
	for range 40 {
		req := rm.authorize(t, b)
		b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	}
	s, err := rm.store.Session(context.Background(), b.get("/session").body, rm.now())
	if err != nil || len(s.Values) > 4<<10 {
		t.Errorf("%d bytes of values, %v", len(s.Values), err)
	}
}

func TestOrganizationIsNamedByItsCertificate(t *testing.T) {
	t.Parallel()
	community := idp.Community{Name: "Sample Trust", URI: "https://trust.example"}
	tests := []struct{ name, organization, want string }{
		{"certificate", "General Hospital", "General Hospital"},
		{"certificate without O", "", "hospital-client"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := OrganizationOf(idp.Client{Organization: test.organization, Name: "hospital-client", URI: "https://h.example"}, community)
			want := Organization{test.want, "https://h.example", "Sample Trust", "https://trust.example"}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestFailureOfAnotherRoomIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := []struct {
		name   string
		change func(*Config)
	}{
		{"shares", func(c *Config) { c.Authorizer = brokenAuthorizer{c.Authorizer, broken} }},
		{"organization", func(c *Config) {
			c.Organization = func(context.Context, idp.AuthRequest) (Organization, error) { return Organization{}, broken }
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t, test.change)
			b := newBrowser(t, rm)
			rm.signIn(t, b, rm.enrolled(t))
			if got := b.get("/consent?req=" + rm.authorize(t, b)); got.status != http.StatusInternalServerError {
				t.Errorf("status %d, want 500", got.status)
			}
		})
	}
}

type brokenAuthorizer struct {
	Authorizer
	err error
}

func (b brokenAuthorizer) Shares(context.Context, idp.AuthRequest, idp.Session, bool) (Offer, error) {
	return Offer{}, b.err
}
