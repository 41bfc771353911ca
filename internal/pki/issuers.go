package pki

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"udap-idp/internal/pki/fetch"
)

const (
	maxChase       = 15 * time.Second // for all issuers of one chain, which a stranger names; longer than one fetch, whose failure is remembered
	maxFetched     = 5                // issuers above one another that are fetched for one chain
	maxIssuerURLs  = 2                // of one certificate that are asked
	maxIssuerPages = 256
	issuersKept    = 24 * time.Hour
	failureKept    = time.Minute // so that a stranger cannot make us ask the same again and again
)

// issuers fetches the certificates that other certificates point at (RFC 5280 §4.2.2.1, caIssuers), and remembers them.
// They are candidates for a path like those that were sent, and nothing more.
type issuers struct {
	fetcher  *fetch.Fetcher
	log      *slog.Logger
	patience time.Duration // with all issuers of one chain together

	mu    sync.Mutex
	pages map[string]page // by URL
}

// page is what a URL had, nothing when it failed.
type page struct {
	certs []*x509.Certificate
	until time.Time
}

func newIssuers(fetcher *fetch.Fetcher, log *slog.Logger) *issuers {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &issuers{fetcher: fetcher, log: log, patience: maxChase, pages: map[string]page{}}
}

// chase walks up from chain[0] and returns the issuers on the way that had to be fetched. It takes only a certificate that
// really has signed the one below it, so that what is fetched next is named by something that leads further.
//
// UDAP Dynamic Client Registration §4.2, UDAP JWT Client Authentication §6.2: the path may be completed from AIA.
func (i *issuers) chase(ctx context.Context, communities []Community, chain []*x509.Certificate, now time.Time) []*x509.Certificate {
	if len(communities) == 0 || len(chain) == 0 || checkLeaf(chain[0], now) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, i.patience)
	defer cancel()
	var anchors, others, fetched []*x509.Certificate
	for _, c := range communities {
		anchors = append(anchors, c.Anchors...)
		others = append(others, c.Intermediates...)
	}
	others = append(others, chain[1:min(len(chain), maxSent)]...)

	at := chain[0]
	for range maxPath {
		if checkCertificate(at) != nil || bytes.Equal(at.RawSubject, at.RawIssuer) || issuerAmong(anchors, at, now) != nil {
			break
		}
		issuer := issuerAmong(others, at, now)
		if issuer == nil && len(fetched) < maxFetched {
			if issuer = i.issuerOf(ctx, at, now); issuer != nil {
				fetched = append(fetched, issuer)
			}
		}
		if issuer == nil {
			break
		}
		at = issuer
	}
	return fetched
}

func issuerAmong(list []*x509.Certificate, cert *x509.Certificate, now time.Time) *x509.Certificate {
	for _, candidate := range list {
		if bytes.Equal(candidate.RawSubject, cert.RawIssuer) && checkIssuer(cert, candidate, now) == nil {
			return candidate
		}
	}
	return nil
}

// issuerOf asks where the certificate says its issuer's is.
func (i *issuers) issuerOf(ctx context.Context, cert *x509.Certificate, now time.Time) *x509.Certificate {
	asked := 0
	for _, url := range cert.IssuingCertificateURL {
		lower := strings.ToLower(url)
		if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
			continue
		}
		if asked++; asked > maxIssuerURLs {
			return nil
		}
		if issuer := issuerAmong(i.at(ctx, url), cert, now); issuer != nil {
			return issuer
		}
	}
	return nil
}

// at returns the certificates of a URL, remembered or fetched.
func (i *issuers) at(ctx context.Context, url string) []*x509.Certificate {
	clock := time.Now()
	i.mu.Lock()
	known, ok := i.pages[url]
	i.mu.Unlock()
	if ok && clock.Before(known.until) {
		return known.certs
	}

	data, err := i.fetcher.Get(ctx, url, fetch.MaxCert)
	if ctx.Err() != nil {
		return nil // whoever asked has left; that says nothing of the URL
	}
	fresh := page{until: clock.Add(failureKept)}
	if err == nil {
		fresh.certs, err = parseIssuers(data)
	}
	if err == nil {
		fresh.until = clock.Add(issuersKept)
	} else {
		i.log.Debug("issuer's certificate cannot be had", "url", url, "error", err)
	}
	i.remember(url, fresh, clock)
	return fresh.certs
}

func (i *issuers) remember(url string, fresh page, clock time.Time) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.pages) >= maxIssuerPages {
		for other, p := range i.pages {
			if !clock.Before(p.until) {
				delete(i.pages, other)
			}
		}
	}
	for other := range i.pages {
		if len(i.pages) < maxIssuerPages {
			break
		}
		delete(i.pages, other)
	}
	i.pages[url] = fresh
}

// parseIssuers reads what caIssuers may lead to: certificates in DER or PEM, or in a PKCS #7 message without signature
// (.p7c).
func parseIssuers(data []byte) ([]*x509.Certificate, error) {
	certs, err := ParseCertificates(data)
	if err != nil {
		var pkcs7Err error
		if certs, pkcs7Err = parsePKCS7(data); pkcs7Err != nil {
			return nil, errors.Join(err, pkcs7Err)
		}
	}
	return slices.Clip(certs[:min(len(certs), maxSent)]), nil
}
