package identity

import (
	"context"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// findMost is how many records a search compares; those that share most with what was asked for come first.
const findMost = 200

// Find looks for persons by what somebody knows of them: two names in any order and spelling, a birthdate with a name, an e-mail
// address, a telephone. Everything that is given must agree with something that is or was so. It needs as many look-ups as there
// are keys, however many persons there are.
func (i *Identity) Find(ctx context.Context, d idp.Demographics, limit int) ([]idp.Person, error) {
	asked := matching.Record{Attributes: idp.AttributesOf(d, idp.Attribute{Status: idp.SelfAsserted})}
	keys, err := i.matchKeys(asked)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	found, err := i.Store.PeopleByMatchKeys(ctx, keys, findMost)
	if err != nil {
		return nil, err
	}
	wanted := kindsOf(matching.Keys(asked))
	found = slices.DeleteFunc(found, func(p idp.Person) bool {
		return !agrees(wanted, matching.Keys(matching.Of(p))) || d.Birthdate != "" && !bornOn(p, d.Birthdate)
	})
	// Names that sound alike are many: whose is spelt as it was typed comes first.
	likeness := map[string]int{}
	for _, p := range found {
		likeness[p.ID] = matching.Compare(asked, matching.Of(p)).Value
	}
	slices.SortStableFunc(found, func(a, b idp.Person) int { return likeness[b.ID] - likeness[a.ID] })
	return found[:min(len(found), limit)], nil
}

// nameKinds are the kinds of keys that have a name in them. Whether a birthdate agrees is seen apart.
var nameKinds = map[string]bool{"nm": true, "fb": true}

// kindsOf sorts keys by what they tell: a name, a telephone, a mailbox.
func kindsOf(keys []string) map[string][]string {
	kinds := map[string][]string{}
	for _, key := range keys {
		kind, _, _ := strings.Cut(key, " ")
		switch {
		case nameKinds[kind]:
			kinds["name"] = append(kinds["name"], key)
		case kind == "ph", kind == "em":
			kinds[kind] = append(kinds[kind], key)
		}
	}
	return kinds
}

// agrees reports whether a record has one of the keys of each kind that is wanted.
func agrees(wanted map[string][]string, has []string) bool {
	for _, keys := range wanted {
		if !slices.ContainsFunc(keys, func(key string) bool { return slices.Contains(has, key) }) {
			return false
		}
	}
	return true
}

// bornOn looks at corrected birthdates only: one that was wrong is in the audit log and nowhere else.
func bornOn(p idp.Person, day string) bool {
	return slices.ContainsFunc(p.WithAttributes().Attributes, func(a idp.Attribute) bool {
		return a.Kind == idp.AttributeBirthdate && a.Text == day
	})
}
