package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/gorilla/sessions"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// errand is what somebody signs in for: an authorization request, or nothing but her own account (request.ID is "").
type errand struct {
	request      idp.AuthRequest
	organization Organization
}

// errand returns what the request with this id, "" for none, is about. If it cannot go on, the person has been told.
func (l *Login) errand(w http.ResponseWriter, r *http.Request, id string, s idp.Session) (e errand, ok bool, err error) {
	if id == "" {
		return e, true, nil
	}
	if e.request, ok, err = l.request(w, r, id, s); !ok {
		return e, false, err
	}
	e.organization, ok, err = l.organization(w, r, e.request)
	return e, ok, err
}

// selectsAccount reports that the data holder wants the person to choose who she is (OIDC Core §3.1.2.1).
func (e errand) selectsAccount() bool { return slices.Contains(e.request.Prompt, promptSelectAccount) }

// asking is how the sign-in page asks, as its address says it and its form repeats it. It changes what is offered and not what
// is accepted.
type asking struct {
	again bool   // before a change of the own account
	other bool   // for somebody else than the page would think of
	with  string // pages.With…, where the passkey is, "" when that is open
}

func askingOf(q url.Values) asking {
	a := asking{again: q.Has("again"), other: q.Has("other"), with: q.Get("with")}
	if a.with != pages.WithPhone && a.with != pages.WithSecurityKey {
		a.with = ""
	}
	return a
}

// SignInPage answers GET /login, with the id of an authorization request in req or without.
func (l *Login) SignInPage(w http.ResponseWriter, r *http.Request) error {
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	e, ok, err := l.errand(w, r, query.Get("req"), b.row)
	if !ok {
		return err
	}
	a := askingOf(query)
	if e.request.ID == "" && b.row.SignedIn() && !a.again {
		return l.home(w, r, b.row)
	}
	tooOld := b.row.SignedIn() && session.Values[againValue+e.request.ID] == b.row.Authentication.SID
	if e.request.ID != "" && !tooOld {
		n, err := l.decide(r.Context(), e.request, b.row)
		if err != nil {
			return err
		}
		if n.action != actLogin {
			return l.follow(w, r, e.request, b.row, n)
		}
	}
	return l.signInPage(w, r, b.row, e, a, nil)
}

// signInPage shows the page, with the reason why it is shown again unless why is nil.
func (l *Login) signInPage(w http.ResponseWriter, r *http.Request, s idp.Session, e errand, a asking, why *refusal) error {
	who, err := l.expect(r, s, e, a)
	if err != nil {
		return err
	}
	c, err := l.newSignInChallenge(r.Context(), s.ID, who.holder, a.with)
	if err != nil {
		return err
	}
	page := pages.SignIn{
		Request:      e.request.ID,
		Ceremony:     c.id,
		Options:      c.options,
		Organization: e.organization.Name,
		Lifetime:     ceremonyLifetime,
		UILocales:    e.request.UILocales,
		// A remembered consent leads on from here, and browsers apply form-action to redirects too.
		FormAction: origin(e.request.RedirectURI),
		Deadline:   l.deadline(e.request, s),
		Again:      a.again && s.SignedIn(),
		Other:      a.other,
		With:       a.with,
		Name:       who.name,
		Remembered: who.remembered,
	}
	if why != nil {
		page.Problem = why.problem
		if page.Signal, err = l.unknownSignal(why.unknown); err != nil {
			return err
		}
	}
	return l.Pages.SignIn(w, r, page)
}

// unknownSignal is what tells the browser to offer a passkey no more that is nobody's, "" for none (WebAuthn L3 §5.1.10).
func (l *Login) unknownSignal(credentialID []byte) (string, error) {
	if credentialID == nil {
		return "", nil
	}
	signal, err := json.Marshal(protocol.SignalUnknownCredential{CredentialID: credentialID, RPID: l.webauthn.Config.RPID})
	if err != nil {
		return "", fmt.Errorf("signal: %w", err)
	}
	return string(signal), nil
}

