package udap

import (
	"errors"
	"time"
)

// AssertionType is the client_assertion_type of a client assertion (UDAP JWT Client Authentication §5, RFC 7523 §2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// ClientAssertion is how a client authenticates at the token endpoint: a JWT signed with the key of its certificate (UDAP
// Security IG §4.2.1, UDAP JWT Client Authentication §4). Claims it may carry besides those named here are ignored.
type ClientAssertion struct {
	JWT
	Issuer, Subject  string
	ID               string // jti
	Audience         []string
	IssuedAt, Expiry time.Time // UTC; zero when the claim is missing

	claims claims
}

// ParseClientAssertion reads a client assertion and verifies its signature with the key of its first certificate. Errors
// are *Error: InvalidRequest for a wrong signature (UDAP JWT Client Authentication §7.2), InvalidClient for the rest.
func ParseClientAssertion(raw string) (*ClientAssertion, error) {
	t, err := ParseJWT(raw)
	if err != nil {
		return nil, assertionError(err)
	}
	if err := t.VerifySignature(); err != nil {
		return nil, assertionError(err)
	}
	object, err := parseObject(t.Payload)
	if err != nil {
		e := refuse(InvalidClient, "the payload of the client assertion is not a JSON object with unique names: "+err.Error())
		e.Cause = err
		return nil, e
	}
	c, p := readClaims(object)
	if p != "" {
		return nil, refuse(InvalidClient, "client assertion: "+string(p))
	}
	return &ClientAssertion{
		JWT:    *t,
		Issuer: c.issuer, Subject: c.subject, ID: c.id,
		Audience: c.audience, IssuedAt: c.issuedAt, Expiry: c.expiry,
		claims: c,
	}, nil
}

func assertionError(err error) *Error {
	e := refuse(InvalidClient, "the client assertion cannot be read")
	e.Cause = err
	var malformed *JWTError
	if errors.As(err, &malformed) {
		e.Description = "client assertion: " + malformed.Reason
		if malformed.Signature {
			e.Code = InvalidRequest
		}
	}
	return e
}

// Validate checks what the assertion says of itself: iss and sub the same, aud with tokenURL in it, iat and exp, jti. That
// iss is a client, and that Chain[0] names the URI it registered with in the community it registered from, is for the
// caller. Errors are *Error with InvalidClient.
func (a *ClientAssertion) Validate(tokenURL string, now time.Time) error {
	p := firstProblem(
		a.claims.checkSubject,
		func() problem { return a.claims.checkAudience(tokenURL) },
		func() problem { return a.claims.checkWindow(now) },
		a.claims.checkID,
	)
	if p != "" {
		return refuse(InvalidClient, "client assertion: "+string(p))
	}
	return nil
}

// ReplayUntil is how long the assertion's jti must be remembered: to its exp (UDAP Security IG §7.1.4).
func (a *ClientAssertion) ReplayUntil() time.Time { return a.Expiry }
