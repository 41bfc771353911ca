package pages

import (
	"net/http"
	"regexp"
	"time"
)

// settingsChosen are the keys of the settings' pages that are put together in Go.
var settingsChosen = regexp.MustCompile(`^(admin\.(keys\.(state|form|were)\.|setting\.|nav\.|message\.test\.(form|often)$|policies\.(kind|state|effect|form|how)\.|retention\.(rule|form|how|removed)\.|branding\.form\.|settings\.(source|group|sign-up|act|form)\.)|duration\.)`)

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
		{"admin-branding", "admin-branding", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminBranding(w, r, AdminBranding{
				Desk: sampleDesk(), MayChange: true, Form: BrandForm{Name: "Sample Health ID", Color: "#0b5c6b"}, Fixed: map[string]string{"help_email": "--help-email", "logo": "--logo-file"},
			})
		}},
		{"admin-branding-wrong", "admin-branding", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminBranding(w, r, AdminBranding{
				Desk: sampleDesk(), MayChange: true, MayRevert: true, Proposed: true, By: "Max Admin", At: sampleNow, Generated: true, Contrast: "1.4", Nearest: "#7a6400",
				Logo: Logo{URL: "/admin/branding/look/logo.x.png", Width: 120, Height: 40}, Fixed: map[string]string{},
				Form: BrandForm{HelpEmail: "nobody", Color: "#ffd200", Errors: FieldErrors{
					{Field: "name", TextKey: "admin.branding.form.name"}, {Field: "help_email", TextKey: "admin.branding.form.help_email"},
					{Field: "help_phone", TextKey: "admin.branding.form.help_phone"}, {Field: "help_url", TextKey: "admin.branding.form.help_url"},
					{Field: "color", TextKey: "admin.branding.form.contrast"}, {Field: "color", TextKey: "admin.branding.form.color"}, {Field: "logo", TextKey: "admin.branding.form.logo"},
				}},
			})
		}},
		{"admin-branding-read", "admin-branding", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminBranding(w, r, AdminBranding{Desk: sampleDesk(), Form: BrandForm{Name: "Sample Health ID"}})
		}},
		{"admin-policies", "admin-policies", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPolicies(w, r, AdminPolicies{Desk: sampleDesk(), Rows: []PolicyRow{
				{Kind: "practices", Title: "Identity verification policy", Version: 3, PublishedAt: sampleNow, Languages: []string{"English", "Español"}, Draft: true},
				{Kind: "terms", Title: "Terms", Languages: []string{"English"}}, {Kind: "of-another-version", Title: "Guide", Languages: []string{"English"}},
			}})
		}},
		{"admin-policy", "admin-policy", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPolicy(w, r, samplePolicy())
		}},
		{"admin-policy-first", "admin-policy", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPolicy(w, r, AdminPolicy{Desk: sampleDesk(), Kind: "terms", Next: 1, MayChange: true, Texts: samplePolicy().Texts})
		}},
		{"admin-policy-wrong", "admin-policy", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := samplePolicy()
			a.Kind, a.Errors = "guide", FieldErrors{{Field: "text-en", TextKey: "admin.policies.form.text"}, {Field: "text-en", TextKey: "admin.policies.form.stale"}}
			return p.AdminPolicy(w, r, a)
		}},
		{"admin-policy-changes", "admin-policy-changes", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPolicyChanges(w, r, AdminPolicyChanges{Desk: sampleDesk(), Kind: "practices", From: 2, To: 3, Texts: []PolicyChange{
				{Language: "en", Name: "English", Lines: []DiffLine{{"same", "# How we verify"}, {"removed", "At the desk."}, {"added", "At the desk, and by video."}}},
				{Language: "es", Name: "Español", Same: true},
			}})
		}},
		{"admin-policy-draft-changes", "admin-policy-changes", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminPolicyChanges(w, r, AdminPolicyChanges{Desk: sampleDesk(), Kind: "practices"})
		}},
		{"admin-message-test", "admin-message-test", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessageTest(w, r, AdminMessageTest{Desk: sampleDesk(), To: "ana@sample.example", Address: "ana@sample.example"})
		}},
		{"admin-message-test-refused", "admin-message-test", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessageTest(w, r, AdminMessageTest{Desk: sampleDesk(), To: "ana@sample.example", Answer: "550 5.7.1 relaying denied"})
		}},
		{"admin-message-test-wrong", "admin-message-test", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminMessageTest(w, r, AdminMessageTest{Desk: sampleDesk(), Until: sampleNow, Errors: FieldErrors{
				{Field: "address", TextKey: "admin.message.test.form"}, {Field: "address", TextKey: "admin.message.test.often"},
			}})
		}},
		{"admin-retention", "admin-retention", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRetention(w, r, sampleRetention())
		}},
		{"admin-retention-wrong", "admin-retention", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := sampleRetention()
			a.AttemptsAge.Fixed, a.AttemptsMax.Fixed = false, false
			a.Form.Errors = FieldErrors{{Field: "attempts_days", TextKey: "admin.retention.form.attempts_days"}, {Field: "attempts_max", TextKey: "admin.retention.form.attempts_max"}}
			return p.AdminRetention(w, r, a)
		}},
		{"admin-retention-new", "admin-retention", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminRetention(w, r, AdminRetention{Desk: sampleDesk(), Rows: []RetentionRule{{Rule: "sessions", Days: 0}}})
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

func sampleRetention() AdminRetention {
	return AdminRetention{
		Desk: sampleDesk(), MayRun: true, MayChange: true, Form: RetentionForm{AttemptsDays: "90", AttemptsMax: "100000"},
		AttemptsAge: ShownSetting{Name: "attempts-age", Fixed: true, From: "--attempts-age"}, AttemptsMax: ShownSetting{Name: "attempts-max", Fixed: true, From: "--attempts-max"},
		Rows: []RetentionRule{
			{Rule: "audit", Forever: true, RanAt: sampleNow}, {Rule: "audit", Days: 2555, RanAt: sampleNow, Removed: 1, RemovedAt: sampleNow, Total: 12345},
			{Rule: "attempts", Days: 90, Rows: 100000, RanAt: sampleNow, Removed: 12, RemovedAt: sampleNow, Total: 12}, {Rule: "messages", Days: 30}, {Rule: "of-another-version"},
		},
	}
}

func samplePolicy() AdminPolicy {
	return AdminPolicy{
		Desk: sampleDesk(), Kind: "practices", Title: "How we verify", Version: 2, PublishedAt: sampleNow, Versions: []int{2, 1}, Draft: true, By: "Max Admin", At: sampleNow,
		Saved: 7, Next: 3, Accounts: 310000, MayChange: true, Texts: []PolicyText{
			{Language: "en", Name: "English", Text: "# How we verify\n\nAt the <desk>.", First: true}, {Language: "es", Name: "Español"},
		},
	}
}
