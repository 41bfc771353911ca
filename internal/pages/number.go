package pages

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	xlanguage "golang.org/x/text/language"
)

// number writes a whole number with the language's mark between groups of three digits, from five digits on: so both English and
// Spanish may be written, and a year or a room number stays as it is.
func (l *language) number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if len(digits) < 5 || l.Thousands == "" {
		return sign + digits
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), l.Thousands)
}

// forms are CLDR's plural forms, as they end the keys of a text that counts something: "days.one", "days.other".
var forms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// counted is the text for a number of things, with {count} filled: the key has the language's plural form at its end. A language
// needs "other" and whichever of the others it knows.
func (l *language) counted(key string, n int, pairs ...any) (string, error) {
	pairs = append(pairs, "count", l.number(n))
	tag, err := xlanguage.Parse(l.Tag)
	if err != nil {
		return "", fmt.Errorf("language %s: %w", l.Tag, err)
	}
	form := forms[plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)]
	if _, ok := l.Texts[key+"."+form]; ok {
		return l.text(key+"."+form, pairs...)
	}
	return l.text(key+".other", pairs...)
}

// checkPlurals finds a text that counts and has no form for every number.
func (l *language) checkPlurals() error {
	for key := range l.Texts {
		stem, ok := strings.CutSuffix(key, ".one")
		if !ok {
			continue
		}
		if _, ok := l.Texts[stem+".other"]; !ok {
			return fmt.Errorf("%q has no form for other numbers, %q", key, stem+".other")
		}
	}
	return nil
}
