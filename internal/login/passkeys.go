package login

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/gorilla/sessions"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const passkeysURL = "/account/passkeys"

// owner is the person who is signed in in the browser, with her passkeys. Every page about passkeys begins with her, and none takes
// a person from the request.
type owner struct {
	*holder
	session  *sessions.Session
	row      idp.Session
	passkeys []idp.Passkey
}

// owner returns who is signed in. If nobody is, the browser has been sent to sign in, and comes back.
func (l *Login) owner(w http.ResponseWriter, r *http.Request) (o owner, ok bool, err error) {
	session, b, err := l.session(w, r)
	if err != nil {
		return o, false, err
	}
	if !b.row.SignedIn() {
		return o, false, l.comeBack(w, r, passkeysURL)
	}
	person, err := l.Store.Person(r.Context(), b.row.PersonID)
	if err != nil {
		return o, false, fmt.Errorf("signed-in person: %w", err)
	}
	passkeys, err := l.Store.Passkeys(r.Context(), person.ID)
	if err != nil {
		return o, false, fmt.Errorf("passkeys: %w", err)
	}
	h, err := newHolder(person, passkeys)
	if err != nil {
		return o, false, err
	}
	return owner{holder: h, session: session, row: b.row, passkeys: passkeys}, true, nil
}

// comeBack has a stranger sign in first: a sign-in that is not there is not a fresh one.
func (l *Login) comeBack(w http.ResponseWriter, r *http.Request, back string) error {
	_, err := l.Fresh(w, r, back)
	return err
}

// freshOwner is owner for a change: who is at the screen must have shown just now that it is she.
func (l *Login) freshOwner(w http.ResponseWriter, r *http.Request, back string) (o owner, ok bool, err error) {
	if ok, err = l.Fresh(w, r, back); err != nil || !ok {
		return o, false, err
	}
	return l.owner(w, r)
}

// passkey returns the passkey of the owner that the path names by its fingerprint.
func (o owner) passkey(r *http.Request) (idp.Passkey, bool) {
	for _, k := range o.passkeys {
		if fingerprint(k.ID) == r.PathValue("passkey") {
			return k, true
		}
	}
	return idp.Passkey{}, false
}

// PasskeysPage answers GET /account/passkeys.
func (l *Login) PasskeysPage(w http.ResponseWriter, r *http.Request) error {
	o, ok, err := l.owner(w, r)
	if !ok {
		return err
	}
	b, err := l.known(r)
	if err != nil {
		return err
	}
	page := pages.AccountPasskeys{
		Offer: b.LacksOwnPasskey(o.person.ID) && len(o.passkeys) < idp.MaxPasskeys,
		Full:  len(o.passkeys) >= idp.MaxPasskeys,
	}
	for _, k := range o.passkeys {
		page.Passkeys = append(page.Passkeys, card(k, b, o.row))
	}
	if page.Signals, err = l.signals(o.holder); err != nil {
		return err
	}
	page.Removed, _ = o.session.Values[removedValue].(string)
	delete(o.session.Values, removedValue)
	delete(o.session.Values, addedValue)
	if err := o.session.Save(r, w); err != nil {
		return err
	}
	return l.Pages.AccountPasskeys(w, r, page)
}

// card is a passkey as its owner sees it.
func card(k idp.Passkey, b known, s idp.Session) pages.PasskeyCard {
	return pages.PasskeyCard{
		URL:        passkeyURL(k),
		Name:       k.Name,
		Provider:   providers[k.AAGUID].name,
		Icon:       iconOf(k),
		CreatedAt:  k.CreatedAt,
		LastUsedAt: k.LastUsedAt,
		LastUsedOn: k.LastUsedOn.Name(),
		Synced:     k.BackupState,
		Here:       b.Used(k.ID),
		Now:        s.SignedIn() && fingerprint(s.Authentication.PasskeyID) == fingerprint(k.ID),
		Careless:   providers[k.AAGUID].careless,
	}
}

func passkeyURL(k idp.Passkey) string { return passkeysURL + "/" + fingerprint(k.ID) }

// signals tell the browser's passkey managers which passkeys she has and what she is called, so that they do not offer what was
// removed (WebAuthn L3 §5.1.10).
func (l *Login) signals(h *holder) (string, error) {
	rpID := l.webauthn.Config.RPID
	text, err := json.Marshal(struct {
		Accepted *protocol.SignalAllAcceptedCredentials `json:"accepted"`
		Details  *protocol.SignalCurrentUserDetails     `json:"details"`
	}{protocol.NewSignalAllAcceptedCredentials(rpID, h), protocol.NewSignalCurrentUserDetails(rpID, h)})
	if err != nil {
		return "", fmt.Errorf("signals: %w", err)
	}
	return string(text), nil
}

// DeclinePasskey answers POST /account/passkeys/later: no passkey on this device, and the question is not asked again.
func (l *Login) DeclinePasskey(w http.ResponseWriter, r *http.Request) error {
	if _, ok, err := l.form(w, r); !ok {
		return err
	}
	o, ok, err := l.owner(w, r)
	if !ok {
		return err
	}
	b, err := l.known(r)
	if err != nil {
		return err
	}
	if err := l.Store.DeclineOwnPasskey(r.Context(), b.token.ID, o.person.ID); err != nil {
		return err
	}
	return redirect(w, r, passkeysURL)
}
