package transfer

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

const (
	deskLook   = 3 * time.Second  // between looks for something to do
	deskClaim  = time.Minute      // how long a claim holds; then another server takes over
	deskKeep   = 2 * time.Second  // between notes of how far it is
	deskAgain  = 30 * time.Second // after a fault of ours
	deskTidy   = time.Hour
	forgotten  = 7 * 24 * time.Hour // nobody came back to what was found
	linksKept  = 7 * 24 * time.Hour // as long as a link is good
	tidyAtOnce = 100                // imports that are looked at
)

// Run works on what is asked for until ctx ends. What it is at then goes on when it, or another server, runs again.
func (d *Desk) Run(ctx context.Context) {
	d.clear()
	tidied := time.Time{}
	for {
		if d.Now().Sub(tidied) >= deskTidy {
			tidied = d.Now()
			if err := d.tidy(ctx); err != nil && ctx.Err() == nil {
				d.Log.Error("what imports left behind could not be deleted", "error", err)
			}
		}
		if err := d.Work(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("the import could not be worked on", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-time.After(deskLook):
		}
	}
}

// clear deletes what was on its way when the server ended. A data folder has one server.
func (d *Desk) clear() {
	left, _ := filepath.Glob(filepath.Join(d.Dir, arriving+"*")) // the pattern is ours
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			d.Log.Error("a file that did not arrive could not be deleted", "error", err)
		}
	}
}

// Work does what there is to do now, if it is this server's to do.
func (d *Desk) Work(ctx context.Context) error {
	jobs, err := d.Store.ImportJobs(ctx, 1)
	if err != nil || len(jobs) == 0 {
		return err
	}
	j := jobs[0]
	if j.State.Over() {
		return d.forget(j)
	}
	if !j.State.Works() {
		return nil
	}
	if _, err := os.Stat(d.path(j, uploadFile)); err != nil {
		return nil // it lies with another server
	}
	j.ClaimedBy, j.ClaimedUntil = d.server, d.now().Add(deskClaim)
	err = d.Store.ClaimImportJob(ctx, j.ID, d.server, j.ClaimedUntil, d.now())
	if errors.Is(err, idp.ErrStale) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.work(ctx, j)
}

// task is an import that this server works on.
type task struct {
	*Desk
	of   idp.ImportJob // as it was when the work began
	mu   sync.Mutex
	job  idp.ImportJob    // under mu while keep runs
	base idp.ImportCounts // of runs before this one
}

func (d *Desk) work(ctx context.Context, j idp.ImportJob) error {
	t := &task{Desk: d, of: j, job: j}
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		t.keep(running, cancel)
	}()
	err := t.run(running)
	lost := context.Cause(running)
	cancel(nil)
	<-kept
	// What is noted now must be noted although the server is about to end.
	last, done := context.WithTimeout(context.WithoutCancel(ctx), deskAgain)
	defer done()
	var file *FileError
	switch {
	case err == nil:
		return t.end(last)
	case errors.Is(lost, idp.ErrStale):
		return nil // stopped, or another server has it
	case ctx.Err() != nil:
		return d.Store.LeaveImportJob(last, j.ID, d.server, time.Time{})
	case errors.As(err, &file):
		t.job.Failure = file.Text
		return t.end(last)
	}
	t.job.Progress.Trouble = true
	return errors.Join(err, d.Store.KeepImportJob(last, t.job), d.Store.LeaveImportJob(last, j.ID, d.server, d.now().Add(deskAgain)))
}

// keep notes how far it is, until ctx ends, and ends the work when it is not this server's any more.
func (t *task) keep(ctx context.Context, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(deskKeep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		t.mu.Lock()
		t.job.ClaimedUntil = t.now().Add(deskClaim)
		j := t.job
		t.mu.Unlock()
		err := t.Store.KeepImportJob(ctx, j)
		if errors.Is(err, idp.ErrStale) {
			cancel(idp.ErrStale)
			return
		}
		if err != nil && ctx.Err() == nil {
			t.Log.Error("how far the import is could not be noted", "error", err)
		}
	}
}

func (t *task) run(ctx context.Context) error {
	file, err := Inspect(t.path(t.of, uploadFile))
	if err != nil {
		return err
	}
	im := &Import{
		File: file, Reading: readingOf(t.of.Options, t.Now()), People: t.People, Marks: t.Store, Duplicates: Policy(t.of.Options.Duplicates), By: t.of.By,
		size: t.size,
	}
	mark, err := t.Store.ImportMark(ctx, im.id())
	if err != nil {
		return err
	}
	im.Progress = func(p Progress) { t.note(p.Result, p.Read) }
	if t.of.State == idp.ImportChecking {
		return t.check(ctx, im, mark)
	}
	return t.bring(ctx, im, mark)
}

// note keeps how far it is for the next time that it is written down.
func (t *task) note(r Result, read int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := t.base
	sum.Last, sum.Rows, sum.Added, sum.Noted = r.Last, sum.Rows+r.Rows, sum.Added+r.Added, sum.Noted+r.Noted
	sum.Duplicates, sum.Wrong, sum.Skipped = sum.Duplicates+r.Duplicates, sum.Wrong+r.Wrong, sum.Skipped+r.Skipped
	t.job.Progress.Read, t.job.Progress.Trouble = read, false
	if t.job.State == idp.ImportChecking {
		t.job.Progress.Checked = sum
	} else {
		t.job.Progress.Done = sum
	}
}

