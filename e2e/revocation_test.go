package e2e

import (
	"crypto/x509"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// The policies that the cases are put to. The stale evidence of udaptest ended a day and a minute ago.
var (
	hardFail  = revocation.Policy{}
	softFail  = revocation.Policy{Mode: revocation.SoftFail, Grace: 48 * time.Hour}
	graceOver = revocation.Policy{Mode: revocation.SoftFail, Grace: time.Hour}
	noCheck   = revocation.Policy{Mode: revocation.NoCheck}
)

// Verdicts of a case; anything else is a problem that keeps the certificate from being checked.
const (
	isGood    = "good"
	isRevoked = "revoked"
)

// evidence is what a community publishes about one of its certificates.
type evidence struct {
	name    string
	lists   udaptest.Behaviour
	ocsp    udaptest.Behaviour
	options []udaptest.Option
	revoked bool
	// verdict under hard-fail, and inGrace under soft-fail where that is another one.
	verdict, inGrace string
}

var (
	onlyLists = []udaptest.Option(nil)
	onlyOCSP  = []udaptest.Option{udaptest.WithOCSP(), udaptest.WithoutCRL()}
	both      = []udaptest.Option{udaptest.WithOCSP()}
)

const notFetched = "' cannot be fetched: "

var allEvidence = []evidence{
	{name: "list", options: onlyLists, verdict: isGood},
	{name: "list in PEM", options: onlyLists, lists: udaptest.PEM, verdict: isGood},
	{name: "list, revoked", options: onlyLists, revoked: true, verdict: isRevoked},
	{name: "list, revoked, stale", options: onlyLists, lists: udaptest.Stale, revoked: true, verdict: isRevoked},
	{name: "list, revoked, in PEM", options: onlyLists, lists: udaptest.PEM, revoked: true, verdict: isRevoked},
	{name: "list, stale", options: onlyLists, lists: udaptest.Stale, verdict: "' is out of date since ", inGrace: isGood},
	{name: "list, future", options: onlyLists, lists: udaptest.Future, verdict: "which has not come yet"},
	{name: "list of another key", options: onlyLists, lists: udaptest.OtherKey, revoked: true, verdict: "it is not signed with the key of "},
	{name: "list, garbage", options: onlyLists, lists: udaptest.Garbage, verdict: "it is no revocation list in DER or PEM that can be read"},
	{name: "list, empty", options: onlyLists, lists: udaptest.Empty, verdict: "it is no revocation list in DER or PEM that can be read"},
	{name: "list, not found", options: onlyLists, lists: udaptest.NotFound, verdict: notFetched + "unexpected status"},
	{name: "list, broken", options: onlyLists, lists: udaptest.Broken, verdict: notFetched + "unexpected status"},
	{name: "list, redirected inside", options: onlyLists, lists: udaptest.ToPrivate, verdict: notFetched + "address not allowed"},

	{name: "OCSP", options: onlyOCSP, verdict: isGood},
	{name: "OCSP with nonce", options: onlyOCSP, ocsp: udaptest.WithNonce, verdict: isGood},
	{name: "OCSP by delegate", options: onlyOCSP, ocsp: udaptest.Delegate, verdict: isGood},
	{name: "OCSP, revoked", options: onlyOCSP, revoked: true, verdict: isRevoked},
	{name: "OCSP, revoked, with nonce", options: onlyOCSP, ocsp: udaptest.WithNonce, revoked: true, verdict: isRevoked},
	{name: "OCSP, revoked, by delegate", options: onlyOCSP, ocsp: udaptest.Delegate, revoked: true, verdict: isRevoked},
	{name: "OCSP, revoked, stale", options: onlyOCSP, ocsp: udaptest.Stale, revoked: true, verdict: isRevoked},
	{name: "OCSP, unknown", options: onlyOCSP, ocsp: udaptest.Unknown, verdict: "' does not know the certificate"},
	{name: "OCSP, stale", options: onlyOCSP, ocsp: udaptest.Stale, verdict: "' is out of date since ", inGrace: isGood},
	{name: "OCSP, future", options: onlyOCSP, ocsp: udaptest.Future, verdict: "which has not come yet"},
	{name: "OCSP by stranger", options: onlyOCSP, ocsp: udaptest.Stranger, revoked: true, verdict: "which did not issue its certificate"},
	{name: "OCSP by unauthorised", options: onlyOCSP, ocsp: udaptest.Unauthorised, revoked: true, verdict: "its certificate lacks the usage id-kp-OCSPSigning"},
	{name: "OCSP by expired delegate", options: onlyOCSP, ocsp: udaptest.PastDelegate, revoked: true, verdict: "the certificate of the responder 'CN=Responder' is valid from "},
	{name: "OCSP of another key", options: onlyOCSP, ocsp: udaptest.OtherKey, revoked: true, verdict: "nor by a responder whose certificate it contains"},
	{name: "OCSP, try later", options: onlyOCSP, ocsp: udaptest.TryLater, verdict: "the responder answered 'try later'"},
	{name: "OCSP, garbage", options: onlyOCSP, ocsp: udaptest.Garbage, verdict: "it is no OCSP answer about the certificate"},
	{name: "OCSP, empty", options: onlyOCSP, ocsp: udaptest.Empty, verdict: "it is no OCSP answer about the certificate"},
	{name: "OCSP, not found", options: onlyOCSP, ocsp: udaptest.NotFound, verdict: notFetched + "unexpected status"},
	{name: "OCSP, broken", options: onlyOCSP, ocsp: udaptest.Broken, verdict: notFetched + "unexpected status"},
	{name: "OCSP, redirected inside", options: onlyOCSP, ocsp: udaptest.ToPrivate, verdict: notFetched + "address not allowed"},

	{name: "list broken, OCSP good", options: both, lists: udaptest.Broken, verdict: isGood},
	{name: "list broken, OCSP revoked", options: both, lists: udaptest.Broken, revoked: true, verdict: isRevoked},
	{name: "list revoked, OCSP unknown", options: both, ocsp: udaptest.Unknown, revoked: true, verdict: isRevoked},
	{name: "list stale, OCSP unknown", options: both, lists: udaptest.Stale, ocsp: udaptest.Unknown, verdict: "' is out of date since "},
	{name: "list and OCSP broken", options: both, lists: udaptest.Broken, ocsp: udaptest.Broken, verdict: notFetched + "unexpected status"},
}

// under is the verdict under a policy.
func (e evidence) under(p revocation.Policy) string {
	switch {
	case p == noCheck:
		return isGood
	case p == softFail && e.inGrace != "":
		return e.inGrace
	}
	return e.verdict
}

// publish makes the community say this of a certificate, and the truth of all others.
func (e evidence) publish(c *udaptest.Community, about *x509.Certificate) {
	of := c.Issuer
	if about.Equal(c.Issuer.Certificate) {
		of = c.Root
	}
	c.Lists(of, e.lists)
	c.Responder(of, e.ocsp)
	if e.revoked {
		c.Revoke(about)
	}
}

// TestRevocationIsCheckedAtBothDoors puts every kind of evidence, about the client's own certificate and about the CA above
// it, to every policy, at registration and at the token endpoint.
//
// UDAP Security IG §7.1.6, UDAP Dynamic Client Registration §4.2, UDAP JWT Client Authentication §6.2.
func TestRevocationIsCheckedAtBothDoors(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	policies := map[string]revocation.Policy{"hard-fail": hardFail, "soft-fail": softFail, "grace over": graceOver, "no-check": noCheck}
	for _, e := range allEvidence {
		for name, policy := range policies {
			for _, about := range []string{"leaf", "intermediate"} {
				for _, door := range bothDoors {
					t.Run(strings.Join([]string{e.name, name, about, door.name}, "/"), func(t *testing.T) {
						t.Parallel()
						checkEvidence(t, l, e, policy, about, door)
					})
				}
			}
		}
	}
}

func checkEvidence(t *testing.T, l *lobby, e evidence, policy revocation.Policy, about string, door door) {
	d := newDoors(t, l, doorOptions{policy: policy, community: e.options})
	leaf := d.community.Leaf("https://hospital.example/" + d.id)
	certificate := leaf.Certificate()
	if about == "intermediate" {
		certificate = d.community.Issuer.Certificate
	}
	e.publish(d.community, certificate)
	for range 2 { // the second answer comes out of what the first has left behind
		got := door.knock(d, leaf)
		switch verdict := e.under(policy); verdict {
		case isGood:
			door.wantGood(t, got)
			door.good = http.StatusOK // registered before
		case isRevoked:
			door.wantRevoked(t, got, certificate)
		default:
			door.wantUnchecked(t, got, certificate, verdict, "30")
		}
	}
	if asked := d.community.Requests(); (asked == 0) != (policy == noCheck) {
		t.Errorf("%d requests for evidence", asked)
	}
}

// A certificate that names no source cannot be checked now or later. The policy may let it pass.
func TestCertificateWithoutSourceIsAcceptedOnlyWhenThePolicySaysSo(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	for _, door := range bothDoors {
		t.Run(door.name, func(t *testing.T) {
			t.Parallel()
			sourceless := []udaptest.Option{udaptest.WithoutCRL()}
			for _, policy := range []revocation.Policy{hardFail, softFail} {
				d := newDoors(t, l, doorOptions{policy: policy, community: sourceless})
				leaf := d.community.Leaf("https://hospital.example/" + d.id)
				door.wantUnchecked(t, door.knock(d, leaf), leaf.Certificate(), "it names neither a CRL distribution point", "")
				policy.AllowWithoutSource = true
				d = newDoors(t, l, doorOptions{policy: policy, community: sourceless})
				door.wantGood(t, door.knock(d, d.community.Leaf("https://hospital.example/"+d.id)))
			}
		})
	}
}

// Dates are looked at whatever the policy: they need nobody's answer.
func TestCertificateOutsideItsDatesIsRefusedAtBothDoors(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	now := time.Now()
	for name, dates := range map[string]struct {
		from, until time.Time
		words       string
	}{
		"expired":       {now.Add(-2 * time.Hour), now.Add(-time.Hour), "'CN=UDAP client,O=General Hospital' expired on "},
		"not yet valid": {now.Add(time.Hour), now.Add(2 * time.Hour), "'CN=UDAP client,O=General Hospital' is not valid before "},
	} {
		for policyName, policy := range map[string]revocation.Policy{"hard-fail": hardFail, "no-check": noCheck} {
			for _, door := range bothDoors {
				t.Run(strings.Join([]string{name, policyName, door.name}, "/"), func(t *testing.T) {
					t.Parallel()
					d := newDoors(t, l, doorOptions{policy: policy})
					leaf := d.community.LeafWith(func(l *authority.Leaf) {
						l.URIs, l.NotBefore, l.NotAfter = []string{"https://hospital.example/" + d.id}, dates.from, dates.until
					})
					door.wantRefused(t, door.knock(d, leaf), dates.words)
					if d.community.Requests() > 0 {
						t.Error("evidence was asked for")
					}
				})
			}
		}
	}
}

// A failure to check is no refusal: the same certificate is accepted as soon as its list can be had, and was not the
// reason for anything that lasts.
func TestCertificateThatCouldNotBeCheckedIsAcceptedLater(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	for _, door := range bothDoors {
		for name, behaviour := range map[string]udaptest.Behaviour{"broken": udaptest.Broken, "stale": udaptest.Stale, "other key": udaptest.OtherKey} {
			t.Run(door.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := newDoors(t, l, doorOptions{interval: 50 * time.Millisecond})
				leaf := d.community.Leaf("https://hospital.example/" + d.id)
				d.community.Lists(d.community.Issuer, behaviour)
				if got := door.knock(d, leaf); got.status != http.StatusServiceUnavailable || got.retryAfter != "1" {
					t.Errorf("got %v, want 503 and a second", got)
				}
				d.community.Lists(d.community.Issuer, udaptest.Truthful)
				got := waitUntil(t, 20*time.Second, func() (doorReply, bool) {
					r := door.knock(d, leaf)
					return r, r.status != http.StatusServiceUnavailable
				})
				door.wantGood(t, got)
			})
		}
	}
}

