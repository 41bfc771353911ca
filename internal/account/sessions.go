package account

import (
	"fmt"
	"net/http"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// othersOf stands in the form in the place of a session's id.
const othersOf = "others"

// Sessions answers GET /account/sessions: where she is signed in.
func (a *Account) Sessions(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	sessions, err := a.sessionsOf(r, v)
	if err != nil {
		return err
	}
	out := pages.AccountSessions{Done: r.URL.Query().Get("done")}
	for _, s := range sessions {
		row := pages.AccountSession{
			ID: s.ID, Agent: idp.AgentName(s.UserAgent), SignedIn: s.Authentication.Time, Seen: s.SeenAt, Here: s.ID == v.session.ID,
		}
		if row.Here {
			out.Sessions = slices.Insert(out.Sessions, 0, row)
			continue
		}
		out.Sessions = append(out.Sessions, row)
	}
	return a.Pages.AccountSessions(w, r, out)
}

// sessionsOf are the visitor's sessions that nobody has left alone for too long.
func (a *Account) sessionsOf(r *http.Request, v visitor) ([]idp.Session, error) {
	sessions, err := a.Store.SessionsOf(r.Context(), v.person.ID, v.now)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(sessions, func(s idp.Session) bool { return v.now.Sub(s.SeenAt) > a.Idle && s.ID != v.session.ID }), nil
}

// EndSession answers POST /account/sessions. It asks for no fresh sign-in: to be signed out somewhere harms nobody, and who sees a
// stranger in the list is in a hurry.
func (a *Account) EndSession(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	chosen := form.Get("session")
	if chosen == othersOf {
		if _, err := a.endOthers(r, v); err != nil {
			return err
		}
		return redirect(w, r, "/account/sessions?done=ended-others")
	}
	sessions, err := a.sessionsOf(r, v)
	if err != nil {
		return err
	}
	// What is not in her own list is not looked up anywhere else.
	at := slices.IndexFunc(sessions, func(s idp.Session) bool { return s.ID == chosen })
	if at < 0 {
		return redirect(w, r, "/account/sessions?done=gone")
	}
	trail := idp.Trail{Events: []idp.AuditEvent{a.event(r, v, "session.end", detail(agentDetail{Agent: idp.AgentName(sessions[at].UserAgent)}))}}
	if err := a.Store.EndSessionOf(r.Context(), v.person.ID, chosen, v.now, trail); err != nil && !isGone(err) {
		return fmt.Errorf("end session: %w", err)
	}
	return redirect(w, r, "/account/sessions?done=ended")
}

// agentDetail is what the audit log keeps of a browser.
type agentDetail struct {
	Agent string `json:"agent,omitempty"`
}

// endOthers signs the visitor out everywhere else, and returns of how many browsers.
func (a *Account) endOthers(r *http.Request, v visitor) (int64, error) {
	trail := idp.Trail{Events: []idp.AuditEvent{a.event(r, v, "session.end-others", "")}}
	n, err := a.Store.EndOtherSessions(r.Context(), v.person.ID, v.session.ID, v.now, trail)
	if err != nil {
		return 0, fmt.Errorf("end other sessions: %w", err)
	}
	return n, nil
}
