package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Levels that the two of a representation need.
const (
	// HL7 Identity Matching IG 2.0.0: records are opened to a person or her representative from IDIAL1.8 up.
	representativeFloor = idp.IDIAL1_8
	// IDIAL1.5 is the lowest level that tells one human being from all others; small children have no photo ID.
	representedFloor = idp.IDIAL1_5
)

// ofAge is the age at which a parent's word ends, in years, unless the operator's law says another day.
const ofAge = 18

// The legal bases of a representation.
const (
	BasisParent        = "parent"
	BasisGuardian      = "guardian"
	BasisHealthcarePOA = "healthcare_poa"
	BasisCourtOrder    = "court_order"
	BasisExecutor      = "executor"
	BasisDesignated    = "designated"
)

// LegalBases are all of them.
var LegalBases = []string{BasisParent, BasisGuardian, BasisHealthcarePOA, BasisCourtOrder, BasisExecutor, BasisDesignated}

// Relationships are the codes of HL7 v3 RoleCode that a representation may have, with their meaning.
var Relationships = map[string]string{
	"PRN": "parent", "MTH": "mother", "FTH": "father", "STPPRN": "stepparent", "PRNFOST": "foster parent", "ADOPTP": "adoptive parent",
	"GRPRN": "grandparent", "CHILD": "child", "SPS": "spouse", "DOMPART": "domestic partner", "SIB": "sibling", "FAMMEMB": "family member",
	"GUARD": "guardian", "GUADLTM": "guardian ad litem", "POWATT": "power of attorney", "HPOWATT": "healthcare power of attorney",
	"DPOWATT": "durable power of attorney", "EXEC": "executor of estate", "RESPRSN": "responsible party",
}

// ErrRepresentation is what a representation is refused with; the text is for the clerk.
var ErrRepresentation = errors.New("the representation cannot be recorded")

// Represent records that one person may act for another. What that opens is decided where the records are; the ID Token goes
// on speaking of the person who signed in.
//
// The id, VerifiedAt and, for a parent, a missing EndsOn are filled in. Both must be proofed: the representative at IDIAL1.8 or
// better, the other at IDIAL1.5 or better.
func (i *Identity) Represent(ctx context.Context, r idp.Representation, why idp.Reading) (idp.Representation, error) {
	now := i.Now().UTC()
	representative, err := i.represented(ctx, "representative", r.RepresentativeID, representativeFloor, now)
	if err != nil {
		return r, err
	}
	patient, err := i.represented(ctx, "patient", r.PatientID, representedFloor, now)
	if err != nil {
		return r, err
	}
	if r, err = completed(r, patient, now); err != nil {
		return r, err
	}
	others, err := i.Store.Representations(ctx, patient.ID)
	if err != nil {
		return r, fmt.Errorf("represent: %w", err)
	}
	for _, other := range others {
		if other.RepresentativeID == r.RepresentativeID && other.PatientID == r.PatientID && other.InForce(now) && other.Relationship == r.Relationship {
			return r, fmt.Errorf("%w: %s is on record already as %s, number %s. End that one first", ErrRepresentation,
				representative.Name(), Relationships[other.Relationship], other.ID)
		}
	}
	r.ID, r.VerifiedAt = idp.NewID(), now
	detail := fmt.Sprintf("%s for %s by %s, %s", r.Relationship, r.PatientID, r.RepresentativeID, r.LegalBasis)
	told, err := i.about(patient, idp.NoticeRepresentationAdded)
	if err != nil {
		return r, fmt.Errorf("represent: %w", err)
	}
	err = i.Store.AddRepresentation(ctx, r, idp.Trail{Messages: told, Events: []idp.AuditEvent{
		i.event(why, "representation.add", r.PatientID, detail), i.event(why, "representation.add", r.RepresentativeID, detail),
	}})
	if err != nil {
		return r, fmt.Errorf("represent: %w", err)
	}
	return r, nil
}

