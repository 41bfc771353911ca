package login

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// NamePasskeyPage answers GET /account/passkeys/{passkey}/name: also the page after a passkey was made.
func (l *Login) NamePasskeyPage(w http.ResponseWriter, r *http.Request) error {
	o, k, ok, err := l.ownPasskey(w, r, "/name", r.URL.Query())
	if !ok {
		return err
	}
	name := k.Name
	if typed := r.URL.Query().Get("name"); typed != "" {
		name = typed // from before she had to sign in again
	}
	return l.namePasskeyPage(w, r, o, k, name, "")
}

// ownPasskey returns the passkey of the path with its owner, who signed in just now. keep is what comes back with her if she has to
// sign in first: what she typed is not lost.
func (l *Login) ownPasskey(w http.ResponseWriter, r *http.Request, page string, keep url.Values) (o owner, k idp.Passkey, ok bool, err error) {
	back := passkeysURL + "/" + url.PathEscape(r.PathValue("passkey")) + page
	if name := keep.Get("name"); name != "" && utf8.RuneCountInString(name) <= idp.MaxPasskeyName {
		back += "?" + url.Values{"name": {name}}.Encode()
	}
	if o, ok, err = l.freshOwner(w, r, back); !ok {
		return o, k, false, err
	}
	if k, ok = o.passkey(r); !ok {
		return o, k, false, l.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
	}
	return o, k, true, nil
}

func (l *Login) namePasskeyPage(w http.ResponseWriter, r *http.Request, o owner, k idp.Passkey, name, problem string) error {
	page := pages.AccountPasskeyName{
		Action: passkeyURL(k) + "/name", Name: name, MaxLength: idp.MaxPasskeyName, Added: o.session.Values[addedValue] == fingerprint(k.ID),
	}
	if problem != "" {
		page.Errors = pages.FieldErrors{{Field: "name", TextKey: problem}}
	}
	return l.Pages.AccountPasskeyName(w, r, page)
}

// NamePasskey answers POST /account/passkeys/{passkey}/name.
func (l *Login) NamePasskey(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	o, k, ok, err := l.ownPasskey(w, r, "/name", form)
	if !ok {
		return err
	}
	name := plain(form.Get("name"))
	switch length := utf8.RuneCountInString(name); {
	case length == 0:
		return l.namePasskeyPage(w, r, o, k, name, pages.NameMissing)
	case length > idp.MaxPasskeyName:
		return l.namePasskeyPage(w, r, o, k, name, pages.NameLong)
	case name == k.Name:
		return redirect(w, r, passkeysURL)
	}
	trail, err := l.changeTrail(r, o.person, actionPasskeyRename, details{"passkey": fingerprint(k.ID)}, l.renameNotice(k, name))
	if err != nil {
		return err
	}
	if err := l.Store.RenamePasskey(r.Context(), o.person.ID, k.ID, name, trail); err != nil {
		return fmt.Errorf("rename passkey: %w", err)
	}
	return redirect(w, r, passkeysURL)
}

// namingTime is how long a new name belongs to the making of a passkey, of which the person was told.
const namingTime = 10 * time.Minute

func (l *Login) renameNotice(k idp.Passkey, name string) idp.Notice {
	if k.Name == "" || l.now().Sub(k.CreatedAt) < namingTime {
		return idp.Notice{}
	}
	return idp.Notice{Kind: idp.NoticePasskeyRenamed, Params: map[string]string{"passkey": name, "old": k.Name}}
}

// plain is a name as it is kept: on one line, without what cannot be seen.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		switch {
		case r == '\u200c', r == '\u200d':
			return r // Persian and others are not written without them
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, name)
	return strings.Join(strings.Fields(name), " ")
}

// RemovePasskeyPage answers GET /account/passkeys/{passkey}/remove: it asks, or says why it cannot be.
func (l *Login) RemovePasskeyPage(w http.ResponseWriter, r *http.Request) error {
	o, k, ok, err := l.ownPasskey(w, r, "/remove", nil)
	if !ok {
		return err
	}
	codes, err := l.Store.UnusedRecoveryCodes(r.Context(), o.person.ID)
	if err != nil {
		return fmt.Errorf("recovery codes: %w", err)
	}
	b, err := l.known(r)
	if err != nil {
		return err
	}
	last := len(o.passkeys) == 1
	return l.Pages.AccountPasskeyRemove(w, r, pages.AccountPasskeyRemove{
		Action: passkeyURL(k) + "/remove", Passkey: card(k, b, o.row), Last: last, Refused: last && codes == 0,
	})
}

// RemovePasskey answers POST /account/passkeys/{passkey}/remove. The last passkey stays unless she has another way to sign in.
func (l *Login) RemovePasskey(w http.ResponseWriter, r *http.Request) error {
	if _, ok, err := l.form(w, r); !ok {
		return err
	}
	o, k, ok, err := l.ownPasskey(w, r, "/remove", nil)
	if !ok {
		return err
	}
	name := cmp.Or(k.Name, plainName(r, true))
	trail, err := l.changeTrail(r, o.person, actionPasskeyRemove, details{"passkey": fingerprint(k.ID)},
		idp.Notice{Kind: idp.NoticePasskeyRemoved, Params: map[string]string{"passkey": name}})
	if err != nil {
		return err
	}
	err = l.Store.RemovePasskey(r.Context(), idp.PasskeyRemoval{PersonID: o.person.ID, PasskeyID: k.ID, SessionID: o.row.ID}, trail)
	if errors.Is(err, idp.ErrLastPasskey) {
		return redirect(w, r, passkeyURL(k)+"/remove") // which says why
	}
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	l.Log.InfoContext(r.Context(), "passkey removed", "passkey", fingerprint(k.ID))
	if err := remember(w, r, o.session, removedValue, name); err != nil {
		return err
	}
	return redirect(w, r, passkeysURL)
}
