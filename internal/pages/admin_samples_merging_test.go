package pages

import (
	"net/http"
	"regexp"
)

// mergingChosen are keys that are put together in Go.
var mergingChosen = regexp.MustCompile(`^admin\.(duplicates\.(show|verdict|field|how|unexamined|wrong)|comparison\.(effect|refused|how|passkeys|sessions|sharing|representations|form)|import\.(form|state|count|outcome|show|policy|size)|export\.(format|form))(\.|$)`)

func sampleLikeness() Likeness {
	l := Likeness{Verdict: "likely", Value: 87}
	for _, field := range []string{"family_name", "given_name", "suffix", "birthdate", "sex", "address", "phone", "email", "document"} {
		l.Reasons = append(l.Reasons, LikenessReason{field, "exact"})
	}
	for i, how := range []string{"phonetic", "similar", "swapped", "different", "missing"} {
		l.Reasons[i].Agreement = how
	}
	return l
}

func samplePair() SuspectedPair {
	return SuspectedPair{
		Likeness: sampleLikeness(), FoundAt: sampleNow,
		A: AdminFound{ID: "1", Name: "Ana Lucía Rivera Ortega", State: "active", Level: "idial1.8", Birthdate: "1980-05-17", City: "Seattle, WA"},
		B: AdminFound{ID: "2", Name: "Anna Rivera", State: "closed", Birthdate: "1980-05-17", Administrator: true},
	}
}

func sampleComparison() AdminComparison {
	pair := samplePair()
	a := AdminComparison{
		Desk: sampleDesk(), Likeness: pair.Likeness, TwoPersons: true, MayMerge: true, MaySetApart: true,
		A: ComparedRecord{AdminFound: pair.A, CreatedAt: sampleNow, Until: sampleNow, HasIdentifier: true, IdentifierAt: sampleNow, Passkeys: 2, Sessions: 1, Sharing: 3, Representations: 1},
		B: ComparedRecord{AdminFound: pair.B, CreatedAt: sampleNow},
		Choices: []MergeChoice{
			{SurvivorID: "1", Name: pair.A.Name, Since: sampleNow, Identifier: "kept", Tombstone: true, New: []string{"address", "email"}, Passkeys: 1, Sharing: 1},
			{SurvivorID: "2", Name: pair.B.Name, Since: sampleNow, RefusedKey: MergeRefusalKey("level")},
		},
	}
	for status := range proofingStates {
		a.A.Proofings = append(a.A.Proofings, AdminProofing{ID: status, Status: status, Level: "idial2", StartedAt: sampleNow, By: "Maria Cruz"})
	}
	for i, kind := range []string{"name", "birthdate", "sex", "address", "phone", "email", "language"} {
		value := AdminAttribute{Kind: kind, Value: "x", Status: "verified", Current: true}
		former := value
		former.Current, former.Status = false, "self-asserted"
		row := ComparedRow{Kind: kind, A: []AdminAttribute{value, former}, B: []AdminAttribute{value}, Agreement: []string{"same", "alike", "differ", "single", "?", "same", "same"}[i]}
		a.Rows = append(a.Rows, row)
	}
	a.Rows[3].B = nil
	return a
}

func mergingSamples() []sample {
	return []sample{
		{"admin-duplicates", "admin-duplicates", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			decided := samplePair()
			decided.DecidedAt, decided.DecidedBy, decided.Decision, decided.Likeness.Verdict = sampleNow, "Maria Cruz", "twins, both were here", "?"
			return p.AdminDuplicates(w, r, AdminDuplicates{Desk: sampleDesk(), Show: "likely", Unexamined: 17, Rows: []SuspectedPair{samplePair(), decided}, FirstURL: "/admin/duplicates", NextURL: "/admin/duplicates?after=x"})
		}},
		{"admin-duplicates-empty", "admin-duplicates", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminDuplicates(w, r, AdminDuplicates{Desk: sampleDesk(), Show: DuplicatesShown("x")})
		}},
		{"admin-duplicates-wrong", "admin-duplicates", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminDuplicates(w, r, AdminDuplicates{Desk: sampleDesk(), PersonID: "<b>", OtherID: "x", Errors: FieldErrors{
				{Field: "person", TextKey: "admin.duplicates.wrong"}, {Field: "other", TextKey: "admin.duplicates.wrong"},
			}})
		}},
		{"admin-comparison", "admin-comparison", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminComparison(w, r, sampleComparison())
		}},
		{"admin-comparison-wrong", "admin-comparison", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleComparison()
			a.Form = MergeForm{Survivor: "1", Reason: "<b>", ApartReason: "<i>", Errors: FieldErrors{
				{Field: "survivor", TextKey: "admin.comparison.form.survivor"}, {Field: "reason", TextKey: "admin.form.reason"}, {Field: "apart_reason", TextKey: "admin.form.reason"},
			}}
			a.Choices[1] = MergeChoice{SurvivorID: "2", Name: "x", Identifier: "taken over", Representations: 1}
			return p.AdminComparison(w, r, a)
		}},
		{"admin-comparison-decided", "admin-comparison", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleComparison()
			a.MayMerge, a.MaySetApart, a.MayReopen, a.DecidedAt, a.DecidedBy, a.Decision, a.Own, a.SurvivorID = false, false, true, sampleNow, "Maria Cruz", "twins", true, "2"
			a.Choices = []MergeChoice{{SurvivorID: "1", Identifier: "none"}, {SurvivorID: "2", Identifier: "kept"}}
			return p.AdminComparison(w, r, a)
		}},
	}
}
