package udap

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"slices"
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
		e := refuse(InvalidSoftwareStatement, "the payload of the software statement is not a JSON object with unique names: "+err.Error())
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
		func() problem { return issuedBy(s.Chain[0], s.Issuer) },
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

// issuedBy: UDAP Security IG §3.1, §7.4.1: iss SHALL be a uniformResourceIdentifier of the SAN of the certificate x5c[0].
func issuedBy(leaf *x509.Certificate, issuer string) problem {
	uris, err := URISANs(leaf)
	if err != nil {
		return "the Subject Alternative Name of the certificate x5c[0] cannot be read, expected the iss as a URI in it"
	}
	if len(uris) == 0 && issuer != "" {
		return problem("the claim iss is " + quote(issuer) + ", but the certificate x5c[0] has no URI in its Subject Alternative Name")
	}
	came := quote(issuer)
	if issuer == "" {
		came = "missing"
	} else if slices.Contains(uris, issuer) {
		return ""
	}
	return problem("the claim iss is " + came + ", expected a URI of the Subject Alternative Name of the certificate x5c[0]" + named(uris))
}

// named lists what there is to choose from.
func named(uris []string) string {
	if len(uris) == 0 {
		return ""
	}
	return ": " + list(uris)
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
