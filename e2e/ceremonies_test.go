package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// lies makes the authenticator answer with something wrong in what it signs.
func (b *browser) lies(how webauthn.SetResponseOverrideBitsParams) {
	b.t.Helper()
	how.AuthenticatorID = b.id
	if _, err := chromedp.Call(b.ctx, webauthn.SetResponseOverrideBits, how); err != nil {
		b.t.Fatalf("make the authenticator lie: %v", err)
	}
}

// loses takes a passkey off the authenticator, as its owner does in its own settings.
func (b *browser) loses(c *webauthn.Credential) {
	b.t.Helper()
	params := webauthn.RemoveCredentialParams{AuthenticatorID: b.id, CredentialID: c.CredentialID}
	if _, err := chromedp.Call(b.ctx, webauthn.RemoveCredential, params); err != nil {
		b.t.Fatalf("take a passkey off the authenticator: %v", err)
	}
}

// triesToSignIn presses the button and waits for the problem in words.
func (b *browser) triesToSignIn(address, words string) {
	b.t.Helper()
	b.open(address)
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.do("the problem in words", waitForText("main [role=alert]"))
	b.says("sign-in", words)
}

// patience is how long the browser waits for a device, in place of the five minutes that our pages ask for.
const patience = `addEventListener("readystatechange", () => {
	const options = document.getElementById("passkey-options");
	if (document.readyState === "interactive" && options) options.textContent = JSON.stringify({ ...JSON.parse(options.textContent), timeout: 1500 });
}, { capture: true })`

// onEveryPage runs a script before those of each page, until the function that it returns is called.
func (b *browser) onEveryPage(source string) (end func()) {
	b.t.Helper()
	added, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source})
	if err != nil {
		b.t.Fatal(err)
	}
	return func() {
		b.t.Helper()
		params := page.RemoveScriptToEvaluateOnNewDocumentParams(added)
		if _, err := chromedp.Call(b.ctx, page.RemoveScriptToEvaluateOnNewDocument, params); err != nil {
			b.t.Fatal(err)
		}
	}
}

// walkOfTheAuthenticator: what goes wrong by itself, with nothing in the page put in its place. An authenticator that lies, one that
// has lost the passkey, one that has one we removed, one that cannot verify its user, none at all, and a page at another address.
func walkOfTheAuthenticator(t *testing.T, p *provider) {
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	login := p.issuer + "/login"

	b.lies(webauthn.SetResponseOverrideBitsParams{IsBogusSignature: new(true)})
	b.triesToSignIn(login, "could not sign you in with this passkey")
	b.lies(webauthn.SetResponseOverrideBitsParams{IsBadUV: new(true)})
	b.triesToSignIn(login, "Your device did not check that it was you")
	b.lies(webauthn.SetResponseOverrideBitsParams{IsBadUP: new(true)})
	b.triesToSignIn(login, "could not sign you in with this passkey")
	b.lies(webauthn.SetResponseOverrideBitsParams{})

	// At another address the browser itself refuses.
	b.triesToSignIn(strings.Replace(login, "localhost", "127.0.0.1", 1), "this page may not ask for your passkey")

	// A browser that does not listen to signals keeps offering what was removed here.
	hear := b.onEveryPage("delete PublicKeyCredential.signalUnknownCredential; delete PublicKeyCredential.signalAllAcceptedCredentials")
	b.atLogin(p.issuer)
	b.open(p.issuer + "/account/recovery-codes/new")
	b.page("account-recovery-codes-new")
	b.follow("confirm")
	b.page("account-recovery-codes-made")
	b.open(p.issuer + "/account/passkeys")
	b.page("account-passkeys")
	b.do("remove", chromedp.Click(chromedp.CSS(".item-actions a[href$='/remove']"), chromedp.NodeVisible))
	b.page("account-passkey-remove")
	b.click("confirm")
	b.page("account-passkeys")
	b.signOut()
	b.triesToSignIn(login, "We do not know this passkey")
	if held := len(b.held(b.id)); held != 1 {
		t.Fatalf("the authenticator holds %d passkeys, want the removed one", held)
	}
	hear()
	b.loses(b.held(b.id)[0])
	b.triesToSignIn(login, "You closed the window, or your device said no")

	// A device without a screen lock, and no device: the browser itself gives up.
	b.unplug(b.id)
	b.plugIn(key{transport: webauthn.AuthenticatorTransportInternal, noLock: true})
	b.triesToSignIn(login, "You closed the window, or your device said no")
	_, link = p.inviteAs("nolock@example.org")
	b.open(link)
	b.page("invite-check")
	b.born()
	b.follow("invite-check")
	b.page("invitation")
	b.click("declaration")
	b.click("passkey-create")
	b.do("the problem in words", waitForText("main [role=alert]"))
	b.says("invitation", "We did not get a passkey")
	b.unplug(b.id)
	b.onEveryPage(patience)
	b.triesToSignIn(login, "Nobody answered in time")
}
