package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

const requestsPerPage = 50

// requests answers GET /admin/requests: what people ask for, those that wait longest first; or what was answered, the last first.
func (a *Admin) requests(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	q := idp.RequestQueue{Answered: query.Get("show") == "answered", Limit: requestsPerPage + 1}
	if from := query.Get("from"); isID(from) {
		q.From = from
	}
	list, err := a.Store.RequestQueue(r.Context(), q)
	if err != nil {
		return err
	}
	page := pages.AdminRequests{Desk: a.desk(r, by), Answered: q.Answered}
	names := names{store: a.Store}
	for _, one := range list[:min(len(list), requestsPerPage)] {
		row, err := a.requestRow(r.Context(), &names, one)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	page.FirstURL, page.NextURL = turn("/admin/requests", query, "from", q.From != "", len(list) > requestsPerPage, func() string { return list[requestsPerPage-1].ID })
	return a.Pages.AdminRequests(w, r, page)
}

// turn are the addresses of the first page of a list and of the next one, "" where there is none. What is selected is kept.
func turn(path string, query url.Values, name string, further, more bool, last func() string) (first, next string) {
	kept := url.Values{}
	if show := query.Get("show"); show != "" {
		kept.Set("show", show)
	}
	if further {
		first = path + "?" + kept.Encode()
	}
	if more {
		kept.Set(name, last())
		next = path + "?" + kept.Encode()
	}
	return first, next
}

func (a *Admin) requestRow(ctx context.Context, n *names, q idp.Request) (pages.AdminRequest, error) {
	row := pages.AdminRequest{
		ID: q.ID, PersonID: q.PersonID, Kind: string(q.Kind), Subject: q.Subject, Text: q.Text, At: q.At, AnsweredAt: q.AnsweredAt, Answer: q.Answer,
	}
	var err error
	if row.Person, err = n.of(ctx, q.PersonID); err != nil {
		return row, err
	}
	row.AnsweredBy, err = n.of(ctx, q.AnsweredBy)
	if row.AnsweredBy == "" {
		row.AnsweredBy = q.AnsweredBy // by the command, which names who typed it
	}
	return row, err
}

// requestOf reads the request of the address and the person whose it is. If there is none the visitor has been told.
func (a *Admin) requestOf(w http.ResponseWriter, r *http.Request) (q idp.Request, p idp.Person, ok bool, err error) {
	if !isID(r.PathValue("id")) {
		return q, p, false, a.notFound(w, r)
	}
	q, err = a.Store.Request(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return q, p, false, a.notFound(w, r)
	}
	if err != nil {
		return q, p, false, err
	}
	p, err = a.Store.Person(r.Context(), q.PersonID)
	return q, p, err == nil, err
}

// request answers GET /admin/requests/{id}. What she wrote may say anything about her, so that the look is recorded.
func (a *Admin) request(w http.ResponseWriter, r *http.Request, by Visitor) error {
	q, p, ok, err := a.requestOf(w, r)
	if !ok {
		return err
	}
	event := a.event(r, by.Person, "request.view", q.PersonID, detailOf(map[string]string{"request": q.ID}))
	if err := a.Store.Audit(r.Context(), event); err != nil {
		return err
	}
	return a.requestPage(w, r, by, q, p, "", nil)
}

func (a *Admin) requestPage(w http.ResponseWriter, r *http.Request, by Visitor, q idp.Request, p idp.Person, typed string, wrong pages.FieldErrors) error {
	row, err := a.requestRow(r.Context(), &names{store: a.Store}, q)
	if err != nil {
		return err
	}
	page := pages.AdminRequestPage{Desk: a.desk(r, by), AdminRequest: row, Typed: typed, Errors: wrong, Most: idp.MaxRequestText / 4}
	page.Own = p.ID == by.Person.ID
	page.MayAnswer = q.AnsweredAt.IsZero() && by.may("POST /admin/requests/{id}/answer") && mayTouch(by.Person.Role, p) && !page.Own
	page.MaySeeEvent = q.Kind == idp.RequestNotMe && isID(q.Subject) && by.may("GET /admin/audit/{id}")
	return a.Pages.AdminRequest(w, r, page)
}

// answerRequest answers POST /admin/requests/{id}/answer: words for her to read, and the request is closed.
func (a *Admin) answerRequest(w http.ResponseWriter, r *http.Request, by Visitor) error {
	q, p, ok, err := a.requestOf(w, r)
	if !ok {
		return err
	}
	if !mayTouch(by.Person.Role, p) {
		return a.forbid(w, r, by.Person, "POST /admin/requests/{id}/answer of an administrator")
	}
	typed := r.PostFormValue("answer")
	answer := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if problem := answerProblem(answer); problem != "" {
		return a.requestPage(w, r, by, q, p, typed, pages.FieldErrors{{Field: "answer", TextKey: "admin.form.answer." + problem}})
	}
	_, err = a.People.AnswerRequest(r.Context(), q.ID, answer, a.reading(r, by.Person, "answer"))
	if key := refusalKey(err); key != "" {
		return redirect(w, r, "/admin/requests/"+q.ID+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/requests?done=answered")
}

// answerProblem is what is wrong with an answer, "" for nothing.
func answerProblem(answer string) string {
	switch {
	case answer == "":
		return "missing"
	case len(answer) > idp.MaxRequestText || len([]rune(answer)) > idp.MaxRequestText/4:
		return "long"
	case !person.Readable(strings.ReplaceAll(answer, "\n", " ")):
		return "characters"
	}
	return ""
}

// isID reports whether text is in the form of idp.NewID. Anything else is not looked up: PostgreSQL refuses text that is not UTF-8.
func isID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", rune(c)) {
				return false
			}
		}
	}
	return true
}
