package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Store is the part of idp.Store that the room uses; the comments there say what each method promises.
type Store interface {
	idp.Sessions
	idp.Passkeys
	idp.KnownBrowsers

	Person(ctx context.Context, id string) (idp.Person, error)
	PersonByUserHandle(ctx context.Context, handle []byte) (idp.Person, error)
	Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error)
	UnusedRecoveryCodes(ctx context.Context, personID string) (int, error)
	Invitation(ctx context.Context, id string) (idp.Invitation, error)
	EnrolPasskey(ctx context.Context, e idp.Enrolment) error
	AuthRequest(ctx context.Context, id, sessionID string, now time.Time) (idp.AuthRequest, error)
	ExtendAuthRequest(ctx context.Context, id, sessionID string, until, now time.Time) (idp.AuthRequest, error)
	Consent(ctx context.Context, personID, sector string) (idp.Consent, error)
	Accepted(ctx context.Context, personID, kind string) (idp.Acceptance, error)
}

// Authorizer answers authorization requests. Allow and Refuse return idp.ErrNotFound, idp.ErrExpired and idp.ErrUsed as
// the Store does. All return idp.ErrNotFound, idp.ErrSuspended and idp.ErrMismatch as Config.Organization does: then the
// browser goes nowhere.
type Authorizer interface {
	// Allow issues a code for the person who is signed in in s, and returns where the browser goes with it. ErrSignInAgain:
	// the sign-in is too old for what the data holder gets. idp.ErrStale: nobody was asked, and the consent does not stand.
	Allow(ctx context.Context, req idp.AuthRequest, s idp.Session, a idp.Agreement) (redirect string, err error)
	// Refuse answers with an error of RFC 6749 §4.1.2.1 or OIDC Core §3.1.2.6, and returns where the browser goes with it.
	Refuse(ctx context.Context, req idp.AuthRequest, s idp.Session, code, description string, trail idp.Trail) (redirect string, err error)
	// Expired returns where the browser goes with a request that can no longer be answered. It changes nothing.
	Expired(ctx context.Context, req idp.AuthRequest) (redirect string, err error)
	// Shares returns what the data holder will learn about the person who is signed in in s, if she agrees. Without values
	// nobody looks at it, and no Digital Identifier is opened. ErrSignInAgain as Allow; *Refused: it will learn nothing.
	Shares(ctx context.Context, req idp.AuthRequest, s idp.Session, values bool) (Offer, error)
}

// ErrSignInAgain: the person has to sign in again before the request can be allowed.
var ErrSignInAgain = errors.New("the sign-in is too old")

// Refused is a request that cannot be allowed, with the error that goes back to the data holder.
type Refused struct{ Code, Description string }

func (e *Refused) Error() string { return e.Code + ": " + e.Description }

// Offer is what a data holder will learn about a person, if she agrees.
type Offer struct {
	Sector  string   // whom it goes to, for the consent
	Choices []Choice // in the order they are shown
	Level   idp.Level
}

// Choice is what a person decides about at once: a detail with everything that only says it again.
type Choice struct {
	Name       string   // of the claim that stands for all of them
	Claims     []string // what is agreed to with a yes
	Essential  bool     // it cannot be switched off
	Identifier bool     // it is the Digital Identifier
	Shares     []Share  // nil where the values were not asked for
}

// Share is one detail that a data holder will learn.
type Share struct {
	Claim     string // its name on the wire
	Value     string // as it is released; an address in lines separated by \n
	Sensitive bool   // shown masked
}

// Organization is a data holder as a person knows it.
type Organization struct {
	Name          string
	URI           string
	CommunityName string
	CommunityURI  string
}

// OrganizationOf names a client. The name in the certificate was checked by the trust community; the one it registered
// under is its own word and stands in where the certificate has none.
func OrganizationOf(client idp.Client, community idp.Community) Organization {
	name := client.Organization
	if name == "" {
		name = client.Name
	}
	return Organization{Name: name, URI: client.URI, CommunityName: community.Name, CommunityURI: community.URI}
}

