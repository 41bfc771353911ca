package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Where a passkey is, or is to be, as a person chose it.
const (
	WithPhone       = "phone"
	WithSecurityKey = "security-key"
	WithThisDevice  = "this-device"
	WithAnother     = "another"
)

// SignIn is the sign-in page.
type SignIn struct {
	Request      string // id of the authorization request, "" when the person is not on her way to an organization
	Ceremony     string // its id
	Options      string // JSON of PublicKeyCredentialRequestOptions, with or without the publicKey member around it
	Organization string // its name, "" when there is none
	Problem      string // "" or one of the Problem constants: why the page is shown again
	Signal       string // JSON of what tells the browser to offer a passkey no more, "" for nothing

	Again      bool   // the person is signed in and is to show that it is she, before a change
	Other      bool   // anybody may sign in, not only the person who is expected
	With       string // WithPhone or WithSecurityKey, "" when that is open
	Name       string // of the person who is expected, "" for nobody
	Remembered bool   // she is expected because this browser was to remember her

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
	SignalJSON      json.RawMessage
	ProblemKey      string
	RefreshURL      string
	AnotherURL      string // this page for somebody else
	OtherURL        string // the other ways to sign in
	LifetimeSeconds int
	Open            bool // for whoever comes: with the browser's own list, and the offer to be remembered
}

// SignIn renders the sign-in page; with a problem the status is 422, so that nobody takes it for a success.
func (p *Pages) SignIn(w http.ResponseWriter, r *http.Request, s SignIn) error {
	l := p.catalog.choose(r, s.UILocales)
	options, err := ceremonyOptions(s.Options)
	if err != nil {
		return fmt.Errorf("sign-in page: %w", err)
	}
	query := s.query()
	v := signInView{
		SignIn:          s,
		OptionsJSON:     options,
		SignalJSON:      json.RawMessage(s.Signal),
		ProblemKey:      l.problemKey("sign-in.problem.", s.Problem),
		RefreshURL:      withQuery("/login", query),
		AnotherURL:      withQuery("/login", with(query, "other", "1")),
		OtherURL:        withQuery("/login/other", way(s.Request, s.Again, s.Other)),
		LifetimeSeconds: int(s.Lifetime.Seconds()),
		Open:            s.Name == "" && s.With == "" && !s.Again,
	}
	return p.render(w, r, page{
		name: "sign-in", status: ceremonyStatus(s.Problem), lang: l, data: v,
		formAction: s.FormAction, query: query,
	})
}

// query is what leads to the page as it is.
func (s SignIn) query() url.Values {
	q := way(s.Request, s.Again, s.Other)
	if s.With != "" {
		q.Set("with", s.With)
	}
	return q
}

// way is what the pages on the way to a sign-in keep: for what, and for whom.
func way(request string, again, other bool) url.Values {
	q := requestQuery(request)
	if again {
		q.Set("again", "1")
	}
	if other {
		q.Set("other", "1")
	}
	return q
}

// with is q with one more value.
func with(q url.Values, name, value string) url.Values {
	out := url.Values{name: {value}}
	for key, values := range q {
		out[key] = values
	}
	return out
}

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// OtherWays is the page about what to do without a passkey on this device.
type OtherWays struct {
	Request string // id of the authorization request, "" when there is none
	Again   bool   // as in SignIn
	Other   bool   // as in SignIn
}

type otherWaysView struct {
	OtherWays
	BackURL, PhoneURL, KeyURL, RecoverURL string
}

// OtherWays renders the other ways to sign in.
func (p *Pages) OtherWays(w http.ResponseWriter, r *http.Request, o OtherWays) error {
	query := way(o.Request, o.Again, o.Other)
	return p.render(w, r, page{
		name: "login-other", status: http.StatusOK, lang: p.catalog.choose(r, nil), query: query,
		data: otherWaysView{
			OtherWays:  o,
			BackURL:    withQuery("/login", query),
			PhoneURL:   withQuery("/login", with(query, "with", WithPhone)),
			RecoverURL: withQuery("/recover", query),
			KeyURL:     withQuery("/login", with(query, "with", WithSecurityKey)),
		},
	})
}
