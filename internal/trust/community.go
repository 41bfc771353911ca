package trust

import (
	"crypto/x509"
	"fmt"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/revocation"
)

// Parse is a stored community with its certificates read, without our own.
func Parse(row idp.Community) (pki.Community, error) {
	anchors, err := ParseDER(row.Anchors)
	if err != nil {
		return pki.Community{}, fmt.Errorf("anchor: %w", err)
	}
	intermediates, err := ParseDER(row.Intermediates)
	if err != nil {
		return pki.Community{}, fmt.Errorf("intermediate: %w", err)
	}
	policy, err := RevocationPolicy(row.Settings.Revocation)
	if err != nil {
		return pki.Community{}, err
	}
	return pki.Community{
		ID: row.ID, URI: row.URI, Name: row.Name, Anchors: anchors, Intermediates: intermediates, Revocation: policy,
	}, nil
}

// ParseDER reads certificates as they are stored.
func ParseDER(ders [][]byte) ([]*x509.Certificate, error) {
	certificates := make([]*x509.Certificate, len(ders))
	for i, der := range ders {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		certificates[i] = certificate
	}
	return certificates, nil
}

// DER is certificates as they are stored.
func DER(certificates []*x509.Certificate) [][]byte {
	ders := make([][]byte, len(certificates))
	for i, certificate := range certificates {
		ders[i] = certificate.Raw
	}
	return ders
}

// RevocationPolicy is how the revocation of a community's certificates is checked.
func RevocationPolicy(s idp.RevocationSettings) (revocation.Policy, error) {
	p := revocation.Policy{Grace: s.Grace, AllowWithoutSource: s.WithoutSource}
	if s.Mode != "" {
		var err error
		if p.Mode, err = revocation.ParseMode(s.Mode); err != nil {
			return revocation.Policy{}, err
		}
	}
	if err := p.Validate(); err != nil {
		return revocation.Policy{}, fmt.Errorf("revocation: %w", err)
	}
	return p, nil
}
