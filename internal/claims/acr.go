package claims

import (
	"slices"
	"strings"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// UnmetRequirements is the error of OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
const UnmetRequirements = "unmet_authentication_requirements"

// phishingResistant is acr phr of OpenID Connect EAP ACR Values 1.0 §2. phrh, with a key in hardware, is never said: nobody
// attested where a passkey is kept.
const phishingResistant = "phr"

// The authenticator levels that can be asked for, as idmanagement.gov URIs.
var (
	federalAAL1                  = "http://idmanagement.gov/ns/assurance/aal/1"
	federalAAL2                  = "http://idmanagement.gov/ns/assurance/aal/2"
	federalAAL2PhishingResistant = "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true"
)

// ACRValues lists every acr that can be released, those of identities first, that of the lowest level first, for
// acr_values_supported.
func ACRValues() []string {
	var values []string
	for _, level := range idp.Levels {
		if acr := assurance.ACR(level); !slices.Contains(values, acr) {
			values = append(values, acr)
		}
	}
	return append(values, federalAAL1, federalAAL2, federalAAL2PhishingResistant, phishingResistant)
}

// acr is the acr claim.
//
// HL7 Identity Matching IG 2.0.0, App-Mediated B2B: acr SHALL state the minimum level of the demographics that go with it. So
// towards a UDAP client it does, whatever acr_values prefers; they are preferences. OIDC Core §5.5.1.1: an acr that is asked
// for as essential MUST be one of the values, or the request fails. A client of the profile oidc gets the first value that
// is met.
func (r *release) acr() (string, *Refusal) {
	identity := assurance.ACR(r.level)
	wanted, essential := r.Asked.acr()
	if len(wanted) == 0 || r.AMR == nil {
		return identity, nil
	}
	if !essential && r.Profile != ProfileOIDC && slices.Contains(r.Scopes, ScopeUDAP) {
		return identity, nil
	}
	if i := slices.IndexFunc(wanted, r.meets); i >= 0 {
		return wanted[i], nil
	}
	if essential {
		return identity, &Refusal{Code: UnmetRequirements, Description: "none of the acr values that the claims parameter calls essential is met"}
	}
	return identity, nil
}

// meets reports whether a value says no more than what holds.
func (r *release) meets(acr string) bool {
	for _, level := range idp.Levels {
		if assurance.ACR(level) == acr {
			return acr == assurance.ACR(idp.Unverified) || r.level.AtLeast(level)
		}
	}
	aal := assurance.AAL(r.AMR)
	switch acr {
	case phishingResistant:
		return aal == federalAAL2PhishingResistant
	case federalAAL2PhishingResistant, federalAAL1:
		return aal == acr || strings.HasPrefix(aal, federalAAL2) && acr == federalAAL1
	case federalAAL2:
		return strings.HasPrefix(aal, federalAAL2)
	}
	return false
}

// ial is the ial claim and the number of identity_assurance_level.
//
// A 2 is read as the word of an accredited provider, so it is said only where this deployment was approved to say it, of an
// identity whose event on record reached it; otherwise the same identity is a 1.
func (r *release) ial() (uri string, n int) {
	if r.level.AtLeast(idp.IDIAL2) && !r.assertsIAL2() {
		return assurance.IAL(idp.IDIAL1_8)
	}
	return assurance.IAL(r.level)
}

func (r *release) assertsIAL2() bool {
	return r.AssertIAL2 && r.level.AtLeast(idp.IDIAL2) && r.Person.ProofingID != "" &&
		eventLevel(r.Proofing, r.Person, r.Now).AtLeast(idp.IDIAL2)
}
