package account

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// NotMePage answers GET /account/activity/{event}: what can be done about something that she did not do. It changes nothing.
func (a *Account) NotMePage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	page, _, err := a.notMePage(r, v)
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/account/activity")
	}
	if err != nil {
		return err
	}
	return a.Pages.AccountNotMe(w, r, page)
}

func (a *Account) notMePage(r *http.Request, v visitor) (pages.AccountNotMe, idp.AuditEvent, error) {
	event, err := a.eventOf(r, v, r.PathValue("event"))
	if err != nil {
		return pages.AccountNotMe{}, event, err
	}
	entry, err := v.entry(r, event, organizations{store: a.Store, known: map[string]string{}})
	if err != nil {
		return pages.AccountNotMe{}, event, err
	}
	if !entry.NotMe { // somebody who runs the service did it, whose address is not hers to know
		return pages.AccountNotMe{}, event, idp.ErrNotFound
	}
	passkey, err := a.passkeyOf(r, v, event)
	if err != nil {
		return pages.AccountNotMe{}, event, err
	}
	return pages.AccountNotMe{
		Entry: entry, Action: "/account/activity/" + event.ID, From: event.IP, Passkey: passkey.Name, Most: idp.MaxRequestText / 4,
	}, event, nil
}

// NotMe answers POST /account/activity/{event}: it ends what may be in a stranger's hands, and tells the help desk. The passkey is
// removed on its own page, which knows whether it is the last.
func (a *Account) NotMe(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.freshVisitor(w, r, "/account/activity/"+safeID(r.PathValue("event")))
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	page, event, err := a.notMePage(r, v)
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/account/activity")
	}
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(form.Get("text"), "\r\n", "\n"))
	if len(text) > idp.MaxRequestText || !person.Readable(strings.ReplaceAll(text, "\n", " ")) {
		page.Errors = pages.FieldErrors{{Field: "text", TextKey: "account.change.error.too_long"}}
		return a.Pages.AccountNotMe(w, r, page)
	}
	if page.Ended, err = a.endOthers(r, v); err != nil {
		return err
	}
	if form.Get("sharing") == "stop" {
		if page.Stopped, err = a.stopSharing(r, v); err != nil {
			return err
		}
	}
	// Too many that are open already: whoever answers those looks at the account anyway.
	err = a.ask(r, v, idp.Request{Kind: idp.RequestNotMe, Subject: event.ID, Text: text})
	if err != nil && !errors.Is(err, idp.ErrInUse) {
		return err
	}
	page.Done = true
	return a.Pages.AccountNotMe(w, r, page)
}

// safeID keeps what is no id out of an address to come back to.
func safeID(id string) string {
	if !isID(id) {
		return ""
	}
	return id
}

// stopSharing ends every consent that stands, and returns how many.
func (a *Account) stopSharing(r *http.Request, v visitor) (int, error) {
	consents, err := a.Store.Consents(r.Context(), v.person.ID)
	if err != nil {
		return 0, err
	}
	stopped := 0
	for _, c := range consents {
		if !c.EndedAt.IsZero() {
			continue
		}
		trail, err := a.trail(r, v, "consent.end", detail(struct {
			Consent string `json:"consent"`
			Reason  string `json:"reason"`
		}{c.ID, "not-me"}), idp.Notice{Kind: idp.NoticeSharingStopped, Params: map[string]string{"organization": c.Organization}})
		if err != nil {
			return stopped, err
		}
		trail.Events[0].ClientID = c.ClientID
		if _, err := a.Store.EndConsent(r.Context(), v.person.ID, c.ID, v.now, trail); err != nil && !isGone(err) {
			return stopped, fmt.Errorf("stop sharing: %w", err)
		}
		stopped++
	}
	return stopped, nil
}
