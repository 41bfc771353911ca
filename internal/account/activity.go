package account

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// activityPage is how many lines a page of the history has.
const activityPage = 50

// Activity answers GET /account/activity: what the audit log has about her, in words. Nothing is left out; what there are no words for
// says that something happened.
func (a *Account) Activity(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	filter := idp.AuditFilter{PersonID: v.person.ID, Limit: activityPage + 1}
	if before := r.URL.Query().Get("before"); isID(before) {
		filter.Before = before
	}
	events, err := a.Store.AuditEvents(r.Context(), filter)
	if err != nil {
		return err
	}
	out := pages.AccountActivity{Later: filter.Before != ""}
	if len(events) > activityPage {
		events = events[:activityPage]
		out.Before = events[activityPage-1].ID
	}
	names := organizations{store: a.Store, known: map[string]string{}}
	for _, e := range events {
		entry, err := v.entry(r, e, names)
		if err != nil {
			return err
		}
		out.Entries = append(out.Entries, entry)
	}
	return a.Pages.AccountActivity(w, r, out)
}

// organizations names data holders, each asked for once.
type organizations struct {
	store Store
	known map[string]string
}

func (o organizations) name(r *http.Request, clientID string) (string, error) {
	if clientID == "" {
		return "", nil
	}
	if name, ok := o.known[clientID]; ok {
		return name, nil
	}
	client, err := o.store.Client(r.Context(), clientID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) && !errors.Is(err, idp.ErrSuspended) {
		return "", err
	}
	o.known[clientID] = client.Organization
	if client.Organization == "" {
		o.known[clientID] = client.Name
	}
	return o.known[clientID], nil
}

// said is what the rooms write into the detail of an event, as far as a person is told of it.
type said struct {
	Agent        string            `json:"agent"`
	Device       idp.Device        `json:"device"`
	Name         string            `json:"name"`
	Kind         idp.AttributeKind `json:"kind"`
	Passkey      string            `json:"passkey"`
	New          bool              `json:"new_browser"`
	Organization string            `json:"organization"`
}

// saidBy reads a detail; one that is words and no JSON says nothing here.
func saidBy(e idp.AuditEvent) said {
	var s said
	if !strings.HasPrefix(e.Detail, "{") || json.Unmarshal([]byte(e.Detail), &s) != nil {
		return said{}
	}
	return s
}

// entry is an event in words.
func (v visitor) entry(r *http.Request, e idp.AuditEvent, names organizations) (pages.ActivityEntry, error) {
	s := saidBy(e)
	organization, err := names.name(r, e.ClientID)
	if err != nil {
		return pages.ActivityEntry{}, err
	}
	if organization == "" {
		organization = s.Organization
	}
	out := pages.ActivityEntry{
		ID: e.ID, At: e.At, Kind: e.Action, By: v.by(e), What: claimOf[s.Kind], Agent: s.Agent, New: s.New, Organization: organization,
	}
	if out.Agent == "" {
		out.Agent = s.Device.Name()
	}
	switch {
	case e.Action == "identifier.read" && e.ClientID != "" && e.Actor != v.person.ID: // hers is what she was shown before she agreed
		out.Kind, out.By = "identifier.given", pages.ByService
	case strings.HasPrefix(e.Action, "proofing.") && !spokenProofing[e.Action]:
		out.Kind = "proofing"
	}
	out.NotMe = out.By != pages.ByStaff && out.By != pages.ByService
	return out, nil
}

// spokenProofing are the steps of a proofing that matter to the one who was proofed; of the others she learns that there were some.
var spokenProofing = map[string]bool{
	"proofing.complete": true, "proofing.in_force": true, "proofing.expired": true, "proofing.revoked": true, "proofing.repudiated": true,
}

// somebody is how the audit log's names begin for those who have not shown who they are.
const somebody = "somebody "

// by says who did it: she herself, a stranger who got no further than the sign-in page, the service by itself, or somebody who runs it.
// Who of them is not said: that is between the service and them.
func (v visitor) by(e idp.AuditEvent) string {
	switch {
	case e.Actor == v.person.ID:
		return pages.ByYou
	case strings.HasPrefix(e.Actor, somebody):
		return pages.ByStranger
	case e.Actor == "" || strings.HasPrefix(e.Actor, "client:") || e.Actor == repudiationActor:
		return pages.ByService
	}
	return pages.ByStaff
}

// eventOf is an event of the visitor's own history. idp.ErrNotFound: there is none with the id, or it is another person's.
func (a *Account) eventOf(r *http.Request, v visitor, id string) (idp.AuditEvent, error) {
	if !isID(id) {
		return idp.AuditEvent{}, idp.ErrNotFound
	}
	// The greatest id that is smaller than this one with a sign behind it is this one.
	events, err := a.Store.AuditEvents(r.Context(), idp.AuditFilter{PersonID: v.person.ID, Before: id + "0", Limit: 1})
	if err != nil {
		return idp.AuditEvent{}, err
	}
	if len(events) == 0 || events[0].ID != id {
		return idp.AuditEvent{}, idp.ErrNotFound
	}
	return events[0], nil
}

// passkeyOf is the visitor's passkey that an event tells of by its fingerprint, which is how the audit log names one; zero when it tells
// of none, or of one that is not there any more.
func (a *Account) passkeyOf(r *http.Request, v visitor, e idp.AuditEvent) (idp.Passkey, error) {
	mark := saidBy(e).Passkey
	if mark == "" {
		return idp.Passkey{}, nil
	}
	passkeys, err := a.Store.Passkeys(r.Context(), v.person.ID)
	for _, p := range passkeys {
		if sum := sha256.Sum256(p.ID); hex.EncodeToString(sum[:6]) == mark {
			return p, nil
		}
	}
	return idp.Passkey{}, err
}

// isID reports whether text is in the form of idp.NewID. Anything else is not looked up: PostgreSQL refuses text that is not UTF-8.
func isID(text string) bool {
	return len(text) == 36 && !strings.ContainsFunc(text, func(c rune) bool { return !strings.ContainsRune("0123456789abcdef-", c) })
}
