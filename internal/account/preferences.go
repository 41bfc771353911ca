package account

import (
	"net/http"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Preferences answers GET /account/preferences.
func (a *Account) Preferences(w http.ResponseWriter, r *http.Request) error {
	_, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	return a.Pages.AccountPreferences(w, r, pages.AccountPreferences{Done: r.URL.Query().Get("done")})
}

// SavePreferences answers POST /account/preferences. The language is hers, so that messages and the desk's letters are in it; in which
// colours she reads is this browser's alone.
func (a *Account) SavePreferences(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	pages.SetTheme(w, form.Get("theme"))
	to := "/account/preferences?done=saved"
	if tag := form.Get("language"); slices.Contains(pages.Languages(), tag) {
		_, err := a.Change(r.Context(), Change{
			PersonID: v.person.ID, Values: []idp.Attribute{{Kind: idp.AttributeLanguage, Text: tag}}, Reason: "her choice",
		}, a.reading(r, v, "preferences"))
		if err != nil {
			return err
		}
		to += "&" + pages.LanguageQuery(tag)
	}
	return redirect(w, r, to)
}
