package transfer

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"udap-idp/internal/idp"
)

// readReport reads a report line by line, while take wants more.
func readReport(path string, take func(idp.ImportLine) bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	table := csv.NewReader(file)
	table.ReuseRecord, table.FieldsPerRecord = true, -1
	for {
		cells, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || len(cells) < 6 {
			return nil // the last line, which is being written
		}
		row, err := strconv.ParseInt(cells[0], 10, 64)
		if err != nil {
			continue // the head
		}
		if !take(idp.ImportLine{Row: row, Outcome: cells[1], PersonID: cells[2], Reasons: cells[3], Other: cells[4], Likeness: cells[5]}) {
			return nil
		}
	}
}

// EachLink reads a table of links line by line.
func (d *Desk) EachLink(table io.Reader, take func(idp.ImportLink) error) error {
	links := csv.NewReader(table)
	links.ReuseRecord = true
	for head := true; ; head = false {
		cells, err := links.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the links: %w", err)
		}
		if head {
			continue
		}
		if err := take(idp.ImportLink{PersonID: cells[1], Link: cells[6]}); err != nil {
			return err
		}
	}
}

// countReport counts what a report says up to a row. There may be none.
func countReport(path string, upTo int64) (idp.ImportCounts, error) {
	var c idp.ImportCounts
	err := readReport(path, func(l idp.ImportLine) bool {
		if l.Row > upTo {
			return false
		}
		c.Last, c.Rows = l.Row, c.Rows+1
		switch Outcome(l.Outcome) {
		case Added:
			c.Added++
			if l.Other != "" {
				c.Noted++
			}
		case Duplicate:
			c.Duplicates++
		case Wrong:
			c.Wrong++
		case Skipped:
			c.Skipped++
		}
		return true
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("the report: %w", err)
	}
	return c, nil
}

// JobDetail is what the audit log says of an import: counts, and no value of anybody.
func JobDetail(j idp.ImportJob, counts idp.ImportCounts) string {
	text, err := json.Marshal(struct {
		Import  string            `json:"import"`
		File    string            `json:"file"`
		Digest  string            `json:"digest"`
		State   idp.ImportState   `json:"state"`
		Options idp.ImportOptions `json:"options"`
		Counts  idp.ImportCounts  `json:"counts"`
		Failure string            `json:"failure,omitempty"`
	}{j.ID, j.FileName, j.Digest, j.State, j.Options, counts, j.Failure})
	if err != nil {
		panic(fmt.Sprintf("transfer: encode a job: %v", err)) // plain fields, which always encode
	}
	return string(text)
}
