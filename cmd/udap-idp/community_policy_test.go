package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"reflect"
	"testing"
	"time"

	"udap-idp/internal/discovery"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/udap/udaptest"
	"udap-idp/internal/vault"
)

// What the operator decides about a community reaches the rooms, and a change of it does without a restart.
func TestSettingsOfACommunityReachTheRooms(t *testing.T) {
	t.Parallel()
	const issuer = "https://idp.example.org"
	ctx := t.Context()
	store := sqltest.Open(t, sqlstore.Open)
	master := sha256.Sum256([]byte(rand.Text()))
	keys, err := vault.Open(vault.Options{Text: base64.StdEncoding.EncodeToString(master[:]), NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Unlock(ctx, store); err != nil {
		t.Fatal(err)
	}
	plain, asking, certifiers := udaptest.New(t, udaptest.WithoutServer()), udaptest.New(t, udaptest.WithoutServer()), udaptest.New(t, udaptest.WithoutServer())
	settings := idp.CommunitySettings{
		Compatibility:  idp.Compatibility{NoPKCE: true, LoopbackRedirect: true, ListRefreshToken: true},
		Certifications: idp.CertificationSettings{Supported: []string{"a", "b"}, Required: []string{"b"}, Anchors: [][]byte{certifiers.Anchor().Raw}},
	}
	for i, c := range []*udaptest.Community{plain, asking} {
		row := idp.Community{ID: idp.NewID(), URI: c.URI, Name: "Community", Anchors: [][]byte{c.Anchor().Raw}, CreatedAt: time.Now().Add(time.Duration(i) * time.Second)}
		own := c.Leaf(issuer)
		der, err := x509.MarshalPKCS8PrivateKey(own.Key)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := keys.Seal(der, "community-key")
		if err != nil {
			t.Fatal(err)
		}
		chain := make([][]byte, len(own.Chain))
		for i, certificate := range own.Chain {
			chain[i] = certificate.Raw
		}
		row.Certificates = []idp.CommunityCertificate{{ID: idp.NewID(), KeyID: own.Signer().KeyID(), Chain: chain, SealedKey: sealed, CreatedAt: time.Now()}}
		if c == asking {
			row.Settings = settings
		}
		if err := store.AddCommunity(ctx, row); err != nil {
			t.Fatal(err)
		}
	}
	trust := pki.NewTrust(trustSource{store: store, vault: keys})
	rows, err := store.Communities(ctx)
	if err != nil {
		t.Fatal(err)
	}
	policy := communityPolicy{trust}
	for _, row := range rows {
		got, err := policy.Settings(ctx, row.ID)
		if err != nil || !reflect.DeepEqual(got, row.Settings) {
			t.Errorf("%s: got %+v, %v, want %+v", row.URI, got, err, row.Settings)
		}
	}
	if _, err := policy.Settings(ctx, idp.NewID()); !errors.Is(err, pki.ErrUnknownCommunity) {
		t.Errorf("got %v, want ErrUnknownCommunity", err)
	}

	no := false
	client := idp.Client{CommunityID: rows[1].ID, Settings: idp.ClientSettings{NoPKCE: &no}}
	allowed, err := policy.compatibility(ctx, client)
	if want := (idp.Compatibility{LoopbackRedirect: true, ListRefreshToken: true}); err != nil || allowed != want {
		t.Errorf("got %+v, %v, want %+v", allowed, err, want)
	}

	ours := discoveryTrust{trust}
	for community, want := range map[string]string{"": plain.URI, plain.URI: plain.URI, asking.URI: asking.URI} {
		got, err := ours.Signing(ctx, community)
		if err != nil || got.Community != want || got.Policy.ListRefreshToken != (want == asking.URI) || (len(got.Policy.CertificationsRequired) == 1) != (want == asking.URI) {
			t.Errorf("%q: got %+v, %v, want that of %s", community, got, err, want)
		}
	}
	if _, err := ours.Signing(ctx, "udap://unknown/"); !errors.Is(err, discovery.ErrNoSigner) {
		t.Errorf("got %v, want ErrNoSigner", err)
	}

	who := registrationTrust{trust, func(error) {}}
	if err := who.VerifyCertifier(ctx, rows[1].ID, certifiers.Leaf("https://board.example").Chain, time.Now()); err != nil {
		t.Error(err)
	}
	if err := who.VerifyCertifier(ctx, rows[1].ID, asking.Leaf("https://board.example").Chain, time.Now()); !errors.Is(err, pki.ErrUntrusted) {
		t.Errorf("a member certifies where others do: got %v", err)
	}
}
