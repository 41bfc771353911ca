package idp

import "time"

// Session is a browser. Its cookie is a Token whose ID is the session's; the secret, and with it the cookie, changes at
// sign-in, so that a cookie planted before the sign-in is worth nothing after it.
type Session struct {
	ID        string
	Hash      []byte // Token.Hash of the cookie
	Values    []byte // what gorilla/sessions keeps, encoded by its store
	UserAgent string

	// PersonID is "" and Authentication nil until somebody signs in.
	PersonID       string
	Authentication *Authentication

	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // the absolute limit; the idle limit is IdleLimit after SeenAt
}

// SignedIn reports whether somebody is signed in in this browser.
func (s Session) SignedIn() bool { return s.PersonID != "" && s.Authentication != nil }

// Authentication is how and when the person of a session signed in.
type Authentication struct {
	SID       string    // UUIDv4, the sid claim: new at each sign-in
	Time      time.Time // auth_time
	AMR       []string  // Authentication Method References, as in the ID Token
	PasskeyID []byte
}

// SignIn puts a person into a session and changes the session's secret.
type SignIn struct {
	SessionID      string
	OldHash        []byte // the cookie that the request came with
	NewHash        []byte // the cookie that the answer sets
	PersonID       string
	Authentication Authentication
	ExpiresAt      time.Time // the absolute limit, counted from this sign-in
	Passkey        PasskeyUse
	Browser        BrowserUse // zero when the browser is not to be recognised
	Trail          Trail
	At             time.Time
}

// CeremonyKind says what a WebAuthn challenge is for; a challenge for one is worth nothing for the other.
type CeremonyKind string

const (
	CeremonyEnrol   CeremonyKind = "enrol" // of the first passkey, by an invitation
	CeremonyAdd     CeremonyKind = "add"   // of one more, by a person who is signed in
	CeremonySignIn  CeremonyKind = "sign-in"
	CeremonyDeclare CeremonyKind = "declare" // the signature under a Declaration of Identity; it signs nobody in
)

// Ceremony is a WebAuthn challenge that waits for its answer. It is answered once, in the browser it was made for.
type Ceremony struct {
	ID        string
	SessionID string
	Kind      CeremonyKind
	Subject   string // enrol: the invitation's id; add: the person's; sign-in: the person's whose passkeys were asked for, or ""; declare: the person's
	Data      []byte // the webauthn library's session data, as JSON
	ExpiresAt time.Time
}
