package login

import (
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"udap-idp/internal/idp"
)

const (
	hostKnownCookie  = "__Host-known" // as hostCookie
	plainKnownCookie = "known"
)

// known is a browser as it is recognised from one sign-in to the next.
type known struct {
	idp.KnownBrowser
	token idp.Token
}

// known returns the browser of the request. One that is not recognised has a token that nobody has stored.
func (l *Login) known(r *http.Request) (known, error) {
	cookies := r.CookiesNamed(l.knownCookie())
	for _, cookie := range cookies[:min(len(cookies), maxCookies)] {
		token, err := idp.ParseToken(cookie.Value)
		if err != nil {
			continue
		}
		b, err := l.Store.KnownBrowser(r.Context(), token.ID, l.now())
		if errors.Is(err, idp.ErrNotFound) {
			continue
		}
		if err != nil {
			return known{}, fmt.Errorf("known browser: %w", err)
		}
		if token.Matches(b.Hash) {
			return known{KnownBrowser: b, token: token}, nil
		}
	}
	return known{token: idp.NewToken()}, nil
}

func (l *Login) knownCookie() string {
	if l.sessions.secure {
		return hostKnownCookie
	}
	return plainKnownCookie
}

// Knows reports whether the person has signed in in the browser of the request.
func (l *Login) Knows(r *http.Request, personID string) (bool, error) {
	b, err := l.known(r)
	return err == nil && b.KnownBrowser.Knows(personID), err
}

// use is what a ceremony tells about the browser.
func (b known) use(elsewhere, remember bool) idp.BrowserUse {
	return idp.BrowserUse{ID: b.token.ID, Hash: b.token.Hash(), Elsewhere: elsewhere, Remember: remember}
}

// setKnownCookie has the browser recognised from now on. The cookie says nothing and signs nobody in, so it may outlive the
// session: it is what tells a person's own computer from a stranger's.
func (l *Login) setKnownCookie(w http.ResponseWriter, b known) {
	http.SetCookie(w, &http.Cookie{
		Name: l.knownCookie(), Value: b.token.String(), Path: "/", MaxAge: int(idp.KnownBrowserLimit.Seconds()),
		HttpOnly: true, Secure: l.sessions.secure, SameSite: http.SameSiteLaxMode,
	})
}

// expected is whom the sign-in page thinks of: its passkey is asked for by name.
type expected struct {
	holder     *holder // nil when the page thinks of nobody
	name       string  // as the page shows it
	remembered bool    // because this browser was to remember her, and not because she is signed in
}

// expect returns the person who is signed in, to whom the page says nothing new, or else the one who asked this browser to
// remember her. Of her it shows the initials only: others may use the computer.
func (l *Login) expect(r *http.Request, s idp.Session, e errand, a asking) (expected, error) {
	if a.other || e.selectsAccount() {
		return expected{}, nil
	}
	if s.SignedIn() {
		h, err := l.active(r, s.PersonID)
		if err != nil || h == nil {
			return expected{}, err
		}
		return expected{holder: h, name: h.person.Name()}, nil
	}
	b, err := l.known(r)
	if err != nil || b.Remembered == "" {
		return expected{}, err
	}
	h, err := l.active(r, b.Remembered)
	if err != nil || h == nil {
		return expected{}, err
	}
	return expected{holder: h, name: initials(h.person), remembered: true}, nil
}

// active is a person with her passkeys, nil when she cannot sign in.
func (l *Login) active(r *http.Request, personID string) (*holder, error) {
	person, err := l.Store.Person(r.Context(), personID)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("expected person: %w", err)
	}
	passkeys, err := l.Store.Passkeys(r.Context(), person.ID)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	if person.State != idp.PersonActive || len(passkeys) == 0 {
		return nil, nil
	}
	return newHolder(person, passkeys)
}

// initials are enough for a person to know herself by, and too little for others to know her by.
func initials(p idp.Person) string {
	out := ""
	for _, name := range []string{p.GivenName, p.FamilyName} {
		first, size := utf8.DecodeRuneInString(name)
		if size == 0 {
			continue
		}
		if out != "" {
			out += " "
		}
		out += string(first) + "."
	}
	return out
}

// Forget answers POST /login/forget: the browser forgets the person it was to remember.
func (l *Login) Forget(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	b, err := l.known(r)
	if err != nil {
		return err
	}
	if b.Remembered != "" {
		if err := l.Store.ForgetInBrowser(r.Context(), b.ID, b.Remembered); err != nil {
			return err
		}
	}
	to := "/login"
	if id := form.Get("request"); isID(id) {
		to = requestURL("/login", id)
	}
	return redirect(w, r, to)
}
