package idp

import (
	"context"
	"time"
)

// OperatorSetting is a setting that an administrator made in the browser. It counts where neither a flag nor a variable nor the
// configuration file says anything.
type OperatorSetting struct {
	Name      string // as config has it; LogoSetting
	Value     string
	ChangedBy string // a person's id
	ChangedAt time.Time
}

// LogoSetting is the name under which the picture of the operator is kept: its PNG, in base64.
const LogoSetting = "logo"

// Draft is what somebody works on and nobody else sees yet.
type Draft struct {
	Name      string
	Value     string // JSON
	ChangedBy string
	ChangedAt time.Time
}

// PolicyDraft is the name of the draft of a document's next version. PublishPolicy drops it.
func PolicyDraft(kind string) string { return "policy." + kind }

// OperatorChange is a change of settings and drafts, whole.
type OperatorChange struct {
	Revision   int64 // OperatorRevision of what was looked at
	Set        []OperatorSetting
	Clear      []string // names of settings that go back to what they are without
	Save       []Draft
	Drop       []string // names of drafts
	DraftsOnly bool     // no setting changes: the revision neither counts nor grows
}

// OperatorSettings keeps what administrators set in the browser.
type OperatorSettings interface {
	// ChangeOperator carries a change out. ErrStale: the settings changed since Revision.
	ChangeOperator(ctx context.Context, c OperatorChange, trail Trail) error
	// OperatorSettings returns all of them with their revision, by name.
	OperatorSettings(ctx context.Context) ([]OperatorSetting, int64, error)
	// OperatorRevision grows with every change of the settings, in the same transaction.
	OperatorRevision(ctx context.Context) (int64, error)
	// Draft returns ErrNotFound when there is none.
	Draft(ctx context.Context, name string) (Draft, error)
}

// Housekept is how a rule of what is kept how long was carried out.
type Housekept struct {
	Rule      string
	RanAt     time.Time
	Removed   int64     // rows, of the last run that deleted any
	RemovedAt time.Time // of that run, zero when none did
	Total     int64     // rows, since this is recorded
}

// Housekeeping keeps when what nobody needs any more was deleted.
type Housekeeping interface {
	// Housekept adds a run to each rule: Removed rows at RanAt. The trail is of a run that somebody asked for.
	Housekept(ctx context.Context, runs []Housekept, trail Trail) error
	// PurgeByRule is Purge, with how many rows each rule took: sessions, sign-ins, tokens, messages, recoveries, sign-ups, browsers,
	// counts.
	PurgeByRule(ctx context.Context, now time.Time) (map[string]int64, error)
	// HousekeepingRuns returns every rule that was ever carried out, by name.
	HousekeepingRuns(ctx context.Context) ([]Housekept, error)
}
