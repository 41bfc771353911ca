package assurance

import "slices"

// Authentication Method References. The URI is HL7 Identity Matching IG 2.0.0, the words are RFC 8176 §2 and OpenID
// Connect EAP ACR Values 1.0 §3 (pop).
const (
	amrAAL2        = "http://udap.org/code/auth/aal2"
	amrPossession  = "pop"  // proof of possession of a key
	amrSoftwareKey = "swk"  // of a key that is not bound to hardware
	amrPresence    = "user" // test of user presence
	amrMultiFactor = "mfa"
)

// The authenticator levels as the aal claim says them.
const (
	federalAAL1                  = "http://idmanagement.gov/ns/assurance/aal/1"
	federalAAL2                  = "http://idmanagement.gov/ns/assurance/aal/2"
	federalAAL2PhishingResistant = "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true"
)

// Authenticator is what a passkey said in the assertion that signed a person in: the flags of its authenticator data
// (WebAuthn L3 §6.1).
type Authenticator struct {
	UserVerified   bool // UV
	BackupEligible bool // BE: the key may leave the device
	BackupState    bool // BS: it has left it
}

// AMR is the amr claim of a sign-in with a passkey: always a list (OIDC Core §2).
//
// NIST SP 800-63B: a passkey is a multi-factor authenticator only when it verified its user; without that it is one
// factor, so there is neither aal2 nor mfa. A key that may be backed up is kept in software. Where another is kept
// nobody knows without an attestation, so nothing is said of it.
func AMR(a Authenticator) []string {
	var amr []string
	if a.UserVerified {
		amr = append(amr, amrAAL2)
	}
	amr = append(amr, amrPossession)
	if a.BackupEligible || a.BackupState {
		amr = append(amr, amrSoftwareKey)
	}
	amr = append(amr, amrPresence)
	if a.UserVerified {
		amr = append(amr, amrMultiFactor)
	}
	return amr
}

// AAL is the authenticator assurance level that an amr claim stands for, as an idmanagement.gov URI; "" when it stands
// for none. A proof of possession at AAL2 is a passkey's, which a false site cannot ask for (NIST SP 800-63B §5.2.5).
func AAL(amr []string) string {
	possession := slices.Contains(amr, amrPossession)
	switch {
	case slices.Contains(amr, amrAAL2) && possession:
		return federalAAL2PhishingResistant
	case slices.Contains(amr, amrAAL2):
		return federalAAL2
	case possession:
		return federalAAL1
	}
	return ""
}
