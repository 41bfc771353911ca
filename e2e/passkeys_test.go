package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// key is what an authenticator is, besides that it holds passkeys and verifies its user.
type key struct {
	transport       webauthn.AuthenticatorTransport
	notDiscoverable bool
	onOneDevice     bool
	needsATouch     bool // and nobody touches it
	noLock          bool // it cannot verify its user
}

// plugIn adds an authenticator to those the browser has, and makes it the one that is spoken of.
func (b *browser) plugIn(k key) webauthn.AuthenticatorID {
	b.t.Helper()
	added, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: webauthn.Ctap2versionCtap21, Transport: k.transport, HasResidentKey: !k.notDiscoverable,
			HasUserVerification: !k.noLock, IsUserVerified: !k.noLock, AutomaticPresenceSimulation: !k.needsATouch,
			DefaultBackupEligibility: !k.onOneDevice, DefaultBackupState: !k.onOneDevice,
		},
	})
	if err != nil {
		b.t.Fatalf("plug in an authenticator: %v", err)
	}
	b.id = added.AuthenticatorID
	return added.AuthenticatorID
}

func (b *browser) unplug(id webauthn.AuthenticatorID) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: id}); err != nil {
		b.t.Fatalf("unplug an authenticator: %v", err)
	}
}

// held are the passkeys on an authenticator.
func (b *browser) held(id webauthn.AuthenticatorID) []*webauthn.Credential {
	b.t.Helper()
	got, err := chromedp.Call(b.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: id})
	if err != nil {
		b.t.Fatalf("read an authenticator: %v", err)
	}
	return got.Credentials
}

// awaitHeld waits until an authenticator holds so many passkeys: what the page signals to it takes a moment.
func (b *browser) awaitHeld(id webauthn.AuthenticatorID, want int) {
	b.t.Helper()
	for limit := time.Now().Add(10 * time.Second); len(b.held(id)) != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			b.t.Fatalf("the authenticator holds %d passkeys, want %d", len(b.held(id)), want)
		}
	}
}

// atLogin signs in at /login with whatever the browser has.
func (b *browser) atLogin(issuer string) {
	b.t.Helper()
	b.open(issuer + "/login")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("account")
}

func (b *browser) signOut() {
	b.t.Helper()
	b.do("sign out", chromedp.Click(chromedp.CSS("form[action='/logout'] button"), chromedp.NodeVisible))
	b.page("signed-out")
}

// says waits for the page and for words on it.
func (b *browser) says(name, words string) {
	b.t.Helper()
	b.page(name)
	if text := b.text("main"); !strings.Contains(strings.Join(strings.Fields(text), " "), words) {
		b.t.Fatalf("the page %s does not say %q:\n%s", name, words, text)
	}
}

// answersWith makes the device answer each request for a passkey with an error of the browser.
func (b *browser) answersWith(name string) {
	b.t.Helper()
	script, err := json.Marshal(name)
	if err != nil {
		b.t.Fatal(err)
	}
	source := `(() => { const fail = async () => { throw new DOMException("", ` + string(script) + `) };
		navigator.credentials.get = fail; navigator.credentials.create = fail })()`
	b.do("make the device fail with "+name, chromedp.Evaluate[chromedp.Void](source))
}

// TestPasskeyWalks: everything that a person does with her passkeys, and that goes wrong with them, in a real browser.
func TestPasskeyWalks(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	// One after the other: each starts a Chromium of its own.
	for _, walk := range []struct {
		name string
		walk func(*testing.T, *provider)
	}{
		{"add, rename, remove", walkOfThePasskeys},
		{"words for what goes wrong", walkOfFailures},
		{"a phone, and then no more", walkOfThePhone},
		{"continue as", walkOfTheRemembered},
		{"keys that cannot", walkOfUnfitKeys},
		{"what an authenticator does wrong", walkOfTheAuthenticator},
	} {
		t.Run(walk.name, func(t *testing.T) { walk.walk(t, p) })
	}
}

