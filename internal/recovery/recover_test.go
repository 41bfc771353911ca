package recovery_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
)

// steadily is a page without what differs from one answer to the next.
func steadily(a answer, address string) string {
	return strings.ReplaceAll(a.body, address, "ADDRESS")
}

// TestRecoveryDoesNotTellWhoHasAnAccount: what is answered to an address of nobody, of an administrator, and of somebody who is
// suspended is what is answered to a patient's, to the last wrong code and beyond.
func TestRecoveryDoesNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.confirmed(h.person(idp.IDIAL1_8))
	h.confirmed(h.person(idp.Unverified, func(p *idp.Person) { p.Role, p.Email, p.Phone = idp.Owner, "chief@example.org", "" }))
	suspended := h.confirmed(h.person(idp.Unverified, func(p *idp.Person) { p.Email, p.Phone = "locked@example.org", "" }))
	if _, err := h.people.Suspend(t.Context(), suspended.ID, "test", idp.Reading{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	walk := func(address string) (seen []string) {
		b := h.browser()
		step := func(a answer) {
			seen = append(seen, strings.Join([]string{http.StatusText(a.status), a.location, steadily(a, address)}, "\n"))
		}
		step(b.begin(address))
		for range idp.MaxMissed + 1 {
			step(b.follow("/recover/code", "code", "ZZZZ-ZZZZ"))
		}
		step(b.follow("/recover/saved", "code", "ZZZZ-ZZZZ-ZZZZ-ZZZZ"))
		step(b.get("/recover/second"))
		step(b.get("/recover/done"))
		step(b.follow("/recover/send", "channel", "sms"))
		for range 20 { // until it is too often
			step(b.follow("/recover/saved", "code", "ZZZZ-ZZZZ-ZZZZ-ZZZZ"))
		}
		step(h.browser().begin(address)) // and in another browser
		return seen
	}
	want := walk("maria@example.org")
	if !strings.Contains(want[len(want)-2], "too-many") {
		t.Fatalf("nobody is stopped: %s", want[len(want)-2])
	}
	for _, address := range []string{"nobody@example.org", "chief@example.org", "locked@example.org"} {
		h.ip = "192.0.2." + address[:1] // each from a place of its own
		got := walk(address)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s, step %d:\n%.600s\nwant\n%.600s", address, i, got[i], want[i])
			}
		}
		if told := h.kinds(address); len(told) != 0 {
			t.Errorf("%s was told %v", address, told)
		}
	}
}

// TestProofedAccountNeedsTwoWays: NIST SP 800-63B-4 §4.2.2.2.
func TestProofedAccountNeedsTwoWays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	saved := h.codes(p)

	b := h.browser()
	h.wantPage(b.begin(p.Email), "code")
	h.wantPage(b.shows(p.Email), "recover-second")
	for _, early := range []answer{b.onward(b.get("/recover/done")), b.follow("/recover/done"), b.onward(b.get("/recover/wait"))} {
		h.wantPage(early, "recover-second")
	}
	h.wantPage(b.follow("/recover/saved", "code", saved[0]), "recover-done")

	// A saved code alone, however many of them.
	other := h.browser()
	other.begin(p.Email)
	for _, code := range saved[1:4] {
		h.wantPage(other.follow("/recover/saved", "code", code), "recover-second")
	}
	h.wantPage(other.follow("/recover/done"), "recover-second")
}

