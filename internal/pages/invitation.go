package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// DeclarationVersion is the wording of the Declaration of Identity that is shown today. Each version is a text of its
// own (declaration.<version>), and none is edited once people have agreed to it.
const DeclarationVersion = "2026-11"

// AdministratorDeclarationVersion is that of somebody who runs the service and is no patient of it: nobody vouches for her identity towards
// hospitals, so that she declares no birth date and no home.
const AdministratorDeclarationVersion = DeclarationVersion + ".administrator"

// Problems of a passkey ceremony, as the hidden input "problem" carries them from the script to the server, and as the
// server says them on the next page.
const (
	ProblemDeclaration = "declaration" // the declaration was not ticked
	ProblemCancelled   = "cancelled"   // closed, timed out or refused: browsers do not say which
	ProblemDuplicate   = "duplicate"   // this device has a passkey for this person already
	ProblemUnknown     = "unknown"     // a passkey that we do not know
	ProblemUnverified  = "unverified"  // the device did not check that it is this person
	ProblemUnsupported = "unsupported" // the browser or the device cannot
	ProblemExpired     = "expired"     // the challenge is too old
	ProblemFailed      = "failed"      // anything else
	ProblemTimeout     = "timeout"     // nobody answered in time
	ProblemSecurity    = "security"    // the browser says that this address may not ask
	ProblemUnreadable  = "unreadable"  // the device could not get at its passkeys
	ProblemNetwork     = "network"     // the browser or the phone was not connected
	ProblemAnother     = "another"     // a passkey of somebody else than the page was for
	ProblemInactive    = "inactive"    // the account is suspended or closed
)

// Invitation is the page on which a person creates her passkey.
type Invitation struct {
	Action    string // the path that the form posts to
	Ceremony  string // its id
	Options   string // JSON of PublicKeyCredentialCreationOptions, with or without the publicKey member around it
	GivenName string
	ExpiresAt time.Time // of the invitation
	// Problem is "" or one of the above, which the server or the script found.
	Problem            string
	DeclarationVersion string // "" stands for DeclarationVersion
	Declared           bool   // she had ticked the declaration before the problem
	Unproofed          bool   // nobody has verified her identity yet
	Administrator      bool   // she is to run the service, and is no patient of it
	Back               bool   // she had an account before and gets back into it
	Others             bool   // she has passkeys, which she may say were lost
	Lost               bool   // she had said so before the problem
}

// invitationView adds what the template needs beside.
type invitationView struct {
	Invitation
	OptionsJSON    json.RawMessage
	DeclarationKey string
	ProblemKey     string
}

// Invitation renders the enrolment page; with a problem the status is 422, so that nobody takes it for a success.
func (p *Pages) Invitation(w http.ResponseWriter, r *http.Request, in Invitation) error {
	if in.DeclarationVersion == "" {
		in.DeclarationVersion = DeclarationVersion
	}
	options, err := ceremonyOptions(in.Options)
	if err != nil {
		return fmt.Errorf("invitation page: %w", err)
	}
	v := invitationView{Invitation: in, OptionsJSON: options, DeclarationKey: "declaration." + in.DeclarationVersion}
	l := p.catalog.choose(r, nil)
	v.ProblemKey = l.problemKey("invitation.problem.", in.Problem)
	return p.render(w, r, page{
		name: "invitation", status: ceremonyStatus(in.Problem), lang: l, data: v,
		query: url.Values{},
	})
}

// Enrolled is the page after a passkey was created.
type Enrolled struct {
	GivenName   string
	PasskeyName string // "" when the device does not say
	Request     string // the authorization request to return to, "" for none

	Administrator bool // she runs the service, and is no patient of it
}

// RequestURL is where she goes on to sign in.
func (e Enrolled) RequestURL() string { return "/login?" + requestQuery(e.Request).Encode() }

// Enrolled renders the good end of an invitation.
func (p *Pages) Enrolled(w http.ResponseWriter, r *http.Request, e Enrolled) error {
	return p.render(w, r, page{name: "enrolled", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: e})
}

// ceremonyOptions are the options as the script reads them: the inner object, whether or not the publicKey member is
// around it. Text that is not JSON is an error here, because the template would write null in its place without a word.
func ceremonyOptions(text string) (json.RawMessage, error) {
	var outer struct {
		PublicKey json.RawMessage `json:"publicKey"`
	}
	if err := json.Unmarshal([]byte(text), &outer); err != nil {
		return nil, fmt.Errorf("options of the passkey ceremony: %w", err)
	}
	if outer.PublicKey != nil {
		return outer.PublicKey, nil
	}
	return json.RawMessage(text), nil
}

// problemKey is the text key of a ceremony's problem, "" for none. The value may come from a form: one we do not know
// reads as failed.
func (l *language) problemKey(prefix, problem string) string {
	if problem == "" {
		return ""
	}
	if _, ok := l.Texts[prefix+problem]; ok {
		return prefix + problem
	}
	return prefix + ProblemFailed
}

func ceremonyStatus(problem string) int {
	if problem == "" {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}
