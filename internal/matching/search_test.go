package matching

import (
	"slices"
	"testing"

	"udap-idp/internal/idp"
)

// found reports whether a person would be found: by a key of each list, and by her name.
func found(q Question, r Record) bool {
	keys := Keys(r)
	for _, list := range q.Lists() {
		if !slices.ContainsFunc(list, func(key string) bool { return slices.Contains(keys, key) }) {
			return false
		}
	}
	return len(q.Lists()) > 0 && q.Answers(r)
}

func TestPersonIsFoundByWhatIsTyped(t *testing.T) {
	t.Parallel()
	record := func(given, middle, family string) Record {
		return Record{Attributes: idp.AttributesOf(idp.Demographics{
			GivenName: given, MiddleName: middle, FamilyName: family, Birthdate: "1980-05-17", Email: "Box@Example.org", Phone: "+12065550147",
		}, idp.Attribute{Status: idp.SelfAsserted})}
	}
	for _, c := range []struct {
		q    Question
		r    Record
		want bool
	}{
		{Question{Name: "Ana Rivera"}, record("Ana", "", "Rivera"), true},
		{Question{Name: "ribera ANNA"}, record("Ana", "", "Rivera"), true},
		{Question{Name: "Rivera, Ana"}, record("Ana", "", "Rivera"), true},
		{Question{Name: "Ana Okafor"}, record("Ana", "", "Rivera"), false},
		{Question{Name: "Ana Lucía Rivera Ortega"}, record("Ana Lucía", "", "Rivera Ortega"), true},
		{Question{Name: "Ana Ortega"}, record("Ana Lucía", "", "Rivera Ortega"), true},
		{Question{Name: "Ana Berta Ortega"}, record("Ana Lucía", "", "Rivera Ortega"), false},
		{Question{Name: "Ana Lucia Rivera"}, record("Ana", "Lucía", "Rivera"), true},
		{Question{Name: "Ana L Rivera"}, record("Ana", "Lucía", "Rivera"), true},
		{Question{Name: "Maria de la Cruz"}, record("María", "", "Cruz"), true},
		{Question{Name: "Maria Cruz"}, record("María", "", "de la Cruz"), true},
		{Question{Name: "John Mc Donald"}, record("John", "", "McDonald"), true},
		{Question{Name: "Van Nguyen"}, record("Van", "", "Nguyen"), true},
		{Question{Name: "Suharto Putra"}, record("", "", "Suharto Putra"), true},
		{Question{Name: "王 小明"}, record("小明", "", "王"), true},
		{Question{Name: "Rivera", Birthdate: "1980-05-17"}, record("Ana", "", "Rivera"), true},
		{Question{Name: "ana", Birthdate: "1980-05-17"}, record("Ana", "", "Rivera"), true},
		{Question{Name: "A Rivera", Birthdate: "1980-05-17"}, record("Ana", "", "Rivera"), true},
		{Question{Name: "Alba", Birthdate: "1980-05-17"}, record("Ana", "", "Rivera"), false},
		{Question{Name: "Ana Rivera", Birthdate: "1980-05-18"}, record("Ana", "", "Rivera"), false},
		{Question{Email: "box+x@example.org"}, record("Ana", "", "Rivera"), true},
		{Question{Email: "box@example.org", Name: "Ana"}, record("Ana", "", "Rivera"), true},
		{Question{Email: "box@example.org", Name: "Berta"}, record("Ana", "", "Rivera"), false},
		{Question{Phone: "+12065550147", Name: "rivera ana"}, record("Ana", "", "Rivera"), true},
	} {
		if got := found(c.q, c.r); got != c.want {
			t.Errorf("%+v finds %s: %t, want %t", c.q, c.r.Attributes[0].Name, got, c.want)
		}
	}
}
