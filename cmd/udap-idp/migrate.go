package main

import (
	"context"
	"fmt"
)

type migrateCommand struct {
	settings
}

// Run opens the database, which brings its schema up to date.
func (c *migrateCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = fmt.Fprintln(term.Out, "The database is up to date.")
	return err
}
