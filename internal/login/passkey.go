package login

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/idp"
)

// holder is a person with her passkeys, as the library wants them.
type holder struct {
	person      idp.Person
	credentials []webauthn.Credential
}

func newHolder(person idp.Person, passkeys []idp.Passkey) (*holder, error) {
	h := &holder{person: person}
	for _, p := range passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(p.Credential, &c); err != nil {
			return nil, fmt.Errorf("stored passkey: %w", err)
		}
		// The library only ever sets the warning; what counts is whether this sign-in sets it.
		c.Authenticator.CloneWarning = false
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

// WebAuthnID is the user handle. WebAuthn L3 §14.6.1: it has no personal data in it.
func (h *holder) WebAuthnID() []byte { return h.person.UserHandle }

// WebAuthnName tells her passkeys apart in her passkey manager.
func (h *holder) WebAuthnName() string {
	if h.person.Email != "" {
		return h.person.Email
	}
	return h.person.Name()
}

// WebAuthnDisplayName is what her passkey manager shows.
func (h *holder) WebAuthnDisplayName() string { return h.person.Name() }

// WebAuthnCredentials are her passkeys.
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// WebAuthnCredentialIDs are the ids of her passkeys, for the browser to compare with those it offers.
func (h *holder) WebAuthnCredentialIDs() [][]byte {
	ids := make([][]byte, 0, len(h.credentials))
	for _, c := range h.credentials {
		ids = append(ids, c.ID)
	}
	return ids
}

// transports we keep. The list comes from the browser and may hold anything.
var transports = []protocol.AuthenticatorTransport{
	protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal,
}

// newPasskey is a new credential as it is stored.
func newPasskey(personID string, c *webauthn.Credential, at time.Time) (idp.Passkey, error) {
	c.Transport = slices.DeleteFunc(slices.Clone(c.Transport), func(t protocol.AuthenticatorTransport) bool {
		return !slices.Contains(transports, t)
	})
	record, err := json.Marshal(c)
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("passkey record: %w", err)
	}
	aaguid := aaguidText(c.Authenticator.AAGUID)
	p := idp.Passkey{
		ID:             c.ID,
		PersonID:       personID,
		Name:           providers[aaguid].name,
		AAGUID:         aaguid,
		SignCount:      c.Authenticator.SignCount,
		BackupEligible: c.Flags.BackupEligible,
		BackupState:    c.Flags.BackupState,
		Credential:     record,
		CreatedAt:      at,
	}
	for _, t := range c.Transport {
		p.Transports = append(p.Transports, string(t))
	}
	return p, nil
}

// newPasskeyUse is a credential after a sign-in.
func newPasskeyUse(c *webauthn.Credential, on idp.Device, at time.Time) (idp.PasskeyUse, error) {
	record, err := json.Marshal(c)
	if err != nil {
		return idp.PasskeyUse{}, fmt.Errorf("passkey record: %w", err)
	}
	return idp.PasskeyUse{
		PasskeyID:      c.ID,
		SignCount:      c.Authenticator.SignCount,
		BackupEligible: c.Flags.BackupEligible,
		BackupState:    c.Flags.BackupState,
		Credential:     record,
		On:             on,
		At:             at,
	}, nil
}

// fingerprint stands for a passkey in the log, where its id must not be.
func fingerprint(credentialID []byte) string {
	sum := sha256.Sum256(credentialID)
	return hex.EncodeToString(sum[:6])
}
