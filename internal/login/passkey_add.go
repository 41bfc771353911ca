package login

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const addPasskeyURL = passkeysURL + "/add"

// AddPasskeyPage answers GET /account/passkeys/add. It is asked for in the account only, never on the way to a data holder.
func (l *Login) AddPasskeyPage(w http.ResponseWriter, r *http.Request) error {
	with := withOf(r.URL.Query())
	o, ok, err := l.freshOwner(w, r, addURL(with))
	if !ok {
		return err
	}
	return l.addPasskeyPage(w, r, o, with, "")
}

// withOf is where the new passkey is to be, "" when that is open.
func withOf(q url.Values) string {
	if with := q.Get("with"); with == pages.WithThisDevice || with == pages.WithAnother {
		return with
	}
	return ""
}

func addURL(with string) string {
	if with == "" {
		return addPasskeyURL
	}
	return addPasskeyURL + "?" + url.Values{"with": {with}}.Encode()
}

func (l *Login) addPasskeyPage(w http.ResponseWriter, r *http.Request, o owner, with, problem string) error {
	if len(o.passkeys) >= idp.MaxPasskeys {
		return redirect(w, r, passkeysURL) // which says so
	}
	c, err := l.newEnrolChallenge(r.Context(), idp.Ceremony{SessionID: o.row.ID, Kind: idp.CeremonyAdd, Subject: o.person.ID}, o.holder, with)
	if err != nil {
		return err
	}
	return l.Pages.AccountPasskeyAdd(w, r, pages.AccountPasskeyAdd{
		Ceremony: c.id, Options: c.options, With: with, Problem: problem, Lifetime: ceremonyLifetime,
	})
}

// AddPasskey answers POST /account/passkeys/add: it stores one more passkey, and leads to the page on which it gets its name.
func (l *Login) AddPasskey(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	with := withOf(form)
	o, ok, err := l.freshOwner(w, r, addURL(with))
	if !ok {
		return err
	}
	passkey, err := l.addPasskey(w, r, o, form)
	if refused, ok := errors.AsType[*refusal](err); ok {
		l.Log.InfoContext(r.Context(), "passkey refused", "problem", refused.problem, "reason", refused.reason)
		return l.addPasskeyPage(w, r, o, with, refused.problem)
	}
	if errors.Is(err, idp.ErrTooMany) {
		return redirect(w, r, passkeysURL)
	}
	if err != nil {
		return err
	}
	l.Log.InfoContext(r.Context(), "passkey added", "passkey", fingerprint(passkey.ID))
	if err := remember(w, r, o.session, addedValue, fingerprint(passkey.ID)); err != nil {
		return err
	}
	return redirect(w, r, passkeyURL(passkey)+"/name")
}

// addPasskey checks the form and stores what it brings. The error is a refusal, idp.ErrTooMany or the store's.
func (l *Login) addPasskey(w http.ResponseWriter, r *http.Request, o owner, form url.Values) (idp.Passkey, error) {
	if problem := scriptProblem(form); problem != "" {
		return idp.Passkey{}, refuse(problem, "reported by the browser")
	}
	ceremony, data, err := l.consume(r.Context(), form.Get("ceremony"), o.row.ID, idp.CeremonyAdd)
	if err != nil {
		return idp.Passkey{}, err
	}
	// Another person may have signed in in this browser since the page was made.
	if ceremony.Subject != o.person.ID {
		return idp.Passkey{}, refuse(pages.ProblemExpired, "ceremony of another person")
	}
	credential, err := l.checkCredential(o.holder, data, form.Get("credential"))
	if err != nil {
		return idp.Passkey{}, err
	}
	passkey, err := newPasskey(o.person.ID, credential, l.now())
	if err != nil {
		return idp.Passkey{}, err
	}
	elsewhere := credential.Authenticator.Attachment == protocol.CrossPlatform
	passkey.Name = cmp.Or(passkey.Name, plainName(r, elsewhere))
	return passkey, l.storePasskey(w, r, o, passkey, elsewhere)
}

// plainName is the name of a passkey whose provider does not say its own: the device that she has before her, or that it is on
// another.
func plainName(r *http.Request, elsewhere bool) string {
	if name := idp.DeviceOf(r.UserAgent()).Name(); name != "" && !elsewhere {
		return name
	}
	words, err := pages.WordsFor(pages.Language(r))
	if err != nil {
		return ""
	}
	name, err := words.Text("passkey.elsewhere")
	if err != nil {
		return ""
	}
	return name
}

func (l *Login) storePasskey(w http.ResponseWriter, r *http.Request, o owner, passkey idp.Passkey, elsewhere bool) error {
	b, err := l.known(r)
	if err != nil {
		return err
	}
	trail, err := l.changeTrail(r, o.person, actionPasskeyAdd, details{"passkey": fingerprint(passkey.ID), "aaguid": passkey.AAGUID},
		idp.Notice{Kind: idp.NoticePasskeyAdded, Params: map[string]string{"passkey": passkey.Name}})
	if err != nil {
		return err
	}
	err = l.Store.AddPasskey(r.Context(), idp.NewPasskey{Passkey: passkey, Browser: b.use(elsewhere, false)}, trail)
	// WebAuthn L3 §7.1 step 26: a credential id that is registered already is refused.
	if errors.Is(err, idp.ErrExists) {
		return refuse(pages.ProblemDuplicate, "credential id stored already")
	}
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	l.setKnownCookie(w, b)
	return nil
}
