package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
)

// ImportPeople stores a batch of an import, and how far the import has come.
func (s *Store) ImportPeople(ctx context.Context, b idp.ImportBatch) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := advanceImport(ctx, q, b); err != nil {
			return err
		}
		if err := insertPeople(ctx, q, b.People); err != nil {
			return err
		}
		for _, inv := range b.Invitations {
			if err := insertInvitation(ctx, q, inv); err != nil {
				return err
			}
		}
		return insertTrail(ctx, q, b.Trail)
	})
	if err != nil {
		return fmt.Errorf("import people: %w", err)
	}
	return nil
}

// insertPeople writes persons, and then the match keys of all in their order: a page of the tree is touched once.
func insertPeople(ctx context.Context, q querier, people []idp.Person) error {
	type keyOf struct{ key, person string }
	var keys []keyOf
	for _, p := range people {
		if p.State != idp.PersonMerged {
			for _, key := range p.MatchKeys {
				keys = append(keys, keyOf{key, p.ID})
			}
		}
		p.MatchKeys = nil
		if err := insertPerson(ctx, q, p); err != nil {
			return err
		}
	}
	slices.SortFunc(keys, func(a, b keyOf) int { return strings.Compare(a.key, b.key) })
	for _, k := range keys {
		if _, err := q.exec(ctx, insertMatchKey, k.key, k.person); err != nil {
			return err
		}
	}
	return nil
}

// advanceImport moves the mark, if it is where the batch begins. Of two processes with the same batch, one does.
func advanceImport(ctx context.Context, q querier, b idp.ImportBatch) error {
	advance := `UPDATE imports SET done = $2 WHERE id = $1 AND done = $3`
	if b.After == 0 { // there may be no row
		advance = `INSERT INTO imports (id, done) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET done = excluded.done WHERE imports.done = $3`
	}
	moved, err := q.exec(ctx, advance, b.Mark.ID, b.Mark.Rows, b.After)
	if err == nil && moved == 0 {
		return idp.ErrStale
	}
	return err
}

// ImportMark returns how far an import has come.
func (s *Store) ImportMark(ctx context.Context, id string) (idp.ImportMark, error) {
	mark := idp.ImportMark{ID: id}
	err := s.reads.row(ctx, `SELECT done FROM imports WHERE id = $1`, id).Scan(&mark.Rows)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return mark, fmt.Errorf("import mark: %w", err)
	}
	return mark, nil
}

// sharedKeys is how many keys are looked up at once. What exceeds it are names and contacts of before.
const sharedKeys = 24

// selectSharing looks up sharedKeys keys in one statement, of each as many holders as keyHolders.
var selectSharing = func() string {
	var each []string
	for n := 1; n <= sharedKeys; n++ {
		each = append(each, `SELECT person_id FROM (SELECT person_id FROM match_keys WHERE key = $`+strconv.Itoa(n)+
			` ORDER BY person_id LIMIT `+strconv.Itoa(keyHolders)+`) AS holders`+strconv.Itoa(n))
	}
	return `SELECT person_id FROM (` + strings.Join(each, ` UNION ALL `) + `) AS holders
		GROUP BY person_id HAVING COUNT(*) >= $` + strconv.Itoa(sharedKeys+1) + ` ORDER BY COUNT(*) DESC, person_id LIMIT $` + strconv.Itoa(sharedKeys+2)
}()

// PeopleSharing returns up to limit persons who share at least so many of the keys, those with the most first.
func (s *Store) PeopleSharing(ctx context.Context, keys []string, atLeast, limit int) ([]idp.Person, error) {
	args := make([]any, 0, sharedKeys+2)
	for n := range sharedKeys {
		key := "" // which nobody has
		if n < len(keys) {
			key = keys[n]
		}
		args = append(args, key)
	}
	rows, err := s.reads.query(ctx, selectSharing, append(args, atLeast, limit)...)
	ids, err := collect(rows, err, func(row scanner) (id string, err error) { err = row.Scan(&id); return id, err })
	if err != nil {
		return nil, fmt.Errorf("people sharing keys: %w", err)
	}
	var people []idp.Person
	for _, id := range ids {
		p, err := s.Person(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("people sharing keys: %w", err)
		}
		people = append(people, p)
	}
	return people, nil
}
