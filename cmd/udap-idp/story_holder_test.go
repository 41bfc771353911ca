package main

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap/authority"
)

// holderCommand: holder VARIABLE DATA COMMUNITY URI puts a data holder with that URI into the database of the data folder
// DATA, as if it had registered from the community with that URI, and its client_id into the variable.
func holderCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: holder VARIABLE DATA COMMUNITY URI")
	}
	ctx, now := context.Background(), time.Now()
	store, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(ts.MkAbs(args[1]), "udap-idp.db"))
	ts.Check(err)
	defer store.Close()
	communities, err := store.Communities(ctx)
	ts.Check(err)
	i := slices.IndexFunc(communities, func(c idp.Community) bool { return c.URI == args[2] })
	if i < 0 {
		ts.Fatalf("there is no community %s", args[2])
	}
	ca, err := authority.New("Holders CA", authority.Options{KeyType: authority.P256})
	ts.Check(err)
	key, err := authority.NewKey(authority.P256)
	ts.Check(err)
	leaf, err := ca.IssueLeaf(authority.Leaf{Name: "fhir.hospital.example", Organization: "General Hospital", URIs: []string{args[3]}, Key: key})
	ts.Check(err)
	stored, _, err := store.RegisterClient(ctx, idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: communities[i].ID, URI: args[3], Name: "hospital-client", Organization: "General Hospital",
		RedirectURIs: []string{"https://hospital.example/callback", "https://hospital.example/other"},
		Contacts:     []string{"mailto:records@hospital.example"}, LogoURI: "https://hospital.example/logo.png",
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt",
		Scope: "openid udap", SoftwareStatement: "a.b.c", Certificate: leaf.Chain[0].Raw, CreatedAt: now, UpdatedAt: now,
	})
	ts.Check(err)
	ts.Setenv(args[0], stored.ID)
}
