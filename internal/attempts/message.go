package attempts

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// How much is kept, in bytes.
const (
	maxText         = 1000 // of a description, a cause or a detail
	maxIssuer       = 300  // of what a stranger claims to be
	maxProvedIssuer = 2048 // as long as udap lets it be, so that it is found
	maxName         = 200  // of a name or URI in a certificate
	maxURIs         = 5    // of a certificate
	maxChain        = 10   // certificates
	maxChainText    = 16 << 10
)

// finish makes the row of a record. It runs after the answer.
func (r *Record) finish() idp.Attempt {
	if r.message != "" {
		r.row.Issuer, r.chain = readClaimed(r.message)
		r.message = ""
	}
	most := maxIssuer
	if r.row.Proved {
		most = maxProvedIssuer
	}
	r.row.Issuer = text(r.row.Issuer, most)
	r.row.Chain = summaries(r.chain[:min(len(r.chain), maxChain)])
	r.chain = nil
	return r.row
}

// summaries is what is kept of a chain: from the front, as many as there is room for.
func summaries(chain []*x509.Certificate) []idp.AttemptCertificate {
	var kept []idp.AttemptCertificate
	room := maxChainText
	for _, certificate := range chain {
		s := summary(certificate)
		encoded, err := json.Marshal(s) // as it is stored: some characters take six
		if err != nil || len(encoded) > room {
			break
		}
		room -= len(encoded)
		kept = append(kept, s)
	}
	return kept
}

// readClaimed reads what a message says that may be no good one at all: its iss, and the certificates that can be read.
// Nothing is decided by it.
func readClaimed(raw string) (issuer string, chain []*x509.Certificate) {
	if len(raw) > udap.MaxJWT {
		return "", nil
	}
	parts := strings.SplitN(raw, ".", 4)
	if len(parts) < 2 {
		return "", nil
	}
	var payload struct {
		Issuer any `json:"iss"`
	}
	if json.Unmarshal(part(parts[1]), &payload) == nil {
		issuer, _ = payload.Issuer.(string)
	}
	var header struct {
		X5C []any `json:"x5c"`
	}
	_ = json.Unmarshal(part(parts[0]), &header) // one that cannot be read has none
	for _, entry := range header.X5C[:min(len(header.X5C), maxChain)] {
		encoded, _ := entry.(string)
		der, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		if certificate, err := x509.ParseCertificate(der); err == nil {
			chain = append(chain, certificate)
		}
	}
	return issuer, chain
}

// part decodes a part of a compact JWT, with padding or without.
func part(encoded string) []byte {
	decoded, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	return decoded
}

// summary is what is kept of a certificate.
func summary(c *x509.Certificate) idp.AttemptCertificate {
	sum := sha256.Sum256(c.Raw)
	kept := idp.AttemptCertificate{
		Subject: text(c.Subject.String(), maxName), Issuer: text(c.Issuer.String(), maxName),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), SHA256: strings.ToUpper(hex.EncodeToString(sum[:])),
	}
	uris, _ := udap.URISANs(c) // one that cannot be read names none
	for _, uri := range uris[:min(len(uris), maxURIs)] {
		kept.URIs = append(kept.URIs, text(uri, maxName))
	}
	return kept
}

// jwt is what looks like a JWT, whole or without its signature: every header begins with {".
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)+`)

// text makes a text of others fit to be kept: without what could be used as a credential, and cut short.
func text(s string, most int) string {
	if strings.Contains(s, "eyJ") {
		s = jwt.ReplaceAllString(s, "(a JWT)")
	}
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= most {
		return s
	}
	cut := most - len("...")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

// maxLogged is how much of a claimed value is logged, in bytes.
const maxLogged = 200

// Loggable cuts a claimed value short and leaves printable ASCII of it.
func Loggable(s string) string {
	if len(s) > maxLogged {
		s = s[:maxLogged]
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, s)
}
