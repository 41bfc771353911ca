package check

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"udap-idp/internal/dataholder"
	"udap-idp/internal/udap"
)

// checkSigned looks at signed_metadata (UDAP Security IG §2.3, §7.1).
func (r *run) checkSigned() {
	raw := r.metadata.text("signed_metadata")
	if raw == "" {
		return
	}
	if !r.checkHeader(raw) {
		return
	}
	jwt, err := udap.ParseJWT(raw)
	if !r.verify("M-30", err == nil, "%s", reason(err)) {
		r.verify("J-3", false, "%s", reason(err))
		return
	}
	r.verify("J-3", true, "")
	err = jwt.VerifySignature()
	r.verify("M-36", err == nil, "%s", reason(err))
	claims := parseDocument(jwt.Payload)
	if !r.verify("J-4", claims != nil, "the claims are not one JSON object") {
		return
	}
	r.leaf, r.signed = jwt.Chain[0], claims
	r.checkClaims(raw)
	r.checkSignedEndpoints()
	r.checkChain(jwt)
}

// checkHeader looks at what must be known before the JWT can be read, so that each is reported under its own id.
func (r *run) checkHeader(raw string) bool {
	parts := strings.Split(raw, ".")
	if !r.verify("J-1", len(parts) == 3, "it has %d parts", len(parts)) {
		return false
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[0])
	var header document
	if err == nil {
		header = parseDocument(data)
	}
	if !r.verify("J-1", header != nil, "the header is not base64url of a JSON object") {
		return false
	}
	alg := header.text("alg")
	known := false
	for _, one := range udap.Algorithms() {
		known = known || alg == one
	}
	r.verify("J-2", known, "alg is %s", quote(alg))
	r.verify("M-30", alg == "RS256", "alg is %s", quote(alg))
	var x5c []string
	ok := json.Unmarshal(header["x5c"], &x5c) == nil && len(x5c) > 0
	return r.verify("J-3", ok, "x5c is missing or not a list of texts") && known
}

func (r *run) checkClaims(raw string) {
	c := r.signed
	for _, name := range []string{"iss", "jti"} {
		r.verify("J-4", c.text(name) != "", "%s is missing", name)
	}
	iss := c.text("iss")
	r.verify("M-31", udap.HasURISAN(r.leaf, iss), "iss is %s, which the certificate does not name", quote(iss))
	// https://host and https://host/ have the same well-known addresses; communities certify either.
	r.verify("M-31", strings.TrimSuffix(iss, "/") == r.base, "iss is %s", quote(iss))
	r.verify("M-31", c.text("sub") == iss, "sub is %s", quote(c.text("sub")))
	r.verify("J-6", iss == r.base, "iss is %s", quote(iss))

	iat, exp, now := c.seconds("iat"), c.seconds("exp"), r.now()
	r.verify("J-4", !exp.IsZero(), "exp is %s", c.show("exp"))
	r.verify("M-32", !iat.IsZero() && !exp.IsZero(), "iat is %s and exp %s", c.show("iat"), c.show("exp"))
	r.verify("M-32", !iat.After(now.Add(udap.ClockSkew)), "iat is %s, which has not come yet", c.show("iat"))
	r.verify("M-32", now.Before(exp), "exp is %s, which has passed", c.show("exp"))
	r.verify("M-32", !exp.After(iat.AddDate(1, 0, 0)), "exp is more than a year after iat")
	if iat.After(now) {
		r.warn("M-32", "iat is ahead of this machine's clock")
	}
	r.checkJTI(raw, c.text("jti"))
}

// checkJTI asks again: another JWT must have another jti, and the same JWT may be served as long as it is good.
func (r *run) checkJTI(raw, jti string) {
	r.verify("M-33", jti != "", "it is missing")
	answer, err := r.get(r.metadataURL(r.Community))
	if err != nil {
		r.skip("the metadata could not be fetched again", "J-5")
		return
	}
	again := answer.document().text("signed_metadata")
	if again == raw {
		r.skip("the same JWT was served twice", "J-5")
		return
	}
	jwt, err := udap.ParseJWT(again)
	if err != nil {
		r.verify("J-5", false, "the second signed_metadata cannot be read")
		return
	}
	other := parseDocument(jwt.Payload).text("jti")
	r.verify("J-5", other != jti, "two different JWTs have the same jti")
	r.verify("M-33", other != jti, "two different JWTs have the same jti")
}

func (r *run) checkSignedEndpoints() {
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "registration_endpoint"} {
		if !r.metadata.has(name) && !r.signed.has(name) {
			continue
		}
		r.verify("M-34", r.signed.text(name) == r.metadata.text(name) && r.signed.text(name) != "",
			"%s is %s signed and %s unsigned", name, r.signed.show(name), r.metadata.show(name))
	}
}

// checkChain leads the certificate to an anchor of the operator's.
func (r *run) checkChain(jwt *udap.JWT) {
	if len(r.Anchors) == 0 {
		r.skip("no anchor was given", "J-7a", "J-7b", "M-41")
		return
	}
	trust := dataholder.Trust{Anchors: r.Anchors, Intermediates: r.Intermediates, HTTPClient: r.http, Now: r.now}
	_, err := trust.Verify(r.ctx, jwt.Chain)
	var problem *dataholder.Problem
	found, noPath := "", false
	if errors.As(err, &problem) {
		found = problem.Message
		noPath = problem.Reason == dataholder.ReasonUntrusted || problem.Reason == dataholder.ReasonCertificateExpired
	}
	r.verify("J-7a", !noPath, "%s", found)
	if r.Community != "" {
		r.verify("M-41", !noPath, "%s", found)
	}
	if noPath {
		r.skip("there is no path to an anchor", "J-7b")
		return
	}
	r.verify("J-7b", err == nil, "%s", found)
}

// reason is the part of a JWT error that is made to be shown.
func reason(err error) string {
	var problem *udap.JWTError
	if errors.As(err, &problem) {
		return problem.Reason
	}
	return "it cannot be read"
}
