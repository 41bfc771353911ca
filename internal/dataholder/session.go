package dataholder

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	sessionLifetime = 4 * time.Hour // since it was last used; no less than pendingLifetime
	maxSessions     = 10_000
)

// session is what the hospital knows of one browser. Its members belong to the sessions' lock.
type session struct {
	id      string
	pending *Pending // one at a time: a second sign-in replaces the first
	result  *result
	usedAt  time.Time
}

// result is how the last sign-in ended. It does not change once it is in a session.
type result struct {
	idp      string // as it was typed
	story    *Story
	idToken  *IDToken
	userInfo []byte
	match    *Match
	problem  *Problem
}

// sessions are kept in memory and gone with the process.
type sessions struct {
	secure bool // the hospital is on https
	now    func() time.Time

	mu   sync.Mutex
	byID map[string]*session
}

func newSessions(baseURL string, now func() time.Time) *sessions {
	return &sessions{secure: strings.HasPrefix(baseURL, "https://"), now: now, byID: map[string]*session{}}
}

// cookieName has the prefix that keeps other hosts of the domain from setting it, where browsers allow it.
func (s *sessions) cookieName() string {
	if s.secure {
		return "__Host-hospital"
	}
	return "hospital"
}

func (s *sessions) cookie(id string) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: id, Path: "/",
		HttpOnly: true, Secure: s.secure,
		// Lax, not Strict: the browser comes back from the identity provider's site with it.
		SameSite: http.SameSiteLaxMode,
	}
}

// find returns the browser's session; nil when it has none. The lock is held.
func (s *sessions) find(r *http.Request) *session {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return nil
	}
	found := s.byID[cookie.Value]
	if found == nil || s.now().Sub(found.usedAt) > sessionLifetime {
		return nil
	}
	found.usedAt = s.now()
	return found
}

// begin keeps a sign-in that waits for the browser, in place of one that waited before.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request, pending *Pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.find(r)
	if current == nil {
		current = s.make(w)
	}
	current.pending = pending
}

// take hands out the waiting sign-in that the state belongs to, once; nil when this browser has none. A wrong state leaves
// it where it is: otherwise any page could end a sign-in by sending the browser here.
func (s *sessions) take(r *http.Request, state string) *Pending {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.find(r)
	if current == nil || !current.pending.Owns(state) {
		return nil
	}
	pending := current.pending
	current.pending = nil
	return pending
}

// finish keeps how a sign-in ended, in a session of a new name: who planted the old cookie does not see it.
func (s *sessions) finish(w http.ResponseWriter, r *http.Request, end *result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.find(r); old != nil {
		delete(s.byID, old.id)
	}
	s.make(w).result = end
}

// result returns how the last sign-in of this browser ended; nil when there was none.
func (s *sessions) result(r *http.Request) *result {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := s.find(r)
	if current == nil {
		return nil
	}
	return current.result
}

// end forgets the browser.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current := s.find(r); current != nil {
		delete(s.byID, current.id)
	}
	gone := s.cookie("")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
}

// make opens a session and gives the browser its cookie. The lock is held.
func (s *sessions) make(w http.ResponseWriter) *session {
	if len(s.byID) >= maxSessions {
		s.makeRoom()
	}
	made := &session{id: rand.Text(), usedAt: s.now()}
	s.byID[made.id] = made
	http.SetCookie(w, s.cookie(made.id))
	return made
}

// makeRoom drops what is over, and the session that was not used for longest.
func (s *sessions) makeRoom() {
	var oldest *session
	for id, candidate := range s.byID {
		if s.now().Sub(candidate.usedAt) > sessionLifetime {
			delete(s.byID, id)
			continue
		}
		if oldest == nil || candidate.usedAt.Before(oldest.usedAt) {
			oldest = candidate
		}
	}
	if oldest != nil && len(s.byID) >= maxSessions {
		delete(s.byID, oldest.id)
	}
}
