package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Icons of where a passkey is kept: of the part "icon". They are drawn for us: those of the providers are their trade marks.
const (
	IconPasskey  = "passkey"
	IconCloud    = "cloud"
	IconComputer = "device"
	IconPhone    = "phone"
	IconManager  = "shield"
	IconKey      = "key"
)

// What may be wrong with a passkey's name: text keys.
const (
	NameMissing = "account-passkey-name.missing"
	NameLong    = "account-passkey-name.long"
)

// AccountPasskeys is the section with a person's passkeys.
type AccountPasskeys struct {
	Passkeys []PasskeyCard
	Offer    bool   // she comes with a passkey of another device: one on this device is offered
	Full     bool   // she has as many as there may be
	Removed  string // the name of the one that was just removed, "" for none
	Signals  string // JSON for the script that tells the browser which passkeys there are
}

// PasskeyCard is one of a person's passkeys.
type PasskeyCard struct {
	URL        string // of its pages: URL/name, URL/remove
	Name       string // "" when nobody named it
	Provider   string // "" when it is not known
	Icon       string // Icon…
	CreatedAt  time.Time
	LastUsedAt time.Time // zero before the first sign-in
	LastUsedOn string    // the name of a kind of device, "" when it is not known
	Synced     bool      // it is kept in an account and works on several devices
	Here       bool      // it was used in this browser
	Now        bool      // it is what she signed in with now
	Careless   bool      // its provider may claim that it checked its user although it did not
}

type accountPasskeysView struct {
	AccountPasskeys
	SignalsJSON json.RawMessage
}

// AccountPasskeys renders the section with a person's passkeys.
func (p *Pages) AccountPasskeys(w http.ResponseWriter, r *http.Request, a AccountPasskeys) error {
	l := p.catalog.choose(r, nil)
	if a.Signals == "" {
		a.Signals = "{}"
	}
	v := accountPasskeysView{AccountPasskeys: a, SignalsJSON: json.RawMessage(a.Signals)}
	return p.render(w, r, page{name: "account-passkeys", status: http.StatusOK, lang: l, data: v})
}

// AccountPasskeyAdd is the page on which a person makes one more passkey.
type AccountPasskeyAdd struct {
	Ceremony string // its id
	Options  string // JSON of PublicKeyCredentialCreationOptions
	With     string // WithThisDevice or WithAnother, "" when that is open
	Problem  string // "" or one of the Problem constants
	Lifetime time.Duration
}

type accountPasskeyAddView struct {
	AccountPasskeyAdd
	OptionsJSON     json.RawMessage
	ProblemKey      string
	RefreshURL      string
	LifetimeSeconds int
}

// AccountPasskeyAdd renders the page on which a passkey is made; with a problem the status is 422.
func (p *Pages) AccountPasskeyAdd(w http.ResponseWriter, r *http.Request, a AccountPasskeyAdd) error {
	l := p.catalog.choose(r, nil)
	options, err := ceremonyOptions(a.Options)
	if err != nil {
		return fmt.Errorf("page to add a passkey: %w", err)
	}
	query := url.Values{}
	if a.With != "" {
		query.Set("with", a.With)
	}
	return p.render(w, r, page{
		name: "account-passkey-add", status: ceremonyStatus(a.Problem), lang: l, query: query,
		data: accountPasskeyAddView{
			AccountPasskeyAdd: a, OptionsJSON: options, ProblemKey: l.problemKey("account-passkey-add.problem.", a.Problem),
			RefreshURL: withQuery("/account/passkeys/add", query), LifetimeSeconds: int(a.Lifetime.Seconds()),
		},
	})
}

// AccountPasskeyName is the page on which a passkey gets its name.
type AccountPasskeyName struct {
	Action    string // the path that the form posts to
	Name      string // as it is, or as it was typed
	MaxLength int
	Errors    FieldErrors // of the field name: NameMissing, NameLong
	Added     bool        // it was made just now
}

// AccountPasskeyName renders the page on which a passkey gets its name; with errors the status is 422.
func (p *Pages) AccountPasskeyName(w http.ResponseWriter, r *http.Request, a AccountPasskeyName) error {
	status := http.StatusOK
	if a.Errors != nil {
		status = http.StatusUnprocessableEntity
	}
	return p.render(w, r, page{
		name: "account-passkey-name", status: status, lang: p.catalog.choose(r, nil), data: a, query: url.Values{},
	})
}

// AccountPasskeyRemove asks whether a passkey is to go, or says why it cannot.
type AccountPasskeyRemove struct {
	Action  string
	Passkey PasskeyCard
	Last    bool // she has no other
	Refused bool // and no other way to sign in
}

type accountPasskeyRemoveView struct {
	AccountPasskeyRemove
	Confirm Confirm
}

// AccountPasskeyRemove renders the question before a passkey is removed.
func (p *Pages) AccountPasskeyRemove(w http.ResponseWriter, r *http.Request, a AccountPasskeyRemove) error {
	v := accountPasskeyRemoveView{a, Confirm{
		Action: a.Action, ButtonKey: "account-passkey-remove.button", CancelURL: "/account/passkeys", Danger: true,
	}}
	return p.render(w, r, page{
		name: "account-passkey-remove", status: http.StatusOK, lang: p.catalog.choose(r, nil), query: url.Values{}, data: v,
	})
}
