package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// ProofingDesk are the rules about identity proofing (package identity); the comments there say what each promises. An error with a
// method RefusalCode is a refusal that can be told.
type ProofingDesk interface {
	Start(ctx context.Context, in idp.ProofingStart, by idp.Reading) (idp.Proofing, error)
	Assess(ctx context.Context, id string) (idp.Proofing, idp.Person, assurance.Assessment, error)

	AddEvidence(ctx context.Context, id string, in idp.EvidenceInput, by idp.Reading) (idp.Evidence, error)
	RecordCheck(ctx context.Context, id string, c idp.ProofingCheck, by idp.Reading) (idp.Proofing, error)
	RecordComparison(ctx context.Context, id string, c idp.PhotoComparison, by idp.Reading) (idp.Proofing, error)
	ConfirmAddress(ctx context.Context, id string, in idp.AddressInput, by idp.Reading) (idp.Proofing, error)
	SendContactCode(ctx context.Context, id, attribute, channel string, by idp.Reading) (idp.ContactCodeSent, error)
	ConfirmContact(ctx context.Context, id string, in idp.ContactInput, by idp.Reading) (idp.Proofing, error)
	ClaimAttributes(ctx context.Context, id string, claims []idp.ProofingClaim, by idp.Reading) (idp.Proofing, error)
	AskDeclaration(ctx context.Context, id string, by idp.Reading) (idp.Proofing, error)

	Complete(ctx context.Context, id string, d idp.ProofingDecision, by idp.Reading) (idp.Proofing, error)
	Approve(ctx context.Context, id string, by idp.Reading) (idp.Proofing, error)
	Reject(ctx context.Context, id, reason string, by idp.Reading) (idp.Proofing, error)
	Lower(ctx context.Context, id string, to idp.Level, reason string, by idp.Reading) (idp.Proofing, error)
	Revoke(ctx context.Context, id, reason string, by idp.Reading) (idp.Proofing, error)
	NotADuplicate(ctx context.Context, id, reason string, by idp.Reading) (idp.Proofing, error)

	PrepareNotification(ctx context.Context, id string, o idp.NotificationOrder, by idp.Reading) (idp.PreparedNotification, error)
	NotificationSent(ctx context.Context, id, notificationID string, by idp.Reading) (idp.Proofing, error)
	NotificationReturned(ctx context.Context, id, notificationID string, by idp.Reading) (idp.Proofing, error)
	EvidenceNumber(ctx context.Context, id, evidenceID string, why idp.Reading) (string, error)
}

// Proofing is what the desk needs beside the rules. Every field is required.
type Proofing struct {
	Desk ProofingDesk
	// Practices is the version of the published practices that applies now.
	Practices func(ctx context.Context) (string, error)
	// Doubts are those who hold a Digital Identifier and are probably the person of an event.
	Doubts func(ctx context.Context, id string) ([]Doubt, error)
	// Declarations has the Declaration of Identity signed with a passkey of the person.
	Declarations Declarations
	// Letter is the notification of an event, to be printed. An error with a method RefusalCode is a refusal.
	Letter func(ctx context.Context, id, language string, by idp.Reading) (pages.Letter, error)
	// TwoPersons: an event at IDIAL2 waits until another has approved it.
	TwoPersons bool
}

// Declarations has a Declaration of Identity signed with a passkey (package login), in any browser.
type Declarations interface {
	// Begin makes the challenge under the text of an event, in a language. ErrNoPasskey: the person has none.
	Begin(ctx context.Context, sessionID, eventID, language, with string) (pages.Signing, error)
	// Sign checks the answer and records the declaration. problem is one of pages.Problem… when it is none.
	Sign(ctx context.Context, sessionID, eventID string, form url.Values, by idp.Reading) (problem string, err error)
}

// ErrNoPasskey: the person has no passkey to sign with.
var ErrNoPasskey = errors.New("the person has no passkey")

// Doubt is somebody who may be the same person.
type Doubt struct {
	Person  idp.Person
	Verdict string // of package matching
}

