package admin

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
)

// secretSettings are the settings that hold a secret, or may, by their names.
func secretSettings() []string {
	var names []string
	fields := reflect.TypeFor[config.Settings]()
	for i := range fields.NumField() {
		if fields.Field(i).Tag.Get("secret") != "" {
			names = append(names, fields.Field(i).Tag.Get("name"))
		}
	}
	return names
}

func TestNoSecretIsOnThePageOfTheSettings(t *testing.T) {
	t.Parallel()
	environ := []string{"UDAP_IDP_SMTP_HOST=mail.example.org", "UDAP_IDP_MAIL_FROM=id@example.org", "UDAP_IDP_SMTP_USERNAME=idp"}
	secrets := secretSettings()
	if len(secrets) < 5 {
		t.Fatalf("there are no more secrets than %v", secrets)
	}
	for _, name := range secrets {
		value := map[string]string{"database": "postgres://idp:hunter2@db.example.org/idp", "sms-url": "https://gateway.example.org/?key=hunter2"}[name]
		if value == "" {
			value = "hunter2"
		}
		environ = append(environ, "UDAP_IDP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
	}
	h := newHouse(t, withSettings(t, environ...))
	w := h.as(idp.Owner).get("/admin/settings")
	wantPage(t, w, http.StatusOK, "admin-settings", "Set, and never shown", "db.example.org", "UDAP_IDP_SMTP_HOST", "14 days")
	if strings.Contains(w.Body.String(), "hunter2") {
		t.Error("a secret is on the page")
	}
}

// Every setting has its meaning in words on the page.
func TestEverySettingHasItsMeaning(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	body := h.as(idp.Auditor).get("/admin/settings").Body.String()
	for _, d := range h.admin.Settings.Now().Describe() {
		if !strings.Contains(body, "<code>"+d.Name+`</code><br><span class="quiet-text">`) {
			t.Errorf("%s has no meaning: the texts need admin.setting.%s", d.Name, d.Name)
		}
	}
	if strings.Contains(body, `<form method="post" action="/admin`) {
		t.Error("an auditor, who changes nothing, sees a form")
	}
}

func TestSettingsAreChangedHereWhereTheMachineSaysNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withSettings(t, "UDAP_IDP_SIGN_UP=off"))
	w := h.as(idp.Owner).get("/admin/settings")
	wantPage(t, w, http.StatusOK, "admin-settings", "Set on the server&#39;s machine: UDAP_IDP_SIGN_UP")
	form := url.Values{"sign_up": {"open"}, "closing_days": {"0"}, "two_persons": {"admin"}}
	w = h.post("/admin/settings", form)
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-settings", "whole number of days", `id="act-admin" name="two_persons" value="admin" checked`)
	form.Set("closing_days", "30")
	wantPage(t, h.follow(h.post("/admin/settings", form)), http.StatusOK, "admin-settings", "Saved.", "30 days", "Max owner", "Take back what was set here")
	now := h.admin.Settings.Now()
	if now.SignUp != "off" || now.ClosingWait.Hours() != 30*24 || len(now.TwoPersonActs) != 1 {
		t.Errorf("sign-up %s, closing %s, two persons %v", now.SignUp, now.ClosingWait, now.TwoPersonActs)
	}
	// Fewer acts of two people are not for a browser.
	form.Del("two_persons")
	wantPage(t, h.post("/admin/settings", form), http.StatusUnprocessableEntity, "admin-settings", "and not for fewer")
	wantPage(t, h.follow(h.post("/admin/settings/two-person-acts/clear", nil)), http.StatusOK, "admin-settings", "and not for fewer")
	wantPage(t, h.follow(h.post("/admin/settings/closing-wait/clear", nil)), http.StatusOK, "admin-settings", "Saved.")
	if got := len(h.events("setting.change")); got != 2 {
		t.Errorf("%d changes are recorded, want 2", got)
	}
}
