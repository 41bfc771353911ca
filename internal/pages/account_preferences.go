package pages

import "net/http"

// AccountPreferences is how a person wants to read our pages.
type AccountPreferences struct {
	Done string // saved; "" for nothing
}

type accountPreferencesView struct {
	AccountPreferences
	Languages []*language
	Tag       string // of the page
	Theme     string
	DoneKey   string
}

// AccountPreferences renders the choice of a language and of a scheme of colours.
func (p *Pages) AccountPreferences(w http.ResponseWriter, r *http.Request, a AccountPreferences) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "account-preferences", status: http.StatusOK, lang: l, data: accountPreferencesView{
		AccountPreferences: a, Languages: p.catalog.languages, Tag: l.Tag, Theme: Theme(r), DoneKey: chosenKey("account.preferences.done.", a.Done),
	}})
}

// Languages are the tags of the languages that the pages are written in.
func Languages() []string {
	cat, err := translations()
	if err != nil {
		return nil // New has failed with this error already
	}
	var tags []string
	for _, l := range cat.languages {
		tags = append(tags, l.Tag)
	}
	return tags
}

// LanguageQuery is the query by which a page is answered in a language, and the choice is remembered in this browser.
func LanguageQuery(tag string) string { return languageParameter + "=" + tag }
