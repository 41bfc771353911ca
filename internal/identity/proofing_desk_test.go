package identity

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// TestNobodyProofsHerself: whoever works at the desk is a person of the service as well.
func TestNobodyProofsHerself(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	own := idp.Reading{Actor: p.ID}
	_, err := i.Start(t.Context(), ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1_8, PerformedBy: p.ID}, own)
	wantRefusal(t, err, "own")
	id := i.started(t, p, idp.IDIAL1_8)
	i.filled(t, id, licence, insurance)
	_, err = i.AddEvidence(t.Context(), id, passport, own)
	wantRefusal(t, err, "own")
	_, err = i.SendContactCode(t.Context(), id, "phone", idp.ChannelSMS, own)
	wantRefusal(t, err, "own")
	_, err = i.SignDeclaration(t.Context(), id, idp.IdentityDeclaration{TextVersion: "1", Signature: "typed"}, own)
	wantRefusal(t, err, "signature")
	for name, decide := range map[string]func() (idp.Proofing, error){
		"complete": func() (idp.Proofing, error) { return i.Complete(t.Context(), id, Decision{}, own) },
		"lower":    func() (idp.Proofing, error) { return i.Lower(t.Context(), id, idp.IDIAL1, "x", own) },
		"reject":   func() (idp.Proofing, error) { return i.Reject(t.Context(), id, "x", own) },
		"revoke":   func() (idp.Proofing, error) { return i.Revoke(t.Context(), id, "x", own) },
	} {
		_, err := decide()
		wantRefusal(t, err, "own")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// TestWhoTookAStepDoesNotApprove: the second pair of eyes has not looked before.
func TestWhoTookAStepDoesNotApprove(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	i.TwoPersonApproval = true
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL2)
	i.filled(t, id, passport)
	helper := idp.Reading{Actor: "Ben Helper"}
	e := must[idp.Evidence](t)(i.AddEvidence(t.Context(), id, insurance, helper))
	must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
	for _, by := range []idp.Reading{helper, proofer, {Actor: p.ID}} {
		if _, err := i.Approve(t.Context(), id, by); !errors.As(err, new(*Refusal)) {
			t.Errorf("%s approves (%v), who recorded %s", by.Actor, err, e.ID)
		}
	}
	event := must[idp.Proofing](t)(i.Approve(t.Context(), id, idp.Reading{Actor: "Cleo Other"}))
	if event.ReviewedBy != "Cleo Other" || !slices.Equal(event.StepsBy, []string{"Ben Helper"}) {
		t.Errorf("reviewed by %s, steps by %v", event.ReviewedBy, event.StepsBy)
	}
}

// signedBy is a declaration with the proof of a passkey, without the signature, which is login's to check.
func signedBy(nonce, event, person, version, text string) idp.IdentityDeclaration {
	challenge := idp.DeclarationChallenge([]byte(nonce), event, person, version, TextHash(text))
	return idp.IdentityDeclaration{
		TextVersion: version, Text: text, TextHash: TextHash(text), Signature: "passkey", Acknowledged: true, Attested: []idp.AttributeKind{"name", "birthdate", "address"},
		Proof: &idp.DeclarationProof{Nonce: []byte(nonce), ClientDataJSON: fmt.Appendf(nil, `{"type":"webauthn.get","challenge":%q}`, base64Raw(challenge))},
	}
}

// TestDeclarationIsSignedUnderItsOwnTextInItsOwnEvent: a signature that was given for another text, event or person is none.
func TestDeclarationIsSignedUnderItsOwnTextInItsOwnEvent(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL1_8)
	own := idp.Reading{Actor: p.ID}
	good := signedBy("n", id, p.ID, "v", "I am María.")
	otherText, otherHash, otherNonce := good, good, good
	otherText.Text = "I am Eve."
	otherHash.Text, otherHash.TextHash = "I am Eve.", TextHash("I am Eve.")
	proof := *good.Proof
	proof.Nonce = []byte("m")
	otherNonce.Proof = &proof
	for name, d := range map[string]idp.IdentityDeclaration{
		"another event":  signedBy("n", idp.NewID(), p.ID, "v", "I am María."),
		"another person": signedBy("n", id, idp.NewID(), "v", "I am María."),
		"without proof":  {TextVersion: "v", Signature: "passkey", Acknowledged: true},
		"another text":   otherText, "another hash": otherHash, "another nonce": otherNonce,
	} {
		for _, by := range []idp.Reading{own, proofer} {
			if _, err := i.SignDeclaration(t.Context(), id, d, by); !errors.As(err, new(*Refusal)) {
				t.Errorf("%s by %s: %v, want a refusal", name, by.Actor, err)
			}
		}
	}
	event := must[idp.Proofing](t)(i.SignDeclaration(t.Context(), id, good, own))
	if event.Declaration == nil || event.Declaration.Proof == nil || len(event.StepsBy) != 0 {
		t.Errorf("signed: %+v, steps by %v", event.Declaration, event.StepsBy)
	}
}

