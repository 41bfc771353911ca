// Package assurance says in the protocols' words how sure this provider is of a person: of who she is (identity
// assurance) and that it is she who signed in (authentication assurance).
//
// It owns the values of acr, amr, ial and aal, as pure functions. It does not own which level is recorded for a person
// (the operator's word, kept in idp.Person) nor which of the values a data holder gets (claims, provider).
//
// Two scales meet here. HL7's Identity Matching guide puts the identity level into acr and the authenticator level into
// amr, as udap.org URIs; OpenID Connect Core means the authentication context by acr. The udap.org values are what data
// holders in UDAP Tiered OAuth read, so acr and amr carry them. The idmanagement.gov URIs are for claims of their own
// (ial, aal), where nobody can misread them.
//
// Nothing is rounded up: a level that is not recorded is the lowest there is, and a storage of the key that nobody
// attested is not claimed.
package assurance
