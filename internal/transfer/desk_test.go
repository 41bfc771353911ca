package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

// desk is one that imports ten people at a time.
func (h *house) desk(change ...func(*DeskConfig)) *Desk {
	h.Helper()
	c := DeskConfig{
		Dir: filepath.Join(h.dir, "imports"), Limit: 1 << 20, Store: h.store, People: h.people, InviteFor: time.Hour,
		Scratch: func(context.Context) (People, func(), error) { return newHouse(h.T).people, func() {}, nil },
		Link:    func(t idp.Token) string { return "https://id.example.org/invite/" + t.String() }, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	d := NewDesk(c)
	d.size = 10
	return d
}

func uploaded(j idp.ImportJob) idp.Trail {
	return idp.Trail{Events: []idp.AuditEvent{{ID: idp.NewID(), At: j.CreatedAt, Actor: j.By.Actor, Action: "import.upload", Detail: JobDetail(j, idp.ImportCounts{})}}}
}

func (h *house) handIn(d *Desk, text string, o idp.ImportOptions) idp.ImportJob {
	h.Helper()
	o.Duplicates = string(SkipLikely)
	j, err := d.Receive(h.Context(), idp.ImportJob{FileName: "patients.csv", Options: o, By: idp.Reading{Actor: "clerk"}}, strings.NewReader(text), uploaded)
	h.ok(err)
	return j
}

// worked lets a desk do what there is to do, and reads what came of it.
func (h *house) worked(ctx context.Context, d *Desk, j idp.ImportJob) idp.ImportJob {
	h.Helper()
	h.ok(d.Work(ctx))
	got, err := h.store.ImportJob(h.Context(), j.ID)
	h.ok(err)
	return got
}

func (h *house) start(j idp.ImportJob) {
	h.Helper()
	from := j.State
	j.State = idp.ImportRunning
	h.ok(h.store.AdvanceImportJob(h.Context(), from, j, time.Now(), idp.Trail{}))
}

// many are rows of so many people.
func many(n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, "%s%d,Ruiz,19%02d-01-%02d,p%d@example.org,,%d Elm,Reno,NV,89501\n", strings.Repeat(string(rune('a'+i%26)), 3), i, 20+i%70, 1+i%28, i, i)
	}
	return b.String()
}

func TestDeskChecksBeforeAnybodyIsAdded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.order(head + maria))
	d := h.desk()
	j := h.worked(t.Context(), d, h.handIn(d, head+maria+"Ana,Ruiz,1990-01-01,ana@example.org,,,,,\nSam,,1976-02-30,nobody,,,,,\n", idp.ImportOptions{}))
	want := idp.ImportCounts{Last: 4, Rows: 3, Added: 1, Duplicates: 1, Wrong: 1}
	if j.State != idp.ImportChecked || j.Progress.Checked != want || len(h.everybody()) != 1 {
		t.Fatalf("checked: %+v, %d people", j, len(h.everybody()))
	}
	lines, more, err := d.Lines(j, true, "", 0, 10)
	if err != nil || more || len(lines) != 2 || lines[0].Row != 2 || lines[0].Other != h.everybody()[0].ID || lines[1].Outcome != "wrong" || !strings.Contains(lines[1].Reasons, "birthdate") {
		t.Errorf("lines %+v, more %t (%v)", lines, more, err)
	}
	if lines, more, err = d.Lines(j, true, "", 2, 0); err != nil || !more || len(lines) != 0 {
		t.Errorf("behind row 2: %+v, more %t (%v)", lines, more, err)
	}
	h.start(j)
	j = h.worked(t.Context(), d, j)
	if j.State != idp.ImportDone || j.Progress.Done != want || len(h.everybody()) != 2 {
		t.Errorf("done: %+v, %d people", j, len(h.everybody()))
	}
	if _, err := os.Stat(d.path(j, uploadFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is kept: %v", err)
	}
	for _, action := range []string{"import.upload", "import.check", "import.done"} {
		if events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: action}); err != nil || len(events) != 1 || events[0].Actor != "clerk" {
			t.Errorf("%s: recorded %+v (%v)", action, events, err)
		}
	}
}

func TestFilesOfAnImportAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.desk()
	look := func() {
		t.Helper()
		h.ok(filepath.WalkDir(d.Dir, func(path string, e os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has the mode %o", filepath.Base(path), info.Mode().Perm())
			}
			return err
		}))
	}
	j := h.handIn(d, head+maria, idp.ImportOptions{Invite: true})
	look()
	h.start(h.worked(t.Context(), d, j))
	look()
	h.worked(t.Context(), d, j)
	look()
}

// interrupted ends the server when it has stored people so often.
type interrupted struct {
	*identity.Identity
	after  int
	cancel func()
}

func (i *interrupted) Admit(ctx context.Context, a identity.Arrival, by idp.Reading, keep func([]idp.Token) error) error {
	err := i.Identity.Admit(ctx, a, by, keep)
	if i.after--; i.after == 0 {
		i.cancel()
	}
	return err
}

func TestImportSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ending := h.desk(func(c *DeskConfig) { c.People = &interrupted{h.people, 2, cancel} })
	j := h.handIn(ending, many(35), idp.ImportOptions{Invite: true})
	h.start(h.worked(t.Context(), h.desk(), j))
	j = h.worked(ctx, ending, j)
	if n := len(h.everybody()); j.State != idp.ImportRunning || j.ClaimedBy != "" || n != 20 {
		t.Fatalf("interrupted: %s, claimed by %q, %d people", j.State, j.ClaimedBy, n)
	}
	next := h.desk()
	j = h.worked(t.Context(), next, j)
	if want := (idp.ImportCounts{Last: 36, Rows: 35, Added: 35}); j.State != idp.ImportDone || j.Progress.Done != want || len(h.everybody()) != 35 {
		t.Errorf("after the restart %+v, %d people", j, len(h.everybody()))
	}
	links, err := next.TakeLinks(t.Context(), j, idp.Trail{})
	h.ok(err)
	defer links.Close()
	text, err := io.ReadAll(links)
	h.ok(err)
	if got := strings.Count(string(text), "https://"); got != 35 {
		t.Errorf("%d links, want 35", got)
	}
}

