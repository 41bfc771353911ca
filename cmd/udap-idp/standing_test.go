package main

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

func TestStandingShowsSourcesStatesAndWhatEnds(t *testing.T) {
	t.Parallel()
	s := &site{config: config.Config{DataDir: t.TempDir()}, log: slog.New(slog.DiscardHandler)}
	var err error
	if s.revocation, err = s.newRevocationWatch(); err != nil {
		t.Fatal(err)
	}
	defer s.revocation.close()
	i, now := newIssuer(t, 1000*24*time.Hour), time.Now()
	signers := []*udap.Signer{i.signer("Us", now.Add(-time.Hour), now.Add(time.Hour)), i.signer("Us", now.Add(2*time.Hour), now.AddDate(1, 0, 0))}
	source := &communities{list: []pki.Community{
		{ID: "1", URI: "urn:one", Signers: signers},
		{ID: "2", URI: "urn:two", Revocation: revocation.Policy{Mode: revocation.NoCheck}},
	}}
	for n := range source.list {
		source.list[n].Anchors = append(source.list[n].Anchors, i.ca.Certificate)
	}
	s.trust = pki.NewTrust(source, pki.Options{Revocation: s.revocation.checker})

	// A member whose list lies where nothing may be fetched from.
	member, err := i.ca.IssueLeaf(authority.Leaf{KeyType: authority.P256, CRLURL: "http://127.0.0.1:1/list.crl"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.trust.VerifyIn(t.Context(), "1", member.Chain, now); !errors.Is(err, pki.ErrCannotCheck) {
		t.Fatalf("got %v, want ErrCannotCheck", err)
	}

	one, err := s.standing(t.Context(), "1", now)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Sources) != 1 || one.Sources[0].URL != "http://127.0.0.1:1/list.crl" || one.Sources[0].Fresh || one.Sources[0].Problem == "" {
		t.Errorf("sources %+v", one.Sources)
	}
	if one.Revocation != "hard-fail" || one.States[signers[0].KeyID()] != "active" || one.States[signers[1].KeyID()] != "next" {
		t.Errorf("got %+v", one)
	}
	if len(one.Ending) != 1 || one.Ending[0].Kind != "own" { // the next one comes an hour too late
		t.Errorf("ending %+v", one.Ending)
	}
	two, err := s.standing(t.Context(), "2", now)
	if err != nil || two.Revocation != "no-check" || len(two.Sources) != 0 || len(two.Ending) != 0 {
		t.Errorf("not checked: %+v, %v", two, err)
	}
	if none, err := s.standing(t.Context(), "3", now); err != nil || none.Revocation != "" {
		t.Errorf("not known yet: %+v, %v", none, err)
	}
	if got := s.measuredSources(); len(got) != 1 || !got[0].Failed || got[0].Fresh || got[0].Kind != "crl" {
		t.Errorf("measured %+v", got)
	}
}

func TestOutcomesOfChecks(t *testing.T) {
	t.Parallel()
	for want, verdict := range map[string]error{
		"trusted": nil, "untrusted": &pki.Untrusted{Reason: "x"}, "revoked": fmt.Errorf("%w: %w", pki.ErrUntrusted, pki.ErrRevoked),
		"unchecked": &pki.Unchecked{}, "error": errors.New("database"),
	} {
		if got := outcome(verdict); got != want {
			t.Errorf("%v: %s, want %s", verdict, got, want)
		}
	}
}
