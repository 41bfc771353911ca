package admin

import (
	"context"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// PeopleDesk is what a clerk does for people (package identity); the comments there say what each promises. An error with a method RefusalCode is a
// refusal that can be told.
type PeopleDesk interface {
	// LookalikesOf are those who may be the person of the details, the likeliest first.
	LookalikesOf(ctx context.Context, d idp.Demographics) ([]idp.Lookalike, error)
	// Add stores a patient, whose details are her word.
	Add(ctx context.Context, d idp.Demographics, by idp.Reading) (idp.Person, error)
	// Change changes what is known about a person. The new value is her word, whatever stood behind the one before.
	Change(ctx context.Context, c PersonChange, by idp.Reading) error
	// Identifier opens a person's Digital Identifier, after it has recorded who reads it and why; "" when she has none.
	Identifier(ctx context.Context, p idp.Person, why idp.Reading) (string, error)

	// Invite makes the only open invitation of a person.
	Invite(ctx context.Context, o InvitationOrder, by idp.Reading) (Invited, error)
	// RevokeInvitation ends it. idp.ErrNotFound: there is none.
	RevokeInvitation(ctx context.Context, personID string, by idp.Reading) error
	// Letter is an invitation as a letter, and the language that it is written in.
	Letter(invited Invited) (language string, letter pages.InvitationLetter, err error)
	// CodesAreTyped reports whether there is a page on which the code of an invitation is typed.
	CodesAreTyped() bool
}

// The acts by which a value changes.
const (
	actChanged    = "change"  // it was right, and is so no more
	actCorrected  = "correct" // it was never right
	actHistorical = "history" // it was so before
	actEnded      = "end"     // it is so no more, and no other takes its place
)

// PersonChange is what becomes of a value of a person's.
type PersonChange struct {
	PersonID string
	Revision int64 // as the clerk has seen it
	Act      string
	Value    idp.Attribute // the new one, or the one of before
	EndedID  string        // of the value that ends
	Reason   string
}

// InvitationOrder asks for an invitation.
type InvitationOrder struct {
	PersonID string
	// Checked is how it was checked again who she is, for one back into an account that she has; "" for her first passkey.
	Checked string
	Code    bool        // with a code that can be typed instead of the link
	Send    idp.Channel // by which the link goes to her; "" hands it to the clerk
}

// Invited is an invitation with its secrets, which are not kept.
type Invited struct {
	Person      idp.Person
	Invitation  idp.Invitation
	Token       idp.Token
	Code        string // "" when there is none
	Companion   string // a second code that the clerk has to tell, "" when there is none
	CompanionTo string // where it went instead
	SentTo      string // where the link went
}
