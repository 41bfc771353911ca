package udap

import (
	"bytes"
	"net/url"
	"strconv"
)

// StatusURL is where the certifier says whether the certification still stands, "" when it names no such place. The error is
// *Error with InvalidCertification.
//
// UDAP Certifications and Endorsements §8: the endpoint MUST be TLS protected; jti and exp go in the query.
func (c *Certification) StatusURL() (string, error) {
	value := c.parameters["certification_status_endpoint"]
	if isAbsent(value) {
		return "", nil
	}
	text, _ := stringOf(value)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || len(text) > maxURI {
		return "", refuse(InvalidCertification, "certification: the claim certification_status_endpoint is "+shown(value)+", expected an https URI")
	}
	query := u.Query()
	query.Set("jti", c.ID)
	query.Set("exp", strconv.FormatInt(c.Expiry.Unix(), 10))
	u.RawQuery, u.Fragment = query.Encode(), ""
	return u.String(), nil
}

// shown is a value as a description says it.
func shown(value []byte) string {
	if text, ok := stringOf(value); ok {
		return quote(text)
	}
	return kindOf(value)
}

// CertificationStands reads the answer of a status endpoint. ok is false when it is not such an answer.
//
// UDAP Certifications and Endorsements §8: an object with the one member valid, true or false.
func CertificationStands(answer []byte) (stands, ok bool) {
	object, err := parseObject(answer)
	if err != nil {
		return false, false
	}
	value := bytes.TrimSpace(object["valid"])
	return string(value) == "true", string(value) == "true" || string(value) == "false"
}
