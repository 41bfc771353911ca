package recovery_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// guesses types wrong codes that were sent to an address, out of networks of its own, until they are refused or there were most of
// them, and returns how many were taken.
func (h *house) guesses(address string, most int, of ...func(*browser)) (taken int) {
	h.Helper()
	for range most {
		h.ip = fmt.Sprintf("203.0.%d.%d", h.networks/250, h.networks%250)
		h.networks++
		b := h.browser()
		for _, f := range of {
			f(b)
		}
		if a := b.begin(address); !strings.Contains(a.body, `data-page="code"`) {
			return taken
		}
		for range idp.MaxMissed {
			if a := b.follow("/recover/code", "code", "ZZZZ-ZZZZ"); !strings.Contains(a.body, `data-page="code"`) {
				return taken
			}
			if taken++; taken == most {
				return taken
			}
		}
	}
	return taken
}

// TestLockOutSurvivesARestart, and the page says until when.
func TestLockOutSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	if got := h.guesses(p.Email, 40); got != 20 {
		t.Errorf("%d guesses in a day, want 20", got)
	}
	h.ok(h.store.Close())
	h.wait(time.Hour)
	h.open()
	h.ip = "198.51.100.7" // from elsewhere
	b := h.browser()
	b.begin(p.Email)
	a := h.wantPage(b.shows(p.Email), "too-many")
	if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "November 25, 2026") {
		t.Errorf("status %d, Retry-After %q:\n%.1200s", a.status, a.header.Get("Retry-After"), a.body)
	}
	h.wait(24 * time.Hour)
	b.begin(p.Email)
	h.wantPage(b.shows(p.Email), "recover-second")
}

// TestWrongCodesOfAYearAreCounted: NIST SP 800-63B-4 §3.2.2: no more than 100 consecutive failed attempts, by all hands together.
func TestWrongCodesOfAYearAreCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	saved := h.codes(p)
	hers := func(b *browser) { b.knows = p.ID }
	withPaper := func(b *browser) {
		b.begin(p.Email)
		b.follow("/recover/saved", "code", saved[0])
		saved = saved[1:]
	}
	total := 0
	for range 8 {
		total += h.guesses(p.Email, 25) + h.guesses(p.Email, 15, hers)
		h.wait(24 * time.Hour)
	}
	if total != 80 {
		t.Errorf("%d guesses of anybody and in her browser, want 80", total)
	}
	proved := 0
	for range 4 {
		b := h.browser()
		withPaper(b)
		b.follow("/recover/send", "channel", "sms")
		for range idp.MaxMissed {
			if a := b.follow("/recover/code", "code", "000000"); strings.Contains(a.body, `data-page="code"`) {
				proved++
			}
		}
		h.wait(24 * time.Hour)
	}
	if proved > 20 {
		t.Errorf("%d guesses by whoever has shown a saved code", proved)
	}
}

// TestStrangerDoesNotBarHerFromHerAccount: who knows her address and her birthdate uses up what anybody may try, and she gets in all
// the same: with a recovery code first, and in a browser that she has used before. She is told, once a day.
func TestStrangerDoesNotBarHerFromHerAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	saved := h.codes(p)
	for range 4 {
		h.guesses(p.Email, 60)
		h.wait(24 * time.Hour)
	}
	h.ip = "198.51.100.7"
	stranger := h.browser()
	stranger.begin(p.Email)
	if a := h.wantPage(stranger.shows(p.Email), "too-many"); !strings.Contains(a.body, `href="/recover/saved"`) {
		t.Error("the page does not say that a recovery code opens the way")
	}

	paper := h.browser()
	paper.begin(p.Email)
	h.wantPage(paper.follow("/recover/saved", "code", saved[0]), "recover-second")
	h.wantPage(paper.follow("/recover/send", "channel", "email"), "code")
	h.wantPage(paper.shows(p.Email), "recover-done")

	own := h.browser()
	own.knows = p.ID
	own.begin(p.Email)
	h.wantPage(own.shows(p.Email), "recover-second")

	for _, to := range []string{p.Email, p.Phone} {
		told := 0
		for _, kind := range h.kinds(to) {
			if kind == idp.NoticeRecoveryGuessed {
				told++
			}
		}
		if told < 3 || told > 5 {
			t.Errorf("%s was told %d times in four days", to, told)
		}
	}
	if got := h.audited(p, "recovery.guessed"); got < 3 || got > 5 {
		t.Errorf("%d lines in the audit log", got)
	}
}

