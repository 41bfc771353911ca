package pages

import (
	"net/http"
	"regexp"
	"time"
)

// settingsChosen are the keys of the settings' pages that are put together in Go.
var settingsChosen = regexp.MustCompile(`^(admin\.(keys\.(state|form|were)\.|setting\.|nav\.|settings\.(source|group|sign-up|act|form)\.)|duration\.)`)

func sampleKeys() []SigningKey {
	active := SigningKey{
		ID: "1", KeyID: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", Algorithm: "ES256", Subject: "id.sample.example", State: "active", Signs: true,
		CreatedAt: sampleNow, Begins: sampleNow, Ends: sampleNow.AddDate(1, 0, 0),
	}
	next, retiring, stays, expired, alone := active, active, active, active, active
	next.State, next.ReadyAt, next.Signs, next.TakesOver = "next", sampleNow.Add(5*time.Minute), false, true
	retiring.State, retiring.StoppedAt, retiring.LeavesAt, retiring.Signs = "retiring", sampleNow, sampleNow.Add(24*time.Hour), false
	stays.State, stays.Signs = "retiring", false
	expired.State, expired.Signs = "expired", false
	alone.State = "expired"
	return []SigningKey{active, next, retiring, stays, expired, alone}
}

func sampleRetired() []SigningKey {
	over := sampleKeys()[0]
	over.State, over.Signs, over.RetiredAt, over.How = "retired", false, sampleNow, "over"
	withdrawn := over
	withdrawn.How, withdrawn.Reason, withdrawn.KeyID = "withdrawn", "the disk was stolen", "short"
	return []SigningKey{over, withdrawn}
}

func settingsSamples() []sample {
	trust := func(id string) string { return "/admin/trust/" + id }
	key := func(n int) AdminKey {
		return AdminKey{Desk: sampleDesk(), SigningKey: sampleKeys()[n], CommunityID: "c", Community: "Sample Trust", URI: "urn:sample:trust", Active: sampleKeys()[0], MayWithdraw: true}
	}
	return []sample{
		{"admin-keys", "admin-keys", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminKeys(w, r, AdminKeys{Desk: sampleDesk(), TrustURL: trust, Rings: []KeyRing{
				{CommunityID: "c", Community: "Sample Trust", URI: "urn:sample:trust", Keys: sampleKeys(), Retired: sampleRetired()},
				{CommunityID: "d", Community: "Another Trust", URI: "https://a-rather-long-name.of-a-community.sample.example/trust", Retired: sampleRetired()[:1]},
			}})
		}},
		{"admin-keys-empty", "admin-keys", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminKeys(w, r, AdminKeys{Desk: sampleDesk()})
		}},
		{"admin-settings", "admin-settings", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminSettings(w, r, sampleSettings())
		}},
		{"admin-settings-wrong", "admin-settings", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleSettings()
			a.Rows[6].Fixed, a.Rows[7].Fixed, a.Rows[8].Fixed = false, false, false
			a.Form.Errors = FieldErrors{
				{Field: "sign_up", TextKey: "admin.refused.setting_bad"}, {Field: "closing_days", TextKey: "admin.settings.form.closing"},
				{Field: "two_persons", TextKey: "admin.refused.setting_loosened"},
			}
			return p.AdminSettings(w, r, a)
		}},
		{"admin-settings-fixed", "admin-settings", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleSettings()
			a.Rows[6].Fixed, a.Rows[7].Fixed = true, true
			return p.AdminSettings(w, r, a)
		}},
		{"admin-key", "admin-key", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := key(1)
			a.MayChangeOver = true
			return p.AdminKey(w, r, a)
		}},
		{"admin-key-early", "admin-key", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := key(1)
			a.MayChangeOver, a.Early = true, true
			a.Errors = FieldErrors{{Field: "force", TextKey: "admin.keys.form.force"}, {Field: "reason", TextKey: "admin.form.reason"}}
			return p.AdminKey(w, r, a)
		}},
		{"admin-key-active", "admin-key", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminKey(w, r, key(0))
		}},
		{"admin-key-only", "admin-key", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := key(5)
			a.Only = true
			return p.AdminKey(w, r, a)
		}},
		{"admin-key-other", "admin-key", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminKey(w, r, key(2))
		}},
	}
}

func sampleSettings() AdminSettings {
	return AdminSettings{
		Desk: sampleDesk(), MayChange: true, More: []Section{{URL: "/admin/branding", TextKey: "admin.nav.branding"}, {URL: "/admin/retention", TextKey: "admin.nav.retention"}},
		Form: SettingsForm{SignUp: "open", ClosingDays: "14", TwoPersons: []string{"admin"}},
		Rows: []ShownSetting{
			{Name: "data-dir", Value: "/var/lib/udap-idp", Source: "flag", From: "--data-dir"},
			{Name: "issuer", Value: "https://id.sample.example", Source: "file", From: "issuer in udap-idp.json"},
			{Name: "database", Value: "postgres://idp:hidden@db.sample.example/idp?sslmode=verify-full", Source: "environment", From: "UDAP_IDP_DATABASE"},
			{Name: "master-key", Value: "(hidden)", Source: "environment", From: "UDAP_IDP_MASTER_KEY"},
			{Name: "operator-name", Value: "Sample Health ID", Source: "here", By: "Max Admin", At: sampleNow, Changeable: true},
			{Name: "help-email", Source: "default", Changeable: true},
			{Name: "sign-up", Value: "open", Source: "here", By: "Max Admin", At: sampleNow, Changeable: true},
			{Name: "closing-wait", Value: "336h", Source: "default", Changeable: true},
			{Name: "two-person-acts", Value: "admin", Source: "flag", From: "--two-person-acts", Changeable: true, Fixed: true},
			{Name: "session-idle", Value: "30m", Source: "default"},
			{Name: "of-another-version", Value: "90s", Source: "elsewhere"},
		},
	}
}
