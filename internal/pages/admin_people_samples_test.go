package pages

import (
	"net/http"
	"regexp"
)

// chosenPeople are the keys of the pages about people that are put together in Go.
var chosenPeople = regexp.MustCompile(`^admin\.(people\.(found|state|passkey)|invite\.(way|purpose|status|missed|error)|edit\.(act|error)|use|field|relationship|basis|person\.organization\.times)\.`)

// adminPeopleSamples are the pages about people.
func adminPeopleSamples() []sample {
	list := []sample{
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
				Sessions: []AdminSession{{ID: "s", Browser: "Firefox on Linux", SeenAt: sampleNow, Since: sampleNow}}, MayInvite: true, MaySuspend: true, MayResume: true,
				MayClose: true, MayProof: true, MayPreview: true, MayEdit: true, MaySignOut: true, MayReveal: true, MaySeeProofing: true, MaySeeRequests: true, MaySeeMessages: true, MaySeeAudit: true,
				MaySeeDuplicates: true, TwoPersons: true, Details: true, IdentifierSince: sampleNow, ClosesAt: sampleNow, MoreShares: true, Invitations: sampleInvite().Invitations,
				Organizations:   []AccountOrganization{{ID: "c", Name: "General Hospital", Community: "Example Trust", Since: sampleNow, Last: sampleNow, Times: 3, Agreed: []string{"name", "birthdate"}}, {ID: "d", Name: "Old Clinic", Since: sampleNow, Ended: sampleNow}},
				Shares:          []AccountRelease{{Organization: "General Hospital", At: sampleNow, Claims: []string{"name"}, Level: "idial1.8", Again: 1, LastAt: sampleNow}},
				Representations: []AdminRepresentation{{OtherID: "3", Other: "Berta Rivera", Represents: true, Relationship: "MTH", Basis: "parent", From: "2020-01-01", To: "2031-01-01", InForce: true}, {OtherID: "4", Other: "Carlos Paz", Relationship: "X", Basis: "x"}},
				Requests:        []AdminRequest{{ID: "r", Kind: "correction", Subject: "name", At: sampleNow}, {ID: "q", Kind: "not-me", At: sampleNow, AnsweredAt: sampleNow}}, History: []AuditEvent{{ID: "1", At: sampleNow, Action: "signin", Actor: "Ana Rivera"}, {ID: "2", At: sampleNow, Action: "x", ActorID: "user add"}},
			}
			for _, kind := range []string{"name", "birthdate", "sex", "language", "address", "phone", "email"} {
				a.Attributes = append(a.Attributes, AdminAttribute{Kind: kind, Value: "x", Status: "verified", VerifiedAt: sampleNow, From: "2020-01-01", To: "2021-01-01", Current: kind != "name", Use: map[string]string{"phone": "mobile", "name": "maiden"}[kind], ConfirmedAt: sampleNow})
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
		{"admin-person-new", "admin-person", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPerson(w, r, AdminPerson{Desk: sampleDesk(), Person: AdminFound{ID: "1", Name: "Berta Rivera", State: "active"}, Details: true, MayEdit: true})
		}},
		{"admin-shares", "admin-shares", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminShares(w, r, AdminShares{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", NewestURL: "/x", OlderURL: "/y", Shares: []AccountRelease{{Organization: "General Hospital", At: sampleNow, Claims: []string{"name"}, Level: "idial1.8"}}})
		}},
		{"admin-shares-none", "admin-shares", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminShares(w, r, AdminShares{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera"})
		}},
		{"admin-identifier", "admin-identifier", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminIdentifier(w, r, AdminIdentifier{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Value: "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d"})
		}},
		{"admin-messages-of-one", "admin-messages", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessages(w, r, AdminMessages{Desk: sampleDesk(), PersonID: "1", Person: "Ana Rivera"})
		}},
		{"admin-invite", "admin-invite", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvite(w, r, sampleInvite())
		}},
		{"admin-invite-back", "admin-invite", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleInvite()
			a.Back, a.Verified, a.Invitations, a.Way = true, true, nil, "pigeon"
			a.Errors = FieldErrors{{Field: "way", TextKey: "admin.invite.error.way"}, {Field: "reason", TextKey: "admin.invite.error.checked"}}
			return p.AdminInvite(w, r, a)
		}},
		{"admin-invite-nobody", "admin-invite", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvite(w, r, AdminInvite{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera"})
		}},
		{"admin-invited", "admin-invited", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvited(w, r, AdminInvited{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Way: InviteByLink, URL: "https://id.sample.example/invite/x", ExpiresAt: sampleNow, AsksBirthdate: true})
		}},
		{"admin-invited-code", "admin-invited", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvited(w, r, AdminInvited{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Way: InviteByCode, Code: "7F3KQ-2A9YZ", Site: "id.sample.example/invite", ExpiresAt: sampleNow, AsksBirthdate: true})
		}},
		{"admin-invited-letter", "admin-invited", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvited(w, r, AdminInvited{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Way: InviteByLetter, LetterLanguage: "en", ExpiresAt: sampleNow, Letter: &InvitationLetter{
				Name: "Ana Rivera", Address: "1 Main St\nReno, NV 89501", WrittenAt: sampleNow, ExpiresAt: sampleNow, Picture: "<svg></svg>", Site: "https://id.sample.example/invite", Code: "7F3KQ-2A9YZ", Birthdate: true,
			}})
		}},
		{"admin-invited-sent", "admin-invited", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvited(w, r, AdminInvited{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Way: InviteByEmail, SentTo: "ana@example.org", Unsent: true, Companion: "7F3K-Q2A9", ExpiresAt: sampleNow})
		}},
		{"admin-invited-both", "admin-invited", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvited(w, r, AdminInvited{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Way: InviteByEmail, SentTo: "ana@example.org", CompanionTo: "+12065550147", Companioned: true, ExpiresAt: sampleNow})
		}},
		{"admin-invited-hidden", "admin-invited", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminInvited(w, r, AdminInvited{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Way: InviteBySMS, Companioned: true, ExpiresAt: sampleNow})
		}},
		{"admin-new-person", "admin-new-person", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminNewPerson(w, r, AdminNewPerson{Desk: sampleDesk(), Form: PersonForm{GivenName: "Ana", FamilyName: "Rivera"}})
		}},
		{"admin-new-person-wrong", "admin-new-person", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminNewPerson{Desk: sampleDesk()}
			for n, problem := range fieldProblems {
				a.Errors = append(a.Errors, FieldError{Field: []string{"given_name", "birthdate", "sex", "phone", "street", "one_name", "country", "state"}[n%8], TextKey: FieldProblemKey(problem)})
			}
			return p.AdminNewPerson(w, r, a)
		}},
		{"admin-new-person-known", "admin-new-person", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminNewPerson(w, r, AdminNewPerson{
				Desk: sampleDesk(), Form: samplePersonForm(), Seen: []string{"1", "2"}, Warnings: FieldErrors{{Field: "phone", TextKey: FieldProblemKey("not_in_use")}},
				Lookalikes: []AdminLookalike{
					{AdminFound{ID: "1", Name: "Ana Lucía Rivera Ortega", State: "active", Level: "idial1.8", Birthdate: "1980-05-17", City: "Reno, NV"}, Likeness{Verdict: "same", Value: 98, Reasons: []LikenessReason{{"family_name", "exact"}, {"birthdate", "exact"}}}},
					{AdminFound{ID: "2", Name: "Anna Ribera", State: "closed", Birthdate: "1980-05-17"}, Likeness{Verdict: "possible", Reasons: []LikenessReason{{"given_name", "phonetic"}, {"phone", "missing"}}}},
				},
			})
		}},
		{"admin-new-person-warned", "admin-new-person", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminNewPerson(w, r, AdminNewPerson{Desk: sampleDesk(), Form: samplePersonForm(), Warnings: FieldErrors{{Field: "phone", TextKey: FieldProblemKey("not_in_use")}}})
		}},
	}
	for _, of := range []string{"name", "birthdate", "sex", "language", "address", "phone", "email"} {
		list = append(list, sample{"admin-edit-" + of, "admin-edit", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminEdit(w, r, AdminEdit{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Of: of, Now: "x", Status: "verified", Checked: true, Acts: []string{"change", "correct", "end", "history"}, Act: "change", Form: samplePersonForm(), Since: "2026-11-24", Revision: 3})
		}})
	}
	return append(list, sample{"admin-edit-new", "admin-edit", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.AdminEdit(w, r, AdminEdit{
			Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Of: "phone", Use: "work", Uses: []string{"mobile", "home", "work", "temp"}, Acts: []string{"change"}, Act: "change", Errors: FieldErrors{
				{Field: "phone", TextKey: FieldProblemKey("not_a_number")}, {Field: "since", TextKey: FieldProblemKey("not_a_date")}, {Field: "until", TextKey: FieldProblemKey("before_start")},
				{Field: "reason", TextKey: "admin.form.reason"}, {Field: "understood", TextKey: "admin.edit.error.understood"},
			},
		})
	}}, sample{"admin-edit-word", "admin-edit", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.AdminEdit(w, r, AdminEdit{Desk: sampleDesk(), ID: "1", Name: "Ana Rivera", Of: "email", Now: "x", Status: "self-asserted", Acts: []string{"change"}, Act: "history", Errors: FieldErrors{{Field: "reason", TextKey: "admin.form.reason"}}})
	}})
}

