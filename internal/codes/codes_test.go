package codes

import (
	"strings"
	"testing"
)

func TestCodeIsTakenHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	for range 200 {
		code := New(16)
		if len(code) != 16 || Normal(code) != code {
			t.Fatalf("%q is %q when it comes back", code, Normal(code))
		}
		typed := strings.ToLower(Groups(code, 4))
		for _, way := range []string{typed, strings.ReplaceAll(typed, "-", " "), strings.ReplaceAll(typed, "-", "–"), "  " + typed + "\n",
			strings.NewReplacer("0", "o", "1", "l").Replace(typed)} {
			if Normal(way) != code {
				t.Errorf("%q is %q, want %q", way, Normal(way), code)
			}
		}
	}
	for _, other := range []string{"A!B", "ñandú", strings.Repeat("A", maxTyped+1), "AU"} {
		if Normal(other) != "" {
			t.Errorf("%q is taken for the code %q", other, Normal(other))
		}
	}
}

func TestEachSignIsAsLikely(t *testing.T) {
	t.Parallel()
	count := map[rune]int{}
	for _, r := range New(32*2000) + Digits(10*2000) {
		count[r]++
	}
	for _, r := range alphabet {
		want := 2000
		if r <= '9' {
			want = 4000
		}
		if count[r] < want*3/4 || count[r] > want*5/4 {
			t.Errorf("%c came %d times, want about %d", r, count[r], want)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"": "", "ABCD": "ABCD", "ABCDE": "ABCD-E", "ABCDEFGH": "ABCD-EFGH"} {
		if got := Groups(code, 4); got != want {
			t.Errorf("%q is written %q, want %q", code, got, want)
		}
	}
}
