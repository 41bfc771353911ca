package pages

import (
	"net/http"
	"net/url"
	"time"
)

func requestSamples() []sample {
	open := AdminRequest{ID: "1", PersonID: "a", Person: "María del Carmen de la Cruz", Kind: "correction", Subject: "name", Text: "It is spelt\nGarcía.", At: sampleNow}
	answered := open
	answered.AnsweredAt, answered.AnsweredBy, answered.Answer = sampleNow, "Max Admin", "It is corrected."
	notMe := open
	notMe.Kind, notMe.Subject, notMe.Text = "not-me", "e", ""
	other := open
	other.Kind = "of-another-version"
	return []sample{
		{"admin-requests", "admin-requests", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequests(w, r, AdminRequests{Desk: sampleDesk(), Rows: []AdminRequest{open, notMe, other}, FirstURL: "/admin/requests", NextURL: "/admin/requests?from=1"})
		}},
		{"admin-requests-answered", "admin-requests", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequests(w, r, AdminRequests{Desk: sampleDesk(), Answered: true, Rows: []AdminRequest{answered}})
		}},
		{"admin-requests-none", "admin-requests", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequests(w, r, AdminRequests{Desk: sampleDesk()})
		}},
		{"admin-requests-none-answered", "admin-requests", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequests(w, r, AdminRequests{Desk: sampleDesk(), Answered: true})
		}},
		{"admin-request", "admin-request", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequest(w, r, AdminRequestPage{Desk: sampleDesk(), AdminRequest: notMe, MayAnswer: true, MaySeeEvent: true, Most: 500})
		}},
		{"admin-request-wrong", "admin-request", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequest(w, r, AdminRequestPage{Desk: sampleDesk(), AdminRequest: open, MayAnswer: true, Most: 500, Typed: "<b>", Errors: FieldErrors{{Field: "answer", TextKey: "admin.form.answer.long"}}})
		}},
		{"admin-request-answered", "admin-request", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequest(w, r, AdminRequestPage{Desk: sampleDesk(), AdminRequest: answered})
		}},
		{"admin-request-own", "admin-request", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequest(w, r, AdminRequestPage{Desk: sampleDesk(), AdminRequest: open, Own: true})
		}},
		{"admin-request-reader", "admin-request", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRequest(w, r, AdminRequestPage{Desk: sampleDesk(), AdminRequest: open})
		}},
	}
}

func sampleHead() ProofingHead {
	return ProofingHead{
		ID: "1", PersonID: "a", Person: "Ana Lucía Rivera Ortega", Birthdate: "1980-05-17", Address: "12 Chestnut Street, Boston, MA 02108", Status: "draft",
		Type: "onsite_attended", Claimed: "idial1.8", Reached: "idial1.2", Draft: true,
		Aim: ProofingGoal{Level: "idial1.8", Missing: []ProofingMissing{
			{ID: "evidence.strong_and_fair", Params: map[string]string{"superior": "0", "strong": "1", "fair": "0"}, URL: "/admin/proofing/1/evidence", Strict: true},
			{ID: "comparison.evidence", Params: map[string]string{"what": "x"}, Strict: true}, {ID: "of-another-version"},
			{ID: "attributes.evidence", Params: map[string]string{"attributes": "name, birthdate"}},
			{ID: "comparison.method", Params: map[string]string{"method": "in_person", "type": "remote_attended"}},
			{ID: "event.ended", Params: map[string]string{"status": "revoked"}},
		}},
		Next:  &ProofingGoal{Level: "idial1.4", Missing: []ProofingMissing{{ID: "evidence.photo_id"}}},
		Steps: []ProofingStep{{Name: "evidence", Done: true, Needed: true, Current: true}, {Name: "comparison", Needed: true}, {Name: "address"}, {Name: "contact"}, {Name: "declaration"}, {Name: "check"}, {Name: "values"}},
	}
}

