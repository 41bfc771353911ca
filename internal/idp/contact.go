package idp

import (
	"context"
	"time"
)

// CodePurpose is what a code that is sent to an address is for. A code for one is worth nothing for the other.
type CodePurpose string

const (
	CodeContact  CodePurpose = "contact"  // to show that an address is hers
	CodeSignUp   CodePurpose = "sign-up"  // to make an account
	CodeRecovery CodePurpose = "recovery" // to get back into one
)

// MaxMissed is how many wrong codes are taken before the right one is void.
const MaxMissed = 5

// ContactCode is a code on its way to an address. It counts in the browser that asked for it, and nowhere else.
type ContactCode struct {
	ID        string // NewID
	Purpose   CodePurpose
	Subject   string // the sign-up or the recovery that it belongs to
	PersonID  string // "" before there is an account, and when nobody has the address
	SessionID string // of the browser that waits for it
	Channel   Channel
	To        string
	Hash      []byte // keyed digest of the code; none when none was sent, so that none is right
	// Nobody gets the code: SendContactCode does the same work and keeps nothing of the trail, so that the time it takes does not tell.
	// It is not stored.
	Nobody    bool
	CreatedAt time.Time
	ExpiresAt time.Time
	Missed    int
	UsedAt    time.Time // zero while it is open
}

// CodeTake is a code that came back.
type CodeTake struct {
	ID        string
	SessionID string
	Purpose   CodePurpose
	Hash      []byte
	At        time.Time
	Trail     Trail // of the success
}

// Contact is an address that a person has shown to be hers.
type Contact struct {
	Channel     Channel
	Address     string
	ConfirmedAt time.Time
}

// ContactCodes keeps the codes that are sent to addresses, and the addresses that they confirmed.
type ContactCodes interface {
	// SendContactCode stores a code with the message that carries it, and counts it against the allowances. An earlier one for the
	// same purpose, by the same channel, in the same browser is void. *Throttled: nothing was stored.
	SendContactCode(ctx context.Context, c ContactCode, trail Trail, allowances ...Allowance) error
	// ContactCode returns the code that a browser waits for, whatever its state: of several channels the latest. ErrNotFound.
	ContactCode(ctx context.Context, purpose CodePurpose, sessionID string) (ContactCode, error)
	// TakeContactCode marks the code used, if the hash is its own, and does what it is for: the address counts as confirmed, or the
	// recovery has one more proof. Of any number of calls at once one succeeds. ErrNotFound: no such code in this browser, or one for
	// something else; ErrExpired; ErrUsed: used, or missed too often; ErrMismatch: another code, which is counted.
	TakeContactCode(ctx context.Context, t CodeTake) (ContactCode, error)
	// ConfirmContact notes that a person has shown an address to be hers.
	ConfirmContact(ctx context.Context, personID string, c Contact, trail Trail) error
	// ConfirmedContacts returns the addresses that a person has shown to be hers, the latest first.
	ConfirmedContacts(ctx context.Context, personID string) ([]Contact, error)
	// PeopleByContact returns up to limit persons with an account in use whose current address this is, the oldest first. Capital
	// letters of an e-mail address do not count.
	PeopleByContact(ctx context.Context, channel Channel, address string, limit int) ([]Person, error)
}

// SignUp is what somebody typed about herself, until she has shown that the address is hers.
type SignUp struct {
	ID        string // NewID
	SessionID string
	Sealed    []byte // what was typed, encrypted
	CreatedAt time.Time
	ExpiresAt time.Time
}

// SignUps keeps sign-ups that wait for their code. What is not confirmed leaves nothing behind.
type SignUps interface {
	// PutSignUp stores a sign-up in place of the one that the browser had.
	PutSignUp(ctx context.Context, s SignUp) error
	// SignUpOf returns the sign-up of a browser. ErrNotFound, also when its time is over.
	SignUpOf(ctx context.Context, sessionID string, now time.Time) (SignUp, error)
	// TakeSignUp returns the sign-up and deletes it. Of any number of calls at once one succeeds; ErrNotFound.
	TakeSignUp(ctx context.Context, id, sessionID string, now time.Time) (SignUp, error)
}
