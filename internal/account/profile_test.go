package account

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// staleSignIn is a session of six minutes ago.
func staleSignIn(s idp.Session) idp.Session {
	a := *s.Authentication
	a.Time = now().Add(-6 * time.Minute)
	s.Authentication = &a
	return s
}

func TestTheIdentifierIsShownAfterAFreshSignInOnlyAndThatIsRecorded(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	number := string(ana.Identifier.Sealed)
	s := browse(t, store, ana, onIPhone)
	var readings []idp.Reading
	counted := func(c *Config) {
		c.Identifier = func(_ context.Context, p idp.Person, by idp.Reading) (string, error) {
			readings = append(readings, by)
			return string(p.Identifier.Sealed), nil
		}
	}
	rm := newRoom(t, store, staleSignIn(s), counted)
	leadsTo(t, post(t, rm.RevealIdentifier, "/account/profile/identifier"), "/login?back=/account/profile/identifier")

	rm = newRoom(t, store, s, counted)
	for path, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"/account": rm.Overview, "/account/profile": rm.Profile, "/account/profile/identifier": rm.IdentifierPage,
	} {
		if w := get(t, page, path); strings.Contains(w.Body.String(), number) || strings.Contains(w.Body.String(), number[32:]) {
			t.Errorf("%s shows the identifier", path)
		}
	}
	if len(readings) != 0 {
		t.Errorf("it was opened %d times though nobody asked for it", len(readings))
	}
	w := post(t, rm.RevealIdentifier, "/account/profile/identifier")
	says(t, w, number)
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the page with the identifier may be kept")
	}
	if len(readings) != 1 || readings[0].Actor != ana.ID || readings[0].Purpose != "account" || readings[0].IP == "" {
		t.Errorf("recorded: %+v", readings)
	}
}

func TestAChangeOfTheAddressNeedsAFreshSignInAndIsTold(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	s := browse(t, store, ana, onIPhone)
	rm := newRoom(t, store, staleSignIn(s))
	moved := []string{"of", "address", "street", "7 Elm St", "city", "Boston", "state", "ma", "postal_code", "02108"}
	leadsTo(t, get(t, rm.ChangePage, "/account/profile/change?of=address"), "/login?back=/account/profile/change?of=address")
	leadsTo(t, post(t, rm.ChangeValue, "/account/profile/change", moved...), "/login?back=/account/profile/change?of=address")

	rm = newRoom(t, store, s)
	// It was verified when she was added: without her word that she knows, nothing changes.
	w := post(t, rm.ChangeValue, "/account/profile/change", moved...)
	if w.Code != 422 {
		t.Errorf("status %d", w.Code)
	}
	says(t, w, "7 Elm St", `href="#understood"`, "This was checked.")
	if p, _ := store.Person(t.Context(), ana.ID); p.Address.City != "Springfield" {
		t.Errorf("changed without her word: %+v", p.Address)
	}
	leadsTo(t, post(t, rm.ChangeValue, "/account/profile/change", append(moved, "understood", "yes", "never-right", "yes")...), "/account/profile?done=changed")
	p, err := store.Person(t.Context(), ana.ID)
	if err != nil || p.Address.City != "Boston" || p.Address.State != "MA" {
		t.Fatalf("her address is %+v (%v)", p.Address, err)
	}
	before := 0
	for _, a := range p.Attributes {
		if a.Kind != idp.AttributeAddress {
			continue
		}
		if a.IsCurrent() && a.Status != idp.SelfAsserted {
			t.Errorf("the new one is %s", a.Status)
		}
		if !a.IsCurrent() && a.Address.City == "Springfield" { // what was checked stays, whatever she ticks
			before++
		}
	}
	if before != 1 {
		t.Errorf("%d addresses of before, want the one that was checked", before)
	}
	says(t, get(t, rm.Profile, "/account/profile?done=changed"), "Your details are changed.", "Boston, MA 02108", "Your word", "Springfield")
	messages, err := store.Messages(t.Context(), idp.MessageFilter{PersonID: ana.ID})
	if err != nil || len(messages) != 1 || messages[0].Kind != idp.NoticeContactChanged || messages[0].To != "Ana@example.org" {
		t.Errorf("told is %+v (%v)", messages, err)
	}
	if n := len(rm.audited(t, ana.ID, "person.change")); n != 1 {
		t.Errorf("%d lines in the audit log, want 1", n)
	}
}

// TestContactsAreChangedWithACodeOnly: no way leads past the code that is sent to a new e-mail address or telephone.
func TestContactsAreChangedWithACodeOnly(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	leadsTo(t, get(t, rm.ChangePage, "/account/profile/change?of=email"), "/account/contact/email")
	leadsTo(t, get(t, rm.ChangePage, "/account/profile/change?of=phone"), "/account/contact/phone")
	leadsTo(t, post(t, rm.ChangeValue, "/account/profile/change", "of", "email", "email", "new@example.org", "understood", "yes"), "/account/profile")
	if p, err := store.Person(t.Context(), ana.ID); err != nil || p.Email != "Ana@example.org" || p.Revision != 1 {
		t.Errorf("her address is %q (%v)", p.Email, err)
	}
	says(t, get(t, rm.Profile, "/account/profile"), `href="/account/contact/email"`)
}

