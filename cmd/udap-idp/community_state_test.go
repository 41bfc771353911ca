package main

import (
	"errors"
	"testing"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/discovery"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/registration"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/trust"
	"udap-idp/internal/udap/udaptest"
)

// A suspended community is as good as not there, at every door and for what we sign, and so is one that was deleted.
func TestMembersOfASuspendedCommunityAreRefused(t *testing.T) {
	t.Parallel()
	const issuer = "https://idp.example.org"
	ctx, by := t.Context(), idp.Reading{Actor: "test"}
	store := sqltest.Open(t, sqlstore.Open)
	keys, err := openVault(ctx, config.Config{MasterKeyFile: t.TempDir() + "/master.key", MasterKeyMayCreate: true}, store)
	if err != nil {
		t.Fatal(err)
	}
	rules := trust.New(trust.Config{Store: store, Sealer: keys, Issuer: issuer})
	one := udaptest.New(t, udaptest.WithoutServer())
	ours := one.Leaf(issuer)
	own, err := trust.NewOwn(ours.Chain, ours.Key)
	if err != nil {
		t.Fatal(err)
	}
	settings := idp.CommunitySettings{Healthcare: true, Revocation: idp.RevocationSettings{Mode: "no-check"}}
	row, err := rules.Change(ctx, idp.TrustChange{URI: one.URI, Name: "One", AddAnchors: [][]byte{one.Anchor().Raw}, Settings: &settings}, own, by)
	if err != nil {
		t.Fatal(err)
	}
	member := one.Leaf("https://hospital.example").Chain
	for _, step := range []struct {
		name    string
		change  idp.TrustChange
		trusted bool
	}{
		{"as it was", idp.TrustChange{Name: "Two"}, true}, {"suspended", idp.TrustChange{Suspend: true, Reason: "x"}, false},
		{"resumed", idp.TrustChange{Resume: true}, true}, {"deleted", idp.TrustChange{Delete: true, Reason: "x"}, false},
	} {
		step.change.CommunityID = row.ID
		if _, err := rules.Change(ctx, step.change, nil, by); err != nil {
			t.Fatal(err)
		}
		snapshot := pki.NewTrust(trustSource{store: store, vault: keys}) // a new one, which does not wait for its next look
		_, err := registrationTrust{snapshot, func(error) {}}.Identify(ctx, member, time.Now())
		if got := err == nil; got != step.trusted || !got && !errors.Is(err, registration.ErrUntrusted) {
			t.Errorf("%s: registration says %v", step.name, err)
		}
		err = providerTrust{snapshot, func(error) {}}.VerifyIn(ctx, row.ID, member, time.Now())
		if got := err == nil; got != step.trusted || !got && !untrusted(err) {
			t.Errorf("%s: the token endpoint says %v", step.name, err)
		}
		_, err = discoveryTrust{snapshot}.Signing(ctx, one.URI)
		if got := err == nil; got != step.trusted || !got && !errors.Is(err, discovery.ErrNoSigner) {
			t.Errorf("%s: the metadata says %v", step.name, err)
		}
		if healthcare, err := (communityPolicy{snapshot}).healthcare(ctx, row.ID); err != nil || healthcare != step.trusted {
			t.Errorf("%s: trusted with Digital Identifiers %t (%v)", step.name, healthcare, err)
		}
	}
}
