package identity

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/vault"
)

// newRoom is a room on a store of its own.
func newRoom(t *testing.T) *Identity {
	t.Helper()
	dir := t.TempDir()
	store := sqltest.Open(t, sqlstore.Open)
	v, err := vault.Open(vault.Options{File: filepath.Join(dir, "key"), MayCreate: true, NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	return New(Config{Store: store, Sealer: v})
}

func maria() idp.Demographics {
	return idp.Demographics{GivenName: "María", FamilyName: "García", Birthdate: "1948-02-29", Email: "maria@example.org", Phone: "+16175550142",
		Address: idp.Address{Street: "12 Chestnut Street", City: "Boston", State: "MA", PostalCode: "02108", Country: "US"}}
}

// add stores a person at a level, whoever looks like her: as a database has them from before there were events.
func (i *Identity) add(t *testing.T, d idp.Demographics, level idp.Level) idp.Person {
	t.Helper()
	p := i.newPerson(Addition{Demographics: d, Role: idp.Patient}, idp.Reading{Actor: "test"})
	if level != idp.Unverified {
		p.Attributes, p.Level, p.VerifiedAt, p.ExpiresAt = nil, level, i.now(), i.now().AddDate(idp.ProofingYears, 0, 0)
		p = p.WithAttributes()
	}
	if level.AtLeast(idp.IDIAL1_8) {
		p.Identifier = must[idp.SealedIdentifier](t)(i.mint())
	}
	if err := i.Store.CreatePerson(t.Context(), p, idp.Invitation{}); err != nil {
		t.Fatal(err)
	}
	p, err := i.Store.Person(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestR7_IdentifierIsEncryptedAtRest(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	value, err := i.Identifier(t.Context(), p, idp.Reading{Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range [][]byte{p.Identifier.Sealed, p.Identifier.Index} {
		if bytes.Contains(kept, []byte(value)) || bytes.Contains(kept, []byte(strings.ReplaceAll(value, "-", ""))) {
			t.Error("the identifier is kept in clear")
		}
	}
	index, err := i.Sealer.Digest([]byte(value), identifierPurpose)
	if err != nil || !bytes.Equal(index, p.Identifier.Index) {
		t.Errorf("the index is not that of the value (%v)", err)
	}
	if other, err := newRoom(t).Sealer.Digest([]byte(value), identifierPurpose); err != nil || bytes.Equal(other, index) {
		t.Error("another master key makes the same index")
	}
}

func TestR7_EveryReadingOfAnIdentifierIsAudited(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	value, err := i.Identifier(t.Context(), p, idp.Reading{Actor: "client:c1", Purpose: "release", ClientID: "c1", IP: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	events, err := i.Store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "identifier.read"})
	if err != nil || len(events) != 1 || events[0].ClientID != "c1" || events[0].Detail != "release" {
		t.Fatalf("audit log: %+v (%v)", events, err)
	}
	if strings.Contains(events[0].Detail+events[0].Actor, value) {
		t.Error("the audit log holds the identifier")
	}
	// What cannot be recorded is not read.
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := i.Identifier(ended, p, idp.Reading{Actor: "test"}); err == nil || got != "" {
		t.Errorf("read %q though the audit log could not be written", got)
	}
}
