// Package policy is the documents that this provider publishes, so that nobody needs a private contract to rely on it: the
// identity verification and authentication policy, the terms for relying parties, and the guide for the developers of data
// holders (HL7 Interoperable Digital Identity and Patient Matching IG 2.0.0, Digital Identity; linked from discovery as
// op_policy_uri, op_tos_uri and service_documentation, OpenID Connect Discovery §3).
//
// It owns the generated texts, their versions and how Markdown becomes a page. Until the operator publishes a text of its
// own, a document is generated from the configuration, so it says what is true of this server. A published version never
// changes: proofing events and declarations name the version that they were made under.
//
// Security design. Whoever may publish may write Markdown and no HTML: raw HTML, and links that are not http, https or
// mailto, are left out, so a document cannot bring script into a page of the server that patients sign in at.
package policy
