package idp

import (
	"context"
	"time"
)

// The ranks of verdicts.
const (
	RankDifferent = iota
	RankPossible
	RankLikely
	RankSame
)

// Likeness is how two records compare.
type Likeness struct {
	Verdict string           `json:"verdict"` // same, likely, possible; different
	Rank    int              `json:"-"`       // of the verdict: the higher, the likelier the two are one; 0 for different
	Value   int              `json:"value"`   // 0 to 100: how much of what they tell agrees
	Reasons []LikenessReason `json:"reasons"`
}

// LikenessReason is how one field compares. It holds no value of either person.
type LikenessReason struct {
	Field     string `json:"field"`     // family_name, given_name, suffix, birthdate, sex, address, phone, email, document
	Agreement string `json:"agreement"` // exact, phonetic, similar, swapped, different, missing
}

// Pair is two persons, by their ids.
type Pair struct{ A, B string }

// PairOf is a pair in the order in which pairs are kept.
func PairOf(one, other string) Pair { return Pair{min(one, other), max(one, other)} }

// Suspicion is that two records may be one person.
type Suspicion struct {
	Pair
	Likeness
	FoundAt time.Time
	// DecidedAt is when somebody looked at both and said that they are two; zero while nobody has.
	DecidedAt time.Time
	DecidedBy string
	Decision  string // why they are two
}

// SuspicionFilter selects pairs.
type SuspicionFilter struct {
	LeastRank int  // of the verdict
	Decided   bool // those that are two persons, as somebody said; else those that nobody has looked at
	After     *SuspicionPlace
	Limit     int // 0 is 100
}

// SuspicionPlace is where a page ends.
type SuspicionPlace struct {
	Pair
	Rank, Value int
}

// Examined is what was found when a record was compared with the others.
type Examined struct {
	PersonID string
	Revision int64 // of the record as it was compared
	Found    []Suspicion
}

// Suspicions keeps the pairs of records that may be one person. A record that is added or changed waits to be examined, from
// the transaction of the change on.
type Suspicions interface {
	// Unexamined returns up to limit persons whose records wait to be compared, in order of id.
	Unexamined(ctx context.Context, limit int) ([]Person, error)
	// RecordExamined replaces the pairs of the persons by those that were found. A record that was changed since it was compared
	// waits on. A pair that somebody has decided stays decided, unless its verdict has a higher rank than it had then.
	RecordExamined(ctx context.Context, examined []Examined) error
	// Suspicions returns pairs, the likeliest first, in an order that stays when others come and go.
	Suspicions(ctx context.Context, filter SuspicionFilter) ([]Suspicion, error)
	// SuspicionsOf returns the pairs that a person is one of, decided ones too.
	SuspicionsOf(ctx context.Context, personID string) ([]Suspicion, error)
	// Suspicion returns one pair, or ErrNotFound.
	Suspicion(ctx context.Context, pair Pair) (Suspicion, error)
	// DecideSuspicion records that the two are two: s.Decision, s.DecidedBy, s.DecidedAt, and s.Likeness as it was seen. A pair that
	// was not suspected is from then on one that is decided.
	DecideSuspicion(ctx context.Context, s Suspicion, trail Trail) error
	// ReopenSuspicion takes that back. ErrNotFound: nobody has decided it.
	ReopenSuspicion(ctx context.Context, pair Pair, trail Trail) error
	// CountSuspicions counts the pairs that nobody has looked at with a verdict of a rank at least, and the records that wait to be
	// compared.
	CountSuspicions(ctx context.Context, leastRank int) (open, unexamined int, err error)
}

// Merge is that two records are one person.
type Merge struct {
	SurvivorID string // goes on
	MergedID   string // becomes a tombstone, for good
	ApprovedBy string // somebody else than who merges; "" unless two have to agree
	Reason     string
}

// MergePlan is what a merge would do.
type MergePlan struct {
	Refusal    string          // code of why it is refused, as of an error's RefusalCode; "" when it is not
	Identifier string          // what becomes of the survivor's: kept, taken over, none
	Tombstone  bool            // the merged one has an identifier of its own, which is never used again
	New        []AttributeKind // of values of the merged one that the survivor gets as her word
}
