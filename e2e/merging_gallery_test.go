package e2e

import (
	"net/http"
	"time"

	"udap-idp/internal/pages"
)

// mergingShown are the pages of records that may be one person, and of files of people.
func mergingShown() []shown {
	return []shown{
		{name: "admin-duplicates", page: "admin-duplicates", route: "GET /admin/duplicates", as: administrator, path: "/admin/duplicates?show=possible"},
		{name: "admin-duplicates-problem", page: "admin-duplicates", as: administrator, path: "/admin/duplicates?person=x&other=y"},
		{name: "admin-comparison", page: "admin-comparison", route: "GET /admin/duplicates/{a}/{b}", open: fromGallery("admin-comparison")},
		{name: "admin-imports", page: "admin-imports", route: "GET /admin/import", as: administrator, path: "/admin/import"},
		{name: "admin-imports-problem", page: "admin-imports", open: fromGallery("admin-imports-problem")},
		{name: "admin-import", page: "admin-import", route: "GET /admin/import/{id}", open: fromGallery("admin-import")},
		{name: "admin-import-running", page: "admin-import", open: fromGallery("admin-import-running")},
		{name: "admin-export", page: "admin-export", route: "GET /admin/export", as: administrator, path: "/admin/export"},
	}
}

// mergingGallery are those of them that take a long walk to see.
func mergingGallery(p *pages.Pages) map[string]func(w http.ResponseWriter, r *http.Request) error {
	at := time.Date(2026, time.November, 24, 9, 30, 0, 0, time.UTC)
	desk := pages.Desk{SignedInAs: "Max Admin", RoleKey: pages.RoleKey("owner"), Sections: []pages.Section{{URL: "/admin/duplicates", TextKey: "admin.nav.duplicates", Current: true}}}
	one := pages.AdminFound{ID: "01a21c22-89a1-7000-bd4f-4fb92cf65440", Name: "Ana Lucía Rivera Ortega", State: "active", Level: "idial1.8"}
	other := pages.AdminFound{ID: "01a21c22-89a4-7005-a34e-78d60f7faf09", Name: "Anna Rivera", State: "active"}
	value := func(kind, text string) []pages.AdminAttribute {
		return []pages.AdminAttribute{{Kind: kind, Value: text, Status: "self-asserted", Current: true}}
	}
	comparison := pages.AdminComparison{
		Desk: desk, TwoPersons: true, MayMerge: true, MaySetApart: true,
		Likeness: pages.Likeness{Verdict: "likely", Value: 87, Reasons: []pages.LikenessReason{{Field: "family_name", Agreement: "similar"}, {Field: "birthdate", Agreement: "exact"}, {Field: "email", Agreement: "different"}}},
		A:        pages.ComparedRecord{AdminFound: one, CreatedAt: at, Until: at, HasIdentifier: true, IdentifierAt: at, Passkeys: 2, Sessions: 1, Sharing: 3, Proofings: []pages.AdminProofing{{Status: "verified", Level: "idial1.8", StartedAt: at}}},
		B:        pages.ComparedRecord{AdminFound: other, CreatedAt: at},
		Rows: []pages.ComparedRow{
			{Kind: "name", A: value("name", "Ana Lucía Rivera Ortega"), B: value("name", "Anna Rivera"), Agreement: "alike"},
			{Kind: "birthdate", A: value("birthdate", "1980-05-17"), B: value("birthdate", "1980-05-17"), Agreement: "same"},
			{Kind: "email", A: value("email", "ana.lucia.rivera@a-rather-long-name.example.org"), B: value("email", "anna@example.org"), Agreement: "differ"},
			{Kind: "phone", A: value("phone", "+12065550147"), Agreement: "single"},
		},
		Choices: []pages.MergeChoice{
			{SurvivorID: one.ID, Name: one.Name, Since: at, Identifier: "kept", New: []string{"name", "email"}},
			{SurvivorID: other.ID, Name: other.Name, Since: at, RefusedKey: pages.MergeRefusalKey("level")},
		},
	}
	job := pages.ImportJob{
		ID: one.ID, FileName: "patients-of-the-general-hospital-november-2026.csv", Size: 23 << 20, State: "checked", By: "Maria Cruz", CreatedAt: at, Duplicates: "skip", DryRun: true,
		Counts: pages.ImportCounts{Rows: 123456, Added: 120000, Noted: 17, Duplicates: 3000, Wrong: 450, Skipped: 6},
	}
	running := job
	running.State, running.DryRun, running.Percent = "running", false, 42
	lines := []pages.ImportLine{
		{Row: 2, Outcome: "wrong", Reasons: `birthdate: "1976-02-30" is not a date`},
		{Row: 3, Outcome: "duplicate", Reasons: "the same person, as it seems: last name: the same; birthdate: the same", OtherID: other.ID, Likeness: "same 100"},
	}
	return map[string]func(w http.ResponseWriter, r *http.Request) error{
		"admin-imports-problem": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminImports(w, r, pages.AdminImports{Desk: desk, MaxBytes: 2 << 30, Form: pages.ImportForm{
				Problem: `nothing is known about the column "shoe size". Give it one of the names given_name, family_name, birthdate, email, or leave it out`,
				Errors:  pages.FieldErrors{{Field: "file", TextKey: "admin.import.form.unreadable"}},
			}})
		},
		"admin-import": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminImport(w, r, pages.AdminImport{Desk: desk, ImportJob: job, Lines: lines, MayStart: true, MayDiscard: true, NextURL: "?after=3"})
		},
		"admin-import-running": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminImport(w, r, pages.AdminImport{Desk: desk, ImportJob: running, MayStop: true})
		},
		"admin-comparison": func(w http.ResponseWriter, r *http.Request) error { return p.AdminComparison(w, r, comparison) },
	}
}
