package admin

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func newcomer(change ...string) url.Values {
	form := url.Values{
		"given_name": {"Berta"}, "family_name": {"Okafor"}, "birthdate": {"1975-03-02"}, "sex": {"female"}, "language": {"es"}, "email": {"berta@example.org"}, "phone": {"+1 617 555 0142"},
		"street": {"12 Chestnut St\r\nApt 4"}, "city": {"Boston"}, "state": {"MA"}, "postal_code": {"02108"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestPersonIsAddedAtTheDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.IdentityClerk).get("/admin/people/new?name=Ana+Rivera&birthdate=1980-05-17"), http.StatusOK, "admin-new-person", `value="Rivera"`, `value="1980-05-17"`)
	w := h.post("/admin/people/new", newcomer())
	id := strings.TrimSuffix(strings.TrimPrefix(w.Header().Get("Location"), "/admin/people/"), "?done=added")
	p, err := h.store.Person(t.Context(), id)
	if err != nil {
		t.Fatalf("%v\n%s", err, w.Body)
	}
	if p.Name() != "Berta Okafor" || p.Address.Street != "12 Chestnut St\nApt 4" || p.Phone != "+16175550142" || p.Level != idp.Unverified || p.Role != idp.Patient {
		t.Errorf("added %+v", p)
	}
	for _, at := range p.Attributes {
		if at.Status != idp.SelfAsserted || at.RecordedBy != h.roles[idp.IdentityClerk].ID {
			t.Errorf("nobody checked %+v, recorded by the clerk", at)
		}
	}
	wantPage(t, h.follow(w), http.StatusOK, "admin-person", "The person was added", "Berta Okafor")
	if got := h.actions(id); !slices.Equal(got, []string{"person.add", "person.view"}) {
		t.Errorf("recorded %v", got)
	}
}

// TestNobodyIsAddedTwiceUnseen: who may be on record already is shown first, and again when somebody else has come meanwhile.
func TestNobodyIsAddedTwiceUnseen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ana := h.roles[idp.Patient]
	twin := newcomer("given_name", "Anna", "family_name", "Ribera", "birthdate", "1980-05-17", "email", "other@example.org", "phone", "")
	w := h.as(idp.IdentityClerk).post("/admin/people/new", twin)
	wantPage(t, w, http.StatusOK, "admin-new-person", "Is it one of these people?", "/admin/people/"+ana.ID, "Last name: sounds alike", "None of these", `value="Ribera"`)
	seen := regexp.MustCompile(`name="seen" value="([^"]*)"`).FindStringSubmatch(w.Body.String())
	if seen == nil || seen[1] != ana.ID {
		t.Fatalf("seen are %q", seen)
	}
	second := h.addPatient("Ana") // somebody else adds her meanwhile
	twin.Set("seen", seen[1])
	wantPage(t, h.post("/admin/people/new", twin), http.StatusOK, "admin-new-person", "/admin/people/"+second.ID)
	twin.Set("seen", seen[1]+" "+second.ID)
	wantPage(t, h.follow(h.post("/admin/people/new", twin)), http.StatusOK, "admin-person", "Anna Ribera")
}

func TestBadDetailsComeBackWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct{ field, typed, says string }{
		{"given_name", "", "Somebody with one name only"}, {"family_name", "A\x00B", "There are signs in it"}, {"birthdate", "soon", "Type a date such as"}, {"sex", "x", "Choose one of these"},
		{"language", "Klingonish", "Type a language"}, {"email", "x", "Type an e-mail address"}, {"phone", "12", "Type a phone number"}, {"state", "Masachusets", "Type the state"},
		{"postal_code", "2108", "Type the ZIP code"}, {"country", "UK", "Type the country"}, {"city", strings.Repeat("x", 300), "too long"}, {"family_name", "\xff\xfe", "There are signs in it"},
	} {
		w := h.as(idp.Owner).post("/admin/people/new", newcomer(c.field, c.typed))
		wantPage(t, w, http.StatusUnprocessableEntity, "admin-new-person", `role="alert"`, c.says, `id="`+c.field+`-error"`, "12 Chestnut St")
	}
	wantPage(t, h.post("/admin/people/new", newcomer("phone", "+1 555 555 0100")), http.StatusOK, "admin-new-person", "Look at this once more", "No such number is in use")
	found, err := h.people.Find(t.Context(), idp.Search{Name: "Berta Okafor", Limit: 10})
	if err != nil || len(found.People) != 0 {
		t.Errorf("somebody was added: %+v (%v)", found, err)
	}
}