// waitUntil asks again and again until the answer is the one, and fails when that takes longer than the limit.
func waitUntil(t testing.TB, limit time.Duration, ask func() (doorReply, bool)) doorReply {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(limit); ; <-ticker.C {
		got, is := ask()
		if is {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v still %v", limit, got)
		}
	}
}

// A list or a responder that is slow holds nobody longer than a fetch may take. None of these answers while the test runs:
// that one comes from us, inside the context of post, is what is looked for.
func TestSlowEvidenceIsLeftAfterTheTimeout(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	for name, options := range map[string][]udaptest.Option{"list": onlyLists, "OCSP": onlyOCSP, "both": both} {
		for _, slow := range []udaptest.Behaviour{udaptest.Hangs, udaptest.Stalls} {
			for _, door := range bothDoors {
				t.Run(strings.Join([]string{name, string(slow), door.name}, "/"), func(t *testing.T) {
					t.Parallel()
					d := newDoors(t, l, doorOptions{timeout: 200 * time.Millisecond, community: options})
					leaf := d.community.Leaf("https://hospital.example/" + d.id)
					d.community.Lists(d.community.Issuer, slow)
					d.community.Responder(d.community.Issuer, slow)
					door.wantUnchecked(t, door.knock(d, leaf), leaf.Certificate(), notFetched+"no answer in time", "30")
				})
			}
		}
	}
}

