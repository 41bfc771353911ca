package dataholder

import (
	"context"
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"udap-idp/internal/udap"
)

// maxSubject is the length of the longest sub (OpenID Connect Core §2: 255 ASCII characters).
const maxSubject = 255

// IDToken is an ID Token of which everything was verified.
type IDToken struct {
	Header  json.RawMessage
	Claims  json.RawMessage
	Issuer  string
	Subject string

	claims object
}

// VerifyIDToken verifies the ID Token of a sign-in: OpenID Connect Core §3.1.3.7, UDAP Tiered OAuth §4.3 and UDAP Security
// IG §7.1. Errors are *Problem.
func (c *Client) VerifyIDToken(ctx context.Context, p *Pending, tokens *Tokens) (*IDToken, error) {
	step := p.Story.begin(StepIDToken)
	jwt, claims, err := c.readJWT(step, tokens.IDToken, "the ID Token")
	if err != nil {
		return nil, err
	}
	header := headerOf(tokens.IDToken)
	step.document("Header", header)
	step.document("Claims", jwt.Payload)
	if err := c.verifyByJWKS(ctx, step, p.OpenID.JWKSURI, jwt); err != nil {
		return nil, err
	}
	if err := c.verifyChain(ctx, step, jwt.Chain); err != nil {
		return nil, err
	}
	if err := c.checkIDToken(step, p, jwt, claims); err != nil {
		return nil, err
	}
	if err := checkAccessTokenHash(step, jwt.Algorithm, claims, tokens.AccessToken); err != nil {
		return nil, err
	}
	step.Done = true
	return &IDToken{Header: header, Claims: rawJSON(jwt.Payload), Issuer: claims.text("iss"), Subject: claims.text("sub"), claims: claims}, nil
}

// headerOf is the header as JSON. It was readable when the JWT was parsed.
func headerOf(raw string) json.RawMessage {
	encoded, _, _ := strings.Cut(raw, ".")
	data, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil
	}
	return rawJSON(data)
}

// verifyByJWKS verifies the signature a second time, as OpenID Connect has it: with the key that the provider publishes
// under the token's kid. That key and the one of the certificate must be one key.
func (c *Client) verifyByJWKS(ctx context.Context, step *Step, address string, jwt *udap.JWT) error {
	keys, err := c.fetchKeys(ctx, step, address)
	if err != nil {
		return err
	}
	// More than one key under a kid would let the sender choose.
	found := keys.Key(jwt.KeyID)
	if err := step.verify(rule{
		reason: ReasonKeyID, ok: jwt.KeyID != "" && len(found) == 1 && found[0].Use != "enc",
		source: "OpenID Connect Core §10.1",
		what:   "the JWKS has one signing key with the token's kid", found: fmt.Sprintf("the kid is %s and %d keys have it", quoted(jwt.KeyID), len(found)),
	}); err != nil {
		return err
	}
	public, ok := jwt.Chain[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if err := step.verify(rule{
		reason: ReasonKeyMismatch, ok: ok && public.Equal(found[0].Key), source: "UDAP Security IG §6.2, §7.1.3",
		what: "that key is the key of the certificate in x5c", found: "they are two keys",
	}); err != nil {
		return err
	}
	err = verifyWith(jwt, found[0])
	return step.verify(rule{
		reason: ReasonKeySignature, ok: err == nil, source: "OpenID Connect Core §3.1.3.7 (6)",
		what: "the signature verifies with the key of the JWKS too", found: "it does not",
	})
}

func verifyWith(jwt *udap.JWT, key jose.JSONWebKey) error {
	signed, err := jose.ParseSignedCompact(jwt.Raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(jwt.Algorithm)})
	if err != nil {
		return err
	}
	_, err = signed.Verify(key)
	return err
}

func (c *Client) fetchKeys(ctx context.Context, step *Step, address string) (*jose.JSONWebKeySet, error) {
	answer, err := c.get(ctx, step, address, "application/jwk-set+json, application/json")
	if err != nil {
		return nil, err
	}
	if err := answer.expect(step, "OpenID Connect Discovery §3", http.StatusOK); err != nil {
		return nil, err
	}
	var keys jose.JSONWebKeySet
	err = json.Unmarshal(answer.body, &keys)
	if err := step.verify(rule{
		reason: ReasonKeys, ok: err == nil && len(keys.Keys) > 0, source: "RFC 7517 §5",
		what: "the JWKS has keys", found: "none can be read from it",
	}); err != nil {
		return nil, err
	}
	return &keys, nil
}

