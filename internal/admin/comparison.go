package admin

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// compared are two records side by side.
type compared struct{ a, b idp.Person }

// ids are those of both.
func (c compared) ids() []string { return []string{c.a.ID, c.b.ID} }

// both reads the two records of the address. If they cannot be, the browser has been told.
func (a *Admin) both(w http.ResponseWriter, r *http.Request) (c compared, ok bool, err error) {
	ids := []string{r.PathValue("a"), r.PathValue("b")}
	if !anID.MatchString(ids[0]) || !anID.MatchString(ids[1]) || ids[0] == ids[1] {
		return c, false, a.notFound(w, r)
	}
	for n, into := range []*idp.Person{&c.a, &c.b} {
		*into, err = a.Store.Person(r.Context(), ids[n])
		if errors.Is(err, idp.ErrNotFound) {
			return c, false, a.notFound(w, r)
		}
		if err != nil {
			return c, false, err
		}
	}
	return c, true, nil
}

// ofHerself reports whether one of the two is the visitor's own record, about which she decides nothing.
func (c compared) ofHerself(by Visitor) bool { return slices.Contains(c.ids(), by.Person.ID) }

// mayTouchBoth: records of administrators are changed by owners only.
func (c compared) mayTouchBoth(by Visitor) bool {
	return mayTouch(by.Person.Role, c.a) && mayTouch(by.Person.Role, c.b)
}

// decidable reads the two records for somebody who decides about them. If she may not, the browser has been told.
func (a *Admin) decidable(w http.ResponseWriter, r *http.Request, by Visitor) (c compared, ok bool, err error) {
	if c, ok, err = a.both(w, r); !ok {
		return c, ok, err
	}
	if !c.mayTouchBoth(by) {
		return c, false, a.forbid(w, r, by.Person, "decide about the record of an administrator")
	}
	if c.ofHerself(by) {
		return c, false, redirect(w, r, comparisonPath(c.a.ID, c.b.ID)+"?refused=herself")
	}
	return c, true, nil
}

// compare answers GET /admin/duplicates/{a}/{b}. That she saw either record is recorded.
func (a *Admin) compare(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.both(w, r)
	if !ok {
		return err
	}
	return a.comparisonPage(w, r, by, c, pages.MergeForm{})
}

func (a *Admin) comparisonPage(w http.ResponseWriter, r *http.Request, by Visitor, c compared, form pages.MergeForm) error {
	seen := []idp.AuditEvent{
		a.event(r, by.Person, "person.view", c.a.ID, detailOf(map[string]string{"compared_with": c.b.ID})),
		a.event(r, by.Person, "person.view", c.b.ID, detailOf(map[string]string{"compared_with": c.a.ID})),
	}
	if err := a.Store.Audit(r.Context(), seen...); err != nil {
		return err
	}
	page := pages.AdminComparison{Desk: a.desk(r, by), Form: form, TwoPersons: a.needsTwo(GroupMerging), Own: c.ofHerself(by)}
	likeness, err := a.People.Compare(r.Context(), c.a, c.b)
	if err != nil {
		return err
	}
	page.Likeness = likenessOf(likeness)
	for _, side := range []struct {
		p    idp.Person
		into *pages.ComparedRecord
	}{{c.a, &page.A}, {c.b, &page.B}} {
		if *side.into, err = a.comparedRecord(r, by, side.p); err != nil {
			return err
		}
	}
	page.Rows = comparedRows(c, likeness)
	if err := a.decisionOf(r, &page, c); err != nil {
		return err
	}
	a.offerMerge(&page, by, c)
	return a.Pages.AdminComparison(w, r, page)
}

// decisionOf is what somebody said of the pair before.
func (a *Admin) decisionOf(r *http.Request, page *pages.AdminComparison, c compared) error {
	s, err := a.Store.Suspicion(r.Context(), idp.PairOf(c.a.ID, c.b.ID))
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	page.DecidedAt, page.Decision = s.DecidedAt, s.Decision
	names := names{store: a.Store}
	page.DecidedBy, err = names.of(r.Context(), s.DecidedBy)
	return err
}

