package udap

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// maxCertificationYears is how long a certification may live (UDAP Security IG §7.4.1).
	maxCertificationYears = 3
	// maxCertifications is how many are looked at in one registration: each may lead to a check of revocation.
	maxCertifications = 10
)

// Certification is what somebody, who may be the client itself, says of a client, signed with the key of the certifier's
// certificate (UDAP Certifications and Endorsements for Client Applications §1; UDAP Security IG §7.4). Until Validate
// accepted it and the chain is trusted, nothing in it is proved.
type Certification struct {
	JWT
	Issuer, Subject  string
	ID               string   // jti; a certification is shown again and again, so it says nothing about replay
	Audience         []string // empty when it is meant for every server
	IssuedAt, Expiry time.Time
	URIs             []string // certification_uris
	Name             string   // certification_name

	claims     claims
	parameters map[string]json.RawMessage // every claim, by name
	readable   problem                    // what is wrong with the types of the claims, said by Validate
}

// ReadCertifications returns the members of certifications in a registration request. Real clients write a list that is
// empty as nothing, null, [] or the string "[]"; a string with something else in it is taken for the one certification it
// is, or for the array that is written into it. The error is *Error with InvalidClientMetadata.
//
// UDAP Certifications and Endorsements §7: an array of certification JWTs.
func ReadCertifications(value json.RawMessage) ([]string, error) {
	const member = "the member certifications "
	const expected = ", expected an array of strings, each a signed JWT"
	if isAbsent(value) {
		return nil, nil
	}
	if text, ok := stringOf(value); ok {
		switch {
		case text == "":
			return nil, nil
		case text[0] != '[':
			return []string{text}, nil
		}
		value = json.RawMessage(text)
		if _, ok := elementsOf(value); !ok {
			return nil, badParameter("%s", member+"is the string "+quote(text)+expected)
		}
	}
	elements, ok := elementsOf(value)
	if !ok {
		return nil, badParameter("%s", member+"is "+kindOf(value)+expected)
	}
	if len(elements) > maxCertifications {
		return nil, badParameter(member+"has %d entries, the limit is %d", len(elements), maxCertifications)
	}
	list := make([]string, len(elements))
	for i, element := range elements {
		if list[i], ok = stringOf(element); !ok {
			return nil, badParameter(member+"has %s at position %d, expected a string with a signed JWT", kindOf(element), i+1)
		}
	}
	return list, nil
}

// ParseCertification reads a certification, whose signature is for Validate: its URIs tell whether it matters at all. The
// error is *Error with InvalidCertification.
func ParseCertification(raw string) (*Certification, error) {
	t, err := ParseJWT(raw)
	if err != nil {
		return nil, certificationError(err)
	}
	object, err := parseObject(t.Payload)
	if err != nil {
		e := refuse(InvalidCertification, "the payload of the certification is not a JSON object with unique names: "+err.Error())
		e.Cause = err
		return nil, e
	}
	c := &Certification{JWT: *t, parameters: object}
	c.URIs, _ = stringsOf(object["certification_uris"])
	c.claims, c.readable = readClaims(object)
	c.Issuer, c.Subject, c.ID = c.claims.issuer, c.claims.subject, c.claims.id
	c.Audience, c.IssuedAt, c.Expiry = c.claims.audience, c.claims.issuedAt, c.claims.expiry
	c.Name, _ = stringOf(object["certification_name"])
	return c, nil
}

func certificationError(err error) *Error {
	e := refuse(InvalidCertification, "the certification cannot be read")
	e.Cause = err
	var malformed *JWTError
	if errors.As(err, &malformed) {
		e.Description = "certification: " + malformed.Reason
	}
	return e
}

// Among returns the URIs of the certification that are among those supported; none means that it is to be ignored (UDAP
// Security IG §3.3).
func (c *Certification) Among(supported []string) []string {
	var uris []string
	for _, uri := range c.URIs {
		if slices.Contains(supported, uri) && !slices.Contains(uris, uri) {
			uris = append(uris, uri)
		}
	}
	return uris
}

