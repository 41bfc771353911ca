package recovery

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Store is the part of idp.Store that the room uses; the comments there say what each method promises.
type Store interface {
	idp.ContactCodes
	idp.SignUps
	idp.Recoveries
	idp.Throttles

	Person(ctx context.Context, id string) (idp.Person, error)
	Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error)
	Invite(ctx context.Context, inv idp.Invitation, trail idp.Trail) error
	Invitation(ctx context.Context, id string) (idp.Invitation, error)
	Audit(ctx context.Context, events ...idp.AuditEvent) error
}

// Mail makes messages (package mail).
type Mail interface {
	About(person idp.Person, n idp.Notice) ([]idp.Message, error)
	To(person idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error)
}

// Sealer encrypts and digests under the master key (package vault).
type Sealer interface {
	Seal(plaintext []byte, purpose string) ([]byte, error)
	Unseal(sealed []byte, purpose string) ([]byte, error)
	Digest(data []byte, purpose string) ([]byte, error)
}

// ErrWrongAnswer: what was shown for an invitation does not fit.
var ErrWrongAnswer = errors.New("the answer does not fit the invitation")

// Invitations opens invitations that an operator made (package identity).
type Invitations interface {
	// ByCode finds the invitation whose code was typed. idp.ErrNotFound.
	ByCode(ctx context.Context, typed string) (idp.Invitation, error)
	// Open lets a browser use it. ErrWrongAnswer, which is counted; idp.ErrUsed; idp.ErrExpired; idp.ErrNotFound.
	Open(ctx context.Context, inv idp.Invitation, a Answer, by idp.Reading) (idp.Token, error)
}

// Answer is what somebody shows for an invitation.
type Answer struct {
	Birthdate string // YYYY-MM-DD
	Companion string // the second code, as typed
	SessionID string
}

// SignUpMode is who may make an account by herself.
type SignUpMode string

const (
	SignUpOff        SignUpMode = "off"        // nobody; links of an operator work
	SignUpInvitation SignUpMode = "invitation" // who has a code to type
	SignUpOpen       SignUpMode = "open"       // anybody, whom nobody has verified then
)

// SignUpModes lists them all.
var SignUpModes = []SignUpMode{SignUpOff, SignUpInvitation, SignUpOpen}

// Config is what the room is made of. All but the last three fields are required.
type Config struct {
	Store  Store
	Pages  *pages.Pages
	Mail   Mail
	Sealer Sealer
	Issuer string            // our address, without a trailing slash
	SignUp func() SignUpMode // at the moment
	// CodeLifetime is how long a code that is sent is good at most; 0 is as long as NIST allows.
	CodeLifetime time.Duration

	// Session is the browser's session, made if there is none, and made anew when it is about to end. Browser is the session as it is.
	Session, Browser func(w http.ResponseWriter, r *http.Request) (idp.Session, error)
	// Fresh reports whether the sign-in is recent enough for a change. If not, the browser has been sent to sign in, and comes back
	// to the path back.
	Fresh func(w http.ResponseWriter, r *http.Request, back string) (bool, error)

	// Knows reports whether a person has signed in in this browser before; nobody ("") has in any.
	Knows func(r *http.Request, personID string) (bool, error)

	Invitations Invitations
	// AddPerson stores who signed up. It says nothing of who looks like her: that is for the operator to find.
	AddPerson func(ctx context.Context, d idp.Demographics, by idp.Reading) (idp.Person, error)
	// SetContact makes an address the current one of its channel, and tells both the old and the new.
	SetContact func(ctx context.Context, personID string, channel idp.Channel, address string, by idp.Reading) error
	RequestID  func(ctx context.Context) string // the number of the request, for the audit log

	Now      func() time.Time             // nil: the system's clock
	ClientIP func(r *http.Request) string // nil: the address of the connection
	Log      *slog.Logger                 // nil: the default one
}

// Recovery is the room. It is safe for use by many goroutines.
type Recovery struct{ Config }

// New makes the room.
func New(c Config) *Recovery {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.ClientIP == nil {
		c.ClientIP = connectionIP
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Recovery{c}
}

// now is the time as the store keeps it.
func (c *Recovery) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
