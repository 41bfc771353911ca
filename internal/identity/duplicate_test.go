package identity

import (
	"testing"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

func samuel() idp.Demographics {
	return idp.Demographics{GivenName: "Samuel", FamilyName: "Okafor", Birthdate: "1976-02-03", Email: "samuel@example.org", Phone: "+12125550199",
		Address: idp.Address{Street: "7 Elm Street", City: "New York", State: "NY", PostalCode: "10001", Country: "US"}}
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
