package pages

import (
	"fmt"
	"time"
)

// Words are the texts of one language, for whoever writes to people outside of a page.
type Words struct{ language *language }

// WordsFor is the best language of ours for what a reader prefers, in her order, and English when none of hers is near to
// one of ours.
func WordsFor(tags ...string) (Words, error) {
	cat, err := translations()
	if err != nil {
		return Words{}, fmt.Errorf("words: %w", err)
	}
	if l := cat.match(tags); l != nil {
		return Words{l}, nil
	}
	return Words{cat.languages[0]}, nil
}

// Tag is the language, BCP 47.
func (w Words) Tag() string { return w.language.Tag }

// Direction is ltr or rtl.
func (w Words) Direction() string { return w.language.Direction }

// Text is the text of a key, with its {placeholders} filled from pairs of name and value. A key that is missing is an error.
func (w Words) Text(key string, pairs ...any) (string, error) { return w.language.text(key, pairs...) }

// Date writes a day, and Moment a day with the time of day.
func (w Words) Date(t time.Time) string   { return w.language.date(t) }
func (w Words) Moment(t time.Time) string { return w.language.moment(t) }
