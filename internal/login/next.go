package login

import (
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// action is what comes next for an authorization request.
type action int

const (
	actLogin   action = iota // sign in, or sign in again
	actConsent               // ask
	actResume                // issue the code
	actRefuse                // answer with an error
)

// step is an action; an actRefuse has the error it answers with, an actResume what it may say.
type step struct {
	action      action
	code        string // RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6
	description string // for the data holder's developers

	agreement idp.Agreement
	trail     idp.Trail // of an actRefuse
}

// decision is what the person said on the consent page.
type decision string

const (
	undecided decision = ""
	allow     decision = "allow"
	deny      decision = "deny"
	extend    decision = "extend" // she wants more time to decide
)

// Values of the prompt parameter, OIDC Core §3.1.2.1.
const (
	promptNone          = "none"
	promptConsent       = "consent"
	promptLogin         = "login"
	promptSelectAccount = "select_account"
)

// next decides what comes next for a request in a session. Nothing else does: each page does its one thing and comes back
// here. covered: a consent that is remembered covers what the data holder would learn (covers).
//
// Freshness is measured at the time the request came, so that a sign-in after it always satisfies it and nobody goes round
// in circles.
func next(req idp.AuthRequest, s idp.Session, d decision, covered bool) step {
	if d == deny {
		// RFC 6749 §4.1.2.1: the resource owner denied the request.
		return step{action: actRefuse, code: "access_denied", description: "the person said no"}
	}
	fresh := s.SignedIn() && freshEnough(req, s.Authentication.Time)
	if slices.Contains(req.Prompt, promptNone) {
		return silent(s, fresh, covered)
	}
	if !fresh {
		return step{action: actLogin}
	}
	// OIDC Core §3.1.2.1: with prompt=consent the provider SHOULD ask for consent before it answers the client.
	if d == allow || covered && !slices.Contains(req.Prompt, promptConsent) {
		return step{action: actResume}
	}
	return step{action: actConsent}
}

// silent is next for prompt=none.
//
// OIDC Core §3.1.2.1: the provider MUST NOT display any authentication or consent pages, and answers with an error when nobody
// is signed in or the consent is not there already; §3.1.2.6 has the errors.
func silent(s idp.Session, fresh, covered bool) step {
	refuse := func(code, description string) step {
		return step{action: actRefuse, code: code, description: description}
	}
	switch {
	case !s.SignedIn():
		return refuse("login_required", "prompt is none and nobody is signed in in this browser")
	case !fresh:
		return refuse("login_required", "prompt is none and the sign-in is older than max_age allows")
	case !covered:
		return refuse("consent_required", "prompt is none and the person must be asked")
	}
	return step{action: actResume}
}

// freshEnough reports whether a sign-in at authTime is recent enough for the request.
func freshEnough(req idp.AuthRequest, authTime time.Time) bool {
	// OIDC Core §3.1.2.1: prompt=login SHOULD prompt for reauthentication. select_account does the same: a session holds
	// one person, and the way to another is to sign in.
	if slices.Contains(req.Prompt, promptLogin) || slices.Contains(req.Prompt, promptSelectAccount) {
		return !authTime.Before(req.CreatedAt)
	}
	if req.MaxAge == nil {
		return true
	}
	// OIDC Core §3.1.2.1: if the elapsed time is greater than max_age, the provider MUST attempt to actively
	// re-authenticate.
	return !authTime.Before(req.CreatedAt.Add(-time.Duration(*req.MaxAge) * time.Second))
}
