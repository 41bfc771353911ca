package pages

import (
	"net/http"
	"time"
)

func sampleDesk() Desk {
	return Desk{SignedInAs: "Max Admin", RoleKey: "role.owner", Sections: []Section{
		{URL: "/admin", TextKey: "admin.nav.dashboard", Current: true}, {URL: "/admin/people", TextKey: "admin.nav.people"},
		{URL: "/admin/trust", TextKey: "admin.nav.trust"}, {URL: "/admin/messages", TextKey: "admin.nav.messages"}, {URL: "/admin/approvals", TextKey: "admin.nav.approvals", Count: "2"},
		{URL: "/admin/administrators", TextKey: "admin.nav.administrators"}, {URL: "/admin/audit", TextKey: "admin.nav.audit"},
	}}
}

func sampleAdministrators() AdminAdministrators {
	return AdminAdministrators{Desk: sampleDesk(), MayInvite: true, Rows: []Administrator{
		{ID: "1", Name: "Max Admin", Email: "max@sample.example", Role: "owner", State: "active", Passkeys: 2, LastSignIn: sampleNow, CreatedAt: sampleNow},
		{ID: "2", Name: "María del Carmen de la Cruz y Fernández-Villaverde", Email: "maria.del.carmen@a-rather-long-name.sample.example", Role: "identity-clerk", State: "closed", CreatedAt: sampleNow},
	}}
}

func sampleApprovals() AdminApprovals {
	mine := AdminApproval{
		ID: "1", ActKey: ActKey("admin.invite"), Whom: "Olga Auditor", Role: "auditor", Email: "olga@sample.example", AskedBy: "Max Admin", AskedAt: sampleNow,
		ExpiresAt: sampleNow.Add(168 * time.Hour), Own: true, MayWithdraw: true,
	}
	other, third, late := mine, mine, mine
	other.ActKey, other.Whom, other.Role, other.Reason, other.Own, other.MayDecide = ActKey("person.close"), "Ana Rivera", "", "asked for it in writing", false, true
	third.MayWithdraw, third.ActKey = false, "admin.act.other"
	done := other
	done.Decision, done.DecidedBy, done.DecidedAt, done.Answer, done.Done = "approved", "Maria Cruz", sampleNow, "seen the letter", true
	failed := done
	failed.Done, failed.FailureKey = false, RefusalKey("last_owner")
	return AdminApprovals{Desk: sampleDesk(), Waiting: []AdminApproval{mine, other, third}, Decided: []AdminApproval{done, failed, late}}
}

func sampleDashboard() AdminDashboard {
	days := Picture{Key: "signins", Series: []Series{{"allowed", "good"}, {"refused", "bad"}}}
	for i := range 30 {
		days.Bars = append(days.Bars, Bar{Day: sampleNow.AddDate(0, 0, i-29), Values: []int{i * 400, i % 5}})
	}
	levels := Picture{Key: "accounts", Series: []Series{{"accounts", "good"}}, Bars: []Bar{
		{IsLevel: true, Values: []int{12000}}, {IsLevel: true, Level: "idial1.8", Values: []int{310000}}, {IsLevel: true, Level: "idial2", Values: []int{7}},
	}}
	empty := Picture{Key: "registrations", Series: days.Series, Bars: []Bar{{Day: sampleNow, Values: []int{0, 0}}}}
	times := Picture{Key: "latency-people", Unit: "ms", Series: []Series{{"most", "most"}, {"half", "half"}}}
	for i := range 30 {
		times.Bars = append(times.Bars, Bar{Day: sampleNow.AddDate(0, 0, i-29), Values: []int{i * (90 + i*17%40), i * 12}})
	}
	d := AdminDashboard{Desk: sampleDesk(), Pictures: []Picture{days, empty, levels, times}}
	for i, key := range []string{"approvals", "proofing-approvals", "proofing-notifications", "requests", "duplicates", "certificates", "sources", "registrations", "authentications", "messages-failing", "messages-lost"} {
		d.Needs = append(d.Needs, Need{Key: key, Count: 1 + i*17, URL: "/admin/approvals"})
	}
	return d
}

func sampleMessages() []QueuedMessage {
	unsent := QueuedMessage{
		ID: "1", Kind: "recovery-code", Channel: "email", To: "ana@sample.example", PersonID: "a", Language: "es", State: "waiting", Unsent: true,
		MadeAt: sampleNow, ExpiresAt: sampleNow.Add(time.Hour),
	}
	failing, sent, over := unsent, unsent, unsent
	failing.Unsent, failing.Kind, failing.Channel, failing.To = false, "of-another-version", "sms", "+12065550147"
	failing.Tries, failing.Failure, failing.NextAt = 3, "451 try again later", sampleNow.Add(time.Hour)
	sent.State, sent.Unsent, sent.SentAt, sent.ExpiresAt = "sent", false, sampleNow, time.Time{}
	over.State, over.Unsent, over.GaveUpAt, over.Failure, over.Channel, over.PersonID = "given-up", false, sampleNow, "550 no such user", "pigeon", ""
	return []QueuedMessage{unsent, failing, sent, over}
}

