package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/transfer"
)

type userImportCommand struct {
	File string `arg:"" name:"file" help:"A table (CSV) whose first row names the columns, a FHIR R4 Bundle or Patient, or NDJSON with a Patient on each line. UTF-8."`

	DryRun       bool     `name:"dry-run" help:"Look at every row, and at who is here already, and change nothing."`
	Duplicates   string   `name:"duplicates" default:"skip" enum:"skip,skip-same,add" help:"Rows that look like somebody: skip leaves out who is the same or probably the same; skip-same only who agrees in name, birthdate and a contact; add leaves out nobody."`
	Report       string   `name:"report" placeholder:"FILE" help:"Write what happened to each row, with the reasons, as a table (CSV)."`
	Invite       string   `name:"invite" placeholder:"FILE" help:"Make a link for the first passkey of everybody who is added, and write them as a table (CSV). Each works once, and for 7 days."`
	Dates        string   `name:"dates" default:"iso" enum:"iso,us" help:"How a table writes dates: iso is 1984-06-12, us is 6/12/1984."`
	IgnoreColumn []string `name:"ignore-column" sep:"none" placeholder:"NAME" help:"Leave a column of the table out. Repeat for more."`
	outputFlag
	settings
}

// byImport is who adds, in the audit log.
var byImport = idp.Reading{Actor: "user import"}

// Run imports people. It works beside a running server.
func (c *userImportCommand) Run(ctx context.Context, term terminal) error {
	cfg, err := c.resolve()
	if err != nil {
		return err
	}
	if c.Invite != "" {
		if c.DryRun {
			return usage("--invite: nobody is added in a dry run, so that there is nobody to invite")
		}
		if err := cfg.RequireIssuer(); err != nil { // a link begins with it
			return asUsage(err)
		}
	}
	file, err := transfer.Inspect(c.File)
	if err != nil {
		return c.explain(err, transfer.Result{})
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	im := c.order(file, store, people)
	if c.DryRun {
		scratch, closeScratch, err := scratchPeople(ctx, cfg, people)
		if err != nil {
			return err
		}
		defer closeScratch()
		im.Into = scratch
	}
	return c.run(ctx, term, cfg, im)
}

func (c *userImportCommand) order(file transfer.File, store idp.Store, people *identity.Identity) *transfer.Import {
	im := &transfer.Import{
		File: file, Reading: transfer.Reading{Ignore: c.IgnoreColumn, Dates: transfer.DatesISO, Now: time.Now()},
		People: people, Marks: store, Duplicates: transfer.Policy(c.Duplicates), DryRun: c.DryRun, By: byImport,
	}
	if c.Dates == "us" {
		im.Reading.Dates = transfer.DatesUS
	}
	return im
}

// scratchPeople is a room on a store that is thrown away: a dry run finds doubles within the file there. It lies in the data folder,
// because it tells of people as the database does.
func scratchPeople(ctx context.Context, cfg config.Config, people *identity.Identity) (scratch *identity.Identity, closeScratch func(), err error) {
	dir, err := os.MkdirTemp(cfg.DataDir, "dry-run-") // mode 0700
	if err != nil {
		return nil, nil, err
	}
	store, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(dir, "people.db"))
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return identity.New(identity.Config{Store: store, Sealer: people.Sealer}), func() {
		// What is left behind is found in the data folder; the result of the dry run is right all the same.
		_ = store.Close()
		_ = os.RemoveAll(dir)
	}, nil
}

func (c *userImportCommand) run(ctx context.Context, term terminal, cfg config.Config, im *transfer.Import) error {
	var closing []io.Closer
	if c.Report != "" {
		im.Report = transfer.NewReport(c.Report)
		closing = append(closing, im.Report)
	} else if !c.JSON {
		im.Told = (&rowTeller{to: term.Err}).tell
	}
	if c.Invite != "" {
		im.InviteFor = invitationLifetime
		im.Links = transfer.NewLinks(c.Invite, func(t idp.Token) string { return inviteURL(cfg.Issuer, t) })
		closing = append(closing, im.Links)
	}
	bar := newProgressBar(term.Err)
	im.Progress = func(p transfer.Progress) { bar.show(p.Read, p.Size, p.Rows, p.Last) }
	result, err := im.Run(ctx)
	bar.end()
	for _, file := range closing {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return c.explain(err, result)
	}
	if err := c.print(term, result); err != nil {
		return err
	}
	if result.Wrong > 0 {
		where := "give --report FILE for all of them"
		if c.Report != "" {
			where = c.Report + " says why"
		}
		return partlyError{fmt.Errorf("%s not added because something in it has to be mended: %s", wereRows(result.Wrong), where)}
	}
	return nil
}

