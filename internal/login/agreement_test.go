package login

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// say answers the question of a request with these fields besides.
func say(req, decision string, pairs ...string) url.Values {
	form := url.Values{"request": {req}, "decision": {decision}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// remembers brings a patient to a remembered yes to everything.
func (rm *room) remembers(t *testing.T) (*webBrowser, patient) {
	t.Helper()
	b, p, req := rm.arrive(t)
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	b.post("/consent", say(req, "allow", "share", "email", "remember", "yes")).gotCode(t)
	return b, p
}

func (a answer) gotCode(t *testing.T) {
	t.Helper()
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, testRedirect+"?code=") {
		t.Errorf("status %d to %q, want a code", a.status, a.location)
	}
}

func (rm *room) consentOf(t *testing.T, p patient) idp.Consent {
	t.Helper()
	c, err := rm.store.Consent(context.Background(), p.ID, rm.client.Sector())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRememberedConsentIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, p := rm.remembers(t)
	b.get("/login?req=" + rm.authorize(t, b)).gotCode(t)
	b.get("/consent?req=" + rm.authorize(t, b)).gotCode(t)
	b.get("/login?req=" + rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"none"} })).gotCode(t)
	// In another browser she signs in, and no more.
	other := newBrowser(t, rm)
	req := rm.authorize(t, other)
	other.post("/login", p.device.answer(t, other.get("/login?req="+req))).gotCode(t)
	if c := rm.consentOf(t, p); c.Times != 5 || !c.Remembered {
		t.Errorf("the consent is %+v", c)
	}
}

func TestRememberedConsentCoversNoMoreThanWasAgreed(t *testing.T) {
	t.Parallel()
	more := Choice{Name: "phone_number", Claims: []string{"phone_number"}}
	for name, change := range map[string]func(*testing.T, *room, patient) func(*idp.AuthRequest){
		"another detail is offered": func(_ *testing.T, rm *room, _ patient) func(*idp.AuthRequest) {
			rm.offers = func(o *Offer) { o.Choices = append(o.Choices, more) }
			return nil
		},
		"a detail says more than it did": func(_ *testing.T, rm *room, _ patient) func(*idp.AuthRequest) {
			rm.offers = func(o *Offer) { o.Choices[0].Claims = append(o.Choices[0].Claims, "family_name") }
			return nil
		},
		"the Digital Identifier is offered": func(_ *testing.T, rm *room, _ patient) func(*idp.AuthRequest) {
			rm.identifier = true
			return nil
		},
		"another organization": func(_ *testing.T, rm *room, _ patient) func(*idp.AuthRequest) {
			rm.offers = func(o *Offer) { o.Sector = "another" }
			return nil
		},
		"prompt=consent": func(*testing.T, *room, patient) func(*idp.AuthRequest) {
			return func(r *idp.AuthRequest) { r.Prompt = []string{"consent"} }
		},
		"she stopped sharing": func(t *testing.T, rm *room, p patient) func(*idp.AuthRequest) {
			if _, err := rm.store.EndConsent(context.Background(), p.ID, rm.consentOf(t, p).ID, rm.now(), idp.Trail{}); err != nil {
				t.Fatal(err)
			}
			return nil
		},
		"new practices": func(_ *testing.T, rm *room, _ patient) func(*idp.AuthRequest) {
			rm.Practices = func(context.Context) (idp.Acceptance, error) {
				return idp.Acceptance{Kind: idp.PolicyPractices, Version: 1, Name: "practices-1"}, nil
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			b, p := rm.remembers(t)
			ask := change(t, rm, p)
			changes := []func(*idp.AuthRequest){}
			if ask != nil {
				changes = append(changes, ask)
			}
			req := rm.authorize(t, b, changes...)
			b.get("/login?req="+req).leadsTo(t, "/consent?req="+req)
			b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
			if ask == nil {
				silent := rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"none"} })
				b.get("/login?req="+silent).leadsTo(t, testRedirect+"?error=consent_required")
			}
		})
	}
}

