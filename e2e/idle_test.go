package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestWhoDoesNothingIsWarned, on a server that waits for 20 seconds only: before she is signed out, in words that a screen reader speaks;
// a click keeps her signed in, and what she typed stays, also when it is too late.
func TestWhoDoesNothingIsWarned(t *testing.T) {
	t.Parallel()
	p := startProvider(t, "--session-idle", "20s")
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	b.atLogin(p.issuer)
	b.open(p.issuer + "/account/preferences")
	b.page("account-preferences")
	b.click("theme-dark")
	typed := func(when string) {
		t.Helper()
		if !evaluate[bool](b, `document.getElementById("theme-dark").checked`) {
			t.Errorf("%s: what she chose is lost", when)
		}
	}
	b.do("the warning", waitForText(`.idle[data-state="warning"] [role=status]:not(:empty)`))
	typed("at the warning")
	if script, err := os.ReadFile("node_modules/axe-core/axe.min.js"); err == nil {
		b.load(string(script))
		for _, v := range b.violations(axeRules) {
			t.Errorf("at the warning: %s", v)
		}
	}
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		write(t, filepath.Join(dir, "idle-warning.png"), b.picture())
	}
	b.click("idle-stay")
	b.do("no warning any more", chromedp.WaitReady(chromedp.CSS(`.idle[data-state=""]`)))
	// Past the end that she was warned of: she is signed in still.
	b.do("the next warning", waitForText(`.idle[data-state="warning"] [role=status]:not(:empty)`))
	b.do("the end", waitForText(`.idle[data-state="over"] #idle-again`))
	typed("at the end")
	b.open(p.issuer + "/account")
	b.page("sign-in")
}