const (
	proofingsPerPage = 50
	// renewalsWithin is how long before its end an event is shown as due: time to invite the person.
	renewalsWithin = 90 * 24 * time.Hour
)

// shown are the statuses behind each choice of the list.
var shown = map[string][]idp.ProofingStatus{
	"waiting":              {idp.ProofingDraft, idp.ProofingPendingApproval, idp.ProofingPendingNotification},
	"draft":                {idp.ProofingDraft},
	"pending_approval":     {idp.ProofingPendingApproval},
	"pending_notification": {idp.ProofingPendingNotification},
	"repudiated":           {idp.ProofingRepudiated},
	"verified":             {idp.ProofingInForce},
	"ended":                {idp.ProofingFailed, idp.ProofingRevoked, idp.ProofingExpired, idp.ProofingSuperseded},
}

// proofings answers GET /admin/proofing: what waits for a hand, the oldest first; and other events, the latest first.
func (a *Admin) proofings(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	page := pages.AdminProofings{Desk: a.desk(r, by), Show: query.Get("show")}
	if !slices.Contains(pages.ProofingShows(), page.Show) {
		page.Show = "waiting"
	}
	list, from, err := a.queue(r.Context(), page.Show, query.Get("from"))
	if err != nil {
		return err
	}
	names := names{store: a.Store}
	for _, p := range list[:min(len(list), proofingsPerPage)] {
		row, err := a.proofingRow(r.Context(), &names, p)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	page.FirstURL, page.NextURL = turn("/admin/proofing", query, "from", from, len(list) > proofingsPerPage, func() string {
		last := list[proofingsPerPage-1]
		if page.Show == "due" {
			return last.ExpiresAt.UTC().Format(time.RFC3339Nano) + "," + last.ID
		}
		return last.ID
	})
	return a.Pages.AdminProofings(w, r, page)
}

// queue is a page of the list, and whether it is another than the first.
func (a *Admin) queue(ctx context.Context, show, from string) (list []idp.Proofing, further bool, err error) {
	if show == "due" {
		due := idp.DueProofings{Status: idp.ProofingInForce, Before: a.now().Add(renewalsWithin), Limit: proofingsPerPage + 1}
		at, id, _ := strings.Cut(from, ",")
		if ends, err := time.Parse(time.RFC3339Nano, at); err == nil && isID(id) {
			due.FromAt, due.FromID, further = ends, id, true
		}
		list, err = a.Store.DueProofings(ctx, due)
		return list, further, err
	}
	q := idp.ProofingQueue{Statuses: shown[show], Limit: proofingsPerPage + 1}
	q.Newest = !slices.Contains([]string{"waiting", "draft", "pending_approval", "pending_notification"}, show)
	if isID(from) {
		q.From, further = from, true
	}
	list, err = a.Store.ProofingQueue(ctx, q)
	return list, further, err
}

func (a *Admin) proofingRow(ctx context.Context, n *names, p idp.Proofing) (pages.ProofingRow, error) {
	row := pages.ProofingRow{ID: p.ID, Status: string(p.Status), Level: string(p.Achieved), StartedAt: p.StartedAt, ExpiresAt: p.ExpiresAt}
	if p.Achieved == idp.Unverified {
		row.Level = string(p.Claimed)
	}
	var err error
	if row.Person, err = n.of(ctx, p.PersonID); err != nil {
		return row, err
	}
	row.By, err = n.whoever(ctx, p.PerformedBy)
	return row, err
}

// whoever is the name of a person, or what somebody is called who is none: the command takes a name.
func (n *names) whoever(ctx context.Context, by string) (string, error) {
	name, err := n.of(ctx, by)
	if name == "" {
		name = by
	}
	return name, err
}

// newProofing answers GET /admin/proofing/new?person=: what an event begins with.
func (a *Admin) newProofing(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.newProofingPage(w, r, by, r.URL.Query().Get("person"), url.Values{"claimed": {string(idp.IDIAL1_8)}, "type": {idp.OnsiteAttended}}, nil)
}

func (a *Admin) newProofingPage(w http.ResponseWriter, r *http.Request, by Visitor, personID string, typed url.Values, wrong pages.FieldErrors) error {
	page := pages.AdminProofingNew{Desk: a.desk(r, by), Typed: typed, Errors: wrong}
	if !isID(personID) {
		return a.Pages.AdminProofingNew(w, r, page)
	}
	p, err := a.Store.Person(r.Context(), personID)
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "person.view", p.ID, "")); err != nil {
		return err
	}
	passkeys, err := a.Store.Passkeys(r.Context(), p.ID)
	if err != nil {
		return err
	}
	page.PersonID, page.Person, page.Birthdate, page.NoPasskey = p.ID, p.Name(), p.Birthdate, len(passkeys) == 0
	return a.Pages.AdminProofingNew(w, r, page)
}

