package idp

import (
	"context"
	"time"
)

// InvitationPurpose is what an invitation is for.
type InvitationPurpose string

const (
	InviteFirst     InvitationPurpose = "first"     // to a first passkey, by an operator
	InviteDesk      InvitationPurpose = "desk"      // back into an account, after a helper checked again who she is
	InviteSignUp    InvitationPurpose = "sign-up"   // the end of a sign-up
	InviteRecovered InvitationPurpose = "recovered" // the end of a recovery
)

// InvitationStatus is where an invitation stands.
type InvitationStatus string

const (
	InvitationOpen    InvitationStatus = "open"
	InvitationUsed    InvitationStatus = "used"
	InvitationExpired InvitationStatus = "expired"
	InvitationRevoked InvitationStatus = "revoked"
)

// Invitation is the right to create one passkey, for whoever has its link, or its code and knows the birthdate. A person has at
// most one open invitation.
type Invitation struct {
	ID       string
	Hash     []byte // Token.Hash of the link
	PersonID string
	Purpose  InvitationPurpose

	// CodeIndex is a keyed digest of the code that can be typed instead of the link, none when there is no code.
	CodeIndex []byte
	// CompanionHash is a keyed digest of a second code, which comes by another way than the link; none when none is asked for.
	CompanionHash []byte
	// AsksBirthdate: whoever comes must know the birthdate.
	AsksBirthdate bool
	Missed        int // wrong second codes and birthdates; MaxMissed of them end the invitation

	// SessionID is the browser that it was made for, or that it was opened in; "" for none. OpenedHash is the Token.Hash of the
	// link that this browser got.
	SessionID  string
	OpenedHash []byte

	RecoveryID string // that it is the end of
	RequestID  string // the authorization request to return to

	CreatedBy string // a person's id, or the name of what made it
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero while it is open
	RevokedAt time.Time // zero unless a newer invitation took its place, or somebody ended it
	RevokedBy string    // who did; "" when a newer one took its place
}

// StatusAt is where the invitation stands at a time.
func (i Invitation) StatusAt(now time.Time) InvitationStatus {
	switch {
	case !i.UsedAt.IsZero():
		return InvitationUsed
	case !i.RevokedAt.IsZero():
		return InvitationRevoked
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationOpen
}

// Locked reports whether something must be shown before a browser may use the invitation: a code, the birthdate, or that it is
// the browser it was made for.
func (i Invitation) Locked(sessionID string) bool {
	return (i.AsksBirthdate || len(i.CompanionHash) > 0 || i.SessionID != "") && (sessionID == "" || i.SessionID != sessionID)
}

// InvitationOpening lets one browser use an invitation, after what it asks for was shown.
type InvitationOpening struct {
	ID        string
	SessionID string
	Hash      []byte // Token.Hash of a link for this browser
	At        time.Time
}

// Declaration is a person's word that the identity is her own (Declaration of Identity, HL7 Identity Matching IG).
type Declaration struct {
	TextVersion string // names the wording she agreed to, for example "2026-11"
	Locale      string // the language it was shown in, BCP 47
	IP          string
	SignedAt    time.Time
}

// Enrolment is the end of an invitation: the passkey and the declaration that came with it.
type Enrolment struct {
	InvitationID   string
	InvitationHash []byte
	SessionID      string // of the browser, for an invitation that was opened in one or made for one
	Passkey        Passkey
	Declaration    Declaration
	// RemoveOthers: her other passkeys were lost or stolen. They are deleted, and whoever is signed in is signed out.
	RemoveOthers bool
	At           time.Time
	Trail        Trail
}

// Invitations keeps who may create a passkey.
type Invitations interface {
	// Invite makes inv the only open invitation of its person: those before are revoked. ErrNotFound: no such account in use;
	// ErrExists: its code is another's, too.
	Invite(ctx context.Context, inv Invitation, trail Trail) error
	// Invitation returns the invitation whatever its state, or ErrNotFound.
	Invitation(ctx context.Context, id string) (Invitation, error)
	// InvitationByCode returns the invitation with this index of its code, whatever its state, or ErrNotFound.
	InvitationByCode(ctx context.Context, index []byte) (Invitation, error)
	// Invitations returns those of a person, the newest first.
	Invitations(ctx context.Context, personID string) ([]Invitation, error)
	// RevokeInvitation ends the open invitation of a person. ErrNotFound when there is none.
	RevokeInvitation(ctx context.Context, personID, by string, now time.Time, trail Trail) error
	// MissInvitation counts a wrong second code or birthdate; the last that is allowed ends the invitation with the trail.
	// ErrNotFound: no such open invitation.
	MissInvitation(ctx context.Context, id string, now time.Time, trail Trail) (missed int, err error)
	// OpenInvitation makes it one of the browser's. ErrNotFound; ErrUsed: used or revoked; ErrExpired.
	OpenInvitation(ctx context.Context, o InvitationOpening) error
	// EnrolPasskey stores the passkey and the declaration and marks the invitation used. ErrNotFound: no such invitation,
	// another hash, or another browser than it is for; ErrUsed: used or revoked; ErrExpired; ErrExists: that credential id is
	// stored already.
	EnrolPasskey(ctx context.Context, e Enrolment) error
}
