package trust

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// KeyTypes are the keys that a certificate can be requested with, the one that every data holder can read first: UDAP has RS256 as the
// algorithm that everybody supports (UDAP Security IG §7.1.2), and some read no other.
func KeyTypes() []string { return []string{"rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384"} }

// makeKey draws a private key.
func makeKey(kind string) (crypto.Signer, error) {
	switch kind {
	case "rsa-2048":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "rsa-3072":
		return rsa.GenerateKey(rand.Reader, 3072)
	case "rsa-4096":
		return rsa.GenerateKey(rand.Reader, 4096)
	case "p-256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "p-384":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, refuse("key_type", "%q is none of %s", kind, strings.Join(KeyTypes(), ", "))
}

// Asking is what a certificate is requested with.
type Asking struct {
	KeyType      string // of KeyTypes
	Organization string // that runs the service, "" to leave it out
}

// maxRequests is how many requests of one community wait at once: each has a key, and more are a mistake.
const maxRequests = 5

// oidSubjectAltName is the extension of RFC 5280 §4.2.1.6.
var oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// RequestCertificate makes a private key, keeps it sealed, and a request for a certificate in a community to be sent to it. Errors are
// *Refusal or idp.ErrNotFound.
//
// UDAP Security IG §2.3: the certificate names the issuer as a URI. Data holders compare it with and without a trailing slash, so
// that both are asked for.
func (c *Communities) RequestCertificate(ctx context.Context, communityID string, ask Asking, by idp.Reading) (idp.CertificateRequest, error) {
	row, err := c.byID(ctx, communityID)
	if err != nil {
		return idp.CertificateRequest{}, err
	}
	waiting, err := c.Store.CertificateRequests(ctx, row.ID)
	if err != nil {
		return idp.CertificateRequest{}, err
	}
	if len(waiting) >= maxRequests {
		return idp.CertificateRequest{}, refuse("requests", "%d requests wait in this community already; answer or discard one", len(waiting))
	}
	template, err := c.template(ask)
	if err != nil {
		return idp.CertificateRequest{}, err
	}
	key, err := makeKey(ask.KeyType)
	if err != nil {
		return idp.CertificateRequest{}, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		return idp.CertificateRequest{}, fmt.Errorf("certificate signing request: %w", err)
	}
	keyID, err := udap.KeyIDOf(key.Public())
	if err != nil {
		return idp.CertificateRequest{}, err
	}
	sealed, err := c.sealKey(key)
	if err != nil {
		return idp.CertificateRequest{}, err
	}
	request := idp.CertificateRequest{
		ID: idp.NewID(), CommunityID: row.ID, KeyID: keyID, Request: der, SealedKey: sealed, CreatedBy: by.Actor, CreatedAt: c.now(),
	}
	event, err := c.event(by, "certificate.request", map[string]string{"community": row.URI, "request": request.ID, "key": ask.KeyType, "key_id": keyID})
	if err != nil {
		return request, err
	}
	return request, c.Store.AddCertificateRequest(ctx, request, event)
}

func (c *Communities) template(ask Asking) (*x509.CertificateRequest, error) {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Hostname() == "" {
		return nil, refuse("issuer", "the address of this service is not set (setting issuer)")
	}
	ask.Organization = strings.Join(strings.Fields(ask.Organization), " ")
	if len(ask.Organization) > 64 || !printable(ask.Organization) { // RFC 5280 appendix A.1, ub-organization-name
		return nil, refuse("organization", "the organization must be a name of at most 64 characters")
	}
	subject := pkix.Name{CommonName: issuer.Hostname()}
	if len(subject.CommonName) > 64 { // RFC 5280 appendix A.1, ub-common-name
		subject.CommonName = ""
	}
	if ask.Organization != "" {
		subject.Organization = []string{ask.Organization}
	}
	names, err := uriNames(c.Issuer, c.Issuer+"/")
	if err != nil {
		return nil, err
	}
	return &x509.CertificateRequest{Subject: subject, ExtraExtensions: []pkix.Extension{{Id: oidSubjectAltName, Value: names}}}, nil
}

// uriNames is the extension with URIs as they are: those of an x509 template are spelt anew.
func uriNames(uris ...string) ([]byte, error) {
	const tagURI = 6 // of GeneralName, RFC 5280 §4.2.1.6
	var names []asn1.RawValue
	for _, uri := range uris {
		names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tagURI, Bytes: []byte(uri)})
	}
	value, err := asn1.Marshal(names)
	if err != nil {
		return nil, fmt.Errorf("subject alternative name: %w", err)
	}
	return value, nil
}

// AcceptCertificate takes what a community issued for a request: certificates in PEM or DER, ours among them. It becomes the next
// one, or the active one when there is no other that signs. It returns its id. Errors are *Refusal or idp.ErrNotFound.
func (c *Communities) AcceptCertificate(ctx context.Context, requestID string, issued []byte, by idp.Reading) (string, error) {
	request, err := c.Store.CertificateRequest(ctx, requestID)
	if err != nil {
		return "", err
	}
	row, err := c.byID(ctx, request.CommunityID)
	if err != nil {
		return "", err
	}
	own, err := c.answered(request, issued)
	if err != nil {
		return "", err
	}
	if err := own.check(row, c.Issuer, false, c.now()); err != nil {
		return "", err
	}
	certificate := idp.CommunityCertificate{ID: idp.NewID(), KeyID: request.KeyID, Chain: DER(own.signer.Chain()), CreatedAt: c.now()}
	record := ownDetail(row, certificate.ID, own)
	record.Request = request.ID
	event, err := c.event(by, "certificate.add", record)
	if err != nil {
		return "", err
	}
	err = c.Store.AcceptCertificate(ctx, request.ID, certificate, event)
	if errors.Is(err, idp.ErrExists) {
		return "", errKeyKnown
	}
	return certificate.ID, err
}

// answered puts the certificate that was issued for a request first, and its key to it.
func (c *Communities) answered(request idp.CertificateRequest, issued []byte) (*Own, error) {
	chain, err := ReadCertificates(issued)
	if err != nil {
		return nil, err
	}
	key, err := OpenKey(c.Sealer, request.SealedKey)
	if err != nil {
		return nil, err
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	mine := slices.IndexFunc(chain, func(certificate *x509.Certificate) bool { return ok && public.Equal(certificate.PublicKey) })
	if mine < 0 {
		return nil, refuse("own_other_key", "none of the certificates is for the key of this request; it may be the answer to another one")
	}
	ordered := append([]*x509.Certificate{chain[mine]}, slices.Delete(slices.Clone(chain), mine, mine+1)...)
	own, err := NewOwn(ordered, key)
	if err != nil {
		return nil, refuse("own_other_key", "%s", err)
	}
	return own, nil
}

// DiscardRequest deletes a request with its key: what is issued for it can not be used any more. idp.ErrNotFound.
func (c *Communities) DiscardRequest(ctx context.Context, id string, by idp.Reading) error {
	request, err := c.Store.CertificateRequest(ctx, id)
	if err != nil {
		return err
	}
	event, err := c.event(by, "certificate.discard", map[string]string{"community": request.CommunityID, "request": id, "key_id": request.KeyID})
	if err != nil {
		return err
	}
	return c.Store.DiscardCertificateRequest(ctx, id, event)
}
