package idp

import (
	"context"
	"time"
)

// IdleLimit ends a signed-in session that nobody used, and SessionLimit ends any (NIST SP 800-63B: AAL2, the stricter of
// revisions 3 and 4).
const (
	IdleLimit    = 30 * time.Minute
	SessionLimit = 12 * time.Hour
)

// RequestLifetime is how long a person has to answer an authorization request, and how much more she gets when she asks for it, unless
// the operator gives less. RequestExtensions times that is the end. WCAG 2.2 SC 2.2.1: a time limit can be extended at least ten times.
const (
	RequestLifetime   = 15 * time.Minute
	RequestExtensions = 12
)

// Store keeps everything. Each method is one transaction: it happened whole and will survive a power cut when the call
// returns nil, or it did not happen. Methods return the sentinel errors of this package where their comments say so, and
// other errors, wrapped, when the database failed. Implementations pass the suite in storetest.
type Store interface {
	People
	PeopleSearch
	Invitations
	ContactCodes
	SignUps
	Recoveries
	Throttles
	Proofings
	Representations
	Policies
	AuditLog
	Sessions
	Passkeys
	KnownBrowsers
	Authorizations
	Consents
	Clients
	ClientDirectory
	Communities
	Keys
	OperatorSettings
	Housekeeping
	Attempts
	Administration
	Overview
	Desk
	Accounts
	Imports
	Suspicions
	ImportJobs
	Outbox

	// Setting returns the value stored under name, or ErrNotFound.
	Setting(ctx context.Context, name string) ([]byte, error)
	// PutSettingOnce stores value under name unless a value is there, and returns the one that is there afterwards.
	PutSettingOnce(ctx context.Context, name string, value []byte) ([]byte, error)

	// Purge deletes what nobody can use any more: expired sessions, ceremonies, authorization requests, codes, access
	// tokens and jti. A used code stays for an hour after it expired, so that a replay of it is recognised, and an
	// authorization request as long, so that a person who comes late can be sent back, with the session it waits in.
	// Messages stay for MessagesKept, imports that are over for ImportsKept.
	// It returns the number of rows.
	Purge(ctx context.Context, now time.Time) (int64, error)
	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	Close() error
}

// People keeps persons and their passkeys.
type People interface {
	// CreatePerson stores a person as of WithAttributes, and her first invitation unless inv is zero. ErrExists: the identifier belongs to somebody.
	CreatePerson(ctx context.Context, p Person, inv Invitation, events ...AuditEvent) error
	// ChangePerson replaces everything that is stored about a person, if p.Revision is still hers, and adds the events.
	// A person who is not active any more is signed out everywhere, and the access to her claims ends; one who is closed loses her
	// passkeys, recovery codes and consents as well. ErrNotFound; ErrStale: somebody else changed her meanwhile; ErrExists: the identifier belongs to somebody
	// else; ErrLastOwner: nobody would be left who is an active owner with a passkey.
	ChangePerson(ctx context.Context, p Person, events ...AuditEvent) error
	// MergePeople changes both persons as ChangePerson does; the merged one becomes a tombstone, and the survivor takes over
	// the subs that data holders know the merged one by, where she has none of her own, and her part in who may act for whom. Each
	// representation that moves or ends leaves a line like the first event. The errors of ChangePerson.
	MergePeople(ctx context.Context, survivor, merged Person, events ...AuditEvent) error
	// Person returns ErrNotFound when there is none. Tombstones and closed accounts are returned: look at State.
	Person(ctx context.Context, id string) (Person, error)
	PersonByUserHandle(ctx context.Context, handle []byte) (Person, error)
	// PersonByIdentifier finds the person, or the tombstone, whose Digital Identifier has the index.
	PersonByIdentifier(ctx context.Context, index []byte) (Person, error)
	// People returns up to limit persons whose id is greater than after, in order of id, which is order of creation.
	People(ctx context.Context, after string, limit int) ([]Person, error)
	// PeopleByMatchKeys returns up to limit persons, no tombstones, who share any of the keys: those with the most first.
	PeopleByMatchKeys(ctx context.Context, keys []string, limit int) ([]Person, error)
	// OldPeople returns up to limit persons that were stored before attributes were: with the Digital Identifier in clear,
	// and no attributes. ChangePerson brings them up to date.
	OldPeople(ctx context.Context, limit int) ([]OldPerson, error)

	// Passkeys returns a person's passkeys, oldest first.
	Passkeys(ctx context.Context, personID string) ([]Passkey, error)

	// Subject returns the sub of a person towards a sector (Client.Sector), making it at the first call: a random UUIDv4,
	// the same ever after. It shares nothing with the person's other identifiers.
	Subject(ctx context.Context, personID, sector string) (string, error)
}

