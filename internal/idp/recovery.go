package idp

import (
	"context"
	"slices"
	"time"
)

// RecoveryCode is a code that a person keeps on paper, for the day on which she has no passkey (NIST SP 800-63B-4 §4.2.1.1, saved
// recovery codes).
type RecoveryCode struct {
	Hash      []byte // SHA-256 of the code, which has 80 random bits
	PersonID  string
	CreatedAt time.Time
	UsedAt    time.Time // zero while it is good
}

// RecoveryWay is one way in which somebody shows that an account is hers.
type RecoveryWay string

const (
	SavedCode RecoveryWay = "saved" // a recovery code
	EmailCode RecoveryWay = "email" // a code that was sent to her
	PhoneCode RecoveryWay = "sms"
)

// RecoveryProof is something that was shown on the way back into an account.
type RecoveryProof struct {
	Way RecoveryWay
	At  time.Time
}

// RecoveryOutcome is how a recovery ended.
type RecoveryOutcome string

const (
	RecoveryDone      RecoveryOutcome = "done"      // a passkey was made
	RecoveryCancelled RecoveryOutcome = "cancelled" // by the person whose account it is
	RecoveryReplaced  RecoveryOutcome = "replaced"  // by another, or its time was over
)

// Recovery is somebody on her way back into an account.
type Recovery struct {
	ID        string // NewID
	SessionID string // of the browser that she does it in
	PersonID  string // "" when nobody has the address that was typed: nobody is told so
	RequestID string // the authorization request that she came with, "" for none
	// TypedKey is a keyed digest of what was typed to find the account. It counts wrong codes whether or not there is an account,
	// so that nobody can tell from the counting.
	TypedKey  string
	IP        string
	Proofs    []RecoveryProof // in the order in which they came
	StartedAt time.Time
	ExpiresAt time.Time
	// ReadyAt is the end of the waiting period, zero when there is none. While it runs, the person can cancel.
	ReadyAt    time.Time
	CancelHash []byte    // Token.Hash of the link that cancels it
	GrantedAt  time.Time // when a passkey could be made
	EndedAt    time.Time
	Outcome    RecoveryOutcome
}

// Proved reports whether a way was shown.
func (r Recovery) Proved(way RecoveryWay) bool {
	return slices.ContainsFunc(r.Proofs, func(p RecoveryProof) bool { return p.Way == way })
}

// SavedProof is a recovery code that came back.
type SavedProof struct {
	RecoveryID string
	SessionID  string
	Hash       []byte
	At         time.Time
	Trail      Trail
}

// RecoveryGrant is the end of a recovery: the right to make one passkey, in the browser in which it was done.
type RecoveryGrant struct {
	RecoveryID string
	SessionID  string
	// WaitedID is the recovery whose waiting period has to be over for this, "" where none is needed.
	WaitedID   string
	Invitation Invitation
	// CodeHash is a recovery code in place of the one that was used; none when none was.
	CodeHash []byte
	At       time.Time
	Trail    Trail
}

// Recoveries keeps recovery codes, and who is on her way back.
type Recoveries interface {
	// ReplaceRecoveryCodes makes these the only recovery codes of a person. ErrNotFound: no such account in use.
	ReplaceRecoveryCodes(ctx context.Context, personID string, hashes [][]byte, now time.Time, trail Trail) error
	// RecoveryCodes returns a person's codes of the last making, used ones too.
	RecoveryCodes(ctx context.Context, personID string) ([]RecoveryCode, error)
	// UnusedRecoveryCodes is how many are left.
	UnusedRecoveryCodes(ctx context.Context, personID string) (int, error)

	// StartRecovery stores a recovery. One that the browser had before, and that waits for nothing, is replaced.
	StartRecovery(ctx context.Context, r Recovery) error
	// Recovery returns the recovery with its proofs. ErrNotFound: none of this browser; ErrUsed and ErrExpired with it.
	Recovery(ctx context.Context, id, sessionID string, now time.Time) (Recovery, error)
	// RecoveryByID returns the recovery of a link, whatever its state and without its proofs. ErrNotFound.
	RecoveryByID(ctx context.Context, id string) (Recovery, error)
	// RecoveryOf returns the latest recovery of a browser that has not ended. ErrNotFound; ErrExpired with it.
	RecoveryOf(ctx context.Context, sessionID string, now time.Time) (Recovery, error)
	// ProveSavedCode spends a recovery code of the recovery's person and notes the proof. Of any number of calls at once one
	// succeeds. ErrNotFound: no such recovery in this browser; ErrExpired, ErrUsed: of the recovery; ErrMismatch: no code of hers
	// that is good.
	ProveSavedCode(ctx context.Context, p SavedProof) error
	// WaitForRecovery begins the waiting period of a recovery. ErrExists: one of this person's runs already, and goes on as it is;
	// otherwise the errors of Recovery.
	WaitForRecovery(ctx context.Context, r Recovery, trail Trail) error
	// WaitingRecovery returns the recovery of a person that waits, or has waited, and has not ended. ErrNotFound.
	WaitingRecovery(ctx context.Context, personID string, now time.Time) (Recovery, error)
	// CancelRecovery ends a recovery that waits, and takes back what it granted. A nil hash is the person herself, signed in.
	// ErrNotFound: there is none, or its link is another; ErrUsed: it has ended.
	CancelRecovery(ctx context.Context, id string, hash []byte, now time.Time, trail Trail) error
	// GrantRecovery stores the right to make a passkey, as the only open invitation of the person, and in the place of the one that the
	// recovery had granted before. The errors of Recovery; ErrUsed also when the waiting period was cancelled, or is not over.
	GrantRecovery(ctx context.Context, g RecoveryGrant) error
}
