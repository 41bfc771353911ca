package login

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// desk is a clerk who is signed in in a browser, and a patient who stands there with her own device.
type desk struct {
	*room
	t       *testing.T
	browser *webBrowser
	session string
	patient patient
}

func newDesk(t *testing.T) *desk {
	rm := newRoom(t)
	clerk := rm.enrolled(t, func(p *idp.Person) { p.Role = idp.IdentityClerk })
	d := &desk{room: rm, t: t, browser: newBrowser(t, rm), patient: rm.enrolled(t)}
	rm.signIn(t, d.browser, clerk)
	d.session = d.browser.get("/session").body
	return d
}

func (d *desk) declaration() Declaration {
	const text = "I am Ana Rivera."
	sum := sha256.Sum256([]byte(text))
	return Declaration{EventID: "0193-event", PersonID: d.patient.ID, Version: "v", Text: text, TextHash: hex.EncodeToString(sum[:]), Locale: "en", Attested: []string{"name-1"}}
}

func (d *desk) signing() Signing {
	d.t.Helper()
	s, err := d.NewSigning(d.t.Context(), d.session, d.declaration(), pages.WithPhone)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

// answer is what a device makes of a challenge.
func (d *desk) answer(by *device, s Signing) url.Values {
	d.t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(s.Options)
	if err != nil {
		d.t.Fatal(err)
	}
	return url.Values{"ceremony": {s.Ceremony}, "credential": {virtualwebauthn.CreateAssertionResponse(by.rp, by.auth, by.credential, *options)}}
}

func (d *desk) refused(name, session, event string, form url.Values, want string) {
	d.t.Helper()
	_, proof, problem, err := d.Signed(d.t.Context(), session, event, form)
	if err != nil || problem != want || proof != nil {
		d.t.Errorf("%s: problem %q (%v), want %q", name, problem, err, want)
	}
}

// TestDeclarationIsSignedByHerOwnPasskeyOnly: at the desk others stand by, the clerk first of all, with passkeys of their own.
func TestDeclarationIsSignedByHerOwnPasskeyOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	other := d.enrolled(t)
	d.refused("another's passkey", d.session, "0193-event", d.answer(other.device, d.signing()), pages.ProblemAnother)
	d.refused("another browser", idp.NewID(), "0193-event", d.answer(d.patient.device, d.signing()), pages.ProblemExpired)
	d.refused("another event", d.session, "0193-other", d.answer(d.patient.device, d.signing()), pages.ProblemExpired)
	d.refused("what the script said", d.session, "0193-event", url.Values{"problem": {pages.ProblemCancelled}}, pages.ProblemCancelled)
	old := d.answer(d.patient.device, d.signing())
	d.wait(ceremonyLifetime + time.Second)
	d.refused("too late", d.session, "0193-event", old, pages.ProblemExpired)

	// An answer to a sign-in is none, and the other way round.
	page := d.browser.copyOf()
	signIn := d.patient.device.answer(t, page.get("/login?other=1&again=1"))
	d.refused("a sign-in", d.session, "0193-event", signIn, pages.ProblemExpired)
	form := d.answer(d.patient.device, d.signing())
	d.browser.post("/login", form).wants(t, 422, "sign-in")
}

// TestSigningADeclarationSignsNobodyIn: the clerk's session stays the clerk's.
func TestSigningADeclarationSignsNobodyIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before, err := d.store.Session(t.Context(), d.session, d.now())
	if err != nil {
		t.Fatal(err)
	}
	signing := d.signing()
	form := d.answer(d.patient.device, signing)
	declared, proof, problem, err := d.Signed(t.Context(), d.session, "0193-event", form)
	if err != nil || problem != "" || !reflect.DeepEqual(declared, d.declaration()) {
		t.Fatalf("problem %q (%v), declared %+v", problem, err, declared)
	}
	after, err := d.store.Session(t.Context(), d.session, d.now())
	if err != nil || after.PersonID != before.PersonID || !slices.Equal(after.Hash, before.Hash) {
		t.Errorf("the session is %s's now, was %s's (%v)", after.PersonID, before.PersonID, err)
	}
	d.refused("once more", d.session, "0193-event", form, pages.ProblemExpired)

	// What is kept proves the signature without us.
	key, err := webauthncose.ParsePublicKey(proof.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	client := sha256.Sum256(proof.ClientDataJSON)
	good, err := webauthncose.VerifySignature(key, slices.Concat(proof.AuthenticatorData, client[:]), proof.Signature)
	if err != nil || !good {
		t.Errorf("the proof does not hold: %v (%v)", good, err)
	}
}

func TestWhoHasNoPasskeyCannotSign(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	person, _ := d.invite(t)
	declaration := d.declaration()
	declaration.PersonID = person.ID
	if _, err := d.NewSigning(t.Context(), d.session, declaration, ""); err != ErrNoPasskey {
		t.Errorf("got %v", err)
	}
}
