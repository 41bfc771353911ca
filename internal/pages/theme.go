package pages

import "net/http"

// themeCookie remembers the scheme of colours that the reader chose. It holds one of the two words and nothing else.
const themeCookie = "theme"

// The schemes a reader can choose. Without a choice the pages follow her system.
const (
	ThemeLight = "light"
	ThemeDark  = "dark"
)

const themeCookieSeconds = 365 * 24 * 60 * 60

// Theme is the reader's choice, "" for none.
func Theme(r *http.Request) string {
	cookie, err := r.Cookie(themeCookie)
	if err != nil || cookie.Value != ThemeLight && cookie.Value != ThemeDark {
		return ""
	}
	return cookie.Value
}

// SetTheme remembers a choice in this browser; anything but the two words forgets it.
func SetTheme(w http.ResponseWriter, theme string) {
	c := &http.Cookie{Name: themeCookie, Value: theme, Path: "/", MaxAge: themeCookieSeconds, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if theme != ThemeLight && theme != ThemeDark {
		c.Value, c.MaxAge = "", -1
	}
	http.SetCookie(w, c)
}
