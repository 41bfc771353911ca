package matching

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// latin are letters that have no decomposition in Unicode, as they are written without them.
var latin = strings.NewReplacer("æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "þ", "th", "ħ", "h", "ı", "i", "ŋ", "n",
	"ŧ", "t", "ə", "e", "ƒ", "f")

// marked are the scripts whose marks are left out when somebody types in a hurry. In others, such as Devanagari, marks are
// vowels.
var marked = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew}

// words splits text into words in one spelling: compatibility forms are replaced (NFKD), marks and case dropped, Latin letters
// written in the basic alphabet, apostrophes and joiners left out, and everything else that is no letter or digit parts words.
func words(text string) []string {
	var b strings.Builder
	drop := false // marks behind this letter
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
			if !drop {
				b.WriteRune(r)
			}
		case r == '\'' || r == '’' || r == 'ʼ' || r == '`' || r == 'ʻ' || unicode.Is(unicode.Cf, r) || r == 'ـ' || r == '.':
			// O'Brien, ʻOkina, joiners, the Arabic stretch, and the full stop of an initial
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r):
			drop = unicode.In(r, marked...)
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	folded := cases.Fold().String(norm.NFC.String(b.String()))
	return strings.Fields(latin.Replace(folded))
}

// joined is text as one word: "de la Cruz" is delacruz.
func joined(text string) string { return strings.Join(words(text), "") }

// particles stand in a family name or not, depending on the form.
var particles = map[string]bool{"de": true, "la": true, "las": true, "los": true, "del": true, "van": true, "von": true, "der": true,
	"den": true, "al": true, "el": true, "bin": true, "ibn": true, "da": true, "dos": true, "das": true, "di": true, "du": true, "le": true, "y": true, "e": true}

// core are the words of a family name without particles, or all when there are no others.
func core(all []string) []string {
	var some []string
	for _, w := range all {
		if !particles[w] {
			some = append(some, w)
		}
	}
	if len(some) == 0 {
		return all
	}
	return some
}

// streetWords are what is abbreviated in addresses (USPS Publication 28, appendices C1 and C2).
var streetWords = map[string]string{
	"street": "st", "str": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr", "lane": "ln", "boulevard": "blvd", "court": "ct",
	"place": "pl", "square": "sq", "terrace": "ter", "highway": "hwy", "parkway": "pkwy", "circle": "cir", "trail": "trl", "way": "wy",
	"north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
	"saint": "st", "mount": "mt", "fort": "ft",
}

// unitWords begin the part of an address that is inside the building.
var unitWords = map[string]bool{"apt": true, "apartment": true, "unit": true, "suite": true, "ste": true, "floor": true, "fl": true, "room": true, "rm": true}

// splitStreet is the house and what is inside it, each in one spelling.
func splitStreet(street string) (house, unit string) {
	var outside, inside []string
	in := false
	for _, w := range words(strings.ReplaceAll(street, "#", " unit ")) {
		if unitWords[w] && len(outside) > 0 {
			in = true
			continue
		}
		if short, ok := streetWords[w]; ok {
			w = short
		}
		if in {
			inside = append(inside, w)
		} else {
			outside = append(outside, w)
		}
	}
	return strings.Join(outside, " "), strings.Join(inside, " ")
}

// mailbox is an e-mail address in the spelling that reaches the same box: case counts nowhere in practice, what is behind a plus
// is the holder's own note, and two hosts ignore full stops.
func mailbox(address string) string {
	address = strings.ToLower(strings.TrimSpace(address))
	local, domain, found := strings.Cut(address, "@")
	if !found {
		return address
	}
	if bare, _, tagged := strings.Cut(local, "+"); tagged && bare != "" {
		local = bare
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// suffixes are the spellings of one.
var suffixes = map[string]string{"junior": "jr", "senior": "sr", "2nd": "ii", "2": "ii", "3rd": "iii", "3": "iii", "4th": "iv", "4": "iv", "i": "sr"}

// generation is the suffix as far as it tells father from son; titles tell nothing.
func generation(suffix string) string {
	s := joined(suffix)
	if short, ok := suffixes[s]; ok {
		s = short
	}
	switch s {
	case "jr", "sr", "ii", "iii", "iv", "v":
		return s
	}
	return ""
}
