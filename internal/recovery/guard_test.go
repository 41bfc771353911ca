package recovery_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// TestMailboxDoesNotBringTriesBack: whoever has the mailbox proves it as often as he likes, and has no more guesses at the
// telephone for it (NIST SP 800-63B-4 §3.2.2: consecutive failures of the account are counted until it is got back).
func TestMailboxDoesNotBringTriesBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	tried := 0
	for range 8 {
		b := h.browser()
		b.begin(p.Email)
		b.shows(p.Email)
		b.follow("/recover/send", "channel", "sms")
		for range idp.MaxMissed {
			if a := b.follow("/recover/code", "code", "000000"); strings.Contains(a.body, `data-page="code"`) {
				tried++
			}
		}
		h.wait(time.Hour)
	}
	if tried > 20 {
		t.Errorf("%d guesses at the telephone in eight hours, want at most 20", tried)
	}
}

// TestNumberInAStrangersAccountIsNotHis: a number that a stranger typed in for himself, with her birthdate, does not take the way
// back from her.
func TestNumberInAStrangersAccountIsNotHis(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	h.person(idp.Unverified, func(s *idp.Person) { s.GivenName, s.Email = "Mallory", "mallory@example.net" })
	b := h.browser()
	b.begin(p.Phone)
	h.wantPage(b.shows(p.Phone), "recover-second")
}

// TestAccountWithoutPasskeysWasSomebodys: she removed the last one because she has recovery codes. Her mailbox alone is not at once
// enough.
func TestAccountWithoutPasskeysWasSomebodys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	h.codes(p)
	h.ok(h.store.RemovePasskey(t.Context(), idp.PasskeyRemoval{PersonID: p.ID, PasskeyID: []byte(p.ID)}, idp.Trail{}))
	b := h.browser()
	b.begin(p.Email)
	h.wantPage(b.shows(p.Email), "recover-wait")
}

// TestThrottledLinkIsNotInTheLog: the address of a page can be the link of an invitation.
func TestThrottledLinkIsNotInTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var log bytes.Buffer
	h.room.Log = slog.New(slog.NewTextHandler(&log, nil))
	p := h.person(idp.Unverified)
	token := idp.NewToken()
	h.ok(h.store.Invite(t.Context(), idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: p.ID, Purpose: idp.InviteDesk,
		AsksBirthdate: true, CreatedAt: h.at, ExpiresAt: h.at.Add(time.Hour)}, idp.Trail{}))
	b := h.browser()
	for range 20 {
		b.post("/invite", "code", "ZZZZZ-ZZZZZ", "day", "1", "month", "2", "year", "1950")
	}
	h.wantPage(b.post("/invite/"+token.String()+"/check", "day", "1", "month", "2", "year", "1950"), "too-many")
	if !strings.Contains(log.String(), "tried too often") || strings.Contains(log.String(), token.String()) {
		t.Errorf("the log says:\n%s", log.String())
	}
}
