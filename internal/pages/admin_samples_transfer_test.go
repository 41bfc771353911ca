package pages

import (
	"net/http"
)

func sampleImport(state string) ImportJob {
	return ImportJob{
		ID: "1", FileName: "patients-of-the-general-hospital-november-2026.csv", Size: 23 << 20, State: state, By: "Maria Cruz", CreatedAt: sampleNow, Duplicates: "skip", Percent: 42,
		Counts: ImportCounts{Last: 123457, Rows: 123456, Added: 120000, Noted: 17, Duplicates: 3000, Wrong: 450, Skipped: 6}, DryRun: state == "checking" || state == "checked",
	}
}

func sampleLines() []ImportLine {
	const id = "01a21c22-89a1-7000-bd4f-4fb92cf65440"
	return []ImportLine{
		{Row: 2, Outcome: "wrong", Reasons: `birthdate: "1976-02-30" is not a date; email: "nobody" is not an e-mail address`},
		{Row: 3, Outcome: "duplicate", Reasons: "the same person, as it seems", OtherID: id, Likeness: "same 100"},
		{Row: 4, Outcome: "added", PersonID: id, Reasons: "possibly the same person", OtherID: id, Other: "(row 17)", Likeness: "possible 60"},
		{Row: 5, Outcome: "skipped", Reasons: "a deletion, not a Patient", Other: "row 2"},
		{Row: 6, Outcome: "?"},
	}
}

func transferSamples() []sample {
	list := []sample{
		{"admin-imports", "admin-imports", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminImports{Desk: sampleDesk(), MaxBytes: 2 << 30, MayExport: true, MayImport: true, Form: ImportForm{Duplicates: "skip"}}
			for state := range importStates {
				a.Rows = append(a.Rows, sampleImport(state))
			}
			return p.AdminImports(w, r, a)
		}},
		{"admin-imports-empty", "admin-imports", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminImports(w, r, AdminImports{Desk: sampleDesk(), MayImport: true, MaxBytes: 10 << 20})
		}},
		{"admin-imports-read", "admin-imports", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminImports(w, r, AdminImports{Desk: sampleDesk(), MaxBytes: 7})
		}},
		{"admin-imports-current", "admin-imports", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminImports(w, r, AdminImports{Desk: sampleDesk(), Current: "1", MaxBytes: 7})
		}},
		{"admin-imports-wrong", "admin-imports", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminImports(w, r, AdminImports{Desk: sampleDesk(), MayImport: true, MaxBytes: 7 << 10, Form: ImportForm{Ignore: "<b>", Dates: "us", Invite: true, Problem: `nothing is known about the column "<b>"`, Errors: FieldErrors{
				{Field: "duplicates", TextKey: "admin.import.form.duplicates"}, {Field: "dates", TextKey: "admin.import.form.dates"},
				{Field: "ignore", TextKey: "admin.import.form.ignore"}, {Field: "file", TextKey: "admin.import.form.unreadable"},
			}}})
		}},
		{"admin-import-links", "admin-import", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminImport(w, r, AdminImport{Desk: sampleDesk(), ImportJob: sampleImport("done"), MayTakeLinks: true, Lines: sampleLines(), FirstURL: "?", NextURL: "?after=5"})
		}},
		{"admin-import-watched", "admin-import", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminImport{Desk: sampleDesk(), ImportJob: sampleImport("running"), Watch: true, MayStop: true, NoReport: true}
			a.Trouble, a.Before, a.Ignored, a.USDates, a.Invite = true, 17, []string{"MRN", "<b>"}, true, true
			return p.AdminImport(w, r, a)
		}},
		{"admin-export", "admin-export", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminExport(w, r, AdminExport{Desk: sampleDesk(), Format: "csv"})
		}},
		{"admin-export-wrong", "admin-export", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminExport(w, r, AdminExport{Desk: sampleDesk(), Identifiers: true, Reason: "<b>", Errors: FieldErrors{
				{Field: "format", TextKey: "admin.export.form.format"}, {Field: "reason", TextKey: "admin.form.reason"},
			}})
		}},
	}
	for state := range importStates {
		list = append(list, sample{"admin-import-" + state, "admin-import", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminImport{Desk: sampleDesk(), ImportJob: sampleImport(state), Show: "wrong", MayStart: state == "checked" || state == "stopped", MayDiscard: state == "checked"}
			if state == "failed" {
				a.Failure = "line 2 of the file is not UTF-8"
			}
			if state == "done" {
				a.LinksAt = sampleNow
			}
			return p.AdminImport(w, r, a)
		}})
	}
	return list
}