// offerMerge is what the visitor may do about the two, and what would come of it.
func (a *Admin) offerMerge(page *pages.AdminComparison, by Visitor, c compared) {
	tombstone := c.a.State == idp.PersonMerged || c.b.State == idp.PersonMerged
	may := func(act string) bool {
		return by.may("POST /admin/duplicates/{a}/{b}/"+act) && c.mayTouchBoth(by) && !c.ofHerself(by) && !tombstone
	}
	page.SurvivorID = cmp.Or(c.a.SurvivorID, c.b.SurvivorID)
	page.MayReopen = may("reopen") && !page.DecidedAt.IsZero()
	page.MaySetApart = may("apart") && page.DecidedAt.IsZero()
	if !may("merge") || !page.DecidedAt.IsZero() {
		return
	}
	page.MayMerge = true
	for _, way := range []struct {
		survivor, merged idp.Person
		lost             pages.ComparedRecord
	}{{c.a, c.b, page.B}, {c.b, c.a, page.A}} {
		plan := a.People.PlanMerge(way.survivor, way.merged)
		choice := pages.MergeChoice{
			SurvivorID: way.survivor.ID, Name: way.survivor.Name(), Since: way.survivor.CreatedAt, RefusedKey: pages.MergeRefusalKey(plan.Refusal),
			Identifier: plan.Identifier, Tombstone: plan.Tombstone, Passkeys: way.lost.Passkeys, Sharing: way.lost.Sharing, Representations: way.lost.Representations,
		}
		for _, kind := range plan.New {
			choice.New = append(choice.New, string(kind))
		}
		page.Choices = append(page.Choices, choice)
	}
}

// comparedRecord is what hangs on a record, counted.
func (a *Admin) comparedRecord(r *http.Request, by Visitor, p idp.Person) (pages.ComparedRecord, error) {
	out := pages.ComparedRecord{AdminFound: a.foundRow(by, p), CreatedAt: p.CreatedAt, Until: p.ExpiresAt, HasIdentifier: !p.Identifier.IsZero(), IdentifierAt: p.Identifier.MintedAt}
	passkeys, err := a.Store.Passkeys(r.Context(), p.ID)
	if err != nil {
		return out, err
	}
	sessions, err := a.Store.SessionsOf(r.Context(), p.ID, a.now())
	if err != nil {
		return out, err
	}
	consents, err := a.Store.Consents(r.Context(), p.ID)
	if err != nil {
		return out, err
	}
	for _, consent := range consents {
		if consent.EndedAt.IsZero() {
			out.Sharing++
		}
	}
	representations, err := a.Store.Representations(r.Context(), p.ID)
	if err != nil {
		return out, err
	}
	for _, one := range representations {
		if one.EndedAt.IsZero() {
			out.Representations++
		}
	}
	proofings, err := a.Store.Proofings(r.Context(), idp.ProofingFilter{PersonID: p.ID})
	if err != nil {
		return out, err
	}
	names := names{store: a.Store}
	for _, e := range proofings {
		by, err := names.whoever(r.Context(), e.PerformedBy)
		if err != nil {
			return out, err
		}
		out.Proofings = append(out.Proofings, pages.AdminProofing{ID: e.ID, Status: string(e.Status), Level: string(e.Achieved), StartedAt: e.StartedAt, By: by})
	}
	out.Passkeys, out.Sessions = len(passkeys), len(sessions)
	return out, nil
}

// likenessFields are the fields of a comparison that a kind of value has part in.
var likenessFields = map[string][]string{
	"name": {"family_name", "given_name", "suffix"}, "birthdate": {"birthdate"}, "sex": {"sex"}, "address": {"address"}, "phone": {"phone"}, "email": {"email"},
}

// comparedRows are the values of both, kind by kind.
func comparedRows(c compared, likeness idp.Likeness) []pages.ComparedRow {
	ofA, ofB := attributeRows(c.a), attributeRows(c.b)
	var rows []pages.ComparedRow
	for _, kind := range []string{"name", "birthdate", "sex", "address", "phone", "email", "language"} {
		row := pages.ComparedRow{Kind: kind, A: ofKind(ofA, kind), B: ofKind(ofB, kind)}
		if len(row.A)+len(row.B) == 0 {
			continue
		}
		row.Agreement = agreementOf(row, likeness)
		rows = append(rows, row)
	}
	return rows
}

func ofKind(rows []pages.AdminAttribute, kind string) (some []pages.AdminAttribute) {
	for _, row := range rows {
		if row.Kind == kind {
			some = append(some, row)
		}
	}
	return some
}

// agreementOf is how the values of a kind compare: same, alike, differ, or a single one that only one record has.
func agreementOf(row pages.ComparedRow, likeness idp.Likeness) string {
	if len(row.A) == 0 || len(row.B) == 0 {
		return "single"
	}
	if row.A[0].Current && row.B[0].Current && row.A[0].Value == row.B[0].Value {
		return "same"
	}
	agreement := "differ"
	for _, reason := range likeness.Reasons {
		if !slices.Contains(likenessFields[row.Kind], reason.Field) {
			continue
		}
		if reason.Agreement == "different" {
			return "differ"
		}
		if reason.Agreement != "missing" {
			agreement = "alike"
		}
	}
	return agreement
}

