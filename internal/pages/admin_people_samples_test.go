package pages

import (
	"net/http"
	"regexp"
)

// chosenPeople are the keys of the pages about people that are put together in Go.
var chosenPeople = regexp.MustCompile(`^admin\.people\.(found|state|passkey)\.`)

// adminPeopleSamples are the pages about people.
func adminPeopleSamples() []sample {
	return []sample{
		{"admin-people", "admin-people", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPeople(w, r, AdminPeople{
				Desk: sampleDesk(), Search: PeopleSearch{Name: "rivera ana", State: "never", Level: "idial2", Role: "patient", Passkey: "no"}, MayFind: true, MayAdd: true, Details: true, Narrowed: true,
				NewestURL: "/admin/people", PreviousURL: "/admin/people?after=1", NextURL: "/admin/people?before=2",
				Rows: []AdminFound{
					{ID: "1", Name: "Ana Lucía Rivera Ortega", State: "active", Level: "idial1.8", Birthdate: "1980-05-17", City: "Seattle, WA", AddedAt: sampleNow},
					{ID: "2", Name: "Max Admin", State: "closed", Administrator: true, AddedAt: sampleNow},
				},
			})
		}},
		{"admin-people-found", "admin-people", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPeople(w, r, AdminPeople{Desk: sampleDesk(), Search: PeopleSearch{Name: "rivera ana"}, Narrowed: true, Rows: []AdminFound{{ID: "1", Name: "Ana Rivera", State: "active", AddedAt: sampleNow}}})
		}},
		{"admin-people-nobody", "admin-people", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPeople(w, r, AdminPeople{Desk: sampleDesk(), Search: PeopleSearch{Name: "rivera ana"}, Narrowed: true, MayAdd: true})
		}},
		{"admin-people-further", "admin-people", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPeople(w, r, AdminPeople{Desk: sampleDesk(), Search: PeopleSearch{Name: "rivera ana lu"}, Narrowed: true, MayAdd: true, NextURL: "/admin/people?before=1"})
		}},
		{"admin-people-none", "admin-people", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPeople(w, r, AdminPeople{Desk: sampleDesk()})
		}},
		{"admin-people-wrong", "admin-people", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPeople(w, r, AdminPeople{Desk: sampleDesk(), Errors: FieldErrors{
				{Field: "birthdate", TextKey: "admin.form.birthdate"}, {Field: "email", TextKey: "admin.form.email"},
				{Field: "phone", TextKey: "admin.form.phone"}, {Field: "name", TextKey: "admin.form.name"},
			}})
		}},
		{"admin-person", "admin-person", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminPerson{
				Desk: sampleDesk(), Person: AdminFound{ID: "1", Name: "Ana Lucía Rivera Ortega", State: "active", Level: "idial1.8"}, CreatedAt: sampleNow,
				Until: sampleNow, Now: sampleNow, Passkeys: []AdminPasskey{{CreatedAt: sampleNow}, {Name: "Phone", CreatedAt: sampleNow, LastUsedAt: sampleNow}},
				Sessions: []AdminSession{{Browser: "Mozilla/5.0", SeenAt: sampleNow, Since: sampleNow}}, MayInvite: true, MaySuspend: true, MayResume: true,
				MayClose: true, TwoPersons: true, History: []AuditEvent{{ID: "1", At: sampleNow, Action: "signin", Actor: "Ana Rivera"}, {ID: "2", At: sampleNow, Action: "x", ActorID: "user add"}},
			}
			for _, kind := range []string{"name", "birthdate", "sex", "language", "address", "phone", "email"} {
				a.Attributes = append(a.Attributes, AdminAttribute{Kind: kind, Value: "x", Status: "verified", VerifiedAt: sampleNow, From: "2020-01-01", To: "2021-01-01", Current: kind != "name"})
			}
			a.Attributes[1].Status, a.Attributes[2].Status = "consistent", "self-asserted"
			for status := range proofingStates {
				a.Proofings = append(a.Proofings, AdminProofing{ID: status, Status: status, Level: "idial2", StartedAt: sampleNow, By: "Maria Cruz"})
			}
			return p.AdminPerson(w, r, a)
		}},
		{"admin-person-bare", "admin-person", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPerson(w, r, AdminPerson{Desk: sampleDesk(), Person: AdminFound{ID: "1", Name: "Berta Rivera", State: "merged", Administrator: true}, SurvivorID: "2", MayInvite: true, MayClose: true})
		}},
	}
}
