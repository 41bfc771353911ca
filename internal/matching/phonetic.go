package matching

import "strings"

// maxPhonetic is how many sounds of a name count.
const maxPhonetic = 8

// phonetic reduces a folded word of Latin letters to its sounds, one capital each, and returns any other word as it is.
//
// It is a key of our own in the manner of Metaphone, for names written by ear in English or Spanish:
//
//   - vowels count at the beginning only, where all of them are A; h is mute; w counts before a vowel
//   - b v w(vowel) are B; f ph are F; c k q g are K, but before e i y c is S and g is J; ck is K; ch is X, before a consonant K
//   - s z sh sch tz ts are S; j, and x or y at the beginning before a vowel, are J; x elsewhere is KS; tch is X; dg is J; gh before t or at the end is mute
//   - d t th are T; l m n p r are themselves
//   - at the beginning kn gn pn are N, wr is R, ps is S, mac mc are MK
//   - a sound that follows itself counts once, unless a vowel is between
func phonetic(word string) string {
	if word == "" || strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return word
	}
	s := opening(word)
	var out []byte
	last := byte(0) // the sound before, 0 behind a vowel
	emit := func(sounds string) {
		for i := range len(sounds) {
			if sounds[i] != last {
				out = append(out, sounds[i])
			}
			last = sounds[i]
		}
	}
	for i := 0; i < len(s); {
		if isVowel(s[i]) {
			if len(out) == 0 {
				out = append(out, 'A')
			}
			last = 0
			i++
			continue
		}
		sounds, length := consonant(s, i)
		emit(sounds)
		i += length
	}
	if len(out) == 0 {
		return word
	}
	return string(out[:min(len(out), maxPhonetic)])
}

// opening replaces what is mute at the beginning of a word.
func opening(s string) string {
	for _, rule := range [][2]string{{"kn", "n"}, {"gn", "n"}, {"pn", "n"}, {"wr", "r"}, {"ps", "s"}, {"mac", "mk"}, {"mc", "mk"}} {
		if rest, found := strings.CutPrefix(s, rule[0]); found && rest != "" {
			return rule[1] + rest
		}
	}
	if len(s) > 1 && (s[0] == 'x' || s[0] == 'y') && isVowel(s[1]) {
		return "j" + s[1:]
	}
	return s
}

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

// groups are letters that are one sound together, the longest first.
var groups = []struct{ letters, sound string }{
	{"sch", "S"}, {"tch", "X"}, {"sh", "S"}, {"ph", "F"}, {"ck", "K"}, {"th", "T"}, {"tz", "S"}, {"ts", "S"}, {"dg", "J"},
}

// letters are the sounds of single letters, wherever they stand.
var letters = map[byte]string{
	'b': "B", 'v': "B", 'f': "F", 'k': "K", 'q': "K", 's': "S", 'z': "S", 'x': "KS", 'j': "J", 'd': "T", 't': "T",
	'l': "L", 'm': "M", 'n': "N", 'p': "P", 'r': "R", 'h': "",
}

// consonant is the sound at a place, and how many letters it takes.
func consonant(s string, i int) (sound string, length int) {
	rest := s[i:]
	for _, g := range groups {
		if strings.HasPrefix(rest, g.letters) {
			return g.sound, len(g.letters)
		}
	}
	var next byte
	if len(rest) > 1 {
		next = rest[1]
	}
	soft := next == 'e' || next == 'i' || next == 'y'
	switch rest[0] {
	case 'c':
		switch {
		case next == 'h' && len(rest) > 2 && !isVowel(rest[2]):
			return "K", 2
		case next == 'h':
			return "X", 2
		case soft:
			return "S", 1
		}
		return "K", 1
	case 'g':
		switch {
		case next == 'h' && i > 0 && (len(rest) == 2 || rest[2] == 't'):
			return "", 2
		case soft:
			return "J", 1
		}
		return "K", 1
	case 'w':
		if isVowel(next) {
			return "B", 1
		}
		return "", 1
	}
	return letters[rest[0]], 1
}
