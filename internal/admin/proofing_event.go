package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// event is an event of the address, as a page of it needs it.
type event struct {
	idp.Proofing
	person idp.Person
	now    assurance.Assessment
}

// eventOf reads the event of the address. If there is none the visitor has been told.
func (a *Admin) eventOf(w http.ResponseWriter, r *http.Request) (e event, ok bool, err error) {
	if !isID(r.PathValue("id")) {
		return e, false, a.notFound(w, r)
	}
	e.Proofing, e.person, e.now, err = a.Proofing.Desk.Assess(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return e, false, a.notFound(w, r)
	}
	return e, err == nil, err
}

// ownEvent is eventOf for a change: those of administrators are for owners, and nobody's own is for herself.
func (a *Admin) ownEvent(w http.ResponseWriter, r *http.Request, by Visitor) (e event, ok bool, err error) {
	e, ok, err = a.eventOf(w, r)
	if !ok {
		return e, ok, err
	}
	if !mayTouch(by.Person.Role, e.person) || e.PersonID == by.Person.ID {
		return e, false, a.forbid(w, r, by.Person, r.Method+" "+strings.ReplaceAll(r.URL.Path, e.ID, "{id}")+" of an administrator")
	}
	return e, true, nil
}

// wanted is the level that the event is to reach.
func (e event) wanted() idp.Level {
	if e.LoweredTo != idp.Unverified && !e.LoweredTo.AtLeast(e.Claimed) {
		return e.LoweredTo
	}
	return e.Claimed
}

// The steps of an event, in their order.
const (
	stepEvidence    = "evidence"
	stepComparison  = "comparison"
	stepAddress     = "address"
	stepContact     = "contact"
	stepDeclaration = "declaration"
	stepCheck       = "check"
	stepValues      = "values"
)

var steps = []string{stepEvidence, stepComparison, stepAddress, stepContact, stepDeclaration, stepCheck, stepValues}

// stepFor is the step in which a requirement is met. What is missing of the person herself is given on her page.
func stepFor(r assurance.Requirement) string {
	switch r.ID {
	case assurance.RequireEvidence:
		return stepEvidence
	case assurance.RequireAttributes:
		if r.Missing == "attributes.self_asserted" {
			return stepValues
		}
		return stepEvidence
	case assurance.RequireComparison:
		return stepComparison
	case assurance.RequireAddress:
		return stepAddress
	case assurance.RequireContact:
		return stepContact
	case assurance.RequireDeclaration:
		return stepDeclaration
	case assurance.RequireNoFraud:
		return stepCheck
	}
	return ""
}

func (e event) goal(level idp.Level) pages.ProofingGoal {
	goal := pages.ProofingGoal{Level: string(level)}
	for _, r := range e.now.Of(level).Missing() {
		if r.ID == assurance.RequireNotification && e.Status == idp.ProofingDraft {
			continue // comes afterwards
		}
		m := pages.ProofingMissing{ID: r.Missing, Params: r.Params, Strict: level.AtLeast(idp.IDIAL1_8)}
		if step := stepFor(r); step != "" && e.Status == idp.ProofingDraft {
			m.URL = "/admin/proofing/" + e.ID + "/" + step
		} else if strings.HasPrefix(r.ID, "person.") {
			m.URL = "/admin/people/" + e.PersonID
		}
		goal.Missing = append(goal.Missing, m)
	}
	return goal
}

// head is what each page of an event shows. current is the step that is shown, "" for none.
func (e event) head(current string) pages.ProofingHead {
	h := pages.ProofingHead{
		ID: e.ID, PersonID: e.PersonID, Person: e.person.Name(), Birthdate: e.person.Birthdate, Address: addressLine(e.person.Address),
		Status: string(e.Status), Type: e.Type, Claimed: string(e.Claimed), Reached: string(e.now.Reached), Lowered: string(e.LoweredTo),
		Draft: e.Status == idp.ProofingDraft, Aim: e.goal(e.wanted()),
	}
	for n, level := range idp.Levels {
		if level == e.now.Reached && n+1 < len(idp.Levels) || e.now.Reached == idp.Unverified && n == 0 {
			next := idp.Levels[n]
			if e.now.Reached != idp.Unverified {
				next = idp.Levels[n+1]
			}
			if next != e.wanted() {
				goal := e.goal(next)
				h.Next = &goal
			}
			break
		}
	}
	asked, met := map[string]bool{}, map[string]bool{}
	for _, r := range e.now.Of(e.wanted()).Requirements {
		step := stepFor(r)
		met[step] = (met[step] || !asked[step]) && r.Met
		asked[step] = true
	}
	for _, name := range steps {
		done := asked[name] && met[name]
		if name == stepCheck {
			done = slices.ContainsFunc(e.Checks, func(c idp.ProofingCheck) bool { return c.Purpose == assurance.PurposeFraud }) && met[name]
		}
		needed := asked[name] && (name != stepCheck || !met[name])
		h.Steps = append(h.Steps, pages.ProofingStep{Name: name, Done: done, Needed: needed, Current: name == current})
	}
	return h
}

