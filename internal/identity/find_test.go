package identity

import (
	"fmt"
	"testing"

	"udap-idp/internal/idp"
)

// addNamed adds a patient of a name.
func addNamed(t *testing.T, i *Identity, given, family, email string) idp.Person {
	t.Helper()
	return i.add(t, idp.Demographics{GivenName: given, FamilyName: family, Birthdate: "1980-05-17", Email: email}, idp.Unverified)
}

func TestFoundAreThoseSpeltAsTypedFirst(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	for _, family := range []string{"Garcia", "Cruz"} { // they sound alike
		addNamed(t, i, "Maria", family, family+"@example.org")
	}
	for _, name := range []string{"Maria Garcia", "garcia maria", "Maria Garzia"} {
		found, err := i.Find(t.Context(), idp.Search{Name: name, Limit: 10})
		if err != nil || len(found.People) != 2 || found.People[0].FamilyName != "Garcia" {
			t.Errorf("%s finds %+v (%v)", name, found, err)
		}
	}
}

// TestCommonNameIsFoundToItsEnd: of a name that more people have than are looked at in one query, everybody is found, once, on pages that can be
// turned both ways.
func TestCommonNameIsFoundToItsEnd(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	const people, limit = 230, 50
	want := make([]string, people) // the newest first
	for n := range people {
		want[people-1-n] = addNamed(t, i, "Maria", "Garcia", fmt.Sprintf("m%d@example.org", n)).ID
	}
	addNamed(t, i, "Berta", "Okafor", "b@example.org")
	search := idp.Search{Name: "garcia maria", Limit: limit}
	var seen []string
	var last idp.Found
	for search.Before = ""; ; search.Before = last.Older {
		var err error
		if last, err = i.Find(t.Context(), search); err != nil {
			t.Fatal(err)
		}
		for _, p := range last.People {
			seen = append(seen, p.ID)
		}
		if (last.Newer == "") != (search.Before == "") {
			t.Errorf("the page behind %q leads back to %q", search.Before, last.Newer)
		}
		if last.Older == "" {
			break
		}
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("found %d people in %d, or in another order", len(seen), people)
	}
	search.Before = ""
	for pages := 1; last.Newer != ""; pages++ {
		search.After = last.Newer
		var err error
		if last, err = i.Find(t.Context(), search); err != nil || len(last.People) != limit || last.Older == "" {
			t.Fatalf("turned back %d times: %d people, older %q (%v)", pages, len(last.People), last.Older, err)
		}
	}
	if last.People[0].ID != want[0] {
		t.Error("turned back to the end, the newest is another than at the beginning")
	}
	// She who has all of it is found among many of her name at once.
	found, err := i.Find(t.Context(), idp.Search{Name: "Maria Garcia", Email: "M7@example.org", Birthdate: "1980-05-17", Limit: limit})
	if err != nil || len(found.People) != 1 || found.People[0].Email != "m7@example.org" {
		t.Errorf("found %+v (%v)", found, err)
	}
}

func TestSearchAsksForEnough(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	for _, s := range []idp.Search{{Name: "Maria"}, {Birthdate: "1980-05-17"}, {Name: "M G"}} {
		if _, err := i.Find(t.Context(), s); err == nil {
			t.Errorf("%+v was looked for among everybody", s)
		}
	}
}

// TestWordThatNoKeyHasIsLookedForFurther: a third word narrows a common name, whose holders are read until a page is full.
func TestWordThatNoKeyHasIsLookedForFurther(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	want := addNamed(t, i, "Maria Elena", "Garcia", "elena@example.org")
	for n := range 25 {
		addNamed(t, i, "Maria", "Garcia", fmt.Sprintf("m%d@example.org", n))
	}
	found, err := i.Find(t.Context(), idp.Search{Name: "Garcia Maria Elena", Limit: 5})
	if err != nil || len(found.People) != 1 || found.People[0].ID != want.ID || found.Older != "" {
		t.Errorf("found %+v (%v)", found, err)
	}
}
