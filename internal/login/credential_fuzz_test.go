package login

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/idp"
)

// answerSeeds are shapes of answers, from nothing to nearly whole.
var answerSeeds = []string{
	"", "null", "{}", "[]", "{", `{"id":"AA","rawId":"AA","type":"public-key"}`,
	`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`,
	`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"}}`,
}

// FuzzAssertion: whatever a browser sends as the answer of a passkey, it is refused in a way that becomes a page, unless
// it is the right one.
func FuzzAssertion(f *testing.F) {
	rm := newRoom(f)
	p := rm.enrolled(f)
	form := p.device.answer(f, newBrowser(f, rm).get("/login"))
	_, data, err := rm.webauthn.BeginDiscoverableLogin()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range append(answerSeeds, form.Get("credential")) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		_, err := rm.checkAssertion(context.Background(), "", *data, answer)
		if _, ok := errors.AsType[*refusal](err); !ok {
			t.Fatalf("error %v, want a refusal", err)
		}
	})
}

// FuzzNewCredential is FuzzAssertion for the answer that makes a passkey.
func FuzzNewCredential(f *testing.F) {
	rm := newRoom(f)
	person, link := rm.invite(f)
	page := newBrowser(f, rm).get(link)
	right := newDevice(person).enrol(f, page).Get("credential")
	h := &holder{person: person}
	_, data, err := rm.webauthn.BeginRegistration(h, webauthn.WithCredentialParameters(algorithms))
	if err != nil {
		f.Fatal(err)
	}
	// The challenge of the page, so that the seed gets as far as the attestation.
	var options struct{ Challenge string }
	if err := json.Unmarshal([]byte(page.options()), &options); err != nil {
		f.Fatal(err)
	}
	data.Challenge = options.Challenge
	for _, seed := range append(answerSeeds, right) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		credential, err := rm.checkCredential(h, *data, answer)
		if err == nil {
			if _, err := newPasskey(person.ID, credential, testStart); err != nil {
				t.Fatalf("a good credential that cannot be stored: %v", err)
			}
			return
		}
		if _, ok := errors.AsType[*refusal](err); !ok {
			t.Fatalf("error %v, want a refusal", err)
		}
	})
}

// FuzzValues: what is kept of a session comes back as it went in.
func FuzzValues(f *testing.F) {
	f.Add("enrolled", "x", []byte(`{"a":"b"}`))
	f.Add("", "\xff", []byte("null"))
	f.Fuzz(func(t *testing.T, key, value string, stored []byte) {
		decoded := map[any]any{}
		if err := decodeValues(stored, decoded); err == nil {
			if _, err := encodeValues(decoded); err != nil {
				t.Fatalf("decoded values cannot be encoded: %v", err)
			}
		}
		encoded, err := encodeValues(map[any]any{key: value})
		if err != nil {
			t.Fatal(err)
		}
		back := map[any]any{}
		if err := decodeValues(encoded, back); err != nil {
			t.Fatal(err)
		}
		// JSON has no bytes that are not UTF-8, and neither has anything that we put into a session.
		if utf8.ValidString(key) && utf8.ValidString(value) && back[key] != value {
			t.Fatalf("%q: %q came back as %q", key, value, back[key])
		}
	})
}

func TestEveryAnswerSeedBecomesAPage(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	_, link := rm.invite(t, func(p *idp.Person) { p.Email = "" })
	b := newBrowser(t, rm)
	for _, path := range []string{"/login", link} {
		for _, seed := range answerSeeds {
			form := map[string][]string{"credential": {seed}, "declaration": {"2026-11"}, "ceremony": {b.get(path).input("ceremony")}}
			if got := b.post(path, form); got.status != 422 {
				t.Errorf("POST %s with %q: status %d, want 422", path[:6], seed, got.status)
			}
		}
	}
}
