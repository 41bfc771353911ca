package trust

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
)

// Own is a certificate of ours with its private key.
type Own struct {
	signer *udap.Signer
	key    crypto.Signer
}

// NewOwn puts a certificate of ours, with its chain, ours first, and its key together. The error is for an operator.
func NewOwn(chain []*x509.Certificate, key crypto.Signer) (*Own, error) {
	signer, err := udap.NewSigner(chain, key)
	if err != nil {
		return nil, err
	}
	return &Own{signer: signer, key: key}, nil
}

// Leaf is the certificate itself.
func (o *Own) Leaf() *x509.Certificate { return o.signer.Chain()[0] }

// CheckIn refuses a certificate that data holders would not accept what it signs with at a time. Errors are *Refusal.
func (o *Own) CheckIn(c pki.Community, issuer string, at time.Time) error {
	err := pki.CheckOwn(c, o.signer, issuer, at)
	if err == nil {
		return nil
	}
	leaf := o.Leaf()
	code := "own_path"
	switch {
	case at.After(leaf.NotAfter):
		code = "own_expired"
	case leaf.IsCA:
		code = "own_authority"
	case !udap.HasURISAN(leaf, issuer) && !udap.HasURISAN(leaf, issuer+"/"):
		code = "own_san"
	}
	return refuse(code, "%s", err)
}

// The refusals of a certificate that begins in the future.
const (
	CodeEarlyActive = "own_early_active" // it cannot sign yet
	CodeEarlyOnly   = "own_early_only"   // there is no other one to sign until then
	CodeKeyKnown    = "own_key"          // we hold one with its key already
)

// check refuses what data holders would refuse. The next certificate may begin in the future: it is looked at on its first day.
func (o *Own) check(row idp.Community, issuer string, activate bool, now time.Time) error {
	for _, other := range row.Certificates {
		if other.KeyID == o.signer.KeyID() {
			return errKeyKnown
		}
	}
	community, err := Parse(row)
	if err != nil {
		return fmt.Errorf("trust community %s: %w", row.URI, err)
	}
	begins := o.Leaf().NotBefore
	if !begins.After(now) {
		return o.CheckIn(community, issuer, now)
	}
	if activate {
		return refuse(CodeEarlyActive, "it is not valid before %s; it is the next one, and takes over by itself when the active one ends", begins.UTC().Format(time.RFC3339))
	}
	if len(row.Certificates) == 0 {
		return refuse(CodeEarlyOnly, "it is not valid before %s, and there is no other one to sign with until then", begins.UTC().Format(time.RFC3339))
	}
	return o.CheckIn(community, issuer, begins)
}

var errKeyKnown = &Refusal{Code: CodeKeyKnown, Text: "we hold a certificate with this key in the community already; ask for the new certificate with a new key"}

// seal makes a row of it, without the chance to read the key out of the database alone.
func (c *Communities) seal(o *Own) (idp.CommunityCertificate, error) {
	sealed, err := c.sealKey(o.key)
	if err != nil {
		return idp.CommunityCertificate{}, err
	}
	return idp.CommunityCertificate{ID: idp.NewID(), KeyID: o.signer.KeyID(), Chain: DER(o.signer.Chain()), SealedKey: sealed, CreatedAt: c.now()}, nil
}

func (c *Communities) sealKey(key crypto.Signer) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	defer clear(plain)
	sealed, err := c.Sealer.Seal(plain, KeyPurpose)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	return sealed, nil
}

// OpenKey unseals a private key.
func OpenKey(s Sealer, sealed []byte) (crypto.Signer, error) {
	plain, err := s.Unseal(sealed, KeyPurpose)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	defer clear(plain)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, errors.New("the stored private key is damaged")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the stored private key cannot sign")
	}
	return signer, nil
}

// ownRecord is what is recorded of a certificate of ours.
type ownRecord struct {
	Community   string    `json:"community"` // URI
	Certificate string    `json:"certificate"`
	Subject     string    `json:"subject"`
	SHA256      string    `json:"sha256"`
	NotAfter    time.Time `json:"not_after"`
	Request     string    `json:"request,omitempty"`
}

func ownDetail(row idp.Community, id string, o *Own) ownRecord {
	return leafRecord(row, id, o.Leaf())
}

