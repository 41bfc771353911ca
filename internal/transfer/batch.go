package transfer

import (
	"cmp"
	"fmt"
	"slices"

	"udap-idp/internal/identity"
	"udap-idp/internal/matching"
)

// The size of a batch: a server beside the import waits while one is stored, and an interruption costs at most one.
const (
	batchPeople = 500
	batchRows   = 2000
)

// batch is what will be stored together.
type batch struct {
	size      int // of people
	lines     []Line
	newcomers []identity.Newcomer
	rows      []int64          // of the newcomers
	byKey     map[string][]int // which of them have a key
}

func newBatch(size int) *batch { return &batch{size: size, byKey: map[string][]int{}} }

func (b *batch) full() bool { return len(b.newcomers) >= b.size || len(b.lines) >= batchRows }

func (b *batch) add(n identity.Newcomer, row int64) {
	for _, key := range n.Person.MatchKeys {
		b.byKey[key] = append(b.byKey[key], len(b.newcomers))
	}
	b.newcomers, b.rows = append(b.newcomers, n), append(b.rows, row)
}

// How far is looked inside of a batch, as identity does in the store.
const (
	keysInCommon = 2
	keyHolders   = 50
)

// lookalikes are those of the batch who may be the newcomer.
func (b *batch) lookalikes(n identity.Newcomer) []likeness {
	shared := map[int]int{}
	for _, key := range n.Person.MatchKeys {
		holders := b.byKey[key]
		for _, other := range holders[:min(len(holders), keyHolders)] {
			shared[other]++
		}
	}
	var all []likeness
	for other, keys := range shared {
		if keys < keysInCommon {
			continue
		}
		if score := n.Compare(b.newcomers[other]); score.Verdict != matching.Different {
			all = append(all, likeness{other: fmt.Sprintf("row %d", b.rows[other]), score: score})
		}
	}
	return all
}

func sortLikenesses(all []likeness) {
	slices.SortFunc(all, func(a, b likeness) int {
		return cmp.Or(b.score.Verdict.Rank()-a.score.Verdict.Rank(), b.score.Value-a.score.Value, cmp.Compare(a.other, b.other))
	})
}