func walkOfThePasskeys(t *testing.T, p *provider) {
	id, link := p.invite("")
	b := newBrowser(t)
	first := b.id
	b.enrol(link)
	b.atLogin(p.issuer)

	// The last one stays.
	b.open(p.issuer + "/account/passkeys")
	b.says("account-passkeys", "You have one passkey")
	b.do("remove", chromedp.Click(chromedp.CSS(".item-actions a[href$='/remove']"), chromedp.NodeVisible))
	b.says("account-passkey-remove", "This is your only way to sign in")

	// The device that has one makes no second.
	b.click("passkey-add")
	b.page("account-passkey-add")
	b.click("passkey-create")
	b.do("the problem in words", waitForText("[role=alert]"))
	b.says("account-passkey-add", "This device already has a passkey for you")

	// On a security key, by keyboard alone.
	b.unplug(first)
	second := b.plugIn(key{transport: webauthn.AuthenticatorTransportUsb, onOneDevice: true})
	b.open(p.issuer + "/account/passkeys")
	b.page("account-passkeys")
	b.tabTo("passkey-add")
	b.press(kb.Enter)
	b.page("account-passkey-add")
	b.tabTo("passkey-create")
	b.press(kb.Enter)
	b.says("account-passkey-name", "Your new passkey is ready")
	b.tabTo("name")
	b.press("Blue key")
	b.tabTo("passkey-save-name")
	b.press(kb.Enter)
	b.says("account-passkeys", "Blue key")
	b.says("account-passkeys", "Works on one device only")
	b.signOut()
	b.atLogin(p.issuer)

	// What is removed here is offered no more by the authenticator that listens to it.
	b.open(p.issuer + "/account/passkeys")
	b.says("account-passkeys", "You signed in with it now")
	b.do("remove", chromedp.Click(chromedp.CSS("li:has(.badge.good) a[href$='/remove']"), chromedp.NodeVisible))
	b.says("account-passkey-remove", "Blue key")
	b.click("confirm")
	b.says("account-passkeys", "“Blue key” was removed")
	b.awaitHeld(second, 0)

	// She is told of both.
	var told []struct{ Kind string }
	run(t, &told, append([]string{"mail", "list", "--user", id}, p.settings...)...)
	var kinds []string
	for _, m := range told {
		kinds = append(kinds, m.Kind)
	}
	for _, want := range []string{"passkey-added", "passkey-removed"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("she was told %q, and not %s", kinds, want)
		}
	}
}

func walkOfFailures(t *testing.T, p *provider) {
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	// Put in the browser's place is only what no virtual authenticator brings about: nobody can press "cancel" in a window that a browser
	// without a screen does not have, and it has no phone whose connection breaks. The rest is in walkOfTheAuthenticator.
	for _, test := range []struct {
		name  string
		words string
	}{
		{"NotAllowedError", "You closed the window, or your device said no"},
		{"NotReadableError", "could not open its passkeys"},
		{"NetworkError", "was not connected"},
		{"NotSupportedError", "cannot use passkeys here"},
		{"UnknownError", "could not sign you in with this passkey"},
	} {
		b.open(p.issuer + "/login")
		b.page("sign-in")
		b.answersWith(test.name)
		b.click("passkey-sign-in")
		b.do("the problem in words", waitForText("[role=alert]"))
		b.says("sign-in", test.words)
		if focus := evaluate[string](b, "document.activeElement.getAttribute('role') || ''"); focus != "alert" {
			t.Errorf("%s: the focus is not on the words", test.name)
		}
	}

	// A browser without passkeys at all, and one that is too old for the script's newest functions.
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: "delete PublicKeyCredential.parseRequestOptionsFromJSON; delete PublicKeyCredential.signalUnknownCredential; delete PublicKeyCredential.prototype.toJSON",
	}); err != nil {
		t.Fatal(err)
	}
	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.do("take passkeys away", chromedp.Evaluate[chromedp.Void]("delete globalThis.PublicKeyCredential"))
	b.click("passkey-sign-in")
	b.do("the problem in words", waitForText("[role=alert]"))
	b.says("sign-in", "cannot use passkeys here")

	b.verifies(false)
	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.do("the problem in words", waitForText("[role=alert]"))
	b.verifies(true)
	b.atLogin(p.issuer)
	b.signOut()
	walkOfTheUnknown(t, p, newBrowser(t))
}