func TestWhatIsTypedIsCheckedAndKept(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	for _, test := range []struct {
		name   string
		form   []string
		fields []string
		kept   string
	}{
		{"no sex", []string{"of", "sex", "sex", ""}, []string{"sex-female"}, ""},
		{"some sex", []string{"of", "sex", "sex", "x"}, []string{"sex-female"}, ""},
		{"empty address", []string{"of", "address"}, []string{"street", "city", "state", "postal_code"}, ""},
		{"address", []string{"of", "address", "street", "7 Elm \"St\"", "city", "Boston", "state", "MAS", "postal_code", "2108"}, []string{"state", "postal_code"}, "7 Elm &#34;St&#34;"},
		{"country", []string{"of", "address", "street", "Calle 7", "city", "Mérida", "country", "Mexico"}, []string{"country"}, `value="Mérida"`},
	} {
		w := post(t, rm.ChangeValue, "/account/profile/change", append(test.form, "understood", "yes")...)
		if w.Code != 422 {
			t.Errorf("%s: status %d", test.name, w.Code)
		}
		says(t, w, test.kept)
		for _, field := range test.fields {
			says(t, w, `href="#`+field+`"`)
		}
	}
	leadsTo(t, post(t, rm.ChangeValue, "/account/profile/change", "of", "name", "name", "Eve"), "/account/profile")
	leadsTo(t, get(t, rm.ChangePage, "/account/profile/change?of=birthdate"), "/account/profile")
	if p, err := store.Person(t.Context(), ana.ID); err != nil || p.Revision != 1 {
		t.Errorf("revision %d (%v): something was changed", p.Revision, err)
	}
	leadsTo(t, post(t, rm.ChangeValue, "/account/profile/change", "of", "address", "street", "Calle 7", "city", "Mérida", "country", "mx", "understood", "yes"), "/account/profile?done=changed")
	w := post(t, rm.ChangeValue, "/account/profile/change", "of", "sex", "sex", "other", "understood", "yes", "revision", "1")
	says(t, w, "changed somewhere else meanwhile")
	if w.Code != 422 {
		t.Errorf("a change of what she has not seen: status %d", w.Code)
	}
}

func TestACorrectionIsAskedForAndAnswered(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	says(t, get(t, rm.CorrectPage, "/account/profile/correct?of=name"), "Ana Rivera")
	leadsTo(t, get(t, rm.CorrectPage, "/account/profile/correct?of=email"), "/account/profile")
	for _, text := range []string{"", "  ", strings.Repeat("á", 501), "a\x00b", "a\u202eb"} {
		if w := post(t, rm.AskCorrection, "/account/profile/correct", "of", "name", "text", text); w.Code != 422 {
			t.Errorf("%q: status %d", text, w.Code)
		}
	}
	leadsTo(t, post(t, rm.AskCorrection, "/account/profile/correct", "of", "name", "text", "It is\r\nRivera Ortega."), "/account/profile?done=asked")
	open, err := store.Requests(t.Context(), idp.RequestFilter{Open: true})
	if err != nil || len(open) != 1 || open[0].PersonID != ana.ID || open[0].Text != "It is\nRivera Ortega." || open[0].Kind != idp.RequestCorrection || open[0].Subject != "name" {
		t.Fatalf("open are %+v (%v)", open, err)
	}
	if events := rm.audited(t, ana.ID, "request.add"); len(events) != 1 || strings.Contains(events[0].Detail, "Ortega") {
		t.Errorf("the audit log has %+v", events)
	}
	says(t, get(t, rm.Profile, "/account/profile?done=asked"), "We have your request.", "We have not answered yet.")
	if err := store.AnswerRequest(t.Context(), open[0].ID, "It is corrected.", "clerk", now(), idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	says(t, get(t, rm.Profile, "/account/profile"), "It is corrected.")
	other := newRoom(t, store, browse(t, store, bea, onIPhone))
	if w := get(t, other.Profile, "/account/profile"); strings.Contains(w.Body.String(), "corrected.") {
		t.Error("another person reads the answer")
	}
	for range idp.OpenRequests {
		post(t, rm.AskCorrection, "/account/profile/correct", "of", "birthdate", "text", "again")
	}
	says(t, post(t, rm.AskCorrection, "/account/profile/correct", "of", "birthdate", "text", "again"), "Several requests of yours")
}

// TestStaffAreToldOfARequestWithoutNames: somebody looks, and the message may lie about in the open.
func TestStaffAreToldOfARequestWithoutNames(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	p := addPerson(t, store, "Ana")
	rm := newRoom(t, store, signedIn(p), func(c *Config) {
		c.Staff = func(kind idp.NoticeKind) ([]idp.Message, error) {
			m, err := writer{}.To(idp.Person{}, idp.ByEmail, "desk@example.org", idp.Notice{Kind: kind})
			return []idp.Message{m}, err
		}
	})
	post(t, rm.AskCorrection, "/account/profile/correct", "of", "name", "text", "It is Ortega.")
	kept, err := store.Messages(t.Context(), idp.MessageFilter{})
	if err != nil || len(kept) != 1 || kept[0].To != "desk@example.org" || kept[0].Kind != idp.NoticeStaffRequest || kept[0].PersonID != "" {
		t.Errorf("written %+v (%v)", kept, err)
	}
}