// A list without an end is cut off at the limit, and one that says how long it is is not read at all. This test runs alone,
// because it counts what the process allocates.
func TestHugeEvidenceIsCutOff(t *testing.T) {
	const slack = 12 << 20 // what the sockets hold, and the rest of the process
	l := newLobby(t)
	for _, test := range []struct {
		name    string
		options []udaptest.Option
		huge    udaptest.Behaviour
		limit   int64
	}{
		{"endless list", onlyLists, udaptest.Endless, fetch.MaxCRL},
		{"list of a terabyte", onlyLists, udaptest.Huge, 0},
		{"endless OCSP", onlyOCSP, udaptest.Endless, fetch.MaxOCSP},
		{"OCSP of a terabyte", onlyOCSP, udaptest.Huge, 0},
	} {
		for _, door := range bothDoors {
			t.Run(test.name+"/"+door.name, func(t *testing.T) {
				d := newDoors(t, l, doorOptions{community: test.options})
				leaf := d.community.Leaf("https://hospital.example/" + d.id)
				d.community.Lists(d.community.Issuer, test.huge)
				d.community.Responder(d.community.Issuer, test.huge)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				got := door.knock(d, leaf)
				runtime.ReadMemStats(&after)
				door.wantUnchecked(t, got, leaf.Certificate(), notFetched+"answer too large", "30")
				if sent := d.community.Sent(); sent > test.limit+slack {
					t.Errorf("%d bytes were sent, want at most %d and what sockets hold", sent, test.limit)
				}
				// io.ReadAll grows by a quarter: everything it ever had comes to five times what it ends with.
				if allocated := int64(after.TotalAlloc - before.TotalAlloc); allocated > 6*test.limit+slack {
					t.Errorf("%d bytes were allocated for at most %d", allocated, test.limit)
				}
			})
		}
	}
}
