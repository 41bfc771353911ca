package identity

import (
	"testing"

	"udap-idp/internal/idp"
)

func (i *Identity) suspected(t *testing.T) []idp.Suspicion {
	t.Helper()
	for {
		n, err := i.Examine(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	all, err := i.Store.Suspicions(t.Context(), idp.SuspicionFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPairsThatMayBeOnePersonAreKept(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	one, other := i.add(t, maria(), idp.Unverified), i.add(t, maria(), idp.Unverified)
	i.add(t, samuel(), idp.Unverified)
	all := i.suspected(t)
	if len(all) != 1 || all[0].Pair != idp.PairOf(one.ID, other.ID) || all[0].Verdict != "same" || len(all[0].Reasons) == 0 {
		t.Fatalf("found %+v, want the two who agree in everything", all)
	}
	// A change is looked at anew: one of them is somebody else after all.
	i.changed(t, other, Corrected, named("Zoë", "Łukasiewicz"), text(idp.AttributePhone, "+12125550199"), text(idp.AttributeEmail, "zoe@example.net"),
		text(idp.AttributeBirthdate, "1999-12-31"), livingAt("99 Oak Avenue"))
	if all := i.suspected(t); len(all) != 0 {
		t.Errorf("after the correction %+v", all)
	}
}

// TestPlanOfAMergeIsWhatTheMergeDoes: what a clerk reads before she decides is what happens.
func TestPlanOfAMergeIsWhatTheMergeDoes(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	moved := maria()
	moved.Address.Street, moved.Email = "9 Elm Street", "other@example.org"
	survivor, merged := i.add(t, maria(), idp.IDIAL1_8), i.add(t, moved, idp.IDIAL1_8)
	plan := i.PlanMerge(survivor, merged)
	if plan.Refusal != "" || plan.Identifier != "kept" || !plan.Tombstone || len(plan.New) != 2 {
		t.Errorf("planned %+v", plan)
	}
	if len(survivor.Attributes) != len(i.person(t, survivor.ID).Attributes) {
		t.Error("planning changed something")
	}
	got := i.merged(t, survivor, merged)
	if len(got.Attributes) != len(survivor.Attributes)+2 {
		t.Errorf("%d values, want those of before and 2", len(got.Attributes))
	}
	if plan := i.PlanMerge(got, i.person(t, merged.ID)); plan.Refusal != "merged" {
		t.Errorf("of a tombstone %+v", plan)
	}
	low := i.add(t, samuel(), idp.Unverified)
	if plan := i.PlanMerge(low, got); plan.Refusal != "level" {
		t.Errorf("of one at a higher level %+v", plan)
	}
}

func TestNobodyMergesHerOwnRecord(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	one, other := i.add(t, maria(), idp.Unverified), i.add(t, maria(), idp.Unverified)
	for _, m := range []struct {
		actor string
		merge Merge
	}{
		{one.ID, Merge{SurvivorID: one.ID, MergedID: other.ID}}, {other.ID, Merge{SurvivorID: one.ID, MergedID: other.ID}},
		{"clerk", Merge{SurvivorID: one.ID, MergedID: other.ID, ApprovedBy: one.ID}}, {"clerk", Merge{SurvivorID: one.ID, MergedID: other.ID, ApprovedBy: other.ID}},
	} {
		m.merge.Reason = "the same"
		if _, err := i.Merge(t.Context(), m.merge, idp.Reading{Actor: m.actor}); code(err) != "herself" {
			t.Errorf("%s, approved by %q: %v", m.actor, m.merge.ApprovedBy, err)
		}
	}
}
