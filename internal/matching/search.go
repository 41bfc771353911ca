package matching

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Question is what somebody knows of a person whom she looks for; what is not known is empty.
type Question struct {
	Name      string // in any order and spelling
	Birthdate string // YYYY-MM-DD
	Email     string
	Phone     string // E.164
}

// maxAsked is how many words of a name are looked up; each pair of them is a key.
const maxAsked = 6

// Lists are the keys by which the person is looked up: of each list she has at least one (Keys). The lists that fewer people share come first.
// That she has them is not all: whether every word is in her name says Answers.
func (q Question) Lists() [][]string {
	var lists [][]string
	if q.Email != "" {
		lists = append(lists, []string{"em " + mailbox(q.Email)})
	}
	if q.Phone != "" {
		lists = append(lists, []string{"ph " + q.Phone})
	}
	asked := askedWords(q.Name)
	if len(asked) > 0 && len(q.Birthdate) == len("2006-01-02") {
		lists = append(lists, bornKeys(asked, unswapped(strings.ReplaceAll(q.Birthdate, "-", ""))))
	}
	if keys := pairKeys(asked); len(keys) > 0 {
		lists = append(lists, keys)
	}
	return lists
}

// askedWords are the words of a name that was typed, particles last, because they stand in a name or not.
func askedWords(name string) []string {
	all := words(name)
	kept := core(all)
	for _, w := range all {
		if !slices.Contains(kept, w) {
			kept = append(kept, w)
		}
	}
	return kept[:min(len(kept), maxAsked)]
}

// neighbours are the words and each two that stand side by side as one: who types Mc Donald means McDonald.
func neighbours(all []string) []string {
	out := slices.Clone(all)
	for n := 1; n < len(all); n++ {
		out = append(out, all[n-1]+all[n])
	}
	return out
}

// bornKeys are those of a birthdate with a name, whichever of the words is the last name.
func bornKeys(asked []string, born string) []string {
	var keys []string
	for _, w := range neighbours(asked) {
		initial, _ := utf8.DecodeRuneInString(w)
		for _, key := range []string{"fb " + phonetic(w) + " " + born, "bi " + born + " " + string(initial)} {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// pairKeys are those of a first and a last name, whichever of the words is which, and of an only name. With one word, or one that may be an
// initial, there are none that everybody of that name would have.
func pairKeys(asked []string) []string {
	long := slices.DeleteFunc(slices.Clone(asked), func(w string) bool { return utf8.RuneCountInString(w) == 1 && w[0] < utf8.RuneSelf })
	if len(long) < 2 {
		return nil
	}
	var keys []string
	add := func(parts ...string) {
		if key := "nm " + strings.Join(parts, " "); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for n, one := range long {
		for _, other := range long[n+1:] {
			a, b := phonetic(one), phonetic(other)
			add(min(a, b), max(a, b))
		}
	}
	for n := 1; n < len(long) && len(long) > 2; n++ {
		joint := phonetic(long[n-1] + long[n])
		for at, other := range long {
			if at != n-1 && at != n {
				b := phonetic(other)
				add(min(joint, b), max(joint, b))
			}
		}
	}
	add(phonetic(strings.Join(long, "")))
	add(phonetic(long[0]))
	add(phonetic(long[len(long)-1]))
	return keys
}

// Answers reports whether every word that was typed sounds like a word of one name of the record, or is the first letter of one. A particle
// may be missing.
func (q Question) Answers(r Record) bool {
	all := words(q.Name)
	if len(all) == 0 {
		return true
	}
	for _, a := range r.Attributes {
		if a.Name != nil && inName(all, neighbours(words(a.Name.Given+" "+a.Name.Middle+" "+a.Name.Family))) {
			return true
		}
	}
	return false
}

func inName(asked, name []string) bool {
	heard := map[string]bool{}
	for _, w := range name {
		heard[phonetic(w)] = true
	}
	for n, w := range asked {
		switch {
		case particles[w], heard[phonetic(w)], within([]string{w}, name):
		case n > 0 && heard[phonetic(asked[n-1]+w)], n+1 < len(asked) && heard[phonetic(w+asked[n+1])]:
		default:
			return false
		}
	}
	return true
}