func TestValueIsChangedAsTheRulesOfIdentitySay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.verified(h.roles[idp.Patient])
	path := "/admin/people/" + p.ID + "/edit"
	wantPage(t, h.as(idp.IdentityClerk).get(path+"?of=address"), http.StatusOK, "admin-edit", "This was checked", "has to be checked again", "1 Main St", "We write about it to all addresses")
	form := url.Values{"of": {"address"}, "use": {"home"}, "act": {"change"}, "street": {"2 Elm St"}, "city": {"Elko"}, "state": {"NV"}, "postal_code": {"89801"}, "since": {"2026-11-01"}, "reason": {"moved"}}
	wantPage(t, h.post(path, form), http.StatusUnprocessableEntity, "admin-edit", "Tick the box", "2 Elm St")
	form.Set("understood", "yes")
	wantPage(t, h.follow(h.post(path, form)), http.StatusOK, "admin-person", "The record was changed", "2 Elm St, Elko", "earlier")
	got, err := h.store.Person(t.Context(), p.ID)
	now, _ := idp.Current(got.Attributes, idp.AttributeAddress)
	if err != nil || now.Status != idp.SelfAsserted || now.ValidFrom != "2026-11-01" || got.Level != idp.IDIAL2 {
		t.Errorf("the address is %+v, the level %s (%v)", now, got.Level, err)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "person.change"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, "1 Main St") || !strings.Contains(events[0].Detail, "2 Elm St") || events[0].Actor != h.roles[idp.IdentityClerk].ID {
		t.Errorf("recorded %+v (%v)", events, err)
	}

	for _, c := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{url.Values{"of": {"birthdate"}, "act": {"change"}, "birthdate": {"1980-05-18"}, "reason": {"typed wrong"}, "understood": {"yes"}}, http.StatusSeeOther, ""}, // corrected: there is no other way
		{url.Values{"of": {"phone"}, "use": {"work"}, "act": {"change"}, "phone": {"+16175550143"}, "reason": {"told"}}, http.StatusSeeOther, ""},
		{url.Values{"of": {"phone"}, "use": {"work"}, "act": {"end"}, "reason": {"gone"}}, http.StatusSeeOther, ""},
		{url.Values{"of": {"name"}, "act": {"history"}, "given_name": {"Ana"}, "family_name": {"Paz"}, "until": {"2001-01-01"}, "reason": {"maiden name"}}, http.StatusSeeOther, ""},
		{url.Values{"of": {"name"}, "act": {"history"}, "given_name": {"Ana"}, "family_name": {"Paz"}, "reason": {"again"}}, http.StatusOK, "recorded already"},
		{url.Values{"of": {"email"}, "act": {"correct"}, "email": {"x"}, "reason": {"typed wrong"}, "understood": {"yes"}}, http.StatusUnprocessableEntity, "Type an e-mail address"},
		{url.Values{"of": {"email"}, "act": {"correct"}, "email": {"new@example.org"}, "understood": {"yes"}}, http.StatusUnprocessableEntity, "Type the reason"},
		{url.Values{"of": {"language"}, "act": {"change"}, "language": {""}, "reason": {"x"}}, http.StatusUnprocessableEntity, "Fill this in"},
		{url.Values{"of": {"email"}, "act": {"change"}, "email": {"new@example.org"}, "since": {"never"}, "reason": {"x"}, "understood": {"yes"}}, http.StatusUnprocessableEntity, `id="since-error"`},
		{url.Values{"of": {"sex"}, "act": {"change"}, "sex": {"female"}, "reason": {"x"}, "revision": {"1"}}, http.StatusOK, "Somebody else changed this meanwhile"},
		{url.Values{"of": {"shoe-size"}}, http.StatusNotFound, ""},
	} {
		w := h.post(path, c.form)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%v: status %d, want %d and %q\n%s", c.form, w.Code, c.status, c.says, w.Body)
		}
	}
	got, err = h.store.Person(t.Context(), p.ID)
	if err != nil || got.Birthdate != "1980-05-18" || got.Email != "ana@example.org" || got.Sex != "" {
		t.Errorf("she is %+v (%v)", got.Demographics, err)
	}
	if found, err := h.people.Find(t.Context(), idp.Search{Name: "Ana Paz", Limit: 5}); err != nil || len(found.People) != 1 {
		t.Errorf("her name of before finds %+v (%v)", found, err)
	}
}

// verified gives somebody a level, with all that is known of her behind it.
func (h *house) verified(p idp.Person) idp.Person {
	h.Helper()
	p, err := h.store.Person(h.Context(), p.ID)
	if err != nil {
		h.Fatal(err)
	}
	p.Level, p.VerifiedAt, p.ExpiresAt, p.UpdatedAt = idp.IDIAL2, now, now.AddDate(3, 0, 0), now
	for n := range p.Attributes {
		p.Attributes[n].Status, p.Attributes[n].Level, p.Attributes[n].VerifiedAt = idp.Verified, idp.IDIAL2, now
	}
	if err := h.store.ChangePerson(h.Context(), p); err != nil {
		h.Fatal(err)
	}
	p.Revision++
	return p
}

func TestRecordOfAnAdministratorIsNotEditedByAClerk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := "/admin/people/" + h.roles[idp.Owner].ID + "/edit"
	if w := h.as(idp.IdentityClerk).get(path + "?of=email"); w.Code != http.StatusForbidden {
		t.Errorf("the form: status %d, want 403", w.Code)
	}
	if w := h.post(path, url.Values{"of": {"email"}, "email": {"eve@example.org"}, "act": {"correct"}, "reason": {"x"}}); w.Code != http.StatusForbidden {
		t.Errorf("the change: status %d, want 403", w.Code)
	}
	h.stale = true
	w := h.as(idp.Owner).get(path + "?of=email")
	if to := w.Header().Get("Location"); to != "/login?back="+url.QueryEscape(path+"?of=email") {
		t.Errorf("an old sign-in leads to %q", to)
	}
}
