package pages

import (
	"net/http"
	"slices"
	"time"
)

// ImportCounts are rows by what became of them.
type ImportCounts struct{ Last, Rows, Added, Noted, Duplicates, Wrong, Skipped int64 }

// ImportJob is a file that was handed over.
type ImportJob struct {
	ID, FileName                           string
	Size                                   int64 // bytes
	State                                  string
	By                                     string // name of who handed it over or, later, started it
	CreatedAt, StartedAt, EndedAt, LinksAt time.Time
	Duplicates                             string // of ImportPolicies
	USDates, Invite                        bool
	Ignored                                []string // heads of columns
	DryRun                                 bool     // Counts are what would happen
	Counts                                 ImportCounts
	Before                                 int64 // up to this row the same file was imported before
	Percent                                int
	Trouble                                bool
	Failure                                string // of a file that cannot be read, for an operator
}

// ImportPolicies are what may become of rows that look like somebody; each is a text behind "admin.import.policy.".
var ImportPolicies = []string{"skip", "skip-same", "add"}

// ImportForm is a file to hand over, as it was typed.
type ImportForm struct {
	Duplicates, Dates, Ignore string
	Invite                    bool
	Problem                   string // what is wrong with the file, for an operator
	Errors                    FieldErrors
}

// AdminImports is the form, and the files of before.
type AdminImports struct {
	Desk
	Form      ImportForm
	MaxBytes  int64
	Current   string // id of the one that is not over, "" when another may be handed over
	Rows      []ImportJob
	MayExport bool
	MayImport bool
}

// ImportLine is a row of a report.
type ImportLine struct {
	Row            int64
	Outcome        string // added, duplicate, wrong, skipped
	PersonID       string // of who was added
	Reasons        string // for an operator
	OtherID, Other string // who she looks like: a person, a row of the file
	Likeness       string
}

// linesShown are the choices of the rows of a report; the first is those that need somebody.
var linesShown = []string{"", "wrong", "duplicate", "noted", "skipped"}

// LinesShown is a choice of the rows; what is none of them is the first.
func LinesShown(typed string) string {
	if slices.Contains(linesShown, typed) {
		return typed
	}
	return ""
}

// AdminImport is one file.
type AdminImport struct {
	Desk
	ImportJob
	Watch                                       bool // the page asks for itself again
	Show                                        string
	Lines                                       []ImportLine
	NoReport                                    bool
	FirstURL, NextURL                           string // "" where there is none
	MayStart, MayStop, MayDiscard, MayTakeLinks bool
}

// ExportFormats are how everybody may be written; each is a text behind "admin.export.format.".
var ExportFormats = []string{"csv", "json", "bundle"}

// AdminExport is the form of an export.
type AdminExport struct {
	Desk
	Format      string
	Identifiers bool
	Reason      string
	Errors      FieldErrors
}

type (
	importView struct {
		ImportJob
		StateOf badge
		Added   string
	}
	// choiceOption is one of several to choose.
	choiceOption struct {
		Value, Key string
		Chosen     bool
	}
	importsView struct {
		AdminImports
		Limit    string
		Policies []choiceOption
		Rows     []importView
	}
	importLineView struct {
		ImportLine
		OutcomeOf badge
	}
	importCount struct {
		Key   string
		Count int
		Show  string // of LinesShown, "" for those that are not listed
	}
	oneImportView struct {
		AdminImport
		StateOf badge
		Works   bool
		Size    string
		Rows    string // that were looked at
		Summary []importCount
		Options []choiceOption
		Lines   []importLineView
	}
	peopleExportView struct {
		AdminExport
		Formats []choiceOption
	}
)

// importStates are how far an import is, with the tone of each.
var importStates = map[string]string{
	"checking": "plain", "checked": "careful", "running": "plain", "stopped": "careful", "done": "good", "failed": "bad", "discarded": "plain",
}

func importBadge(state string) badge {
	if tone, ok := importStates[state]; ok {
		return badge{Key: "admin.import.state." + state, Tone: tone}
	}
	return badge{Key: "admin.import.state.discarded", Tone: "plain"}
}

