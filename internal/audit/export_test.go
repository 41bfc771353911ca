package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
)

func openStore(t *testing.T) *sqlstore.Store {
	t.Helper()
	return sqltest.Open(t, sqlstore.Open)
}

func write(t *testing.T, store idp.AuditLog, events ...idp.AuditEvent) {
	t.Helper()
	for i := range events {
		events[i].ID = idp.NewID()
		if events[i].At.IsZero() {
			events[i].At = time.Date(2026, 11, 24, 12, 0, 0, 1000, time.UTC)
		}
	}
	if err := store.Audit(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
}

func TestExportIsWholeAndInOrder(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	var events []idp.AuditEvent
	for i := range exportPage + 7 { // more than one page
		events = append(events, idp.AuditEvent{Actor: "clerk", Action: "identifier.read", Detail: fmt.Sprint(i)})
	}
	write(t, store, events...)
	for _, format := range []Format{CSV, JSONLines} {
		var out bytes.Buffer
		n, err := Export(t.Context(), store, idp.AuditFilter{Action: "identifier.read"}, format, &out)
		if err != nil || n != int64(len(events)) {
			t.Fatalf("%s: %d events, %v", format, n, err)
		}
		details := readExport(t, format, &out)
		for i, detail := range details {
			if detail != fmt.Sprint(i) {
				t.Fatalf("%s: event %d has the detail %s", format, i, detail)
			}
		}
		if len(details) != len(events) {
			t.Errorf("%s: %d of %d were read again", format, len(details), len(events))
		}
	}
}

func readExport(t *testing.T, format Format, out *bytes.Buffer) (details []string) {
	t.Helper()
	if format == CSV {
		rows, err := csv.NewReader(out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			details = append(details, row[8])
		}
		return details
	}
	for text := range strings.Lines(out.String()) {
		var one struct {
			Detail string
			At     time.Time
		}
		if err := json.Unmarshal([]byte(text), &one); err != nil || one.At.IsZero() {
			t.Fatalf("%s: %v", text, err)
		}
		details = append(details, one.Detail)
	}
	return details
}

func TestExportToASpreadsheetHasNoFormulas(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	for _, hostile := range []string{`=HYPERLINK("https://evil.example")`, "+1", "-1", "@SUM(A1)", "\tx"} {
		write(t, store, idp.AuditEvent{Actor: hostile, Action: "x", Detail: hostile})
	}
	var out bytes.Buffer
	if _, err := Export(t.Context(), store, idp.AuditFilter{}, CSV, &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
}

func TestDetailThatIsAnObjectIsOneInJSON(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	write(t, store, idp.AuditEvent{Action: "x", Detail: `{"before":{"text":"a"},"after":null}`}, idp.AuditEvent{Action: "x", Detail: `{"not`})
	var out bytes.Buffer
	if _, err := Export(t.Context(), store, idp.AuditFilter{}, JSONLines, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"detail":{"before":{"text":"a"},"after":null}`, `"detail":"{\"not"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in\n%s", want, out.String())
		}
	}
}

func TestWitnessIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	w := Witness{12, strings.Repeat("ab", 32)}
	if got, err := ParseWitness(" " + w.String() + "\n"); err != nil || got != w {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, wrong := range []string{"", "12", "0:" + w.Hash, "x:" + w.Hash, "12:abcd", "12:" + strings.Repeat("zz", 32), w.String() + ":1"} {
		if _, err := ParseWitness(wrong); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}

func TestNoActionIsListedTwice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, a := range Actions() {
		if seen[a.Name] || a.Group == "" {
			t.Errorf("%s is there twice, or of no group", a.Name)
		}
		seen[a.Name] = true
	}
	if !Known("signin") || Known("sign.in") {
		t.Error("what is known is not what is listed")
	}
}
