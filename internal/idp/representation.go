package idp

import "time"

// Representation says that one person may act for another. What that allows is decided where the records are: this provider
// vouches for the two identities and their relationship only.
type Representation struct {
	ID               string    `json:"id"`
	RepresentativeID string    `json:"representative_id"` // a person with a proofing of her own
	PatientID        string    `json:"patient_id"`
	Relationship     string    `json:"relationship"` // HL7 v3 RoleCode: MTH, FTH, GUARD, HPOWATT, SPS …
	LegalBasis       string    `json:"legal_basis"`  // parent, guardian, healthcare_poa, court_order, executor, designated
	Document         string    `json:"document,omitempty"`
	Scope            string    `json:"scope,omitempty"`
	StartsOn         string    `json:"starts_on"`         // YYYY-MM-DD
	EndsOn           string    `json:"ends_on,omitempty"` // YYYY-MM-DD: for a parent, the day the child is of age
	VerifiedBy       string    `json:"verified_by"`
	VerifiedAt       time.Time `json:"verified_at"`
	EndedAt          time.Time `json:"ended_at,omitzero"`
	EndedReason      string    `json:"ended_reason,omitempty"`
}

// InForce reports whether it holds on the day of now.
func (r Representation) InForce(now time.Time) bool {
	day := now.UTC().Format(time.DateOnly)
	return r.EndedAt.IsZero() && r.StartsOn <= day && (r.EndsOn == "" || day < r.EndsOn)
}

// MovedTo is the representation with another person in the place of one of the two.
func (r Representation) MovedTo(from, to string) Representation {
	if r.RepresentativeID == from {
		r.RepresentativeID = to
	}
	if r.PatientID == from {
		r.PatientID = to
	}
	return r
}

// SameAs reports whether both say the same of the same two, and neither has ended.
func (r Representation) SameAs(other Representation) bool {
	return r.EndedAt.IsZero() && other.EndedAt.IsZero() && r.RepresentativeID == other.RepresentativeID &&
		r.PatientID == other.PatientID && r.Relationship == other.Relationship
}
