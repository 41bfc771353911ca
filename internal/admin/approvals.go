package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// approvalFor is how long an act waits for a second administrator.
const approvalFor = 7 * 24 * time.Hour

// ask puts an act on the list.
func (a *Admin) ask(w http.ResponseWriter, r *http.Request, by Visitor, x act) error {
	now := a.now()
	waiting := idp.Approval{
		ID: idp.NewID(), Act: x.Name, PersonID: x.PersonID, Detail: detailOf(x), Reason: x.Reason, AskedBy: by.Person.ID, AskedAt: now,
		ExpiresAt: now.Add(approvalFor),
	}
	event := a.event(r, by.Person, "approval.ask", x.PersonID, detailOf(approvalDetail{waiting.ID, x.Name, x, x.Reason, ""}))
	if err := a.Store.AskApproval(r.Context(), waiting, idp.Trail{Events: []idp.AuditEvent{event}}); err != nil {
		return err
	}
	return redirect(w, r, "/admin/approvals?done=asked")
}

// approvalDetail is what is recorded of an act that waits, and of what was decided.
type approvalDetail struct {
	Approval string `json:"approval"`
	Act      string `json:"act"`
	What     act    `json:"what"`
	Reason   string `json:"reason,omitempty"`
	Failure  string `json:"failure,omitempty"`
}

const approvalsPerPage = 50

// approvals answers GET /admin/approvals: what waits, and what was decided lately.
func (a *Admin) approvals(w http.ResponseWriter, r *http.Request, by Visitor) error {
	waiting, err := a.Store.Approvals(r.Context(), idp.ApprovalFilter{Waiting: true, Now: a.now(), Limit: approvalsPerPage})
	if err != nil {
		return err
	}
	all, err := a.Store.Approvals(r.Context(), idp.ApprovalFilter{Limit: approvalsPerPage})
	if err != nil {
		return err
	}
	page := pages.AdminApprovals{Desk: a.desk(r, by)}
	for _, w := range waiting {
		if !sees(by, w) {
			continue
		}
		row, err := a.approvalRow(r.Context(), by, w)
		if err != nil {
			return err
		}
		page.Waiting = append(page.Waiting, row)
	}
	for _, d := range all {
		if !sees(by, d) || d.Decision == "" && a.now().Before(d.ExpiresAt) {
			continue
		}
		row, err := a.approvalRow(r.Context(), by, d)
		if err != nil {
			return err
		}
		page.Decided = append(page.Decided, row)
	}
	return a.Pages.AdminApprovals(w, r, page)
}

// sees reports whether an act is for the reader's eyes: what she asked for, what she may ask for, and everything for an auditor. A
// trust manager has no business with people, nor a clerk with anchors.
func sees(by Visitor, w idp.Approval) bool {
	return by.Person.Role == idp.Auditor || w.AskedBy == by.Person.ID || by.may(kinds[w.Act].route)
}

func (a *Admin) approvalRow(ctx context.Context, by Visitor, w idp.Approval) (pages.AdminApproval, error) {
	x, err := actOf(w)
	if err != nil {
		return pages.AdminApproval{}, err
	}
	row := pages.AdminApproval{
		ID: w.ID, ActKey: pages.ActKey(w.Act), Whom: idp.Demographics{GivenName: x.GivenName, FamilyName: x.FamilyName}.Name(),
		Role: string(x.Role), Email: x.Email, Reason: w.Reason, AskedAt: w.AskedAt, ExpiresAt: w.ExpiresAt, Decision: string(w.Decision),
		DecidedAt: w.DecidedAt, Answer: w.Answer, Done: !w.DoneAt.IsZero() && w.Failure == "", FailureKey: pages.RefusalKey(w.Failure),
		Own: w.AskedBy == by.Person.ID,
	}
	for id, into := range map[string]*string{w.PersonID: &row.Whom, w.AskedBy: &row.AskedBy, w.DecidedBy: &row.DecidedBy} {
		if id == "" {
			continue
		}
		p, err := a.Store.Person(ctx, id)
		if err != nil {
			return row, fmt.Errorf("person of an approval: %w", err)
		}
		*into = p.Name()
	}
	if x.MergedID != "" {
		if err := a.mergeRow(ctx, &row, x); err != nil {
			return row, err
		}
	}
	if x.Trust != nil {
		if err := a.trustRow(ctx, &row, x); err != nil {
			return row, err
		}
	}
	row.MayDecide = !row.Own && by.may("POST /admin/approvals/{id}/approve") && by.may(kinds[w.Act].route)
	if row.MayDecide {
		if row.MayDecide, err = a.mayTouchAll(ctx, by, x); err != nil {
			return row, err
		}
	}
	row.MayWithdraw = row.Own && by.may("POST /admin/approvals/{id}/withdraw")
	return row, nil
}

