package idp

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"
)

// Waiting is how much waits for a hand.
type Waiting struct {
	Approvals             int // acts that wait for a second administrator
	ProofingApprovals     int // proofings that wait for a second reviewer
	ProofingNotifications int // proofings whose notification is not sent
	Requests              int // of people, that nobody has answered
	FailedRegistrations   int // of the last day
	FailedAuthentications int // of data holders, in the last day
	FailingMessages       int // that were tried and wait for another try
	LostMessages          int // that were given up in the last week
	Duplicates            int // pairs of records that are probably one person, and that nobody has looked at
}

// AccountCount is how many accounts there are of a kind.
type AccountCount struct {
	Role  Role
	State PersonState
	Level Level
	Count int
}

// AttemptDay is how often data holders attempted something on a day, and what came of it.
type AttemptDay struct {
	Day     string // YYYY-MM-DD, UTC
	Kind    AttemptKind
	Outcome string // as in Attempt
	Count   int
}

// Latency is how many requests of a day took so long.
type Latency struct {
	Day    time.Time // UTC
	Family string    // a group of addresses
	Step   int       // see LatencyStep
	Count  int
}

// LatenciesKept is how long it is known how long requests took.
const LatenciesKept = 400 * 24 * time.Hour

// latencySteps are the steps to a doubling: what is between two of them is told apart no more, an error of a tenth at most.
const latencySteps = 4

// The groups of addresses whose latencies are told apart.
const (
	LatencyPeople  = "people"  // pages for people
	LatencyHolders = "holders" // what data holders ask for
	LatencyDesk    = "desk"    // pages for administrators
)

// LatencyStep is the step that a duration falls into. Step 0 is a tenth of a millisecond and less.
func LatencyStep(d time.Duration) int {
	if d <= 100*time.Microsecond {
		return 0
	}
	return int(math.Ceil(latencySteps * math.Log2(float64(d)/float64(100*time.Microsecond))))
}

// LatencyAt is the middle of a step, as durations that grow by the same factor have it.
func LatencyAt(step int) time.Duration {
	if step == 0 {
		return 100 * time.Microsecond
	}
	return time.Duration(float64(100*time.Microsecond) * math.Exp2((float64(step)-0.5)/latencySteps))
}

// Percentile is how long the given part of requests took at most, 0.95 for 95 of 100; steps are how many took how long.
func Percentile(steps map[int]int, part float64) time.Duration {
	total := 0
	for _, n := range steps {
		total += n
	}
	rest := int(math.Ceil(part * float64(total)))
	for _, step := range slices.Sorted(maps.Keys(steps)) {
		if rest -= steps[step]; rest <= 0 {
			return LatencyAt(step)
		}
	}
	return 0
}

// Overview counts.
type Overview interface {
	CountWaiting(ctx context.Context, now time.Time) (Waiting, error)
	CountAccounts(ctx context.Context) ([]AccountCount, error)
	CountAttempts(ctx context.Context, since time.Time) ([]AttemptDay, error)

	// AddLatencies adds to what was counted; Latencies returns it, since a day. What is older than LatenciesKept is purged.
	AddLatencies(ctx context.Context, latencies []Latency) error
	Latencies(ctx context.Context, since time.Time) ([]Latency, error)
}
