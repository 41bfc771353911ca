package udap

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// MaxLifetime is the longest a software statement or a client assertion may live (UDAP Security IG §3.1, §4.2.1).
	MaxLifetime = 300 * time.Second
	// ClockSkew is how far ahead of our clock an iat may be.
	ClockSkew = 60 * time.Second

	maxJTI = 512  // bytes
	maxURI = 2048 // bytes, of an iss or a URI among the parameters
)

// claims are those that every UDAP JWT to us carries.
type claims struct {
	issuer, subject, id string
	audience            []string
	issuedAt, expiry    time.Time
}

// problem is what is wrong with a claim, in words for the wire; "" when nothing is.
type problem string

// readClaims reads the types of the claims; whether what they say is right is for check. A claim that is absent stays empty.
func readClaims(object map[string]json.RawMessage) (c claims, p problem) {
	p = firstProblem(
		func() problem { return readText(&c.issuer, "iss", object) },
		func() problem { return readText(&c.subject, "sub", object) },
		func() problem { return readAudience(&c.audience, object["aud"]) },
		func() problem { return readTime(&c.issuedAt, "iat", object) },
		func() problem { return readTime(&c.expiry, "exp", object) },
		func() problem { return readText(&c.id, "jti", object) },
	)
	return c, p
}

func readText(target *string, name string, object map[string]json.RawMessage) problem {
	value := object[name]
	if isAbsent(value) {
		return ""
	}
	text, ok := stringOf(value)
	if !ok {
		return problem("the claim " + name + " is " + kindOf(value) + ", expected a string")
	}
	*target = text
	return ""
}

// RFC 7519 §4.1.3: aud is an array of strings, or one string.
func readAudience(target *[]string, value json.RawMessage) problem {
	if isAbsent(value) {
		return ""
	}
	if one, ok := stringOf(value); ok {
		*target = []string{one}
		return ""
	}
	if several, ok := stringsOf(value); ok {
		*target = several
		return ""
	}
	kind := kindOf(value)
	if kind == "an array" {
		kind = "an array with something else than strings in it"
	}
	return problem("the claim aud is " + kind + ", expected a string or an array of strings")
}

// maxTime is the last second of the year 9999.
const maxTime = 253402300799

// readTime reads a NumericDate. UDAP Security IG §3.1: iat and exp are integers. A number that is an integer in another
// spelling (1700000000.0, 1.7e9) is one; a fraction and a string are not.
func readTime(target *time.Time, name string, object map[string]json.RawMessage) problem {
	value := object[name]
	if isAbsent(value) {
		return ""
	}
	if kindOf(value) != "a number" {
		return problem("the claim " + name + " is " + kindOf(value) + ", expected a number of seconds since 1970-01-01T00:00:00Z")
	}
	seconds, err := strconv.ParseFloat(string(value), 64) // exact up to maxTime
	if err != nil || seconds != math.Trunc(seconds) {
		return problem("the claim " + name + " is " + quote(string(value)) + ", expected whole seconds")
	}
	if seconds <= 0 || seconds > maxTime {
		return problem(fmt.Sprintf("the claim %s is %s, which is out of range, expected 1 to %d", name, quote(string(value)), int64(maxTime)))
	}
	*target = time.Unix(int64(seconds), 0).UTC()
	return ""
}

// checkSubject: iss is there, and sub is the same.
func (c claims) checkSubject() problem {
	switch {
	case c.issuer == "":
		return "the claim iss is missing, expected the client_id" // that of a statement was looked for in its certificate before
	case len(c.issuer) > maxURI:
		return problem(fmt.Sprintf("the claim iss is %d bytes long, the limit is %d", len(c.issuer), maxURI))
	// It is looked up before trust is proved, and PostgreSQL refuses a NUL: a stranger's nonsense must not look like a failure.
	case strings.ContainsRune(c.issuer, 0):
		return "the claim iss has a NUL character in it, expected none"
	case c.subject == "":
		return problem("the claim sub is missing, expected the same as iss, " + quote(c.issuer))
	case c.subject != c.issuer:
		return problem("the claim sub is " + quote(c.subject) + ", expected the same as iss, " + quote(c.issuer))
	}
	return ""
}

// checkAudience: aud contains the URL, exactly (UDAP Security IG §7.1.5).
func (c claims) checkAudience(url string) problem {
	if len(c.audience) == 0 {
		return problem("the claim aud is missing, expected " + url)
	}
	if !slices.Contains(c.audience, url) {
		return problem("the claim aud is " + quote(c.audience[0]) + others(len(c.audience)-1) + ", expected " + url)
	}
	return ""
}

func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// checkWindow: iat and exp are there, at most MaxLifetime apart, and now is between them.
func (c claims) checkWindow(now time.Time) problem {
	return firstProblem(
		c.checkTimes,
		// UDAP Security IG §3.1, §4.2.1: exp SHALL be no more than 5 minutes after iat.
		func() problem {
			if lifetime := c.expiry.Sub(c.issuedAt); lifetime > MaxLifetime {
				return problem(fmt.Sprintf("the claim exp is %d seconds after iat, the limit is %d", seconds(lifetime), seconds(MaxLifetime)))
			}
			return ""
		},
		func() problem { return c.checkNow(now) },
	)
}

// checkTimes: iat and exp are there, in this order.
func (c claims) checkTimes() problem {
	switch {
	case c.issuedAt.IsZero():
		return "the claim iat is missing, expected a number of seconds since 1970-01-01T00:00:00Z"
	case c.expiry.IsZero():
		return "the claim exp is missing, expected a number of seconds since 1970-01-01T00:00:00Z"
	case !c.expiry.After(c.issuedAt):
		return problem("the claim exp is " + c.expiry.Format(time.RFC3339) + ", which is not after iat, " + c.issuedAt.Format(time.RFC3339))
	}
	return ""
}

// checkNow: now is between iat and exp.
func (c claims) checkNow(now time.Time) problem {
	switch {
	// RFC 7519 §4.1.4: MUST NOT be accepted on or after exp.
	case !now.Before(c.expiry):
		return problem("the claim exp is " + c.expiry.Format(time.RFC3339) + ", which has passed; it is " + now.UTC().Format(time.RFC3339))
	case c.issuedAt.After(now.Add(ClockSkew)):
		return problem("the claim iat is " + c.issuedAt.Format(time.RFC3339) + ", which is in the future; it is " + now.UTC().Format(time.RFC3339))
	}
	return ""
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// checkID: jti is there and can be kept.
func (c claims) checkID() problem {
	// UDAP Security IG §7.1.4: jti SHALL be present.
	if c.id == "" {
		return "the claim jti is missing, expected a string that names this JWT alone"
	}
	if len(c.id) > maxJTI {
		return problem(fmt.Sprintf("the claim jti is %d bytes long, the limit is %d", len(c.id), maxJTI))
	}
	return ""
}

// firstProblem returns the first that is one, or "".
func firstProblem(checks ...func() problem) problem {
	for _, check := range checks {
		if p := check(); p != "" {
			return p
		}
	}
	return ""
}
