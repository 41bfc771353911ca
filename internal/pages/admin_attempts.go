package pages

import (
	"net/http"
	"slices"
	"time"
)

// AttemptFilter is what is looked for in the log of attempts, as it was typed.
type AttemptFilter struct{ Outcome, Kind, From, Address, Community, Client, Since, Until string }

// AttemptRow is an attempt in a list.
type AttemptRow struct {
	ID, Kind, Outcome  string
	At                 time.Time
	Issuer, IP, Number string // Number is that of the request
	Diagnosis          string // "" when it succeeded
	Proved             bool
	Count              int
}

// AdminAttempts is a page of the log of attempts.
type AdminAttempts struct {
	Desk
	Filter      AttemptFilter
	Communities []Option
	Rows        []AttemptRow
	Errors      FieldErrors
	Narrowed    bool
	NewestURL   string // "" on the first page
	OlderURL    string // "" on the last
}

// AttemptCheck is one thing that was looked at.
type AttemptCheck struct{ Name, Outcome, Detail string }

// AdminAttempt is everything about one attempt.
type AdminAttempt struct {
	Desk
	AttemptRow
	Community    string // name, "" unless proved
	Client       ListedClient
	MaySeeClient bool
	Status       int
	Code         string
	Description  string // as the data holder got it
	Cause        string // for us alone
	Advice       string // what to do, in the words of the command
	Letter       string // a text to send
	Contacts     []string
	Chain        *ChainLink
	Aside        []ChainLink // were sent and are not of the path
	Checks       []AttemptCheck

	Anchor       ChainLink // what the chain leads to
	Untrusted    bool      // the anchor is what is missing
	TrustedIn    string    // the community that has the anchor by now, "" for none
	MayTrust     bool
	MayResume    bool // the data holder is suspended
	SuspendedFor string
}

// AdminAnchor is where an anchor that somebody's chain led to is compared, and trusted.
type AdminAnchor struct {
	Desk
	ID          string // of the attempt
	Issuer      string // what the data holder said it is
	Anchor      ChainLink
	IsAnchor    bool // the chain was sent up to it
	Communities []Option
	Community   string // chosen
	Certificate string // as it was pasted
	Published   string // the fingerprint as the community publishes it, as it was typed
	Errors      FieldErrors
}

type (
	attemptRowView struct {
		AttemptRow
		OutcomeOf badge
		KindKey   string
		WhyKey    string // "" when it succeeded
	}
	attemptsView struct {
		AdminAttempts
		Outcomes    []keyOption
		Kinds       []keyOption
		Communities []namedOption
		Rows        []attemptRowView
	}
	checkedView struct {
		AttemptCheck
		NameKey string
		Outcome badge
	}
	attemptView struct {
		AdminAttempt
		OutcomeOf badge
		KindKey   string
		WhyKey    string
		Checks    []checkedView
		ClientOf  badge
	}
	anchorView struct {
		AdminAnchor
		Communities []namedOption
	}
)

// outcomes are what came of attempts, with the tone of each.
var outcomes = map[string]string{"registered": "good", "modified": "good", "cancelled": "plain", "authenticated": "good", "refused": "bad", "failed": "bad"}

// outcomeOptions are what can be looked for.
var outcomeOptions = []string{"unsuccessful", "registered", "modified", "cancelled", "authenticated", "refused", "failed"}

// diagnoses are why an attempt did not succeed; each has a title and a text behind "admin.attempt.why.".
var diagnoses = []string{"untrusted-anchor", "out-of-date", "revoked", "cannot-check", "other-uri", "replayed", "clock", "signature", "audience",
	"unknown-client", "suspended", "code", "request", "our-failure", "too-many"}

// checkNames are the steps, each with a text behind "admin.attempt.check.".
var checkNames = map[string]string{
	"request": "request", "software statement": "statement", "client assertion": "assertion", "signature": "signature", "claims": "claims", "registered": "registered",
	"certificate": "certificate", "trust": "trust", "suspension": "suspension", "replay": "replay", "parameters": "parameters", "certifications": "certifications",
	"certification": "certification", "storage": "storage", "code": "code", "loopback redirect": "loopback",
}

func outcomeBadge(outcome string) badge {
	if tone, ok := outcomes[outcome]; ok {
		return badge{Key: "admin.attempt.outcome." + outcome, Tone: tone}
	}
	return badge{Key: "admin.attempt.outcome.refused", Tone: "bad"}
}

func attemptKindKey(kind string) string {
	if kind == "authentication" {
		return "admin.attempt.kind.authentication"
	}
	return "admin.attempt.kind.registration"
}

func whyKey(diagnosis string) string {
	switch {
	case diagnosis == "":
		return ""
	case slices.Contains(diagnoses, diagnosis):
		return "admin.attempt.why." + diagnosis
	}
	return "admin.attempt.why.request"
}

func newAttemptRow(row AttemptRow) attemptRowView {
	return attemptRowView{row, outcomeBadge(row.Outcome), attemptKindKey(row.Kind), whyKey(row.Diagnosis)}
}

// AdminAttempts renders a page of the log.
func (p *Pages) AdminAttempts(w http.ResponseWriter, r *http.Request, a AdminAttempts) error {
	v := attemptsView{
		AdminAttempts: a, Outcomes: keyOptions("admin.attempt.outcome.", a.Filter.Outcome, outcomeOptions...),
		Kinds:       keyOptions("admin.attempt.kind.", a.Filter.Kind, "registration", "authentication"),
		Communities: namedOptions(a.Communities, a.Filter.Community),
	}
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, newAttemptRow(row))
	}
	return p.render(w, r, page{name: "admin-attempts", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: v})
}

// AdminAttempt renders one attempt.
func (p *Pages) AdminAttempt(w http.ResponseWriter, r *http.Request, a AdminAttempt) error {
	v := attemptView{AdminAttempt: a, OutcomeOf: outcomeBadge(a.AttemptRow.Outcome), KindKey: attemptKindKey(a.Kind), WhyKey: whyKey(a.Diagnosis), ClientOf: clientBadge(a.Client.State)}
	for _, c := range a.Checks {
		view := checkedView{AttemptCheck: c, Outcome: badge{Key: "admin.attempt.checked.failed", Tone: "bad"}}
		if key, ok := checkNames[c.Name]; ok {
			view.NameKey = "admin.attempt.check." + key
		}
		switch c.Outcome {
		case "passed":
			view.Outcome = badge{Key: "admin.attempt.checked.passed", Tone: "good"}
		case "allowed":
			view.Outcome = badge{Key: "admin.attempt.checked.allowed", Tone: "careful"}
		}
		v.Checks = append(v.Checks, view)
	}
	return p.render(w, r, page{name: "admin-attempt", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}

// AdminAnchor renders the comparison of an anchor.
func (p *Pages) AdminAnchor(w http.ResponseWriter, r *http.Request, a AdminAnchor) error {
	v := anchorView{a, namedOptions(a.Communities, a.Community)}
	return p.render(w, r, page{name: "admin-anchor", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: v})
}