// TestSignInBeginsTheCountAnew: she is there, so that what was tried before is over (NIST SP 800-63B-4 §3.2.2: consecutive).
func TestSignInBeginsTheCountAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	for range 3 {
		h.guesses(p.Email, 60)
		h.wait(24 * time.Hour)
	}
	if got := h.guesses(p.Email, 60); got != 0 {
		t.Fatalf("%d guesses after those of a year", got)
	}
	h.wait(24 * time.Hour)
	h.ok(h.signsIn(p))
	if got := h.guesses(p.Email, 60); got != 20 {
		t.Errorf("%d guesses in the day after her sign-in, want 20", got)
	}
}

// signsIn is a sign-in of hers with her passkey.
func (h *house) signsIn(p idp.Person) error {
	h.Helper()
	cookie := idp.NewToken()
	s := idp.Session{ID: cookie.ID, Hash: cookie.Hash(), CreatedAt: h.at, SeenAt: h.at, ExpiresAt: h.at.Add(time.Hour)}
	h.ok(h.store.CreateSession(h.Context(), s))
	return h.store.SignInSession(h.Context(), idp.SignIn{SessionID: s.ID, OldHash: cookie.Hash(), NewHash: idp.NewTokenFor(s.ID).Hash(),
		PersonID: p.ID, At: h.at, ExpiresAt: h.at.Add(time.Hour),
		Authentication: idp.Authentication{SID: idp.NewUUIDv4(), Time: h.at, AMR: []string{"pop"}, PasskeyID: []byte(p.ID)},
		Passkey:        idp.PasskeyUse{PasskeyID: []byte(p.ID), Credential: []byte("{}"), At: h.at}})
}

// TestOneNetworkDoesNotUseUpHerTries: a stranger at one place leaves her the rest.
func TestOneNetworkDoesNotUseUpHerTries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	h.ip = "203.0.113.9"
	for range 4 {
		b := h.browser()
		b.begin(p.Email)
		for range idp.MaxMissed {
			b.follow("/recover/code", "code", "ZZZZ-ZZZZ")
		}
	}
	h.ip = "198.51.100.7"
	b := h.browser()
	h.wantPage(b.begin(p.Email), "code")
	h.wantPage(b.shows(p.Email), "recover-second")
}

func TestCodesAreSentSoOftenOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	b := h.browser()
	b.begin(p.Email)
	for range 4 {
		h.wantPage(b.follow("/recover/send"), "code")
	}
	h.wantPage(b.follow("/recover/send"), "too-many")
	for network := range 5 {
		h.ip = fmt.Sprintf("198.51.100.%d", network)
		h.wantPage(h.browser().begin(p.Email), "code")
	}
	h.wantPage(h.browser().begin(p.Email), "too-many") // by whomever
	if got := len(h.messages(p.Email)); got != 10 {
		t.Errorf("%d messages", got)
	}
	// What she asks for in a browser of hers goes out.
	own := h.browser()
	own.knows = p.ID
	h.wantPage(own.begin(p.Email), "code")
	h.wantPage(own.shows(p.Email), "recover-second")
	h.wait(time.Hour)
	h.wantPage(h.browser().begin(p.Email), "code")
}

// TestRecoveryLeavesBoundedRows: a page that is asked for again and again leaves no more behind than one that is asked for some times.
func TestRecoveryLeavesBoundedRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	saved := h.codes(p)
	b := h.browser()
	b.begin(p.Email)
	b.follow("/recover/saved", "code", saved[0])
	before, err := h.store.Invitations(t.Context(), p.ID)
	h.ok(err)
	var last answer
	for range 12 {
		last = b.post("/recover/done")
	}
	h.wantPage(last, "too-many")
	after, err := h.store.Invitations(t.Context(), p.ID)
	h.ok(err)
	if got := len(after) - len(before); got != 1 || h.audited(p, "recovery.grant") != 5 {
		t.Errorf("%d invitations and %d lines in the audit log", got, h.audited(p, "recovery.grant"))
	}
	for range 12 {
		last = h.signedIn(p).post("/account/recovery-codes/new")
	}
	h.wantPage(last, "too-many")
	if got := h.audited(p, "recovery.codes.make"); got != 10 {
		t.Errorf("codes were made %d times in a day", got)
	}
	if !slices.Contains(h.kinds(p.Email), idp.NoticeRecoveryCodesMade) {
		t.Error("she was not told")
	}
}
