package check

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func (r *run) metadataURL(community string) string {
	// UDAP Security IG §2.1: the path is appended to the base URL, also when that has a path of its own.
	address := r.base + "/.well-known/udap"
	if community != "" {
		address += "?community=" + url.QueryEscape(community)
	}
	return address
}

func (r *run) checkMetadata() error {
	r.skip("the server supports UDAP or it would not be checked", "M-3")
	r.skip("nothing to look at", "M-22", "M-23", "M-35", "M-42")
	r.skip("not looked at", "J-8")
	answer, err := r.get(r.metadataURL(r.Community))
	if err != nil {
		return fmt.Errorf("%s: %w: %w", r.metadataURL(r.Community), ErrUnreachable, err)
	}
	if !r.verify("M-1", answer.status == http.StatusOK, "it answered %d", answer.status) {
		return nil
	}
	r.verify("M-2", answer.isJSON(), "Content-Type is %s", quote(answer.header.Get("Content-Type")))
	m := answer.document()
	if !r.verify("M-2", m != nil, "the body is not one JSON object") {
		return nil
	}
	r.metadata = m
	r.checkProfiles(m)
	r.checkOptional(m, "udap_authorization_extensions", "M-9", "M-10")
	r.checkOptional(m, "udap_certifications", "M-11", "M-12")
	r.checkGrants(m)
	r.checkEndpoints(m)
	r.checkAlgorithms(m)
	r.verify("M-21", m.text("signed_metadata") != "", "it is missing or not a string")
	return nil
}

func (r *run) tiered() bool {
	profiles, _ := r.metadata.list("udap_profiles_supported")
	return slices.Contains(profiles, "udap_to")
}

func (r *run) supports(member, value string) bool {
	values, _ := r.metadata.list(member)
	return slices.Contains(values, value)
}

func (r *run) checkProfiles(m document) {
	versions, _ := m.list("udap_versions_supported")
	r.verify("M-7", slices.Equal(versions, []string{"1"}), "it is %s", m.show("udap_versions_supported"))

	profiles, _ := m.list("udap_profiles_supported")
	for _, wanted := range []string{"udap_dcr", "udap_authn"} {
		r.verify("M-8", slices.Contains(profiles, wanted), "%s is not in it", wanted)
	}
	r.verify("M-8", !r.supports("scopes_supported", "udap") || r.tiered(), "udap_to is not in it, and the scope udap is supported")
	r.verify("M-8", slices.Contains(profiles, "udap_authz") == r.supports("grant_types_supported", "client_credentials"),
		"udap_authz and client_credentials do not go together")
}

// checkOptional looks at a feature of two members, …_supported and …_required.
func (r *run) checkOptional(m document, feature, supportedID, requiredID string) {
	supported, ok := m.list(feature + "_supported")
	r.verify(supportedID, ok, "it is %s", m.show(feature+"_supported"))
	name := feature + "_required"
	required, isList := m.list(name)
	if !m.has(name) {
		r.verify(requiredID, len(supported) == 0, "it is missing, and %d are supported", len(supported))
		r.verify("M-5", false, "%s is absent", name)
		return
	}
	r.verify("M-5", true, "")
	r.verify(requiredID, isList, "it is %s", m.show(name))
	for _, one := range required {
		r.verify(requiredID, slices.Contains(supported, one), "%s is required and not supported", quote(one))
	}
}

// known are the grant types that UDAP has.
var knownGrants = []string{"authorization_code", "refresh_token", "client_credentials"}

func (r *run) checkGrants(m document) {
	const name = "grant_types_supported"
	grants, _ := m.list(name)
	r.verify("M-13", len(grants) > 0, "it is %s", m.show(name))
	code := slices.Contains(grants, "authorization_code")
	r.verify("M-13", code || !slices.Contains(grants, "refresh_token"), "it has refresh_token without authorization_code")
	for _, grant := range grants {
		r.verify("M-4", slices.Contains(knownGrants, grant), "%s has %s", name, quote(grant))
	}
	r.verify("M-6", code || !m.has("authorization_endpoint"), "authorization_endpoint is there without authorization_code")

	_, isList := m.list("scopes_supported")
	r.verify("M-14", isList, "it is %s", m.show("scopes_supported"))
	for _, scope := range []string{"openid", "udap"} {
		r.verify("M-14", !r.tiered() || r.supports("scopes_supported", scope), "%s is not in it", scope)
	}
}

func (r *run) checkEndpoints(m document) {
	for id, name := range map[string]string{"M-15": "authorization_endpoint", "M-16": "token_endpoint", "M-19": "registration_endpoint"} {
		if id == "M-15" && !m.has(name) && !r.supports("grant_types_supported", "authorization_code") {
			r.skip("authorization_code is not supported", id)
			continue
		}
		r.verify(id, r.usable(m.text(name)), "it is %s", m.show(name))
	}
}

func (r *run) checkAlgorithms(m document) {
	methods, _ := m.list("token_endpoint_auth_methods_supported")
	r.verify("M-17", slices.Equal(methods, []string{"private_key_jwt"}), "it is %s", m.show("token_endpoint_auth_methods_supported"))
	for id, name := range map[string]string{
		"M-18": "token_endpoint_auth_signing_alg_values_supported",
		"M-20": "registration_endpoint_jwt_signing_alg_values_supported",
	} {
		algorithms, _ := m.list(name)
		if !r.verify(id, slices.Contains(algorithms, "RS256"), "it is %s", m.show(name)) {
			continue
		}
		for _, algorithm := range algorithms {
			r.verify(id, algorithm != "none" && !strings.HasPrefix(algorithm, "HS"), "it has %s", quote(algorithm))
		}
		if algorithms[0] != "RS256" {
			r.warn(id, "RS256 is not the first; there are clients that sign with the first algorithm they read")
		}
	}
}

// checkCommunities: UDAP Security IG §2.4.
func (r *run) checkCommunities() {
	if r.Community == "" {
		r.skip("no community was given", "M-41")
	}
	answer, err := r.get(r.metadataURL("urn:uuid:00000000-0000-4000-8000-000000000000"))
	if err != nil {
		r.verify("M-40", false, "an unknown community got no answer")
		return
	}
	// An answer with the default metadata may come from a server that does not read the parameter at all.
	if answer.status == http.StatusOK && r.results["M-41"].Status != OK {
		r.skip("give --community and --anchor to see whose certificate is answered", "M-40")
	} else {
		r.verify("M-40", answer.status < http.StatusInternalServerError, "an unknown community was answered with %d", answer.status)
	}
	r.verify("M-43", answer.status == http.StatusNoContent || answer.status == http.StatusOK,
		"it answered %d; 404 is of the first edition", answer.status)
}

// show is a member as it came.
func (d document) show(name string) string {
	if !d.has(name) {
		return "missing"
	}
	return shorten(string(d[name]))
}