// OldPerson is a person of the first version's table.
type OldPerson struct {
	Person
	DigitalIdentifier string // in clear; "" when she has none
}

// Proofings keeps the events of identity proofing.
type Proofings interface {
	StartProofing(ctx context.Context, p Proofing, events ...AuditEvent) error
	// SaveProofing replaces an event, if p.Revision is still its own, and changes the person with it unless person is nil, as
	// ChangePerson does. The trail is stored with it. ErrNotFound; ErrStale; ErrExists.
	SaveProofing(ctx context.Context, p Proofing, person *Person, trail Trail) error
	Proofing(ctx context.Context, id string) (Proofing, error)
	// Proofings returns the oldest first.
	Proofings(ctx context.Context, filter ProofingFilter) ([]Proofing, error)
}

// Representations keeps who may act for whom.
type Representations interface {
	AddRepresentation(ctx context.Context, r Representation, trail Trail) error
	// EndRepresentation returns ErrNotFound, and ErrUsed when it was ended before.
	EndRepresentation(ctx context.Context, id, reason string, now time.Time, trail Trail) error
	// Representation returns ErrNotFound when there is none.
	Representation(ctx context.Context, id string) (Representation, error)
	// Representations returns those that a person has part in, on either side, ended ones too, the oldest first.
	Representations(ctx context.Context, personID string) ([]Representation, error)
}

// Policies keeps the published documents.
type Policies interface {
	// PublishPolicy stores the next version. ErrExists: that version is there already.
	PublishPolicy(ctx context.Context, v PolicyVersion, events ...AuditEvent) error
	// Policy returns a version of a document, the latest when version is 0. ErrNotFound.
	Policy(ctx context.Context, kind string, version int) (PolicyVersion, error)
	// Policies returns all versions, the first first.
	Policies(ctx context.Context, kind string) ([]PolicyVersion, error)
}

// Sessions keeps browsers and the WebAuthn challenges they wait on.
type Sessions interface {
	CreateSession(ctx context.Context, s Session) error
	// Session returns ErrNotFound when there is none or it is past ExpiresAt, or, when signed in, idle longer than IdleLimit.
	// The caller compares the hash.
	Session(ctx context.Context, id string, now time.Time) (Session, error)
	// TouchSession writes SeenAt and Values. ErrNotFound when the session is gone.
	TouchSession(ctx context.Context, id string, values []byte, seenAt time.Time) error
	// SignInSession puts the person into the session, changes its hash and records the use of the passkey. ErrNotFound
	// when the session is gone or its hash is not OldHash.
	SignInSession(ctx context.Context, in SignIn) error
	// LapseSession makes a session that is over, because it was not used for idle or because its time has come, one in which
	// nobody is signed in, if authorization requests still wait in it: whoever signs in again goes on with them. ErrNotFound.
	LapseSession(ctx context.Context, cookie Token, idle time.Duration, until, now time.Time) (Session, error)
	// EndSession deletes the session, its ceremonies and its unanswered authorization requests. Ending one that is gone
	// is no error.
	EndSession(ctx context.Context, id string) error

	CreateCeremony(ctx context.Context, c Ceremony) error
	// ConsumeCeremony returns the ceremony and deletes it. ErrNotFound: no such ceremony in this session and of this kind,
	// or consumed before; ErrExpired (and deleted all the same).
	ConsumeCeremony(ctx context.Context, id, sessionID string, kind CeremonyKind, now time.Time) (Ceremony, error)
}

