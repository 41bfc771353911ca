package dataholder

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"
)

// Trust is what a certificate chain is judged by, without the rest of a relying party.
type Trust struct {
	Anchors       []*x509.Certificate
	Intermediates []*x509.Certificate // candidates for path building, besides those in the chain
	HTTPClient    *http.Client        // fetches the revocation lists; its time limit and redirect policy are replaced by ours
	Now           func() time.Time
}

// Verify leads chain[0] to an anchor and looks every certificate below the anchor up in its issuer's revocation list. The links
// are those of the path that was taken, nil when there is none. Errors are *Problem: ReasonUntrusted and
// ReasonCertificateExpired when there is no path, another reason when it is a matter of revocation.
func (t Trust) Verify(ctx context.Context, chain []*x509.Certificate) ([]Link, error) {
	c := &Client{
		ClientConfig: ClientConfig{Anchors: t.Anchors, Intermediates: t.Intermediates, Now: t.Now},
		http:         hardened(t.HTTPClient),
	}
	step := &Step{Name: StepDiscovery}
	err := c.verifyChain(ctx, step, chain)
	return step.Chain, err
}

// HTTPClient is the one that a relying party speaks to strangers through: it reaches public addresses only, and loopback ones
// when allowed, uses no proxy, follows no redirect and waits ten seconds.
func HTTPClient(allowLoopback bool) *http.Client { return hardened(newHTTPClient(allowLoopback)) }
