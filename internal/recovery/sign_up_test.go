package recovery_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/recovery"
)

func (b *browser) signsUp(email, phone string) answer {
	b.Helper()
	return b.follow("/sign-up", "given_name", "Rosa", "family_name", "Núñez", "day", "3", "month", "4", "year", "1961", "email", email, "phone", phone, "terms", "1")
}

func (h *house) everybody() []idp.Person {
	h.Helper()
	people, err := h.store.People(h.Context(), "", 100)
	h.ok(err)
	return people
}

// TestSignUpMakesAnUnverifiedAccount: self-asserted, with the address confirmed, and a passkey in this browser only.
func TestSignUpMakesAnUnverifiedAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.browser()
	h.wantPage(b.signsUp("rosa@example.org", "617 555 0177"), "code")
	if len(h.everybody()) != 0 {
		t.Fatal("she is stored before she has shown that the address is hers")
	}
	h.wantPage(b.follow("/sign-up/code", "code", "ZZZZ-ZZZZ"), "code")
	a := b.post("/sign-up/code", "code", h.codeTo("rosa@example.org", idp.NoticeSignUpCode))
	inv, token := h.granted(a)
	all := h.everybody()
	if len(all) != 1 || inv.Purpose != idp.InviteSignUp {
		t.Fatalf("%d persons, granted %+v", len(all), inv)
	}
	p := all[0]
	if p.Level != idp.Unverified || !p.Identifier.IsZero() || p.Role != idp.Patient || p.Name() != "Rosa Núñez" || p.Birthdate != "1961-04-03" || p.Phone != "+16175550177" {
		t.Errorf("stored %+v", p)
	}
	for _, attribute := range p.Attributes {
		if attribute.Status != idp.SelfAsserted {
			t.Errorf("%s is %s", attribute.Kind, attribute.Status)
		}
	}
	confirmed, err := h.store.ConfirmedContacts(t.Context(), p.ID)
	h.ok(err)
	if len(confirmed) != 1 || confirmed[0].Address != "rosa@example.org" {
		t.Errorf("confirmed: %+v", confirmed)
	}
	if err := h.enrols(h.browser(), inv, token); err == nil {
		t.Error("another browser makes her passkey")
	}
	h.ok(h.enrols(b, inv, token))
}

// TestSignUpDoesNotTellWhoHasAnAccount: the pages are the same, and the owner is told.
func TestSignUpDoesNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.IDIAL1_8)
	walk := func(address string) (seen []string) {
		b := h.browser()
		for _, a := range []answer{b.signsUp(address, ""), b.follow("/sign-up/code", "code", "ZZZZ-ZZZZ"), b.follow("/sign-up/send")} {
			seen = append(seen, http.StatusText(a.status)+a.location+steadily(a, address))
		}
		return seen
	}
	known, unknown := walk(p.Email), walk("nobody@example.org")
	if !slices.Equal(known, unknown) {
		t.Errorf("known:\n%.1500s\nunknown:\n%.1500s", known, unknown)
	}
	if told := h.kinds(p.Email); !slices.Equal(told, []idp.NoticeKind{idp.NoticeSignUpKnown, idp.NoticeSignUpKnown}) {
		t.Errorf("she was told %v", told)
	}
	if told := h.kinds("nobody@example.org"); !slices.Equal(told, []idp.NoticeKind{idp.NoticeSignUpCode, idp.NoticeSignUpCode}) {
		t.Errorf("the other was told %v", told)
	}
}

// TestPossibleDuplicateIsNotTold: whoever knows a name and a birthdate does not learn that there is such a patient.
func TestPossibleDuplicateIsNotTold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person(idp.IDIAL1_8, func(p *idp.Person) {
		p.GivenName, p.FamilyName, p.Birthdate, p.Phone = "Rosa", "Núñez", "1961-04-03", ""
	})
	var seen []string
	for _, address := range []string{"first@example.org", "second@example.org"} {
		b := h.browser()
		page := h.wantPage(b.signsUp(address, ""), "code")
		a := b.post("/sign-up/code", "code", h.codeTo(address, idp.NoticeSignUpCode))
		h.granted(a)
		seen = append(seen, steadily(page, address)+http.StatusText(a.status))
	}
	if seen[0] != seen[1] || len(h.everybody()) != 3 {
		t.Errorf("%d persons, and the pages differ: %v", len(h.everybody()), seen[0] != seen[1])
	}
}

// TestUnconfirmedSignUpLeavesNothing after an hour.
func TestUnconfirmedSignUpLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.browser()
	b.signsUp("rosa@example.org", "")
	up, err := h.store.SignUpOf(t.Context(), b.id, h.at)
	h.ok(err)
	if strings.Contains(string(up.Sealed), "Rosa") {
		t.Error("what was typed is kept in clear")
	}
	h.wait(time.Hour)
	h.wantPage(b.onward(b.get("/sign-up/code")), "sign-up")
	if _, err := h.store.Purge(t.Context(), h.at); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.SignUpOf(t.Context(), b.id, h.at.Add(-time.Hour)); err == nil {
		t.Error("it is still there")
	}
	if _, err := h.store.ContactCode(t.Context(), idp.CodeSignUp, b.id); err == nil {
		t.Error("its code is still there")
	}
	if len(h.everybody()) != 0 {
		t.Error("somebody was stored")
	}
}

func TestSignUpSaysWhatIsWrongFieldByField(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.wantPage(h.browser().post("/sign-up", "given_name", "Rosa", "email", "rosa@", "year", "1961", "phone", "12"), "sign-up")
	for _, want := range []string{`href="#family_name"`, `href="#month"`, `href="#email"`, `href="#phone"`, `href="#terms"`, `value="Rosa"`, `value="rosa@"`, `value="1961"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%s is not on the page", want)
		}
	}
	if a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, `href="#given_name"`) {
		t.Errorf("status %d, and what is right is complained of", a.status)
	}
}

func TestSignUpFollowsItsMode(t *testing.T) {
	t.Parallel()
	for mode, test := range map[recovery.SignUpMode]struct{ signUp, invite string }{
		recovery.SignUpOff: {"sign-up-closed", "problem"}, recovery.SignUpInvitation: {"sign-up-closed", "invite"}, recovery.SignUpOpen: {"sign-up", "invite"},
	} {
		h := newHouse(t)
		h.room.SignUp = func() recovery.SignUpMode { return mode }
		h.wantPage(h.browser().get("/sign-up"), test.signUp)
		h.wantPage(h.browser().get("/invite"), test.invite)
		h.wantPage(h.browser().post("/invite", "code", "ABCDE-FGHJK", "day", "1", "month", "2", "year", "1960"), test.invite)
		if mode != recovery.SignUpOpen {
			h.wantPage(h.browser().signsUp("rosa@example.org", ""), "sign-up-closed")
			if len(h.messages("rosa@example.org")) != 0 {
				t.Errorf("%s: a code was sent", mode)
			}
		}
	}
}

func TestSignUpsOfOneNetworkAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for n := range 10 {
		h.wantPage(h.browser().signsUp("rosa"+string(rune('a'+n))+"@example.org", ""), "code")
	}
	a := h.wantPage(h.browser().signsUp("rosa@example.org", ""), "too-many")
	if a.status != http.StatusTooManyRequests {
		t.Errorf("status %d", a.status)
	}
	h.ip = "198.51.100.7"
	h.wantPage(h.browser().signsUp("rosa@example.org", ""), "code")
}
