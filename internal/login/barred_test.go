package login

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// suspend suspends the data holder with a reason that is for the operator alone.
func (rm *room) suspend(t *testing.T) {
	t.Helper()
	if _, err := rm.store.SuspendClient(context.Background(), rm.client.ID, "secret reason", rm.now(), idp.Trail{}); err != nil {
		t.Fatal(err)
	}
}

// moveAway makes the data holder register anew, with another redirect URI.
func (rm *room) moveAway(t *testing.T) {
	t.Helper()
	c := rm.client
	c.RedirectURIs = []string{"https://elsewhere.example/callback"}
	if _, _, err := rm.store.RegisterClient(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

// steps are all that a person can do with a request.
func (rm *room) steps(t *testing.T, b *webBrowser, p patient, req string) map[string]answer {
	t.Helper()
	form := p.device.answer(t, b.get("/login"))
	form.Set("request", req)
	return map[string]answer{
		"GET /login":          b.get("/login?req=" + req),
		"POST /login":         b.post("/login", form),
		"GET /consent":        b.get("/consent?req=" + req),
		"POST /consent allow": b.post("/consent", allowForm(req)),
		"POST /consent deny":  b.post("/consent", url.Values{"request": {req}, "decision": {"deny"}}),
	}
}

// wantsBarred checks that the answer is a page that leads to no data holder.
func (a answer) wantsBarred(t *testing.T, step string, status int, title string) {
	t.Helper()
	a.wants(t, status, "problem")
	if !strings.Contains(a.body, title) {
		t.Errorf("%s: the page is not %q", step, title)
	}
	if strings.Contains(a.body, testRedirect) || strings.Contains(a.body, "error=") || a.location != "" {
		t.Errorf("%s leads to the data holder", step)
	}
	if strings.Contains(a.body, "secret reason") {
		t.Errorf("%s tells the operator's reason", step)
	}
}

func TestSuspendedClientOnTheWayGetsNothing(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b) // and nobody is signed in yet
	rm.suspend(t)
	for step, got := range rm.steps(t, b, p, req) {
		got.wantsBarred(t, step, http.StatusForbidden, "General Hospital cannot use Sample Health ID at the moment")
	}

	if _, err := rm.store.ResumeClient(context.Background(), rm.client.ID, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	b.post("/login", p.device.answer(t, b.get("/login?req="+req))).leadsTo(t, "/consent?req="+req)
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
	rm.suspend(t) // while she reads the question
	for _, got := range []answer{b.post("/consent", allowForm(req)), b.get("/consent?req=" + req), b.get("/login?req=" + req)} {
		got.wantsBarred(t, "question", http.StatusForbidden, "Go back to General Hospital and ask them")
	}
	rm.wait(16 * time.Minute)
	b.get("/consent?req="+req).wantsBarred(t, "expired", http.StatusForbidden, "General Hospital cannot use")
}

// The client is suspended between the look at it and the answer.
func TestSuspensionInTheMiddleOfAStepIsSaid(t *testing.T) {
	t.Parallel()
	var rm *room
	rm = newRoom(t, func(c *Config) {
		organization := c.Organization
		c.Organization = func(ctx context.Context, req idp.AuthRequest) (Organization, error) {
			o, err := organization(ctx, req)
			rm.suspend(t)
			return o, err
		}
	})
	b := newBrowser(t, rm)
	rm.signIn(t, b, rm.enrolled(t))
	resume := func() {
		if _, err := rm.store.ResumeClient(context.Background(), rm.client.ID, idp.Trail{}); err != nil {
			t.Fatal(err)
		}
	}
	req := rm.authorize(t, b)
	b.get("/consent?req="+req).wantsBarred(t, "shares", http.StatusForbidden, "General Hospital cannot use")
	resume()
	b.post("/consent", url.Values{"request": {req}, "decision": {"deny"}}).
		wantsBarred(t, "refuse", http.StatusForbidden, "General Hospital cannot use")
}

func TestDeletedClientOnTheWayGetsNothing(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, p, req := rm.arrive(t)
	b.get("/consent?req=" + req)
	if _, err := rm.store.DeleteClient(context.Background(), rm.client.ID, rm.now(), idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	b.post("/consent", allowForm(req)).wantsBarred(t, "allow", http.StatusBadRequest, "We do not know who sent you here")
	out := newBrowser(t, rm)
	for step, got := range rm.steps(t, out, p, rm.authorize(t, out)) {
		got.wantsBarred(t, step, http.StatusBadRequest, "We do not know who sent you here")
	}
	rm.wait(16 * time.Minute)
	b.get("/login?req="+req).wantsBarred(t, "expired", http.StatusBadRequest, "We do not know who sent you here")
}

func TestWithdrawnRedirectURIGetsNoAnswer(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b)
	silent := rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"none"} })
	rm.moveAway(t)
	for step, got := range rm.steps(t, b, p, req) {
		got.wantsBarred(t, step, http.StatusBadRequest, "We cannot send you back safely")
	}
	b.get("/login?req="+silent).wantsBarred(t, "prompt=none", http.StatusBadRequest, "We cannot send you back safely")
	rm.wait(16 * time.Minute)
	b.get("/login?req="+req).wantsBarred(t, "expired", http.StatusGone, "Go back to General Hospital and sign in from there")
}
