package login

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/sessions"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// visit is a signed-in person before the question.
type visit struct {
	errand
	session   *sessions.Session
	row       idp.Session
	person    idp.Person
	offer     Offer
	consent   idp.Consent     // the one that stands, or the zero one
	practices *idp.Acceptance // to be accepted with a yes, nil when they are
}

// identifierApart reports whether the Digital Identifier is asked about on a page of its own: as long as the organization
// has not been given it.
func (v visit) identifierApart() bool {
	choice, offered := v.offer.identifier()
	return offered && !choice.in(v.consent.Agreed)
}

// shown names the question: the sign-in to whom it is put, and everything that is offered. A yes counts for this very question.
func (v visit) shown() string {
	var names strings.Builder
	for _, c := range v.offer.Choices {
		fmt.Fprintln(&names, c.Essential, c.Claims)
	}
	if v.practices != nil {
		fmt.Fprintln(&names, v.practices.Name)
	}
	sum := sha256.Sum256([]byte(names.String()))
	return v.row.Authentication.SID + " " + hex.EncodeToString(sum[:8])
}

// ofIdentifier behind the name of a question: the page about the Digital Identifier was shown, too.
const ofIdentifier = " identifier"

// ConsentPage answers GET /consent?req=…: who asks, and what exactly it would learn.
func (l *Login) ConsentPage(w http.ResponseWriter, r *http.Request) error {
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	e, ok, err := l.consentErrand(w, r, r.URL.Query().Get("req"), b.row)
	if !ok {
		return err
	}
	n, err := l.decide(r.Context(), e.request, b.row)
	if err != nil {
		return err
	}
	if n.action != actConsent {
		return l.follow(w, r, e.request, b.row, n)
	}
	v, ok, err := l.visit(w, r, session, b.row, e)
	if !ok {
		return err
	}
	return l.ask(w, r, v, v.proposal(), false)
}

// visit finds out what there is to ask. If there is nothing, the browser has been sent on.
func (l *Login) visit(w http.ResponseWriter, r *http.Request, session *sessions.Session, s idp.Session, e errand) (v visit, ok bool, err error) {
	v = visit{errand: e, session: session, row: s}
	if v.person, err = l.Store.Person(r.Context(), s.PersonID); err != nil {
		return v, false, fmt.Errorf("signed-in person: %w", err)
	}
	if v.offer, err = l.Authorizer.Shares(r.Context(), e.request, s, true); err != nil {
		return v, false, l.notOffered(w, r, e.request, s, err)
	}
	if v.consent, err = l.consentFor(r.Context(), s.PersonID, v.offer.Sector); err != nil {
		return v, false, err
	}
	v.practices, err = l.practicesMissing(r.Context(), s.PersonID)
	return v, err == nil, err
}

// proposal is the answer that the page begins with: what she said last time, and yes to what is new.
func (v visit) proposal() reply {
	a := reply{remember: v.consent.Remembered}
	for _, choice := range v.offer.Choices {
		if v.consent.ID == "" || !choice.in(v.consent.Declined) {
			a.share = append(a.share, choice.Name)
		}
	}
	return a
}

// ask shows the question.
func (l *Login) ask(w http.ResponseWriter, r *http.Request, v visit, a reply, practicesMissing bool) error {
	if err := remember(w, r, v.session, askedValue+v.request.ID, v.shown()); err != nil {
		return err
	}
	question := pages.Consent{
		Request:         v.request.ID,
		Organization:    v.organization.Name,
		OrganizationURI: v.organization.URI,
		Community:       v.organization.CommunityName,
		PersonName:      v.person.Name(),
		Level:           string(v.offer.Level),
		Before:          v.consent.UsedAt,
		IdentifierNext:  v.identifierApart(),
		Remember:        a.remember,
		Deadline:        l.deadline(v.request, v.row),
		// The answer to the form is redirected there, and browsers apply form-action to redirects too.
		FormAction: origin(v.request.RedirectURI),
		UILocales:  v.request.UILocales,
	}
	if l.Logo != nil {
		question.Logo = l.Logo(r.Context(), v.request.ClientID)
	}
	if v.practices != nil {
		question.Practices, question.PracticesAccepted = v.practices.Name, a.practices == v.practices.Name
		question.PracticesMissing = practicesMissing
	}
	for _, choice := range v.offer.Choices {
		if choice.Identifier && v.identifierApart() {
			continue
		}
		question.Choices = append(question.Choices, pages.ConsentChoice{
			Name: choice.Name, Essential: choice.Essential, On: slices.Contains(a.share, choice.Name), Items: consentItems(choice),
		})
	}
	return l.Pages.Consent(w, r, question)
}

