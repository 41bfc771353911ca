package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func (i *Identity) merged(t *testing.T, survivor, merged idp.Person) idp.Person {
	t.Helper()
	p, err := i.Merge(t.Context(), Merge{SurvivorID: survivor.ID, MergedID: merged.ID, Reason: "the same"}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestR2_TombstoneResolvesToTheSurvivorAndIsNeverIssuedAgain: HL7 Identity Matching IG 2.0.0, Digital Identifier.
func TestR2_TombstoneResolvesToTheSurvivorAndIsNeverIssuedAgain(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	first, second, third := i.add(t, maria(), idp.IDIAL1_8), i.add(t, maria(), idp.IDIAL1_8), i.add(t, maria(), idp.IDIAL1_8)
	lost, err := i.Identifier(t.Context(), first, clerk)
	if err != nil {
		t.Fatal(err)
	}
	i.merged(t, second, first)
	survivor := i.merged(t, third, second)

	if string(survivor.Identifier.Index) != string(third.Identifier.Index) {
		t.Error("the survivor's identifier is another")
	}
	found, err := i.PersonOf(t.Context(), lost, idp.Reading{Actor: "clerk", Purpose: "match"})
	if err != nil || found.ID != third.ID {
		t.Errorf("the tombstone's identifier leads to %s (%v), want the last survivor", found.ID, err)
	}
	if len(i.audited(t, first.ID, "identifier.find")) != 1 {
		t.Error("the search is not in the audit log")
	}
	next := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, Identifier: first.Identifier, CreatedAt: time.Now()}
	if err := i.Store.CreatePerson(t.Context(), next, idp.Invitation{}); !errors.Is(err, idp.ErrExists) {
		t.Errorf("the tombstone's identifier was issued again: %v", err)
	}
	if _, err := i.PersonOf(t.Context(), idp.NewUUIDv4(), clerk); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("nobody's identifier: %v", err)
	}
	// A tombstone is nobody's duplicate, and is not changed or merged again.
	if found, err := i.Duplicates(t.Context(), survivor); err != nil || len(found) != 0 {
		t.Errorf("duplicates %+v (%v)", found, err)
	}
	if _, err := i.Merge(t.Context(), Merge{SurvivorID: third.ID, MergedID: first.ID, Reason: "x"}, clerk); code(err) != "merged" {
		t.Errorf("merged twice: %v", err)
	}
	if _, err := i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: first.ID}, Act: Changed, Values: []idp.Attribute{named("A", "B")}}, clerk); code(err) != "merged" {
		t.Errorf("changed: %v", err)
	}
}

func TestR2_SurvivorWithoutAnIdentifierTakesOverTheOnlyOne(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	holder := i.add(t, maria(), idp.IDIAL1_8)
	bare := i.add(t, maria(), idp.IDIAL1_8)
	bare.Identifier = idp.SealedIdentifier{} // as one is who was verified before identifiers were made
	bare.UpdatedAt = i.now()
	if err := i.Store.ChangePerson(t.Context(), bare); err != nil {
		t.Fatal(err)
	}
	before, err := i.Identifier(t.Context(), holder, clerk)
	if err != nil {
		t.Fatal(err)
	}
	got := i.merged(t, bare, holder)
	if after, err := i.Identifier(t.Context(), got, clerk); err != nil || after != before {
		t.Errorf("identifier %q, want %q (%v)", after, before, err)
	}
	if tombstone, err := i.Store.Person(t.Context(), holder.ID); err != nil || !tombstone.Identifier.IsZero() {
		t.Errorf("two records hold one identifier (%v)", err)
	}
	if found, err := i.PersonOf(t.Context(), before, clerk); err != nil || found.ID != bare.ID {
		t.Errorf("it leads to %s (%v)", found.ID, err)
	}
}

func TestMergeUnitesWhatIsKnown(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	d := maria()
	d.Phone = ""
	survivor := i.add(t, d, idp.IDIAL1_8)
	d = maria()
	d.FamilyName, d.Address.Street = "López", "7 Elm Street"
	other := i.add(t, d, idp.IDIAL1_5)
	got := i.merged(t, survivor, other)

	if got.FamilyName != "García" || got.Address.Street != "12 Chestnut Street" || got.Level != idp.IDIAL1_8 {
		t.Errorf("the survivor's own values changed: %+v", got.Demographics)
	}
	for what, c := range map[string]struct {
		is      func(idp.Attribute) bool
		current bool
		use     string
	}{
		"other name":    {func(a idp.Attribute) bool { return a.Name != nil && a.Name.Family == "López" }, false, "old"},
		"other address": {func(a idp.Attribute) bool { return a.Address != nil && a.Address.Street == "7 Elm Street" }, false, "old"},
		"phone":         {func(a idp.Attribute) bool { return a.Text == maria().Phone }, true, "mobile"},
	} {
		a := find(got, c.is)
		if a == nil || a.IsCurrent() != c.current || a.Use != c.use || a.Status != idp.SelfAsserted || a.Worth() != idp.Unverified {
			t.Errorf("%s: %+v", what, a)
		}
	}
	if want := len(survivor.Attributes) + 3; len(got.Attributes) != want {
		t.Errorf("%d values, want %d: what both knew is there twice", len(got.Attributes), want)
	}
	// She is found by what only the other record knew.
	found, err := i.Duplicates(t.Context(), i.newPerson(Addition{Demographics: idp.Demographics{GivenName: "María", FamilyName: "López", Birthdate: maria().Birthdate}}, clerk))
	if err != nil || len(found) != 1 || found[0].Person.ID != survivor.ID {
		t.Errorf("found %+v (%v)", found, err)
	}
}

