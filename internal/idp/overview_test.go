package idp

import (
	"testing"
	"time"
)

// TestLatencyIsToldToATenth: a duration and what is told of it differ by less than a tenth, from the shortest to the longest.
func TestLatencyIsToldToATenth(t *testing.T) {
	t.Parallel()
	for d := 100 * time.Microsecond; d < 2*time.Minute; d += d / 37 {
		told := LatencyAt(LatencyStep(d))
		if ratio := float64(told) / float64(d); ratio < 0.90 || ratio > 1.10 {
			t.Errorf("%v is told as %v", d, told)
		}
	}
	steps := map[int]int{LatencyStep(2 * time.Millisecond): 90, LatencyStep(80 * time.Millisecond): 9, LatencyStep(5 * time.Second): 1}
	for part, want := range map[float64]time.Duration{0.5: 2 * time.Millisecond, 0.95: 80 * time.Millisecond, 1: 5 * time.Second} {
		if got := Percentile(steps, part); LatencyStep(got) != LatencyStep(want) {
			t.Errorf("the %v part took %v at most, want %v", part, got, want)
		}
	}
	if got := Percentile(nil, 0.5); got != 0 {
		t.Errorf("of none: %v", got)
	}
}
