package audit

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// markPurpose is what marks are digested for.
const markPurpose = "audit-mark"

// batch is how many events one transaction seals or deletes: few enough that a sign-in on SQLite, which waits its turn, does
// not notice.
const batch = 256

// Config is what a Log is made of. Store and Digest are required.
type Config struct {
	Store idp.AuditLog
	// Digest is a keyed digest under the master key (package vault).
	Digest func(data []byte, purpose string) ([]byte, error)
	Keep   time.Duration    // how long events are kept; 0: for ever
	Log    *slog.Logger     // nil: the default one
	Now    func() time.Time // nil: the system's clock
}

// Log is the chain of the audit log. It is safe for use by many goroutines.
type Log struct{ Config }

// New makes it.
func New(c Config) *Log {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Log{c}
}

func (l *Log) mac(m idp.AuditMark) ([]byte, error) { return l.Digest(m.Text(), markPurpose) }

// Seal puts everything that waits into the chain, and returns how many events that were.
func (l *Log) Seal(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := l.Store.SealAudit(ctx, batch, l.mac, l.Now().UTC())
		total += n
		if err != nil {
			return total, fmt.Errorf("seal the audit log: %w", err)
		}
		if n < batch {
			return total, nil
		}
	}
}

const (
	sealInterval    = time.Second
	witnessInterval = time.Hour
)

// Run seals every second until ctx ends, and once more then. Every hour it writes the head to the program's own log, which an
// operator keeps elsewhere: a witness for Check.
func (l *Log) Run(ctx context.Context) {
	seals, witnesses := time.NewTicker(sealInterval), time.NewTicker(witnessInterval)
	defer seals.Stop()
	defer witnesses.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			l.seal(last)
			l.witness(last)
			return
		case <-seals.C:
			l.seal(ctx)
		case <-witnesses.C:
			l.witness(ctx)
		}
	}
}

func (l *Log) seal(ctx context.Context) {
	if _, err := l.Seal(ctx); err != nil && !errors.Is(err, context.Canceled) {
		l.Log.ErrorContext(ctx, "the audit log was not sealed; it is tried again", "error", err)
	}
}

func (l *Log) witness(ctx context.Context) {
	head, err := l.Store.AuditHead(ctx)
	if err != nil || head.Seq == 0 {
		return
	}
	l.Log.InfoContext(ctx, "the audit log is sealed", "witness", WitnessOf(head).String())
}

// Trim deletes what is older than Keep, and records that it did. It has the form of server.Purger.
func (l *Log) Trim(ctx context.Context, now time.Time) (int64, error) {
	if l.Keep <= 0 {
		return 0, nil
	}
	before, total := now.Add(-l.Keep), int64(0)
	for {
		n, err := l.Store.TrimAudit(ctx, before, batch, l.mac, now.UTC())
		total += n
		if err != nil {
			return total, fmt.Errorf("trim the audit log: %w", err)
		}
		if n < batch {
			break
		}
	}
	if total == 0 {
		return 0, nil
	}
	return total, l.Store.Audit(ctx, idp.AuditEvent{
		ID: idp.NewID(), At: now.UTC(), Actor: "retention", Action: "audit.trim",
		Detail: fmt.Sprintf(`{"deleted":%d,"older_than":%q}`, total, before.UTC().Format(time.RFC3339)),
	})
}

// Witness is a place of the chain and its hash, written down outside of the database.
type Witness struct {
	Seq  int64
	Hash string // hexadecimal
}

// WitnessOf is the witness of a mark.
func WitnessOf(m idp.AuditMark) Witness { return Witness{m.Seq, hex.EncodeToString(m.Hash)} }

// String is what ParseWitness reads.
func (w Witness) String() string { return strconv.FormatInt(w.Seq, 10) + ":" + w.Hash }

// ParseWitness reads what String wrote.
func ParseWitness(text string) (Witness, error) {
	var w Witness
	place, hash, found := strings.Cut(strings.TrimSpace(text), ":")
	seq, err := strconv.ParseInt(place, 10, 64)
	raw, hexErr := hex.DecodeString(hash)
	if !found || err != nil || seq < 1 || hexErr != nil || len(raw) != 32 {
		return w, fmt.Errorf("%q is no witness; it is a number, a colon and 64 hexadecimal digits, as the check and the server's log print it", text)
	}
	return Witness{seq, hash}, nil
}
