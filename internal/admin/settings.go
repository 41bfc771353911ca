package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/settings"
)

// settingsPage answers GET /admin/settings: every setting, what it is, and where that comes from.
func (a *Admin) settingsPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	now := a.Settings.Now()
	return a.showSettings(w, r, by, pages.SettingsForm{
		SignUp: now.SignUp, ClosingDays: strconv.Itoa(int(now.ClosingWait / (24 * time.Hour))), TwoPersons: now.TwoPersonActs,
	})
}

func (a *Admin) showSettings(w http.ResponseWriter, r *http.Request, by Visitor, form pages.SettingsForm) error {
	page := pages.AdminSettings{Desk: a.desk(r, by), Form: form, MayChange: by.may("POST /admin/settings")}
	page.More = settingsPages(by)
	for _, d := range a.Settings.Now().Describe() {
		name, err := a.nameOf(r.Context(), d.By)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, pages.ShownSetting{
			Name: d.Name, Value: d.Value, Source: d.Source, From: d.From, By: name, At: d.At,
			Changeable: settings.Changeable(d.Name), Fixed: a.Settings.Fixed(d.Name),
		})
	}
	return a.Pages.AdminSettings(w, r, page)
}

// settingsPages are the pages on which more is set, as far as a visitor may see them.
func settingsPages(by Visitor) []pages.Section {
	var more []pages.Section
	for _, s := range []pages.Section{
		{URL: "/admin/branding", TextKey: "admin.nav.branding"}, {URL: "/admin/policies", TextKey: "admin.nav.policies"},
		{URL: "/admin/retention", TextKey: "admin.nav.retention"},
	} {
		if by.may("GET " + s.URL) {
			more = append(more, s)
		}
	}
	return more
}

// belowSettings reports whether a page is one on which more is set.
func belowSettings(path string) bool {
	for _, above := range []string{"/admin/branding", "/admin/policies", "/admin/retention"} {
		if path == above || strings.HasPrefix(path, above+"/") {
			return true
		}
	}
	return false
}

// nameOf is who did something: a person's name, or that of a command.
func (a *Admin) nameOf(ctx context.Context, actor string) (string, error) {
	if actor == "" {
		return "", nil
	}
	p, err := a.Store.Person(ctx, actor)
	if errors.Is(err, idp.ErrNotFound) {
		return actor, nil
	}
	if err != nil {
		return "", fmt.Errorf("who made a setting: %w", err)
	}
	return p.Name(), nil
}

// changeSettings answers POST /admin/settings. A setting that the machine says is not in the form, and stays as it is.
func (a *Admin) changeSettings(w http.ResponseWriter, r *http.Request, by Visitor) error {
	form := pages.SettingsForm{SignUp: r.PostFormValue("sign_up"), ClosingDays: strings.TrimSpace(r.PostFormValue("closing_days")), TwoPersons: r.PostForm["two_persons"]}
	change := settings.Change{Set: map[string]string{}}
	now := a.Settings.Now()
	// Only what was changed becomes a setting made here: what nobody touched goes on following the default.
	if !a.Settings.Fixed("sign-up") && form.SignUp != now.SignUp {
		change.Set["sign-up"] = form.SignUp
	}
	if days, err := strconv.Atoi(form.ClosingDays); a.Settings.Fixed("closing-wait") {
	} else if err != nil || days < 1 || days > 90 {
		form.Errors = append(form.Errors, pages.FieldError{Field: "closing_days", TextKey: "admin.settings.form.closing"})
	} else if wait := time.Duration(days) * 24 * time.Hour; wait != now.ClosingWait {
		change.Set["closing-wait"] = strconv.Itoa(24*days) + "h"
	}
	if !a.Settings.Fixed("two-person-acts") && !sameWords(form.TwoPersons, now.TwoPersonActs) {
		change.Set["two-person-acts"] = strings.Join(form.TwoPersons, ",")
		if len(form.TwoPersons) == 0 {
			delete(change.Set, "two-person-acts")
			change.Clear = []string{"two-person-acts"}
		}
	}
	if len(form.Errors) > 0 {
		return a.showSettings(w, r, by, form)
	}
	err := a.Settings.Make(r.Context(), change, a.reading(r, by.Person, "settings"), a.now())
	if wrong := settingErrors(err, map[string]string{"sign-up": "sign_up", "closing-wait": "closing_days", "two-person-acts": "two_persons"}); len(wrong) > 0 {
		form.Errors = wrong
		return a.showSettings(w, r, by, form)
	}
	return a.settingsChanged(w, r, err, "/admin/settings")
}

// clearSetting answers POST /admin/settings/{id}/clear: the setting is what it would be without.
func (a *Admin) clearSetting(w http.ResponseWriter, r *http.Request, by Visitor) error {
	err := a.Settings.Make(r.Context(), settings.Change{Clear: []string{r.PathValue("id")}}, a.reading(r, by.Person, "settings"), a.now())
	return a.settingsChanged(w, r, err, "/admin/settings")
}

// settingsChanged leads on after a change, or back with why there was none.
func (a *Admin) settingsChanged(w http.ResponseWriter, r *http.Request, err error, back string) error {
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=saved")
}

// settingErrors is what was refused about a setting, at its field in a form; none for other errors.
func settingErrors(err error, fields map[string]string) pages.FieldErrors {
	var refused *settings.Refusal
	if !errors.As(err, &refused) {
		return nil
	}
	field, ok := fields[refused.Setting]
	if !ok {
		return nil
	}
	return pages.FieldErrors{{Field: field, TextKey: pages.RefusalKey(refused.Code)}}
}

func sameWords(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
