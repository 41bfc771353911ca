package identity

import (
	"testing"

	"udap-idp/internal/idp"
)

func TestFoundAreThoseSpeltAsTypedFirst(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	for _, family := range []string{"Cruz", "Garcia"} { // they sound alike
		if _, err := i.AddPerson(t.Context(), Addition{Role: idp.Patient, Demographics: idp.Demographics{GivenName: "Maria", FamilyName: family, Birthdate: "1980-05-17", Email: family + "@example.org"}}, idp.Reading{Actor: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []idp.Demographics{{GivenName: "Maria", FamilyName: "Garcia"}, {GivenName: "Garcia", FamilyName: "Maria"}} {
		found, err := i.Find(t.Context(), d, 10)
		if err != nil || len(found) == 0 || found[0].FamilyName != "Garcia" {
			t.Errorf("%s finds %+v (%v)", d.Name(), found, err)
		}
	}
}
