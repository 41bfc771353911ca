package admin

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

// drafts keep what was filled in while a browser is away to sign in again: whoever compared a fingerprint by telephone took longer than
// five minutes. They are in memory: after a restart, and on another server, the form is empty. The zero value is ready.
type drafts struct {
	mu   sync.Mutex
	kept map[string]draft
}

type draft struct {
	personID string
	values   url.Values
	until    time.Time
}

const (
	draftFor  = 15 * time.Minute
	maxDrafts = 64
)

// keep returns the name under which the same person gets it back, once.
func (d *drafts) keep(personID string, values url.Values, now time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = map[string]draft{}
	}
	oldest := ""
	for id, other := range d.kept {
		if !now.Before(other.until) {
			delete(d.kept, id)
		} else if oldest == "" || other.until.Before(d.kept[oldest].until) {
			oldest = id
		}
	}
	if len(d.kept) >= maxDrafts {
		delete(d.kept, oldest)
	}
	id := idp.NewUUIDv4()
	d.kept[id] = draft{personID, values, now.Add(draftFor)}
	return id
}

func (d *drafts) take(id, personID string, now time.Time) url.Values {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.kept[id]
	if !ok || found.personID != personID {
		return nil
	}
	delete(d.kept, id)
	if !now.Before(found.until) {
		return nil
	}
	return found.values
}

// freshOrKept is Fresh for a form: what was filled in is kept for when the browser comes back to the page. Nothing is kept before it was
// checked, so that no private key is among it.
func (a *Admin) freshOrKept(w http.ResponseWriter, r *http.Request, by Visitor, page string, values url.Values) (bool, error) {
	return a.Fresh(w, r, page+"?draft="+a.drafts.keep(by.Person.ID, values, a.now()))
}

// refill makes a request for a page one with what was filled in before the sign-in, and reports whether there was anything.
func (a *Admin) refill(r *http.Request, by Visitor) bool {
	id := r.URL.Query().Get("draft")
	if id == "" {
		return false
	}
	values := a.drafts.take(id, by.Person.ID, a.now())
	if values == nil {
		return false
	}
	r.PostForm = values
	return true
}
