package provider

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// idToken makes the ID Token (UDAP Tiered OAuth §4.3, OIDC Core §2).
//
// It says what of it is recorded besides.
//
// UDAP Security IG §6.2: it conforms to §7.1 as well, so it has x5c in its header (the signer's part), and a jti.
func (p *Provider) idToken(ctx context.Context, signer *udap.Signer, c idp.Client, code idp.Code, accessToken string, at time.Time) (string, idp.Release, *udap.Error) {
	released, subject, err := p.release(ctx, c, grant{
		personID: code.PersonID, scopes: code.Scopes, claims: code.Claims, agreed: code.Agreed, authentication: &code.Authentication, at: at,
		reading: idp.Reading{Actor: "client:" + c.ID, Purpose: "release", ClientID: c.ID},
	})
	if err != nil {
		return "", idp.Release{}, internal(err)
	}
	// What held when the person agreed need not hold now: the sign-in grew old, or the proofing ended.
	if released.Refusal != nil {
		return "", idp.Release{}, refuse(udap.InvalidGrant, released.Refusal.Description)
	}
	payload := p.idTokenPayload(c, released, subject, code, at)
	payload["at_hash"] = accessTokenHash(signer.Algorithm(), accessToken)
	signed, err := signer.SignIDToken(payload)
	if err != nil {
		return "", idp.Release{}, internal(fmt.Errorf("ID Token: %w", err))
	}
	return signed, idp.Release{ID: idp.NewID(), Claims: claims.Told(released.IDToken), Level: released.Level}, nil
}

// idTokenPayload is everything but at_hash, which is of the access token.
func (p *Provider) idTokenPayload(c idp.Client, released claims.Released, subject string, code idp.Code, at time.Time) map[string]any {
	payload := asMap(released.IDToken)
	issuedAt := at.Unix()
	payload["iss"] = p.Endpoints.Issuer
	payload["sub"] = subject
	payload["aud"] = audience(c) // one audience, as a string
	payload["azp"] = c.ID
	payload["iat"] = issuedAt
	payload["exp"] = issuedAt + int64(TokenLifetime/time.Second)
	payload["auth_time"] = code.Authentication.Time.Unix()
	payload["jti"] = idp.NewUUIDv4() // UDAP Security IG §7.1.4: SHALL be unique
	payload["sid"] = code.Authentication.SID
	// OIDC Core §2: amr is an array of strings. UDAP Tiered OAuth §4.3: acr and amr are there.
	payload["amr"] = released.AMR
	payload["acr"] = released.ACR
	// NIST SP 800-63C: an assertion says the three levels.
	payload["fal"] = federationLevel(code)
	if released.AAL != "" {
		payload["aal"] = released.AAL
	}
	putAssurance(payload, released)
	// OIDC Core §3.1.2.1: passed through unmodified, when one was sent.
	if code.Nonce != "" {
		payload["nonce"] = code.Nonce
	}
	return payload
}

// putAssurance adds what holds whoever signed in, and however. Of an identity that nobody verified it says nothing.
func putAssurance(payload map[string]any, released claims.Released) {
	if released.IAL == "" {
		return
	}
	payload["ial"] = released.IAL
	payload["identity_assurance_level"] = released.Number
}

// audience is whom the ID Token is for: the client, under the name that its network knows it by.
func audience(c idp.Client) string {
	if c.Settings.Audience != "" {
		return c.Settings.Audience
	}
	return c.ID
}

// federationLevel: NIST SP 800-63C: level 2 has protection against injected assertions, which is what PKCE and nonce are.
func federationLevel(code idp.Code) string {
	if code.CodeChallenge != "" || code.Nonce != "" {
		return "2"
	}
	return "1"
}

func asMap(list []claims.Claim) map[string]any {
	out := make(map[string]any, len(list)+20)
	for _, claim := range list {
		out[claim.Name] = claim.Value
	}
	return out
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
