package udap

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// SoftwareStatement is what a client says of itself when it registers, signed with the key of its certificate (UDAP
// Security IG §3.1).
type SoftwareStatement struct {
	JWT
	Issuer, Subject  string
	ID               string // jti
	Audience         []string
	IssuedAt, Expiry time.Time // UTC; zero when the claim is missing

	claims     claims
	parameters map[string]json.RawMessage // every claim, by name
}

// ParseSoftwareStatement reads a software statement and verifies its signature with the key of its first certificate.
// Errors are *Error with InvalidSoftwareStatement.
func ParseSoftwareStatement(raw string) (*SoftwareStatement, error) {
	t, err := ParseJWT(raw)
	if err != nil {
		return nil, statementError(err)
	}
	if err := t.VerifySignature(); err != nil {
		return nil, statementError(err)
	}
	object, err := parseObject(t.Payload)
	if err != nil {
		e := refuse(InvalidSoftwareStatement, "the payload of the software statement is not a JSON object with unique names")
		e.Cause = err
		return nil, e
	}
	c, p := readClaims(object)
	if p != "" {
		return nil, refuse(InvalidSoftwareStatement, string(p))
	}
	return &SoftwareStatement{
		JWT:    *t,
		Issuer: c.issuer, Subject: c.subject, ID: c.id,
		Audience: c.audience, IssuedAt: c.issuedAt, Expiry: c.expiry,
		claims: c, parameters: object,
	}, nil
}

func statementError(err error) *Error {
	e := refuse(InvalidSoftwareStatement, "the software statement cannot be read")
	e.Cause = err
	var malformed *JWTError
	if errors.As(err, &malformed) {
		e.Description = "software statement: " + malformed.Reason
	}
	return e
}

// Validate checks what the statement says of itself, in the order iss, sub, aud, iat and exp, jti. registrationURL is the
// registration endpoint as it is published. Errors are *Error with InvalidSoftwareStatement.
func (s *SoftwareStatement) Validate(registrationURL string, now time.Time) error {
	p := firstProblem(
		s.checkIssuer,
		s.claims.checkSubject,
		func() problem { return s.claims.checkAudience(registrationURL) },
		func() problem { return s.claims.checkWindow(now) },
		s.claims.checkID,
	)
	if p != "" {
		return refuse(InvalidSoftwareStatement, string(p))
	}
	return nil
}

// checkIssuer: UDAP Security IG §3.1: iss SHALL be a uniformResourceIdentifier of the SAN of the certificate x5c[0].
func (s *SoftwareStatement) checkIssuer() problem {
	if s.Issuer == "" {
		return "the claim iss is missing"
	}
	uris, err := URISANs(s.Chain[0])
	if err != nil {
		return "the Subject Alternative Name of the certificate x5c[0] cannot be read"
	}
	if len(uris) == 0 {
		return problem("the claim iss is " + quote(s.Issuer) + ", but the certificate x5c[0] has no URI in its Subject Alternative Name")
	}
	for _, uri := range uris {
		if uri == s.Issuer {
			return ""
		}
	}
	return problem("the claim iss is " + quote(s.Issuer) + ", expected a URI of the Subject Alternative Name of the certificate x5c[0]: " + list(uris))
}

// list quotes the first few.
func list(values []string) string {
	const most = 3
	quoted := make([]string, 0, most)
	for _, value := range values[:min(most, len(values))] {
		quoted = append(quoted, quote(value))
	}
	return strings.Join(quoted, ", ") + others(max(0, len(values)-most))
}

// ReplayUntil is how long the statement's jti must be remembered: to its exp, after which it is refused for its age.
//
// UDAP Security IG §7.1.4: the same jti SHALL be allowed again after the JWT has expired.
func (s *SoftwareStatement) ReplayUntil() time.Time { return s.Expiry }
