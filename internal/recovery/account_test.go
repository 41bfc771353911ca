package recovery_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestRecoveryCodesAreShownOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.IDIAL1_8)
	b := h.signedIn(p)
	if a := h.wantPage(b.get("/account/recovery-codes"), "account-recovery-codes"); !strings.Contains(a.body, "no recovery codes yet") {
		t.Errorf("%.1200s", a.body)
	}
	saved := h.codes(p)
	a := h.wantPage(b.get("/account/recovery-codes"), "account-recovery-codes")
	if savedCode.MatchString(a.body) || !strings.Contains(a.body, "10 codes are left") {
		t.Errorf("%.1200s", a.body)
	}
	h.wantPage(b.get("/account/recovery-codes/new"), "account-recovery-codes-new")
	if again := h.codes(p); slices.Contains(again, saved[0]) {
		t.Error("a code was made twice")
	}
	if h.audited(p, "recovery.codes.make") != 2 || !slices.Contains(h.kinds(p.Phone), idp.NoticeRecoveryCodesMade) {
		t.Errorf("%d lines, told %v", h.audited(p, "recovery.codes.make"), h.kinds(p.Phone))
	}
}

// TestRecoveryCodesNeedARecentSignIn, and so do addresses: a stranger at an open screen must not make herself a way in.
func TestRecoveryCodesNeedARecentSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.IDIAL1_8)
	h.fresh = false
	b := h.signedIn(p)
	for _, a := range []answer{
		b.get("/account/recovery-codes/new"), b.post("/account/recovery-codes/new"), b.get("/account/contact/email"),
		b.post("/account/contact/phone", "address", "617 555 0199"),
		h.browser().get("/account/recovery-codes"), h.browser().get("/account/contact/email/code"), h.browser().post("/account/recovery/cancel"),
	} {
		if a.status != http.StatusSeeOther || !strings.HasPrefix(a.location, "/login") {
			t.Errorf("status %d to %q, want the sign-in page", a.status, a.location)
		}
	}
	if kept, err := h.store.RecoveryCodes(t.Context(), p.ID); err != nil || len(kept) != 0 || len(h.messages("+16175550199")) != 0 {
		t.Errorf("%d codes were made, %v", len(kept), err)
	}
}

var keptOnPage = regexp.MustCompile(`name="kept" value="([^"]+)"`)

// TestAnotherLanguageShowsTheCodesOnceMore: what is shown once is not lost by the choice of a language, in the same browser, for an
// hour, and as long as the codes are hers.
func TestAnotherLanguageShowsTheCodesOnceMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	b := h.signedIn(p)
	made := b.post("/account/recovery-codes/new")
	code := savedCode.FindString(made.body)
	kept := keptOnPage.FindStringSubmatch(made.body)
	if kept == nil || strings.Contains(kept[1], strings.ReplaceAll(code, "-", "")) {
		t.Fatalf("the page carries %q", kept)
	}
	h.fresh = false
	again := h.wantPage(b.post("/account/recovery-codes/shown?lang=es", "kept", kept[1]), "account-recovery-codes-made")
	if !strings.Contains(again.body, code) || !strings.Contains(again.body, "Sus códigos de recuperación") {
		t.Errorf("in Spanish:\n%.1500s", again.body)
	}
	for what, a := range map[string]answer{
		"another browser": h.signedIn(p).post("/account/recovery-codes/shown", "kept", kept[1]), "nothing": b.post("/account/recovery-codes/shown"),
		"another page": b.post("/recover/shown", "kept", kept[1]), "nobody signed in": h.browser().post("/account/recovery-codes/shown", "kept", kept[1]),
	} {
		if a.status != http.StatusSeeOther || savedCode.MatchString(a.body) {
			t.Errorf("%s: status %d to %q", what, a.status, a.location)
		}
	}
	h.fresh = true
	h.codes(p) // the codes from before are no codes any more
	if a := b.post("/account/recovery-codes/shown", "kept", kept[1]); a.status != http.StatusSeeOther {
		t.Errorf("codes that were replaced: status %d", a.status)
	}

	saved := h.codes(p)
	c := h.browser()
	c.begin(p.Email)
	c.follow("/recover/saved", "code", saved[0])
	done := h.wantPage(c.post("/recover/done"), "recover-code")
	kept = keptOnPage.FindStringSubmatch(done.body)
	again = h.wantPage(c.post("/recover/shown?lang=es", "kept", kept[1]), "recover-code")
	if !strings.Contains(again.body, savedCode.FindString(done.body)) {
		t.Error("the new code is lost")
	}
	h.granted(again)
	if a := h.browser().post("/recover/shown", "kept", kept[1]); a.status != http.StatusSeeOther {
		t.Errorf("another browser: status %d", a.status)
	}
	h.wait(time.Hour)
	if a := c.post("/recover/shown", "kept", kept[1]); a.status != http.StatusSeeOther {
		t.Errorf("after an hour: status %d", a.status)
	}
}