func (c *Client) checkIDToken(step *Step, p *Pending, jwt *udap.JWT, claims object) error {
	now := c.Now()
	iss, sub, clientID := claims.text("iss"), claims.text("sub"), p.Registration.ClientID
	audience, iat, exp := claims.textOrList("aud"), claims.seconds("iat"), claims.seconds("exp")
	leaf := jwt.Chain[0]
	if err := step.verify(
		rule{
			reason: ReasonIssuer, ok: iss == p.OpenID.Issuer, source: "OpenID Connect Core §3.1.3.7 (2), UDAP Tiered OAuth §4.3",
			what: "iss is " + p.OpenID.Issuer, found: "it is " + quoted(iss),
		},
		rule{
			// The certificate may name the issuer in its other spelling, as in discovery.
			reason: ReasonIssuerSAN, ok: udap.HasURISAN(leaf, iss) || udap.HasURISAN(leaf, iss+"/"), source: "UDAP Security IG §7.1",
			what: "the certificate names the issuer", found: "it does not",
		},
		rule{
			// OpenID Connect Core §3.1.3.7 (3): other audiences that are not trusted are a reason to refuse.
			reason: ReasonAudience, ok: len(audience) == 1 && audience[0] == clientID, source: "OpenID Connect Core §3.1.3.7 (3)",
			what: "aud is our client_id and no other", found: "it is " + quotedList(audience),
		},
		rule{
			reason: ReasonAuthorizedParty, ok: !claims.has("azp") || claims.text("azp") == clientID, source: "OpenID Connect Core §3.1.3.7 (5)",
			what: "azp, if it is there, is our client_id", found: "it is " + quoted(claims.text("azp")),
		},
		rule{
			reason: ReasonExpired, ok: !exp.IsZero() && now.Before(exp), source: "OpenID Connect Core §3.1.3.7 (9)",
			what: "exp is still to come", found: missing(exp, "exp"),
		},
		rule{
			// OpenID Connect Core §3.1.3.7 (10): issued for this sign-in, not long before it.
			reason: ReasonIssuedAt, source: "OpenID Connect Core §3.1.3.7 (10)",
			ok:   !iat.IsZero() && !iat.After(now.Add(clockSkew)) && !iat.Before(p.StartedAt.Add(-clockSkew)),
			what: "iat is between the beginning of this sign-in and now", found: missing(iat, "iat"),
		},
		rule{
			reason: ReasonNonce, source: "OpenID Connect Core §3.1.3.7 (11)",
			ok:   subtle.ConstantTimeCompare([]byte(claims.text("nonce")), []byte(p.nonce)) == 1,
			what: "nonce is the one of this sign-in", found: "it is missing or another one",
		},
		rule{
			reason: ReasonSubjectMissing, ok: sub != "" && len(sub) <= maxSubject, source: "OpenID Connect Core §2",
			what: "sub is there", found: "it is missing or too long",
		},
		rule{
			reason: ReasonID, ok: claims.text("jti") != "", source: "UDAP Security IG §7.1.4",
			what: "jti is there", found: "it is missing",
		},
		rule{
			reason: ReasonACR, ok: claims.text("acr") != "", source: "UDAP Tiered OAuth §4.3",
			what: "acr says how well the identity was verified", found: "it is missing or not a string",
		},
	); err != nil {
		return err
	}
	step.note(rule{
		ok: len(claims.list("amr")) > 0, source: "UDAP Tiered OAuth §4.3, OpenID Connect Core §2",
		what: "amr lists how the person was authenticated", found: "it is missing or not a list",
	})
	step.fact("Good until", moment(exp))
	step.fact("Identity verified at", claims.text("acr"))
	step.fact("Authenticated by", strings.Join(claims.list("amr"), " "))
	return nil
}

// checkAccessTokenHash: OpenID Connect Core §3.1.3.8: the left half of the hash of the access token, with the hash of alg.
// at_hash is optional in this flow.
func checkAccessTokenHash(step *Step, algorithm string, claims object, accessToken string) error {
	if !claims.has("at_hash") {
		step.note(rule{
			source: "OpenID Connect Core §3.1.3.6", what: "at_hash binds the access token to the ID Token",
			found: "it is left out, which this flow allows",
		})
		return nil
	}
	hash := crypto.SHA256
	if slices.Contains([]string{"RS384", "ES384"}, algorithm) {
		hash = crypto.SHA384
	}
	h := hash.New()
	h.Write([]byte(accessToken))
	sum := h.Sum(nil)
	want := base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
	return step.verify(rule{
		reason: ReasonAccessTokenHash, ok: subtle.ConstantTimeCompare([]byte(claims.text("at_hash")), []byte(want)) == 1,
		source: "OpenID Connect Core §3.1.3.8",
		what:   "at_hash is the hash of the access token that came with it", found: "it is another one",
	})
}
