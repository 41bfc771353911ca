package admin

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// taken is a step that somebody takes: the event, and the form.
type taken struct {
	*http.Request
	event
	by idp.Reading
}

func (s taken) typed(field string) string { return person.Tidy(s.PostFormValue(field)) }

// proofingStep answers GET /admin/proofing/{id}/{step}.
func (a *Admin) proofingStep(w http.ResponseWriter, r *http.Request, by Visitor) error {
	e, ok, err := a.openEvent(w, r, by)
	if !ok {
		return err
	}
	// Who takes part is in the log with each step; who only looks is, too.
	if e.PerformedBy != by.Person.ID && !slices.Contains(e.StepsBy, by.Person.ID) {
		if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "proofing.view", e.PersonID, e.ID)); err != nil {
			return err
		}
	}
	query := r.URL.Query()
	typed := url.Values{}
	if r.PathValue("step") == stepEvidence {
		if f, ok := pages.FieldsOfEvidence(query.Get("type")); ok {
			typed = usual(f, e)
		}
	}
	for _, name := range []string{"with", "language", "evidence"} {
		if value := query.Get(name); value != "" && len(value) < 20 {
			typed.Set(name, value)
		}
	}
	return a.stepPage(w, r, by, e, stepShown{typed: typed})
}

// usual is what a document of a type is, as a rule.
func usual(f pages.EvidenceFields, e event) url.Values {
	typed := url.Values{"type": {f.Type}, "issuer": {f.Usual}, "supports": f.Supports, "country": {"US"}, "state": {e.person.Address.State}, "method": {f.Methods[0]}}
	if !f.State {
		typed.Del("state")
	}
	if strings.HasPrefix(e.Type, "remote") && slices.Contains(f.Methods, "vri") && f.Methods[0] == "vpip" {
		typed.Set("method", "vri")
	}
	if f.Photo {
		typed.Set("photo", "yes")
	}
	return typed
}

// openEvent is the event of a step that is there, while it is being recorded.
func (a *Admin) openEvent(w http.ResponseWriter, r *http.Request, by Visitor) (e event, ok bool, err error) {
	if !slices.Contains(steps, r.PathValue("step")) {
		return e, false, a.notFound(w, r)
	}
	e, ok, err = a.ownEvent(w, r, by)
	if ok && e.Status != idp.ProofingDraft {
		return e, false, redirect(w, r, "/admin/proofing/"+e.ID)
	}
	return e, ok, err
}

// stepShown is what a step's page shows besides the event.
type stepShown struct {
	typed   url.Values
	wrong   pages.FieldErrors
	code    *pages.ProofingCode
	problem string // of the passkey
}

func (a *Admin) stepPage(w http.ResponseWriter, r *http.Request, by Visitor, e event, s stepShown) error {
	step := r.PathValue("step")
	page := pages.AdminProofingStep{
		Desk: a.desk(r, by), ProofingHead: e.head(step), Step: step, Typed: s.typed, Errors: s.wrong, Evidence: e.evidenceRows(), Code: s.code,
	}
	var err error
	switch step {
	case stepEvidence:
		page.Fields, _ = pages.FieldsOfEvidence(s.typed.Get("type"))
		page.Values = e.valueRows()
	case stepComparison:
		for _, method := range []string{idp.MethodInPerson, idp.MethodLiveVideo, idp.MethodAsync, idp.MethodAutomated} {
			if assurance.ComparisonFits(method, e.Type) {
				page.Methods = append(page.Methods, method)
			}
		}
	case stepContact:
		page.Contacts = e.contactRows(a)
	case stepValues:
		page.Values = e.valueRows()
	case stepDeclaration:
		err = a.declarationStep(w, r, &page, e, s)
	}
	if err != nil {
		return err
	}
	return a.Pages.AdminProofingStep(w, r, page)
}

// declarationStep asks for the passkey, in this browser.
func (a *Admin) declarationStep(w http.ResponseWriter, r *http.Request, page *pages.AdminProofingStep, e event, s stepShown) error {
	if page.AskedAt = e.DeclarationAskedAt; e.Declaration != nil {
		page.Signed, page.SignedBy = e.Declaration.SignedAt, e.Declaration.Signature
	}
	session, err := a.Session(w, r)
	if err != nil {
		return err
	}
	language := s.typed.Get("language")
	if !slices.Contains(a.Pages.LanguageTags(), language) {
		language = cmp.Or(e.person.Language, pages.Language(r))
	}
	signing, err := a.Proofing.Declarations.Begin(r.Context(), session.ID, e.ID, language, s.typed.Get("with"))
	if errors.Is(err, ErrNoPasskey) {
		page.NoPasskey = true
		return nil
	}
	signing.Problem = s.problem
	page.Signing = &signing
	return err
}

// takeStep answers POST /admin/proofing/{id}/{step}.
func (a *Admin) takeStep(w http.ResponseWriter, r *http.Request, by Visitor) error {
	e, ok, err := a.openEvent(w, r, by)
	if !ok {
		return err
	}
	s := taken{r, e, a.reading(r, by.Person, "proofing")}
	step := r.PathValue("step")
	if wrong := a.unreadable(r, "issuer", "number", "organization", "check", "note", "source"); len(wrong) > 0 {
		return a.stepPage(w, r, by, e, stepShown{typed: r.PostForm, wrong: wrong})
	}
	if step == stepDeclaration {
		return a.takeDeclaration(w, by, s)
	}
	code, err := a.record(step, s)
	if key := refusalKey(err); key != "" {
		if e, ok, err = a.openEvent(w, r, by); !ok { // a wrong code is counted
			return err
		}
		return a.stepPage(w, r, by, e, stepShown{typed: r.PostForm, wrong: refusedField(key, firstField[step])})
	}
	if err != nil {
		return err
	}
	if step == stepContact {
		return a.contactTaken(w, by, s, code)
	}
	return redirect(w, r, "/admin/proofing/"+e.ID+"?done="+step)
}