// TestDownloadHasHerOwnCodesOnly: what is posted is not put into a file of ours.
func TestDownloadHasHerOwnCodesOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.IDIAL1_8)
	other := h.person(idp.Unverified, func(p *idp.Person) { p.Email = "other@example.org" })
	saved, foreign := h.codes(p), h.codes(other)
	a := h.signedIn(p).post("/account/recovery-codes/download", "code", saved[0], "code", foreign[0], "code", "rm -rf /", "code", saved[1])
	if a.status != http.StatusOK || !strings.Contains(a.header.Get("Content-Disposition"), `attachment; filename="recovery-codes-2026-11-24.txt"`) ||
		a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, %v", a.status, a.header)
	}
	if !strings.Contains(a.body, saved[0]) || !strings.Contains(a.body, saved[1]) || strings.Contains(a.body, foreign[0]) || strings.Contains(a.body, "rm") {
		t.Errorf("the file is\n%s", a.body)
	}
	if a := h.signedIn(p).post("/account/recovery-codes/download", "code", foreign[0]); a.status != http.StatusSeeOther {
		t.Errorf("codes of another: status %d", a.status)
	}
}

func TestContactIsConfirmedByItsCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.IDIAL1_8)
	b := h.signedIn(p)
	if a := h.wantPage(b.get("/account/contact/email"), "contact"); !strings.Contains(a.body, "Not confirmed yet") {
		t.Errorf("%.1200s", a.body)
	}
	h.wantPage(b.follow("/account/contact/email", "address", p.Email), "code")
	h.wantPage(b.follow("/account/contact/email/code", "code", "ZZZZ-ZZZZ"), "code")
	h.wantPage(b.follow("/account/contact/email/code", "code", h.codeTo(p.Email, idp.NoticeContactCode)), "contact")
	if a := b.get("/account/contact/email"); !strings.Contains(a.body, "Confirmed") || strings.Contains(a.body, "Not confirmed") {
		t.Errorf("%.1200s", a.body)
	}
	if a := b.post("/account/contact/email", "address", "not an address"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, `value="not an address"`) {
		t.Errorf("status %d", a.status)
	}
	h.wantPage(b.get("/account/contact/post"), "problem")
}

// TestNewAddressCountsAfterItsCode, and not before.
func TestNewAddressCountsAfterItsCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.IDIAL1_8)
	b := h.signedIn(p)
	h.wantPage(b.follow("/account/contact/phone", "address", "617 555 0199"), "code")
	if now, err := h.store.Person(t.Context(), p.ID); err != nil || now.Phone != p.Phone {
		t.Errorf("the number is %s already (%v)", now.Phone, err)
	}
	code := h.codeTo("+16175550199", idp.NoticeContactCode)
	if len(code) != 6 {
		t.Errorf("the code is %q, want six digits", code)
	}
	// Another browser in which she is signed in does not have the code, and another person's does not either.
	h.wantPage(h.signedIn(p).follow("/account/contact/phone/code", "code", code), "contact")
	h.wantPage(b.follow("/account/contact/phone/code", "code", code), "contact")
	now, err := h.store.Person(t.Context(), p.ID)
	h.ok(err)
	if now.Phone != "+16175550199" || h.audited(p, "contact.confirm") != 1 {
		t.Errorf("the number is %s", now.Phone)
	}
	h.wantPage(b.follow("/account/contact/phone", "address", "617 555 0100"), "code")
	h.wait(10 * time.Minute)
	if a := b.follow("/account/contact/phone/code", "code", h.codeTo("+16175550100", idp.NoticeContactCode)); !strings.Contains(a.body, "too old") {
		t.Errorf("after ten minutes:\n%.1200s", a.body)
	}
}
