package main

import (
	"path/filepath"
	"testing"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/config"
	"udap-idp/internal/idp"
)

// TestHelpersWayBackIsToldToThePerson: NIST SP 800-63B-4 §4.2.3. Whoever talked a helper into it would otherwise have a day before
// anybody hears of it.
func TestHelpersWayBackIsToldToThePerson(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := config.Config{DataDir: dir, Database: "sqlite:" + filepath.Join(dir, "idp.db"), MasterKeyFile: filepath.Join(dir, "key"),
		MasterKeyMayCreate: true, Issuer: "https://idp.example.org"}
	s := &site{config: cfg}
	var err error
	if s.store, err = openStore(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer s.store.Close()
	if s.vault, err = openVault(t.Context(), cfg, s.store); err != nil {
		t.Fatal(err)
	}
	if s.identity, err = newIdentity(t.Context(), cfg, s.store, s.vault); err != nil {
		t.Fatal(err)
	}
	if s.mail, err = newMail(cfg, s.vault); err != nil {
		t.Fatal(err)
	}
	p := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, State: idp.PersonActive, CreatedAt: time.Now(),
		Demographics: idp.Demographics{GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1948-05-17", Email: "maria@example.org", Phone: "+16175550142"}}
	if err := s.store.CreatePerson(t.Context(), p, idp.Invitation{}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		checked string
		told    int
	}{{"", 0}, {"passport compared with her face", 2}} {
		order := admin.InvitationOrder{PersonID: p.ID, Checked: test.checked}
		if _, err := (peopleDesk{site: s}).Invite(t.Context(), order, idp.Reading{Actor: idp.NewID()}); err != nil {
			t.Fatal(err)
		}
		told, err := s.store.Messages(t.Context(), idp.MessageFilter{PersonID: p.ID})
		if err != nil || len(told) != test.told {
			t.Errorf("checked %q: %d messages (%v), want %d", test.checked, len(told), err, test.told)
		}
		for _, m := range told {
			if m.Kind != idp.NoticeDeskInvitation {
				t.Errorf("she is told %s", m.Kind)
			}
		}
	}
}
