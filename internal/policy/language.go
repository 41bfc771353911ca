package policy

import (
	"maps"
	"slices"
)

// First is the language that every document has a text in; the others are added to it.
const First = "en"

// Texts are a document in its languages, by BCP 47 tag. First is among them.
type Texts map[string]string

// Languages are the tags of the languages that there is a text in, First at the front.
func (t Texts) Languages() []string {
	var tags []string
	for _, tag := range slices.Sorted(maps.Keys(t)) {
		if tag != First && t[tag] != "" {
			tags = append(tags, tag)
		}
	}
	return append([]string{First}, tags...)
}

// Texts are the document in every language that it has.
func (d Document) Texts() Texts {
	all := Texts{First: d.Markdown}
	maps.Copy(all, d.others)
	return all
}

// In is the document in a language, and the language that it is really in: where there is no text in the one that is asked for, that is
// First.
func (d Document) In(language string) (text Document, is string) {
	if other := d.others[language]; other != "" {
		d.Markdown = other
		return d, language
	}
	return d, First
}