// mergeRecords answers POST /admin/duplicates/{a}/{b}/merge, which may need a second administrator.
func (a *Admin) mergeRecords(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.decidable(w, r, by)
	if !ok {
		return err
	}
	form := pages.MergeForm{Survivor: r.PostFormValue("survivor"), Reason: r.PostFormValue("reason")}
	survivor, merged := c.a, c.b
	switch form.Survivor {
	case c.a.ID:
	case c.b.ID:
		survivor, merged = c.b, c.a
	default:
		form.Errors = append(form.Errors, pages.FieldError{Field: "survivor", TextKey: "admin.comparison.form.survivor"})
	}
	if len(form.Errors) == 0 {
		switch refusal := a.People.PlanMerge(survivor, merged).Refusal; refusal {
		case "":
		case "merged": // somebody was quicker
			return redirect(w, r, comparisonPath(c.a.ID, c.b.ID)+"?refused=merged")
		default:
			form.Errors = append(form.Errors, pages.FieldError{Field: "survivor", TextKey: pages.MergeRefusalKey(refusal)})
		}
	}
	if form.Errors = append(form.Errors, reasonErrors(r)...); len(form.Errors) > 0 {
		return a.comparisonPage(w, r, by, c, form)
	}
	x := act{Name: actMerge, PersonID: survivor.ID, MergedID: merged.ID, Reason: reasonOf(r)}
	return a.do(w, r, by, x, comparisonPath(survivor.ID, merged.ID))
}

// decisionDetail is what is recorded of a decision about a pair.
type decisionDetail struct {
	Other  string      `json:"other"`
	Before pairSetting `json:"before"`
	After  pairSetting `json:"after"`
	Reason string      `json:"reason,omitempty"`
}

type pairSetting struct {
	Decision string `json:"decision"`
	Reason   string `json:"reason,omitempty"`
}

// setApart answers POST /admin/duplicates/{a}/{b}/apart: the two are two persons.
func (a *Admin) setApart(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.decidable(w, r, by)
	if !ok {
		return err
	}
	form := pages.MergeForm{ApartReason: r.PostFormValue("apart_reason")}
	if form.Errors = reasonErrorsOf("apart_reason", form.ApartReason); len(form.Errors) > 0 {
		return a.comparisonPage(w, r, by, c, form)
	}
	likeness, err := a.People.Compare(r.Context(), c.a, c.b)
	if err != nil {
		return err
	}
	s := idp.Suspicion{Pair: idp.PairOf(c.a.ID, c.b.ID), Likeness: likeness, DecidedAt: a.now(), DecidedBy: by.Person.ID, Decision: person.Tidy(form.ApartReason)}
	err = a.Store.DecideSuspicion(r.Context(), s, a.decisionTrail(r, by, c, "duplicate.apart", decisionDetail{
		Before: pairSetting{"open", ""}, After: pairSetting{"two persons", s.Decision}, Reason: s.Decision,
	}))
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/duplicates?done=apart")
}

// reopen answers POST /admin/duplicates/{a}/{b}/reopen: nobody has decided.
func (a *Admin) reopen(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.decidable(w, r, by)
	if !ok {
		return err
	}
	pair, back := idp.PairOf(c.a.ID, c.b.ID), comparisonPath(c.a.ID, c.b.ID)
	before, err := a.Store.Suspicion(r.Context(), pair)
	if err == nil {
		err = a.Store.ReopenSuspicion(r.Context(), pair, a.decisionTrail(r, by, c, "duplicate.reopen", decisionDetail{
			Before: pairSetting{"two persons", before.Decision}, After: pairSetting{"open", ""},
		}))
	}
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=reopened")
}

// decisionTrail is a line in the history of each of the two.
func (a *Admin) decisionTrail(r *http.Request, by Visitor, c compared, action string, d decisionDetail) idp.Trail {
	ofA, ofB := d, d
	ofA.Other, ofB.Other = c.b.ID, c.a.ID
	return idp.Trail{Events: []idp.AuditEvent{
		a.event(r, by.Person, action, c.a.ID, detailOf(ofA)), a.event(r, by.Person, action, c.b.ID, detailOf(ofB)),
	}}
}
