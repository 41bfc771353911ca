package revocation

import (
	"testing"
	"time"

	"udap-idp/internal/udap/udaptest"
)

// bounded is for evidence of that many bytes. A list of 20 MiB may take some hundred MiB for a moment, and no more.
func bounded(t *testing.T, size int, f func()) {
	t.Helper()
	udaptest.BoundAllocation(t, 1<<20+100*size, f)
}

func FuzzCRL(f *testing.F) {
	ca := issue(f, nil, "CA", true)
	der := list{revoked: []*node{issue(f, ca, "Gone", false)}}.sign(f, ca)
	f.Add(der)
	f.Add(pemCRL(der))
	f.Add(pemCRL(der)[:50])
	if data, root, ok := infernoVector(f); ok {
		f.Add(data)
		f.Add(root.Raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var e *evidence
		var err error
		bounded(t, len(data), func() { e, err = readCRL(data, ca.cert) })
		if err == nil && (e.thisUpdate.IsZero() || !e.nextUpdate.After(e.thisUpdate)) {
			t.Errorf("accepted %+v", e)
		}
	})
}

// FuzzScope is for the one structure that we read ourselves; a fuzzer cannot sign lists that hold it.
func FuzzScope(f *testing.F) {
	f.Add(extension(f, oidDistributionPoint, true, issuingDistributionPoint{OnlyUsers: true}).Value)
	f.Add(extension(f, oidDistributionPoint, true, issuingDistributionPoint{Point: point("http://a"), OnlyCAs: true}).Value)
	ca := issue(f, nil, "CA", true)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := readScope(data)
		if err == nil {
			_ = s.check(ca.cert)
		}
	})
}

func FuzzOCSP(f *testing.F) {
	ca := issue(f, nil, "CA", true)
	leaf := issue(f, ca, "Leaf", false)
	f.Add(answerFor(f, leaf, ca, ca, nil))
	f.Add(answerFor(f, leaf, ca, responderOf(f, ca), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		var e *evidence
		var err error
		bounded(t, len(data), func() { e, err = readOCSP(data, leaf.cert, ca.cert, time.Now()) })
		if err == nil && !e.nextUpdate.After(e.thisUpdate) {
			t.Errorf("accepted %+v", e)
		}
		_ = checkOCSPExtensions(data)
	})
}
