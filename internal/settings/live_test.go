package settings

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var owner = idp.Reading{Actor: "owner", RequestID: "7F3K-Q2"}

// open is a server on a database, with variables of its environment.
func open(t *testing.T, database string, environ ...string) (*Live, *sqlstore.Store) {
	t.Helper()
	base, err := (&config.Settings{}).Resolve(environ)
	if err != nil {
		t.Fatal(err)
	}
	store, err := sqlstore.Open(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	l, err := New(t.Context(), base, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return l, store
}

func database(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "idp.db") }

func (l *Live) described(name string) config.Described {
	for _, d := range l.Now().Describe() {
		if d.Name == name {
			return d
		}
	}
	return config.Described{}
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var refused *Refusal
	if !errors.As(err, &refused) || refused.Code != code {
		t.Errorf("got %v, want the refusal %s", err, code)
	}
}

func TestWhatTheMachineSaysWins(t *testing.T) {
	t.Parallel()
	db := database(t)
	free, _ := open(t, db)
	if err := free.Make(t.Context(), Change{Set: map[string]string{"operator-name": "Made Here", "sign-up": "open"}}, owner, now); err != nil {
		t.Fatal(err)
	}
	if d := free.described("operator-name"); d.Value != "Made Here" || d.Source != "here" || d.By != "owner" || !d.At.Equal(now) {
		t.Errorf("described %+v", d)
	}
	fixed, _ := open(t, db, "UDAP_IDP_OPERATOR_NAME=Of The Machine")
	if d := fixed.described("operator-name"); d.Value != "Of The Machine" || d.Source != "environment" || fixed.Now().Operator.Name != "Of The Machine" {
		t.Errorf("described %+v", d)
	}
	if fixed.Now().SignUp != "open" {
		t.Errorf("sign-up is %s", fixed.Now().SignUp)
	}
	wantRefusal(t, fixed.Make(t.Context(), Change{Set: map[string]string{"operator-name": "x"}}, owner, now), "setting_fixed")
	if err := free.Make(t.Context(), Change{Clear: []string{"sign-up"}}, owner, now); err != nil || free.Now().SignUp != "invitation" {
		t.Errorf("taken back, sign-up is %s (%v)", free.Now().SignUp, err)
	}
}

// A change on one server reaches another within FollowEvery; here the look that it takes is done by hand.
func TestEveryServerFollowsAChange(t *testing.T) {
	t.Parallel()
	db := database(t)
	one, _ := open(t, db)
	other, _ := open(t, db)
	var seen []string
	other.Follow(func(now InForce) { seen = append(seen, now.Operator.Name+" "+string(now.Logo)) })
	logo := []byte("picture")
	if err := one.Make(t.Context(), Change{Set: map[string]string{"operator-name": "One"}, Logo: &logo}, owner, now); err != nil {
		t.Fatal(err)
	}
	if one.Now().Operator.Name != "One" {
		t.Error("the server that made the change does not follow it at once")
	}
	for range 2 {
		if err := other.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"udap-idp ", "One picture"}; strings.Join(seen, "|") != strings.Join(want, "|") {
		t.Errorf("followed %q, want %q", seen, want)
	}
}

func TestChangeOfASettingIsRecordedWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	l, store := open(t, database(t))
	logo := []byte("picture")
	for _, name := range []string{"One", "Two", "Two"} {
		if err := l.Make(t.Context(), Change{Set: map[string]string{"operator-name": name}, Logo: &logo}, owner, now); err != nil {
			t.Fatal(err)
		}
	}
	events, err := store.AuditEvents(t.Context(), idp.AuditFilter{Action: "setting.change", Oldest: true})
	if err != nil || len(events) != 3 {
		t.Fatalf("recorded %+v (%v)", events, err)
	}
	if d := events[1].Detail; !strings.Contains(d, `{"name":"operator-name","before":"One","after":"Two"}`) || strings.Contains(d, "cGljdHVyZQ") || events[1].RequestID != owner.RequestID {
		t.Errorf("recorded %+v", events[1])
	}
}

func TestBrowserTightensTwoPersonActsOnly(t *testing.T) {
	t.Parallel()
	l, _ := open(t, database(t))
	set := func(value string, loosen bool) error {
		return l.Make(t.Context(), Change{Set: map[string]string{twoPersonActs: value}, Loosen: loosen}, owner, now)
	}
	if err := set("admin, close", false); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, set("close", false), "setting_loosened")
	wantRefusal(t, l.Make(t.Context(), Change{Clear: []string{twoPersonActs}}, owner, now), "setting_loosened")
	if err := set("close", true); err != nil || len(l.Now().TwoPersonActs) != 1 {
		t.Errorf("who is on the machine could not: %v, %v", err, l.Now().TwoPersonActs)
	}
}

// TestWhatAnotherServerTightenedIsNotLoosened: a server that has not heard of it yet goes by what is stored.
func TestWhatAnotherServerTightenedIsNotLoosened(t *testing.T) {
	t.Parallel()
	where := database(t)
	a, _ := open(t, where)
	b, _ := open(t, where)
	if err := a.Make(t.Context(), Change{Set: map[string]string{twoPersonActs: "admin, close"}}, owner, now); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.Make(t.Context(), Change{Set: map[string]string{twoPersonActs: "close"}}, owner, now), "setting_loosened")
}

func TestSettingsThatProtectTheServiceAreNotMadeInTheBrowser(t *testing.T) {
	t.Parallel()
	l, _ := open(t, database(t))
	for _, d := range l.Now().Describe() {
		err := l.Make(t.Context(), Change{Set: map[string]string{d.Name: "x"}, Loosen: true}, owner, now)
		if !Changeable(d.Name) {
			wantRefusal(t, err, "setting_unknown")
		}
	}
	for _, name := range []string{"issuer", "audit-keep", "session-limit", "assert-ial2", "two-person-approval", "fetch-allow", "smtp-host", "master-key"} {
		if Changeable(name) {
			t.Errorf("%s is made in the browser", name)
		}
	}
	wantRefusal(t, l.Make(t.Context(), Change{Set: map[string]string{"sign-up": "perhaps"}}, owner, now), "setting_bad")
	wantRefusal(t, l.Make(t.Context(), Change{Set: map[string]string{"primary-color": "red"}}, owner, now), "setting_bad")
}