func leafRecord(row idp.Community, id string, leaf *x509.Certificate) ownRecord {
	return ownRecord{Community: row.URI, Certificate: id, Subject: leaf.Subject.String(), SHA256: Fingerprint(leaf.Raw), NotAfter: leaf.NotAfter.UTC()}
}

// AddCertificate takes a certificate of ours: the next one, or with activate the one that signs from now on. It returns its id. Errors
// of what was asked for are *Refusal.
func (c *Communities) AddCertificate(ctx context.Context, row idp.Community, own *Own, activate bool, by idp.Reading) (string, error) {
	if err := own.check(row, c.Issuer, activate, c.now()); err != nil {
		return "", err
	}
	certificate, err := c.seal(own)
	if err != nil {
		return "", err
	}
	event, err := c.event(by, "certificate.add", ownDetail(row, certificate.ID, own))
	if err != nil {
		return "", err
	}
	err = c.Store.AddCertificate(ctx, row.ID, certificate, event)
	if errors.Is(err, idp.ErrExists) {
		return "", errKeyKnown
	}
	if err != nil || !activate {
		return certificate.ID, err
	}
	// Who asks for it knows that some data holders have yet to fetch the key.
	_, err = c.keys().ChangeOver(ctx, certificate.ID, true, by)
	if err = fromKeys(err); isRefusal(err, CodeSigns) {
		return certificate.ID, nil // the first of a community signs anyway
	}
	return certificate.ID, err
}

// CertificateByID finds a certificate of ours. idp.ErrNotFound.
func (c *Communities) CertificateByID(ctx context.Context, id string) (idp.Community, *x509.Certificate, error) {
	all, err := c.Store.Communities(ctx)
	if err != nil {
		return idp.Community{}, nil, err
	}
	for _, row := range all {
		for _, own := range row.Certificates {
			if own.ID != id {
				continue
			}
			chain, err := ParseDER(own.Chain)
			if err != nil || len(chain) == 0 {
				return row, nil, fmt.Errorf("trust community %s: our certificate %s is damaged", row.URI, own.ID)
			}
			return row, chain[0], nil
		}
	}
	return idp.Community{}, nil, fmt.Errorf("certificate of ours: %w", idp.ErrNotFound)
}

// ActivateCertificate lets a certificate sign from now on; the key of the one before stays in the key set (package keys). Errors are
// *Refusal or idp.ErrNotFound.
func (c *Communities) ActivateCertificate(ctx context.Context, id string, by idp.Reading) error {
	_, err := c.keys().ChangeOver(ctx, id, false, by)
	return fromKeys(err)
}

// CodeSigns refuses to let sign, or to remove, what signs.
const CodeSigns = "key_signs"

// RemoveCertificate deletes a certificate with its key, unless it signs and there is another. Errors are *Refusal or idp.ErrNotFound.
func (c *Communities) RemoveCertificate(ctx context.Context, id string, by idp.Reading) error {
	_, err := c.keys().Remove(ctx, id, by)
	return fromKeys(err)
}

func (c *Communities) keys() *keys.Keys { return &keys.Keys{Store: c.Store, Now: c.Now} }

// isRefusal reports whether an error is a refusal with that code.
func isRefusal(err error, code string) bool {
	var refused *Refusal
	return errors.As(err, &refused) && refused.Code == code
}

// fromKeys is what was refused about a key, as refusals are here.
func fromKeys(err error) error {
	var refused *keys.Refusal
	if errors.As(err, &refused) {
		return refuse(refused.Code, "%s", refused.Error())
	}
	return stale(err)
}

// States tells how our certificates in a community stand now, by the key id of each: active, next, retiring or expired.
func (c *Communities) States(row idp.Community) map[string]string {
	leaves := make([]*x509.Certificate, len(row.Certificates))
	for i, own := range row.Certificates {
		chain, err := ParseDER(own.Chain)
		if err != nil || len(chain) == 0 {
			return nil // damaged: nothing can be said of any
		}
		leaves[i] = chain[0]
	}
	states := map[string]string{}
	for i, state := range pki.States(leaves, c.now()) {
		states[row.Certificates[i].KeyID] = string(state)
	}
	return states
}
