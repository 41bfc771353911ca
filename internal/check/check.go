package check

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/dataholder"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

// Options are what is checked, and with what.
type Options struct {
	URL           string              // the server's base URL
	Community     string              // URI for the community parameter, "" to leave it out
	Anchors       []*x509.Certificate // none: the chain is not judged
	Intermediates []*x509.Certificate // candidates for path building
	Signer        *udap.Signer        // a certificate of the community to register with; nil for refusals only
	AllowPrivate  bool                // connect to private addresses too
}

var (
	// ErrAddress: the URL is not one that a server can be checked at.
	ErrAddress = errors.New("not an https address, or http on a loopback host")
	// ErrUnreachable: the server gave no answer at all.
	ErrUnreachable = errors.New("no answer")
	// ErrCertificate: the certificate to register with has no URI in its Subject Alternative Name.
	ErrCertificate = errors.New("the certificate names no URI")
)

// run is one look at one server.
type run struct {
	Options
	*report
	ctx  context.Context
	http *http.Client
	base string

	stranger *party   // a certificate nobody trusts
	taken    []*party // whose statements were taken though they should have been refused
	metadata document // unsigned
	signed   document // claims of signed_metadata
	leaf     *x509.Certificate
}

// party is a certificate that statements are signed with, and the name it goes by.
type party struct {
	*udap.Signer
	uri string
}

// Run checks the server and returns a result for every requirement, in the order of the catalogue. Errors are ErrAddress,
// ErrCertificate and ErrUnreachable with their reasons; that something does not hold is none.
func Run(ctx context.Context, o Options) ([]Result, error) {
	base, err := dataholder.BaseURL(o.URL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.URL, ErrAddress)
	}
	member, err := memberOf(o.Signer)
	if err != nil {
		return nil, err
	}
	stranger, err := newStranger()
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, report: newReport(), ctx: ctx, base: base, stranger: stranger, http: httpClient(base, o.AllowPrivate)}
	if err := r.checkMetadata(); err != nil {
		return nil, err
	}
	if r.metadata != nil {
		r.checkSigned()
		r.checkCommunities()
		r.checkOpenID()
		client := r.checkRegistration(member)
		r.checkRefusals(member)
		r.checkAuthorize(client)
		r.checkToken(client)
		r.checkCancel(client)
		r.cancelTaken(client)
	}
	return r.list(), ctx.Err()
}

func memberOf(signer *udap.Signer) (*party, error) {
	if signer == nil {
		return nil, nil
	}
	// UDAP Security IG §3.1: iss SHALL be a URI of the certificate.
	uris, err := udap.URISANs(signer.Chain()[0])
	if err != nil || len(uris) == 0 {
		return nil, ErrCertificate
	}
	return &party{signer, uris[0]}, nil
}

// newStranger makes an authority and a certificate that nobody trusts. The key is RSA: every server must read RS256.
func newStranger() (*party, error) {
	root, err := authority.New("udap-idp check", authority.Options{KeyType: authority.P256})
	if err != nil {
		return nil, err
	}
	uri := "https://check.invalid/" + rand.Text()
	identity, err := root.IssueLeaf(authority.Leaf{Name: "udap-idp check", URIs: []string{uri}})
	if err != nil {
		return nil, err
	}
	signer, err := udap.NewSigner(identity.Chain, identity.Key)
	if err != nil {
		return nil, err
	}
	return &party{signer, uri}, nil
}

func (r *run) now() time.Time { return time.Now() }

// under reports whether an endpoint is below the base URL.
func (r *run) under(address string) bool {
	return strings.HasPrefix(address, r.base+"/")
}

// usable reports whether an endpoint may be called.
//
// UDAP Security IG §2.2: absolute; RFC 6749 §3.1, §3.2: no fragment, TLS. Plain http is for a server on this machine.
func (r *run) usable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || strings.Contains(address, "#") {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(r.base) && isLoopback(address)
}
