package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/settings"
)

const day = 24 * time.Hour

// retention answers GET /admin/retention: what is kept how long, and what was deleted last.
func (a *Admin) retention(w http.ResponseWriter, r *http.Request, by Visitor) error {
	now := a.Settings.Now()
	return a.showRetention(w, r, by, pages.RetentionForm{AttemptsDays: strconv.Itoa(int(now.AttemptsAge / day)), AttemptsMax: strconv.Itoa(now.AttemptsMax)})
}

func (a *Admin) showRetention(w http.ResponseWriter, r *http.Request, by Visitor, form pages.RetentionForm) error {
	runs, err := a.Store.HousekeepingRuns(r.Context())
	if err != nil {
		return err
	}
	byRule := map[string]idp.Housekept{}
	for _, run := range runs {
		byRule[run.Rule] = run
	}
	now := a.Settings.Now()
	page := pages.AdminRetention{
		Desk: a.desk(r, by), Form: form, MayRun: by.may("POST /admin/retention/run"), MayChange: by.may("POST /admin/retention"),
		AttemptsAge: a.shownSetting("attempts-age"), AttemptsMax: a.shownSetting("attempts-max"),
	}
	// Each rule has its words in the locales, which say what is deleted and when; those whose time is a setting have it here.
	for _, rule := range []pages.RetentionRule{
		{Rule: "audit", Days: int(now.AuditKeep / day), Forever: now.AuditKeep == 0},
		{Rule: "attempts", Days: int(now.AttemptsAge / day), Rows: now.AttemptsMax},
		{Rule: "messages", Days: int(idp.MessagesKept / day)}, {Rule: "late-messages"},
		{Rule: "closings", Days: int(now.ClosingWait / day)}, {Rule: "keys"}, {Rule: "proofings"},
		{Rule: "sessions"}, {Rule: "sign-ins"}, {Rule: "tokens"}, {Rule: "sign-ups"}, {Rule: "recoveries", Days: 30},
		{Rule: "invitations"}, {Rule: "browsers"}, {Rule: "counts"}, {Rule: "client-days"}, {Rule: "latencies"}, {Rule: "imports"}, {Rule: "releases", Forever: true},
	} {
		run := byRule[rule.Rule]
		rule.RanAt, rule.Removed, rule.RemovedAt, rule.Total = run.RanAt, int(run.Removed), run.RemovedAt, int(run.Total)
		page.Rows = append(page.Rows, rule)
	}
	return a.Pages.AdminRetention(w, r, page)
}

// shownSetting is a setting as the pages show it.
func (a *Admin) shownSetting(name string) pages.ShownSetting {
	for _, d := range a.Settings.Now().Describe() {
		if d.Name == name {
			return pages.ShownSetting{Name: d.Name, Value: d.Value, Source: d.Source, From: d.From, Fixed: a.Settings.Fixed(name)}
		}
	}
	return pages.ShownSetting{Name: name}
}

// changeRetention answers POST /admin/retention.
func (a *Admin) changeRetention(w http.ResponseWriter, r *http.Request, by Visitor) error {
	form := pages.RetentionForm{AttemptsDays: plain(r.PostFormValue("attempts_days")), AttemptsMax: plain(r.PostFormValue("attempts_max"))}
	now := a.Settings.Now()
	change := settings.Change{Set: map[string]string{}}
	if !a.Settings.Fixed("attempts-age") {
		days, err := strconv.Atoi(form.AttemptsDays)
		if err != nil || days < 1 || days > 3650 {
			form.Errors = append(form.Errors, pages.FieldError{Field: "attempts_days", TextKey: "admin.retention.form.attempts_days"})
		} else if time.Duration(days)*day != now.AttemptsAge {
			change.Set["attempts-age"] = strconv.Itoa(24*days) + "h"
		}
	}
	if !a.Settings.Fixed("attempts-max") && form.AttemptsMax != strconv.Itoa(now.AttemptsMax) {
		change.Set["attempts-max"] = form.AttemptsMax
		if a.Settings.Check("attempts-max", form.AttemptsMax) != nil {
			form.Errors = append(form.Errors, pages.FieldError{Field: "attempts_max", TextKey: "admin.retention.form.attempts_max"})
		}
	}
	if len(form.Errors) > 0 {
		return a.showRetention(w, r, by, form)
	}
	err := a.Settings.Make(r.Context(), change, a.reading(r, by.Person, "retention"), a.now())
	return a.settingsChanged(w, r, err, "/admin/retention")
}

// runRetention answers POST /admin/retention/run: what is due is deleted now, and not within the minute.
func (a *Admin) runRetention(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if _, err := a.Housekeep(r.Context(), a.reading(r, by.Person, "retention")); err != nil {
		return err
	}
	return redirect(w, r, "/admin/retention?done=swept")
}

// testPage answers GET /admin/messages/test.
func (a *Admin) testPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.Pages.AdminMessageTest(w, r, pages.AdminMessageTest{Desk: a.desk(r, by)})
}

// testsAnHour is how many tests the administrators send in an hour, all of them: each goes to whoever was typed.
const testsAnHour = 10

// testMessage answers POST /admin/messages/test: what the mail server says stands on the page.
func (a *Admin) testMessage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	page := pages.AdminMessageTest{Desk: a.desk(r, by), Address: plain(r.PostFormValue("address")), Language: a.Pages.Language(r)}
	if !well(page.Address) || page.Address == "" {
		page.Errors = pages.FieldErrors{{Field: "address", TextKey: "admin.message.test.form"}}
		return a.Pages.AdminMessageTest(w, r, page)
	}
	err := a.Store.Spend(r.Context(), a.now(), idp.Allowance{Key: "message test", Max: testsAnHour, Window: time.Hour})
	var throttled *idp.Throttled
	if errors.As(err, &throttled) {
		page.Errors, page.Until = pages.FieldErrors{{Field: "address", TextKey: "admin.message.test.often"}}, throttled.Until
		return a.Pages.AdminMessageTest(w, r, page)
	}
	if err != nil {
		return err
	}
	to, answer, err := a.TestMessage(r.Context(), page.Address, page.Language)
	if errors.Is(err, idp.ErrMismatch) {
		page.Errors = pages.FieldErrors{{Field: "address", TextKey: "admin.message.test.form"}}
		return a.Pages.AdminMessageTest(w, r, page)
	}
	if err != nil {
		return fmt.Errorf("test message: %w", err)
	}
	page.To, page.Answer = to, strings.ToValidUTF8(answer, "")
	detail := detailOf(map[string]any{"to": to, "taken": answer == "", "answer": answer})
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "message.test", "", detail)); err != nil {
		return err
	}
	return a.Pages.AdminMessageTest(w, r, page)
}
