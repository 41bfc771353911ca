package admin

import (
	"context"
	"net/http"
	"sync"
	"time"

	"udap-idp/internal/audit"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// checks is the check of the audit log that runs, or ran last, in this server. A long log takes longer than a page may, so it
// runs on its own.
type checks struct {
	mu       sync.Mutex
	running  bool
	done, of int64
	report   *audit.Report
	failed   bool
	ended    chan struct{} // closed when the one that runs has ended
}

// checkLimit ends a check that hangs.
const checkLimit = 2 * time.Hour

// checkNow answers POST /admin/audit/check.
func (a *Admin) checkNow(w http.ResponseWriter, r *http.Request, by Visitor) error {
	a.checks.mu.Lock()
	begin := !a.checks.running
	if begin {
		a.checks.running, a.checks.done, a.checks.of, a.checks.ended = true, 0, 0, make(chan struct{})
	}
	a.checks.mu.Unlock()
	if begin {
		event := a.event(r, by.Person, "audit.check", "", "")
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), checkLimit)
		go func() {
			defer cancel()
			a.check(ctx, event)
		}()
	}
	return redirect(w, r, "/admin/audit/check")
}

// check runs one, and records what it found in the name of who asked.
func (a *Admin) check(ctx context.Context, event idp.AuditEvent) {
	report, err := a.Audit.Check(ctx, audit.Witness{}, func(done, of int64) {
		a.checks.mu.Lock()
		defer a.checks.mu.Unlock()
		a.checks.done, a.checks.of = done, of
	})
	if err == nil {
		event.ID, event.At = idp.NewID(), a.now()
		event.Detail = detailOf(map[string]any{"sound": report.Sound(), "checked": report.Checked, "findings": len(report.Findings)})
		err = a.Store.Audit(ctx, event)
	}
	if err != nil {
		a.Log.ErrorContext(ctx, "the audit log could not be checked", "error", err)
	}
	if !report.Sound() {
		a.Log.ErrorContext(ctx, "the audit log was tampered with", "findings", len(report.Findings), "first", report.Findings[0].Words())
	}
	a.checks.mu.Lock()
	defer a.checks.mu.Unlock()
	a.checks.running, a.checks.failed = false, err != nil
	if err == nil {
		a.checks.report = &report
	}
	close(a.checks.ended)
}

// checkPage answers GET /admin/audit/check.
func (a *Admin) checkPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	a.checks.mu.Lock()
	defer a.checks.mu.Unlock()
	page := pages.AdminCheck{
		Desk: a.desk(r, by), MayCheck: by.may("POST /admin/audit/check"), Running: a.checks.running, Done: int(a.checks.done), Of: int(a.checks.of),
		Failed: a.checks.failed,
	}
	if report := a.checks.report; report != nil {
		page.At, page.Checked, page.Sound = report.At, int(report.Checked), report.Sound()
		if report.Head.Seq > 0 {
			page.Witness = report.Head.String()
		}
		for _, f := range report.Findings {
			page.Findings = append(page.Findings, pages.AuditFinding{Kind: string(f.Kind), Seq: int(f.Seq), EventID: f.EventID})
		}
	}
	return a.Pages.AdminCheck(w, r, page)
}