func TestSwitchedOffIsNotAgreedAndStaysOff(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, p, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	// What is essential is agreed to with a yes, whatever the form says; what was not offered is not.
	b.post("/consent", say(req, "allow", "share", "phone_number", "share", "address", "remember", "yes")).gotCode(t)
	c := rm.consentOf(t, p)
	if !slices.Equal(c.Agreed, []string{"name"}) || !slices.Equal(c.Declined, []string{"email", "email_verified"}) {
		t.Errorf("agreed %v, declined %v", c.Agreed, c.Declined)
	}
	b.get("/login?req=" + rm.authorize(t, b)).gotCode(t) // off is an answer too
	if c := rm.consentOf(t, p); !slices.Equal(c.Agreed, []string{"name"}) {
		t.Errorf("after a silent answer agreed %v", c.Agreed)
	}
	again := rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"consent"} })
	if page := b.get("/consent?req=" + again); strings.Contains(page.body, `value="email" checked`) || !strings.Contains(page.body, `value="email"`) {
		t.Error("the page does not begin with what she said last")
	}
	// The data holder cannot do without it any more: that is for her to decide.
	rm.offers = func(o *Offer) { o.Choices[1].Essential = true }
	needed := rm.authorize(t, b)
	b.get("/login?req="+needed).leadsTo(t, "/consent?req="+needed)
}

func TestIdentifierIsAskedApartTheFirstTime(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	rm.identifier = true
	b, p, req := rm.arrive(t)
	identifier := string(p.Identifier.Sealed)
	first := b.get("/consent?req=" + req)
	if strings.Contains(first.body, identifier) || strings.Contains(first.body, `value="hl7_identifier"`) {
		t.Error("the first page asks about the identifier among the others")
	}
	// A yes to it does not count before its own page was shown.
	for _, decision := range []string{"with-identifier", "allow"} {
		page := b.post("/consent", say(req, decision, "share", "email", "remember", "yes"))
		page.wants(t, http.StatusOK, "consent-identifier")
		if !strings.Contains(page.body, identifier) || !strings.Contains(page.body, `name="share" value="email"`) || !strings.Contains(page.body, `name="remember"`) {
			t.Error("the page about the identifier does not hold it, or not the answer so far")
		}
		b.get("/consent?req="+req).wants(t, http.StatusOK, "consent") // back to the first page: its own has to be shown again
	}
	b.post("/consent", say(req, "allow", "share", "email", "remember", "yes")).wants(t, http.StatusOK, "consent-identifier")
	b.post("/consent", say(req, "without-identifier", "share", "email", "remember", "yes")).gotCode(t)
	if c := rm.consentOf(t, p); !slices.Equal(c.Declined, []string{"hl7_identifier"}) || !slices.Contains(c.Agreed, "email") {
		t.Errorf("without it: agreed %v, declined %v", c.Agreed, c.Declined)
	}
	b.get("/login?req=" + rm.authorize(t, b)).gotCode(t)

	// As long as the organization was not given it, it is asked apart; afterwards it is a switch like the others.
	req = rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"consent"} })
	b.get("/consent?req=" + req)
	b.post("/consent", say(req, "allow", "share", "email")).wants(t, http.StatusOK, "consent-identifier")
	b.post("/consent", say(req, "with-identifier", "share", "email")).gotCode(t)
	if c := rm.consentOf(t, p); !slices.Contains(c.Agreed, "hl7_identifier") {
		t.Errorf("with it: agreed %v", c.Agreed)
	}
	req = rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"consent"} })
	if page := b.get("/consent?req=" + req); !strings.Contains(page.body, `value="hl7_identifier" checked`) {
		t.Error("there is no switch for the identifier that was shared before")
	}
	b.post("/consent", say(req, "allow", "share", "email")).gotCode(t)
	if c := rm.consentOf(t, p); slices.Contains(c.Agreed, "hl7_identifier") {
		t.Errorf("switched off: agreed %v", c.Agreed)
	}
}

