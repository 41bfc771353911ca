package pages

import (
	"net/http"
	"strings"

	xlanguage "golang.org/x/text/language"
)

// languageParameter is the query parameter of the language switch, and the cookie that remembers it.
const languageParameter = "lang"

// profileLanguageCookie says in which language a person wants to be written to, in the browsers that she signed in in: a language tag.
const profileLanguageCookie = "profile-lang"

const languageCookieSeconds = 365 * 24 * 60 * 60

// Language is the language a request is answered in, as a BCP 47 tag of our own list: what the reader chose with the
// switch, now or before, else the language of whoever signed in here, else the best of Accept-Language, else English.
func Language(r *http.Request) string {
	return LanguageFor(r, nil)
}

// LanguageFor is Language for a reader whom an app sent with a wish of its own (ui_locales, OpenID Connect Core
// §3.1.2.1: in order of preference). The reader's own choice comes first. What the app wishes comes before her profile: it knows in
// which language she has just been reading, and the profile may be a guess of somebody at a desk.
func LanguageFor(r *http.Request, uiLocales []string) string {
	cat, err := translations()
	if err != nil {
		return "en" // New has failed with this error already
	}
	return cat.choose(r, uiLocales).Tag
}

func (c *catalog) choose(r *http.Request, uiLocales []string) *language {
	if l := c.chosen(r); l != nil {
		return l
	}
	if l := c.match(uiLocales); l != nil {
		return l
	}
	if cookie, err := r.Cookie(profileLanguageCookie); err == nil && c.byTag[cookie.Value] != nil {
		return c.byTag[cookie.Value]
	}
	if l := c.match(acceptLanguage(r)); l != nil {
		return l
	}
	return c.languages[0]
}

// chosen is what the reader picked with the switch, or nil.
func (c *catalog) chosen(r *http.Request) *language {
	if l := c.byTag[r.URL.Query().Get(languageParameter)]; l != nil {
		return l
	}
	cookie, err := r.Cookie(languageParameter)
	if err != nil {
		return nil
	}
	return c.byTag[cookie.Value]
}

// RememberProfileLanguage keeps the language of a person who has just signed in, "" for one who has none. One that we do not write is
// dropped, so that her browser decides.
func RememberProfileLanguage(w http.ResponseWriter, tag string) {
	cat, err := translations()
	if err != nil {
		return // New has failed with this error already
	}
	c := &http.Cookie{
		Name: profileLanguageCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if l := cat.match([]string{tag}); l != nil {
		c.Value, c.MaxAge = l.Tag, languageCookieSeconds
	}
	http.SetCookie(w, c)
}

// match is the best of ours for a list of wishes, or nil when none of them is near to one of ours.
func (c *catalog) match(wishes []string) *language {
	for _, wish := range wishes {
		tag, err := xlanguage.Parse(wish)
		if err != nil {
			continue // one malformed wish must not hide the next
		}
		_, index, confidence := c.matcher.Match(tag)
		if confidence >= xlanguage.High {
			return c.languages[index]
		}
	}
	return nil
}

// maxAcceptLanguage bounds what is parsed of a header that anybody may send.
const maxAcceptLanguage = 500

func acceptLanguage(r *http.Request) []string {
	header := r.Header.Get("Accept-Language")
	if len(header) > maxAcceptLanguage {
		header = header[:maxAcceptLanguage]
		header = header[:strings.LastIndexByte(header, ',')+1]
	}
	tags, weights, err := xlanguage.ParseAcceptLanguage(strings.TrimSuffix(header, ","))
	if err != nil {
		return nil
	}
	var wishes []string
	for i, tag := range tags {
		if weights[i] > 0 { // RFC 9110 §12.4.2: a weight of 0 means not acceptable
			wishes = append(wishes, tag.String())
		}
	}
	return wishes
}

// rememberLanguage keeps a choice just made with the switch.
func rememberLanguage(w http.ResponseWriter, r *http.Request, c *catalog) {
	l := c.byTag[r.URL.Query().Get(languageParameter)]
	if l == nil {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name:     languageParameter,
		Value:    l.Tag,
		Path:     "/",
		MaxAge:   languageCookieSeconds,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}