// firstField is where a refusal of a step leads that is about no field.
var firstField = map[string]string{
	stepEvidence: "evidence-type", stepComparison: "evidence", stepAddress: "method", stepContact: "code", stepCheck: "method", stepValues: "status",
}

// record takes one step. The code is one that somebody has to carry.
func (a *Admin) record(step string, s taken) (code *pages.ProofingCode, err error) {
	ctx, desk := s.Context(), a.Proofing.Desk
	switch step {
	case stepEvidence:
		return nil, a.recordEvidence(s)
	case stepComparison:
		c := idp.PhotoComparison{
			Method: s.typed("method"), EvidenceID: s.typed("evidence"), Liveness: s.typed("liveness") == "yes", Comparator: s.by.Actor, Result: s.typed("result"),
		}
		_, err = desk.RecordComparison(ctx, s.ID, c, s.by)
	case stepAddress:
		in := idp.AddressInput{Method: s.typed("method"), Source: s.typed("source")}
		if in.Method == assurance.AddressByEvidence {
			in.EvidenceID = s.typed("evidence")
		}
		_, err = desk.ConfirmAddress(ctx, s.ID, in, s.by)
	case stepCheck:
		c := idp.ProofingCheck{
			EvidenceID: s.typed("evidence"), Method: s.typed("method"), Purpose: assurance.PurposeValidation, Organization: s.typed("organization"),
			CheckID: s.typed("check"), Note: s.typed("note"), Result: s.typed("result"),
		}
		if fraud, ok := strings.CutPrefix(c.Method, "fraud-"); ok {
			c.Method, c.Purpose, c.EvidenceID = fraud, assurance.PurposeFraud, ""
		}
		_, err = desk.RecordCheck(ctx, s.ID, c, s.by)
	case stepValues:
		err = a.recordValues(s)
	case stepContact:
		return a.recordContact(s)
	}
	return nil, err
}

// recordEvidence records a document, and how it was checked, if it was.
func (a *Admin) recordEvidence(s taken) error {
	fields, ok := pages.FieldsOfEvidence(s.typed("type"))
	if !ok {
		return refusedAs("evidence_type")
	}
	photo := s.typed("photo") == "yes"
	in := idp.EvidenceInput{
		Type: idp.EvidenceType(fields.Type), Number: s.typed("number"), IssuedOn: s.typed("issued"), ExpiresOn: s.typed("expires"),
		Country: s.typed("country"), HasPhoto: &photo,
	}
	if fields.State {
		in.Jurisdiction = s.typed("state")
	} else {
		in.Issuer = s.typed("issuer")
	}
	if len(in.Country) > 2 || len(in.Jurisdiction) > 3 || in.Country != "" && !person.Readable(in.Country+in.Jurisdiction) {
		return refusedAs("jurisdiction")
	}
	for _, kind := range s.PostForm["supports"] {
		in.Supports = append(in.Supports, idp.AttributeKind(kind))
	}
	method := s.typed("method")
	if method != "" && !slices.Contains(fields.Methods, method) {
		return refusedAs("method")
	}
	e, err := a.Proofing.Desk.AddEvidence(s.Context(), s.ID, in, s.by)
	if err != nil || method == "" {
		return err
	}
	organization := s.typed("organization")
	if organization == "" && fields.Type == string(idp.MedicalRecord) {
		organization = in.Issuer // who issued it is who confirmed it
	}
	_, err = a.Proofing.Desk.RecordCheck(s.Context(), s.ID, idp.ProofingCheck{
		EvidenceID: e.ID, Method: method, Purpose: assurance.PurposeValidation, Organization: organization, Result: idp.ResultPassed,
	}, s.by)
	return err
}

// recordValues says how the event leaves values. "": the evidence decides.
func (a *Admin) recordValues(s taken) error {
	var claims []idp.ProofingClaim
	for _, v := range s.valueRows() {
		status := s.PostFormValue("status-" + v.ID)
		if status == "" || status == v.Status {
			continue
		}
		claims = append(claims, idp.ProofingClaim{AttributeID: v.ID, Status: idp.AttributeStatus(status)})
	}
	if len(claims) == 0 {
		return nil
	}
	_, err := a.Proofing.Desk.ClaimAttributes(s.Context(), s.ID, claims, s.by)
	return err
}

func (e event) valueRows() []pages.ProofingValue {
	var rows []pages.ProofingValue
	for _, at := range e.person.WithAttributes().Attributes {
		if !at.IsCurrent() || at.Kind == idp.AttributeLanguage {
			continue
		}
		row := pages.ProofingValue{ID: at.ID, Kind: string(at.Kind), Value: at.Text}
		switch {
		case at.Name != nil:
			row.Value = idp.Demographics{GivenName: at.Name.Given, MiddleName: at.Name.Middle, FamilyName: at.Name.Family, Suffix: at.Name.Suffix}.Name()
		case at.Address != nil:
			row.Value = addressLine(*at.Address)
		}
		if i := slices.IndexFunc(e.Claims, func(c idp.ProofingClaim) bool { return c.AttributeID == at.ID }); i >= 0 {
			row.Status = string(e.Claims[i].Status)
		}
		rows = append(rows, row)
	}
	return rows
}
