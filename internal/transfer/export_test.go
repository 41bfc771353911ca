package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/fhir"
	"udap-idp/internal/idp"
)

func jsonOf(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// verified is a person with a Digital Identifier, as the first version left them.
func (h *house) verified() idp.Person {
	h.Helper()
	p := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, State: idp.PersonActive, CreatedAt: time.Now(),
		Demographics: idp.Demographics{GivenName: "María", FamilyName: "García", Birthdate: "1948-02-29", Email: "old@example.org"},
		Level:        idp.IDIAL1_8, VerifiedAt: time.Now(), ExpiresAt: time.Now().AddDate(3, 0, 0)}
	value := []byte(idp.NewUUIDv4())
	var err error
	p.Identifier.Sealed, err = h.people.Sealer.Seal(value, "digital-identifier")
	h.ok(err)
	p.Identifier.Index, err = h.people.Sealer.Digest(value, "digital-identifier")
	h.ok(err)
	h.ok(h.store.CreatePerson(h.Context(), p, idp.Invitation{}))
	p, err = h.store.Person(h.Context(), p.ID)
	h.ok(err)
	return p
}

func (h *house) export(format Format, reason string) Export {
	e := Export{Format: format, Assigner: fhir.Assigner{Name: "Example Health ID", URI: "https://id.example.org"}, Now: time.Now(), Store: h.store}
	if reason != "" {
		e.Identifiers = func(ctx context.Context, some []idp.Person) (map[string]string, error) {
			return h.people.Identifiers(ctx, some, idp.Reading{Actor: "user export", Purpose: reason})
		}
	}
	return e
}

func TestExportedIdentifiersAreAudited(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{JSON, FHIR} {
		h := newHouse(t)
		p := h.verified()
		h.run(h.order(head + maria))
		var without, with bytes.Buffer
		_, err := h.export(format, "").All(t.Context(), &without)
		h.ok(err)
		if strings.Contains(without.String(), fhir.IdentifierSystem) {
			t.Errorf("%s: an identifier without a reason: %s", format, without.String())
		}
		if got, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "identifier.read"}); err != nil || len(got) != 0 {
			t.Errorf("%s: %d readings (%v)", format, len(got), err)
		}
		n, err := h.export(format, "moving to another system").All(t.Context(), &with)
		h.ok(err)
		value, err := h.people.Identifier(t.Context(), p, idp.Reading{Actor: "test"})
		h.ok(err)
		if n != 2 || strings.Count(with.String(), value) != 1 || !strings.Contains(with.String(), "Example Health ID") {
			t.Errorf("%s: %d people: %s", format, n, with.String())
		}
		events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "identifier.read"})
		if err != nil || len(events) != 2 || events[1].Detail != "moving to another system" || events[1].Actor != "user export" {
			t.Errorf("%s: readings %+v (%v)", format, events, err)
		}
	}
}

// What leaves as FHIR comes in again elsewhere, as the same people.
func TestExportIsImportedElsewhere(t *testing.T) {
	t.Parallel()
	here, there := newHouse(t), newHouse(t)
	here.run(here.order(people(230))) // more than two pages
	var out bytes.Buffer
	n, err := here.export(FHIR, "").All(t.Context(), &out)
	here.ok(err)
	if result, lines := there.run(there.order(out.String())); n != 230 || result.Added != 230 {
		t.Fatalf("%d exported; %+v %q", n, result, lines[0])
	}
	a, b := here.everybody(), there.everybody()
	for n := range a {
		if a[n].Demographics != b[n].Demographics {
			t.Errorf("got %+v, want %+v", b[n].Demographics, a[n].Demographics)
		}
	}
}

func TestExportAsJSONHasWhatStandsBehindEachValue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.verified()
	value, err := h.export(JSON, "asked for").One(t.Context(), p)
	h.ok(err)
	var got Person
	h.ok(json.Unmarshal(jsonOf(t, value), &got))
	if got.ID != p.ID || got.Level != idp.IDIAL1_8 || got.Identifier == nil || got.Identifier.AssignerURI != "https://id.example.org" || len(got.Attributes) != len(p.Attributes) {
		t.Errorf("got %+v", got)
	}
	for _, a := range got.Attributes {
		if a.Status != idp.Verified || a.Level != idp.IDIAL1_8 {
			t.Errorf("the %s is %s at %q", a.Kind, a.Status, a.Level)
		}
	}
}

// TestExportIsReadByAnImport: a table and a Bundle of everybody bring the same people in elsewhere.
func TestExportIsReadByAnImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.order(head + maria + "Suharto,,1984-06-12,,+62 21 345 6789,\"=1 Jalan, RT 4\",Jakarta,,10110\n"))
	if got := len(h.everybody()); got != 1 {
		t.Fatalf("%d people: a given name without a family name is wrong", got)
	}
	h.run(h.order("family_name,one_name,birthdate,phone,street,city,country\nSuharto,yes,1984-06-12,+62 21 345 6789,\"=1 Jalan, RT 4\",Jakarta,ID\n"))
	for format, ignore := range map[Format][]string{CSV: tableHeads, Bundle: nil, FHIR: nil} {
		var text bytes.Buffer
		n, err := h.export(format, "").All(t.Context(), &text)
		h.ok(err)
		other := newHouse(t)
		im := other.order(text.String())
		im.Reading.Ignore = ignore
		result, lines := other.run(im)
		if n != 2 || result.Added != 2 {
			t.Fatalf("%s: %d written, %+v %q\n%s", format, n, result, lines, text.String())
		}
		for i, p := range other.everybody() {
			if want := h.everybody()[i]; p.Demographics != want.Demographics {
				t.Errorf("%s: got  %+v\nwant %+v", format, p.Demographics, want.Demographics)
			}
		}
	}
	var empty bytes.Buffer
	_, err := newHouse(t).export(Bundle, "").All(t.Context(), &empty)
	h.ok(err)
	if !json.Valid(empty.Bytes()) || strings.Contains(empty.String(), "entry") {
		t.Errorf("nobody is %s", empty.String())
	}
}