// askIdentifier asks about the Digital Identifier alone, with the answer so far.
func (l *Login) askIdentifier(w http.ResponseWriter, r *http.Request, v visit, a reply) error {
	if err := remember(w, r, v.session, askedValue+v.request.ID, v.shown()+ofIdentifier); err != nil {
		return err
	}
	choice, _ := v.offer.identifier()
	return l.Pages.ConsentIdentifier(w, r, pages.ConsentIdentifier{
		Request: v.request.ID, Organization: v.organization.Name, Items: consentItems(choice),
		Share: a.share, Remember: a.remember, Practices: a.practices,
		Deadline:   l.deadline(v.request, v.row),
		FormAction: origin(v.request.RedirectURI), UILocales: v.request.UILocales,
	})
}

func consentItems(choice Choice) []pages.ConsentItem {
	var items []pages.ConsentItem
	for _, s := range choice.Shares {
		items = append(items, pages.ConsentItem(s))
	}
	return items
}

// notOffered answers where there is nothing to ask: the person is not bothered with a question whose answer does not count.
func (l *Login) notOffered(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, s idp.Session, err error) error {
	refused, isRefused := errors.AsType[*Refused](err)
	switch {
	case errors.Is(err, ErrSignInAgain):
		return l.again(w, r, req, s)
	case isRefused:
		return l.follow(w, r, req, s, step{action: actRefuse, code: refused.Code, description: refused.Description})
	}
	return l.barred(w, r, l.named(r, req), fmt.Errorf("shares: %w", err))
}

// consentErrand is errand where a request is needed.
func (l *Login) consentErrand(w http.ResponseWriter, r *http.Request, id string, s idp.Session) (e errand, ok bool, err error) {
	if id == "" {
		return e, false, l.elsewhere(w, r)
	}
	return l.errand(w, r, id, s)
}

// Consent answers POST /consent: the person's yes or no, or her wish for more time.
func (l *Login) Consent(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	d, a := readReply(form)
	if d == undecided {
		return l.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	}
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	e, ok, err := l.consentErrand(w, r, form.Get("request"), b.row)
	if !ok {
		return err
	}
	if d == deny {
		return l.denied(w, r, b.row, e)
	}
	n, err := l.decide(r.Context(), e.request, b.row)
	if err != nil {
		return err
	}
	if n.action == actLogin || n.action == actRefuse {
		return l.follow(w, r, e.request, b.row, n)
	}
	v, ok, err := l.visit(w, r, session, b.row, e)
	if !ok {
		return err
	}
	return l.answered(w, r, v, d, a)
}

// denied goes back with a no. It counts whoever says it: nothing is shared by it.
func (l *Login) denied(w http.ResponseWriter, r *http.Request, s idp.Session, e errand) error {
	n := next(e.request, s, deny, false)
	if s.SignedIn() {
		event := l.consentEvent(r, visit{errand: e, person: idp.Person{ID: s.PersonID}}, "consent.deny", "")
		n.trail.Events = append(n.trail.Events, event)
	}
	return l.follow(w, r, e.request, s, n)
}

// readReply reads either page of the question.
func readReply(form url.Values) (decision, reply) {
	a := reply{share: form["share"], remember: form.Get("remember") != "", practices: form.Get("practices")}
	switch form.Get("decision") {
	case "allow":
		return allow, a
	case "with-identifier", "without-identifier":
		a.identifier = form.Get("decision")
		return allow, a
	case "deny":
		return deny, a
	case "extend":
		return extend, a
	}
	return undecided, a
}

// answered goes on with an answer, if it is one to the question that was shown.
func (l *Login) answered(w http.ResponseWriter, r *http.Request, v visit, d decision, a reply) error {
	asked, _ := v.session.Values[askedValue+v.request.ID].(string)
	question, identifierShown := strings.CutSuffix(asked, ofIdentifier)
	if question != v.shown() {
		// A page left open by somebody else, or none, or something else is offered by now: she is shown what holds.
		return redirect(w, r, requestURL("/consent", v.request.ID))
	}
	if d == extend {
		return l.moreTime(w, r, v, a)
	}
	if v.practices != nil && a.practices != v.practices.Name {
		return l.ask(w, r, v, a, true)
	}
	if v.identifierApart() && (!identifierShown || a.identifier == "") {
		return l.askIdentifier(w, r, v, a)
	}
	agreement, err := l.agreement(r, v, a)
	if err != nil {
		return err
	}
	l.Log.InfoContext(r.Context(), "consent", "decision", string(d), "client_id", v.request.ClientID)
	n := next(v.request, v.row, allow, false)
	n.agreement = agreement
	return l.follow(w, r, v.request, v.row, n)
}
