package main

import (
	"context"
	"errors"
	"fmt"

	"udap-idp/internal/discovery"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
)

// communityPolicy is what the operator has decided about the communities, as the rooms ask for it. It is read with the
// certificates, so that it is of the same moment.
type communityPolicy struct{ trust *pki.Trust }

// Settings are those of one community.
func (p communityPolicy) Settings(ctx context.Context, communityID string) (idp.CommunitySettings, error) {
	community, err := p.trust.Community(ctx, communityID)
	if err != nil {
		return idp.CommunitySettings{}, fmt.Errorf("settings: %w", err)
	}
	return settingsOf(community), nil
}

// healthcare reports whether a community is trusted with Digital Identifiers. One that is suspended is trusted with none.
func (p communityPolicy) healthcare(ctx context.Context, communityID string) (bool, error) {
	settings, err := p.Settings(ctx, communityID)
	if errors.Is(err, pki.ErrUnknownCommunity) {
		return false, nil
	}
	return settings.Healthcare, err
}

// compatibility is what the operator allows a client, by its community and by itself.
func (p communityPolicy) compatibility(ctx context.Context, client idp.Client) (idp.Compatibility, error) {
	settings, err := p.Settings(ctx, client.CommunityID)
	return settings.Compatibility.For(client.Settings), err
}

// settingsOf are the settings that trustSource put there; the strictest when there are none.
func settingsOf(c pki.Community) idp.CommunitySettings {
	settings, _ := c.Settings.(idp.CommunitySettings)
	return settings
}

// signing is who signs the metadata for a community, and what it says there.
func signing(c pki.Community, signer *udap.Signer) discovery.Signing {
	settings := settingsOf(c)
	return discovery.Signing{Community: c.URI, Signer: signer, Policy: udap.MetadataPolicy{
		CertificationsSupported: settings.Certifications.Supported,
		CertificationsRequired:  settings.Certifications.Required,
		ListRefreshToken:        settings.Compatibility.ListRefreshToken,
	}}
}

// maxStatus is the size of an answer of a certifier, in bytes: {"valid":true}.
const maxStatus = 4 << 10

// certificationStatus asks certifiers, as guarded as issuers are asked.
func (s *site) certificationStatus() func(ctx context.Context, url string) ([]byte, error) {
	return func(ctx context.Context, url string) ([]byte, error) {
		return s.revocation.issuers.Get(ctx, url, maxStatus)
	}
}
