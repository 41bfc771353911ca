package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// SignIn is the sign-in page.
type SignIn struct {
	Request      string // id of the authorization request, "" when the person is not on her way to an organization
	Ceremony     string // its id
	Options      string // JSON of PublicKeyCredentialRequestOptions, with or without the publicKey member around it
	Organization string // its name, "" when there is none
	// Problem is "" or one of ProblemCancelled, Unknown, Unverified, Unsupported, Expired, Failed.
	Problem string

	// Lifetime is how long the challenge can be answered, 0 when not known. A page left open longer fetches a new one
	// before it is used.
	Lifetime time.Duration
	// FormAction is the redirect URI that signing in may lead to without a question in between, "" when it never does.
	FormAction string
	UILocales  []string // ui_locales of the request
	Deadline   Deadline // of the request
}

type signInView struct {
	SignIn
	OptionsJSON     json.RawMessage
	ProblemKey      string
	RefreshURL      string
	LifetimeSeconds int
}

// SignIn renders the sign-in page; with a problem the status is 422, so that nobody takes it for a success.
func (p *Pages) SignIn(w http.ResponseWriter, r *http.Request, s SignIn) error {
	l := p.catalog.choose(r, s.UILocales)
	options, err := ceremonyOptions(s.Options)
	if err != nil {
		return fmt.Errorf("sign-in page: %w", err)
	}
	query := requestQuery(s.Request)
	v := signInView{
		SignIn:          s,
		OptionsJSON:     options,
		ProblemKey:      l.problemKey("sign-in.problem.", s.Problem),
		RefreshURL:      "/login",
		LifetimeSeconds: int(s.Lifetime.Seconds()),
	}
	if len(query) > 0 {
		v.RefreshURL += "?" + query.Encode()
	}
	return p.render(w, r, page{
		name: "sign-in", status: ceremonyStatus(s.Problem), lang: l, data: v,
		formAction: s.FormAction, query: query,
	})
}
