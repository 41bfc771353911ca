package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// ShownSetting is a setting as it applies.
type ShownSetting struct {
	Name, Value string // "" when it is not set and has no default
	Source      string // default, file, environment, flag, here
	From        string // as whoever set it wrote it
	By          string // name of who made it here
	At          time.Time
	Changeable  bool // here
	Fixed       bool // the machine says what it is
}

// SettingsForm is what can be changed on the page of the settings, as it was typed.
type SettingsForm struct {
	SignUp      string
	ClosingDays string
	TwoPersons  []string
	Errors      FieldErrors
}

// AdminSettings is every setting.
type AdminSettings struct {
	Desk
	Rows      []ShownSetting
	Form      SettingsForm
	MayChange bool
	More      []Section // pages on which more is set
}

// settingGroups are the headings of the list, with what stands below each; what stands nowhere is of the server.
var settingGroups = []struct {
	key   string
	names []string
}{
	{"look", []string{"operator-name", "help-email", "help-phone", "help-url", "logo-file", "primary-color"}},
	{"people", []string{"sign-up", "closing-wait", "two-person-acts", "two-person-approval", "assert-ial2"}},
	{"kept", []string{"attempts-age", "attempts-max", "audit-keep"}},
	{"sessions", []string{"session-idle", "session-limit"}},
	{"trust", []string{"revocation-interval", "fetch-allow", "unknown-community"}},
	{"messages", []string{
		"mail-from", "smtp-host", "smtp-port", "smtp-tls", "smtp-ca-file", "smtp-ehlo", "smtp-username", "smtp-password", "smtp-password-file",
		"sms-url", "sms-token", "sms-token-file",
	}},
	{"server", nil},
}

// settingSources are where a setting may come from, with the tone of each.
var settingSources = map[string]string{"default": "plain", "file": "good", "environment": "good", "flag": "good", "here": "careful"}

type (
	settingView struct {
		ShownSetting
		MeaningKey string
		Badge      badge
		Spoken     string // a duration in words, "" for other values
		PageKey    string // text key of the page where it is changed, "" for none
		PageURL    string
	}
	settingGroup struct {
		Key  string
		Rows []settingView
	}
	settingsView struct {
		AdminSettings
		Groups     []settingGroup
		SignUps    []stateOption
		Acts       []stateOption
		SignUpSet  ShownSetting
		ClosingSet ShownSetting
		ActsSet    ShownSetting
	}
)

// offers reports whether the reader is led to a page.
func (a AdminSettings) offers(url string) bool {
	return slices.ContainsFunc(a.More, func(s Section) bool { return s.URL == url })
}

// settingPages are where a setting is changed that has a page of its own.
var settingPages = map[string][2]string{
	"operator-name": {"admin.nav.branding", "/admin/branding"}, "help-email": {"admin.nav.branding", "/admin/branding"},
	"help-phone": {"admin.nav.branding", "/admin/branding"}, "help-url": {"admin.nav.branding", "/admin/branding"},
	"primary-color": {"admin.nav.branding", "/admin/branding"}, "logo-file": {"admin.nav.branding", "/admin/branding"},
	"attempts-age": {"admin.nav.retention", "/admin/retention"}, "attempts-max": {"admin.nav.retention", "/admin/retention"},
}

// twoPersonGroups are the acts that a second person may be asked for.
var twoPersonGroups = []string{"admin", "close", "merge", "trust"}

// AdminSettings renders every setting.
func (p *Pages) AdminSettings(w http.ResponseWriter, r *http.Request, a AdminSettings) error {
	l := p.catalog.choose(r, nil)
	v := settingsView{AdminSettings: a}
	for _, group := range settingGroups {
		v.Groups = append(v.Groups, settingGroup{Key: "admin.settings.group." + group.key})
	}
	for _, row := range a.Rows {
		switch row.Name {
		case "sign-up":
			v.SignUpSet = row
		case "closing-wait":
			v.ClosingSet = row
		case "two-person-acts":
			v.ActsSet = row
		}
		at := slices.IndexFunc(settingGroups, func(g struct {
			key   string
			names []string
		}) bool {
			return slices.Contains(g.names, row.Name)
		})
		if at < 0 {
			at = len(settingGroups) - 1
		}
		v.Groups[at].Rows = append(v.Groups[at].Rows, l.settingView(row, a.offers))
	}
	for _, mode := range []string{"off", "invitation", "open"} {
		v.SignUps = append(v.SignUps, stateOption{mode, "admin.settings.sign-up." + mode, mode == a.Form.SignUp})
	}
	for _, act := range twoPersonGroups {
		v.Acts = append(v.Acts, stateOption{act, "admin.settings.act." + act, slices.Contains(a.Form.TwoPersons, act)})
	}
	return p.render(w, r, page{name: "admin-settings", status: formStatus(a.Form.Errors), lang: l, data: v})
}

// settingView is a row; offered reports whether the reader may go to a page.
func (l *language) settingView(s ShownSetting, offered func(url string) bool) settingView {
	v := settingView{ShownSetting: s, Spoken: l.spokenDuration(s.Value), Badge: badge{Key: "admin.settings.source.default", Tone: "plain"}}
	if tone, ok := settingSources[s.Source]; ok {
		v.Badge = badge{Key: "admin.settings.source." + s.Source, Tone: tone}
	}
	if _, ok := l.Texts["admin.setting."+s.Name]; ok {
		v.MeaningKey = "admin.setting." + s.Name
	}
	if page, ok := settingPages[s.Name]; ok && !s.Fixed && offered(page[1]) {
		v.PageKey, v.PageURL = page[0], page[1]
	}
	return v
}

// spokenDuration says 336h as people do: 14 days; "" for what is no duration.
func (l *language) spokenDuration(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || !strings.ContainsAny(text, "hms") {
		return ""
	}
	for _, unit := range []struct {
		key  string
		size time.Duration
	}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}, {"seconds", time.Second}} {
		if d%unit.size != 0 {
			continue
		}
		spoken, err := l.counted("duration."+unit.key, int(d/unit.size))
		if err == nil {
			return spoken
		}
	}
	return ""
}
