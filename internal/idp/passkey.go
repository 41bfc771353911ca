package idp

import (
	"context"
	"errors"
	"time"
)

// MaxPasskeys is how many passkeys a person may have. Her devices and a few spares are far from it; without a bound, the
// list that goes out at each sign-in could grow until devices refuse it.
const MaxPasskeys = 20

// MaxPasskeyName is how long a passkey's name may be, in characters.
const MaxPasskeyName = 60

var (
	// ErrLastPasskey: without it the person could not sign in any more.
	ErrLastPasskey = errors.New("the last way to sign in")
	// ErrTooMany: there are as many as there may be.
	ErrTooMany = errors.New("too many")
)

// NewPasskey is a passkey that a signed-in person adds.
type NewPasskey struct {
	Passkey
	Browser BrowserUse // zero when the browser is not to be recognised
}

// PasskeyRemoval is the end of a passkey.
type PasskeyRemoval struct {
	PersonID  string
	PasskeyID []byte
	// SessionID is the browser that asks. It stays signed in; all others that signed in with this passkey are signed out.
	SessionID string
}

// Passkeys keeps what people sign in with. Each verb stores its trail with the change.
type Passkeys interface {
	// Passkey returns the passkey with a credential id, whosever it is. ErrNotFound.
	Passkey(ctx context.Context, id []byte) (Passkey, error)
	// AddPasskey stores one more passkey of a person. ErrNotFound: she is not active; ErrExists: that credential id is stored
	// already; ErrTooMany: she has MaxPasskeys.
	AddPasskey(ctx context.Context, k NewPasskey, trail Trail) error
	// RenamePasskey changes the name. ErrNotFound: it is not the person's.
	RenamePasskey(ctx context.Context, personID string, id []byte, name string, trail Trail) error
	// RemovePasskey deletes the passkey and ends the sessions that were begun with it. ErrNotFound: it is not the person's;
	// ErrLastPasskey: she has no other, and no recovery code that is not used. Of two that are removed at once, the second finds
	// the first gone.
	RemovePasskey(ctx context.Context, r PasskeyRemoval, trail Trail) error
	// RefuseSignIn adds the event of a refused sign-in to the audit log unless most events of that action about that person
	// came since: who knows the id of somebody's passkey must not be able to fill the log. It reports whether it was added.
	RefuseSignIn(ctx context.Context, e AuditEvent, since time.Time, most int) (bool, error)
}