func addressLine(a idp.Address) string {
	return strings.Join(strings.FieldsFunc(a.Street+"\n"+a.City+"\n"+strings.TrimSpace(a.State+" "+a.PostalCode), func(c rune) bool { return c == '\n' }), ", ")
}

// evidenceRows are the documents, with their standing; no number.
func (e event) evidenceRows() []pages.ProofingEvidence {
	var rows []pages.ProofingEvidence
	for n, one := range e.Evidence {
		s := e.now.Evidence[n]
		rows = append(rows, pages.ProofingEvidence{
			ID: one.ID, Type: string(one.Type), Issuer: strings.Join(strings.Fields(one.IssuerName+" "+one.IssuerJurisdiction+" "+one.IssuerCountry), " "),
			NumberEnd: one.NumberEnd, HasNumber: len(one.SealedNumber) > 0, ExpiresOn: one.ExpiresOn, Strength: s.IDI.String(), Why: s.Why, HasPhoto: one.HasPhoto,
		})
	}
	return rows
}

// proofing answers GET /admin/proofing/{id}. It shows what was told about somebody, so that the look is recorded.
func (a *Admin) proofing(w http.ResponseWriter, r *http.Request, by Visitor) error {
	e, ok, err := a.eventOf(w, r)
	if !ok {
		return err
	}
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "proofing.view", e.PersonID, e.ID)); err != nil {
		return err
	}
	return a.proofingPage(w, r, by, e, nil)
}

// shownEvent is what may be shown of an event besides what is stored: what was typed, and what is wrong with it; a number.
type shownEvent struct {
	typed      url.Values
	wrong      pages.FieldErrors
	evidenceID string
	number     string
}

// comparePages is the address where two records are compared.
const comparePages = "GET /admin/duplicates/{a}/{b}"

func compareURL(a, b string) string { return "/admin/duplicates/" + a + "/" + b }

func (a *Admin) proofingPage(w http.ResponseWriter, r *http.Request, by Visitor, e event, extra *shownEvent) error {
	page, err := a.proofingEvent(r, by, e)
	if err != nil {
		return err
	}
	if extra != nil {
		page.Typed, page.Errors = extra.typed, extra.wrong
		for n := range page.Evidence {
			if page.Evidence[n].ID == extra.evidenceID {
				page.Evidence[n].Number = extra.number
			}
		}
	}
	return a.Pages.AdminProofingEvent(w, r, page)
}

func (a *Admin) proofingEvent(r *http.Request, by Visitor, e event) (page pages.AdminProofingEvent, err error) {
	page = pages.AdminProofingEvent{
		Desk: a.desk(r, by), ProofingHead: e.head(""), StartedAt: e.StartedAt, CompletedAt: e.CompletedAt, ExpiresAt: e.ExpiresAt, EndedAt: e.EndedAt,
		Reason: e.Reason, Location: e.Location, Evidence: e.evidenceRows(), Facts: e.facts(), Language: e.person.Language,
	}
	if e.Declaration != nil {
		page.Declaration = e.Declaration.Text
	}
	names := names{store: a.Store}
	if page.By, err = names.whoever(r.Context(), e.PerformedBy); err != nil {
		return page, err
	}
	if page.Reviewer, err = names.whoever(r.Context(), e.ReviewedBy); err != nil {
		return page, err
	}
	for _, n := range e.Notifications {
		page.Notifications = append(page.Notifications, e.notificationRow(n))
	}
	if page.Doubts, err = a.doubts(r.Context(), by, e); err != nil {
		return page, err
	}
	a.offerProofing(&page, by, e)
	return page, nil
}

func (e event) notificationRow(n idp.ProofingNotification) pages.ProofingNotification {
	row := pages.ProofingNotification{
		ID: n.ID, Channel: n.Channel, Basis: n.Basis, PreparedAt: n.PreparedAt, SentAt: n.SentAt, Returned: n.ReturnedAt, ByItself: n.MessageID != "",
	}
	if i := slices.IndexFunc(e.person.Attributes, func(at idp.Attribute) bool { return at.ID == n.AttributeID }); i >= 0 {
		row.To = e.person.Attributes[i].Text
		if home := e.person.Attributes[i].Address; home != nil {
			row.To = addressLine(*home)
		}
	}
	return row
}