// SignIn answers POST /login: it checks the passkey's answer and signs the person in.
func (l *Login) SignIn(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	e, ok, err := l.errand(w, r, form.Get("request"), b.row)
	if !ok {
		return err
	}
	if problem := scriptProblem(form); problem != "" {
		return l.notSignedIn(w, r, b.row, e, &refusal{problem: problem, reason: "reported by the browser"})
	}
	p, err := l.assertion(r.Context(), form.Get("ceremony"), b.row.ID, form.Get("credential"))
	if refused, ok := errors.AsType[*refusal](err); ok {
		return l.notSignedIn(w, r, b.row, e, refused)
	}
	if err != nil {
		return err
	}
	err = l.signIn(w, r, session, e, p)
	if errors.Is(err, idp.ErrNotFound) {
		// Another tab signed in or out in between: the page knows what holds now.
		return redirect(w, r, loginURL(e))
	}
	if err != nil {
		return err
	}
	return l.signedIn(w, r, session, b.row, e, p)
}

// notSignedIn shows the page again, with the problem and a new challenge.
func (l *Login) notSignedIn(w http.ResponseWriter, r *http.Request, s idp.Session, e errand, why *refusal) error {
	l.Log.InfoContext(r.Context(), "sign-in refused", "problem", why.problem, "reason", why.reason)
	if err := l.auditRefusal(r, e, why); err != nil {
		return err
	}
	return l.signInPage(w, r, s, e, askingOf(r.PostForm), why)
}

// signIn puts the person into the session, under a new secret, and has the browser recognised.
func (l *Login) signIn(w http.ResponseWriter, r *http.Request, session *sessions.Session, e errand, p proof) error {
	now := l.now()
	use, err := newPasskeyUse(p.credential, idp.DeviceOf(r.UserAgent()), now)
	if err != nil {
		return err
	}
	b, err := l.known(r)
	if err != nil {
		return err
	}
	trail, err := l.signInTrail(r, e, p, b)
	if err != nil {
		return err
	}
	err = l.sessions.signIn(r.Context(), w, session, idp.SignIn{
		PersonID: p.person.ID,
		Authentication: idp.Authentication{
			SID:       idp.NewUUIDv4(),
			Time:      now,
			AMR:       assurance.AMR(p.authenticator),
			PasskeyID: p.credential.ID,
		},
		Passkey: use,
		Browser: b.use(p.elsewhere, r.PostForm.Get("remember") == "yes"),
		Trail:   trail,
		At:      now,
	})
	if err != nil {
		return err
	}
	l.setKnownCookie(w, b)
	pages.RememberProfileLanguage(w, p.person.Language)
	l.warn(r, p)
	l.Log.InfoContext(r.Context(), "signed in", "passkey", fingerprint(p.credential.ID))
	return nil
}

// signedIn goes on after a sign-in.
func (l *Login) signedIn(w http.ResponseWriter, r *http.Request, session *sessions.Session, s idp.Session, e errand, p proof) error {
	if e.request.ID == "" {
		back := returnPath(session, s.PersonID)
		if err := session.Save(r, w); err != nil {
			return err
		}
		if back != "" {
			return redirect(w, r, back)
		}
		return l.ownDevice(w, r, s, p)
	}
	n, err := l.decide(r.Context(), e.request, s)
	if err != nil {
		return err
	}
	return l.follow(w, r, e.request, s, n)
}

// ownDevice is home, by way of the list of passkeys for a person who came with another device's and was not asked yet whether she
// wants one of this device. On the way to a data holder nobody is asked.
func (l *Login) ownDevice(w http.ResponseWriter, r *http.Request, s idp.Session, p proof) error {
	b, err := l.known(r)
	if err != nil {
		return err
	}
	b.Passkeys = append(b.Passkeys, idp.BrowserPasskey{PersonID: p.person.ID, Elsewhere: p.elsewhere})
	if b.LacksOwnPasskey(p.person.ID) && !p.person.Role.Administers() {
		return redirect(w, r, passkeysURL)
	}
	return l.home(w, r, s)
}

// home leads a signed-in person to her own page.
func (l *Login) home(w http.ResponseWriter, r *http.Request, s idp.Session) error {
	person, err := l.Store.Person(r.Context(), s.PersonID)
	if err != nil {
		return fmt.Errorf("signed-in person: %w", err)
	}
	if person.Role.Administers() {
		return redirect(w, r, "/admin")
	}
	return redirect(w, r, "/account")
}

func loginURL(e errand) string {
	if e.request.ID == "" {
		return "/login"
	}
	return requestURL("/login", e.request.ID)
}