// check is the dry run. One that was interrupted begins anew.
func (t *task) check(ctx context.Context, im *Import, mark idp.ImportMark) error {
	if err := remove(t.path(t.of, checkFile)); err != nil {
		return err
	}
	scratch, throwAway, err := t.Scratch(ctx)
	if err != nil {
		return err
	}
	defer throwAway()
	im.DryRun, im.Into, im.Report = true, scratch, NewReport(t.path(t.of, checkFile))
	t.mu.Lock()
	t.job.Progress.Before = mark.Rows
	t.mu.Unlock()
	result, err := im.Run(ctx)
	if err = errors.Join(err, im.Report.Close()); err != nil {
		return err
	}
	t.note(result, im.File.Size)
	return nil
}

// bring adds the people. It goes on behind what is stored.
func (t *task) bring(ctx context.Context, im *Import, mark idp.ImportMark) error {
	paths := []string{t.path(t.of, reportFile), t.path(t.of, linksFile)}
	if mark.Rows == 0 { // what is there is of rows that were not stored
		if err := remove(paths...); err != nil {
			return err
		}
	}
	var err error
	if t.base, err = countReport(paths[0], mark.Rows); err != nil {
		return err
	}
	im.Report = NewReport(paths[0])
	if t.of.Options.Invite {
		im.InviteFor, im.Links = t.InviteFor, NewLinks(paths[1], t.Link)
		defer im.Links.Close()
	}
	result, err := im.Run(ctx)
	if err = errors.Join(err, im.Report.Close()); err != nil {
		return err
	}
	t.note(result, im.File.Size)
	return nil
}

// end writes down what came of it.
func (t *task) end(ctx context.Context) error {
	from, action := t.job.State, "import.done"
	switch {
	case t.job.Failure != "":
		t.job.State, action = idp.ImportFailed, "import.failed"
	case from == idp.ImportChecking:
		t.job.State, action = idp.ImportChecked, "import.check"
	default:
		t.job.State = idp.ImportDone
	}
	trail := idp.Trail{Events: []idp.AuditEvent{t.event(action)}}
	if err := t.Store.EndImportJob(ctx, from, t.job, t.now(), trail); err != nil {
		return err
	}
	if !t.job.State.Over() {
		return nil
	}
	return remove(t.path(t.job, uploadFile))
}

// event is a line of the audit log in the name of who asked.
func (t *task) event(action string) idp.AuditEvent {
	counts := t.job.Progress.Done
	if t.job.State == idp.ImportChecked {
		counts = t.job.Progress.Checked
	}
	return idp.AuditEvent{
		ID: idp.NewID(), At: t.now(), Actor: t.job.By.Actor, Action: action, RequestID: t.job.By.RequestID, IP: t.job.By.IP,
		Detail: JobDetail(t.job, counts),
	}
}

// tidy deletes what is not needed any more: files of imports that are over, links and reports that are old, and imports to which nobody
// came back.
func (d *Desk) tidy(ctx context.Context) error {
	jobs, err := d.Store.ImportJobs(ctx, tidyAtOnce)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, j := range jobs {
		if (j.State == idp.ImportChecked || j.State == idp.ImportStopped) && d.Now().Sub(j.CreatedAt) > forgotten {
			j, err = d.discard(ctx, j)
			if err != nil {
				return err
			}
		}
		known[j.ID] = j.State != idp.ImportDiscarded
		if j.State.Over() {
			err = d.forget(j)
		}
		if j.State == idp.ImportDone && d.Now().Sub(j.EndedAt) > linksKept {
			err = errors.Join(err, remove(d.path(j, linksFile)))
		}
		if err != nil {
			return err
		}
	}
	return d.sweep(known)
}

// forget deletes what an import that is over needs no more: the file and what was found in it, of one that was discarded everything.
func (d *Desk) forget(j idp.ImportJob) error {
	if j.State == idp.ImportDiscarded {
		return os.RemoveAll(filepath.Join(d.Dir, j.ID))
	}
	return remove(d.path(j, uploadFile), d.path(j, checkFile))
}

func (d *Desk) discard(ctx context.Context, j idp.ImportJob) (idp.ImportJob, error) {
	from := j.State
	j.State, j.By = idp.ImportDiscarded, idp.Reading{Actor: "server"}
	event := idp.AuditEvent{ID: idp.NewID(), At: d.now(), Actor: j.By.Actor, Action: "import.discard", Detail: JobDetail(j, j.Progress.Done)}
	return j, d.Store.AdvanceImportJob(ctx, from, j, d.now(), idp.Trail{Events: []idp.AuditEvent{event}})
}

// sweep deletes the folders of imports that are not known any more.
func (d *Desk) sweep(known map[string]bool) error {
	entries, err := os.ReadDir(d.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		info, statErr := e.Info()
		if known[e.Name()] || strings.HasPrefix(e.Name(), arriving) || statErr != nil || d.Now().Sub(info.ModTime()) < deskTidy {
			continue // one that was just handed over may not have its row yet
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(d.Dir, e.Name())))
	}
	return err
}

func remove(paths ...string) (err error) {
	for _, path := range paths {
		if failed := os.Remove(path); failed != nil && !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}
