package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/fhir"
	"udap-idp/internal/idp"
	"udap-idp/internal/transfer"
)

type userExportCommand struct {
	ID     string `arg:"" optional:"" name:"id" help:"The person's id, as user list prints it."`
	All    bool   `name:"all" help:"Everybody, one on each line (NDJSON) unless --format is bundle or csv."`
	Format string `name:"format" default:"json" enum:"json,fhir,bundle,csv" help:"json has everything, with what stands behind each value; fhir is an R4 Patient; with --all also bundle, one R4 Bundle, and csv, a table of what is so now."`
	Reason string `name:"reason" placeholder:"TEXT" help:"Why the Digital Identifiers have to be in it. It is recorded with the reading of each. Without it they are left out."`
	Output string `name:"output" short:"o" placeholder:"FILE" help:"Write to a file, which nobody else can read, instead of the standard output."`
	settings
}

// Run writes people.
func (c *userExportCommand) Run(ctx context.Context, term terminal) error {
	if (c.ID == "") != c.All {
		return usage("give the id of a person, or --all")
	}
	if c.ID != "" && c.Format != string(transfer.JSON) && c.Format != string(transfer.FHIR) {
		return usage("--format %s: goes with --all", c.Format)
	}
	if c.Reason != "" {
		reason, err := reasonOf(c.Reason, "asked for by the patient, ticket 4711")
		if err != nil {
			return err
		}
		c.Reason = reason
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	export := transfer.Export{Format: transfer.Format(c.Format), Assigner: assigner(cfg), Now: time.Now(), Store: store}
	if c.Reason != "" {
		export.Identifiers = func(ctx context.Context, some []idp.Person) (map[string]string, error) {
			return people.Identifiers(ctx, some, idp.Reading{Actor: "user export", Purpose: c.Reason})
		}
	}
	return c.write(term, func(w io.Writer) error {
		if c.All {
			_, err := export.All(ctx, w)
			return err
		}
		p, err := personNamed(ctx, store, c.ID)
		if err != nil {
			return err
		}
		if c.Reason == "" && !p.Identifier.IsZero() {
			fmt.Fprintln(term.Err, "udap-idp: her Digital Identifier is left out. Give --reason to have it")
		}
		value, err := export.One(ctx, p)
		if err != nil {
			return err
		}
		return printJSON(w, value)
	})
}

// write lets do write to where the export goes. A file is there whole or not at all.
func (c *userExportCommand) write(term terminal, do func(w io.Writer) error) error {
	if c.Output == "" {
		w := bufio.NewWriter(term.Out)
		if err := do(w); err != nil {
			return err
		}
		return w.Flush()
	}
	file, err := os.CreateTemp(filepath.Dir(c.Output), ".export-*") // mode 0600
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	if err = do(w); err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), c.Output)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// assigner is who makes Digital Identifiers here, and where it can be asked.
func assigner(c config.Config) fhir.Assigner {
	o := c.Operator
	return fhir.Assigner{Name: o.Name, URI: c.Issuer, Email: o.HelpEmail, Phone: o.HelpPhone, URL: o.HelpURL}
}