func TestDeclarationWaitsForHerUntilItIsSigned(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL1_8)
	if _, err := i.WaitingDeclaration(t.Context(), p.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("waits before it is asked for: %v", err)
	}
	must[idp.Proofing](t)(i.AskDeclaration(t.Context(), id, proofer))
	if len(i.messages(t, idp.NoticeDeclarationWaits)) != 2 {
		t.Error("she was not told")
	}
	if event, err := i.WaitingDeclaration(t.Context(), p.ID); err != nil || event.ID != id {
		t.Errorf("waits: %s (%v)", event.ID, err)
	}
	must[idp.Proofing](t)(i.SignDeclaration(t.Context(), id, signedBy("n", id, p.ID, "v", "I am María."), idp.Reading{Actor: p.ID}))
	if _, err := i.WaitingDeclaration(t.Context(), p.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("waits after it is signed: %v", err)
	}
}

func base64Raw(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// TestDeclarationIsAboutWhatIsRecordedNow: whoever has a name changed after the signature has it signed again.
func TestDeclarationIsAboutWhatIsRecordedNow(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL1_8)
	i.filled(t, id, licence, insurance)
	name := idp.Attribute{Kind: idp.AttributeName, Use: "official", Name: &idp.HumanName{Given: "Eve", Family: "García"}}
	must[ChangeResult](t)(i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: p.ID}, Act: Corrected, Values: []idp.Attribute{name}, Reason: "x"}, proofer))
	_, err := i.Complete(t.Context(), id, Decision{}, proofer)
	var incomplete *Incomplete
	if !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "has changed since") {
		t.Errorf("it was completed: %v", err)
	}
	must[idp.Proofing](t)(i.SignDeclaration(t.Context(), id, idp.IdentityDeclaration{
		TextVersion: "v", Signature: "typed", Acknowledged: true, Attested: []idp.AttributeKind{"name", "birthdate", "address"},
	}, proofer))
	must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
}

// TestDeclarationIsAboutWhatItsTextSaid: a name that is changed while she reads, or an address that comes later, is not what she signed.
func TestDeclarationIsAboutWhatItsTextSaid(t *testing.T) {
	t.Parallel()
	homeless := maria()
	homeless.Address = idp.Address{}
	for name, change := range map[string]struct {
		of   idp.Demographics
		then idp.Attribute // while the text is read
	}{
		"changed": {maria(), idp.Attribute{Kind: idp.AttributeName, Use: "official", Name: &idp.HumanName{Given: "Eve", Family: "García"}}},
		"added":   {homeless, idp.Attribute{Kind: idp.AttributeAddress, Use: "home", Address: &idp.Address{Street: "9 Elm St", City: "Reno", State: "NV", PostalCode: "89501", Country: "US"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, _ := clocked(t)
			p := i.add(t, change.of, idp.Unverified)
			id := i.started(t, p, idp.IDIAL1)
			d := signedBy("n", id, p.ID, "v", "I am María.")
			d.AttestedIDs = AttestedNow(p, d.Attested)
			must[ChangeResult](t)(i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: p.ID}, Act: Corrected, Values: []idp.Attribute{change.then}, Reason: "x"}, proofer))
			must[idp.Proofing](t)(i.SignDeclaration(t.Context(), id, d, idp.Reading{Actor: p.ID}))
			_, _, now, err := i.Assess(t.Context(), id)
			if err != nil || !slices.ContainsFunc(now.Of(idp.IDIAL1).Missing(), func(r assurance.Requirement) bool { return r.Missing == "declaration.changed" }) {
				t.Errorf("missing %+v (%v)", now.Of(idp.IDIAL1).Missing(), err)
			}
		})
	}
}
