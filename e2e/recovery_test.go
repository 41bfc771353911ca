package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// types fills the fields with the ids.
func (b *browser) types(pairs ...string) {
	b.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		b.do("fill "+pairs[i], chromedp.SetValue(chromedp.CSS("#"+pairs[i]), pairs[i+1], chromedp.NodeVisible))
	}
}

// follow clicks a control that leads to another page, which may have the name of this one, and waits for it.
func (b *browser) follow(id string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS("#"+id), chromedp.NodeVisible)); err != nil {
		b.t.Fatalf("press %s: %v", id, err)
	}
}

// letterOf waits for the newest message of a kind to an address, and returns its text.
func (p *provider) letterOf(kind, to string) string {
	p.t.Helper()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		var list []struct{ ID, Kind, To string }
		run(p.t, &list, append([]string{"mail", "list", "--json"}, p.settings...)...)
		for _, m := range list { // the newest first
			if m.Kind != kind || m.To != to {
				continue
			}
			var letter struct{ Text string }
			run(p.t, &letter, append([]string{"mail", "show", m.ID, "--json"}, p.settings...)...)
			return letter.Text
		}
	}
	p.t.Fatalf("no %s went to %s", kind, to)
	return ""
}

var sentCode = regexp.MustCompile(`\b(\d{6}|[0-9A-Z]{4}-[0-9A-Z]{4})\b`)

func (p *provider) codeOf(kind, to string) string {
	p.t.Helper()
	return sentCode.FindString(p.letterOf(kind, to))
}

// born fills in María's date of birth.
func (b *browser) born() { b.t.Helper(); b.types("day", "29", "month", "2", "year", "1948") }

// TestInvitationByLetterIsWalked: by the code of the letter, and by the link that is the letter's picture.
func TestInvitationByLetterIsWalked(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	id, _ := p.invite("")
	for _, way := range []string{"code", "link"} {
		letter := filepath.Join(t.TempDir(), "letter.html")
		var invited struct {
			EnrolURL string `json:"enrol_url"`
			Code     string `json:"code"`
		}
		run(t, &invited, append([]string{"user", "invite", id, "--letter", letter, "--lang", "es", "--json"}, p.settings...)...)
		text, err := os.ReadFile(letter)
		if err != nil || !strings.Contains(string(text), invited.Code) || !strings.Contains(string(text), "<svg") || strings.Contains(string(text), invited.EnrolURL) {
			t.Fatalf("the letter (%v) lacks its code or its picture", err)
		}
		b := newBrowser(t)
		if way == "code" {
			b.open(p.issuer + "/invite?lang=es")
			b.page("invite")
			b.types("code", strings.ToLower(invited.Code), "day", "28", "month", "2", "year", "1948")
			b.follow("invite")
			b.says("invite", "no van juntos")
			if got := evaluate[string](b, `document.getElementById("code").value`); !strings.EqualFold(got, invited.Code) {
				t.Errorf("the code that was typed is not kept: %q", got)
			}
			b.types("day", "29")
			b.follow("invite")
			b.createPasskey()
			// A second invitation for the same person needs her account to have no passkey.
			id, _ = p.inviteAs("maria2@example.org")
			continue
		}
		b.open(invited.EnrolURL)
		b.page("invite-check")
		b.born()
		b.follow("invite-check")
		b.createPasskey()
	}
}

// inviteAs adds one more person.
func (p *provider) inviteAs(email string) (id, link string) {
	p.t.Helper()
	var added struct {
		ID       string `json:"id"`
		EnrolURL string `json:"enrol_url"`
	}
	run(p.t, &added, append([]string{"user", "add", "--given-name", "Luisa", "--family-name", "Paz", "--birthdate", "1948-02-29", "--email", email}, p.settings...)...)
	return added.ID, added.EnrolURL
}

