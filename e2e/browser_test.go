package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// walkLimit ends a walk that hangs. It is generous: with races and two busy cores a page may take seconds.
const walkLimit = 2 * time.Minute

// browser is one Chromium with a profile of its own.
type browser struct {
	t   testing.TB
	ctx context.Context
	id  webauthn.AuthenticatorID
}

// newBrowser starts Chromium with a virtual authenticator that holds passkeys and verifies its user.
func newBrowser(t testing.TB) *browser {
	t.Helper()
	return newBrowserFor(t, walkLimit)
}

// newBrowserFor is newBrowser for a walk of another length.
func newBrowserFor(t testing.TB, atMost time.Duration) *browser {
	t.Helper()
	path := chromium(t)
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.WindowSize(390, 844), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("lang", "en-US"),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.CombinedOutput(quiet{}),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }),
	)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, limit := context.WithTimeout(ctx, atMost)
	t.Cleanup(limit)
	b := &browser{t: t, ctx: ctx}
	b.do("start", chromedp.Navigate("about:blank"))
	b.authenticator()
	return b
}

type quiet struct{}

func (quiet) Write(p []byte) (int, error) { return len(p), nil }

// authenticator adds the virtual authenticator: a phone's own passkey store, synced and with user verification.
func (b *browser) authenticator() {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatalf("enable WebAuthn: %v", err)
	}
	added, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
			DefaultBackupEligibility: true, DefaultBackupState: true,
		},
	})
	if err != nil {
		b.t.Fatalf("add a virtual authenticator: %v", err)
	}
	b.id = added.AuthenticatorID
}

// authenticatorGone takes the virtual authenticator away, and the passkeys on it.
func (b *browser) authenticatorGone() {
	b.t.Helper()
	params := webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: b.id}
	if _, err := chromedp.Call(b.ctx, webauthn.RemoveVirtualAuthenticator, params); err != nil {
		b.t.Fatalf("remove the virtual authenticator: %v", err)
	}
}

// verifies says whether the authenticator's user verification succeeds from now on.
func (b *browser) verifies(yes bool) {
	b.t.Helper()
	params := webauthn.SetUserVerifiedParams{AuthenticatorID: b.id, IsUserVerified: yes}
	if _, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, params); err != nil {
		b.t.Fatalf("set user verification: %v", err)
	}
}

// do runs actions, and says where the browser stood when one failed.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		location, _ := chromedp.Run(b.ctx, chromedp.Location())
		body, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
		b.t.Fatalf("%s: %v\nat %s\n%s", what, err, location, body)
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.do("open "+url, chromedp.Navigate(url))
}

// click clicks the control with the id.
func (b *browser) click(id string) {
	b.t.Helper()
	b.do("click "+id, chromedp.Click(chromedp.CSS("#"+id), chromedp.NodeVisible))
}

// page waits for the page of that name (the data-page of its main element).
func (b *browser) page(name string) {
	b.t.Helper()
	b.do("wait for the page "+name, chromedp.WaitVisible(chromedp.CSS(fmt.Sprintf("main[data-page=%q]", name))))
}

// text is the text of the first element that matches the selector.
func (b *browser) text(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.TextContent(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatalf("read %s: %v", selector, err)
	}
	return strings.TrimSpace(text)
}

// evaluate runs an expression in the page.
func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return value
}

func chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	needTool(t, "Chromium")
	return ""
}

// waitForText waits until an element that matches the selector is visible.
func waitForText(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}
