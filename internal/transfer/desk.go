package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"udap-idp/internal/fhir"
	"udap-idp/internal/idp"
)

// DeskConfig is what a Desk is made of. Every field but Log and Now is required.
type DeskConfig struct {
	Dir   string // where the files lie; made when it is not there
	Limit int64  // bytes that a file may have
	Store interface {
		idp.ImportJobs
		ImportMark(ctx context.Context, id string) (idp.ImportMark, error)
		People(ctx context.Context, after string, limit int) ([]idp.Person, error)
	}
	People People
	// Scratch is a room on a store that is thrown away, for a dry run, and how it is.
	Scratch   func(ctx context.Context) (people People, throwAway func(), err error)
	Link      func(idp.Token) string
	InviteFor time.Duration
	// Assigner and Identifiers are for an export: who makes Digital Identifiers, and how those of many are opened.
	Assigner    fhir.Assigner
	Identifiers func(ctx context.Context, people []idp.Person, why idp.Reading) (map[string]string, error)
	Log         *slog.Logger
	Now         func() time.Time
}

// Desk brings in the files that administrators hand over, one at a time and in the background: they survive the page being closed and
// the server being restarted. It imports with Import, as the command does.
//
// A file lies in a folder of its own that nobody else can read, beside its reports and its links, and is deleted when its import is over.
// The database says how far it has come and which server works on it; a server that does not have the file leaves it to the one that does.
type Desk struct {
	DeskConfig
	server string // our name at the claims
	wake   chan struct{}
	size   int // of a batch, as Import has it

	receiving sync.Mutex // held while a file arrives
}

// NewDesk makes a desk. Run makes it work.
func NewDesk(c DeskConfig) *Desk {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Desk{DeskConfig: c, server: idp.NewID(), wake: make(chan struct{}, 1)}
}

// The files of an import.
const (
	uploadFile = "upload"
	checkFile  = "check.csv"
	reportFile = "report.csv"
	linksFile  = "links.csv"
	// arriving begins the name of a folder whose file is not whole yet.
	arriving = "arriving-"
)

func (d *Desk) path(j idp.ImportJob, name string) string { return filepath.Join(d.Dir, j.ID, name) }

// MaxBytes is how many bytes a file may have.
func (d *Desk) MaxBytes() int64 { return d.Limit }

// Wake lets the desk look at once whether there is something to do.
func (d *Desk) Wake() {
	select {
	case d.wake <- struct{}{}:
	default: // it is awake
	}
}

// Receive keeps a file, and asks for the dry run. While another arrives or is not over, nothing of it is written to the disk: however many
// are sent at once, it fills up by one. job has Options, By and FileName; trail is made of the job as it is stored. Errors:
// *FileError; idp.ErrExists while another import is not over; whatever from returns.
func (d *Desk) Receive(ctx context.Context, job idp.ImportJob, from io.Reader, trail func(idp.ImportJob) idp.Trail) (idp.ImportJob, error) {
	if !d.receiving.TryLock() {
		return job, passOver(from)
	}
	defer d.receiving.Unlock()
	others, err := d.Store.ImportJobs(ctx, 1) // the newest: one at a time is not over
	if err != nil {
		return job, err
	}
	if len(others) > 0 && !others[0].State.Over() {
		return job, passOver(from)
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return job, err
	}
	dir, err := os.MkdirTemp(d.Dir, arriving) // mode 0700
	if err != nil {
		return job, err
	}
	defer os.RemoveAll(dir) // unless it has another name by then
	if err := write(filepath.Join(dir, uploadFile), from); err != nil {
		return job, err
	}
	file, err := Inspect(filepath.Join(dir, uploadFile))
	if err != nil {
		return job, err
	}
	if err := readable(file, readingOf(job.Options, d.Now())); err != nil {
		return job, err
	}
	job.ID, job.CreatedAt, job.State = idp.NewID(), d.now(), idp.ImportChecking
	job.Digest, job.Size = file.Digest, file.Size
	if err := os.Rename(dir, filepath.Join(d.Dir, job.ID)); err != nil {
		return job, err
	}
	if err := d.Store.AddImportJob(ctx, job, trail(job)); err != nil {
		return job, errors.Join(err, os.RemoveAll(filepath.Join(d.Dir, job.ID)))
	}
	d.Wake()
	return job, nil
}

// passOver reads a file to its end, as browsers show an answer only then, and refuses it.
func passOver(file io.Reader) error {
	if _, err := io.Copy(io.Discard, file); err != nil {
		return err
	}
	return fmt.Errorf("another import is not over: %w", idp.ErrExists)
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

func write(path string, from io.Reader) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, from); err != nil {
		return errors.Join(fmt.Errorf("receive: %w", err), file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}

// readable looks at the beginning of a file: whoever hands over one whose columns are not known is told at once.
func readable(f File, how Reading) error {
	rows, _, file, err := f.open(how)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := rows.next(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func readingOf(o idp.ImportOptions, now time.Time) Reading {
	how := Reading{Ignore: o.Ignore, Dates: DatesISO, Now: now}
	if o.USDates {
		how.Dates = DatesUS
	}
	return how
}

// Lines are those of the report, of the dry run until people are added, that need somebody, or have one outcome, behind a row; more
// reports whether there are others.
func (d *Desk) Lines(j idp.ImportJob, dryRun bool, outcome string, after int64, limit int) (lines []idp.ImportLine, more bool, err error) {
	err = readReport(d.reportPath(j, dryRun), func(l idp.ImportLine) bool {
		if l.Row <= after || !wanted(l, outcome) {
			return true
		}
		if more = len(lines) == limit; more {
			return false
		}
		lines = append(lines, l)
		return true
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, idp.ErrNotFound
	}
	return lines, more, err
}

// wanted: "" is what needs somebody, and noted who was added and looks like somebody.
func wanted(l idp.ImportLine, outcome string) bool {
	noted := l.Outcome == string(Added) && l.Other != ""
	switch outcome {
	case "":
		return noted || l.Outcome != string(Added)
	case "noted":
		return noted
	}
	return l.Outcome == outcome
}

func (d *Desk) reportPath(j idp.ImportJob, dryRun bool) string {
	if dryRun {
		return d.path(j, checkFile)
	}
	return d.path(j, reportFile)
}

// Report is the whole report as a table. idp.ErrNotFound: it is not kept any more, or lies with another server.
func (d *Desk) Report(j idp.ImportJob, dryRun bool) (io.ReadCloser, error) {
	return openKept(d.reportPath(j, dryRun))
}

func openKept(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), idp.ErrNotFound)
	}
	return file, err
}

// HasLinks reports whether there are links to be taken here.
func (d *Desk) HasLinks(j idp.ImportJob) bool {
	_, err := os.Stat(d.path(j, linksFile))
	return err == nil && j.State == idp.ImportDone && j.LinksAt.IsZero()
}

// TakeLinks gives the table of links out, once, and deletes it. idp.ErrUsed: it was given out before; idp.ErrNotFound: it is not here.
func (d *Desk) TakeLinks(ctx context.Context, j idp.ImportJob, trail idp.Trail) (io.ReadCloser, error) {
	file, err := openKept(d.path(j, linksFile))
	if err != nil {
		return nil, err
	}
	if err := d.Store.TakeImportLinks(ctx, j.ID, d.now(), trail); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	// Who holds it open reads it to its end.
	if err := os.Remove(d.path(j, linksFile)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
