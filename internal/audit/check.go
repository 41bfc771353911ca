package audit

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// Kind is what is wrong with the log.
type Kind string

const (
	Altered    Kind = "altered"    // an event, or its place, is not what was sealed
	Missing    Kind = "missing"    // an event was taken out
	Gap        Kind = "gap"        // places were taken out
	Stray      Kind = "stray"      // an event was put in past the program
	Cut        Kind = "cut"        // the chain ends before its head
	Forged     Kind = "forged"     // the head or the checkpoint was not set by this program
	Contradict Kind = "contradict" // the chain is not the one that the witness saw
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind    Kind
	Seq     int64  // the place, 0 when it has none
	EventID string // "" when it is not about one event
}

// Words say what was found, in English, for an operator.
func (f Finding) Words() string {
	switch f.Kind {
	case Altered:
		return fmt.Sprintf("event %d (%s) is not what was recorded: it, or its place, was changed", f.Seq, f.EventID)
	case Missing:
		return fmt.Sprintf("event %d (%s) was taken out of the log", f.Seq, f.EventID)
	case Gap:
		return fmt.Sprintf("places before event %d were taken out of the chain", f.Seq)
	case Stray:
		return fmt.Sprintf("event %s was put into the log by something else than this program", f.EventID)
	case Cut:
		return fmt.Sprintf("the chain does not end where it was sealed last, at event %d: its end was cut off or changed", f.Seq)
	case Forged:
		return fmt.Sprintf("a mark of the chain, at event %d, was not set by this program with this master key", f.Seq)
	}
	return fmt.Sprintf("event %d is not the one that the witness saw, or is not there any more", f.Seq)
}

// Report is what Check found.
type Report struct {
	At       time.Time
	First    int64 // the first place there is; those before were deleted by retention
	Last     int64
	Checked  int64
	Waiting  int64 // events not sealed yet
	Head     Witness
	Findings []Finding // the first hundred
	More     bool      // there are more
}

// Sound reports that nothing is wrong.
func (r Report) Sound() bool { return len(r.Findings) == 0 }

const maxFindings = 100

func (r *Report) found(f Finding) {
	if len(r.Findings) == maxFindings {
		r.More = true
		return
	}
	r.Findings = append(r.Findings, f)
}

// checkPage is how many places are read at once.
const checkPage = 1000

// Check proves the whole chain, after it has sealed what waits. witness may be zero. progress, which may be nil, is told how far
// it is. Events that come while it runs do no harm.
func (l *Log) Check(ctx context.Context, witness Witness, progress func(done, of int64)) (Report, error) {
	if _, err := l.Seal(ctx); err != nil {
		return Report{}, err
	}
	for {
		before, err := l.Store.AuditState(ctx)
		if err != nil {
			return Report{}, fmt.Errorf("check the audit log: %w", err)
		}
		r, err := l.check(ctx, before, witness, progress)
		if err != nil || r.Sound() {
			return r, err
		}
		after, err := l.Store.AuditState(ctx)
		if err != nil {
			return r, fmt.Errorf("check the audit log: %w", err)
		}
		if after.Checkpoint.Seq == before.Checkpoint.Seq {
			return r, nil
		}
		// Retention has deleted places while they were read, which looks as if somebody had taken them out.
	}
}

func (l *Log) check(ctx context.Context, state idp.AuditState, witness Witness, progress func(done, of int64)) (Report, error) {
	r := Report{At: l.Now().UTC()}
	if err := l.checkMarks(state, &r); err != nil {
		return r, err
	}
	c := chainCheck{report: &r, witness: witness, begin: state.Checkpoint.Seq, seq: state.Checkpoint.Seq, hash: state.Checkpoint.Hash, end: state.Head}
	c.see(c.seq, c.hash)
	for {
		page, err := l.Store.AuditChain(ctx, c.seq, checkPage)
		if err != nil {
			return r, fmt.Errorf("check the audit log: %w", err)
		}
		for _, e := range page {
			c.place(e)
		}
		if progress != nil {
			progress(r.Checked, state.Head.Seq-state.Checkpoint.Seq)
		}
		if len(page) < checkPage {
			break
		}
	}
	c.finish()
	for _, id := range state.Strays {
		r.found(Finding{Kind: Stray, EventID: id})
	}
	r.First, r.Last, r.Waiting, r.Head = state.Checkpoint.Seq+1, c.seq, state.Waiting, WitnessOf(state.Head)
	return r, nil
}

func (l *Log) checkMarks(state idp.AuditState, r *Report) error {
	for _, m := range []idp.AuditMark{state.Head, state.Checkpoint} {
		if m.Seq == 0 && len(m.MAC) == 0 {
			continue // nothing was sealed, or deleted, yet
		}
		mac, err := l.mac(m)
		if err != nil {
			return fmt.Errorf("check the audit log: %w", err)
		}
		if subtle.ConstantTimeCompare(mac, m.MAC) != 1 {
			r.found(Finding{Kind: Forged, Seq: m.Seq})
		}
	}
	return nil
}

// chainCheck walks along the chain.
type chainCheck struct {
	report  *Report
	witness Witness
	begin   int64 // the checkpoint's place: what was before cannot be seen any more
	end     idp.AuditMark
	seq     int64
	hash    []byte // of the place before, as it is stored: one wrong event is one finding
	atEnd   []byte // the hash at the head's place
	seen    bool   // the witness's place was there and is as it saw it
}

func (c *chainCheck) place(e idp.SealedEvent) {
	c.report.Checked++
	if e.Seq != c.seq+1 {
		c.report.found(Finding{Kind: Gap, Seq: e.Seq})
	}
	switch {
	case e.Missing:
		c.report.found(Finding{Kind: Missing, Seq: e.Seq, EventID: e.EventID})
	case !bytes.Equal(idp.ChainHash(c.hash, e.Seq, e.Event), e.Hash):
		c.report.found(Finding{Kind: Altered, Seq: e.Seq, EventID: e.EventID})
	}
	c.seq, c.hash = e.Seq, e.Hash
	c.see(e.Seq, e.Hash)
}

func (c *chainCheck) see(seq int64, hash []byte) {
	if seq == c.end.Seq {
		c.atEnd = hash
	}
	if seq == c.witness.Seq && hex.EncodeToString(hash) == c.witness.Hash {
		c.seen = true
	}
}

func (c *chainCheck) finish() {
	if !bytes.Equal(c.atEnd, c.end.Hash) {
		c.report.found(Finding{Kind: Cut, Seq: c.end.Seq})
	}
	if c.witness.Seq != 0 && !c.seen && c.witness.Seq >= c.begin {
		c.report.found(Finding{Kind: Contradict, Seq: c.witness.Seq})
	}
}