// Limits bound a session, and a request that waits in it. A zero value is the default, which is also the longest.
type Limits struct {
	Idle     time.Duration // signed in and not used: 30 minutes
	Absolute time.Duration // signed in: 12 hours
	Request  time.Duration // a request is given when more time is asked for: 15 minutes
}

// anonymousLimit is how long a browser is known in which nobody signs in.
const anonymousLimit = time.Hour

// Config is what a Login is made of.
type Config struct {
	Store      Store
	Pages      *pages.Pages
	Authorizer Authorizer
	// Organization names the data holder of a request. idp.ErrNotFound: it is not registered any more. Together with the
	// organization idp.ErrSuspended, and idp.ErrMismatch when the request's redirect URI is not registered any more.
	Organization func(ctx context.Context, req idp.AuthRequest) (Organization, error)
	// Practices is the version of the practices that a person has to have accepted before anything is shared: Kind, Version and
	// Name are filled. nil: there is none.
	Practices func(ctx context.Context) (idp.Acceptance, error)
	// Logo is the address of a data holder's picture on our own origin, "" when there is none. nil: there is none.
	Logo func(ctx context.Context, clientID string) string

	Issuer       string // our address, without a trailing slash; its host is the RP ID of every passkey
	OperatorName string // shown by browsers when a passkey is made
	Limits       Limits

	// Notices makes the messages that tell a person of a change; nil: nobody is told.
	Notices   func(person idp.Person, n idp.Notice) ([]idp.Message, error)
	RequestID func(ctx context.Context) string // the number of the request, for the audit log; nil: none

	Now      func() time.Time             // nil: the system's clock
	ClientIP func(r *http.Request) string // nil: the address of the connection
	Log      *slog.Logger                 // nil: the default one
}

// Login is the room. It is safe for use by many goroutines.
type Login struct {
	Config
	sessions *sessionStore
	webauthn *webauthn.WebAuthn
}

// New makes the room. It fails on a limit longer than the domain's, and on an issuer whose host cannot have passkeys (an
// IP address).
func New(c Config) (*Login, error) {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Hostname() == "" || issuer.Scheme != "https" && issuer.Scheme != "http" {
		return nil, fmt.Errorf("login: issuer %q is not an http or https URL", c.Issuer)
	}
	if err := c.setDefaults(); err != nil {
		return nil, err
	}
	library, err := newWebAuthn(issuer, c.OperatorName)
	if err != nil {
		return nil, fmt.Errorf("login: issuer %q: %w", c.Issuer, err)
	}
	l := &Login{Config: c, webauthn: library}
	l.sessions = newSessionStore(c.Store, issuer.Scheme == "https", c.Limits, l.now)
	return l, nil
}

func (c *Config) setDefaults() error {
	if c.Store == nil || c.Pages == nil || c.Authorizer == nil || c.Organization == nil {
		return errors.New("login: Store, Pages, Authorizer and Organization are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.ClientIP == nil {
		c.ClientIP = connectionIP
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.RequestID == nil {
		c.RequestID = func(context.Context) string { return "" }
	}
	return c.Limits.setDefaults()
}

func (l *Limits) setDefaults() error {
	if l.Idle == 0 {
		l.Idle = idp.IdleLimit
	}
	if l.Absolute == 0 {
		l.Absolute = idp.SessionLimit
	}
	if l.Request == 0 {
		l.Request = idp.RequestLifetime
	}
	if l.Request < 0 || l.Request > idp.RequestLifetime {
		return fmt.Errorf("login: time for a request %s: want more than 0 and at most %s", l.Request, idp.RequestLifetime)
	}
	if l.Idle < 0 || l.Idle > idp.IdleLimit {
		return fmt.Errorf("login: idle limit %s: want more than 0 and at most %s", l.Idle, idp.IdleLimit)
	}
	if l.Absolute < 0 || l.Absolute > idp.SessionLimit {
		return fmt.Errorf("login: session limit %s: want more than 0 and at most %s", l.Absolute, idp.SessionLimit)
	}
	return nil
}

func connectionIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// now is the time as the store keeps it.
func (l *Login) now() time.Time { return l.Now().UTC().Truncate(time.Microsecond) }

// redirect answers with 303 See Other, so that the browser asks for the next page with GET whatever it sent before.
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
