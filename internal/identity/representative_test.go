package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// at is the room at a time.
func (i *Identity) at(now time.Time) *Identity {
	later := *i
	later.Now = func() time.Time { return now }
	return &later
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// family is a mother at a level, and her child at another.
func family(t *testing.T, mother, child idp.Level) (*Identity, idp.Representation) {
	t.Helper()
	i := newRoom(t).at(noon)
	m := i.add(t, maria(), mother)
	small := maria()
	small.GivenName, small.Birthdate = "Lucía", "2016-02-29"
	c := i.add(t, small, child)
	return i, idp.Representation{RepresentativeID: m.ID, PatientID: c.ID, Relationship: "MTH", LegalBasis: BasisParent,
		Document: "birth certificate 77/2016", VerifiedBy: "Samuel Okafor"}
}

func TestRepresentationIsRecordedOnBothSides(t *testing.T) {
	t.Parallel()
	i, r := family(t, idp.IDIAL1_8, idp.IDIAL1_5)
	made, err := i.Represent(t.Context(), r, idp.Reading{Actor: "clerk"})
	if err != nil {
		t.Fatal(err)
	}
	if made.EndsOn != "2034-03-01" || made.StartsOn != "2026-11-24" || made.ID == "" {
		t.Errorf("from %s to %s, want from today to the day the child is of age", made.StartsOn, made.EndsOn)
	}
	for _, id := range []string{r.RepresentativeID, r.PatientID} {
		all, err := i.Store.Representations(t.Context(), id)
		if err != nil || len(all) != 1 || all[0].ID != made.ID {
			t.Errorf("%s has %+v (%v)", id, all, err)
		}
		if events, err := i.Store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: id, Action: "representation.add"}); err != nil || len(events) != 1 {
			t.Errorf("%s: %d events (%v)", id, len(events), err)
		}
	}
	if _, err := i.Represent(t.Context(), r, idp.Reading{Actor: "clerk"}); !errors.Is(err, ErrRepresentation) || !strings.Contains(err.Error(), made.ID) {
		t.Errorf("the same again: %v", err)
	}
	if err := i.EndRepresentation(t.Context(), made.ID, " ", idp.Reading{Actor: "clerk"}); !errors.Is(err, ErrRepresentation) {
		t.Errorf("ended without a reason: %v", err)
	}
	if err := i.EndRepresentation(t.Context(), made.ID, "custody changed", idp.Reading{Actor: "clerk"}); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Represent(t.Context(), r, idp.Reading{Actor: "clerk"}); err != nil {
		t.Errorf("after the end: %v", err)
	}
}

func TestRepresentationNeedsTwoProofedPersons(t *testing.T) {
	t.Parallel()
	for _, mother := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		for _, child := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
			i, r := family(t, mother, child)
			_, err := i.Represent(t.Context(), r, idp.Reading{Actor: "clerk"})
			want := mother.AtLeast(idp.IDIAL1_8) && child.AtLeast(idp.IDIAL1_5)
			if (err == nil) != want {
				t.Errorf("mother %q, child %q: %v, want it accepted %t", mother, child, err, want)
			}
		}
	}
	i, r := family(t, idp.IDIAL2, idp.IDIAL2)
	if _, err := i.at(noon.AddDate(3, 0, 1)).Represent(t.Context(), r, idp.Reading{Actor: "clerk"}); !errors.Is(err, ErrRepresentation) {
		t.Errorf("after the proofing has run out: %v", err)
	}
}

func TestRepresentationsThatAreRefusedSayWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*idp.Representation)
		words  string
	}{
		"herself":         {func(r *idp.Representation) { r.PatientID = r.RepresentativeID }, "herself"},
		"nobody":          {func(r *idp.Representation) { r.PatientID = idp.NewID() }, "no patient"},
		"relationship":    {func(r *idp.Representation) { r.Relationship = "AUNTIE" }, "RoleCode"},
		"legal basis":     {func(r *idp.Representation) { r.LegalBasis = "love" }, "healthcare_poa"},
		"document":        {func(r *idp.Representation) { r.Document = " " }, "document"},
		"verified by":     {func(r *idp.Representation) { r.VerifiedBy = "" }, "who has seen"},
		"date":            {func(r *idp.Representation) { r.StartsOn = "24.11.2026" }, "year-month-day"},
		"end":             {func(r *idp.Representation) { r.EndsOn = "2030-02-30" }, "year-month-day"},
		"after age":       {func(r *idp.Representation) { r.EndsOn = "2034-03-02" }, "of age on 2034-03-01"},
		"end before":      {func(r *idp.Representation) { r.StartsOn, r.EndsOn = "2027-01-01", "2026-12-31" }, "before it begins"},
		"in the past":     {func(r *idp.Representation) { r.StartsOn, r.EndsOn = "2020-01-01", "2026-11-24" }, "or today"},
		"parent of adult": {func(r *idp.Representation) { r.PatientID, r.RepresentativeID = r.RepresentativeID, r.PatientID }, "of age since 1966-03-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, r := family(t, idp.IDIAL1_8, idp.IDIAL1_8)
			c.change(&r)
			_, err := i.Represent(t.Context(), r, idp.Reading{Actor: "clerk"})
			if !errors.Is(err, ErrRepresentation) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v, want %q in it", err, c.words)
			}
		})
	}
}

func TestRepresentationEndsWhenTheChildIsOfAge(t *testing.T) {
	t.Parallel()
	i, r := family(t, idp.IDIAL1_8, idp.IDIAL1_5)
	made, err := i.Represent(t.Context(), r, idp.Reading{Actor: "clerk"})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]bool{"2026-11-23": false, "2026-11-24": true, "2034-02-28": true, "2034-03-01": false} {
		now, _ := time.Parse(time.DateOnly, day)
		if made.InForce(now) != want {
			t.Errorf("on %s in force %t, want %t", day, !want, want)
		}
	}
}
