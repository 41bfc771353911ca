package identity

import (
	"context"
	"fmt"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

// What is sealed, and what is digested, each under a key of its own.
const (
	identifierPurpose = "digital-identifier"
	evidencePurpose   = "evidence-number"
)

// Sealer encrypts and digests under the master key (package vault).
type Sealer interface {
	Seal(plaintext []byte, purpose string) ([]byte, error)
	Unseal(sealed []byte, purpose string) ([]byte, error)
	Digest(data []byte, purpose string) ([]byte, error)
}

// Store is the part of idp.Store that is used here.
type Store interface {
	idp.People
	idp.PeopleSearch
	idp.Invitations
	idp.Imports
	idp.Suspicions
	idp.Proofings
	idp.Desk
	idp.Representations
	idp.AuditLog
	idp.Accounts

	Invite(ctx context.Context, inv idp.Invitation, trail idp.Trail) error
	ConfirmedContacts(ctx context.Context, personID string) ([]idp.Contact, error)
	ClaimSetup(ctx context.Context, link idp.SetupLink, owner idp.Person, inv idp.Invitation, trail idp.Trail) error
	Setting(ctx context.Context, name string) ([]byte, error)
	PutSettingOnce(ctx context.Context, name string, value []byte) ([]byte, error)
}

// Config is what the room needs.
type Config struct {
	Store  Store
	Sealer Sealer
	Now    func() time.Time // time.Now when nil
	// Mail writes to people; nil writes to nobody, and what is to be told has to be carried.
	Mail Mail
	// Staff makes the message that something waits for those who run the service; nil: nobody is told.
	Staff func(kind idp.NoticeKind) ([]idp.Message, error)
	// RepudiationURL is the address at which a person says that a proofing was not hers, without the secret at its end.
	RepudiationURL string
	// TwoPersonApproval: an event at IDIAL2 waits until somebody else than who carried it out has approved it, and a merge needs
	// somebody else than who makes it to approve it.
	TwoPersonApproval bool
}

// Identity is the room. It is safe for use by many goroutines. Its Store writes nobody without her match keys.
type Identity struct {
	Config
	minting *sync.Mutex // held from looking for duplicates to storing who has none
}

// New makes the room.
func New(c Config) *Identity {
	if c.Now == nil {
		c.Now = time.Now
	}
	i := &Identity{Config: c, minting: new(sync.Mutex)}
	i.Store = keyed{Store: c.Store, room: i}
	return i
}

// mint draws a new Digital Identifier.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: a UUID version 4, random, unique within the assigner; from nothing else.
func (i *Identity) mint() (idp.SealedIdentifier, error) {
	return i.sealIdentifier(idp.NewUUIDv4())
}

func (i *Identity) sealIdentifier(value string) (idp.SealedIdentifier, error) {
	sealed, err := i.Sealer.Seal([]byte(value), identifierPurpose)
	if err != nil {
		return idp.SealedIdentifier{}, fmt.Errorf("digital identifier: %w", err)
	}
	index, err := i.Sealer.Digest([]byte(value), identifierPurpose)
	if err != nil {
		return idp.SealedIdentifier{}, fmt.Errorf("digital identifier: %w", err)
	}
	return idp.SealedIdentifier{Sealed: sealed, Index: index, MintedAt: i.Now().UTC()}, nil
}

// Identifier opens a person's Digital Identifier, after it has recorded who reads it and why; "" when she has none.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: to be protected like a social security number.
func (i *Identity) Identifier(ctx context.Context, p idp.Person, why idp.Reading) (string, error) {
	if p.Identifier.IsZero() {
		return "", nil
	}
	err := i.Store.Audit(ctx, i.event(why, "identifier.read", p.ID, why.Purpose))
	if err != nil {
		return "", fmt.Errorf("digital identifier: %w", err)
	}
	value, err := i.Sealer.Unseal(p.Identifier.Sealed, identifierPurpose)
	if err != nil {
		return "", fmt.Errorf("digital identifier: %w", err)
	}
	return string(value), nil
}

// event is a line of the audit log.
func (i *Identity) event(why idp.Reading, action, personID, detail string) idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewID(), At: i.Now().UTC(), Actor: why.Actor, Action: action, PersonID: personID, ClientID: why.ClientID,
		RequestID: why.RequestID, IP: why.IP, Detail: detail,
	}
}

// Upgrade brings the persons of the first version's table up to date: attributes are made of their flat values, and Digital
// Identifiers that were kept in clear are sealed. Then everybody's match keys are brought up to date. It may be interrupted, and run
// again.
func (i *Identity) Upgrade(ctx context.Context) (int, error) {
	done := 0
	for {
		old, err := i.Store.OldPeople(ctx, 200)
		if err != nil {
			return done, err
		}
		if len(old) == 0 {
			return done, i.upgradeKeys(ctx)
		}
		for _, o := range old {
			p := o.Person.WithAttributes()
			if o.DigitalIdentifier != "" {
				if p.Identifier, err = i.sealIdentifier(o.DigitalIdentifier); err != nil {
					return done, err
				}
			}
			p.UpdatedAt = i.Now().UTC()
			if err := i.Store.ChangePerson(ctx, p); err != nil {
				return done, fmt.Errorf("bring %s up to date: %w", p.ID, err)
			}
			done++
		}
	}
}
