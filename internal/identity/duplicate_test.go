package identity

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

func samuel() idp.Demographics {
	return idp.Demographics{GivenName: "Samuel", FamilyName: "Okafor", Birthdate: "1976-02-03", Email: "samuel@example.org", Phone: "+12125550199",
		Address: idp.Address{Street: "7 Elm Street", City: "New York", State: "NY", PostalCode: "10001", Country: "US"}}
}

// TestR2_OneIdentifierPerPerson: HL7 Identity Matching IG 2.0.0, Digital Identifier: never two for one person.
func TestR2_OneIdentifierPerPerson(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	i.add(t, samuel(), idp.IDIAL1_8)

	for name, c := range map[string]struct {
		change  func(*idp.Demographics)
		refused bool
	}{
		"everything the same": {func(*idp.Demographics) {}, true},
		"without accents":     {func(d *idp.Demographics) { d.GivenName, d.FamilyName, d.Email = "MARIA", "Garcia", "" }, true},
		"moved":               {func(d *idp.Demographics) { d.Address, d.Email, d.Phone = samuel().Address, "new@example.net", "" }, true},
		"swapped birthdate":   {func(d *idp.Demographics) { d.Birthdate = "1948-02-19" }, true}, // a slip of one digit
		"married":             {func(d *idp.Demographics) { d.FamilyName = "Okafor" }, true},
		"twin":                {func(d *idp.Demographics) { d.GivenName = "Elena" }, false},
		"daughter":            {func(d *idp.Demographics) { d.Birthdate = "1979-10-11" }, false},
		"somebody else":       {func(d *idp.Demographics) { *d = samuel(); d.GivenName, d.Birthdate = "Amara", "2001-09-09" }, false},
	} {
		d := maria()
		c.change(&d)
		_, err := i.mintFor(t.Context(), i.newPerson(Addition{Demographics: d}, clerk), "", clerk)
		if errors.Is(err, ErrPossibleDuplicate) != c.refused {
			t.Errorf("%s: %v, want refused %t", name, err, c.refused)
		}
		var found *PossibleDuplicate
		if errors.As(err, &found) && (len(found.Candidates) != 1 || found.Candidates[0].Person.ID != p.ID || strings.Contains(err.Error(), "García")) {
			t.Errorf("%s: found %v", name, err)
		}
	}
	// Who has one keeps it, and no other is made.
	if again, err := i.mintFor(t.Context(), p, "", clerk); err != nil || string(again.Index) != string(p.Identifier.Index) {
		t.Errorf("a second identifier for the same record (%v)", err)
	}
	// A record without an identifier is in nobody's way.
	i.add(t, idp.Demographics{GivenName: "Ana", FamilyName: "Ruiz", Birthdate: "1990-01-01", Email: "ana@example.org"}, idp.IDIAL1_5)
	if _, err := i.mintFor(t.Context(), i.newPerson(Addition{Demographics: idp.Demographics{GivenName: "Ana", FamilyName: "Ruiz", Birthdate: "1990-01-01", Email: "ana@example.org"}}, clerk), "", clerk); err != nil {
		t.Errorf("refused for somebody who has none: %v", err)
	}
}

func TestR2_RefusedPersonIsNotStored(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	i.add(t, maria(), idp.IDIAL1_8)
	if _, err := i.AddPerson(t.Context(), Addition{Demographics: maria(), Role: idp.Patient, Level: idp.IDIAL2}, clerk); !errors.Is(err, ErrPossibleDuplicate) {
		t.Fatalf("got %v", err)
	}
	if people, err := i.Store.People(t.Context(), "", 10); err != nil || len(people) != 1 {
		t.Errorf("%d persons (%v), want 1", len(people), err)
	}
}

func TestR2_OverrideNeedsAReasonAndIsAudited(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	twin := Addition{Demographics: maria(), Role: idp.Patient, Level: idp.IDIAL1_8, NotADuplicate: " "}
	if _, err := i.AddPerson(t.Context(), twin, clerk); !errors.Is(err, ErrPossibleDuplicate) {
		t.Fatalf("a blank reason: %v", err)
	}
	twin.NotADuplicate = "both were here"
	added, err := i.AddPerson(t.Context(), twin, clerk)
	if err != nil || added.Person.Identifier.IsZero() || len(added.Duplicates) != 1 {
		t.Fatalf("got %+v (%v)", added, err)
	}
	audit := i.audited(t, added.Person.ID, "duplicate.override")
	if len(audit) != 1 || !strings.Contains(audit[0], "both were here") || !strings.Contains(audit[0], p.ID) {
		t.Errorf("the audit log has %q", audit)
	}
}

func TestR2_TwoAtOnceDoNotMissEachOther(t *testing.T) {
	t.Parallel()
	room := newRoom(t)
	first := gathering{Store: room.Store.(keyed).Store, here: make(chan struct{}), all: make(chan struct{})}
	i := New(Config{Store: &first, Sealer: room.Sealer})
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := i.AddPerson(t.Context(), Addition{Demographics: maria(), Role: idp.Patient, Level: idp.IDIAL1_8}, clerk)
			errs <- err
		}()
	}
	<-first.here // one has looked for duplicates, and has found none
	if i.minting.TryLock() {
		i.minting.Unlock() // it would not have to wait
		t.Fatal("another may look before she is stored")
	}
	close(first.all)
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), ErrPossibleDuplicate) {
		t.Errorf("got %v and %v, want one of the two refused", a, b)
	}
}

