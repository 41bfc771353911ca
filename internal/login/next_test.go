package login

import (
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestNext(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	signedInAt := func(at time.Time) idp.Session {
		return idp.Session{PersonID: "p", Authentication: &idp.Authentication{SID: "s", Time: at}}
	}
	var (
		stranger = idp.Session{}
		hourAgo  = signedInAt(created.Add(-time.Hour))
		after    = signedInAt(created.Add(time.Minute))
		maxAge   = func(seconds int) *int { return &seconds }
	)
	tests := []struct {
		name     string
		prompt   []string
		maxAge   *int
		session  idp.Session
		decision decision
		covered  bool
		want     action
		code     string
	}{
		{name: "a stranger signs in", session: stranger, want: actLogin},
		{name: "a stranger's yes is no yes", session: stranger, decision: allow, want: actLogin},
		{name: "signed in: ask", session: hourAgo, want: actConsent},
		{name: "asked and allowed", session: hourAgo, decision: allow, want: actResume},
		{name: "asked and denied", session: hourAgo, decision: deny, want: actRefuse, code: "access_denied"},
		{name: "denied after the session ended", session: stranger, decision: deny, want: actRefuse, code: "access_denied"},

		{name: "prompt=consent asks as always", prompt: []string{"consent"}, session: hourAgo, want: actConsent},
		{name: "prompt=login: sign in again", prompt: []string{"login"}, session: hourAgo, want: actLogin},
		{name: "prompt=login: an old sign-in cannot allow", prompt: []string{"login"}, session: hourAgo, decision: allow, want: actLogin},
		{name: "prompt=login: signed in since", prompt: []string{"login"}, session: after, want: actConsent},
		{name: "prompt=login consent: signed in since", prompt: []string{"login", "consent"}, session: after, want: actConsent},
		{name: "prompt=login: signed in at the same moment", prompt: []string{"login"}, session: signedInAt(created), want: actConsent},
		{name: "prompt=select_account: sign in again", prompt: []string{"select_account"}, session: hourAgo, want: actLogin},
		{name: "prompt=select_account: signed in since", prompt: []string{"select_account"}, session: after, want: actConsent},

		{name: "max_age met exactly", maxAge: maxAge(3600), session: hourAgo, want: actConsent},
		{name: "max_age exceeded by a second", maxAge: maxAge(3599), session: hourAgo, want: actLogin},
		{name: "max_age exceeded: an old sign-in cannot allow", maxAge: maxAge(60), session: hourAgo, decision: allow, want: actLogin},
		{name: "max_age=0 is prompt=login", maxAge: maxAge(0), session: hourAgo, want: actLogin},
		{name: "max_age=0: signed in since", maxAge: maxAge(0), session: after, want: actConsent},
		{name: "max_age=0: signed in since and allowed", maxAge: maxAge(0), session: after, decision: allow, want: actResume},

		{name: "prompt=none, a stranger", prompt: []string{"none"}, session: stranger, want: actRefuse, code: "login_required"},
		{name: "prompt=none, signed in", prompt: []string{"none"}, session: hourAgo, want: actRefuse, code: "consent_required"},
		{name: "prompt=none, a forged yes", prompt: []string{"none"}, session: hourAgo, decision: allow, want: actRefuse, code: "consent_required"},
		{name: "prompt=none, max_age exceeded", prompt: []string{"none"}, maxAge: maxAge(60), session: hourAgo, want: actRefuse, code: "login_required"},

		{name: "a remembered consent: not asked again", session: hourAgo, covered: true, want: actResume},
		{name: "a remembered consent is no sign-in", session: stranger, covered: true, want: actLogin},
		{name: "a remembered consent and a no", session: hourAgo, covered: true, decision: deny, want: actRefuse, code: "access_denied"},
		{name: "prompt=consent asks in spite of a remembered one", prompt: []string{"consent"}, session: hourAgo, covered: true, want: actConsent},
		{name: "prompt=consent asked and allowed", prompt: []string{"consent"}, session: hourAgo, decision: allow, want: actResume},
		{name: "prompt=login, remembered: sign in again", prompt: []string{"login"}, session: hourAgo, covered: true, want: actLogin},
		{name: "prompt=login, remembered: signed in since", prompt: []string{"login"}, session: after, covered: true, want: actResume},
		{name: "max_age exceeded, remembered", maxAge: maxAge(60), session: hourAgo, covered: true, want: actLogin},
		{name: "prompt=none, remembered: silent", prompt: []string{"none"}, session: hourAgo, covered: true, want: actResume},
		{name: "prompt=none, remembered, a stranger", prompt: []string{"none"}, session: stranger, covered: true, want: actRefuse, code: "login_required"},
		{name: "prompt=none, remembered, max_age exceeded", prompt: []string{"none"}, maxAge: maxAge(60), session: hourAgo, covered: true, want: actRefuse, code: "login_required"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			req := idp.AuthRequest{CreatedAt: created, Prompt: test.prompt, MaxAge: test.maxAge}
			got := next(req, test.session, test.decision, test.covered)
			if got.action != test.want || got.code != test.code {
				t.Errorf("next = action %d, code %q; want action %d, code %q", got.action, got.code, test.want, test.code)
			}
			if (got.description != "") != (test.want == actRefuse) {
				t.Errorf("description %q for action %d: an error has one, nothing else does", got.description, got.action)
			}
		})
	}
}
