package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// proof is a passkey's answer that holds.
type proof struct {
	person        idp.Person
	before        idp.Passkey          // as it was stored when the answer came
	credential    *webauthn.Credential // as it is after this sign-in
	authenticator assurance.Authenticator
	counter       uint32 // of the answer
	elsewhere     bool   // the passkey is on another device than the browser, as far as the browser says
}

// assertion consumes a sign-in ceremony and checks the answer to it. The error is a refusal or the store's.
func (l *Login) assertion(ctx context.Context, ceremony, sessionID, answer string) (proof, error) {
	c, data, err := l.consume(ctx, ceremony, sessionID, idp.CeremonySignIn)
	if err != nil {
		return proof{}, err
	}
	return l.checkAssertion(ctx, c.Subject, data, answer)
}

// checkAssertion checks an answer, WebAuthn L3 §7.2. The subject is the person whose passkeys were asked for, "" for anybody's. The
// error is a refusal or the store's.
func (l *Login) checkAssertion(ctx context.Context, subject string, data webauthn.SessionData, answer string) (proof, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return proof{}, refuseFailure(pages.ProblemFailed, err)
	}
	flags := parsed.Response.AuthenticatorData.Flags
	find := &finder{store: l.Store, backupEligible: flags.HasBackupEligible()}
	credential, err := l.validate(ctx, find, subject, data, parsed)
	if find.failure != nil {
		return proof{}, find.failure
	}
	if err != nil {
		return proof{}, find.blame(refuseFailure(verificationProblem(flags), err))
	}
	// The signature comes first: nobody learns the state of an account without its key.
	if find.person.State != idp.PersonActive {
		return proof{}, find.blame(refuse(pages.ProblemInactive, "the account is "+string(find.person.State)))
	}
	return proof{
		person:     find.person,
		before:     find.passkey,
		credential: credential,
		authenticator: assurance.Authenticator{
			UserVerified:   flags.HasUserVerified(),
			BackupEligible: flags.HasBackupEligible(),
			BackupState:    flags.HasBackupState(),
		},
		counter:   parsed.Response.AuthenticatorData.Counter,
		elsewhere: parsed.AuthenticatorAttachment == protocol.CrossPlatform,
	}, nil
}

// validate has the library check the answer of anybody, or of the subject.
func (l *Login) validate(ctx context.Context, find *finder, subject string, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	if subject == "" {
		_, credential, err := l.webauthn.ValidatePasskeyLogin(func(credentialID, userHandle []byte) (webauthn.User, error) {
			return find.user(ctx, credentialID, userHandle)
		}, data, parsed)
		return credential, err
	}
	user, err := find.subject(ctx, subject, parsed.RawID)
	if err != nil {
		return nil, err
	}
	return l.webauthn.ValidateLogin(user, data, parsed)
}

// finder finds the owner of a passkey for the library.
type finder struct {
	store          Store
	backupEligible bool // what the signed data says

	person  idp.Person  // who is named by the answer, or by us; that it is she is not proved by that
	passkey idp.Passkey // hers
	failure error       // of the store; the library would make it look like a bad answer
}

// maxUserHandle is WebAuthn L3 §5.4.3: a user handle has at most 64 bytes.
const maxUserHandle = 64

// user returns the owner of the credential. A credential and a person that do not belong together are as unknown as a
// credential that never was, and so is a person who is gone.
func (f *finder) user(ctx context.Context, credentialID, userHandle []byte) (webauthn.User, error) {
	if len(userHandle) > maxUserHandle {
		return nil, refuse(pages.ProblemUnknown, "unknown credential")
	}
	person, err := f.store.PersonByUserHandle(ctx, userHandle)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, f.unknown(ctx, credentialID, pages.ProblemUnknown)
	}
	if err != nil {
		return nil, f.fail("person by user handle", err)
	}
	return f.owner(ctx, person, credentialID, pages.ProblemUnknown)
}

// subject returns the person whose passkeys were asked for. WebAuthn L3 §7.2 step 5: another's passkey is no answer.
func (f *finder) subject(ctx context.Context, personID string, credentialID []byte) (webauthn.User, error) {
	person, err := f.store.Person(ctx, personID)
	if err != nil {
		return nil, f.fail("person who was asked", err)
	}
	return f.owner(ctx, person, credentialID, pages.ProblemAnother)
}

// owner returns the person if the credential is hers. other is the problem when it is somebody else's.
func (f *finder) owner(ctx context.Context, person idp.Person, credentialID []byte, other string) (webauthn.User, error) {
	f.person = person
	passkeys, err := f.store.Passkeys(ctx, person.ID)
	if err != nil {
		return nil, f.fail("passkeys", err)
	}
	h, err := newHolder(person, passkeys)
	if err != nil {
		return nil, f.fail("passkeys", err)
	}
	for i := range h.credentials {
		if !bytes.Equal(h.credentials[i].ID, credentialID) {
			continue
		}
		// The library refuses a credential whose backup eligibility is not the recorded one. The flag it compares with is in
		// the signed data, so taking it over weakens nothing that is checked after.
		h.credentials[i].Flags.BackupEligible = f.backupEligible
		f.passkey = passkeys[i]
		return h, nil
	}
	return nil, f.unknown(ctx, credentialID, other)
}

// unknown refuses a credential that is not the person's. Only one that is nobody's is named in the refusal: the browser will be
// told to offer it no more, which must not happen to a passkey that somebody needs.
func (f *finder) unknown(ctx context.Context, credentialID []byte, other string) error {
	_, err := f.store.Passkey(ctx, credentialID)
	if errors.Is(err, idp.ErrNotFound) {
		return &refusal{problem: pages.ProblemUnknown, reason: "unknown credential", unknown: credentialID}
	}
	if err != nil {
		return f.fail("passkey", err)
	}
	return refuse(other, "a credential of somebody else")
}

func (f *finder) fail(doing string, err error) error {
	f.failure = fmt.Errorf("%s: %w", doing, err)
	return f.failure
}

// blame puts into a refusal whom it is about, for the audit log.
func (f *finder) blame(err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		r.personID, r.passkey = f.person.ID, f.passkey.ID
	}
	return err
}
