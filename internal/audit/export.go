package audit

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Format is how events are written.
type Format string

const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// ParseFormat reads a format.
func ParseFormat(text string) (Format, error) {
	switch f := Format(text); f {
	case CSV, JSONLines:
		return f, nil
	}
	return "", fmt.Errorf("%q is not a format; use csv or jsonl", text)
}

// ContentType is the format's media type.
func (f Format) ContentType() string {
	if f == CSV {
		return "text/csv; charset=utf-8" // RFC 4180 §3
	}
	return "application/jsonl; charset=utf-8"
}

// exportPage is how many events are read at once: an export of any length needs no more memory.
const exportPage = 1000

// Export writes the events of a filter, the oldest first, as they are read. It returns how many; those were written also when
// there is an error.
func Export(ctx context.Context, store idp.AuditLog, filter idp.AuditFilter, format Format, w io.Writer) (int64, error) {
	write, end := jsonWriter(w), func() error { return nil }
	if format == CSV {
		table := csv.NewWriter(w)
		if err := table.Write([]string{"id", "at", "actor", "action", "person_id", "client_id", "request_id", "ip", "detail"}); err != nil {
			return 0, err
		}
		write, end = csvWriter(table), func() error { table.Flush(); return table.Error() }
	}
	filter.Oldest, filter.Before, filter.Limit = true, "", exportPage
	total := int64(0)
	for {
		page, err := store.AuditEvents(ctx, filter)
		if err != nil {
			return total, fmt.Errorf("export the audit log: %w", err)
		}
		for _, e := range page {
			if err := write(e); err != nil {
				return total, fmt.Errorf("export the audit log: %w", err)
			}
			total++
			filter.After = e.ID
		}
		if err := end(); err != nil {
			return total, fmt.Errorf("export the audit log: %w", err)
		}
		if len(page) < exportPage {
			return total, nil
		}
	}
}

// timeFormat has the microseconds that are kept, and sorts as text.
const timeFormat = "2006-01-02T15:04:05.000000Z"

func csvWriter(w *csv.Writer) func(idp.AuditEvent) error {
	return func(e idp.AuditEvent) error {
		row := []string{e.ID, e.At.UTC().Format(timeFormat), e.Actor, e.Action, e.PersonID, e.ClientID, e.RequestID, e.IP, e.Detail}
		for i := range row {
			row[i] = inert(row[i])
		}
		return w.Write(row)
	}
}

// inert keeps a spreadsheet from taking text for a formula: what strangers send is in the log as well.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// line is an event as JSON. Detail is the object it is, or text.
type line struct {
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor"`
	Action    string    `json:"action"`
	PersonID  string    `json:"person_id,omitempty"`
	ClientID  string    `json:"client_id,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	IP        string    `json:"ip,omitempty"`
	Detail    any       `json:"detail,omitempty"`
}

func jsonWriter(w io.Writer) func(idp.AuditEvent) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return func(e idp.AuditEvent) error {
		return encoder.Encode(line{e.ID, e.At.UTC(), e.Actor, e.Action, e.PersonID, e.ClientID, e.RequestID, e.IP, detailOf(e.Detail)})
	}
}

func detailOf(text string) any {
	if text == "" {
		return nil
	}
	if strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}