func adminSamples() []sample {
	wrong := AdministratorForm{GivenName: "<b>", Role: "auditor", Errors: FieldErrors{
		{Field: "given_name", TextKey: "admin.form.given_name"}, {Field: "family_name", TextKey: "admin.form.family_name"},
		{Field: "email", TextKey: "admin.form.email"}, {Field: "role", TextKey: "admin.form.role"},
	}}
	one := AdminAdministrator{Desk: sampleDesk(), Administrator: sampleAdministrators().Rows[0], MayInvite: true, MayChange: true, MayRevoke: true, TwoPersons: true}
	return []sample{
		{"setup", "setup", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminSetup(w, r, AdminSetup{Action: "/setup/abc"})
		}},
		{"setup-wrong", "setup", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminSetup(w, r, AdminSetup{Action: "/setup/abc", AdministratorForm: wrong})
		}},
		{"admin", "admin", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminDashboard(w, r, sampleDashboard())
		}},
		{"admin-nothing", "admin", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminDashboard(w, r, AdminDashboard{Desk: sampleDesk()})
		}},
		{"admin-trust", "admin-trust", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrust(w, r, sampleTrust())
		}},
		{"admin-trust-empty", "admin-trust", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrust(w, r, AdminTrust{Issuer: "https://id.sample.example", Now: sampleNow})
		}},
		{"admin-administrators", "admin-administrators", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAdministrators(w, r, sampleAdministrators())
		}},
		{"admin-administrators-wrong", "admin-administrators", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleAdministrators()
			a.Form, a.TwoPersons = wrong, true
			return p.AdminAdministrators(w, r, a)
		}},
		{"admin-administrator", "admin-administrator", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAdministrator(w, r, one)
		}},
		{"admin-administrator-wrong", "admin-administrator", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := one
			a.Errors = FieldErrors{{Field: "reason", TextKey: "admin.form.reason.long"}, {Field: "reason", TextKey: "admin.form.reason"}}
			a.Administrator.Passkeys, a.Administrator.LastSignIn = 0, time.Time{}
			return p.AdminAdministrator(w, r, a)
		}},
		{"admin-link", "admin-link", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminLink(w, r, AdminLink{
				Desk: sampleDesk(), Name: "Olga Auditor", URL: "https://id.sample.example/invite/" + creationOptions[:64], ExpiresAt: sampleNow, Back: "/admin/administrators",
			})
		}},
		{"admin-audit", "admin-audit", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAudit(w, r, AdminAudit{
				Desk: sampleDesk(), Filter: AuditFilter{Action: "signin", Since: "2026-11-01", Groups: []AuditGroup{{Name: "sign-in", Actions: []string{"signin", "signin.refused"}}}},
				Rows: []AuditEvent{
					{ID: "1", At: sampleNow, Action: "signin", Actor: "Ana Rivera", ActorID: "a", Person: "Ana Rivera", PersonID: "a", IP: "192.0.2.7", Request: "7F3K-Q2"},
					{ID: "2", At: sampleNow, Action: "of.another.room", ActorID: "user add", ClientID: "6fa459ea-ee8a-4ca4-894e-db77e160355e"},
				}, ExportQuery: "action=signin", NewestURL: "/admin/audit?action=signin", OlderURL: "/admin/audit?before=2",
			})
		}},
		{"admin-audit-empty", "admin-audit", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAudit(w, r, AdminAudit{Desk: sampleDesk()})
		}},
		{"admin-audit-event", "admin-audit-event", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAuditEvent(w, r, AdminAuditEvent{
				Desk: sampleDesk(), AuditEvent: AuditEvent{ID: "1", At: sampleNow, Action: "person.change", Actor: "Max Admin", ActorID: "b", Person: "Ana Rivera", PersonID: "a", ClientID: "c", IP: "192.0.2.7", Request: "7F3K-Q2"},
				Changes: []AuditChange{{Name: "address.city", Before: "Reno", After: "Elko"}, {Name: "address.state", Before: "NV", After: "NV", Same: true}, {Before: "x"}},
				Facts:   []AuditFact{{Name: "reason", Value: "moved"}, {Value: "words"}},
			})
		}},
		{"admin-check", "admin-check", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminCheck(w, r, AdminCheck{Desk: sampleDesk(), MayCheck: true, At: sampleNow, Checked: 123456, Sound: true, Witness: "123456:abcdef"})
		}},
		{"admin-check-running", "admin-check", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminCheck(w, r, AdminCheck{Desk: sampleDesk(), Running: true, Done: 1000, Of: 123456})
		}},
		{"admin-check-failed", "admin-check", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminCheck(w, r, AdminCheck{Desk: sampleDesk(), MayCheck: true, Failed: true})
		}},
		{"admin-check-unsound", "admin-check", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminCheck{Desk: sampleDesk(), MayCheck: true, At: sampleNow, Checked: 1}
			for kind := range findings {
				a.Findings = append(a.Findings, AuditFinding{Kind: kind, Seq: 17, EventID: "x"})
			}
			return p.AdminCheck(w, r, a)
		}},
		{"admin-messages", "admin-messages", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessages(w, r, AdminMessages{
				Desk: sampleDesk(), State: "waiting", Unsent: []string{"email", "sms"}, Rows: sampleMessages(),
				NewestURL: "/admin/messages", OlderURL: "/admin/messages?before=3",
			})
		}},
		{"admin-messages-empty", "admin-messages", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessages(w, r, AdminMessages{Desk: sampleDesk()})
		}},
		{"admin-message", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[0], Secret: true, MayRead: true, MaySeePerson: true})
		}},
		{"admin-message-read", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[0], Secret: true, Subject: "x", Text: "7F3K-Q2"})
		}},
		{"admin-message-failing", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[1], MayRead: true, MayRetry: true})
		}},
		{"admin-message-reader", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[1], Secret: true})
		}},
		{"admin-message-recovers", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[0], Secret: true, Recovers: true})
		}},
		{"admin-message-owner", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[1]})
		}},
		{"admin-message-over", "admin-message", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessage(w, r, AdminMessage{Desk: sampleDesk(), QueuedMessage: sampleMessages()[3]})
		}},
		{"admin-approvals", "admin-approvals", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminApprovals(w, r, sampleApprovals())
		}},
		{"admin-approvals-empty", "admin-approvals", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminApprovals(w, r, AdminApprovals{Desk: sampleDesk()})
		}},
	}
}
