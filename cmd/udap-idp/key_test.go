package main

import (
	"context"
	"crypto/x509"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/pki"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/trust"
	"udap-idp/internal/udap/udaptest"
	"udap-idp/internal/vault"
)

// signServer is what a server process knows of keys: a store of its own on the database of all, and its view of trust.
type signServer struct {
	t     *testing.T
	store *sqlstore.Store
	trust providerTrust
}

func newSignServer(t *testing.T, database string, v *vault.Vault) *signServer {
	t.Helper()
	store, err := sqlstore.Open(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return &signServer{t, store, providerTrust{pki.NewTrust(trustSource{store: store, vault: v}), func(error) {}}}
}

// ownRow is a new certificate of ours as it is stored.
func ownRow(t *testing.T, v *vault.Vault, community *udaptest.Community) idp.CommunityCertificate {
	t.Helper()
	leaf := community.Leaf("https://idp.example")
	der, err := x509.MarshalPKCS8PrivateKey(leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := v.Seal(der, trust.KeyPurpose)
	if err != nil {
		t.Fatal(err)
	}
	return idp.CommunityCertificate{ID: idp.NewID(), KeyID: leaf.Signer().KeyID(), Chain: trust.DER(leaf.Chain), SealedKey: sealed, CreatedAt: time.Now()}
}

// keySet is the key set as a data holder fetches it now.
func (s *signServer) keySet() jose.JSONWebKeySet {
	s.t.Helper()
	signers, err := s.trust.Signers(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	for _, signer := range signers {
		set.Keys = append(set.Keys, signer.JWK())
	}
	return set
}

// token is an ID Token signed now.
func (s *signServer) token(communityID string) string {
	s.t.Helper()
	signer, err := s.trust.Signer(s.t.Context(), communityID)
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := signer.SignIDToken(map[string]string{"sub": "ana"})
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}

// verifies reports whether a data holder with the key set takes the token.
func verifies(t *testing.T, set jose.JSONWebKeySet, raw string) bool {
	t.Helper()
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Key(token.Signatures[0].Header.KeyID) {
		if _, err := token.Verify(key); err == nil {
			return true
		}
	}
	return false
}

func kidOf(t *testing.T, raw string) string {
	t.Helper()
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return token.Signatures[0].Header.KeyID
}

// bound is what package keys allows a server to follow in.
const bound = 15 * time.Second

// follows waits until a server signs with a key, for no longer than every server may take.
func (s *signServer) follows(communityID, kid string) string {
	s.t.Helper()
	for begun := time.Now(); time.Since(begun) < bound; {
		if raw := s.token(communityID); kidOf(s.t, raw) == kid {
			return raw
		}
	}
	s.t.Fatalf("a server did not follow within %s", bound)
	return ""
}

// TestChangeOverOfKeysHasNoInvalidMoment: whatever was signed just before, during and after the change-over, by any server on the
// database, verifies with whatever key set a data holder may hold at that moment.
func TestChangeOverOfKeysHasNoInvalidMoment(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	v, err := vault.Open(vault.Options{Text: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(t.TempDir(), "idp.db")
	one, other := newSignServer(t, database, v), newSignServer(t, database, v)
	if err := v.Unlock(t.Context(), one.store); err != nil {
		t.Fatal(err)
	}
	first, next := ownRow(t, v, community), ownRow(t, v, community)
	row := idp.Community{ID: idp.NewID(), URI: community.URI, Name: "One", Anchors: trust.DER(community.Intermediates()), CreatedAt: time.Now(), Certificates: []idp.CommunityCertificate{first}}
	if err := one.store.AddCommunity(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	var tokens []string
	var sets []jose.JSONWebKeySet // that a data holder may hold from the change-over on
	check := func(moment string) {
		t.Helper()
		for _, server := range []*signServer{one, other} {
			tokens = append(tokens, server.token(row.ID))
			sets = append(sets, server.keySet())
		}
		for _, raw := range tokens {
			for i, set := range sets {
				if !verifies(t, set, raw) {
					t.Errorf("%s: a token of %s does not verify with key set %d", moment, kidOf(t, raw), i)
				}
			}
		}
	}

	if err := one.store.AddCertificate(t.Context(), row.ID, next); err != nil {
		t.Fatal(err)
	}
	for _, server := range []*signServer{one, other} {
		server.published(2)
	}
	check("before")
	later := time.Now().Add(keys.Lead)
	room := &keys.Keys{Store: one.store, Now: func() time.Time { return later }}
	if _, err := (&keys.Keys{Store: one.store}).ChangeOver(t.Context(), next.ID, false, idp.Reading{Actor: "test"}); err == nil {
		t.Fatal("a key signs that data holders cannot know yet")
	}
	if _, err := room.ChangeOver(t.Context(), next.ID, false, idp.Reading{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	check("during") // one server may have seen it and the other not
	tokens = append(tokens, one.follows(row.ID, next.KeyID), other.follows(row.ID, next.KeyID))
	check("after")

	if n, err := room.RetireOver(t.Context(), later.Add(keys.Keep-time.Second)); n != 0 || err != nil {
		t.Errorf("%d keys left the key set while what they signed is good (%v)", n, err)
	}
	if n, err := room.RetireOver(t.Context(), later.Add(keys.Keep)); n != 1 || err != nil {
		t.Errorf("%d keys left the key set when their time was over (%v)", n, err)
	}
	other.published(1)
	if raw := other.token(row.ID); !verifies(t, other.keySet(), raw) || !verifies(t, sets[0], raw) {
		t.Error("what is signed afterwards does not verify")
	}
}

// published waits until the key set of a server has so many keys.
func (s *signServer) published(n int) {
	s.t.Helper()
	for begun := time.Now(); len(s.keySet().Keys) != n; {
		if time.Since(begun) > bound {
			s.t.Fatalf("the key set has %d keys, want %d", len(s.keySet().Keys), n)
		}
	}
}

// TestWithdrawnKeyLeavesEveryServersKeySet: within the bound, and another one signs.
func TestWithdrawnKeyLeavesEveryServersKeySet(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	v, err := vault.Open(vault.Options{Text: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	database := "sqlite:" + filepath.Join(t.TempDir(), "idp.db")
	one, other := newSignServer(t, database, v), newSignServer(t, database, v)
	if err := v.Unlock(t.Context(), one.store); err != nil {
		t.Fatal(err)
	}
	row := idp.Community{ID: idp.NewID(), URI: community.URI, Name: "One", Anchors: trust.DER(community.Intermediates()), CreatedAt: time.Now()}
	for range 2 {
		row.Certificates = append(row.Certificates, ownRow(t, v, community))
	}
	if err := one.store.AddCommunity(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	stolen := other.token(row.ID)
	if _, err := (&keys.Keys{Store: one.store}).Withdraw(t.Context(), row.Certificates[0].ID, "stolen", idp.Reading{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	other.published(1)
	if verifies(t, other.keySet(), stolen) {
		t.Error("what the stolen key signed still verifies")
	}
	if raw := other.token(row.ID); kidOf(t, raw) != row.Certificates[1].KeyID || !verifies(t, other.keySet(), raw) {
		t.Error("the other key does not sign")
	}
}
