package storetest

import (
	"udap-idp/internal/idp"
)

func importIsWhole(h *house) {
	mark, err := h.ImportMark(h.ctx, "file")
	h.ok(err)
	if mark != (idp.ImportMark{ID: "file"}) {
		h.Errorf("before the import %+v", mark)
	}
	first, second, third := h.newPerson(), h.newPerson(), h.newPerson()
	inv, _ := h.invitation(first.ID)
	event := idp.AuditEvent{ID: idp.NewID(), At: h.now, Action: "person.add", PersonID: first.ID}
	h.ok(h.ImportPeople(h.ctx, idp.ImportBatch{Mark: idp.ImportMark{ID: "file", Rows: 2}, People: []idp.Person{first, third},
		Invitations: []idp.Invitation{inv}, Trail: idp.Trail{Events: []idp.AuditEvent{event}}}))
	_, err = h.Invitation(h.ctx, inv.ID)
	h.ok(err)
	if events, err := h.AuditEvents(h.ctx, idp.AuditFilter{PersonID: first.ID}); err != nil || len(events) != 1 {
		h.Errorf("%d events (%v), want 1", len(events), err)
	}
	bad := h.newPerson()
	bad.Identifier = first.Identifier
	h.want(h.ImportPeople(h.ctx, idp.ImportBatch{Mark: idp.ImportMark{ID: "file", Rows: 4}, After: 2, People: []idp.Person{second, bad}}), idp.ErrExists)
	_, err = h.Person(h.ctx, second.ID)
	h.want(err, idp.ErrNotFound)
	if mark, err = h.ImportMark(h.ctx, "file"); err != nil || mark.Rows != 2 {
		h.Errorf("after a batch that failed %+v (%v)", mark, err)
	}
}

// Two processes with one file: each row is imported by one of them.
func importIsDoneOnce(h *house) {
	for after := range int64(2) {
		h.onlyOne(16, idp.ErrStale, func() error {
			return h.ImportPeople(h.ctx, idp.ImportBatch{Mark: idp.ImportMark{ID: "file", Rows: after + 1}, After: after, People: []idp.Person{h.newPerson()}})
		})
	}
	h.want(h.ImportPeople(h.ctx, idp.ImportBatch{Mark: idp.ImportMark{ID: "file", Rows: 9}, After: 7}), idp.ErrStale)
	people, err := h.People(h.ctx, "", 10)
	h.ok(err)
	if len(people) != 3 {
		h.Errorf("%d persons, want 3: the one of before, and one of each batch", len(people))
	}
}

func peopleSharing(h *house) {
	add := func(keys ...string) string {
		p := h.newPerson()
		p.MatchKeys = keys
		h.ok(h.CreatePerson(h.ctx, p, idp.Invitation{}))
		return p.ID
	}
	three, two := add("name:x", "phone:1", "mail:m"), add("name:x", "phone:1")
	add("name:x")
	for _, c := range []struct {
		keys           []string
		atLeast, limit int
		want           []string
	}{
		{[]string{"name:x", "phone:1", "mail:m", "none"}, 2, 10, []string{three, two}},
		{[]string{"name:x", "phone:1", "mail:m"}, 2, 1, []string{three}},
		{[]string{"name:x", "phone:1", "mail:m"}, 3, 10, []string{three}},
		{[]string{"none"}, 1, 10, nil},
		{nil, 1, 10, nil},
	} {
		people, err := h.PeopleSharing(h.ctx, c.keys, c.atLeast, c.limit)
		h.ok(err)
		got := []string{}
		for _, p := range people {
			got = append(got, p.ID)
		}
		if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] || len(got) > 1 && got[1] != c.want[1] {
			h.Errorf("%q, at least %d: %q, want %q", c.keys, c.atLeast, got, c.want)
		}
	}
}
