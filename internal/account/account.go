package account

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Store is the part of idp.Store that the room uses; the comments there say what each method promises.
type Store interface {
	idp.Accounts

	Consents(ctx context.Context, personID string) ([]idp.Consent, error)
	EndConsent(ctx context.Context, personID, id string, now time.Time, trail idp.Trail) (idp.Consent, error)
	Releases(ctx context.Context, filter idp.ReleaseFilter) ([]idp.Release, error)
	Person(ctx context.Context, id string) (idp.Person, error)
	Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error)
	WaitingRecovery(ctx context.Context, personID string, now time.Time) (idp.Recovery, error)
	ConfirmedContacts(ctx context.Context, personID string) ([]idp.Contact, error)
	AuditEvents(ctx context.Context, filter idp.AuditFilter) ([]idp.AuditEvent, error)
	Client(ctx context.Context, id string) (idp.Client, error)
	Proofings(ctx context.Context, filter idp.ProofingFilter) ([]idp.Proofing, error)
	Messages(ctx context.Context, filter idp.MessageFilter) ([]idp.Message, error)
	AddMessages(ctx context.Context, trail idp.Trail) error
}

// Mail writes to people (package mail).
type Mail interface {
	// About makes a message for each address of a person.
	About(person idp.Person, n idp.Notice) ([]idp.Message, error)
	// To makes a message to one address.
	To(person idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error)
}

// Change is what becomes of a person's values; package identity says what each field means.
type Change struct {
	PersonID string
	Revision int64 // as she has seen it; 0: whatever it is now
	Correct  bool  // the old value was never right
	Values   []idp.Attribute
	Reason   string
	Tell     func(before, after idp.Person) ([]idp.Message, error) // nil: nobody
}

// Config is what an Account is made of. Every field is required but Staff.
type Config struct {
	Store   Store
	Pages   *pages.Pages
	Session func(w http.ResponseWriter, r *http.Request) (idp.Session, error) // the browser's
	// Fresh reports whether the sign-in is recent enough for what a stranger at an open screen must not do. If not, the browser
	// has been sent to sign in, and comes back to the path back.
	Fresh     func(w http.ResponseWriter, r *http.Request, back string) (bool, error)
	RequestID func(ctx context.Context) string // the number of the request, for the audit log

	Mail Mail
	// Staff makes the message that something waits for those who run the service; nil: nobody is told.
	Staff       func(kind idp.NoticeKind) ([]idp.Message, error)
	Idle        time.Duration        // a session that nobody used for so long is over
	ClosingWait func() time.Duration // how long an account that is to be closed can still be kept

	// Change gives a person other values, and returns the kinds of which a checked one is not so any more. idp.ErrStale.
	Change func(ctx context.Context, c Change, by idp.Reading) (unverified []idp.AttributeKind, err error)

	// Declarations has a Declaration of Identity signed that waits for the visitor.
	Declarations Declarations

	// Identifier opens a person's Digital Identifier, "" when she has none, and records who read it.
	Identifier func(ctx context.Context, person idp.Person, reading idp.Reading) (string, error)
	// Patient writes a person as a FHIR R4 Patient (package fhir); the identifier is hers, opened.
	Patient func(person idp.Person, identifier string) any
	// Repudiation finds the proofing that a link out of a notification is about, and Repudiate ends it, once. idp.ErrNotFound: there
	// is no such link; idp.ErrUsed: it was used before.
	Repudiation func(ctx context.Context, link string) (idp.Proofing, error)
	Repudiate   func(ctx context.Context, link string, by idp.Reading) error
}

// Account is the room. It is safe for use by many goroutines.
type Account struct{ Config }

// New makes the room.
func New(c Config) *Account { return &Account{c} }

// visitor is who asks for a page: the person who is signed in in the browser's own session, as she is now. Every page of the room
// begins with it, and takes from it whose values it shows and changes; no page takes a person's id from the request.
type visitor struct {
	session idp.Session
	person  idp.Person
	now     time.Time
}

// visitor returns who asks. A stranger has been sent to sign in (ok is false) and comes back to the page.
func (a *Account) visitor(w http.ResponseWriter, r *http.Request) (v visitor, ok bool, err error) {
	v.now = now()
	if v.session, err = a.Session(w, r); err != nil {
		return v, false, err
	}
	if !v.session.SignedIn() {
		// A sign-in that is no longer there is not a fresh one: the way back is the same. What was posted is not kept.
		back := r.URL.Path
		if r.Method != http.MethodGet {
			back = "/account"
		}
		_, err := a.Fresh(w, r, back)
		return v, false, err
	}
	if v.person, err = a.Store.Person(r.Context(), v.session.PersonID); err != nil {
		return v, false, fmt.Errorf("signed-in person: %w", err)
	}
	return v, true, nil
}

// freshVisitor is visitor for what a stranger at an open screen must not do. back is the page to come back to from the sign-in: one
// that is looked at, because what was posted is not kept.
func (a *Account) freshVisitor(w http.ResponseWriter, r *http.Request, back string) (v visitor, ok bool, err error) {
	if ok, err = a.Fresh(w, r, back); err != nil || !ok {
		return v, false, err
	}
	return a.visitor(w, r)
}

// reading is why the visitor reads a value of hers, and who changes one, for the audit log.
func (a *Account) reading(r *http.Request, v visitor, purpose string) idp.Reading {
	return idp.Reading{Actor: v.person.ID, Purpose: purpose, RequestID: a.RequestID(r.Context()), IP: clientIP(r)}
}

// event is a line of the audit log about the visitor, by herself.
func (a *Account) event(r *http.Request, v visitor, action, detail string) idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewID(), At: v.now, Actor: v.person.ID, Action: action, PersonID: v.person.ID,
		RequestID: a.RequestID(r.Context()), IP: clientIP(r), Detail: detail,
	}
}

// clientIP is where a request comes from.
func clientIP(r *http.Request) string {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return ip
}

// now is the time as the store keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// redirect answers with 303 See Other, so that the browser asks for the next page with GET whatever it sent before.
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
