package idp

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Role is what a person may do besides proving who she is. What exactly, is in one table of package admin.
type Role string

const (
	Patient       Role = "patient"
	Owner         Role = "owner"          // everything
	IdentityClerk Role = "identity-clerk" // people and proofing
	TrustManager  Role = "trust-manager"  // communities, certificates, clients, keys
	Auditor       Role = "auditor"        // reads everything, changes nothing
	HelpDesk      Role = "help-desk"      // invitations and recovery
)

// AdministratorRoles are the roles of those who run the service, the mightiest first.
func AdministratorRoles() []Role {
	return []Role{Owner, IdentityClerk, TrustManager, Auditor, HelpDesk}
}

// Administers reports whether the role is one of those who run the service.
func (r Role) Administers() bool { return slices.Contains(AdministratorRoles(), r) }

var (
	// ErrLastOwner: somebody must be able to do everything.
	ErrLastOwner = errors.New("the last owner")
	// ErrOwnAct: nobody approves what he asked for himself.
	ErrOwnAct = errors.New("asked for by the same person")
)

// SetupLink is the link with which the first owner takes a new server. There is at most one open link.
type SetupLink struct {
	ID        string
	Hash      []byte // Token.Hash
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero while it is open
	RevokedAt time.Time // zero unless a newer link took its place
}

// Approval is an act that waits for a second person, or has been decided.
type Approval struct {
	ID       string
	Act      string // an act of package admin
	PersonID string // whom it is about, "" when nobody
	Detail   string // what exactly, as JSON: what is carried out is this and nothing else
	Reason   string // of who asked
	AskedBy  string // a person's id
	AskedAt  time.Time

	ExpiresAt time.Time
	Decision  ApprovalDecision // "" while it waits
	DecidedBy string
	DecidedAt time.Time
	Answer    string    // of who decided
	DoneAt    time.Time // zero until it was carried out
	Failure   string    // why it could not be carried out, in words for an administrator
}

// ApprovalDecision is what the second person said.
type ApprovalDecision string

const (
	Approved  ApprovalDecision = "approved"
	Refused   ApprovalDecision = "refused"
	Withdrawn ApprovalDecision = "withdrawn" // by who asked
)

// ApprovalFilter selects acts; what is zero selects nothing out.
type ApprovalFilter struct {
	Waiting  bool // only those that nobody has decided, and whose time is not over at Now
	Now      time.Time
	PersonID string
	Before   string // only those with a smaller id
	Limit    int    // 0 is 100
}

// Administration keeps who runs the service, and what two of them have to agree on.
type Administration interface {
	// Administrators returns everybody whose role administers, closed accounts too, the oldest first.
	Administrators(ctx context.Context) ([]Person, error)
	// HasOwner reports whether an active owner has a passkey: then the server belongs to somebody.
	HasOwner(ctx context.Context) (bool, error)
	// OpenSetup stores the link in place of those before. ErrUsed: the server has an owner.
	OpenSetup(ctx context.Context, link SetupLink) error
	// SetupLink returns the link whatever its state, or ErrNotFound.
	SetupLink(ctx context.Context, id string) (SetupLink, error)
	// ClaimSetup spends the link and stores its owner with the invitation for her passkey, in one step. Of any number of calls
	// at once, one succeeds. ErrNotFound: no such link or another hash; ErrUsed: spent or replaced, or the server has an
	// owner; ErrExpired.
	ClaimSetup(ctx context.Context, link SetupLink, owner Person, inv Invitation, trail Trail) error
	AskApproval(ctx context.Context, a Approval, trail Trail) error
	// Approval returns ErrNotFound when there is none.
	Approval(ctx context.Context, id string) (Approval, error)
	// Approvals returns the newest first.
	Approvals(ctx context.Context, filter ApprovalFilter) ([]Approval, error)
	// DecideApproval records what d.DecidedBy says: d.Decision, d.Answer, d.DecidedAt. ErrNotFound; ErrUsed: decided already;
	// ErrExpired; ErrOwnAct: by who asked, who may withdraw only; ErrMismatch: withdrawn by another.
	DecideApproval(ctx context.Context, d Approval, trail Trail) error
	// FinishApproval records that an approved act was carried out, once, or why it could not be. ErrUsed: it was carried out
	// before, or is not approved.
	FinishApproval(ctx context.Context, id, failure string, now time.Time, trail Trail) error
}
