package trust

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"udap-idp/internal/idp"
)

// Limits of what an operator types.
const (
	MaxName = 200 // bytes of a community's name
	maxURI  = 2000
	// DefaultGrace and MaxGrace are how long a revocation list may count after its end.
	DefaultGrace = 24 * time.Hour
	MaxGrace     = 30 * 24 * time.Hour
)

// CheckURI refuses what cannot name a community or a certification.
func CheckURI(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || !u.IsAbs() || len(uri) > maxURI || !printable(uri) || strings.ContainsAny(uri, " \t") {
		return refuse("uri", "%q is not an absolute URI such as https://example.org/community", uri)
	}
	return nil
}

// CheckName refuses what nobody could read.
func CheckName(name string) error {
	if strings.TrimSpace(name) == "" || len(name) > MaxName || !printable(name) {
		return refuse("name", "must be a name of at most %d characters", MaxName)
	}
	return nil
}

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
	})
}

// CheckSettings refuses what cannot be decided about a community. Errors are *Refusal.
func CheckSettings(s idp.CommunitySettings) error {
	policy, err := RevocationPolicy(s.Revocation)
	if err != nil || policy.Grace > MaxGrace {
		return refuse("revocation", "the revocation settings cannot be used: a mode among hard-fail, soft-fail and no-check, and with soft-fail a grace of at most %s", MaxGrace)
	}
	c := s.Certifications
	for _, uri := range slices.Concat(c.Supported, c.Required) {
		if err := CheckURI(uri); err != nil {
			return refuse("certification", "%q is not an absolute URI such as https://example.org/certification", uri)
		}
	}
	for _, uri := range c.Required {
		if !slices.Contains(c.Supported, uri) {
			return refuse("required", "%s is required and not among the certifications that clients may show", uri)
		}
	}
	certifiers, err := ParseDER(c.Anchors)
	if err != nil {
		return refuse("unreadable", "the certificate of a certifier cannot be read")
	}
	for _, certifier := range certifiers {
		if err := checkAuthority(certifier); err != nil {
			return err
		}
	}
	return nil
}
