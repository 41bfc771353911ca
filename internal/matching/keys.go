package matching

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxKeys bounds the keys of a record. What exceeds it are names and contacts of before.
const MaxKeys = 24

// KeysVersion changes with every change of the keys: those that are stored have to be made anew then.
const KeysVersion = 1

// Keys are the short texts that records of the same person probably share. They tell who she is: store digests of them.
//
//	fb  sound of the family name, birthdate     nm  sounds of both names, in either order
//	bi  birthdate, first letter of the name     ph  telephone       em  mailbox
//	ad  house and ZIP code, or city             ev  document
//
// Birthdates whose day and month may have been swapped have one form.
func Keys(r Record) []string {
	f := factsOf(r)
	var keys []string
	add := func(kind string, parts ...string) {
		if slices.Contains(parts, "") {
			return
		}
		if key := kind + " " + strings.Join(parts, " "); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for i, n := range f.names {
		if i == 1 { // the current name, then contacts, then names of before
			contactKeys(f, add)
		}
		nameKeys(n, f.births, add)
	}
	contactKeys(f, add)
	return keys[:min(len(keys), MaxKeys)]
}

func contactKeys(f facts, add func(kind string, parts ...string)) {
	const each = 4 // so that no kind crowds out the others
	for _, e := range f.evidence[:min(each, len(f.evidence))] {
		add("ev", e)
	}
	for _, p := range f.phones[:min(each, len(f.phones))] {
		add("ph", p)
	}
	for _, m := range f.mailboxes[:min(each, len(f.mailboxes))] {
		add("em", m)
	}
	for _, p := range f.places[:min(each, len(f.places))] {
		if p.zip != "" {
			add("ad", p.house, p.zip)
		} else {
			add("ad", p.house, p.city)
		}
	}
}

func nameKeys(n name, births []string, add func(kind string, parts ...string)) {
	families := sounds(n.family)
	given, initial := "", ""
	if len(n.given) > 0 {
		given = phonetic(n.given[0])
	}
	if first := append(slices.Clone(n.given), n.family...); len(first) > 0 {
		r, _ := utf8.DecodeRuneInString(first[0])
		initial = string(r)
	}
	for _, family := range families {
		for _, born := range births {
			add("fb", family, unswapped(born))
		}
		if given == "" {
			add("nm", family)
			continue
		}
		add("nm", min(family, given), max(family, given))
	}
	for _, born := range births {
		add("bi", unswapped(born), initial)
	}
}

// sounds are those of a family name as one word, and of its first and last word: somebody with two leaves one out.
func sounds(family []string) []string {
	if len(family) == 0 {
		return nil
	}
	all := []string{phonetic(strings.Join(family, ""))}
	for _, w := range []string{family[0], family[len(family)-1]} {
		if s := phonetic(w); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// unswapped is a birthdate with the smaller of day and month first, where both may be either.
func unswapped(born string) string {
	month, day := born[4:6], born[6:8]
	if day <= "12" && day < month {
		return born[:4] + day + month
	}
	return born
}