// addedBy is how many people a file has brought in so far.
func addedBy(j ImportJob) int {
	if j.DryRun {
		return 0
	}
	return int(j.Counts.Added)
}

// rowOutcomes are what became of a row, with the tone of each.
var rowOutcomes = map[string]string{"added": "good", "duplicate": "careful", "wrong": "bad", "skipped": "plain"}

func rowBadge(l ImportLine, dryRun bool) badge {
	key := l.Outcome
	tone, ok := rowOutcomes[key]
	switch {
	case !ok:
		return badge{Key: "admin.import.outcome.skipped", Tone: "plain"}
	case key == "added" && dryRun:
		key = "to-add"
	}
	return badge{Key: "admin.import.outcome." + key, Tone: tone}
}

// bytesText is a size in words that people use.
func (l *language) bytesText(n int64) (string, error) {
	for _, unit := range []struct {
		key string
		of  int64
	}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}} {
		if n >= unit.of {
			return l.text("admin.import.size."+unit.key, "number", l.number(int(n/unit.of)))
		}
	}
	return l.text("admin.import.size.kb", "number", "1")
}

// AdminImports renders the form, and the files of before.
func (p *Pages) AdminImports(w http.ResponseWriter, r *http.Request, a AdminImports) error {
	l := p.catalog.choose(r, nil)
	v := importsView{AdminImports: a}
	var err error
	if v.Limit, err = l.bytesText(a.MaxBytes); err != nil {
		return err
	}
	for _, policy := range ImportPolicies {
		v.Policies = append(v.Policies, choiceOption{policy, "admin.import.policy." + policy, policy == a.Form.Duplicates})
	}
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, importView{row, importBadge(row.State), l.number(addedBy(row))})
	}
	return p.render(w, r, page{name: "admin-imports", status: formStatus(a.Form.Errors), lang: l, data: v})
}

// AdminImport renders one file.
func (p *Pages) AdminImport(w http.ResponseWriter, r *http.Request, a AdminImport) error {
	l := p.catalog.choose(r, nil)
	v := oneImportView{AdminImport: a, StateOf: importBadge(a.State), Works: a.State == "checking" || a.State == "running"}
	var err error
	if v.Size, err = l.bytesText(a.ImportJob.Size); err != nil {
		return err
	}
	v.Rows = l.number(int(a.Counts.Rows))
	added := "added"
	if a.DryRun {
		added = "to-add"
	}
	for _, c := range []importCount{
		{added, int(a.Counts.Added), ""}, {"noted", int(a.Counts.Noted), "noted"}, {"duplicate", int(a.Counts.Duplicates), "duplicate"},
		{"wrong", int(a.Counts.Wrong), "wrong"}, {"skipped", int(a.Counts.Skipped), "skipped"},
	} {
		c.Key = "admin.import.count." + c.Key
		v.Summary = append(v.Summary, c)
	}
	for _, show := range linesShown {
		key := "admin.import.show." + show
		if show == "" {
			key = "admin.import.show.all"
		}
		v.Options = append(v.Options, choiceOption{show, key, show == a.Show})
	}
	for _, line := range a.Lines {
		v.Lines = append(v.Lines, importLineView{line, rowBadge(line, a.DryRun)})
	}
	if a.Watch {
		// Not by an element of the page, which could not be stopped: the page has a link to itself without.
		w.Header().Set("Refresh", "5")
	}
	return p.render(w, r, page{name: "admin-import", status: http.StatusOK, lang: l, data: v})
}

// AdminExport renders the form of an export.
func (p *Pages) AdminExport(w http.ResponseWriter, r *http.Request, a AdminExport) error {
	v := peopleExportView{AdminExport: a}
	for _, format := range ExportFormats {
		v.Formats = append(v.Formats, choiceOption{format, "admin.export.format." + format, format == a.Format})
	}
	return p.render(w, r, page{name: "admin-export", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: v})
}
