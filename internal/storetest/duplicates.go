package storetest

import (
	"time"

	"udap-idp/internal/idp"
)

// pairs are three persons, the first of whom may be each of the two others.
func (h *house) pairs() (people []idp.Person, found []idp.Suspicion) {
	h.Helper()
	for range 3 {
		p, _ := h.addPerson()
		people = append(people, p)
	}
	for i, other := range people[1:] {
		found = append(found, idp.Suspicion{Pair: idp.PairOf(people[0].ID, other.ID), FoundAt: h.now, Likeness: idp.Likeness{
			Verdict: "likely", Rank: 2, Value: 80 + i, Reasons: []idp.LikenessReason{{Field: "birthdate", Agreement: "exact"}},
		}})
	}
	h.ok(h.RecordExamined(h.ctx, []idp.Examined{{PersonID: people[0].ID, Revision: 1, Found: found}}))
	return people, found
}

func (h *house) suspected(f idp.SuspicionFilter) []idp.Suspicion {
	h.Helper()
	all, err := h.Suspicions(h.ctx, f)
	h.ok(err)
	return all
}

func recordsWaitToBeCompared(h *house) {
	waiting := func() int {
		h.Helper()
		people, err := h.Unexamined(h.ctx, 100)
		h.ok(err)
		_, n, err := h.CountSuspicions(h.ctx, 1)
		h.ok(err)
		if n != len(people) {
			h.Errorf("%d are counted, %d come", n, len(people))
		}
		return n
	}
	if n := waiting(); n != 1 {
		h.Fatalf("%d wait, want the one person", n)
	}
	h.ok(h.RecordExamined(h.ctx, []idp.Examined{{PersonID: h.person.ID, Revision: h.person.Revision + 1}}))
	if n := waiting(); n != 1 {
		h.Errorf("compared as she was before a change, %d wait, want 1", n)
	}
	h.ok(h.RecordExamined(h.ctx, []idp.Examined{{PersonID: h.person.ID, Revision: h.person.Revision}}))
	if n := waiting(); n != 0 {
		h.Errorf("%d wait, want none", n)
	}
	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) {})))
	if n := waiting(); n != 1 {
		h.Errorf("after a change %d wait, want 1", n)
	}
	h.ok(h.ImportPeople(h.ctx, idp.ImportBatch{Mark: idp.ImportMark{ID: "file", Rows: 1}, People: []idp.Person{h.newPerson()}}))
	if n := waiting(); n != 2 {
		h.Errorf("after an import %d wait, want 2", n)
	}
}

func suspicionsArePaged(h *house) {
	_, found := h.pairs()
	all := h.suspected(idp.SuspicionFilter{LeastRank: 1})
	if len(all) != 2 || all[0].Pair != found[1].Pair || all[1].Pair != found[0].Pair || len(all[0].Reasons) != 1 || !all[0].FoundAt.Equal(h.now) {
		h.Fatalf("found %+v, want the likelier first", all)
	}
	first := h.suspected(idp.SuspicionFilter{Limit: 1})
	place := idp.SuspicionPlace{Pair: first[0].Pair, Rank: first[0].Rank, Value: first[0].Value}
	if next := h.suspected(idp.SuspicionFilter{After: &place, Limit: 1}); len(next) != 1 || next[0].Pair != found[0].Pair {
		h.Errorf("the second page has %+v", next)
	}
	if none := h.suspected(idp.SuspicionFilter{LeastRank: 3}); len(none) != 0 {
		h.Errorf("with a higher rank: %+v", none)
	}
	of, err := h.SuspicionsOf(h.ctx, found[0].B)
	h.ok(err)
	if len(of) != 1 || of[0].Pair != found[0].Pair {
		h.Errorf("of a person: %+v", of)
	}
	if open, _, err := h.CountSuspicions(h.ctx, 2); err != nil || open != 2 {
		h.Errorf("%d are open (%v), want 2", open, err)
	}
}

func decisionHoldsUntilMoreAgrees(h *house) {
	people, found := h.pairs()
	d := found[0]
	d.DecidedAt, d.DecidedBy, d.Decision = h.now, "clerk", "twins"
	h.ok(h.DecideSuspicion(h.ctx, d, h.trailOf("duplicate.decide")))
	if h.left("duplicate.decide") != 1 {
		h.Error("the decision is not in the audit log")
	}
	examine := func(rank int) {
		h.Helper()
		p, err := h.Person(h.ctx, people[0].ID)
		h.ok(err)
		p.UpdatedAt = h.now
		h.ok(h.ChangePerson(h.ctx, p))
		again := found[0]
		again.Rank = rank
		h.ok(h.RecordExamined(h.ctx, []idp.Examined{{PersonID: p.ID, Revision: p.Revision + 1, Found: []idp.Suspicion{again}}}))
	}
	examine(2)
	got, err := h.Suspicion(h.ctx, d.Pair)
	h.ok(err)
	if got.DecidedBy != "clerk" || got.Decision != "twins" || !got.DecidedAt.Equal(h.now) {
		h.Errorf("compared again the pair is %+v", got)
	}
	if open := h.suspected(idp.SuspicionFilter{}); len(open) != 0 {
		h.Errorf("open are %+v: the one that was not found again is gone, the other is decided", open)
	}
	if decided := h.suspected(idp.SuspicionFilter{Decided: true}); len(decided) != 1 {
		h.Errorf("%d are decided, want 1", len(decided))
	}
	examine(3)
	if got, err = h.Suspicion(h.ctx, d.Pair); err != nil || !got.DecidedAt.IsZero() || got.DecidedBy != "" {
		h.Errorf("though more agrees, the pair is %+v (%v)", got, err)
	}
	h.want(h.ReopenSuspicion(h.ctx, d.Pair, idp.Trail{}), idp.ErrNotFound)
	d.DecidedAt = h.now.Add(time.Second)
	h.ok(h.DecideSuspicion(h.ctx, d, idp.Trail{}))
	h.ok(h.ReopenSuspicion(h.ctx, d.Pair, idp.Trail{}))
	if open := h.suspected(idp.SuspicionFilter{}); len(open) != 1 {
		h.Errorf("taken back, %d are open, want 1", len(open))
	}
}

func tombstoneIsNobodysDuplicate(h *house) {
	people, found := h.pairs()
	survivor, err := h.Person(h.ctx, people[0].ID)
	h.ok(err)
	merged, err := h.Person(h.ctx, people[1].ID)
	h.ok(err)
	survivor.UpdatedAt, merged.UpdatedAt = h.now, h.now
	merged.State, merged.SurvivorID = idp.PersonMerged, survivor.ID
	h.ok(h.MergePeople(h.ctx, survivor, merged))
	_, err = h.Suspicion(h.ctx, found[0].Pair)
	h.want(err, idp.ErrNotFound)
	// One that was compared before the merge leaves nothing behind it.
	h.ok(h.RecordExamined(h.ctx, []idp.Examined{{PersonID: survivor.ID, Revision: survivor.Revision + 1, Found: found}}))
	if all := h.suspected(idp.SuspicionFilter{}); len(all) != 1 || all[0].Pair != found[1].Pair {
		h.Errorf("found %+v, want the pair of the living", all)
	}
}
