package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// signings stands for the ceremony, which package login proves: "hers" is the answer of her passkey, and any other is another's.
type signings struct{ people *identity.Identity }

func (s signings) Waiting(ctx context.Context, personID string) (idp.Proofing, error) {
	return s.people.WaitingDeclaration(ctx, personID)
}

func (s signings) Begin(_ context.Context, sessionID, eventID, language, _ string) (pages.Signing, error) {
	return pages.Signing{Ceremony: sessionID, Options: "{}", Text: "I am Ana. (" + language + ")", Locale: language, Lifetime: time.Minute}, nil
}

func (s signings) Sign(ctx context.Context, _, eventID string, form url.Values, by idp.Reading) (string, error) {
	if form.Get("credential") != "hers" {
		return pages.ProblemAnother, nil
	}
	sum := sha256.Sum256([]byte("t"))
	hash := hex.EncodeToString(sum[:])
	challenge := idp.DeclarationChallenge(nil, eventID, by.Actor, "v", hash)
	_, err := s.people.SignDeclaration(ctx, eventID, idp.IdentityDeclaration{
		TextVersion: "v", Text: "t", TextHash: hash, Signature: "passkey", Acknowledged: true,
		Proof: &idp.DeclarationProof{ClientDataJSON: fmt.Appendf(nil, `{"challenge":%q}`, base64.RawURLEncoding.EncodeToString(challenge))},
	}, by)
	return "", err
}

// TestADeclarationWaitsInTheAccountAndIsSignedThere: by her own passkey, in her own event, and nowhere else.
func TestADeclarationWaitsInTheAccountAndIsSignedThere(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	p, other := addPerson(t, store, "Ana"), addPerson(t, store, "Eve")
	ids := newIdentity(t, store)
	rm, hers := newRoom(t, store, signedIn(other)), newRoom(t, store, signedIn(p))
	clerk := idp.Reading{Actor: "clerk"}
	event, err := ids.Start(t.Context(), identity.ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1_8, PerformedBy: "clerk"}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	says(t, get(t, hers.DeclarationPage, "/account/declaration"), "Nothing waits for you to sign")
	if _, err := ids.AskDeclaration(t.Context(), event.ID, clerk); err != nil {
		t.Fatal(err)
	}
	says(t, get(t, hers.Overview, "/account"), "waits for your passkey")
	says(t, get(t, hers.DeclarationPage, "/account/declaration"), "I am Ana. (en)")
	if w := get(t, rm.Overview, "/account"); strings.Contains(w.Body.String(), "waits for your passkey") {
		t.Error("it waits for somebody else")
	}
	leadsTo(t, post(t, rm.SignDeclaration, "/account/declaration", "credential", "hers"), "/account/declaration")
	if w := post(t, hers.SignDeclaration, "/account/declaration", "credential", "another's"); w.Code != 422 {
		t.Errorf("status %d, want 422", w.Code)
	}
	leadsTo(t, post(t, hers.SignDeclaration, "/account/declaration", "credential", "hers"), "/account/declaration?done=signed")
	says(t, get(t, hers.DeclarationPage, "/account/declaration?done=signed"), "You have signed")
	if _, err := ids.WaitingDeclaration(t.Context(), p.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("it still waits: %v", err)
	}
}
