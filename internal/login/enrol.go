package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Enrol answers POST /invite/{token}: it stores the new passkey with the declaration, and signs nobody in.
func (l *Login) Enrol(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	inv, err := l.invitation(r)
	if errors.Is(err, idp.ErrUsed) {
		return redirect(w, r, invitationURL(r)) // sent twice: the page knows whether it was in this browser
	}
	if err != nil {
		return l.uninvited(w, r, err)
	}
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	if inv.Locked(b.row.ID) {
		return l.locked(w, r, inv)
	}
	passkey, err := l.enrol(r, form, b.row, inv)
	if refused, ok := errors.AsType[*refusal](err); ok {
		l.Log.InfoContext(r.Context(), "enrolment refused", "problem", refused.problem, "reason", refused.reason)
		return l.invitationPage(w, r, b.row, inv, enrolProblem{problem: refused.problem, declared: form.Get("declaration"), lost: lost(form, inv)})
	}
	if err != nil {
		return l.uninvited(w, r, err)
	}
	l.Log.InfoContext(r.Context(), "passkey enrolled", "passkey", fingerprint(passkey.ID))
	if err := remember(w, r, session, enrolledValue, inv.ID, enrolledNameValue, passkey.Name); err != nil {
		return err
	}
	return redirect(w, r, invitationURL(r))
}

// enrol checks the form and stores what it brings. The error is a refusal, one of EnrolPasskey, or the store's.
func (l *Login) enrol(r *http.Request, form url.Values, s idp.Session, inv idp.Invitation) (idp.Passkey, error) {
	ctx := r.Context()
	if problem := scriptProblem(form); problem != "" {
		return idp.Passkey{}, refuse(problem, "reported by the browser")
	}
	// HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance: a Declaration of Identity goes with the enrolment.
	person, err := l.Store.Person(ctx, inv.PersonID)
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("invited person: %w", err)
	}
	if form.Get("declaration") != declarationOf(person) {
		return idp.Passkey{}, refuse(pages.ProblemDeclaration, "declaration missing or of another wording")
	}
	passkey, err := l.newCredential(ctx, form, s, inv)
	if err != nil {
		return idp.Passkey{}, err
	}
	token, err := idp.ParseToken(r.PathValue("token"))
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("invitation link: %w", idp.ErrNotFound)
	}
	trail, err := l.enrolTrail(r, inv, passkey, lost(form, inv))
	if err != nil {
		return idp.Passkey{}, err
	}
	err = l.Store.EnrolPasskey(ctx, idp.Enrolment{
		InvitationID:   inv.ID,
		InvitationHash: token.Hash(),
		SessionID:      s.ID,
		Passkey:        passkey,
		RemoveOthers:   lost(form, inv),
		Trail:          trail,
		Declaration: idp.Declaration{
			TextVersion: declarationOf(person),
			Locale:      pages.Language(r),
			IP:          l.ClientIP(r),
			SignedAt:    passkey.CreatedAt,
		},
		At: passkey.CreatedAt,
	})
	// WebAuthn L3 §7.1 step 26: a credential id that is registered already is refused.
	if errors.Is(err, idp.ErrExists) {
		return idp.Passkey{}, refuse(pages.ProblemDuplicate, "credential id stored already")
	}
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("enrol passkey: %w", err)
	}
	return passkey, nil
}

// lost reports whether she says that her other passkeys were lost or stolen. That is for her to say: a helper's invitation takes
// nothing away.
func lost(form url.Values, inv idp.Invitation) bool { return backIn(inv) && form.Get("lost") != "" }

// enrolTrail is what a passkey that was made by an invitation leaves behind.
//
// NIST SP 800-63B-4 §4.1.2.1 and §4.2.3: the binding of an authenticator, and a recovery, are told to all addresses.
func (l *Login) enrolTrail(r *http.Request, inv idp.Invitation, passkey idp.Passkey, lost bool) (idp.Trail, error) {
	person, err := l.Store.Person(r.Context(), inv.PersonID)
	if err != nil {
		return idp.Trail{}, fmt.Errorf("invited person: %w", err)
	}
	notice := idp.Notice{Kind: idp.NoticePasskeyAdded, Params: map[string]string{"passkey": cmp.Or(passkey.Name, plainName(r, false))}}
	switch {
	case inv.Purpose == idp.InviteSignUp:
		notice = idp.Notice{Kind: idp.NoticeSignedUp}
	case backIn(inv):
		notice = idp.Notice{Kind: idp.NoticeRecoveryCompleted, Params: map[string]string{"device": idp.AgentName(r.UserAgent())}}
	}
	event, err := l.event(r, actionPasskeyAdd, person.ID, details{
		"passkey": fingerprint(passkey.ID), "aaguid": passkey.AAGUID, "by": inv.Purpose, "others_removed": lost,
	})
	if err != nil {
		return idp.Trail{}, err
	}
	trail := idp.Trail{Events: []idp.AuditEvent{event}}
	if backIn(inv) {
		done := event
		done.ID, done.Action, done.Detail = idp.NewID(), actionRecoveryDone, ""
		trail.Events = append(trail.Events, done)
	}
	trail.Messages, err = l.tell(person, notice)
	return trail, err
}

// newCredential consumes an enrolment ceremony and checks the answer to it. The error is a refusal or the store's.
func (l *Login) newCredential(ctx context.Context, form url.Values, s idp.Session, inv idp.Invitation) (idp.Passkey, error) {
	ceremony, data, err := l.consume(ctx, form.Get("ceremony"), s.ID, idp.CeremonyEnrol)
	if err != nil {
		return idp.Passkey{}, err
	}
	if ceremony.Subject != inv.ID {
		return idp.Passkey{}, refuse(pages.ProblemExpired, "ceremony of another invitation")
	}
	h, err := l.invited(ctx, inv)
	if err != nil {
		return idp.Passkey{}, err
	}
	credential, err := l.checkCredential(h, data, form.Get("credential"))
	if err != nil {
		return idp.Passkey{}, err
	}
	return newPasskey(inv.PersonID, credential, l.now())
}

// checkCredential checks the answer of a new passkey, WebAuthn L3 §7.1. The error is a refusal.
func (l *Login) checkCredential(h *holder, data webauthn.SessionData, answer string) (*webauthn.Credential, error) {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return nil, refuseFailure(pages.ProblemFailed, err)
	}
	credential, err := l.webauthn.CreateCredential(h, data, parsed)
	if err != nil {
		return nil, refuseFailure(verificationProblem(parsed.Response.AttestationObject.AuthData.Flags), err)
	}
	return credential, discoverable(credential)
}

// verificationProblem is what to say of an answer that failed: nothing is wrong with a passkey whose device only did not
// ask for the fingerprint or the PIN.
func verificationProblem(flags protocol.AuthenticatorFlags) string {
	if !flags.HasUserVerified() {
		return pages.ProblemUnverified
	}
	return pages.ProblemFailed
}

// discoverable refuses a credential that says it is not: she could never sign in with it, because the sign-in page does
// not know who comes. A device that does not say has been asked for one (residentKey is required).
func discoverable(c *webauthn.Credential) error {
	if c.Extensions.RK != nil && !*c.Extensions.RK {
		return refuse(pages.ProblemUnsupported, "the credential is not discoverable")
	}
	return nil
}