func TestSecondServerDoesNotRunAnImport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := h.desk(), h.desk()
	j := h.handIn(first, head+maria, idp.ImportOptions{})
	h.ok(h.store.ClaimImportJob(t.Context(), j.ID, first.server, time.Now().Add(time.Minute), time.Now()))
	if got := h.worked(t.Context(), second, j); got.State != idp.ImportChecking || got.ClaimedBy != first.server {
		t.Errorf("the second server made it %s, claimed by %q", got.State, got.ClaimedBy)
	}
	// A server that does not have the file leaves it alone, whoever has claimed it.
	h.ok(h.store.LeaveImportJob(t.Context(), j.ID, first.server, time.Time{}))
	elsewhere := h.desk(func(c *DeskConfig) { c.Dir = filepath.Join(h.dir, "elsewhere") })
	if got := h.worked(t.Context(), elsewhere, j); got.State != idp.ImportChecking || got.ClaimedBy != "" {
		t.Errorf("a server without the file made it %s, claimed by %q", got.State, got.ClaimedBy)
	}
}

func TestLinksLeaveOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.desk()
	j := h.handIn(d, head+maria, idp.ImportOptions{Invite: true})
	h.start(h.worked(t.Context(), d, j))
	if d.HasLinks(j) {
		t.Error("there are links before anybody was added")
	}
	j = h.worked(t.Context(), d, j)
	if !d.HasLinks(j) {
		t.Fatal("there are no links")
	}
	links, err := d.TakeLinks(t.Context(), j, idp.Trail{Events: []idp.AuditEvent{{ID: idp.NewID(), At: time.Now(), Actor: "clerk", Action: "import.links"}}})
	h.ok(err)
	h.ok(links.Close())
	if _, err := d.TakeLinks(t.Context(), j, idp.Trail{}); err == nil {
		t.Error("they left twice")
	}
	if _, err := os.Stat(d.path(j, linksFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is kept: %v", err)
	}
}

func TestDeskRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.desk()
	for name, text := range map[string]string{"empty": "", "no table": "x", "another resource": `{"resourceType":"Practitioner"}`} {
		_, err := d.Receive(t.Context(), idp.ImportJob{}, strings.NewReader(text), uploaded)
		if !errors.As(err, new(*FileError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Receive(t.Context(), idp.ImportJob{}, io.MultiReader(strings.NewReader(head), failing{}), uploaded); !errors.Is(err, errBroken) {
		t.Errorf("broken off: %v", err)
	}
	// One that waits for somebody keeps the next one out.
	j := h.worked(t.Context(), d, h.handIn(d, head+maria, idp.ImportOptions{}))
	if _, err := d.Receive(t.Context(), idp.ImportJob{}, strings.NewReader(head+maria), uploaded); !errors.Is(err, idp.ErrExists) {
		t.Errorf("a second one: %v", err)
	}
	left, err := os.ReadDir(d.Dir)
	if err != nil || len(left) != 1 || left[0].Name() != j.ID {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

// TestFilesThatArriveAtOnceDoNotFillTheDisk: of those one is written, and of the others nothing.
func TestFilesThatArriveAtOnceDoNotFillTheDisk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.desk()
	from, to := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, err := d.Receive(t.Context(), idp.ImportJob{}, from, uploaded)
		first <- err
	}()
	if _, err := io.WriteString(to, head+maria); err != nil { // the first one is being read by now
		t.Fatal(err)
	}
	second := strings.NewReader(head + maria)
	if _, err := d.Receive(t.Context(), idp.ImportJob{}, second, uploaded); !errors.Is(err, idp.ErrExists) || second.Len() > 0 {
		t.Errorf("a second one: %v, %d bytes of it not read", err, second.Len())
	}
	if left, err := os.ReadDir(d.Dir); err != nil || len(left) != 1 {
		t.Errorf("on the disk: %v (%v)", left, err)
	}
	to.Close()
	if err := <-first; err != nil {
		t.Errorf("the first one: %v", err)
	}
}

var errBroken = errors.New("broken off")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

func TestDiscardedFileIsDeletedAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := h.desk()
	j := h.worked(t.Context(), d, h.handIn(d, head+maria, idp.ImportOptions{}))
	j.State = idp.ImportDiscarded
	h.ok(h.store.AdvanceImportJob(t.Context(), idp.ImportChecked, j, time.Now(), idp.Trail{}))
	h.worked(t.Context(), d, j)
	if left, err := os.ReadDir(d.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestForgottenImportIsDiscarded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	clock := time.Now()
	d := h.desk(func(c *DeskConfig) { c.Now = func() time.Time { return clock } })
	j := h.worked(t.Context(), d, h.handIn(d, head+maria, idp.ImportOptions{}))
	h.ok(d.tidy(t.Context()))
	if _, err := os.Stat(d.path(j, uploadFile)); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(forgotten + time.Minute)
	h.ok(d.tidy(t.Context()))
	if got := h.worked(t.Context(), d, j); got.State != idp.ImportDiscarded {
		t.Errorf("it is %s", got.State)
	}
	if left, err := os.ReadDir(d.Dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}
