// Package assurance says in the protocols' words how sure this provider is of a person: of who she is (identity
// assurance) and that it is she who signed in (authentication assurance).
//
// It owns the values of acr, amr, ial and aal, and the rules by which the records of a proofing event make a level (Assess), as
// pure functions. It does not own the records, nor which event is in force for a person (identity), nor which of the values a
// data holder gets (claims, provider).
//
// Two scales meet here. HL7's Identity Matching guide puts the identity level into acr and the authenticator level into
// amr, as udap.org URIs; OpenID Connect Core means the authentication context by acr. The udap.org values are what data
// holders in UDAP Tiered OAuth read, so acr and amr carry them. The idmanagement.gov URIs are for claims of their own
// (ial, aal), where nobody can misread them.
//
// # How evidence makes a level
//
// Assess has the table of HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance, to the letter. Where the guide leaves a
// choice, the stricter reading is taken: each piece of evidence must tell the name; one document counts once, however often it is
// recorded, and so do the licence and the card of one state; control of a telephone or an e-mail address is asked for at every
// level from IDIAL1.5 up, and not there alone; whatever was done before the event began does not count in it, which is what keeps
// a step up from using earlier evidence again. An event is worth what it claims at most: who wants more starts another.
//
// Nothing is rounded up: a level that is not recorded is the lowest there is, and a storage of the key that nobody
// attested is not claimed.
package assurance
