package identity

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// lookedAt is how many records one search compares at most. Where a page is not full by then, it says that there may be more.
const lookedAt = 1000

// Find looks for persons by what somebody knows of them: a name of two words in any order and spelling, or of one beside something else, a birthdate,
// an e-mail address, a telephone. Everything that is given must agree with something that is or was so. It needs as many look-ups as
// there are keys, however many persons there are and however many share a name.
//
// The newest come first, and the pages are stable: who is added or changed meanwhile moves nobody. Of those who are all on one page, whose name is
// spelt as it was typed comes first.
func (i *Identity) Find(ctx context.Context, s idp.Search) (idp.Found, error) {
	asked := matching.Question{Name: s.Name, Birthdate: s.Birthdate, Email: s.Email, Phone: s.Phone}
	q := idp.PeopleQuery{PeopleFilter: s.PeopleFilter, Before: s.Before, After: s.After, Limit: s.Limit + 1, Now: i.now()}
	for _, list := range asked.Lists() {
		keys, err := i.digestKeys(list)
		if err != nil {
			return idp.Found{}, err
		}
		q.Keys = append(q.Keys, keys)
	}
	if len(q.Keys) == 0 && s.Name+s.Birthdate != "" {
		return idp.Found{}, refuse("search", "two names are needed, or one with a birthdate, an e-mail address or a telephone")
	}
	people, more, err := i.pageOf(ctx, q, asked)
	if err != nil {
		return idp.Found{}, err
	}
	found := turned(people, more, s)
	if found.Newer == "" && found.Older == "" {
		byLikenessTo(asked, found.People)
	}
	return found, nil
}

// pageOf reads until a page is full, leaving out whom the keys find and the question does not mean. more is the person behind whom there may be
// others, nil when there are none.
func (i *Identity) pageOf(ctx context.Context, q idp.PeopleQuery, asked matching.Question) (people []idp.Person, more *idp.Person, err error) {
	back := q.After != ""
	for looked := 0; ; looked += q.Limit {
		page, err := i.Store.FindPeople(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		if back {
			slices.Reverse(page) // away from where it began
		}
		for _, p := range page {
			if !asked.Answers(matching.Of(p)) || asked.Birthdate != "" && !bornOn(p, asked.Birthdate) {
				continue
			}
			if people = append(people, p); len(people) == q.Limit { // one more than is shown
				people = people[:len(people)-1]
				return people, &people[len(people)-1], nil
			}
		}
		if len(page) < q.Limit {
			return people, nil, nil
		}
		last := page[len(page)-1]
		if looked+len(page) >= lookedAt {
			return people, &last, nil
		}
		if q.Before = last.ID; back {
			q.Before, q.After = "", last.ID
		}
	}
}

// turned is the page as it is shown, with where the pages beside it begin. The page that it was turned from is there.
func turned(people []idp.Person, more *idp.Person, s idp.Search) idp.Found {
	back := s.After != ""
	if back {
		slices.Reverse(people)
	}
	found := idp.Found{People: people}
	switch {
	case back && more != nil:
		found.Newer = more.ID
	case !back && more != nil:
		found.Older = more.ID
	}
	if len(people) == 0 {
		return found
	}
	switch {
	case back:
		found.Older = people[len(people)-1].ID
	case s.Before != "":
		found.Newer = people[0].ID
	}
	return found
}

// byLikenessTo puts those first who are spelt as it was typed: names that sound alike are many.
func byLikenessTo(asked matching.Question, people []idp.Person) {
	all := strings.Fields(asked.Name)
	if len(all) == 0 {
		return
	}
	last := len(all) - 1
	typed := matching.Record{Attributes: idp.AttributesOf(idp.Demographics{
		GivenName: strings.Join(all[:last], " "), FamilyName: all[last], Birthdate: asked.Birthdate, Email: asked.Email, Phone: asked.Phone,
	}, idp.Attribute{Status: idp.SelfAsserted})}
	likeness := map[string]int{}
	for _, p := range people {
		likeness[p.ID] = matching.Compare(typed, matching.Of(p)).Value
	}
	slices.SortStableFunc(people, func(a, b idp.Person) int { return likeness[b.ID] - likeness[a.ID] })
}

// digestKeys are keys as they are stored.
func (i *Identity) digestKeys(keys []string) ([]string, error) {
	digested := make([]string, len(keys))
	for n, key := range keys {
		digest, err := i.Sealer.Digest([]byte(key), matchPurpose)
		if err != nil {
			return nil, fmt.Errorf("match keys: %w", err)
		}
		digested[n] = base64.RawURLEncoding.EncodeToString(digest[:16]) // two that collide cost a comparison
	}
	return digested, nil
}

// bornOn looks at corrected birthdates only: one that was wrong is in the audit log and nowhere else.
func bornOn(p idp.Person, day string) bool {
	return slices.ContainsFunc(p.WithAttributes().Attributes, func(a idp.Attribute) bool {
		return a.Kind == idp.AttributeBirthdate && a.Text == day
	})
}