func TestMergeThatNobodyDecidedIsRefused(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	patient, other, higher := i.add(t, maria(), idp.IDIAL1_8), i.add(t, maria(), idp.IDIAL1_5), i.add(t, maria(), idp.IDIAL2)
	admin, err := i.AddPerson(t.Context(), Addition{Demographics: samuel(), Role: idp.Owner}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	second, err := i.AddPerson(t.Context(), Addition{Demographics: samuel(), Role: idp.Owner}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	suspended := i.add(t, maria(), idp.IDIAL1_5)
	if _, err := i.Suspend(t.Context(), suspended.ID, "x", clerk); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		m    Merge
		want string
	}{
		"no reason":                    {Merge{SurvivorID: patient.ID, MergedID: other.ID}, "reason"},
		"with herself":                 {Merge{SurvivorID: patient.ID, MergedID: patient.ID, Reason: "x"}, "same"},
		"approved by the same":         {Merge{SurvivorID: patient.ID, MergedID: other.ID, ApprovedBy: " Clerk", Reason: "x"}, "approval"},
		"into a suspended account":     {Merge{SurvivorID: suspended.ID, MergedID: other.ID, Reason: "x"}, "state"},
		"administrator into patient":   {Merge{SurvivorID: patient.ID, MergedID: admin.Person.ID, Reason: "x"}, "role"},
		"two administrators":           {Merge{SurvivorID: admin.Person.ID, MergedID: second.Person.ID, Reason: "x"}, "role"},
		"a higher level would be lost": {Merge{SurvivorID: patient.ID, MergedID: higher.ID, Reason: "x"}, "level"},
	} {
		if _, err := i.Merge(t.Context(), c.m, clerk); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := i.Merge(t.Context(), Merge{SurvivorID: patient.ID, MergedID: idp.NewID(), Reason: "x"}, clerk); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if now, err := i.Store.Person(t.Context(), other.ID); err != nil || now.State != idp.PersonActive {
		t.Errorf("a refused merge changed somebody (%v)", err)
	}
}

func TestMergeNeedsTwoWhereTwoHaveToAgree(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	i.TwoPersonApproval = true
	survivor, other := i.add(t, maria(), idp.IDIAL1_8), i.add(t, maria(), idp.IDIAL1_8)
	m := Merge{SurvivorID: survivor.ID, MergedID: other.ID, Reason: "the same"}
	if _, err := i.Merge(t.Context(), m, clerk); code(err) != "approval" {
		t.Errorf("by one: %v", err)
	}
	m.ApprovedBy = "supervisor"
	if _, err := i.Merge(t.Context(), m, clerk); err != nil {
		t.Fatal(err)
	}
	for _, p := range []idp.Person{survivor, other} {
		all := append(i.audited(t, p.ID, "person.merge"), i.audited(t, p.ID, "person.merged")...)
		if len(all) != 1 || !strings.Contains(all[0], "supervisor") {
			t.Errorf("the audit log has %q", all)
		}
	}
}

func TestMergeMovesWhoMayActForWhom(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	survivor, other, child := i.add(t, maria(), idp.IDIAL1_8), i.add(t, maria(), idp.IDIAL1_8), i.add(t, samuel(), idp.Unverified)
	for _, r := range []idp.Representation{
		{ID: idp.NewID(), RepresentativeID: other.ID, PatientID: child.ID, Relationship: "MTH", StartsOn: "2020-01-01"},
		{ID: idp.NewID(), RepresentativeID: other.ID, PatientID: survivor.ID, Relationship: "SPS", StartsOn: "2020-01-01"}, // herself
	} {
		if err := i.Store.AddRepresentation(t.Context(), r, idp.Trail{}); err != nil {
			t.Fatal(err)
		}
	}
	i.merged(t, survivor, other)
	left, err := i.Store.Representations(t.Context(), other.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range left {
		if r.EndedAt.IsZero() {
			t.Errorf("the tombstone has part in %+v", r)
		}
	}
	now, err := i.Store.Representations(t.Context(), child.ID)
	if err != nil || len(now) != 1 || now[0].RepresentativeID != survivor.ID || !now[0].EndedAt.IsZero() {
		t.Errorf("got %+v (%v)", now, err)
	}
	if got := i.audited(t, child.ID, "representation.move"); len(got) != 1 || !strings.Contains(got[0], survivor.ID) {
		t.Errorf("the audit log has %q", got)
	}
}