func sampleEvidence() []ProofingEvidence {
	return []ProofingEvidence{
		{ID: "e1", Type: "drivers_license", Issuer: "MA US", NumberEnd: "5678", HasNumber: true, ExpiresOn: "2030-01-31", Strength: "strong", HasPhoto: true},
		{ID: "e2", Type: "mobile_bill", Issuer: "Blue Mobile", HasNumber: true, Number: "XYZ 99", Strength: "fair", Why: "not_validated"},
	}
}

func sampleEvent() AdminProofingEvent {
	return AdminProofingEvent{
		Desk: sampleDesk(), ProofingHead: sampleHead(), StartedAt: sampleNow, By: "Maria Cruz", Evidence: sampleEvidence(), Location: "Front desk",
		Facts:       []ProofingFact{{Key: "admin.proofing.step.comparison", ValueKey: "admin.proofing.method.in_person", Value: "e1", At: sampleNow, Good: true}, {Key: "admin.proofing.fact.fraud", ValueKey: "admin.proofing.method.mortality", At: sampleNow, Bad: true}},
		Declaration: "I am Ana Rivera.", Doubts: []ProofingDoubt{{ID: "2", Name: "Anna Rivera", Birthdate: "1980-05-17", Verdict: "likely", CompareURL: "/admin/duplicates/1/2"}, {ID: "3", Name: "A. Rivera", Verdict: "same"}},
		LowerLevels: []string{"idial1.6", "idial1"}, TwoPersons: true, MayStep: true, MayComplete: true, MayReject: true, MayLower: true, MayApart: true, MayReveal: true, Language: "es",
	}
}