// TestRecoveryEndsWithANewPasskey: in the browser in which it was done, told to all addresses, and the saved code replaced.
func TestRecoveryEndsWithANewPasskey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	saved := h.codes(p)
	b := h.browser()
	request := idp.NewID()
	b.follow("/recover", "request", request, "address", p.Email, "day", "17", "month", "5", "year", "1948")
	b.shows(p.Email)
	b.follow("/recover/saved", "code", strings.ToLower(strings.ReplaceAll(saved[0], "-", " ")))
	done := h.wantPage(b.post("/recover/done"), "recover-code")
	inv, token := h.granted(done)
	if inv.Purpose != idp.InviteRecovered || inv.PersonID != p.ID || inv.RequestID != request || inv.ExpiresAt.Sub(h.at) > 30*time.Minute {
		t.Errorf("granted %+v", inv)
	}
	if err := h.enrols(h.browser(), inv, token); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("another browser makes the passkey: %v", err)
	}
	// NIST SP 800-63B-4 §4.2.1.1: the used code is invalidated, and a new one is issued.
	fresh := savedCode.FindString(done.body)
	if left, err := h.store.UnusedRecoveryCodes(t.Context(), p.ID); err != nil || left != 10 || slices.Contains(saved, fresh) || fresh == "" {
		t.Errorf("%d codes are left, %v; the new one is %q", left, err, fresh)
	}
	again := b.post("/recover/done") // the page was lost
	if inv, token = h.granted(again); savedCode.MatchString(again.body) {
		t.Error("a second code is issued")
	}
	h.ok(h.enrols(b, inv, token))
	// Over: nothing more is granted.
	h.wantPage(b.onward(b.get("/recover/done")), "recover")

	// NIST SP 800-63B-4 §4.6: to all notification addresses.
	for _, to := range []string{p.Email, p.Phone} {
		for _, kind := range []idp.NoticeKind{idp.NoticeRecoveryStarted, idp.NoticeRecoveryCodeUsed, idp.NoticeRecoveryCodesMade} {
			if !slices.Contains(h.kinds(to), kind) {
				t.Errorf("%s was not told %s: %v", to, kind, h.kinds(to))
			}
		}
	}
	for _, action := range []string{"recovery.start", "recovery.proof", "recovery.grant"} {
		if h.audited(p, action) == 0 {
			t.Errorf("no %s in the audit log", action)
		}
	}
	// And the spent code is worth nothing.
	next := h.browser()
	next.begin(p.Email)
	h.wantPage(next.follow("/recover/saved", "code", saved[0]), "recover-saved")
}

// TestTwoSentCodesWait: e-mail and telephone together are enough after three days, in which every address can stop it, and nobody
// can shorten that.
func TestTwoSentCodesWait(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	both := func() (*browser, answer) {
		b := h.browser()
		b.begin(p.Email)
		second := h.wantPage(b.shows(p.Email), "recover-second")
		if strings.Contains(second.body, p.Phone) || !strings.Contains(second.body, "••• 42") {
			t.Error("the telephone number is shown, or not known by its end")
		}
		h.wantPage(b.follow("/recover/send", "channel", "sms"), "code")
		return b, b.shows(p.Phone)
	}
	b, a := both()
	h.wantPage(a, "recover-wait")
	h.wantPage(b.follow("/recover/done"), "recover-wait")
	waiting, err := h.store.WaitingRecovery(t.Context(), p.ID, h.at)
	h.ok(err)
	if got := waiting.ReadyAt.Sub(h.at); got != 72*time.Hour {
		t.Errorf("it waits %s", got)
	}
	h.wait(24 * time.Hour)
	_, a = both() // a second recovery does not begin anew, nor shorten it
	h.wantPage(a, "recover-wait")
	if again, err := h.store.WaitingRecovery(t.Context(), p.ID, h.at); err != nil || !again.ReadyAt.Equal(waiting.ReadyAt) || again.ID != waiting.ID {
		t.Errorf("the waiting period has changed: %+v, %v", again, err)
	}
	h.wait(48 * time.Hour)
	// Who has but one of the two does not profit from what another has waited for.
	one := h.browser()
	one.begin(p.Email)
	h.wantPage(one.shows(p.Email), "recover-second")
	late, a := both()
	h.wantPage(a, "recover-done")
	inv, token := h.granted(late.post("/recover/done"))
	h.ok(h.enrols(late, inv, token))
	// What was waited for is spent.
	_, a = both()
	h.wantPage(a, "recover-wait")
}

func TestWaitingRecoveryIsStoppedByEveryAddress(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]string{"e-mail": "maria@example.org", "telephone": "+16175550142", "account": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			p := h.confirmed(h.person(idp.IDIAL1_8))
			b := h.browser()
			b.begin(p.Email)
			b.shows(p.Email)
			b.follow("/recover/send", "channel", "sms")
			h.wantPage(b.shows(p.Phone), "recover-wait")
			h.wantPage(h.signedIn(p).get("/account/recovery"), "recover-cancel")
			stop := func() answer { return h.signedIn(p).post("/account/recovery/cancel") }
			if to != "" {
				link := linkInIt.FindStringSubmatch(h.read(to, idp.NoticeRecoveryWaiting))[1]
				h.wantPage(h.browser().get(link), "recover-cancel")
				if _, err := h.store.WaitingRecovery(t.Context(), p.ID, h.at); err != nil {
					t.Fatalf("opening the link did something: %v", err)
				}
				h.wantPage(h.browser().post(link[:len(link)-1]+"A"), "problem")
				stop = func() answer { return h.browser().post(link) }
			}
			h.wantPage(stop(), "recover-cancelled")
			h.wait(73 * time.Hour)
			if _, err := h.store.WaitingRecovery(t.Context(), p.ID, h.at); !errors.Is(err, idp.ErrNotFound) {
				t.Errorf("it still waits: %v", err)
			}
			h.wantPage(b.onward(b.get("/recover/done")), "recover")
			for _, told := range []string{p.Email, p.Phone} {
				if !slices.Contains(h.kinds(told), idp.NoticeRecoveryCancelled) {
					t.Errorf("%s was not told", told)
				}
			}
			if h.audited(p, "recovery.cancel") != 1 {
				t.Error("not in the audit log")
			}
		})
	}
}