// mayTouchAll reports whether somebody may change every record that an act is about: who approves it does it as much as who asked.
func (a *Admin) mayTouchAll(ctx context.Context, by Visitor, x act) (bool, error) {
	for _, id := range []string{x.PersonID, x.MergedID} {
		if id == "" {
			continue
		}
		p, err := a.Store.Person(ctx, id)
		if err != nil {
			return false, fmt.Errorf("person of an approval: %w", err)
		}
		if !mayTouch(by.Person.Role, p) {
			return false, nil
		}
	}
	return true, nil
}

func actOf(w idp.Approval) (act, error) {
	x := act{Name: w.Act, PersonID: w.PersonID, Reason: w.Reason}
	if err := json.Unmarshal([]byte(w.Detail), &x); err != nil {
		return x, fmt.Errorf("approval %s: %w", w.ID, err)
	}
	return x, nil
}

// approve answers POST /admin/approvals/{id}/approve: what was asked for is done at once.
func (a *Admin) approve(w http.ResponseWriter, r *http.Request, by Visitor) error {
	waiting, ok, err := a.decide(w, r, by, idp.Approved, "approval.approve")
	if !ok {
		return err
	}
	x, err := actOf(waiting)
	if err != nil {
		return err
	}
	x.ApprovedBy = by.Person.ID
	asker, err := a.Store.Person(r.Context(), waiting.AskedBy)
	if err != nil {
		return err
	}
	link, failure := a.carryOut(r.Context(), x, asker, a.reading(r, asker, x.Name))
	key := refusalKey(failure)
	if failure != nil && key == "" {
		return failure // our fault: it stays approved and not done, and the log has the cause
	}
	done := a.event(r, by.Person, "approval.done", waiting.PersonID, detailOf(approvalDetail{waiting.ID, x.Name, x, waiting.Reason, key}))
	if err := a.Store.FinishApproval(r.Context(), waiting.ID, key, a.now(), idp.Trail{Events: []idp.AuditEvent{done}}); err != nil {
		return err
	}
	if key != "" {
		return redirect(w, r, "/admin/approvals?refused="+key)
	}
	return a.acted(w, r, by, x, link, "/admin/approvals")
}

// refuse answers POST /admin/approvals/{id}/refuse.
func (a *Admin) refuse(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if _, ok, err := a.decide(w, r, by, idp.Refused, "approval.refuse"); !ok {
		return err
	}
	return redirect(w, r, "/admin/approvals?done=refused")
}

// withdraw answers POST /admin/approvals/{id}/withdraw, of who asked.
func (a *Admin) withdraw(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if _, ok, err := a.decide(w, r, by, idp.Withdrawn, "approval.withdraw"); !ok {
		return err
	}
	return redirect(w, r, "/admin/approvals?done=withdrawn")
}

// decide records what somebody says about an act. If it cannot be, the browser has been told why.
func (a *Admin) decide(w http.ResponseWriter, r *http.Request, by Visitor, decision idp.ApprovalDecision, action string) (waiting idp.Approval, ok bool, err error) {
	waiting, err = a.Store.Approval(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return waiting, false, a.notFound(w, r)
	}
	if err != nil {
		return waiting, false, err
	}
	if !by.may(kinds[waiting.Act].route) {
		return waiting, false, a.forbid(w, r, by.Person, kinds[waiting.Act].route)
	}
	x, err := actOf(waiting)
	if err != nil {
		return waiting, false, err
	}
	if decision == idp.Approved && x.merges(by.Person.ID) {
		return waiting, false, redirect(w, r, "/admin/approvals?refused=herself")
	}
	if decision == idp.Approved {
		if ok, err := a.mayTouchAll(r.Context(), by, x); err != nil {
			return waiting, false, err
		} else if !ok {
			return waiting, false, a.forbid(w, r, by.Person, kinds[waiting.Act].route+" of an administrator")
		}
	}
	answer := person.Tidy(r.PostFormValue("answer"))
	answer = answer[:min(len(answer), maxReason)]
	event := a.event(r, by.Person, action, waiting.PersonID, detailOf(approvalDetail{waiting.ID, waiting.Act, x, answer, ""}))
	err = a.Store.DecideApproval(r.Context(), idp.Approval{
		ID: waiting.ID, Decision: decision, DecidedBy: by.Person.ID, DecidedAt: a.now(), Answer: answer,
	}, idp.Trail{Events: []idp.AuditEvent{event}})
	for _, refused := range []struct {
		err error
		key string
	}{{idp.ErrOwnAct, "own"}, {idp.ErrUsed, "decided"}, {idp.ErrExpired, "late"}, {idp.ErrMismatch, "not_yours"}} {
		if errors.Is(err, refused.err) {
			return waiting, false, redirect(w, r, "/admin/approvals?refused="+refused.key)
		}
	}
	return waiting, err == nil, err
}
