package provider

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// idToken makes the ID Token (UDAP Tiered OAuth §4.3, OIDC Core §2).
//
// UDAP Security IG §6.2: it conforms to §7.1 as well, so it has x5c in its header (the signer's part), and a jti.
func (p *Provider) idToken(ctx context.Context, signer *udap.Signer, c idp.Client, code idp.Code, accessToken string, at time.Time) (string, error) {
	payload, released, err := p.released(ctx, c, code.PersonID, code.Scopes)
	if err != nil {
		return "", err
	}
	issuedAt := at.Unix()
	payload["aud"] = c.ID // one audience, as a string
	payload["azp"] = c.ID
	payload["iat"] = issuedAt
	payload["exp"] = issuedAt + int64(TokenLifetime/time.Second)
	payload["auth_time"] = code.Authentication.Time.Unix()
	payload["jti"] = idp.NewUUIDv4() // UDAP Security IG §7.1.4: SHALL be unique
	payload["sid"] = code.Authentication.SID
	payload["at_hash"] = accessTokenHash(signer.Algorithm(), accessToken)
	// OIDC Core §2: amr is an array of strings. UDAP Tiered OAuth §4.3: acr and amr are there.
	payload["amr"] = code.Authentication.AMR
	payload["acr"] = released.ACR
	// OIDC Core §3.1.2.1: passed through unmodified, when one was sent.
	if code.Nonce != "" {
		payload["nonce"] = code.Nonce
	}
	signed, err := signer.SignIDToken(payload)
	if err != nil {
		return "", fmt.Errorf("ID Token: %w", err)
	}
	return signed, nil
}

// accessTokenHash is at_hash: the left half of the token's hash, with the hash of the signature's algorithm (OIDC Core
// §3.1.3.6).
func accessTokenHash(algorithm, accessToken string) string {
	if strings.HasSuffix(algorithm, "384") {
		sum := sha512.Sum384([]byte(accessToken))
		return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	}
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
