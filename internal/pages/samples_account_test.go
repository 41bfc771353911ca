package pages

import (
	"net/http"
	"time"
)

// accountSamples are the sections of a person's account.
func accountSamples() []sample {
	type on = func(p *Pages, w http.ResponseWriter, r *http.Request) error
	const day = 24 * time.Hour
	return []sample{
		{"account-sessions", "account-sessions", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountSessions(w, r, AccountSessions{Done: "ended", Sessions: []AccountSession{
				{ID: "1", Agent: "Safari, iPhone", SignedIn: sampleNow, Seen: sampleNow, Here: true},
				{ID: "2", Agent: "Firefox, Windows", SignedIn: sampleNow.Add(-day), Seen: sampleNow.Add(-time.Hour)},
				{ID: "3", SignedIn: sampleNow.Add(-day), Seen: sampleNow.Add(-day)},
			}})
		})},
		{"account-sessions-one", "account-sessions", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountSessions(w, r, AccountSessions{Sessions: []AccountSession{{ID: "1", SignedIn: sampleNow, Seen: sampleNow, Here: true}}})
		})},
		{"account-preferences", "account-preferences", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPreferences(w, r, AccountPreferences{Done: "saved"})
		})},
		{"account-close", "account-close", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountClose(w, r, AccountClose{WaitDays: 14, Years: 3, Done: "kept"})
		})},
		{"account-close-unticked", "account-close", 422, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountClose(w, r, AccountClose{WaitDays: 14, Years: 3, Errors: FieldErrors{{"understood", "account.close.error.understood"}}})
		})},
		{"account-close-waiting", "account-close", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountClose(w, r, AccountClose{WaitDays: 14, Years: 3, DueAt: sampleNow.Add(14 * day)})
		})},
		{"account-close-desk", "account-close", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountClose(w, r, AccountClose{Desk: true})
		})},
	}
}
