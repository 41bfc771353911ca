package revocation

import (
	"cmp"
	"crypto/x509"
	"slices"
	"time"
)

// Status is what is known from one source, for an operator. Times are zero when there is nothing.
type Status struct {
	Kind       string // "crl" or "ocsp"
	URL        string
	Issuer     string // the name of the authority
	Serial     string // of the certificate an OCSP answer is about; "" for a list
	Responder  string // who signed an OCSP answer when it was not the issuer
	Number     string // the CRL number, decimal; "" when there is none
	ThisUpdate time.Time
	NextUpdate time.Time
	Fetched    time.Time // when the evidence came
	Tried      time.Time // the last attempt in this process
	LastUsed   time.Time
	Entries    int    // revoked certificates in it
	Fresh      bool   // in force now
	Problem    string // of the last attempt, with what the network said; "" when it went well

	IssuerCertificate *x509.Certificate // do not change it

	key string // of its entry
}

// Status lists every source that is remembered, by URL.
func (c *Checker) Status() []Status {
	clock := time.Now()
	c.mu.Lock()
	list := make([]Status, 0, len(c.entries))
	for _, e := range c.entries {
		list = append(list, e.status(clock))
	}
	c.mu.Unlock()
	slices.SortFunc(list, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.URL, b.URL), cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.Serial, b.Serial))
	})
	return list
}

func (e *entry) status(clock time.Time) Status {
	s := Status{
		Kind: string(e.source.kind), URL: e.source.url, Issuer: e.source.issuer.Subject.String(),
		Tried: e.tried.UTC(), Fetched: e.fetched.UTC(), LastUsed: e.used.UTC(),
		IssuerCertificate: e.source.issuer, key: e.key,
	}
	if e.source.kind == kindOCSP {
		s.Serial = Serial(e.source.cert.SerialNumber)
	}
	if e.problem != nil {
		s.Problem = e.problem.Error()
	}
	if e.have == nil {
		return s
	}
	s.ThisUpdate, s.NextUpdate = e.have.thisUpdate.UTC(), e.have.nextUpdate.UTC()
	s.Fresh, s.Entries, s.Responder = e.have.inForce(clock), len(e.have.revoked), e.have.responder
	if e.have.number != nil {
		s.Number = e.have.number.String()
	}
	return s
}
