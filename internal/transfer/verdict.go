package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// Policy is what becomes of a row that looks like somebody who is here already, or stands in the file before.
type Policy string

const (
	// SkipLikely leaves out who is the same or probably the same. Who is possibly the same, a twin, a father and his son, is added
	// with a note.
	SkipLikely Policy = "skip"
	// SkipSame leaves out only who agrees in name, birthdate and a contact; who is probably the same is added with a note.
	SkipSame Policy = "skip-same"
	// AddAll adds everybody, with a note.
	AddAll Policy = "add"
)

// Policies are all of them.
var Policies = []Policy{SkipLikely, SkipSame, AddAll}

func (p Policy) skips(v matching.Verdict) bool {
	switch p {
	case AddAll:
		return false
	case SkipSame:
		return v == matching.Same
	}
	return v.Rank() >= matching.Likely.Rank()
}

// Outcome is what became of a row.
type Outcome string

const (
	Added     Outcome = "added"
	Duplicate Outcome = "duplicate" // not added: she is here already, or in a row before
	Wrong     Outcome = "wrong"     // not added: something has to be mended in the file
	Skipped   Outcome = "skipped"   // not a person
)

// Line is what the report says of a row.
type Line struct {
	Row      int64
	Outcome  Outcome
	PersonID string // of who was added
	Reasons  []string
	Other    string // who she looks like: a person's id, or a row of this file
	Likeness string // same 97
	Note     bool   // added, and worth a second look
}

// likeness is somebody a row looks like.
type likeness struct {
	other  string
	score  matching.Score
	closed bool
	named  bool // the row has her Digital Identifier
}

func (l likeness) words() string {
	switch {
	case l.named:
		return "has the Digital Identifier of somebody who is here"
	case l.closed:
		return l.score.Verdict.Words() + ", whose account is closed: merge the closed record into this one"
	}
	return l.score.Verdict.Words() + ": " + l.score.Words()
}

// decide says what becomes of a newcomer who looks like others, the likeliest first. A closed account keeps nobody out: she has come
// back, and her old record is merged into the new one.
func (p Policy) decide(line *Line, like []likeness) {
	line.Outcome = Added
	for n, l := range like {
		if l.named || !l.closed && p.skips(l.score.Verdict) {
			line.Outcome, line.Reasons = Duplicate, append(line.Reasons, l.words())
			line.about(l)
			return
		}
		if n == 0 {
			line.about(l)
		}
	}
	if len(like) > 0 {
		line.Note = true
		line.Reasons = append(line.Reasons, like[0].words())
	}
}

func (line *Line) about(l likeness) {
	line.Other = l.other
	if !l.named {
		line.Likeness = fmt.Sprintf("%s %d", l.score.Verdict, l.score.Value)
	}
}

// likenesses are those whom a newcomer looks like: on record, and in the batch that is not stored yet.
func (r *run) likenesses(ctx context.Context, row prepared) ([]likeness, error) {
	for _, value := range row.Identifiers {
		p, err := r.People.PersonOf(ctx, value, idp.Reading{Actor: r.By.Actor, Purpose: "import"})
		if err == nil {
			return []likeness{{other: p.ID, named: true}}, nil
		}
		if !errors.Is(err, idp.ErrNotFound) {
			return nil, err
		}
	}
	var all []likeness
	for _, people := range r.registers() {
		candidates, err := people.Lookalikes(ctx, row.newcomer)
		if err != nil {
			return nil, err
		}
		for _, c := range candidates {
			all = append(all, likeness{other: r.nameOf(c.Person), score: c.Score, closed: c.Person.State == idp.PersonClosed})
		}
	}
	all = append(all, r.batch.lookalikes(row.newcomer)...)
	sortLikenesses(all)
	return all, nil
}

// nameOf is a person as the report names her: by her row, when she came with this file.
func (r *run) nameOf(p idp.Person) string {
	if len(p.Attributes) > 0 {
		if row, found := strings.CutPrefix(p.Attributes[0].RecordedBy, r.origin()); found && r.DryRun {
			return "row " + row
		} else if found {
			return p.ID + " (row " + row + ")"
		}
	}
	return p.ID
}

// registers are where those who are here are looked for: in a dry run, also in the store that will be thrown away.
func (r *run) registers() []People {
	if r.Into == nil {
		return []People{r.People}
	}
	return []People{r.People, r.Into}
}

// People is package identity.
type People interface {
	Newcomer(attributes []idp.Attribute, by idp.Reading) (identity.Newcomer, error)
	Lookalikes(ctx context.Context, n identity.Newcomer) ([]identity.Candidate, error)
	Admit(ctx context.Context, a identity.Arrival, by idp.Reading, keep func(links []idp.Token) error) error
	PersonOf(ctx context.Context, identifier string, why idp.Reading) (idp.Person, error)
}