func TestPracticesAreAcceptedOnceAndAgainWhenTheyAreNew(t *testing.T) {
	t.Parallel()
	current := idp.Acceptance{Kind: idp.PolicyPractices, Name: "practices-generated-1"}
	rm := newRoom(t, func(c *Config) {
		c.Practices = func(context.Context) (idp.Acceptance, error) { return current, nil }
	})
	b, p, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	page := b.post("/consent", say(req, "allow", "share", "email", "remember", "yes"))
	page.wants(t, http.StatusUnprocessableEntity, "consent")
	if !strings.Contains(page.body, `value="email" checked`) || !strings.Contains(page.body, `name="remember" value="yes" checked`) {
		t.Error("what was ticked is lost")
	}
	b.post("/consent", say(req, "allow", "practices", "practices-0")).wants(t, http.StatusUnprocessableEntity, "consent")
	b.post("/consent", say(req, "allow", "remember", "yes", "practices", current.Name)).gotCode(t)
	if c := rm.consentOf(t, p); c.Practices != current.Name {
		t.Errorf("the consent is under %q", c.Practices)
	}
	current.Name = "practices-generated-2" // a setting changed a word of the generated text: nobody published anything
	b.get("/login?req=" + rm.authorize(t, b)).gotCode(t)

	current.Version, current.Name = 1, "practices-1"
	req = rm.authorize(t, b)
	b.get("/login?req="+req).leadsTo(t, "/consent?req="+req)
	b.get("/consent?req=" + req)
	b.post("/consent", say(req, "allow", "remember", "yes", "practices", current.Name)).gotCode(t)
	b.get("/login?req=" + rm.authorize(t, b)).gotCode(t)
}

func TestFirstConsentIsToldToHerAndEachIsAudited(t *testing.T) {
	t.Parallel()
	var told []idp.Notice
	rm := newRoom(t)
	b, p, req := rm.arrive(t)
	rm.Notices = func(_ idp.Person, n idp.Notice) ([]idp.Message, error) {
		told = append(told, n)
		return nil, nil
	}
	b.get("/consent?req=" + req)
	b.post("/consent", say(req, "allow", "share", "email")).gotCode(t)
	req = rm.authorize(t, b)
	b.get("/consent?req=" + req)
	b.post("/consent", say(req, "allow", "share", "email")).gotCode(t)
	req = rm.authorize(t, b)
	b.post("/consent", say(req, "deny")).leadsTo(t, testRedirect+"?error=access_denied")
	if len(told) != 1 || told[0].Kind != idp.NoticeIdentityShared || told[0].Params["organization"] != "General Hospital" {
		t.Errorf("told %+v, want one word of the first consent", told)
	}
	for action, want := range map[string]int{"consent.allow": 2, "consent.deny": 1} {
		events, err := rm.store.AuditEvents(context.Background(), idp.AuditFilter{Action: action, PersonID: p.ID})
		if err != nil || len(events) != want || events[0].ClientID != rm.client.ID {
			t.Errorf("%s: %+v (%v), want %d", action, events, err, want)
		}
		for _, e := range events {
			if strings.Contains(e.Detail, "ana@example.org") || strings.Contains(e.Detail, "Rivera") {
				t.Errorf("%s holds a value: %s", action, e.Detail)
			}
		}
	}
}

// TestAnswerCountsForTheQuestionThatWasShown: what is offered can change while she reads.
func TestAnswerCountsForTheQuestionThatWasShown(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	rm.offers = func(o *Offer) {
		o.Choices = append(o.Choices, Choice{Name: "birthdate", Claims: []string{"birthdate"}, Essential: true})
	}
	b.post("/consent", say(req, "allow", "share", "email")).leadsTo(t, "/consent?req="+req)
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	b.post("/consent", say(req, "allow", "share", "email")).gotCode(t)
}

// TestStoppedMeanwhileIsAsked: between the look at the consent and the code she stops sharing in another window.
func TestStoppedMeanwhileIsAsked(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, p := rm.remembers(t)
	rm.Authorizer = stopping{answers{rm}, func() {
		c := rm.consentOf(t, p)
		if _, err := rm.store.EndConsent(context.Background(), p.ID, c.ID, rm.now(), idp.Trail{}); err != nil && !errors.Is(err, idp.ErrNotFound) {
			t.Error(err)
		}
	}}
	req := rm.authorize(t, b)
	b.get("/login?req="+req).leadsTo(t, "/consent?req="+req)
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
}

// stopping ends the consent just before the code is issued.
type stopping struct {
	answers
	stop func()
}

func (s stopping) Allow(ctx context.Context, req idp.AuthRequest, session idp.Session, yes idp.Agreement) (string, error) {
	s.stop()
	return s.answers.Allow(ctx, req, session, yes)
}

