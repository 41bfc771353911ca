package dataholder

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"udap-idp/internal/udap"
)

// clockSkew is how far another clock may differ from ours.
const clockSkew = udap.ClockSkew

// Scopes that a hospital asks for, when the identity provider has them. openid and udap must be there.
//
// UDAP Security IG §6: the scope SHALL contain openid and udap.
var wantedScopes = []string{"openid", "udap", "profile", "email", "phone", "address", "hl7_identifier"}

// ClientConfig is who the relying party is and whom it trusts.
type ClientConfig struct {
	// URI is the iss of the software statements; it must be a URI SAN of the signer's certificate.
	URI         string
	Name        string   // client_name
	RedirectURI string   // where the identity provider sends the browser back to
	LogoURI     string   // PNG, JPEG or GIF
	Contacts    []string // mailto: URIs, at least one
	Signer      *udap.Signer

	Anchors       []*x509.Certificate // those we trust
	Intermediates []*x509.Certificate // candidates for path building, besides those that are sent
	Community     string              // URI for the community parameter of discovery, "" to leave it out

	// HTTPClient is what requests go through; nil for one that connects to public addresses only, and to loopback
	// addresses when RedirectURI is on one. Its time limit and redirect policy are replaced by ours.
	HTTPClient *http.Client
	Now        func() time.Time // nil for time.Now
}

// Client is the relying party's side of UDAP Tiered OAuth, without pages. It is safe for use by many goroutines.
type Client struct {
	ClientConfig
	http *http.Client

	mu            sync.Mutex
	registrations map[string]Registration // by the identity provider's base URL
}

// NewClient checks the configuration.
func NewClient(config ClientConfig) (*Client, error) {
	if config.Signer == nil {
		return nil, errors.New("a relying party needs a certificate and its key")
	}
	// UDAP Security IG §3.1: iss SHALL be a URI of the certificate's Subject Alternative Name.
	if !udap.HasURISAN(config.Signer.Chain()[0], config.URI) {
		return nil, fmt.Errorf("the certificate does not name %s", config.URI)
	}
	if len(config.Anchors) == 0 {
		return nil, errors.New("a relying party needs a trust anchor")
	}
	if len(config.Contacts) == 0 || config.Name == "" || config.LogoURI == "" {
		return nil, errors.New("a software statement needs a client name, a logo and a contact")
	}
	if !isUsable(config.RedirectURI) {
		return nil, fmt.Errorf("the redirect URI %s is neither https nor http on a loopback host", config.RedirectURI)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	client := config.HTTPClient
	if client == nil {
		redirect, err := url.Parse(config.RedirectURI)
		if err != nil {
			return nil, fmt.Errorf("redirect URI: %w", err)
		}
		client = newHTTPClient(isLoopback(redirect.Hostname()))
	}
	return &Client{ClientConfig: config, http: hardened(client), registrations: map[string]Registration{}}, nil
}

// Registrations are those of this process, by the base URL of the identity provider.
func (c *Client) Registrations() map[string]Registration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.registrations)
}

// Scopes are the wanted ones that are supported, in our order.
func (c *Client) scopes(supported []string) []string {
	var scopes []string
	for _, scope := range wantedScopes {
		if slices.Contains(supported, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}
