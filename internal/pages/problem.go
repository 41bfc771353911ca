package pages

import (
	"maps"
	"net/http"
	"slices"
)

// Kinds of Problem.
const (
	KindNotFound           = "not-found"
	KindRequestExpired     = "request-expired"   // an authorization request that took too long
	KindRequestAnswered    = "request-answered"  // an authorization request that was answered before
	KindRequestElsewhere   = "request-elsewhere" // an authorization request started in another browser, or gone
	KindInvitationUsed     = "invitation-used"
	KindInvitationExpired  = "invitation-expired"
	KindInvitationUnknown  = "invitation-unknown"
	KindRepudiationUnknown = "repudiation-unknown"
	KindRecoveryUnknown    = "recovery-unknown" // a link that stops a recovery, and there is none
	KindRecoveryOver       = "recovery-over"    // one that has ended
	KindClientUnknown      = "client-unknown"   // no such client_id
	KindClientSuspended    = "client-suspended" // a data holder that the operator has suspended
	KindRedirectURI        = "redirect-uri"     // a redirect_uri that is not registered
	KindRequestInvalid     = "request-invalid"
	KindForbidden          = "forbidden"
	KindNotYourRole        = "not-your-role" // an administrator asked for what another role may
	KindSetupUnknown       = "setup-unknown"
	KindSetupUsed          = "setup-used"
	KindSetupExpired       = "setup-expired"
	KindTooMany            = "too-many"
	KindInternal           = "internal"
	KindMethod             = "method"
	KindCrossOrigin        = "cross-origin"
)

// statuses are the kinds, each with the HTTP status it has when the caller names none.
var statuses = map[string]int{
	KindNotFound:           http.StatusNotFound,
	KindRequestExpired:     http.StatusGone,
	KindRequestAnswered:    http.StatusGone,
	KindRequestElsewhere:   http.StatusNotFound,
	KindInvitationUsed:     http.StatusGone,
	KindInvitationExpired:  http.StatusGone,
	KindInvitationUnknown:  http.StatusNotFound,
	KindRepudiationUnknown: http.StatusNotFound,
	KindRecoveryUnknown:    http.StatusNotFound,
	KindRecoveryOver:       http.StatusGone,
	KindClientUnknown:      http.StatusBadRequest,
	KindClientSuspended:    http.StatusForbidden,
	KindRedirectURI:        http.StatusBadRequest,
	KindRequestInvalid:     http.StatusBadRequest,
	KindForbidden:          http.StatusForbidden,
	KindNotYourRole:        http.StatusForbidden,
	KindSetupUnknown:       http.StatusNotFound,
	KindSetupUsed:          http.StatusGone,
	KindSetupExpired:       http.StatusGone,
	KindTooMany:            http.StatusTooManyRequests,
	KindInternal:           http.StatusInternalServerError,
	KindMethod:             http.StatusMethodNotAllowed,
	KindCrossOrigin:        http.StatusForbidden,
}

// Kinds are all of them, in the order of the alphabet.
func Kinds() []string { return slices.Sorted(maps.Keys(statuses)) }

// Problem is an error as a person sees it: what happened, what it means for her, what to do now.
type Problem struct {
	Status   int    // 0: the usual one of the kind
	Kind     string // one of the Kind constants; an unknown one reads as KindInternal
	Number   string // of the request, to be told to the help desk: 7F3K-Q2; "" takes the answer's X-Request-Id
	Back     string // URL that leads back to the organization, "" when there is none
	BackName string // the organization's name, "" when not known
	RoleKey  string // of KindNotYourRole, the text key of the reader's role
}

type problemView struct {
	Problem
	TitleKey, TextKey, NextKey string // what happened, what it means, what to do now
	Role                       string // in words
	Home                       string // where the reader is at home
}

// Problem renders the error page.
func (p *Pages) Problem(w http.ResponseWriter, r *http.Request, pr Problem) error {
	status, ok := statuses[pr.Kind]
	if !ok {
		pr.Kind, status = KindInternal, http.StatusInternalServerError
	}
	if pr.Status == 0 {
		pr.Status = status
	}
	if pr.Number == "" {
		pr.Number = w.Header().Get("X-Request-Id")
	}
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "problem", status: pr.Status, lang: l, data: newProblemView(l, pr)})
}

func newProblemView(l *language, pr Problem) problemView {
	prefix := "problem." + pr.Kind
	home := "/"
	if pr.Kind == KindNotYourRole {
		home = "/admin"
	}
	return problemView{
		Role:     l.Texts[pr.RoleKey],
		Home:     home,
		Problem:  pr,
		TitleKey: prefix + ".title",
		TextKey:  l.namedKey(prefix+".text", pr.BackName),
		NextKey:  l.namedKey(prefix+".next", pr.BackName),
	}
}

// namedKey prefers the text with the organization's name in it, where the name is known and there is such a text.
func (l *language) namedKey(key, organization string) string {
	if _, ok := l.Texts[key+".named"]; ok && organization != "" {
		return key + ".named"
	}
	return key
}