func samplePersonForm() PersonForm {
	return PersonForm{
		GivenName: "Ana", MiddleName: "Lucía", FamilyName: "Rivera", Suffix: "III", Birthdate: "1980-05-17", Sex: "female", Language: "es", Email: "ana@example.org",
		Phone: "+12065550147", Street: "1 Main St\nApt 2", City: "Reno", State: "NV", PostalCode: "89501", Country: "US",
	}
}

func sampleInvite() AdminInvite {
	a := AdminInvite{
		Desk: sampleDesk(), ID: "1", Name: "Ana Lucía Rivera Ortega", May: true, AsksBirthdate: true, Way: InviteByLink,
		Ways: []InviteWay{{Way: InviteByLink}, {Way: InviteByCode}, {Way: InviteByLetter}, {Way: InviteByEmail, To: "ana.lucia.rivera.ortega@a-rather-long-name.sample.example", Unsent: true}, {Way: InviteBySMS, To: "+12065550147"}},
	}
	for status := range invitationStates {
		a.Invitations = append(a.Invitations, AdminInvitation{
			ID: status, Purpose: "first", Status: status, CreatedBy: "Max Admin", CreatedAt: sampleNow, ExpiresAt: sampleNow, Code: true, Missed: 2, RevokedBy: "Max Admin", MayRevoke: status == "open",
		})
	}
	a.Invitations = append(a.Invitations, AdminInvitation{ID: "x", Purpose: "x", Status: "used", UsedAt: sampleNow, CreatedAt: sampleNow, ExpiresAt: sampleNow})
	return a
}
