package pages

import (
	"net/http"
	"regexp"
	"time"
)

// accountChosen are the texts of the account that Go chooses among.
var accountChosen = regexp.MustCompile(`^account\.((activity\.(kind|by|times)|need|now)\.|[a-z-]+\.(done|error|mark|how|what)\.)`)

// accountSamples are the sections of a person's account.
func accountSamples() []sample {
	type on = func(p *Pages, w http.ResponseWriter, r *http.Request) error
	const day = 24 * time.Hour
	address := AccountChange{
		Kind: "address", Of: "address", Revision: 4, Value: "1234 Main Street\nSeattle, WA 98101\nUS", Checked: true,
		Street: "1234 Main Street", City: "Seattle", State: "WA", PostalCode: "98101", Country: "US",
	}
	return []sample{
		{"account-profile", "account-profile", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountProfile(w, r, sampleProfile())
		})},
		{"account-profile-empty", "account-profile", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountProfile(w, r, AccountProfile{})
		})},
		{"account-identifier", "account-identifier", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountIdentifier(w, r, AccountIdentifier{})
		})},
		{"account-identifier-none", "account-identifier", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountIdentifier(w, r, AccountIdentifier{None: true})
		})},
		{"account-identifier-shown", "account-identifier", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountIdentifier(w, r, AccountIdentifier{Value: "8f14e45f-ceea-467f-a3b4-1c9d6f2b7e0a"})
		})},
		{"account-change-address", "account-change", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.AccountChange(w, r, address) })},
		{"account-change-address-wrong", "account-change", 422, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			wrong := address
			wrong.Errors = FieldErrors{
				{"street", "account.change.error.required"}, {"city", "account.change.error.too_long"}, {"state", "account.change.error.not_a_state"},
				{"postal_code", "account.change.error.not_a_zip"}, {"country", "account.change.error.not_a_country"}, {"understood", "account.change.error.understood"},
			}
			return p.AccountChange(w, r, wrong)
		})},
		{"account-change-sex", "account-change", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountChange(w, r, AccountChange{Kind: "gender", Of: "sex", Value: "female", Text: "female"})
		})},
		{"account-correct", "account-correct", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountCorrect(w, r, AccountCorrect{Kind: "name", Of: "name", Value: "Ana Rivera", Most: 500})
		})},
		{"account-correct-wrong", "account-correct", 422, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountCorrect(w, r, AccountCorrect{Kind: "birthdate", Of: "birthdate", Value: "1980-05-17", Most: 500, Errors: FieldErrors{{"text", "account.change.error.required"}}})
		})},
		{"account-organizations", "account-organizations", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			ended := sampleOrganization()
			ended.Ended = sampleNow
			return p.AccountOrganizations(w, r, AccountOrganizations{Connected: []AccountOrganization{sampleOrganization()}, Ended: []AccountOrganization{ended}, Done: "stopped"})
		})},
		{"account-organizations-none", "account-organizations", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountOrganizations(w, r, AccountOrganizations{})
		})},
		{"account-organization", "account-organization", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountOrganization(w, r, AccountOrganizationPage{AccountOrganization: sampleOrganization(), Latest: sampleReleases(), More: true})
		})},
		{"account-organization-ended", "account-organization", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			ended := sampleOrganization()
			ended.Ended, ended.Declined = sampleNow, nil
			return p.AccountOrganization(w, r, AccountOrganizationPage{AccountOrganization: ended})
		})},
		{"account-stop", "account-stop", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountStop(w, r, sampleOrganization())
		})},
		{"account-sharing", "account-sharing", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountSharing(w, r, AccountSharing{
				Organizations: []AccountChoice{{"1", "General Hospital", true}, {"2", "Lakeside Clinic", false}}, Chosen: "1", Releases: sampleReleases(),
				Older: "/account/sharing?before=x", Newest: "/account/sharing",
			})
		})},
		{"account-sharing-none", "account-sharing", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountSharing(w, r, AccountSharing{})
		})},
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
		{"account-activity", "account-activity", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountActivity(w, r, sampleActivity())
		})},
		{"account-activity-empty", "account-activity", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountActivity(w, r, AccountActivity{})
		})},
		{"account-not-me", "account-not-me", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountNotMe(w, r, AccountNotMe{Entry: sampleActivity().Entries[0], Action: "/account/activity/1", From: "203.0.113.9", Most: 500})
		})},
		{"account-not-me-wrong", "account-not-me", 422, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountNotMe(w, r, AccountNotMe{Entry: sampleActivity().Entries[0], Action: "/account/activity/1", Most: 500, Errors: FieldErrors{{"text", "account.change.error.too_long"}}})
		})},
		{"account-not-me-done", "account-not-me", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountNotMe(w, r, AccountNotMe{Entry: sampleActivity().Entries[0], Passkey: "iCloud Keychain", Done: true, Ended: 2, Stopped: 1})
		})},
		{"account-not-me-done-alone", "account-not-me", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountNotMe(w, r, AccountNotMe{Entry: sampleActivity().Entries[1], Done: true})
		})},
		{"account-download", "account-download", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.AccountDownload(w, r) })},
		{"account-export", "account-export", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			profile := sampleProfile()
			return p.AccountExport(w, r, AccountExport{
				At: sampleNow, CreatedAt: sampleNow, Level: "idial1.8", Until: profile.Until, Identifier: "8f14e45f-ceea-467f-a3b4-1c9d6f2b7e0a",
				Values: profile.Values, Earlier: profile.Earlier, Requests: profile.Requests, Activity: sampleActivity().Entries, Cut: true,
				Proofings: []ExportProofing{{Level: "idial1.8", Status: "verified", At: sampleNow, Until: profile.Until}, {Level: "idial1.5", Status: "superseded", At: sampleNow}},
				Passkeys:  []ExportPasskey{{Name: "iCloud Keychain", CreatedAt: sampleNow, LastUsedAt: sampleNow}, {CreatedAt: sampleNow}},
				Sessions:  []AccountSession{{Agent: "Safari, iPhone", SignedIn: sampleNow}, {SignedIn: sampleNow}},
				Consents:  []ExportConsent{{Organization: "General Hospital", Claims: []string{"name", "zoneinfo"}, At: sampleNow, EndedAt: sampleNow}},
				Releases:  []ExportConsent{{Organization: "General Hospital", Claims: []string{"name", "birthdate"}, At: sampleNow}},
				Messages:  []ExportMessage{{Kind: "new-sign-in", To: "ana@example.org", At: sampleNow}, {Kind: "of-tomorrow", To: "ana@example.org", At: sampleNow}},
			})
		})},
		{"account-export-empty", "account-export", 200, on(func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountExport(w, r, AccountExport{At: sampleNow, CreatedAt: sampleNow})
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

func sampleProfile() AccountProfile {
	return AccountProfile{
		Level: "idial1.8", VerifiedAt: sampleNow, Until: sampleNow.AddDate(3, 0, 0), Identifier: true, Done: "changed",
		Values: []ProfileValue{
			{Kind: "name", Value: "Ana Lucía Rivera Ortega", Mark: MarkVerified, Method: "evidence", CheckedAt: sampleNow, CorrectURL: "/account/profile/correct?of=name"},
			{Kind: "birthdate", Value: "1980-05-17", Mark: MarkVerified, Method: "evidence", CheckedAt: sampleNow, CorrectURL: "/account/profile/correct?of=birthdate"},
			{Kind: "gender", Value: "female", Mark: MarkConsistent, Method: "something", CheckedAt: sampleNow, ChangeURL: "/account/profile/change?of=sex"},
			{Kind: "address", Value: "1234 Main Street\nApartment 5\nSeattle, WA 98101\nUS", Mark: MarkVerified, From: "2024-02-01", ChangeURL: "/account/profile/change?of=address"},
			{Kind: "phone_number", Value: "+12065550147", Mark: MarkExpired, ChangeURL: "/account/profile/change?of=phone"},
			{Kind: "email", Value: "ana.rivera@example.org", Mark: MarkWord, Unconfirmed: true, ChangeURL: "/account/profile/change?of=email"},
			{Kind: "locale", Value: "es", Mark: MarkWord, ChangeURL: "/account/preferences"},
		},
		Earlier: []ProfileValue{
			{Kind: "name", Value: "Ana Rivera", Mark: MarkWord, To: "2015-06-01"},
			{Kind: "address", Value: "1 Elm Street\nBoston, MA 02108\nUS", Mark: MarkVerified, From: "2019-01-31", To: "2024-02-01"},
		},
		Requests: []ProfileRequest{
			{Kind: "correction", Subject: "name", Text: "It is Ortega, with a t.", At: sampleNow, AnsweredAt: sampleNow, Answer: "It is corrected."},
			{Kind: "not-me", At: sampleNow},
		},
	}
}

func sampleActivity() AccountActivity {
	return AccountActivity{Before: "9", Later: true, Entries: []ActivityEntry{
		{ID: "1", At: sampleNow, Kind: "signin", By: ByYou, Agent: "Firefox, Windows", New: true, NotMe: true},
		{ID: "2", At: sampleNow.Add(-time.Hour), Kind: "signin.refused", By: ByStranger, NotMe: true},
		{ID: "3", At: sampleNow.Add(-2 * time.Hour), Kind: "person.change", By: ByYou, What: "email", NotMe: true},
		{ID: "4", At: sampleNow.Add(-30 * time.Hour), Kind: "identifier.given", By: ByService, Organization: "General Hospital"},
		{ID: "5", At: sampleNow.Add(-31 * time.Hour), Kind: "identifier.read", By: ByStaff},
		{ID: "6", At: sampleNow.Add(-32 * time.Hour), Kind: "of.tomorrow", By: ByStaff},
	}}
}

func sampleOrganization() AccountOrganization {
	return AccountOrganization{
		ID: "1", Name: "General Hospital", Community: "Sample Trust Community", Since: sampleNow.AddDate(0, -3, 0), Last: sampleNow, Times: 4,
		Agreed: []string{"birthdate", "email", "email_verified", "family_name", "given_name", "name"}, Declined: []string{"address", "phone_number"},
	}
}

func sampleReleases() []AccountRelease {
	return []AccountRelease{
		{Organization: "General Hospital", At: sampleNow, Claims: []string{"name", "given_name", "birthdate", "email", "zoneinfo", "verified_claims", "verified_claims.time"}, Level: "idial1.8", Again: 2, LastAt: sampleNow},
		{Organization: "Lakeside Clinic", At: sampleNow.AddDate(0, -1, 0), Claims: []string{"name"}},
	}
}