// represented is one of the two, if she is in use and proofed well enough.
func (i *Identity) represented(ctx context.Context, part, id string, floor idp.Level, now time.Time) (idp.Person, error) {
	p, err := i.Store.Person(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return p, fmt.Errorf("%w: there is no %s with the id %q", ErrRepresentation, part, id)
	}
	if err != nil {
		return p, fmt.Errorf("represent: %w", err)
	}
	if p.State != idp.PersonActive {
		return p, fmt.Errorf("%w: the account of the %s, %s, is %s", ErrRepresentation, part, p.Name(), p.State)
	}
	if level := p.LevelAt(now); !level.AtLeast(floor) {
		is := "is not verified"
		if level != idp.Unverified {
			is = "is verified at " + string(level)
		}
		return p, fmt.Errorf("%w: the identity of the %s, %s, %s; %s or better is needed", ErrRepresentation, part, p.Name(), is, floor)
	}
	return p, nil
}

// completed checks what the clerk gave, and fills in the day on which a parent's word ends.
func completed(r idp.Representation, patient idp.Person, now time.Time) (idp.Representation, error) {
	refuse := func(format string, args ...any) (idp.Representation, error) {
		return r, fmt.Errorf("%w: "+format, append([]any{ErrRepresentation}, args...)...)
	}
	today := now.Format(time.DateOnly)
	switch {
	case r.RepresentativeID == r.PatientID:
		return refuse("a person does not represent herself")
	case Relationships[r.Relationship] == "":
		return refuse("%q is not a relationship this service knows; codes of HL7 v3 RoleCode such as MTH, FTH, GUARD, HPOWATT or SPS are", r.Relationship)
	case !slices.Contains(LegalBases, r.LegalBasis):
		return refuse("%q is not a legal basis; choose one of %s", r.LegalBasis, strings.Join(LegalBases, ", "))
	case strings.TrimSpace(r.Document) == "":
		return refuse("say which document shows it: a birth certificate, an order of a court, a signed power of attorney, with its number or date")
	case strings.TrimSpace(r.VerifiedBy) == "":
		return refuse("say who has seen the document")
	}
	if r.StartsOn == "" {
		r.StartsOn = today
	}
	if !isDate(r.StartsOn) || r.EndsOn != "" && !isDate(r.EndsOn) {
		return refuse("dates are written as year-month-day, such as 2031-06-12")
	}
	if r.LegalBasis == BasisParent {
		comesOfAge := birthday(patient.Birthdate, ofAge)
		switch {
		case comesOfAge == "":
			return refuse("the birthdate of %s is not known, and a parent's word ends when a child is of age", patient.Name())
		case comesOfAge <= today:
			return refuse("%s has been of age since %s. Another legal basis is needed", patient.Name(), comesOfAge)
		case r.EndsOn == "":
			r.EndsOn = comesOfAge
		case r.EndsOn > comesOfAge:
			return refuse("%s is of age on %s, and a parent's word ends that day", patient.Name(), comesOfAge)
		}
	}
	if r.EndsOn != "" && (r.EndsOn <= r.StartsOn || r.EndsOn <= today) {
		return refuse("it would end on %s, before it begins or today", r.EndsOn)
	}
	return r, nil
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// birthday is the day on which somebody is so many years old, "" when the birthdate is not known. Who was born on 29 February
// is older on 1 March.
func birthday(birthdate string, years int) string {
	born, err := time.Parse(time.DateOnly, birthdate)
	if err != nil {
		return ""
	}
	return born.AddDate(years, 0, 0).Format(time.DateOnly)
}

// EndRepresentation ends one before its time. idp.ErrNotFound; idp.ErrUsed: it was ended before.
func (i *Identity) EndRepresentation(ctx context.Context, id, reason string, why idp.Reading) error {
	if strings.TrimSpace(reason) == "" {
		return fmt.Errorf("%w: say why it ends", ErrRepresentation)
	}
	r, err := i.Store.Representation(ctx, id)
	if err != nil {
		return fmt.Errorf("end representation: %w", err)
	}
	patient, err := i.Store.Person(ctx, r.PatientID)
	if err != nil {
		return fmt.Errorf("end representation: %w", err)
	}
	told, err := i.about(patient, idp.NoticeRepresentationEnded)
	if err != nil {
		return fmt.Errorf("end representation: %w", err)
	}
	trail := idp.Trail{Events: []idp.AuditEvent{i.event(why, "representation.end", "", id+": "+reason)}, Messages: told}
	if err := i.Store.EndRepresentation(ctx, id, reason, i.Now().UTC(), trail); err != nil {
		return fmt.Errorf("end representation: %w", err)
	}
	return nil
}
