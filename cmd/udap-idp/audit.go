package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"udap-idp/internal/audit"
	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/vault"
)

// auditCommands are those on the audit log.
type auditCommands struct {
	Check  auditCheckCommand  `cmd:"" help:"Prove that nobody changed, deleted or put in anything."`
	List   auditListCommand   `cmd:"" help:"List events, the newest first."`
	Export auditExportCommand `cmd:"" help:"Write events, the oldest first, as CSV or JSON lines. That it was done is recorded."`
}

func newAuditLog(cfg config.Config, store idp.Store, v *vault.Vault, log *slog.Logger) *audit.Log {
	return audit.New(audit.Config{Store: store, Digest: v.Digest, Keep: cfg.AuditKeep, Log: log})
}

type auditCheckCommand struct {
	Witness string `name:"witness" placeholder:"NUMBER:HASH" help:"What an earlier check, or the server's log, has printed: the chain must still hold it. It finds a database that was put back to an earlier state."`
	outputFlag
	settings
}

// auditReport is a report as the command prints it.
type auditReport struct {
	Sound    bool     `json:"sound"`
	First    int64    `json:"first"`
	Last     int64    `json:"last"`
	Checked  int64    `json:"checked"`
	Waiting  int64    `json:"waiting"`
	Witness  string   `json:"witness"` // of now, to be kept elsewhere
	Findings []string `json:"findings"`
}

// Run proves the chain. It fails when something is wrong.
func (c *auditCheckCommand) Run(ctx context.Context, term terminal) error {
	var witness audit.Witness
	var err error
	if c.Witness != "" {
		if witness, err = audit.ParseWitness(c.Witness); err != nil {
			return usage("--witness: %w", err)
		}
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return err
	}
	r, err := newAuditLog(cfg, store, v, slog.Default()).Check(ctx, witness, nil)
	if err != nil {
		return err
	}
	return c.print(term, r)
}

func (c *auditCheckCommand) print(term terminal, r audit.Report) error {
	out := auditReport{r.Sound(), r.First, r.Last, r.Checked, r.Waiting, "", []string{}}
	if r.Head.Seq > 0 {
		out.Witness = r.Head.String()
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, f.Words())
	}
	if c.JSON {
		if err := printJSON(term.Out, out); err != nil {
			return err
		}
		return auditVerdict(r)
	}
	switch {
	case r.Checked == 0:
		fmt.Fprintln(term.Out, "There is nothing in the audit log yet.")
	case r.Sound():
		fmt.Fprintf(term.Out, "The audit log is sound: %d events, number %d to %d, are what was recorded, in the order in which it was.\n", r.Checked, r.First, r.Last)
		fmt.Fprintf(term.Out, "Keep this outside of the database; a later check --witness finds out whether it was put back:\n%s\n", out.Witness)
	}
	for _, line := range out.Findings {
		fmt.Fprintln(term.Out, plain(line))
	}
	return auditVerdict(r)
}

func auditVerdict(r audit.Report) error {
	if r.Sound() {
		return nil
	}
	more := ""
	if r.More {
		more = " and more"
	}
	return fmt.Errorf("the audit log was tampered with: %d findings%s. Keep the database as it is, and compare it with a backup", len(r.Findings), more)
}

// auditFilterFlags select events.
type auditFilterFlags struct {
	Person  string        `name:"person" placeholder:"ID" help:"Only those about this person."`
	Client  string        `name:"client" placeholder:"ID" help:"Only those for this client_id."`
	Actor   string        `name:"actor" placeholder:"WHO" help:"Only what was done by this: a person's id, client:ID, or the name of a command."`
	Action  string        `name:"action" placeholder:"ACTION" help:"Only this action, such as identifier.read."`
	Request string        `name:"request" placeholder:"NUMBER" help:"Only those of this request, such as 7F3K-Q2."`
	Since   time.Duration `name:"since" placeholder:"DURATION" help:"Only those of the last so long, such as 24h."`
}

func (f auditFilterFlags) filter(now time.Time) (idp.AuditFilter, error) {
	out := idp.AuditFilter{PersonID: f.Person, ClientID: f.Client, Actor: f.Actor, Action: f.Action, RequestID: f.Request}
	if f.Since < 0 {
		return out, usage("--since: %s is in the future", f.Since)
	}
	if f.Since > 0 {
		out.Since = now.Add(-f.Since)
	}
	return out, nil
}

type auditListCommand struct {
	auditFilterFlags
	Limit int `name:"limit" default:"50" placeholder:"NUMBER" help:"At most so many (${default})."`
	outputFlag
	settings
}

// Run prints events.
func (c *auditListCommand) Run(ctx context.Context, term terminal) error {
	filter, err := c.filter(time.Now())
	if err != nil {
		return err
	}
	if filter.Limit = c.Limit; c.Limit < 1 || c.Limit > maxAttempts {
		return usage("--limit: %d is not between 1 and %d; udap-idp audit export writes any number", c.Limit, maxAttempts)
	}
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	events, err := store.AuditEvents(ctx, filter)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, auditLines(events))
	}
	t := newTable(term.Out, "WHEN", "ACTION", "BY", "PERSON", "CLIENT", "REQUEST", "DETAIL")
	for _, e := range events {
		t.row(e.At.UTC().Format("2006-01-02 15:04:05"), e.Action, e.Actor, orDash(e.PersonID), orDash(e.ClientID), orDash(e.RequestID), shorten(e.Detail))
	}
	return t.flush()
}

// shorten fits a detail into a line; the JSON and the export have it whole.
func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return orDash(text)
}

// auditLine is an event as the command prints it.
type auditLine struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Person  string    `json:"person_id"`
	Client  string    `json:"client_id"`
	Request string    `json:"request_id"`
	IP      string    `json:"ip"`
	Detail  string    `json:"detail"`
}

func auditLines(events []idp.AuditEvent) []auditLine {
	lines := make([]auditLine, len(events))
	for i, e := range events {
		lines[i] = auditLine{e.ID, e.At.UTC(), e.Actor, e.Action, e.PersonID, e.ClientID, e.RequestID, e.IP, e.Detail}
	}
	return lines
}

type auditExportCommand struct {
	auditFilterFlags
	Format string `name:"format" enum:"csv,jsonl" default:"jsonl" help:"csv or jsonl (${default})."`
	By     string `name:"by" placeholder:"NAME" help:"Who exports, for the audit log."`
	Output string `name:"output" short:"o" placeholder:"FILE" help:"Write to this file instead of the terminal. It is made for its owner only, and must not be there yet."`
	settings
}

// Run writes events.
func (c *auditExportCommand) Run(ctx context.Context, term terminal) error {
	now := time.Now()
	filter, err := c.filter(now)
	if err != nil {
		return err
	}
	format, err := audit.ParseFormat(c.Format)
	if err != nil {
		return asUsage(err)
	}
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	out := term.Out
	if c.Output != "" {
		file, err := os.OpenFile(c.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("the file could not be made (--output): %w", err)
		}
		defer file.Close()
		out = file
	}
	actor := "audit export"
	if c.By != "" {
		actor += " " + tidy(c.By)
	}
	// Recorded first: what leaves the house is known to have left, whatever comes after.
	err = store.Audit(ctx, idp.AuditEvent{ID: idp.NewID(), At: now.UTC(), Actor: actor, Action: "audit.export", PersonID: c.Person, ClientID: c.Client, Detail: string(format)})
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(out)
	n, err := audit.Export(ctx, store, filter, format, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(term.Err, "%d events were written.\n", n)
	return nil
}