// gathering is a store that stops the first who looks for duplicates.
type gathering struct {
	Store
	once sync.Once
	here chan struct{}
	all  chan struct{}
}

func (g *gathering) PeopleByMatchKeys(ctx context.Context, keys []string, limit int) ([]idp.Person, error) {
	found, err := g.Store.PeopleByMatchKeys(ctx, keys, limit)
	g.once.Do(func() {
		close(g.here)
		<-g.all
	})
	return found, err
}

// TestR10_IdentifierTellsNothing: two for the same details share nothing, and neither is the sub (R4).
func TestR10_IdentifierTellsNothing(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	values := map[string]bool{}
	for range 10 {
		p := i.add(t, maria(), idp.IDIAL1_8)
		value, err := i.Identifier(t.Context(), p, clerk)
		if err != nil || values[value] || !uuid4.MatchString(value) {
			t.Fatalf("%q again, or no UUID (%v)", value, err)
		}
		values[value] = true
		for _, part := range []string{p.ID, strings.ReplaceAll(p.Birthdate, "-", "")} {
			if strings.Contains(strings.ReplaceAll(value, "-", ""), strings.ReplaceAll(part, "-", "")) {
				t.Errorf("%s holds %s", value, part)
			}
		}
	}
}

func TestR4_IdentifierIsNotTheSub(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	value, err := i.Identifier(t.Context(), p, clerk)
	if err != nil {
		t.Fatal(err)
	}
	for _, sector := range []string{"one", "two"} {
		sub, err := i.Store.Subject(t.Context(), p.ID, sector)
		if err != nil || sub == value || sub == p.ID || value == p.ID {
			t.Errorf("sub %s, identifier and id are not three values (%v)", sub, err)
		}
	}
}

// TestR5_NoIdentifierBelowIDIAL1_8: HL7 Identity Matching IG 2.0.0, Digital Identifier.
func TestR5_NoIdentifierBelowIDIAL1_8(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		p := i.add(t, maria(), level)
		if p.Identifier.IsZero() == level.AtLeast(idp.IDIAL1_8) {
			t.Errorf("%q: identifier %t", level, !p.Identifier.IsZero())
		}
	}
}

func TestMatchKeysAreMadeAnewWithEveryChangeAndTellNothing(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.Unverified)
	i.changed(t, p, Corrected, named("Zoë", "Łukasiewicz"), text(idp.AttributePhone, "+12125550199"), text(idp.AttributeEmail, "zoe@example.net"),
		text(idp.AttributeBirthdate, "1999-12-31"), livingAt("99 Oak Avenue"))

	look := func(d idp.Demographics) []Candidate {
		found, err := i.Duplicates(t.Context(), i.newPerson(Addition{Demographics: d}, clerk))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := look(maria()); len(found) != 0 {
		t.Errorf("found by what was corrected: %+v", found)
	}
	if found := look(idp.Demographics{GivenName: "Zoe", FamilyName: "Lukasiewicz", Birthdate: "1999-12-31"}); len(found) != 1 || found[0].Score.Verdict != matching.Likely {
		t.Errorf("not found by what is right: %+v", found)
	}
	keys, err := i.matchKeys(matching.Of(p))
	if err != nil || len(keys) == 0 {
		t.Fatal(err)
	}
	for n, clear := range matching.Keys(matching.Of(p)) {
		if keys[n] == clear || len(keys[n]) != 22 {
			t.Errorf("the key %q is kept as %q", clear, keys[n])
		}
	}
	if other, err := newRoom(t).matchKeys(matching.Of(p)); err != nil || other[0] == keys[0] {
		t.Errorf("another master key makes the same keys (%v)", err)
	}
}

func TestDocumentOfSomebodyElseIsFound(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	event := idp.Proofing{ID: idp.NewID(), PersonID: p.ID, Status: idp.ProofingInForce, StartedAt: i.now(),
		Evidence: []idp.Evidence{{ID: "e1", Type: idp.Passport, NumberIndex: []byte("the same passport")}}}
	if err := i.Store.StartProofing(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	event.Revision = 1
	p.UpdatedAt = i.now()
	if err := i.Store.SaveProofing(t.Context(), event, &p, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	other := i.add(t, samuel(), idp.Unverified)
	event.ID, event.PersonID, event.Revision = idp.NewID(), other.ID, 0
	if err := i.Store.StartProofing(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	found, err := i.Duplicates(t.Context(), other)
	if err != nil || len(found) != 1 || found[0].Person.ID != p.ID || found[0].Score.Verdict != matching.Possible {
		t.Errorf("found %+v (%v)", found, err)
	}
}

func TestKeysAreMadeForThoseWhoHaveNone(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	bare := i.Store.(keyed).Store
	p := i.newPerson(Addition{Demographics: maria(), Role: idp.Patient}, clerk)
	if err := bare.CreatePerson(t.Context(), p, idp.Invitation{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := i.Upgrade(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	found, err := i.Duplicates(t.Context(), i.newPerson(Addition{Demographics: maria()}, clerk))
	if err != nil || len(found) != 1 {
		t.Errorf("found %d (%v)", len(found), err)
	}
	if now, err := i.Store.Person(t.Context(), p.ID); err != nil || now.Revision != 2 {
		t.Errorf("written %d times (%v), want once", now.Revision-1, err)
	}
}
