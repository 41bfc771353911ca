package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"

	"udap-idp/internal/idp"
)

// SignDeclaration records the Declaration of Identity. It is the one step of an event that the person herself may take. What a passkey
// signed comes with its proof: nobody says it for her.
func (i *Identity) SignDeclaration(ctx context.Context, id string, d idp.IdentityDeclaration, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.open(); err != nil {
			return err
		}
		if d.Signature == "passkey" && d.Proof == nil {
			return refuse("signature", "a passkey signs on the page of the identity check, or in her account: say typed or drawn for any other way")
		}
		return i.signDeclaration(s, d)
	})
}

func (i *Identity) signDeclaration(s *step, d idp.IdentityDeclaration) error {
	switch {
	case !slices.Contains([]string{"typed", "drawn", "passkey"}, d.Signature):
		return refuse("signature", "%q is not a way to sign: typed, drawn or passkey", d.Signature)
	case d.TextVersion == "":
		return refuse("text_version", "which text was signed must be recorded")
	case s.by.Actor == s.p.PersonID && d.Proof == nil:
		return refuse("signature", "what she signs by herself is signed with her passkey")
	case d.Text != "" && d.TextHash != TextHash(d.Text), d.Proof != nil && !proves(d, s.p):
		return refuse("signature", "what was signed is not this text in this event")
	}
	if err := s.happened(&d.SignedAt); err != nil {
		return err
	}
	// What a passkey signed is about what stood in its text when the challenge was made, whatever was changed while she read.
	if d.Proof == nil || d.AttestedIDs == nil {
		d.AttestedIDs = AttestedNow(s.person, d.Attested)
	}
	s.p.Declaration = &d
	i.note(s, "proofing.declaration", d.TextVersion+" "+d.Signature)
	return nil
}

// AttestedNow are the attributes that a declaration is about whose text is made now.
func AttestedNow(p idp.Person, kinds []idp.AttributeKind) []string {
	var ids []string
	for _, kind := range kinds {
		if a, ok := idp.Current(p.Attributes, kind); ok {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// TextHash is how a declaration names its text: SHA-256, in hexadecimal.
func TextHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// proves reports whether what a passkey signed is this declaration in this event. That the signature is good, and the passkey hers,
// is login's to check: it knows passkeys.
func proves(d idp.IdentityDeclaration, p idp.Proofing) bool {
	var client struct {
		Challenge string `json:"challenge"`
	}
	if d.Signature != "passkey" || json.Unmarshal(d.Proof.ClientDataJSON, &client) != nil {
		return false
	}
	challenge, err := base64.RawURLEncoding.DecodeString(client.Challenge)
	return err == nil && bytes.Equal(challenge, idp.DeclarationChallenge(d.Proof.Nonce, p.ID, p.PersonID, d.TextVersion, d.TextHash))
}

// AskDeclaration asks the person to sign the declaration on a device of her own: it waits in her account, and she is told.
func (i *Identity) AskDeclaration(ctx context.Context, id string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		s.p.DeclarationAskedAt = s.now
		i.note(s, "proofing.declaration.ask", "")
		return i.tellAll(s, idp.NoticeDeclarationWaits)
	})
}

// WaitingDeclaration is the event whose declaration a person was asked to sign on a device of her own, the last if there are several.
// idp.ErrNotFound: there is none.
func (i *Identity) WaitingDeclaration(ctx context.Context, personID string) (idp.Proofing, error) {
	drafts, err := i.Store.Proofings(ctx, idp.ProofingFilter{PersonID: personID, Status: idp.ProofingDraft})
	if err != nil {
		return idp.Proofing{}, err
	}
	for _, p := range slices.Backward(drafts) {
		if p.Declaration == nil && !p.DeclarationAskedAt.IsZero() {
			return p, nil
		}
	}
	return idp.Proofing{}, idp.ErrNotFound
}
