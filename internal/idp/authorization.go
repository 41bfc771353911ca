package idp

import "time"

// AuthRequest is an authorization request on its way through the browser, from /authorize to the code.
type AuthRequest struct {
	ID        string
	SessionID string // the browser it belongs to
	ClientID  string

	RedirectURI     string // where the answer goes: the one sent, or the only one registered
	RedirectURISent bool   // whether the request named it; then /token must name it too (RFC 6749 §4.1.3)
	Scopes          []string
	State           string
	Nonce           string
	CodeChallenge   string // S256; "" only for a client that is excused from PKCE
	Prompt          []string
	MaxAge          *int // seconds; nil when not asked
	ACRValues       []string
	UILocales       []string
	LoginHint       string
	// Subject is the sub that the answer must be for, "" for anybody's (OIDC Core §3.1.2.2: id_token_hint, claims).
	Subject string
	// Claims is the claims parameter, as JSON; "" when there was none (OIDC Core §5.5).
	Claims string

	CreatedAt  time.Time
	ExpiresAt  time.Time
	AnsweredAt time.Time // zero until a code was issued or the request refused
}

// Code is an authorization code: what a person agreed to, waiting for the client to fetch it.
type Code struct {
	ID   string
	Hash []byte

	ClientID        string
	RedirectURI     string
	RedirectURISent bool
	CodeChallenge   string
	Nonce           string
	Scopes          []string // granted
	Claims          string   // AuthRequest.Claims
	PersonID        string
	SessionID       string
	Authentication  Authentication
	// ConsentID, Agreed and RequestID are filled in by IssueCode: the consent it is issued under, the claims that may go, and
	// the request it answers.
	ConsentID string
	Agreed    []string
	RequestID string

	CreatedAt time.Time
	ExpiresAt time.Time // at most 60 s after CreatedAt
}

// Issue answers an authorization request with a code.
type Issue struct {
	RequestID string
	SessionID string // must be the request's browser, signed in as Code.PersonID
	Code      Code
	Agreement
	At time.Time
}

// Redemption is a client's call to exchange a code.
type Redemption struct {
	Code        Token
	ClientID    string
	RedirectURI string // "" when the token request had none
	// CodeChallenge is BASE64URL(SHA256(code_verifier)), or "" when the token request had no code_verifier.
	CodeChallenge string
	Access        AccessToken // inserted when the code is good; ID, Hash, CreatedAt and ExpiresAt are the caller's, the rest is copied from the code
	// Release is what goes out with the ID Token: ID, Claims and Level are the caller's.
	Release Release
	At      time.Time
}

// AccessToken lets a client read UserInfo for as long as it lives.
type AccessToken struct {
	ID        string
	Hash      []byte
	CodeID    string
	ClientID  string
	PersonID  string
	Scopes    []string
	Claims    string // AuthRequest.Claims
	ConsentID string
	Agreed    []string // Code.Agreed
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero while it is good
}
