package e2e

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap/udaptest"
)

// checkingProvider is the real binary with a community whose revocation is checked, and whose evidence is asked for anew
// each second.
func checkingProvider(t *testing.T, options []udaptest.Option, settings ...string) *provider {
	t.Helper()
	p := startProvider(t, append([]string{"--revocation-interval", checkingInterval.String()}, settings...)...)
	p.revocation = "hard-fail"
	p.community = udaptest.New(t, append([]udaptest.Option{udaptest.WithURI("urn:example:trust-community")}, options...)...)
	p.join(p.community)
	return p
}

const (
	checkingInterval = time.Second
	// checkingMargin is for the request for the new list, and for a machine that has much else to do.
	checkingMargin = 10 * time.Second
)

var allowLoopback = []string{"--fetch-allow", "127.0.0.1"}

// redeemer makes token requests with good codes at a provider, out of its own database.
func (p *provider) redeemer() func(leaf *udaptest.Leaf, clientID string) doorReply {
	p.t.Helper()
	store, err := sqlstore.Open(context.Background(), "sqlite:"+filepath.Join(p.dir, "data", "udap-idp.db"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = store.Close() })
	session, _ := signedIn(p.t, store, p)
	return func(leaf *udaptest.Leaf, clientID string) doorReply {
		p.t.Helper()
		form, err := goodForm(store, session, leaf, clientID, p.issuer)
		if err != nil {
			p.t.Fatal(err)
		}
		return postToken(p.t, p.issuer, form)
	}
}

// A revoked certificate is refused for good, and one that cannot be checked may try again: the client must not give its
// certificate up because an answer could not be fetched.
func TestRevocationIsCheckedWhenAskedFor(t *testing.T) {
	t.Parallel()
	atRegistration, atToken := bothDoors[0], bothDoors[1]
	p := checkingProvider(t, onlyOCSP, allowLoopback...)
	redeem := p.redeemer()
	const uri = "https://hospital.example"
	good, unknown, revoked := p.community.Leaf(uri), p.community.Leaf(uri), p.community.Leaf(uri)
	p.community.Revoke(revoked.Certificate())

	got := postStatement(t, p.issuer, good)
	atRegistration.wantGood(t, got)
	clientID := got.clientID
	atToken.wantGood(t, redeem(good, clientID))

	atRegistration.wantRevoked(t, postStatement(t, p.issuer, revoked), revoked.Certificate())
	atToken.wantRevoked(t, redeem(revoked, clientID), revoked.Certificate())

	p.community.Responder(p.community.Issuer, udaptest.Broken)
	atRegistration.wantUnchecked(t, postStatement(t, p.issuer, unknown), unknown.Certificate(), notFetched+"unexpected status", "1")
	atToken.wantUnchecked(t, redeem(unknown, clientID), unknown.Certificate(), notFetched+"unexpected status", "1")
	atToken.wantGood(t, redeem(good, clientID)) // its answer is still in force
}

func TestListAtAnInnerAddressIsNotFetched(t *testing.T) {
	t.Parallel()
	p := checkingProvider(t, onlyLists)
	leaf := p.community.Leaf("https://hospital.example")
	bothDoors[0].wantUnchecked(t, postStatement(t, p.issuer, leaf), leaf.Certificate(), notFetched+"address not allowed", "1")
	if p.community.Requests() > 0 {
		t.Error("the list was asked for")
	}
}

// running is a server that has let a client in, at a moment before its certificate is revoked.
type running struct {
	community *udaptest.Community
	issuer    string
	redeem    func(leaf *udaptest.Leaf, clientID string) doorReply
}