func proofingSamples() []sample {
	pending := sampleEvent()
	pending.Status, pending.Draft, pending.MayStep, pending.MayComplete, pending.Doubts, pending.Aim.Missing, pending.Next = "pending_notification", false, false, false, nil, nil, nil
	pending.CompletedAt, pending.ExpiresAt, pending.Reviewer, pending.Reason = sampleNow, sampleNow, "Olga Ito", "seen"
	pending.MayNotify, pending.MayRevoke, pending.MayAgain, pending.Channels = true, true, true, []string{"sms", "email"}
	pending.Notifications = []ProofingNotification{
		{ID: "n1", Channel: "postal", To: "12 Chestnut Street", PreparedAt: sampleNow}, {ID: "n2", Channel: "sms", To: "+12065550147", PreparedAt: sampleNow, ByItself: true},
		{ID: "n3", Channel: "postal", To: "x", SentAt: sampleNow}, {ID: "n4", Channel: "postal", To: "x", SentAt: sampleNow, Returned: sampleNow},
	}
	approval := pending
	approval.Status, approval.MayApprove, approval.Notifications, approval.MayNotify = "pending_approval", true, nil, false
	own := approval
	own.MayApprove, own.Own = false, true
	other := own
	other.Own = false
	gone := other
	gone.Status, gone.EndedAt = "repudiated", sampleNow
	wrong := sampleEvent()
	wrong.Typed = url.Values{"reason": {"<b>"}, "level": {"idial1"}}
	wrong.Errors = FieldErrors{{Field: "lower-reason", TextKey: "admin.form.reason.long"}, {Field: "complete", TextKey: ProofingRefusalKey("incomplete")}, {Field: "lower", TextKey: ProofingRefusalKey("x")}}
	whole := sampleEvent()
	whole.Aim.Missing, whole.Next, whole.Steps, whole.Evidence, whole.Facts = nil, &ProofingGoal{Level: "idial2"}, whole.Steps[:1], nil, nil
	event := func(name string, status int, a AdminProofingEvent) sample {
		return sample{name, "admin-proofing", status, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.AdminProofingEvent(w, r, a) }}
	}
	list := []sample{
		event("admin-proofing", 200, sampleEvent()), event("admin-proofing-pending", 200, pending), event("admin-proofing-approval", 200, approval), event("admin-proofing-own", 200, own),
		event("admin-proofing-other", 200, other), event("admin-proofing-repudiated", 200, gone), event("admin-proofing-wrong", 422, wrong), event("admin-proofing-whole", 200, whole),
		{"admin-proofings", "admin-proofings", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminProofings{Desk: sampleDesk(), Show: "waiting", FirstURL: "/admin/proofing", NextURL: "/admin/proofing?from=1"}
			for status := range proofingStates {
				a.Rows = append(a.Rows, ProofingRow{ID: status, Person: "Ana Rivera", Status: status, Level: "idial1.8", StartedAt: sampleNow, ExpiresAt: sampleNow, By: "Maria Cruz"})
			}
			return p.AdminProofings(w, r, a)
		}},
		{"admin-proofings-none", "admin-proofings", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminProofings(w, r, AdminProofings{Desk: sampleDesk(), Show: "due"})
		}},
		{"admin-proofing-new", "admin-proofing-new", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminProofingNew(w, r, AdminProofingNew{Desk: sampleDesk(), PersonID: "a", Person: "Ana Rivera", Birthdate: "1980-05-17", NoPasskey: true, Typed: url.Values{"claimed": {"idial1.8"}, "referee": {"yes"}}})
		}},
		{"admin-proofing-new-wrong", "admin-proofing-new", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminProofingNew(w, r, AdminProofingNew{Desk: sampleDesk(), PersonID: "a", Person: "Ana Rivera", Errors: FieldErrors{
				{Field: "claimed", TextKey: ProofingRefusalKey("claimed")}, {Field: "type", TextKey: ProofingRefusalKey("type")}, {Field: "location", TextKey: "admin.form.text"},
			}})
		}},
		{"admin-proofing-new-whom", "admin-proofing-new", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminProofingNew(w, r, AdminProofingNew{Desk: sampleDesk()})
		}},
		{"account-declaration", "account-declaration", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountDeclaration(w, r, AccountDeclaration{Signing: sampleSigning(""), AskedAt: sampleNow})
		}},
		{"account-declaration-problem", "account-declaration", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountDeclaration(w, r, AccountDeclaration{Signing: sampleSigning(ProblemAnother), AskedAt: sampleNow})
		}},
		{"account-declaration-done", "account-declaration", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountDeclaration(w, r, AccountDeclaration{Done: true})
		}},
	}
	return append(list, stepSamples()...)
}

func sampleSigning(problem string) *Signing {
	return &Signing{Ceremony: "c", Options: requestOptions, Text: "I am Ana Rivera, and every word of this is true.", Locale: "en", Problem: problem, Lifetime: 10 * time.Minute}
}

