package idp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"
)

// AuditEvent is one line of the audit log, which is only ever added to.
type AuditEvent struct {
	ID        string // NewID
	At        time.Time
	Actor     string // a person's id, client:ID, or the name of a command
	Action    string // identifier.read, person.change, proofing.complete … (package audit has the words)
	PersonID  string // whom it is about, "" when nobody
	ClientID  string // whom it was for, "" when nobody
	RequestID string
	IP        string
	Detail    string // JSON or words; never a Digital Identifier, a number of evidence, or a secret
}

// Reading is why a sensitive value is read, for the audit log.
type Reading struct {
	Actor     string // as in AuditEvent
	Purpose   string // release, account, duplicate …
	ClientID  string // whom it is for, "" when nobody
	RequestID string
	IP        string
}

// AuditFilter selects events; what is zero selects nothing out.
type AuditFilter struct {
	PersonID  string
	ClientID  string
	Actor     string
	Action    string
	RequestID string
	Since     time.Time
	Until     time.Time // only those before it
	Before    string    // only those with a smaller id: the last one of the page before
	// Oldest asks for the oldest first; then After counts in place of Before.
	Oldest bool
	After  string // only those with a greater id
	Limit  int    // 0 is 100
}

// SealedEvent is an event in its place in the chain.
type SealedEvent struct {
	Seq  int64  // 1 for the first that ever was, and one more for each
	Hash []byte // ChainHash of the event, on the hash before
	// EventID is the event's, also when it is Missing: somebody took it out of the log.
	EventID string
	Event   AuditEvent
	Missing bool
}

// AuditMark is a place in the chain: its head, or the checkpoint that stands for what retention has deleted.
type AuditMark struct {
	Name string // AuditHead or AuditCheckpoint
	Seq  int64  // 0 before the first
	Hash []byte
	MAC  []byte // keyed digest of the mark, so that whoever has the database alone cannot set another
	At   time.Time
}

// The marks of the chain.
const (
	AuditHead       = "head"
	AuditCheckpoint = "checkpoint"
)

// Text is the mark as it is authenticated, and as an operator writes it down.
func (m AuditMark) Text() []byte {
	text := append([]byte("udap-idp audit mark 1\n"+m.Name+"\n"), binary.BigEndian.AppendUint64(nil, uint64(m.Seq))...)
	return append(text, m.Hash...)
}

// AuditDay is how often something happened on a day.
type AuditDay struct {
	Day    string // YYYY-MM-DD, UTC
	Action string
	Count  int64
}

// AuditState is how the log stands beside the chain.
type AuditState struct {
	Head, Checkpoint AuditMark
	Waiting          int64    // events that were committed and are not sealed yet
	Strays           []string // ids of events that are neither: somebody wrote them past the log. At most a hundred
}

// ChainHash is the hash of an event at a place in the chain: SHA-256 over the hash before, the place and the event, every
// field with its length in front, so that no two events have one encoding.
func ChainHash(before []byte, seq int64, e AuditEvent) []byte {
	h := sha256.New()
	hashField(h, []byte("udap-idp audit 1"))
	hashField(h, before)
	var numbers [16]byte
	binary.BigEndian.PutUint64(numbers[:8], uint64(seq))
	binary.BigEndian.PutUint64(numbers[8:], uint64(e.At.UnixMicro()))
	h.Write(numbers[:])
	for _, field := range []string{e.ID, e.Actor, e.Action, e.PersonID, e.ClientID, e.RequestID, e.IP, e.Detail} {
		hashField(h, []byte(field))
	}
	return h.Sum(nil)
}

func hashField(h hash.Hash, field []byte) {
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(field))))
	h.Write(field)
}

// AuditLog is only ever added to. Events are written with what they tell of, in one transaction, and never wait for each
// other; SealAudit then puts those that were committed into the chain, in an order of its own.
type AuditLog interface {
	Audit(ctx context.Context, events ...AuditEvent) error
	// AuditEvent returns ErrNotFound when there is none.
	AuditEvent(ctx context.Context, id string) (AuditEvent, error)
	// AuditEvents returns the newest first, unless the filter says otherwise.
	AuditEvents(ctx context.Context, filter AuditFilter) ([]AuditEvent, error)

	// SealAudit puts up to limit events behind the head of the chain, counts them by day, and moves the head. Several servers
	// may do it at once. It returns how many.
	SealAudit(ctx context.Context, limit int, mac func(AuditMark) ([]byte, error), now time.Time) (int, error)
	// AuditChain returns up to limit places behind a place, in order.
	AuditChain(ctx context.Context, after int64, limit int) ([]SealedEvent, error)
	// AuditState returns the marks, and what is not in the chain.
	AuditState(ctx context.Context) (AuditState, error)
	// AuditHead is the last place of the chain.
	AuditHead(ctx context.Context) (AuditMark, error)
	// TrimAudit deletes up to limit events at the beginning of the chain that are older than before, together with their
	// places, and moves the checkpoint. ErrMismatch: what is to be deleted is not what was sealed; then nothing is, because
	// it is evidence.
	TrimAudit(ctx context.Context, before time.Time, limit int, mac func(AuditMark) ([]byte, error), now time.Time) (int64, error)
	// AuditDays returns how often things happened, by day, since a day (YYYY-MM-DD). It counts what is sealed, also what
	// retention has deleted since.
	AuditDays(ctx context.Context, since string) ([]AuditDay, error)
}
