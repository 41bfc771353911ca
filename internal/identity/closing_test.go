package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestClosingWaitsUntilItsPeriodIsOver(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	now := i.now()
	due := now.Add(14 * 24 * time.Hour)
	if err := i.Store.AskToClose(t.Context(), idp.Closing{PersonID: p.ID, AskedAt: now, DueAt: due}, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	told := 0
	tell := func(p idp.Person) ([]idp.Message, error) {
		told++
		return []idp.Message{{ID: idp.NewID(), PersonID: p.ID, Channel: idp.ByEmail, To: p.Email, Kind: "account-closed"}}, nil
	}
	if n, err := i.CloseDue(t.Context(), tell); n != 0 || err != nil || told != 0 {
		t.Fatalf("before its time %d were closed, and %d told (%v)", n, told, err)
	}
	i.Now = func() time.Time { return due }
	if n, err := i.CloseDue(t.Context(), tell); n != 1 || err != nil || told != 1 {
		t.Fatalf("%d were closed, and %d told (%v); want one", n, told, err)
	}
	got, err := i.Store.Person(t.Context(), p.ID)
	if err != nil || got.State != idp.PersonClosed || got.Identifier.IsZero() != p.Identifier.IsZero() {
		t.Errorf("the record is %+v (%v)", got, err)
	}
	if closed := i.audited(t, p.ID, "person.close"); len(closed) != 1 || !strings.Contains(closed[0], "she asked for it") {
		t.Errorf("the audit log says %v", closed)
	}
	if n, err := i.CloseDue(t.Context(), tell); n != 0 || err != nil {
		t.Errorf("closed again: %d (%v)", n, err)
	}
}

// TestClosingsThatFailHoldUpNoOther: not even when there are more of them than are read at once.
func TestClosingsThatFailHoldUpNoOther(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	due := i.now().Add(time.Hour)
	var last string
	for n := range dueAtOnce + 1 {
		p := i.add(t, maria(), idp.Unverified)
		last = p.ID
		c := idp.Closing{PersonID: p.ID, AskedAt: i.now(), DueAt: due.Add(time.Duration(n) * time.Second)}
		if err := i.Store.AskToClose(t.Context(), c, idp.Trail{}); err != nil {
			t.Fatal(err)
		}
	}
	i.Now = func() time.Time { return due.Add(time.Hour) }
	broken := errors.New("nobody to tell")
	n, err := i.CloseDue(t.Context(), func(p idp.Person) ([]idp.Message, error) {
		if p.ID == last {
			return nil, nil
		}
		return nil, broken
	})
	if n != 1 || !errors.Is(err, broken) {
		t.Errorf("%d were closed (%v), want the one behind those that fail", n, err)
	}
}

func TestAChangeIsToldInItsOwnTransaction(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	broken := errors.New("no words for it")
	var from, to string
	change := Change{Target: Target{PersonID: p.ID}, Act: Changed, Values: []idp.Attribute{text(idp.AttributeEmail, "new@example.org")}}
	change.Tell = func(before, after idp.Person) ([]idp.Message, error) {
		from, to = before.Email, after.Email
		return nil, broken
	}
	if _, err := i.ChangeAttributes(t.Context(), change, clerk); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if from != p.Email || to != "new@example.org" {
		t.Errorf("told of a change from %q to %q", from, to)
	}
	if got, err := i.Store.Person(t.Context(), p.ID); err != nil || got.Email != p.Email {
		t.Errorf("a change that cannot be told was made all the same: %q (%v)", got.Email, err)
	}
}
