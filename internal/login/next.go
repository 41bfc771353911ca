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

// step is an action; an actRefuse has the error it answers with.
type step struct {
	action      action
	code        string // RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6
	description string // for the data holder's developers
}

// decision is what the person said on the consent page.
type decision string

const (
	undecided decision = ""
	allow     decision = "allow"
	deny      decision = "deny"
)

// Values of the prompt parameter, OIDC Core §3.1.2.1.
const (
	promptNone          = "none"
	promptLogin         = "login"
	promptSelectAccount = "select_account"
)

// next decides what comes next for a request in a session. Nothing else does: each page does its one thing and comes back
// here. Consent is asked every time.
//
// Freshness is measured at the time the request came, so that a sign-in after it always satisfies it and nobody goes round
// in circles.
func next(req idp.AuthRequest, s idp.Session, d decision) step {
	if d == deny {
		// RFC 6749 §4.1.2.1: the resource owner denied the request.
		return step{action: actRefuse, code: "access_denied", description: "the person said no"}
	}
	fresh := s.SignedIn() && freshEnough(req, s.Authentication.Time)
	if slices.Contains(req.Prompt, promptNone) {
		return silent(s, fresh)
	}
	if !fresh {
		return step{action: actLogin}
	}
	if d != allow {
		return step{action: actConsent}
	}
	return step{action: actResume}
}

// silent is next for prompt=none.
//
// OIDC Core §3.1.2.1: the provider MUST NOT display any authentication or consent pages; §3.1.2.6 has the errors.
func silent(s idp.Session, fresh bool) step {
	switch {
	case !s.SignedIn():
		return step{actRefuse, "login_required", "prompt is none and nobody is signed in in this browser"}
	case !fresh:
		return step{actRefuse, "login_required", "prompt is none and the sign-in is older than max_age allows"}
	}
	return step{actRefuse, "consent_required", "prompt is none and the person must be asked"}
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