// startProofing answers POST /admin/proofing.
func (a *Admin) startProofing(w http.ResponseWriter, r *http.Request, by Visitor) error {
	personID := r.PostFormValue("person")
	if !isID(personID) {
		return a.notFound(w, r)
	}
	p, err := a.Store.Person(r.Context(), personID)
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	if !mayTouch(by.Person.Role, p) {
		return a.forbid(w, r, by.Person, "POST /admin/proofing of an administrator")
	}
	practices, err := a.Proofing.Practices(r.Context())
	if err != nil {
		return err
	}
	in := idp.ProofingStart{
		PersonID: p.ID, Type: r.PostFormValue("type"), Claimed: idp.Level(r.PostFormValue("claimed")), PerformedBy: by.Person.ID,
		PerformedRole: idp.RoleAgent, Location: person.Tidy(r.PostFormValue("location")), Practices: practices,
	}
	if r.PostFormValue("referee") == "yes" {
		in.PerformedRole = idp.RoleReferee
	}
	if wrong := a.unreadable(r, "location"); len(wrong) > 0 {
		return a.newProofingPage(w, r, by, p.ID, r.PostForm, wrong)
	}
	started, err := a.Proofing.Desk.Start(r.Context(), in, a.reading(r, by.Person, "proofing"))
	if code := refusalKey(err); code != "" {
		return a.newProofingPage(w, r, by, p.ID, r.PostForm, refusedField(code, "claimed"))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/proofing/"+started.ID+"?done=started")
}

// maxTyped is how long what is typed into one field may be, in bytes.
const maxTyped = 200

// unreadable are the fields of a form that hold what nobody could read, or too much of it.
func (a *Admin) unreadable(r *http.Request, fields ...string) pages.FieldErrors {
	var wrong pages.FieldErrors
	for _, field := range fields {
		if text := r.PostFormValue(field); len(text) > maxTyped || text != "" && !person.Readable(text) {
			wrong = append(wrong, pages.FieldError{Field: field, TextKey: "admin.form.text"})
		}
	}
	return wrong
}

// fieldOfRefusal is the field that a refusal is about.
var fieldOfRefusal = map[string]string{
	"type": "type", "claimed": "claimed", "evidence_type": "evidence-type", "jurisdiction": "state", "issuer": "issuer", "supports": "supports-name", "date": "expires",
	"purpose": "method", "method": "method", "result": "result-passed", "evidence": "evidence", "no_evidence": "evidence", "photo": "evidence", "source": "source",
	"code": "method", "code_wrong": "code", "code_expired": "code", "code_locked": "code", "no_code": "code", "not_lower": "level", "reason": "reason", "claim": "claim",
}

// refusedField is a refusal as the error of a form. otherwise is the field that it leads to when it is about none.
func refusedField(code, otherwise string) pages.FieldErrors {
	field, ok := fieldOfRefusal[code]
	if !ok {
		field = otherwise
	}
	return pages.FieldErrors{{Field: field, TextKey: pages.ProofingRefusalKey(code)}}
}