func wereRows(n int64) string {
	if n == 1 {
		return "1 row was"
	}
	return number(n) + " rows were"
}

// explain says what to do about an import that ended early.
func (c *userImportCommand) explain(err error, result transfer.Result) error {
	stored := fmt.Sprintf("Everything up to row %s is done; run the same command again, and it goes on behind that.", number(result.Last))
	if result.Last == 0 || c.DryRun {
		stored = "Nothing was changed."
	}
	var file *transfer.FileError
	switch {
	case errors.As(err, &file):
		text := fmt.Sprintf("%s: %s", c.File, file.Text)
		if file.Column {
			text += ": --ignore-column NAME"
		}
		if result.Last > 0 {
			text += ". " + strings.Replace(stored, "run the same command again, and it goes on behind that", "mend the file, and run the command again: who is here already is left out", 1)
		}
		return usageError{errors.New(text)}
	case errors.Is(err, transfer.ErrExists):
		return usageError{err}
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted. %s", stored)
	case errors.Is(err, idp.ErrStale):
		return fmt.Errorf("somebody else imports the same file at this moment. %s", stored)
	}
	if result.Last == 0 {
		return err
	}
	return fmt.Errorf("%w. %s", err, stored)
}

func (c *userImportCommand) print(term terminal, r transfer.Result) error {
	if c.JSON {
		return printJSON(term.Out, struct {
			DryRun bool `json:"dry_run"`
			transfer.Result
		}{c.DryRun, r})
	}
	if r.After > 0 && r.Rows == 0 {
		_, err := fmt.Fprintf(term.Out, "This file was imported before, to its last row (%s). Nothing was changed.\n", number(r.After))
		return err
	}
	if r.After > 0 {
		fmt.Fprintf(term.Out, "Went on behind row %s, where the import was interrupted.\n", number(r.After))
	}
	verb := "added"
	if c.DryRun {
		fmt.Fprintln(term.Out, "A dry run: nothing was changed. Without --dry-run, this would happen:")
		verb = "to be added"
	}
	t := newTable(term.Out, "ROWS", "")
	t.row(number(r.Added), verb)
	for _, line := range []struct {
		n    int64
		text string
	}{
		{r.Noted, "of these look like somebody; see udap-idp user duplicates --all"}, {r.Duplicates, "not added: here already, or in a row before"},
		{r.Wrong, "not added: something has to be mended"}, {r.Skipped, "are not people"},
	} {
		if line.n > 0 {
			t.row(number(line.n), line.text)
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	if r.Invited > 0 {
		_, err := fmt.Fprintf(term.Out, "The links are in %s. Whoever has one can make a passkey for that person: keep the file safe, and delete it when they are sent.\n", c.Invite)
		return err
	}
	return nil
}

// rowTeller prints the first rows that need somebody, when there is no report.
type rowTeller struct {
	to   io.Writer
	told int
}

// tellRows is how many rows are printed without a report.
const tellRows = 20

func (t *rowTeller) tell(line transfer.Line) {
	if line.Outcome != transfer.Wrong && line.Outcome != transfer.Duplicate && !line.Note {
		return
	}
	if t.told++; t.told > tellRows {
		if t.told == tellRows+1 {
			fmt.Fprintln(t.to, "More rows are not shown. --report FILE writes all of them.")
		}
		return
	}
	text := strings.Join(line.Reasons, "; ")
	if line.Other != "" {
		text += " (" + line.Other + ")"
	}
	fmt.Fprintf(t.to, "row %d: %s: %s\n", line.Row, line.Outcome, plain(text))
}
