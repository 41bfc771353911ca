package idp

import "time"

// The documents that this provider publishes (HL7 Identity Matching IG 2.0.0, Digital Identity).
const (
	PolicyPractices = "practices" // identity verification and authentication policy
	PolicyTerms     = "terms"     // what relying parties agree to
)

// PolicyVersion is a published version of a document. It is never changed.
type PolicyVersion struct {
	Kind        string
	Version     int               // 1 for the first
	Markdown    string            // in the document's first language, English
	Texts       map[string]string // the same in other languages, by BCP 47 tag; nil for none
	PublishedBy string
	PublishedAt time.Time
}