func stepSamples() []sample {
	step := func(name, of string, status int, change func(a *AdminProofingStep)) sample {
		a := AdminProofingStep{Desk: sampleDesk(), ProofingHead: sampleHead(), Step: of, Evidence: sampleEvidence(), Typed: url.Values{}}
		change(&a)
		return sample{"admin-proofing-step-" + name, "admin-proofing-step", status, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.AdminProofingStep(w, r, a) }}
	}
	values := []ProofingValue{{ID: "n", Kind: "name", Value: "Ana Rivera"}, {ID: "b", Kind: "birthdate", Value: "1980-05-17", Status: "consistent"}, {ID: "s", Kind: "sex", Value: "female"}}
	list := []sample{
		step("types", "evidence", 200, func(*AdminProofingStep) {}),
		step("wrong", "evidence", 422, func(a *AdminProofingStep) {
			a.Fields, _ = FieldsOfEvidence("other_government_id")
			a.Values = values
			a.Typed = url.Values{"supports": {"name"}, "number": {"<b>"}}
			a.Errors = FieldErrors{{Field: "issuer", TextKey: ProofingRefusalKey("issuer")}, {Field: "number", TextKey: "admin.form.text"}, {Field: "expires", TextKey: ProofingRefusalKey("date")},
				{Field: "supports-name", TextKey: ProofingRefusalKey("supports")}, {Field: "method", TextKey: ProofingRefusalKey("method")}}
		}),
		step("comparison", "comparison", 200, func(a *AdminProofingStep) {
			a.Methods = []string{"in_person", "live_video", "async_agent", "automated"}
		}),
		step("comparison-wrong", "comparison", 422, func(a *AdminProofingStep) {
			a.Errors = FieldErrors{{Field: "evidence", TextKey: ProofingRefusalKey("photo")}, {Field: "result-passed", TextKey: ProofingRefusalKey("result")}, {Field: "method", TextKey: ProofingRefusalKey("method")}}
		}),
		step("comparison-none", "comparison", 200, func(a *AdminProofingStep) { a.Evidence = nil }),
		step("address", "address", 200, func(*AdminProofingStep) {}),
		step("address-wrong", "address", 422, func(a *AdminProofingStep) {
			a.Errors = FieldErrors{{Field: "method", TextKey: ProofingRefusalKey("code")}, {Field: "source", TextKey: ProofingRefusalKey("source")}}
		}),
		step("contact", "contact", 200, func(a *AdminProofingStep) {
			a.Code = &ProofingCode{Code: "123456", Channel: "sms", To: "+12065550147", Until: sampleNow}
			a.Contacts = []ProofingContact{
				{Kind: "phone", To: "+12065550147", Channels: []string{"sms", "voice"}, WaitsFor: "sms", Until: sampleNow, Left: 4}, {Kind: "email", To: "ana@sample.example", Channels: []string{"email"}, ConfirmedAt: sampleNow},
				{Kind: "address", To: "12 Chestnut Street", Channels: []string{"postal"}},
			}
		}),
		step("contact-wrong", "contact", 422, func(a *AdminProofingStep) {
			a.Contacts = []ProofingContact{{Kind: "phone", To: "+12065550147", Channels: []string{"sms", "voice"}, WaitsFor: "voice", Until: sampleNow, Left: 1}}
			a.Errors = FieldErrors{{Field: "code", TextKey: ProofingRefusalKey("code_wrong")}}
		}),
		step("check", "check", 200, func(*AdminProofingStep) {}),
		step("check-wrong", "check", 422, func(a *AdminProofingStep) {
			a.Errors = FieldErrors{{Field: "method", TextKey: ProofingRefusalKey("method")}}
		}),
		step("values", "values", 200, func(a *AdminProofingStep) { a.Values = values }),
		step("declaration", "declaration", 200, func(a *AdminProofingStep) { a.Signing, a.AskedAt = sampleSigning(""), sampleNow }),
		step("declaration-phone", "declaration", 200, func(a *AdminProofingStep) { a.Signing = sampleSigning(""); a.Signing.With = WithPhone }),
		step("declaration-problem", "declaration", 422, func(a *AdminProofingStep) {
			a.Signing = sampleSigning(ProblemAnother)
			a.Signing.With = WithSecurityKey
		}),
		step("declaration-none", "declaration", 200, func(a *AdminProofingStep) { a.NoPasskey = true }),
	}
	for _, group := range EvidenceGroups() {
		for _, one := range group.Types {
			list = append(list, step("evidence-"+one, "evidence", 200, func(a *AdminProofingStep) {
				a.Fields, _ = FieldsOfEvidence(one)
				a.Typed, a.Values = url.Values{"supports": a.Fields.Supports, "photo": {"yes"}, "method": {a.Fields.Methods[0]}}, values
			}))
		}
	}
	for _, how := range []string{"typed", "drawn", "passkey"} {
		list = append(list, step("signed-"+how, "declaration", 200, func(a *AdminProofingStep) { a.Signed, a.SignedBy, a.NoPasskey = sampleNow, how, true }))
	}
	return list
}
