package transfer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

// Import is a file on its way in.
type Import struct {
	File    File
	Reading Reading
	// People are those who are here. Into is where the newcomers go in a dry run: a room on a store that is thrown away; nil: to
	// People.
	People People
	Into   People
	Marks  interface {
		ImportMark(ctx context.Context, id string) (idp.ImportMark, error)
	}
	Duplicates Policy
	DryRun     bool
	InviteFor  time.Duration // how long links for the first passkeys are good; 0 makes none
	By         idp.Reading

	// Report and Links take what is to be kept of a batch, before it is stored; either may be nil. They begin anew behind a row.
	Report *Report
	Links  *Links
	// Told is told what became of each row, and Progress how far it is, after each batch; nil is nobody.
	Told     func(Line)
	Progress func(Progress)

	size int // of a batch, in people; batchPeople when 0
}

// Progress is how far an import has come.
type Progress struct {
	Result
	Read, Size int64 // bytes of the file
}

// Result counts rows by what became of them.
type Result struct {
	After      int64 `json:"after_row"`  // where an earlier run was interrupted; 0: from the beginning
	Last       int64 `json:"last_row"`   // the last row that was done
	Rows       int64 `json:"rows"`       // of this run
	Added      int64 `json:"added"`      // …
	Noted      int64 `json:"noted"`      // of these, those who look like somebody
	Duplicates int64 `json:"duplicates"` // not added: here already
	Wrong      int64 `json:"wrong"`      // not added: something has to be mended
	Skipped    int64 `json:"skipped"`    // not a person
	Invited    int64 `json:"invited"`
}

// run is an import while it runs.
type run struct {
	*Import
	into   People
	mark   idp.ImportMark
	batch  *batch
	result Result
	read   *counter
}

// prepared is a row with everything that takes no store.
type prepared struct {
	Row
	newcomer identity.Newcomer
	err      error // that ends the file behind this row
}

// Run imports. It may be interrupted, and run again: it goes on where the last batch ended. The Result is right also with an error.
// Errors: *FileError; idp.ErrStale when somebody else imports the same file.
func (im *Import) Run(ctx context.Context) (Result, error) {
	r := &run{Import: im, into: im.People, batch: newBatch(cmp.Or(im.size, batchPeople)), mark: idp.ImportMark{ID: im.id()}}
	if im.Into != nil {
		r.into = im.Into
	} else {
		mark, err := im.Marks.ImportMark(ctx, im.id())
		if err != nil {
			return r.result, err
		}
		r.mark = mark
	}
	r.result.After, r.result.Last = r.mark.Rows, r.mark.Rows
	if err := r.begin(); err != nil {
		return r.result, err
	}
	return r.result, r.all(ctx)
}

// id names the import: the same file with another policy is another one.
func (im *Import) id() string { return im.File.Digest + " " + string(im.Duplicates) }

// begin takes back what was written of rows that were not stored.
func (r *run) begin() error {
	if r.Report != nil {
		if err := r.Report.begin(r.mark.Rows, r.DryRun); err != nil {
			return err
		}
	}
	if r.Links != nil {
		return r.Links.begin(r.mark.Rows)
	}
	return nil
}

// ahead is how many rows are prepared while others are stored.
const ahead = 512

func (r *run) all(ctx context.Context) error {
	rows, read, file, err := r.File.open(r.Reading)
	if err != nil {
		return err
	}
	r.read = read
	ctx, stop := context.WithCancel(ctx)
	queue := make(chan prepared, ahead)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.prepare(ctx, rows, queue)
	}()
	defer func() { stop(); <-ended; file.Close() }()
	for row := range queue {
		if row.err != nil {
			return errors.Join(r.store(ctx), row.err) // what is in front of it is right
		}
		if err := r.take(ctx, row); err != nil {
			return err
		}
		if r.batch.full() {
			if err := r.store(ctx); err != nil {
				return err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.store(ctx)
}

// prepare reads rows and makes newcomers of them, one batch ahead of the store.
func (r *run) prepare(ctx context.Context, rows source, queue chan<- prepared) {
	defer close(queue)
	for {
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			return
		}
		p := prepared{Row: row, err: err}
		if err == nil && row.Number <= r.result.After {
			continue
		}
		if err == nil && row.Skipped == "" && !row.wrong() {
			by := r.By
			by.Actor = r.origin() + strconv.FormatInt(row.Number, 10)
			p.newcomer, p.err = r.People.Newcomer(row.Attributes, by)
		}
		select {
		case queue <- p:
		case <-ctx.Done():
			return
		}
		if p.err != nil {
			return
		}
	}
}

// origin is where the values of a row come from, as they are kept, but for the row's number.
func (r *run) origin() string { return r.By.Actor + " " + r.File.Digest[:12] + " row " }

// take decides a row.
func (r *run) take(ctx context.Context, row prepared) error {
	line := Line{Row: row.Number}
	for _, p := range row.Problems {
		line.Reasons = append(line.Reasons, p.String())
	}
	switch {
	case row.Skipped != "":
		line.Outcome, line.Reasons = Skipped, []string{row.Skipped}
	case row.wrong():
		line.Outcome = Wrong
	default:
		like, err := r.likenesses(ctx, row)
		if err != nil {
			return fmt.Errorf("row %d: %w", row.Number, err)
		}
		r.Duplicates.decide(&line, like)
	}
	if line.Outcome == Added {
		if !r.DryRun { // nobody will be there under that id
			line.PersonID = row.newcomer.Person.ID
		}
		r.batch.add(row.newcomer, row.Number)
	}
	r.batch.lines = append(r.batch.lines, line)
	return nil
}

// store ends the batch.
func (r *run) store(ctx context.Context) error {
	b := r.batch
	if len(b.lines) == 0 {
		return nil
	}
	last := b.lines[len(b.lines)-1].Row
	arrival := identity.Arrival{Mark: idp.ImportMark{ID: r.mark.ID, Rows: last}, After: r.mark.Rows, Newcomers: b.newcomers, InviteFor: r.InviteFor}
	err := r.into.Admit(ctx, arrival, r.By, func(links []idp.Token) error { return r.keep(b, links) })
	if err != nil {
		return err
	}
	r.mark.Rows = last
	r.count(b)
	r.batch = newBatch(b.size)
	if r.Progress != nil {
		r.Progress(Progress{Result: r.result, Read: r.read.read.Load(), Size: r.File.Size})
	}
	return nil
}

// keep writes what would be lost with an interruption.
func (r *run) keep(b *batch, links []idp.Token) error {
	if r.Links != nil {
		if err := r.Links.write(b, links); err != nil {
			return fmt.Errorf("the file of links: %w", err)
		}
	}
	if r.Report != nil {
		if err := r.Report.write(b.lines); err != nil {
			return fmt.Errorf("the report: %w", err)
		}
	}
	return nil
}

func (r *run) count(b *batch) {
	r.result.Last = r.mark.Rows
	for _, line := range b.lines {
		r.result.Rows++
		if r.Told != nil {
			r.Told(line)
		}
		switch line.Outcome {
		case Added:
			r.result.Added++
			if line.Note {
				r.result.Noted++
			}
		case Duplicate:
			r.result.Duplicates++
		case Wrong:
			r.result.Wrong++
		case Skipped:
			r.result.Skipped++
		}
	}
	if r.InviteFor > 0 {
		r.result.Invited += int64(len(b.newcomers))
	}
}