// TestCoversNothingThatWasNotAnswered: over random consents and offers.
func TestCoversNothingThatWasNotAnswered(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d", "e"}
	some := func(r *rand.Rand) []string {
		return slices.DeleteFunc(slices.Clone(names), func(string) bool { return r.IntN(2) == 0 })
	}
	r := rand.New(rand.NewPCG(1, 2))
	covered := 0
	for range 20_000 {
		c := idp.Consent{ID: "1", Sector: "s", Agreed: some(r), Declined: some(r), Remembered: r.IntN(4) > 0}
		if r.IntN(8) == 0 {
			c.EndedAt = testStart
		}
		offer := Offer{Sector: "s"}
		for range r.IntN(3) {
			offer.Choices = append(offer.Choices, Choice{Claims: some(r), Essential: r.IntN(2) == 0})
		}
		if !covers(c, offer) {
			continue
		}
		covered++
		if !c.Remembered || !c.EndedAt.IsZero() {
			t.Fatalf("%+v covers", c)
		}
		for _, choice := range offer.Choices {
			for _, claim := range choice.Claims {
				if !slices.Contains(c.Agreed, claim) && (choice.Essential || !slices.Contains(c.Declined, claim)) {
					t.Fatalf("%+v covers %+v", c, offer)
				}
			}
		}
	}
	if covered < 1000 {
		t.Errorf("only %d of the random consents cover anything", covered)
	}
}

func TestMoreTimeKeepsWhatWasTicked(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	for range 10 { // WCAG 2.2 SC 2.2.1: at least ten times
		rm.wait(14 * time.Minute)
		page := b.post("/consent", say(req, "extend", "remember", "yes"))
		page.wants(t, http.StatusOK, "consent")
		if strings.Contains(page.body, `value="email" checked`) || !strings.Contains(page.body, `name="remember" value="yes" checked`) {
			t.Fatal("what was ticked is lost, or what was not is ticked")
		}
	}
	b.post("/consent", say(req, "allow", "share", "email")).gotCode(t)
}

func TestMoreTimeHasAnEnd(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, req := rm.arrive(t)
	page := b.get("/consent?req=" + req)
	if !strings.Contains(page.body, `value="extend"`) {
		t.Fatal("there is no button for more time")
	}
	for passed := time.Duration(0); passed < idp.RequestExtensions*idp.RequestLifetime-14*time.Minute; passed += 14 * time.Minute {
		rm.wait(14 * time.Minute)
		page = b.post("/consent", say(req, "extend"))
		page.wants(t, http.StatusOK, "consent")
	}
	if strings.Contains(page.body, `value="extend"`) {
		t.Error("there is a button for time that nobody gets")
	}
	rm.wait(13 * time.Minute) // less than she would have got
	gone := b.post("/consent", say(req, "extend"))
	gone.wants(t, http.StatusGone, "problem")
	if !strings.Contains(gone.body, testRedirect+"?error=access_denied") {
		t.Error("the page does not lead back to the data holder with an error")
	}
}

// TestSignInGetsMoreTime: and the browser in which nobody is signed in lives as long as the request that waits in it.
func TestSignInGetsMoreTime(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b)
	for range 8 {
		rm.wait(14 * time.Minute)
		b.post("/extend", url.Values{"request": {req}}).leadsTo(t, "/login?req="+req)
	}
	b.post("/login", p.device.answer(t, b.get("/login?req="+req))).leadsTo(t, "/consent?req="+req)
	b.post("/extend", url.Values{"request": {idp.NewID()}}).wants(t, http.StatusNotFound, "problem")
}

// TestSessionThatRanOutGoesOnWithTheRequest: idle on the consent page; she signs in again, and is asked what she was asked.
func TestSessionThatRanOutGoesOnWithTheRequest(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.Limits.Idle = 5 * time.Minute })
	b, p, req := rm.arrive(t)
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	rm.wait(6 * time.Minute)
	if _, err := rm.store.Purge(context.Background(), rm.now()); err != nil {
		t.Fatal(err)
	}
	b.post("/consent", allowForm(req)).leadsTo(t, "/login?req="+req)
	b.get("/account") // nobody is signed in any more
	page := b.get("/login?req=" + req)
	page.wants(t, http.StatusOK, "sign-in")
	b.post("/login", p.device.answer(t, page)).leadsTo(t, "/consent?req="+req)
	b.post("/consent", allowForm(req)).leadsTo(t, "/consent?req="+req) // asked under another sign-in
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	b.post("/consent", allowForm(req)).gotCode(t)
}