// walkOfTheUnknown signs in with a passkey that we do not know: it is said in words, and the authenticator offers it no more.
func walkOfTheUnknown(t *testing.T, p *provider, b *browser) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	// The library's own parameters name members that this Chromium refuses.
	add := cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}
	_, err = chromedp.Call(b.ctx, add, map[string]any{"authenticatorId": b.id, "credential": map[string]any{
		"credentialId": bytes.Repeat([]byte{7}, 16), "isResidentCredential": true, "rpId": "localhost", "privateKey": der,
		"userHandle": []byte("somebody"), "signCount": 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.do("the problem in words", waitForText("[role=alert]"))
	b.says("sign-in", "We do not know this passkey")
	b.awaitHeld(b.id, 0)
}

// walkOfThePhone signs in on a computer with the passkey of a phone; the computer's own is offered afterwards, once.
func walkOfThePhone(t *testing.T, p *provider) {
	_, link := p.invite("")
	b := newBrowser(t)
	computer := b.id
	b.unplug(computer)
	phone := b.plugIn(key{transport: webauthn.AuthenticatorTransportHybrid})
	b.enrol(link)

	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.click("other-ways")
	b.page("login-other")
	b.click("use-phone")
	b.says("sign-in", "Scan it with the camera of your phone")
	b.click("passkey-sign-in")
	b.page("account-passkeys")

	b.plugIn(key{transport: webauthn.AuthenticatorTransportInternal})
	b.open(p.issuer + "/account/passkeys")
	b.do("the offer", waitForText("#passkey-offer"))
	b.unplug(phone)
	b.click("passkey-offer-add")
	b.page("account-passkey-add")
	b.click("passkey-create")
	b.page("account-passkey-name")
	b.click("passkey-save-name")
	b.page("account-passkeys")
	if evaluate[bool](b, "Boolean(document.getElementById('passkey-offer'))") {
		t.Error("it is offered again after it was made")
	}
	b.signOut()
	b.atLogin(p.issuer)
}

func walkOfTheRemembered(t *testing.T, p *provider) {
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.click("remember")
	b.click("passkey-sign-in")
	b.page("account")
	b.signOut()

	b.open(p.issuer + "/login")
	b.says("sign-in", "Continue as M. G.")
	if text := b.text("body"); strings.Contains(text, "García") {
		t.Errorf("the page tells her name:\n%s", text)
	}
	b.click("passkey-sign-in")
	b.page("account")
	b.signOut()
	b.open(p.issuer + "/login")
	b.click("another-account")
	b.do("the page for anybody", waitForText("#remember"))
	b.open(p.issuer + "/login")
	b.click("forget-me")
	b.do("the page for anybody", waitForText("#remember"))
	b.says("sign-in", "Sign in with a passkey")
}

// walkOfUnfitKeys: an authenticator that keeps no passkeys is not taken for one.
func walkOfUnfitKeys(t *testing.T, p *provider) {
	_, link := p.invite("")
	b := newBrowser(t)
	b.unplug(b.id)
	b.plugIn(key{transport: webauthn.AuthenticatorTransportUsb, notDiscoverable: true})
	b.invited(link)
	b.click("declaration")
	b.click("passkey-create")
	b.do("the problem in words", waitForText("[role=alert]"))
	b.says("invitation", "Nothing was saved")
}
