package assurance

import "udap-idp/internal/idp"

// The identity levels as acr values. HL7 Identity Matching IG 2.0.0 uses idial1.8 and ial2; the levels between follow
// the same pattern.
const (
	udapIAL1        = "http://udap.org/code/id/ial1"
	udapIAL2        = "http://udap.org/code/id/ial2"
	udapIDIALPrefix = "http://udap.org/code/id/" // and the level: idial1.2 … idial1.8
)

// The identity levels as the ial claim says them: the URIs of the U.S. federal identity programme.
const (
	federalIAL1 = "http://idmanagement.gov/ns/assurance/ial/1"
	federalIAL2 = "http://idmanagement.gov/ns/assurance/ial/2"
)

// ACR is the acr claim of an identity that was verified at l: a URI of HL7 Identity Matching IG 2.0.0, Guidance on
// Identity Assurance. An identity that nobody verified is ial1, which asks for no verification (NIST SP 800-63-3 §2.2).
func ACR(l idp.Level) string {
	switch l {
	case idp.IDIAL1_2, idp.IDIAL1_4, idp.IDIAL1_5, idp.IDIAL1_6, idp.IDIAL1_8:
		return udapIDIALPrefix + string(l)
	case idp.IDIAL2:
		return udapIAL2
	}
	return udapIAL1
}

// IAL is the level of NIST SP 800-63A that l amounts to, as an idmanagement.gov URI and as the number of the
// identity_assurance_level claim: 2 for idial2, 1 for what was verified below, and "" and 0 for what nobody verified.
//
// Networks that read the number take a 2 as the word of an accredited provider: whoever sends it must know that this
// deployment is one.
func IAL(l idp.Level) (uri string, n int) {
	switch l {
	case idp.IDIAL1, idp.IDIAL1_2, idp.IDIAL1_4, idp.IDIAL1_5, idp.IDIAL1_6, idp.IDIAL1_8:
		return federalIAL1, 1
	case idp.IDIAL2:
		return federalIAL2, 2
	}
	return "", 0
}