// refusesWithin revokes the client's certificate or the one above it, and expects both doors to refuse the client, whose
// chain was found good before, within the limit; with a good code and without.
func (r running) refusesWithin(t *testing.T, limit time.Duration, intermediate bool) {
	t.Helper()
	atRegistration, atToken := bothDoors[0], bothDoors[1]
	leaf, other := r.community.Leaf("https://hospital.example/"+t.Name()), r.community.Leaf("https://other.example/"+t.Name())
	got := postStatement(t, r.issuer, leaf)
	atRegistration.wantGood(t, got)
	clientID := got.clientID
	atToken.wantGood(t, r.redeem(leaf, clientID))
	otherID := postStatement(t, r.issuer, other).clientID
	atToken.wantGood(t, r.redeem(other, otherID))

	certificate := leaf.Certificate()
	if intermediate {
		certificate = r.community.Issuer.Certificate
	}
	r.community.Revoke(certificate)
	deadline := time.Now().Add(limit)
	got = waitUntil(t, time.Until(deadline), func() (doorReply, bool) {
		answer := postToken(t, r.issuer, unknownCode(leaf, clientID, r.issuer))
		return answer, answer.code != "invalid_grant"
	})
	atToken.wantRevoked(t, got, certificate)
	got = waitUntil(t, time.Until(deadline), func() (doorReply, bool) {
		answer := postStatement(t, r.issuer, leaf)
		return answer, answer.status != http.StatusOK // registered before
	})
	atRegistration.wantRevoked(t, got, certificate)
	atToken.wantRevoked(t, r.redeem(leaf, clientID), certificate)

	// Nobody else is refused for it, unless the CA above was revoked.
	got = r.redeem(other, otherID)
	if intermediate {
		atToken.wantRevoked(t, got, certificate)
	} else {
		atToken.wantGood(t, got)
	}
}

// TestRevokedWhileTheServerRuns: --revocation-interval is a promise of the real binary, kept at both endpoints.
func TestRevokedWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]udaptest.Option{"list": onlyLists, "OCSP": onlyOCSP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := checkingProvider(t, options, allowLoopback...)
			running{p.community, p.issuer, p.redeemer()}.refusesWithin(t, checkingInterval+checkingMargin, false)
		})
	}
}

// TestRevocationIsNoticedWithAndWithoutTheBackground: the background saves callers the wait. When it does not run, or has
// not come to it, the caller does, and the chains that were remembered as good end no later.
func TestRevocationIsNoticedWithAndWithoutTheBackground(t *testing.T) {
	t.Parallel()
	const interval = 200 * time.Millisecond
	l := newLobby(t)
	for name, options := range map[string][]udaptest.Option{"list": onlyLists, "OCSP": onlyOCSP} {
		for _, about := range []string{"leaf", "intermediate"} {
			for _, background := range []string{"with", "without"} {
				t.Run(strings.Join([]string{name, about, background}, "/"), func(t *testing.T) {
					t.Parallel()
					d := newDoors(t, l, doorOptions{interval: interval, community: options})
					if background == "with" {
						ctx, cancel := context.WithCancel(context.Background())
						ended := make(chan struct{})
						go func() { defer close(ended); d.checker.Run(ctx) }()
						t.Cleanup(func() { cancel(); <-ended })
					}
					redeem := func(leaf *udaptest.Leaf, _ string) doorReply { return d.token(leaf) }
					running{d.community, d.issuer, redeem}.refusesWithin(t, interval+checkingMargin, about == "intermediate")
				})
			}
		}
	}
}

// A list without an end takes no more of the process than the limit allows, and leaves it working.
func TestServerSurvivesAnEndlessList(t *testing.T) {
	t.Parallel()
	p := checkingProvider(t, onlyLists, allowLoopback...)
	leaf := p.community.Leaf("https://hospital.example")
	p.community.Lists(p.community.Issuer, udaptest.Endless)
	bothDoors[0].wantUnchecked(t, postStatement(t, p.issuer, leaf), leaf.Certificate(), notFetched+"answer too large", "1")
	p.community.Lists(p.community.Issuer, udaptest.Truthful)
	got := waitUntil(t, checkingInterval+checkingMargin, func() (doorReply, bool) {
		answer := postStatement(t, p.issuer, leaf)
		return answer, answer.status != http.StatusServiceUnavailable
	})
	bothDoors[0].wantGood(t, got)
}