// TestUnproofedAccountIsRecoveredByOneCode: at once by a saved one, after a day by one that was sent, and at once when there is
// nothing to guard yet.
func TestUnproofedAccountIsRecoveredByOneCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	saved := h.codes(p)
	b := h.browser()
	b.begin(p.Phone)
	h.wantPage(b.follow("/recover/saved", "code", saved[3]), "recover-done")
	b = h.browser()
	b.begin(p.Phone)
	h.wantPage(b.shows(p.Phone), "recover-wait")
	h.wait(24 * time.Hour)
	b = h.browser()
	b.begin(p.Email)
	h.wantPage(b.shows(p.Email), "recover-done")

	unused := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, State: idp.PersonActive, CreatedAt: h.at,
		Demographics: idp.Demographics{GivenName: "Ida", FamilyName: "Reyes", Birthdate: p.Birthdate, Email: "ida@example.org"}}
	h.ok(h.store.CreatePerson(t.Context(), unused, idp.Invitation{}))
	h.ok(h.store.ConfirmContact(t.Context(), unused.ID, idp.Contact{Channel: idp.ByEmail, Address: unused.Email, ConfirmedAt: h.at}, idp.Trail{}))
	b = h.browser()
	b.begin(unused.Email)
	h.wantPage(b.shows(unused.Email), "recover-done")
}

// TestAdministratorIsNotRecovered: not by her saved codes, which she cannot have, nor by codes to her addresses.
func TestAdministratorIsNotRecovered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified, func(p *idp.Person) { p.Role = idp.HelpDesk }))
	code := codes.New(16)
	sum := sha256.Sum256([]byte(code))
	h.ok(h.store.ReplaceRecoveryCodes(t.Context(), p.ID, [][]byte{sum[:]}, h.at, idp.Trail{})) // from before she was one
	b := h.browser()
	h.wantPage(b.begin(p.Email), "code")
	if told := h.kinds(p.Email); len(told) != 0 {
		t.Errorf("she was told %v", told)
	}
	h.wantPage(b.follow("/recover/saved", "code", code), "recover-saved")
	if made := h.signedIn(p).post("/account/recovery-codes/new"); made.location != "/account/recovery-codes" {
		t.Errorf("she makes codes: %d to %q", made.status, made.location)
	}
}

// TestPersonWhoBecameAnAdministratorIsNotRecovered: she was none when it began.
func TestPersonWhoBecameAnAdministratorIsNotRecovered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	b := h.browser()
	b.begin(p.Email)
	p.Role, p.UpdatedAt = idp.Owner, h.at
	h.ok(h.store.ChangePerson(t.Context(), p))
	h.wantPage(b.shows(p.Email), "recover")
	h.wantPage(b.follow("/recover/done"), "recover")
}

// TestAddressThatWasNotConfirmedGetsNoCode: NIST SP 800-63B-4 §4.2.1.2: established only after the subscriber confirms it.
func TestAddressThatWasNotConfirmedGetsNoCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.person(idp.Unverified)
	b := h.browser()
	h.wantPage(b.begin(p.Email), "code")
	if told := h.kinds(p.Email); len(told) != 0 {
		t.Errorf("%v went to an address that nobody has confirmed", told)
	}
	h.confirmed(p)
	h.browser().begin(p.Email)
	if told := h.kinds(p.Email); !slices.Equal(told, []idp.NoticeKind{idp.NoticeRecoveryCode}) {
		t.Errorf("told %v", told)
	}
}

