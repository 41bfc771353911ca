package login

import (
	"context"
	"net/http"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// strict is an Authorizer that takes a sign-in of the last minute only, as a payload profile of a network does.
type strict struct {
	answers
	shares bool // it says so before consent
}

func (a strict) tooOld(s idp.Session) bool {
	return a.rm.now().Sub(s.Authentication.Time) > time.Minute
}

func (a strict) Allow(ctx context.Context, req idp.AuthRequest, s idp.Session, yes idp.Agreement) (string, error) {
	if a.tooOld(s) {
		return "", ErrSignInAgain
	}
	return a.answers.Allow(ctx, req, s, yes)
}

func (a strict) Shares(ctx context.Context, req idp.AuthRequest, s idp.Session, values bool) (Offer, error) {
	if a.shares && a.tooOld(s) {
		return Offer{}, ErrSignInAgain
	}
	return a.answers.Shares(ctx, req, s, values)
}

// TestConsentThatTookLongAsksForTheSignInAgain: once, and then for the consent again, and nobody goes round in circles.
func TestConsentThatTookLongAsksForTheSignInAgain(t *testing.T) {
	t.Parallel()
	for name, shares := range map[string]bool{"at the answer": false, "before the question": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			rm.Authorizer = strict{answers{rm}, shares}
			p := rm.enrolled(t)
			b := newBrowser(t, rm)
			rm.signIn(t, b, p)
			req := rm.authorize(t, b)
			if shares {
				rm.wait(2 * time.Minute)
				b.get("/consent?req="+req).leadsTo(t, "/login?req="+req)
			} else {
				b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
				rm.wait(2 * time.Minute)
				b.post("/consent", allowForm(req)).leadsTo(t, "/login?req="+req)
			}
			page := b.get("/login?req=" + req)
			page.wants(t, http.StatusOK, "sign-in") // although she is signed in
			b.post("/login", p.device.answer(t, page)).leadsTo(t, "/consent?req="+req)
			b.get("/login?req="+req).leadsTo(t, "/consent?req="+req)
			b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
			if got := b.post("/consent", allowForm(req)); got.status != http.StatusSeeOther || got.location == "/login?req="+req {
				t.Errorf("after another sign-in: %d to %q", got.status, got.location)
			}
		})
	}
}

type refusing struct{ answers }

func (a refusing) Shares(context.Context, idp.AuthRequest, idp.Session, bool) (Offer, error) {
	return Offer{}, &Refused{Code: "unmet_authentication_requirements", Description: "below level 2"}
}

// TestNoQuestionWhereTheAnswerDoesNotCount: what cannot be allowed goes back to the data holder without consent.
func TestNoQuestionWhereTheAnswerDoesNotCount(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	rm.Authorizer = refusing{answers{rm}}
	b := newBrowser(t, rm)
	rm.signIn(t, b, rm.enrolled(t))
	b.get("/consent?req="+rm.authorize(t, b)).leadsTo(t, testRedirect+"?error=unmet_authentication_requirements")
}
