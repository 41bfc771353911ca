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
	credential    *webauthn.Credential // as it is after this sign-in
	authenticator assurance.Authenticator
}

// assertion consumes a sign-in ceremony and checks the answer to it. The error is a refusal or the store's.
func (l *Login) assertion(ctx context.Context, ceremony, sessionID, answer string) (proof, error) {
	_, data, err := l.consume(ctx, ceremony, sessionID, idp.CeremonySignIn)
	if err != nil {
		return proof{}, err
	}
	return l.checkAssertion(ctx, data, answer)
}

// checkAssertion checks an answer, WebAuthn L3 §7.2. The error is a refusal or the store's.
func (l *Login) checkAssertion(ctx context.Context, data webauthn.SessionData, answer string) (proof, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return proof{}, refuseFailure(pages.ProblemFailed, err)
	}
	flags := parsed.Response.AuthenticatorData.Flags
	find := &finder{store: l.Store, backupEligible: flags.HasBackupEligible()}
	_, credential, err := l.webauthn.ValidatePasskeyLogin(func(credentialID, userHandle []byte) (webauthn.User, error) {
		return find.user(ctx, credentialID, userHandle)
	}, data, parsed)
	if find.failure != nil {
		return proof{}, find.failure
	}
	if err != nil {
		return proof{}, refuseFailure(verificationProblem(flags), err)
	}
	l.warn(ctx, credential, find.moved)
	return proof{
		person:     find.person,
		credential: credential,
		authenticator: assurance.Authenticator{
			UserVerified:   flags.HasUserVerified(),
			BackupEligible: flags.HasBackupEligible(),
			BackupState:    flags.HasBackupState(),
		},
	}, nil
}

// warn writes down what may be a copied key. Neither locks the person out: the signature proved the key, and passkey
// providers produce both in ordinary use (WebAuthn L3 §7.2 step 22: what a counter that goes back means is for the
// Relying Party to judge).
func (l *Login) warn(ctx context.Context, c *webauthn.Credential, moved bool) {
	if moved {
		l.Log.WarnContext(ctx, "the backup eligibility of a passkey changed",
			"passkey", fingerprint(c.ID), "backup_eligible", c.Flags.BackupEligible)
	}
	if c.Authenticator.CloneWarning {
		l.Log.WarnContext(ctx, "the signature counter of a passkey did not go up", "passkey", fingerprint(c.ID))
	}
}

// finder finds the owner of a passkey for the library.
type finder struct {
	store          Store
	backupEligible bool // what the signed data says

	person  idp.Person
	moved   bool  // the stored record said otherwise
	failure error // of the store; the library would make it look like a bad answer
}

// maxUserHandle is WebAuthn L3 §5.4.3: a user handle has at most 64 bytes.
const maxUserHandle = 64

// user returns the owner of the credential. A credential and a person that do not belong together are as unknown as a
// credential that never was, and so is a person who is gone.
func (f *finder) user(ctx context.Context, credentialID, userHandle []byte) (webauthn.User, error) {
	unknown := refuse(pages.ProblemUnknown, "unknown credential")
	if len(userHandle) > maxUserHandle {
		return nil, unknown
	}
	person, err := f.store.PersonByUserHandle(ctx, userHandle)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, unknown
	}
	if err != nil {
		return nil, f.fail("person by user handle", err)
	}
	passkeys, err := f.store.Passkeys(ctx, person.ID)
	if err != nil {
		return nil, f.fail("passkeys", err)
	}
	h, err := newHolder(person, passkeys)
	if err != nil {
		return nil, f.fail("passkeys", err)
	}
	credential := h.credential(credentialID)
	if credential == nil {
		return nil, unknown
	}
	// The library refuses a credential whose backup eligibility is not the recorded one. The flag it compares with is in
	// the signed data, so taking it over weakens nothing that is checked after.
	f.moved = credential.Flags.BackupEligible != f.backupEligible
	credential.Flags.BackupEligible = f.backupEligible
	f.person = person
	return h, nil
}

func (f *finder) fail(doing string, err error) error {
	f.failure = fmt.Errorf("%s: %w", doing, err)
	return f.failure
}

// credential is the holder's credential with this id, or nil.
func (h *holder) credential(id []byte) *webauthn.Credential {
	for i := range h.credentials {
		if bytes.Equal(h.credentials[i].ID, id) {
			return &h.credentials[i]
		}
	}
	return nil
}