// TestSentCodeExpires: NIST SP 800-63B-4 §4.2.1.2: ten minutes by text message, 24 hours by e-mail at most.
func TestSentCodeExpires(t *testing.T) {
	t.Parallel()
	for channel, test := range map[string]struct {
		to    string
		lives time.Duration
	}{"e-mail": {"maria@example.org", time.Hour}, "telephone": {"+16175550142", 10 * time.Minute}} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.confirmed(h.person(idp.Unverified))
			b := h.browser()
			b.begin(test.to)
			h.wait(test.lives)
			a := b.shows(test.to)
			if !strings.Contains(a.body, "too old") && !strings.Contains(a.body, "had to start again") {
				t.Errorf("after %s:\n%.1200s", test.lives, a.body)
			}
		})
	}
}

func TestCodeIsVoidAfterFiveWrongOnes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	b := h.browser()
	b.begin(p.Email)
	for range idp.MaxMissed {
		if a := b.follow("/recover/code", "code", "ZZZZ-ZZZZ"); !strings.Contains(a.body, "not the code") {
			t.Fatalf("%.1200s", a.body)
		}
	}
	if a := b.shows(p.Email); !strings.Contains(a.body, "too many wrong tries") {
		t.Errorf("the right code is taken after %d wrong ones", idp.MaxMissed)
	}
	h.wantPage(b.follow("/recover/send"), "code") // a new one
	h.wantPage(b.shows(p.Email), "recover-wait")
}

// TestRecoveryGoesOnInItsBrowserOnly: who knows the steps' addresses gets nothing.
func TestRecoveryGoesOnInItsBrowserOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.Unverified))
	saved := h.codes(p)
	b := h.browser()
	b.begin(p.Email)
	stranger := h.browser()
	for _, path := range []string{"/recover/code", "/recover/second", "/recover/wait", "/recover/done", "/recover/saved", "/recover/next"} {
		h.wantPage(stranger.onward(stranger.get(path)), "recover")
	}
	h.wantPage(stranger.follow("/recover/code", "code", h.codeTo(p.Email, idp.NoticeRecoveryCode)), "recover")
	h.wantPage(stranger.follow("/recover/saved", "code", saved[0]), "recover")
	// Resumed: a reload, and the way back to where she was.
	h.wantPage(b.onward(b.get("/recover/next")), "code")
	b.follow("/recover/saved", "code", saved[0])
	h.wantPage(b.onward(b.get("/recover/next")), "recover-done")
}

func TestWhatWasTypedIsKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.browser().post("/recover", "address", "maria@", "day", "31", "month", "2", "year", "1948")
	for _, want := range []string{`value="maria@"`, `value="31"`, `value="2" selected`, `value="1948"`, `href="#address"`, `href="#month"`, `aria-invalid="true"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%s is not on the page", want)
		}
	}
	if a.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", a.status)
	}
}

// TestSharedMailboxNeedsTheBirthdate: a mother and her son with one address are told apart, and twins at a desk.
func TestSharedMailboxNeedsTheBirthdate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mother := h.confirmed(h.person(idp.Unverified, func(p *idp.Person) { p.Phone = "" }))
	son := func(p *idp.Person) { p.Birthdate, p.GivenName, p.Phone = "1980-01-02", "Luis", "" }
	h.confirmed(h.person(idp.Unverified, son))
	b := h.browser()
	b.begin(mother.Email)
	b.shows(mother.Email)
	if waiting, err := h.store.WaitingRecovery(t.Context(), mother.ID, h.at); err != nil || waiting.PersonID != mother.ID {
		t.Errorf("%+v, %v", waiting, err)
	}
	h.confirmed(h.person(idp.Unverified, son))
	before := len(h.messages(mother.Email))
	h.browser().follow("/recover", "address", mother.Email, "day", "2", "month", "1", "year", "1980")
	if got := len(h.messages(mother.Email)); got != before {
		t.Errorf("one of the twins got a code")
	}
}

func TestSecretsAreKeptAsHashes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	saved := h.codes(p)
	b := h.browser()
	b.begin(p.Email)
	code := h.codeTo(p.Email, idp.NoticeRecoveryCode)
	kept, err := h.store.RecoveryCodes(t.Context(), p.ID)
	h.ok(err)
	for _, k := range kept {
		if len(k.Hash) != sha256.Size {
			t.Errorf("%d bytes are kept of a code", len(k.Hash))
		}
	}
	sent, err := h.store.ContactCode(t.Context(), idp.CodeRecovery, b.id)
	h.ok(err)
	plain := sha256.Sum256([]byte(codes.Normal(code)))
	if bytes.Equal(sent.Hash, plain[:]) || len(sent.Hash) == 0 || len(saved) != 10 {
		t.Error("a short code is kept under a digest without a key")
	}
}
