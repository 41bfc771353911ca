package pages

import (
	"net/http"
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
