package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"

	"udap-idp/internal/audit"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// eventsPerPage is how many events a page of the log shows.
const eventsPerPage = 50

// auditLog answers GET /admin/audit.
func (a *Admin) auditLog(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	filter, form := auditFilter(query)
	filter.Before, filter.Limit = query.Get("before"), eventsPerPage+1
	events, err := a.Store.AuditEvents(r.Context(), filter)
	if err != nil {
		return err
	}
	page := pages.AdminAudit{Desk: a.desk(r, by), Filter: form}
	more := len(events) > eventsPerPage
	names := names{store: a.Store}
	for _, e := range events[:min(len(events), eventsPerPage)] {
		row, err := a.eventRow(r.Context(), &names, e)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	page.ExportQuery = selected(query).Encode()
	if filter.Before != "" {
		page.NewestURL = "/admin/audit?" + page.ExportQuery
	}
	if more {
		next := selected(query)
		next.Set("before", events[eventsPerPage-1].ID)
		page.OlderURL = "/admin/audit?" + next.Encode()
	}
	return a.Pages.AdminAudit(w, r, page)
}

// selected is the part of a query that selects events, without what turns pages or chooses a language.
func selected(query url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"action", "person", "client", "actor", "request", "since", "until"} {
		if value := strings.TrimSpace(query.Get(name)); value != "" {
			out.Set(name, value)
		}
	}
	return out
}

// auditFilter reads what is looked for. A day that is none selects nothing out, and stays in the form.
func auditFilter(query url.Values) (idp.AuditFilter, pages.AuditFilter) {
	q := selected(query)
	form := pages.AuditFilter{
		Action: q.Get("action"), Person: q.Get("person"), Client: q.Get("client"), Actor: q.Get("actor"), Request: strings.ToUpper(q.Get("request")),
		Since: q.Get("since"), Until: q.Get("until"),
	}
	for _, group := range audit.Groups() {
		g := pages.AuditGroup{Name: string(group)}
		for _, action := range audit.Actions() {
			if action.Group == group {
				g.Actions = append(g.Actions, action.Name)
			}
		}
		form.Groups = append(form.Groups, g)
	}
	filter := idp.AuditFilter{Action: form.Action, PersonID: form.Person, ClientID: form.Client, Actor: form.Actor, RequestID: form.Request}
	if day, err := time.Parse(time.DateOnly, form.Since); err == nil {
		filter.Since = day
	}
	if day, err := time.Parse(time.DateOnly, form.Until); err == nil {
		filter.Until = day.AddDate(0, 0, 1) // the day itself is meant as well
	}
	return filter, form
}

// names finds the names of persons, each once.
type names struct {
	store Store
	known map[string]string
}

// of is the name of a person, "" for what is no person.
func (n *names) of(ctx context.Context, id string) (string, error) {
	if id == "" || len(id) != len("01a21b26-5740-7000-9ba4-cd9475f898f1") {
		return "", nil // a command, or client:ID
	}
	if name, ok := n.known[id]; ok {
		return name, nil
	}
	p, err := n.store.Person(ctx, id)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return "", fmt.Errorf("person of an event: %w", err)
	}
	if n.known == nil {
		n.known = map[string]string{}
	}
	n.known[id] = p.Name()
	return p.Name(), nil
}

func (a *Admin) eventRow(ctx context.Context, n *names, e idp.AuditEvent) (pages.AuditEvent, error) {
	row := pages.AuditEvent{
		ID: e.ID, At: e.At, Action: e.Action, ActorID: e.Actor, PersonID: e.PersonID, ClientID: e.ClientID, Request: e.RequestID, IP: e.IP,
	}
	var err error
	if row.Actor, err = n.of(ctx, e.Actor); err != nil {
		return row, err
	}
	row.Person, err = n.of(ctx, e.PersonID)
	return row, err
}

// auditEvent answers GET /admin/audit/{id}: one event with everything that was recorded of it.
func (a *Admin) auditEvent(w http.ResponseWriter, r *http.Request, by Visitor) error {
	e, err := a.Store.AuditEvent(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	row, err := a.eventRow(r.Context(), &names{store: a.Store}, e)
	if err != nil {
		return err
	}
	page := pages.AdminAuditEvent{Desk: a.desk(r, by), AuditEvent: row}
	page.Changes, page.Facts = factsOf(e.Detail)
	return a.Pages.AdminAuditEvent(w, r, page)
}

// factsOf is a detail line by line: what was and what is of every value that changed, and the rest.
func factsOf(detail string) (changes []pages.AuditChange, facts []pages.AuditFact) {
	var object map[string]any
	if json.Unmarshal([]byte(detail), &object) != nil {
		if detail != "" {
			facts = append(facts, pages.AuditFact{Value: detail})
		}
		return nil, facts
	}
	before, after := flat(object["before"]), flat(object["after"])
	delete(object, "before")
	delete(object, "after")
	for _, name := range union(before, after) {
		changes = append(changes, pages.AuditChange{Name: name, Before: before[name], After: after[name], Same: before[name] == after[name]})
	}
	rest := flat(object)
	for _, name := range union(rest, nil) {
		facts = append(facts, pages.AuditFact{Name: name, Value: rest[name]})
	}
	return changes, facts
}

func union(a, b map[string]string) []string {
	var all []string
	for name := range a {
		all = append(all, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			all = append(all, name)
		}
	}
	sort.Strings(all)
	return all
}

// flat is a JSON value as names and texts: address.city and so on. A value that is no object has the name "".
func flat(value any) map[string]string {
	out := map[string]string{}
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		switch value := value.(type) {
		case nil:
		case map[string]any:
			for name, inner := range value {
				walk(strings.TrimPrefix(prefix+"."+name, "."), inner)
			}
		case []any:
			var parts []string
			for _, part := range value {
				parts = append(parts, fmt.Sprint(part))
			}
			out[prefix] = strings.Join(parts, ", ")
		default:
			out[prefix] = fmt.Sprint(value)
		}
	}
	walk("", value)
	return out
}

// exportAudit answers GET /admin/audit/export: the events of the filter as a file, as they are read.
func (a *Admin) exportAudit(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	format, err := audit.ParseFormat(query.Get("format"))
	if err != nil {
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	}
	filter, _ := auditFilter(query)
	// Recorded first: what leaves the house is known to have left, whatever comes after.
	event := a.event(r, by.Person, "audit.export", filter.PersonID, detailOf(map[string]string{"format": string(format), "selected": selected(query).Encode()}))
	event.ClientID = filter.ClientID
	if err := a.Store.Audit(r.Context(), event); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", format.ContentType())
	h.Set("Content-Disposition", `attachment; filename="audit-`+a.now().Format("2006-01-02")+"."+string(format)+`"`)
	h.Set("Cache-Control", "no-store")
	_, err = audit.Export(r.Context(), a.Store, filter, format, &patient{w, http.NewResponseController(w)})
	return err
}

// patient writes for as long as the other side reads: an export takes longer than any page.
type patient struct {
	w          http.ResponseWriter
	controller *http.ResponseController
}

func (p *patient) Write(b []byte) (int, error) {
	// Where there is no deadline to set, none ends the export either.
	_ = p.controller.SetWriteDeadline(time.Now().Add(time.Minute))
	return p.w.Write(b)
}
