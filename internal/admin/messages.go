package admin

import (
	"errors"
	"net/http"
	"net/url"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// messagesPerPage is how many messages a page shows.
const messagesPerPage = 50

// Post is what goes out to people, as the room needs it (package mail).
type Post interface {
	// Delivers reports whether messages of a channel are sent. Those of one that is not wait to be read by an administrator.
	Delivers(channel idp.Channel) bool
	// HoldsSecret reports whether messages of a kind hold a code or a link that is worth something.
	HoldsSecret(kind idp.NoticeKind) bool
	// Text is what a message that waits says; the subject is "" where a channel has none.
	Text(m idp.Message) (subject, text string, err error)
}

// messages answers GET /admin/messages: what is on its way to people, the newest first.
func (a *Admin) messages(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	state := messageState(query.Get("state"))
	person := idOf(query.Get("person"))
	list, err := a.Store.Messages(r.Context(), idp.MessageFilter{State: state, PersonID: person, Before: query.Get("before"), Limit: messagesPerPage + 1})
	if err != nil {
		return err
	}
	page := pages.AdminMessages{Desk: a.desk(r, by), State: string(state), PersonID: person, MayTest: by.may("POST /admin/messages/test")}
	if page.Person, err = (&names{store: a.Store}).of(r.Context(), person); err != nil {
		return err
	}
	for _, channel := range []idp.Channel{idp.ByEmail, idp.BySMS} {
		if !a.Post.Delivers(channel) {
			page.Unsent = append(page.Unsent, string(channel))
		}
	}
	for _, m := range list[:min(len(list), messagesPerPage)] {
		page.Rows = append(page.Rows, a.messageRow(m))
	}
	selected := url.Values{}
	if state != "" {
		selected.Set("state", string(state))
	}
	if person != "" {
		selected.Set("person", person)
	}
	if query.Get("before") != "" {
		page.NewestURL = "/admin/messages?" + selected.Encode()
	}
	if len(list) > messagesPerPage {
		selected.Set("before", list[messagesPerPage-1].ID)
		page.OlderURL = "/admin/messages?" + selected.Encode()
	}
	return a.Pages.AdminMessages(w, r, page)
}

// messageState reads what is looked for; what is no state selects nothing out.
func messageState(typed string) idp.MessageState {
	switch state := idp.MessageState(typed); state {
	case idp.MessageWaiting, idp.MessageSent, idp.MessageGivenUp:
		return state
	}
	return ""
}

func (a *Admin) messageRow(m idp.Message) pages.QueuedMessage {
	return pages.QueuedMessage{
		ID: m.ID, Kind: string(m.Kind), Channel: string(m.Channel), To: m.To, PersonID: m.PersonID, Language: m.Language,
		State: string(m.State()), Unsent: !a.Post.Delivers(m.Channel), Tries: m.Tries, Failure: m.Failure,
		MadeAt: m.CreatedAt, NextAt: m.NextAt, ExpiresAt: m.ExpiresAt, SentAt: m.SentAt, GaveUpAt: m.GaveUpAt,
	}
}

// message answers GET /admin/messages/{id}: everything about a message but what it says.
func (a *Admin) message(w http.ResponseWriter, r *http.Request, by Visitor) error {
	m, ok, err := a.messageOf(w, r)
	if !ok {
		return err
	}
	return a.Pages.AdminMessage(w, r, a.messagePage(r, by, m))
}

// messageOf reads the message of the address. If there is none the visitor has been told.
func (a *Admin) messageOf(w http.ResponseWriter, r *http.Request) (m idp.Message, ok bool, err error) {
	m, err = a.Store.Message(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return m, false, a.notFound(w, r)
	}
	return m, err == nil, err
}

func (a *Admin) messagePage(r *http.Request, by Visitor, m idp.Message) pages.AdminMessage {
	return pages.AdminMessage{
		Desk: a.desk(r, by), QueuedMessage: a.messageRow(m),
		Secret:       a.Post.HoldsSecret(m.Kind),
		Recovers:     m.Kind == idp.NoticeRecoveryCode,
		MayRead:      a.readable(m) && by.may("POST /admin/messages/{id}/read"),
		MayRetry:     m.State() == idp.MessageWaiting && a.Post.Delivers(m.Channel) && by.may("POST /admin/messages/{id}/retry"),
		MaySeePerson: m.PersonID != "" && by.may("GET /admin/people/{id}"),
	}
}

// readable reports whether what a message says may be read here. One that is over says nothing any more, and a code that is
// on its way would prove nothing if anybody but its reader saw it. A code that gets somebody back into an account is never read
// here: with both of them an administrator would be in anybody's.
func (a *Admin) readable(m idp.Message) bool {
	if m.Kind == idp.NoticeRecoveryCode {
		return false
	}
	return m.State() == idp.MessageWaiting && !(a.Post.HoldsSecret(m.Kind) && a.Post.Delivers(m.Channel))
}

// readMessage answers POST /admin/messages/{id}/read. The reading is recorded before anything is shown.
func (a *Admin) readMessage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	m, ok, err := a.messageOf(w, r)
	if !ok {
		return err
	}
	if !a.readable(m) {
		return redirect(w, r, "/admin/messages/"+m.ID+"?refused=unreadable")
	}
	page := a.messagePage(r, by, m)
	if page.Subject, page.Text, err = a.Post.Text(m); err != nil {
		return err
	}
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "message.read", m.PersonID, messageDetail(m))); err != nil {
		return err
	}
	page.MayRead = false // it stands there
	return a.Pages.AdminMessage(w, r, page)
}

// retryMessage answers POST /admin/messages/{id}/retry: it is tried again at once.
func (a *Admin) retryMessage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	m, ok, err := a.messageOf(w, r)
	if !ok {
		return err
	}
	back := "/admin/messages/" + m.ID
	if !a.Post.Delivers(m.Channel) {
		return redirect(w, r, back+"?refused=unsent")
	}
	event := a.event(r, by.Person, "message.retry", m.PersonID, messageDetail(m))
	err = a.Store.RetryMessage(r.Context(), m.ID, a.now(), idp.Trail{Events: []idp.AuditEvent{event}})
	if errors.Is(err, idp.ErrUsed) {
		return redirect(w, r, back+"?refused=over")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=due")
}

func messageDetail(m idp.Message) string {
	return detailOf(map[string]string{"message": m.ID, "kind": string(m.Kind), "channel": string(m.Channel)})
}
