package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestProofingDeskByKeyboard: a clerk walks from a person's page to a complete event at IDIAL2 without a pointer. The person signs the
// declaration with her own passkey, in her account and on a security key that she brings; the clerk stays signed in as himself.
func TestProofingDeskByKeyboard(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "--help-email", "help@sample.example")
	patientID, link := p.invite("")
	hers := newBrowser(t)
	hers.unplug(hers.id)
	hers.plugIn(key{transport: webauthn.AuthenticatorTransportUsb})
	hers.enrol(link)
	var added struct {
		EnrolURL string `json:"enrol_url"`
	}
	run(t, &added, append([]string{"user", "add", "--given-name", "Max", "--family-name", "Admin", "--birthdate", "1970-01-01", "--email", "max@example.org", "--administrator"}, p.settings...)...)
	b := newBrowser(t)
	b.enrol(added.EnrolURL, "1970-01-01")
	b.signInAt(p.issuer+"/login", "admin")
	b.borrow(hers)

	b.open(p.issuer + "/admin/people/" + patientID)
	b.page("admin-person")
	b.enter("proof", "admin-proofing-new")
	b.tabTo("level-idial1.8")
	b.press(kb.ArrowDown) // IDIAL2
	b.enter("start", "admin-proofing")
	b.shot("admin-proofing-started")

	b.onward("evidence")
	b.tabTo("evidence-type")
	b.press("Passport")
	b.enter("choose", "admin-proofing-step")
	b.tabTo("number")
	b.press("C0123 4567")
	b.tabTo("expires")
	b.press("01312090")
	b.shot("admin-proofing-passport")
	b.enter("record", "admin-proofing")
	b.onward("comparison")
	b.tabTo("result-passed")
	b.press(" ")
	b.enter("record", "admin-proofing")
	b.onward("address")
	b.tabTo("method")
	b.press(kb.ArrowDown) // a source that knows
	b.tabTo("source")
	b.press("Postal Service")
	b.enter("record", "admin-proofing")
	b.onward("contact")
	b.enter("send-sms", "admin-proofing-step")
	code := b.text("#carried")
	b.tabTo("code")
	b.press(code)
	b.enter("confirm-phone", "admin-proofing")
	b.onward("declaration")
	if text := b.text("#declaration-text"); !strings.Contains(text, "María García") || !strings.Contains(text, "1 Main Street") {
		t.Errorf("what she signs is\n%s", text)
	}
	b.shot("admin-proofing-declaration")

	// On a device of her own, and then with her security key on the clerk's: the last signature counts.
	b.enter("ask", "admin-proofing-step")
	hers.signInAt(p.issuer+"/account/declaration", "account-declaration")
	hers.shot("account-declaration")
	hers.follow("passkey-sign")
	hers.says("account-declaration", "You have signed")
	b.tabTo("overview")
	b.arriveBy(kb.Enter, "admin-proofing")
	b.onwardTo("#complete")
	b.tabTo("step-declaration")
	b.arriveBy(kb.Enter, "admin-proofing-step")
	b.enter("passkey-sign", "admin-proofing")
	if text := b.text("main"); !strings.Contains(text, "Nothing is missing for IDIAL2") || !strings.Contains(text, "signed with a passkey") {
		t.Errorf("after the declaration the desk says\n%s", text)
	}
	b.shot("admin-proofing-whole")
	b.press(kb.Enter) // to the form at the end
	b.enter("complete-now", "admin-proofing")
	text := b.text("main")
	if !strings.Contains(text, "Waits for") || !strings.Contains(text, "IDIAL2") || strings.Contains(text, "C0123") {
		t.Errorf("the event is\n%s", text)
	}
	if who := b.text(".who-am-i"); !strings.Contains(who, "Max Admin") {
		t.Errorf("signed in is %s", who)
	}
	b.shot("admin-proofing-complete")
}

// enter presses Enter on a control, and waits for the page that it leads to.
func (b *browser) enter(id, page string) {
	b.t.Helper()
	b.tabTo(id)
	b.arriveBy(kb.Enter, page)
}

// onward follows the button that has the focus when an event is opened.
func (b *browser) onward(step string) {
	b.t.Helper()
	if id := evaluate[string](b, "document.activeElement.id"); id != "onward" {
		b.t.Fatalf("the focus is on %q, want the next step", id)
	}
	b.arriveBy(kb.Enter, "admin-proofing-step")
	if at := evaluate[string](b, "location.pathname"); !strings.HasSuffix(at, "/"+step) {
		b.t.Fatalf("the next step is %s, want %s", at, step)
	}
}

// onwardTo checks where the button leads that has the focus.
func (b *browser) onwardTo(want string) {
	b.t.Helper()
	if got := evaluate[string](b, "document.activeElement.getAttribute('href')"); got != want {
		b.t.Fatalf("the next step is %s, want %s", got, want)
	}
}

// arriveBy presses a key that leads to another page, and waits for that page.
func (b *browser) arriveBy(key, page string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(key)); err != nil {
		b.t.Fatalf("press a key: %v", err)
	}
	b.page(page)
}

// borrow gives the browser another authenticator, with the passkeys of somebody else on it: her security key.
func (b *browser) borrow(hers *browser) {
	b.t.Helper()
	id := b.plugIn(key{transport: webauthn.AuthenticatorTransportUsb})
	// The library's own form of the command sends members that this authenticator refuses.
	add := cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}
	for _, c := range hers.held(hers.id) {
		_, err := chromedp.Call(b.ctx, add, map[string]any{"authenticatorId": id, "credential": map[string]any{
			"credentialId": c.CredentialID, "isResidentCredential": true, "rpId": c.RpID, "privateKey": c.PrivateKey, "userHandle": c.UserHandle,
			"signCount": c.SignCount, "backupEligibility": c.BackupEligibility, "backupState": c.BackupState,
		}})
		if err != nil {
			b.t.Fatalf("put her passkey on it: %v", err)
		}
	}
}
