package pages

import (
	"net/http"
	"slices"
)

// ClaimsForm is what a preview is asked with.
type ClaimsForm struct {
	Client  string // client_id
	Profile string // "" for the client's own
	Scopes  []string
	Claims  string // the claims parameter
}

// WithheldClaim is a claim that does not go out.
type WithheldClaim struct{ Name, Reason string }

// AdminClaims is what a data holder would get about a person.
type AdminClaims struct {
	Desk
	PersonID, Name string
	Search         string         // for a data holder, as it was typed
	Found          []ListedClient // to choose from
	Connected      []ListedClient // that she shares with
	Client         ListedClient   // zero: none is chosen yet
	Form           ClaimsForm
	Scopes         []string // that the client is registered for
	Profiles       []string
	Profile        string // that was used
	Own            string // the client's own profile
	Errors         FieldErrors
	Problem        string // why such a request would be refused, in English

	Shown             bool // there is a preview
	RefusedCode       string
	RefusedWhy        string
	IDToken, UserInfo string // JSON
	Level             string
	MatchWeight       int
	Withheld          []WithheldClaim
	Hidden            bool // something in it is hidden
	Revealed          bool
	MayReveal         bool
	Reason            string // of a reveal, as it was typed
	MaySeeClient      bool
}

// withheldReasons are why a claim does not go out, each a text behind "admin.claims.reason.".
var withheldReasons = []string{"not_asked", "not_agreed", "not_known", "not_matching", "not_active", "not_trusted", "below_level", "too_low", "expired",
	"no_proofing_event", "nothing_verified", "not_in_profile"}

type (
	scopeOption struct {
		Value  string
		Chosen bool
	}
	withheldView struct{ Name, Key string }
	clientChoice struct {
		PersonID string
		Client   ListedClient
	}
	claimsView struct {
		AdminClaims
		Scopes           []scopeOption
		Profiles         []keyOption
		LevelKey         string
		Withheld         []withheldView
		Found, Connected []clientChoice
	}
)

// AdminClaims renders the preview.
func (p *Pages) AdminClaims(w http.ResponseWriter, r *http.Request, a AdminClaims) error {
	l := p.catalog.choose(r, nil)
	v := claimsView{AdminClaims: a, Profiles: keyOptions("admin.client.payload.", a.Form.Profile, a.Profiles...), LevelKey: l.shortLevelKey(a.Level)}
	for _, c := range a.Found {
		v.Found = append(v.Found, clientChoice{a.PersonID, c})
	}
	for _, c := range a.Connected {
		v.Connected = append(v.Connected, clientChoice{a.PersonID, c})
	}
	for _, scope := range a.Scopes {
		v.Scopes = append(v.Scopes, scopeOption{scope, slices.Contains(a.Form.Scopes, scope)})
	}
	for _, c := range a.Withheld {
		reason := c.Reason
		if !slices.Contains(withheldReasons, reason) {
			reason = "not_known"
		}
		v.Withheld = append(v.Withheld, withheldView{c.Name, "admin.claims.reason." + reason})
	}
	return p.render(w, r, page{name: "admin-claims", status: formStatus(a.Errors), lang: l, data: v})
}
