package idp

import (
	"context"
	"time"
)

// ImportState is how far a file that an administrator brings in has come.
type ImportState string

const (
	ImportChecking  ImportState = "checking"  // every row is looked at, and nothing is changed
	ImportChecked   ImportState = "checked"   // waits for somebody who has read what was found
	ImportRunning   ImportState = "running"   // people are added
	ImportStopped   ImportState = "stopped"   // by somebody; it can go on
	ImportDone      ImportState = "done"      //
	ImportFailed    ImportState = "failed"    // the file cannot be read
	ImportDiscarded ImportState = "discarded" // by somebody, or because nobody came back to it
)

// Works reports whether a server has something to do for it.
func (s ImportState) Works() bool { return s == ImportChecking || s == ImportRunning }

// Over reports whether nothing of it changes any more.
func (s ImportState) Over() bool {
	return s == ImportDone || s == ImportFailed || s == ImportDiscarded
}

// ImportOptions is how a file is read, and what becomes of its rows.
type ImportOptions struct {
	Duplicates string   `json:"duplicates"` // a policy of package transfer
	USDates    bool     `json:"us_dates,omitempty"`
	Ignore     []string `json:"ignore,omitempty"` // heads of columns
	Invite     bool     `json:"invite,omitempty"` // make links to first passkeys
}

// ImportCounts are rows by what became of them.
type ImportCounts struct {
	Last       int64 `json:"last"` // the last row that was done
	Rows       int64 `json:"rows"`
	Added      int64 `json:"added"`
	Noted      int64 `json:"noted"` // of these, those who look like somebody
	Duplicates int64 `json:"duplicates"`
	Wrong      int64 `json:"wrong"`
	Skipped    int64 `json:"skipped"`
}

// ImportProgress is what has been done.
type ImportProgress struct {
	Checked ImportCounts `json:"checked"` // of the dry run
	Done    ImportCounts `json:"done"`
	Before  int64        `json:"before"`            // up to this row the same file was imported at another time
	Read    int64        `json:"read"`              // bytes of the file, by what runs
	Trouble bool         `json:"trouble,omitempty"` // it met a fault of ours, and is tried again
}

// ImportJob is a file that an administrator brings in.
type ImportJob struct {
	ID       string
	FileName string // as it was called where it comes from
	Digest   string
	Size     int64 // bytes
	Options  ImportOptions
	State    ImportState
	Progress ImportProgress
	Failure  string  // why the file cannot be read, in words
	By       Reading // who brought it in, or, later, who started it

	CreatedAt, CheckedAt, StartedAt, EndedAt time.Time
	LinksAt                                  time.Time // when the links were taken; zero while they were not

	// ClaimedBy is the server that works on it, until ClaimedUntil: then another may.
	ClaimedBy    string
	ClaimedUntil time.Time
}

// ImportsKept is how long what an import has left behind is kept.
const ImportsKept = 30 * 24 * time.Hour

// ImportJobs keeps the files that administrators bring in. One at a time is not over.
type ImportJobs interface {
	// AddImportJob returns ErrExists while another is not over.
	AddImportJob(ctx context.Context, j ImportJob, trail Trail) error
	ImportJob(ctx context.Context, id string) (ImportJob, error)
	// ImportJobs returns the newest first.
	ImportJobs(ctx context.Context, limit int) ([]ImportJob, error)
	// AdvanceImportJob puts it from one state into another, as somebody asks: j has ID, State and By, which counts when it is to run.
	// ErrStale: it is not in that state.
	AdvanceImportJob(ctx context.Context, from ImportState, j ImportJob, now time.Time, trail Trail) error

	// ClaimImportJob gives it to a server that works on it until then. Of any number of servers, one gets it. ErrStale: there is nothing to
	// do, or another server has it.
	ClaimImportJob(ctx context.Context, id, server string, until, now time.Time) error
	// KeepImportJob stores how far the server has come, and that it works on. ErrStale: the server has it no more, or it was stopped.
	KeepImportJob(ctx context.Context, j ImportJob) error
	// LeaveImportJob lets go of it; another server may take it up from then on.
	LeaveImportJob(ctx context.Context, id, server string, from time.Time) error
	// EndImportJob puts it from one state into the one that the server's work has led to. ErrStale as KeepImportJob.
	EndImportJob(ctx context.Context, from ImportState, j ImportJob, now time.Time, trail Trail) error

	// TakeImportLinks records that the links leave the house, once. ErrUsed: they did before, or there are none.
	TakeImportLinks(ctx context.Context, id string, now time.Time, trail Trail) error
}

// ImportLink is a link to a first passkey, and whose it is.
type ImportLink struct{ PersonID, Link string }

// ImportLine is what a report says of a row.
type ImportLine struct {
	Row      int64
	Outcome  string // added, duplicate, wrong, skipped
	PersonID string // of who was added
	Reasons  string
	Other    string // who she looks like: a person's id, or a row of the file
	Likeness string
}
