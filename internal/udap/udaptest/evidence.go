package udaptest

import (
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/udap/authority"
)

// Behaviour is how the server answers for the list or the OCSP responder of an authority. The zero value tells the truth:
// good, or revoked after Revoke.
type Behaviour string

// Behaviours of lists and responders.
const (
	Truthful  Behaviour = ""
	Stale     Behaviour = "stale"      // nextUpdate was yesterday
	Future    Behaviour = "future"     // thisUpdate is tomorrow
	OtherKey  Behaviour = "other key"  // signed by one of the same name with another key
	Garbage   Behaviour = "garbage"    // a page of HTML with 200
	Empty     Behaviour = "empty"      // 200 and nothing
	NotFound  Behaviour = "not found"  // 404
	Broken    Behaviour = "broken"     // 500
	Hangs     Behaviour = "hangs"      // no answer until the request or the test ends
	Stalls    Behaviour = "stalls"     // half of the answer, and then as Hangs
	Endless   Behaviour = "endless"    // a body without an end; Sent counts it
	Huge      Behaviour = "huge"       // a Content-Length of a terabyte; then as Endless
	ToPrivate Behaviour = "to private" // a redirect to an address that is neither public nor 127.0.0.1
)

// PEM is for lists only.
const PEM Behaviour = "PEM"

// Lists makes the server answer so for the list of an authority from now on.
func (c *Community) Lists(of *authority.Authority, b Behaviour) { c.behave("crl", of, b) }

// Responder makes the server answer so for the OCSP responder of an authority from now on.
func (c *Community) Responder(of *authority.Authority, b Behaviour) { c.behave("ocsp", of, b) }

// Sent is how many bytes of endless bodies were written.
func (c *Community) Sent() int64 { return c.sent.Load() }

// Requests is how many requests for lists and to responders came in.
func (c *Community) Requests() int64 { return c.requests.Load() }

type evidenceOf struct {
	kind string
	of   *authority.Authority
}

func (c *Community) behave(kind string, of *authority.Authority, b Behaviour) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behaviours[evidenceOf{kind, of}] = b
}

func (c *Community) behaviour(kind string, of *authority.Authority) Behaviour {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behaviours[evidenceOf{kind, of}]
}

// serveEvidence answers as HTTP goes, and makes the answer itself only when it is to be read.
func (c *Community) serveEvidence(w http.ResponseWriter, r *http.Request, kind string, of *authority.Authority) {
	c.requests.Add(1)
	request, err := io.ReadAll(io.LimitReader(r.Body, 64<<10)) // whole, so that the server sees the client leave
	if err != nil {
		return
	}
	b := c.behaviour(kind, of)
	switch b {
	case Garbage:
		fmt.Fprint(w, "<!doctype html><title>Welcome</title>")
	case Empty:
		w.WriteHeader(http.StatusOK)
	case NotFound:
		http.NotFound(w, r)
	case Broken:
		http.Error(w, "no answer", http.StatusInternalServerError)
	case Hangs:
		c.hang(r)
	case Endless:
		c.pour(w, r)
	case Huge:
		w.Header().Set("Content-Length", "1099511627776")
		c.pour(w, r)
	case ToPrivate:
		http.Redirect(w, r, strings.Replace(c.URL, "127.0.0.1", "127.0.0.2", 1)+r.URL.Path, http.StatusTemporaryRedirect)
	default:
		c.serveSigned(w, r, kind, of, b, request)
	}
}

func (c *Community) serveSigned(w http.ResponseWriter, r *http.Request, kind string, of *authority.Authority, b Behaviour, request []byte) {
	var body []byte
	var err error
	if kind == "ocsp" {
		body, err = c.ocspAnswer(of, b, request)
	} else {
		body, err = c.list(of, b)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", map[string]string{"crl": "application/pkix-crl", "ocsp": "application/ocsp-response"}[kind])
	if b != Stalls {
		_, _ = w.Write(body)
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	c.hang(r)
}

func (c *Community) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-c.end:
	}
}

func (c *Community) pour(w http.ResponseWriter, r *http.Request) {
	zeros := make([]byte, 64<<10)
	for r.Context().Err() == nil {
		select {
		case <-c.end:
			return
		default:
		}
		n, err := w.Write(zeros)
		c.sent.Add(int64(n))
		if err != nil {
			return
		}
	}
}

// dates are those of evidence of this moment.
func (b Behaviour) dates() (thisUpdate, nextUpdate time.Time) {
	from := time.Now().Add(-time.Minute)
	switch b {
	case Stale:
		from = from.AddDate(0, 0, -2)
	case Future:
		from = from.AddDate(0, 0, 1)
	}
	return from, from.AddDate(0, 0, 1)
}

func (c *Community) list(of *authority.Authority, b Behaviour) ([]byte, error) {
	from, next := b.dates()
	if b == OtherKey {
		other, err := namesake(of)
		if err != nil {
			return nil, err
		}
		return other.CRL(from, next)
	}
	der, err := of.CRL(from, next)
	if err != nil || b != PEM {
		return der, err
	}
	return asPEM("X509 CRL", der), nil
}

// namesake is an authority of the same name with another key.
func namesake(of *authority.Authority) (*authority.Authority, error) {
	return authority.New(of.Certificate.Subject.CommonName, authority.Options{KeyType: authority.P256})
}

// issuerOf is the authority of the community that has issued the certificate.
func (c *Community) issuerOf(certificate *x509.Certificate) *authority.Authority {
	if certificate.CheckSignatureFrom(c.Root.Certificate) == nil {
		return c.Root
	}
	return c.Issuer
}