// Authorizations keeps authorization requests, codes and access tokens.
type Authorizations interface {
	CreateAuthRequest(ctx context.Context, r AuthRequest) error
	// AuthRequest returns the request if it belongs to the session, and ErrNotFound otherwise. It returns the request
	// together with ErrExpired or ErrUsed when it can no longer be answered, so that the person can be sent back.
	AuthRequest(ctx context.Context, id, sessionID string, now time.Time) (AuthRequest, error)
	// IssueCode marks the request answered and stores the code and the consent. ErrNotFound: not this session's request, or the
	// session is not signed in as Code.PersonID; ErrExpired; ErrUsed: answered before; ErrStale: nobody was asked, and the
	// consent does not stand as it was read.
	IssueCode(ctx context.Context, issue Issue) error
	// RefuseAuthRequest marks the request answered, without a code. ErrNotFound, ErrExpired and ErrUsed as IssueCode.
	RefuseAuthRequest(ctx context.Context, id, sessionID string, now time.Time, trail Trail) error
	// ExtendAuthRequest gives a request that can still be answered until then, and the browser, when nobody is signed in in
	// it, as long. Neither ever gets less time than it had. The errors of RefuseAuthRequest.
	ExtendAuthRequest(ctx context.Context, id, sessionID string, until, now time.Time) (AuthRequest, error)

	// RedeemableCode returns the code that RedeemCode would redeem, so that what it releases can be made ready before. It
	// changes nothing; ErrNotFound: RedeemCode knows why.
	RedeemableCode(ctx context.Context, r Redemption) (Code, error)
	// RedeemCode marks the code used, stores r.Access, filled from the code, and records what goes out, in one step. Of any
	// number of calls at once, one succeeds.
	// ErrNotFound: no such code, or another secret, or the session or the consent it was issued under has ended, or its client
	// is cancelled.
	// ErrMismatch: another client, redirect URI (compared exactly; a request without one matches only a code whose
	// authorization request had none) or code challenge; the code stays usable by its own client.
	// ErrExpired. ErrUsed: used before by the same client; then everything the code bought is revoked, durably, before
	// the call returns (RFC 6749 §4.1.2).
	RedeemCode(ctx context.Context, r Redemption) (Code, AccessToken, error)
	// AccessToken returns ErrNotFound when there is none, it is expired or revoked, its consent is ended, or its client is
	// cancelled. The caller compares the hash.
	AccessToken(ctx context.Context, id string, now time.Time) (AccessToken, error)

	// UseJTI records that issuer used jti until expiresAt. ErrUsed: the issuer used it before and that use has not expired
	// at now (UDAP Security IG §7.1.4: the same jti is allowed again after that).
	UseJTI(ctx context.Context, issuer, jti string, expiresAt, now time.Time) error
}

// Clients keeps the data holders. A client that the operator suspended is refused everywhere: its codes and access tokens
// are as good as gone while it is.
type Clients interface {
	// RegisterClient stores c as the one registration of (c.CommunityID, c.URI). If one stands, everything but its ID,
	// CreatedAt and Settings is replaced. It returns what is stored and whether it is new. Of any number of calls at once for
	// the same pair, one makes the client and all return the same ID. ErrSuspended changes nothing.
	RegisterClient(ctx context.Context, c Client) (stored Client, created bool, err error)
	// CancelClient ends the registration of (communityID, uri), revokes its codes and access tokens, and returns it.
	// ErrNotFound when none stands; ErrSuspended changes nothing, or a suspended client would be rid of it by registering
	// anew. A later RegisterClient makes a new client.
	CancelClient(ctx context.Context, communityID, uri string, now time.Time) (Client, error)
	// Client returns ErrNotFound when there is none or it is cancelled, and the client together with ErrSuspended.
	Client(ctx context.Context, id string) (Client, error)
	// ClientByURI returns the client registered under (communityID, uri), with the errors of Client.
	ClientByURI(ctx context.Context, communityID, uri string) (Client, error)
	// Clients returns up to limit clients, not the cancelled ones, whose id is greater than after, in order of id.
	Clients(ctx context.Context, after string, limit int) ([]Client, error)

	// SuspendClient makes everything of the client's end until ResumeClient; a second call changes the reason only.
	// ErrNotFound.
	SuspendClient(ctx context.Context, id, reason string, now time.Time, trail Trail) (Client, error)
	// ResumeClient ends a suspension, if there is one. ErrNotFound.
	ResumeClient(ctx context.Context, id string, trail Trail) (Client, error)
	// DeleteClient is the operator's CancelClient: suspended or not, the registration ends, and with it what people agreed to
	// share, so that they are asked again if the data holder comes back. ErrNotFound.
	DeleteClient(ctx context.Context, id string, now time.Time, trail Trail) (Client, error)
	// SetClientSettings replaces the settings. ErrNotFound.
	SetClientSettings(ctx context.Context, id string, settings ClientSettings, trail Trail) (Client, error)
}

// Attempts keeps the log of what data holders attempted.
type Attempts interface {
	RecordAttempts(ctx context.Context, attempts []Attempt) error
	// Attempt returns ErrNotFound when there is none.
	Attempt(ctx context.Context, id string) (Attempt, error)
	// Attempts returns the newest first.
	Attempts(ctx context.Context, filter AttemptFilter) ([]Attempt, error)
	// TrimAttempts deletes what exceeds the limits, the oldest first, and returns the number of rows.
	TrimAttempts(ctx context.Context, limits AttemptLimits, now time.Time) (int64, error)
}