// doubts are those who may be the same person, while the event is open and its level would make an identifier.
func (a *Admin) doubts(ctx context.Context, by Visitor, e event) ([]pages.ProofingDoubt, error) {
	if !e.wanted().AtLeast(idp.IDIAL1_8) {
		return nil, nil
	}
	found, err := a.Proofing.Doubts(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	var rows []pages.ProofingDoubt
	for _, d := range found {
		row := pages.ProofingDoubt{ID: d.Person.ID, Name: d.Person.Name(), Birthdate: d.Person.Birthdate, Verdict: d.Verdict}
		if by.may(comparePages) {
			row.CompareURL = compareURL(e.PersonID, d.Person.ID)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// offerProofing is what the visitor may do about an event.
func (a *Admin) offerProofing(page *pages.AdminProofingEvent, by Visitor, e event) {
	hers := mayTouch(by.Person.Role, e.person) && e.PersonID != by.Person.ID
	may := func(act string) bool { return hers && by.may("POST /admin/proofing/{id}/"+act) }
	draft, approval, notify, force := e.Status == idp.ProofingDraft, e.Status == idp.ProofingPendingApproval, e.Status == idp.ProofingPendingNotification, e.Status == idp.ProofingInForce
	page.Own = e.PerformedBy == by.Person.ID || slices.Contains(e.StepsBy, by.Person.ID) || e.PersonID == by.Person.ID
	page.TwoPersons = a.Proofing.TwoPersons && e.wanted().AtLeast(idp.IDIAL2)
	page.MayStep = draft && may("{step}")
	page.MayComplete = draft && may("complete")
	page.MayApprove = approval && may("approve") && !page.Own
	page.MayReject = (draft || approval) && may("reject")
	page.MayLower = may("lower") && (draft || approval || notify || force)
	page.MayRevoke = may("revoke") && (approval || notify || force)
	page.MayNotify = may("letter") && (notify || force)
	page.MayApart = may("apart") && len(page.Doubts) > 0
	page.MayAgain = hers && !draft && !approval && by.may("POST /admin/proofing") && e.person.State == idp.PersonActive
	page.MayReveal = by.may("POST /admin/proofing/{id}/number") && mayOpenNumber(by, e)
	limit := e.Achieved
	if draft {
		limit = e.wanted()
	}
	for _, level := range slices.Backward(idp.Levels) {
		if level != limit && limit.AtLeast(level) && level != idp.Unverified {
			page.LowerLevels = append(page.LowerLevels, string(level))
		}
	}
	page.MayLower = page.MayLower && len(page.LowerLevels) > 0
	page.Channels = e.channels()
}

// channels are how a notification can go as a message: where it counts at the level that was reached.
func (e event) channels() []string {
	var fit []string
	if slices.ContainsFunc(e.Contacts, func(c idp.ContactConfirmation) bool { return c.Channel == idp.ChannelSMS && c.EvidenceID != "" }) {
		fit = append(fit, idp.ChannelSMS)
	}
	if !e.Achieved.AtLeast(idp.IDIAL1_8) {
		fit = append(fit, idp.ChannelEmail)
	}
	return fit
}

// facts are what was recorded besides documents.
func (e event) facts() []pages.ProofingFact {
	var all []pages.ProofingFact
	for _, c := range e.Checks {
		key := "admin.proofing.fact." + c.Purpose
		all = append(all, pages.ProofingFact{
			Key: key, ValueKey: "admin.proofing.method." + c.Method, Value: strings.Join(strings.Fields(c.EvidenceID+" "+c.Organization+" "+c.CheckID+" "+c.Note), " "),
			At: c.At, Good: c.Result == idp.ResultPassed, Bad: c.Result != idp.ResultPassed,
		})
	}
	if c := e.Comparison; c != nil {
		all = append(all, pages.ProofingFact{
			Key: "admin.proofing.step.comparison", ValueKey: "admin.proofing.method." + c.Method, Value: c.EvidenceID, At: c.At, Good: c.Result == idp.ResultPassed, Bad: c.Result != idp.ResultPassed,
		})
	}
	if c := e.Address; c != nil {
		all = append(all, pages.ProofingFact{Key: "admin.proofing.step.address", ValueKey: "admin.proofing.method." + c.Method, Value: c.EvidenceID, At: c.ConfirmedAt, Good: true})
	}
	for _, c := range e.Contacts {
		if !c.ConfirmedAt.IsZero() {
			all = append(all, pages.ProofingFact{Key: "admin.proofing.step.contact", ValueKey: "admin.proofing.channel." + c.Channel, At: c.ConfirmedAt, Good: true})
		}
	}
	if d := e.Declaration; d != nil {
		all = append(all, pages.ProofingFact{Key: "admin.proofing.step.declaration", ValueKey: "admin.proofing.signature." + d.Signature, At: d.SignedAt, Good: true})
	}
	return all
}