// TestSignUpIsWalked, in Spanish: what is wrong is said, the code comes by mail, and the account is there with its passkey.
func TestSignUpIsWalked(t *testing.T) {
	t.Parallel()
	p := startProvider(t, "--sign-up", "open")
	b := newBrowser(t)
	b.open(p.issuer + "/sign-up?lang=es")
	b.page("sign-up")
	b.types("given_name", "Rosa", "email", "rosa@example.org")
	b.follow("sign-up")
	b.says("sign-up", "Escriba sus apellidos")
	b.types("family_name", "Núñez", "day", "3", "month", "4", "year", "1961")
	b.click("terms")
	b.follow("sign-up")
	b.page("code")
	b.types("code", "ZZZZ-ZZZZ")
	b.follow("code-send")
	b.says("code", "no es el código")
	b.types("code", p.codeOf("sign-up-code", "rosa@example.org"))
	b.follow("code-send")
	b.createPasskey()
	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("account")
	if got := p.letterOf("signed-up", "rosa@example.org"); !strings.Contains(got, "Nadie ha comprobado") && !strings.Contains(got, "cuenta") {
		t.Errorf("she was told\n%s", got)
	}
}

// TestProofedAccountIsRecoveredOnTheWayToAHospital: recovery codes are made and printed, the passkey is lost, and two ways lead back
// to the hospital's own request.
func TestProofedAccountIsRecoveredOnTheWayToAHospital(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	hospital := newRelyingParty(t, p, "https://general-hospital.example")
	_, link := p.invite("idial1.8")
	b := newBrowser(t)
	b.enrol(link)
	b.atLogin(p.issuer)
	b.open(p.issuer + "/account/recovery-codes")
	b.page("account-recovery-codes")
	b.follow("codes-new")
	b.page("account-recovery-codes-new")
	b.follow("confirm")
	b.page("account-recovery-codes-made")
	b.do("the button to print", waitForText("#codes-print"))
	saved := evaluate[[]string](b, `[...document.querySelectorAll(".codes .code")].map((e) => e.textContent)`)
	if len(saved) != 10 {
		t.Fatalf("%d codes are shown", len(saved))
	}
	b.follow("codes-done")
	b.says("account-recovery-codes", "10 codes are left")
	b.signOut()
	b.authenticatorGone()
	b.authenticator()

	b.open(hospital.authorizeURL("state", "nonce"))
	b.page("sign-in")
	req := evaluate[string](b, `new URL(location).searchParams.get("req")`)
	b.open(p.issuer + "/login/other?req=" + req)
	b.page("login-other")
	b.follow("recover")
	b.page("recover")
	b.types("address", "maria@example.org")
	b.born()
	b.follow("recover-start")
	b.page("code")
	b.types("code", p.codeOf("recovery-code", "maria@example.org"))
	b.follow("code-send")
	b.page("recover-second")
	b.follow("use-saved")
	b.page("recover-saved")
	b.types("code", saved[4])
	b.follow("saved-send")
	b.page("recover-done")
	b.follow("recover-done")
	b.page("recover-code")
	b.follow("recover-passkey")
	b.page("invitation")
	b.click("lost")
	b.createPasskey()
	b.follow("enrolled-request")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.allow()
	b.page("received")
	if got := <-hospital.answers; got.Get("state") != "state" || got.Get("code") == "" {
		t.Errorf("the hospital got %v", got)
	}
	for _, to := range []string{"maria@example.org", "+17025550123"} {
		for _, kind := range []string{"recovery-started", "recovery-code-used", "recovery-completed"} {
			p.letterOf(kind, to)
		}
	}
	b.open(p.issuer + "/account/passkeys")
	b.page("account-passkeys")
	if n := evaluate[int](b, `document.querySelectorAll(".items > li").length`); n != 1 {
		t.Errorf("%d passkeys are left, want the new one: the others were lost", n)
	}
}

// TestRecoveryThatIsLockedSaysUntilWhen, and keeps the way to a desk in sight.
func TestRecoveryThatIsLockedSaysUntilWhen(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	p.invite("")
	b := newBrowser(t)
	b.open(p.issuer + "/recover?lang=es")
	b.page("recover")
	b.types("address", "nobody@example.org")
	b.born()
	b.follow("recover-start")
	b.page("code")
	for range 4 {
		b.follow("code-again")
		b.says("code", "Lo enviamos otra vez")
		b.open(p.issuer + "/recover/code")
		b.page("code")
	}
	b.follow("code-again")
	b.says("too-many", "60 minutos")
}