// Validate checks the certification against the statement that it came with: its signature, what it says of itself, and
// that the statement asks for nothing it does not allow. The chain is for the caller. The error is *Error with
// InvalidCertification.
//
// UDAP Certifications and Endorsements §6.1, §6.3, §6.5.
func (c *Certification) Validate(s *SoftwareStatement, registrationURL string, now time.Time) error {
	if err := c.VerifySignature(); err != nil {
		return certificationError(err)
	}
	p := firstProblem(
		func() problem { return c.readable },
		func() problem { return issuedBy(c.Chain[0], c.Issuer) },
		func() problem { return c.checkSubject(s.Issuer) },
		func() problem { return c.checkAudience(registrationURL) },
		func() problem { return c.checkWindow(now) },
		c.claims.checkID,
		c.checkTemplate,
		func() problem { return c.checkParameters(s) },
	)
	if p != "" {
		return refuse(InvalidCertification, "certification: "+string(p))
	}
	return nil
}

// checkSubject: UDAP Certifications and Endorsements §6.3: sub MUST be the URI of the client that registers.
func (c *Certification) checkSubject(client string) problem {
	if c.Subject == "" {
		return problem("the claim sub is missing, expected the iss of the software statement, " + quote(client))
	}
	if c.Subject != client {
		return problem("the claim sub is " + quote(c.Subject) + ", expected the iss of the software statement, " + quote(client))
	}
	return ""
}

// checkAudience: UDAP Certifications and Endorsements §6.3: aud, if there is one, MUST contain the registration endpoint.
func (c *Certification) checkAudience(url string) problem {
	if isAbsent(c.parameters["aud"]) {
		return ""
	}
	return c.claims.checkAudience(url)
}

// checkWindow: UDAP Security IG §7.4.1: exp SHALL be no more than 3 years after iat.
func (c *Certification) checkWindow(now time.Time) problem {
	if p := c.claims.checkTimes(); p != "" {
		return p
	}
	if latest := c.IssuedAt.AddDate(maxCertificationYears, 0, 0); c.Expiry.After(latest) {
		return problem(fmt.Sprintf("the claim exp is %s, expected at most %d years after iat, %s",
			c.Expiry.Format(time.RFC3339), maxCertificationYears, latest.Format(time.RFC3339)))
	}
	return c.claims.checkNow(now)
}

// checkTemplate: UDAP Security IG §7.4.1: what a certification SHALL have.
func (c *Certification) checkTemplate() problem {
	if c.Name == "" {
		return problem("the claim certification_name is " + orMissing(c.parameters["certification_name"]) + ", expected the name of the certification")
	}
	if len(c.URIs) == 0 {
		return "the claim certification_uris is missing or not an array of strings, expected the URIs of the certification"
	}
	grants, ok := stringsOf(c.parameters["grant_types"])
	if !ok {
		return problem("the claim grant_types is " + orMissing(c.parameters["grant_types"]) + ", expected an array of strings")
	}
	code, credentials := slices.Contains(grants, authorizationCode), slices.Contains(grants, "client_credentials")
	if code == credentials {
		return problem("the claim grant_types is [" + list(grants) + "], expected authorization_code or client_credentials in it, and not both")
	}
	if value := c.parameters["response_types"]; code && isAbsent(value) {
		return "the claim response_types is missing, expected ['code']"
	}
	// We do not hold a client to a key or to an address, so we cannot keep these limits.
	for _, name := range []string{"jwks", "jwks_uri", "ip_allowed"} {
		if !isAbsent(c.parameters[name]) {
			return problem("the claim " + name + " is a limit that this server cannot keep, expected a certification without it")
		}
	}
	return ""
}

func orMissing(value json.RawMessage) string {
	switch {
	case isAbsent(value):
		return "missing"
	case string(value) == `""`:
		return "empty"
	}
	return kindOf(value)
}
