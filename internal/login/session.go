package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"udap-idp/internal/idp"
)

// touchInterval is how exactly the last use of a session is known. Writing it at every request would turn every page view
// into a write; a session may end this much too early, never too late.
const touchInterval = time.Minute

// touchEvery is that, and less for sessions that end soon: one that is used must not end for want of it.
func (l Limits) touchEvery() time.Duration { return min(touchInterval, l.Idle/10) }

const (
	hostCookie  = "__Host-session" // RFC 6265bis §4.1.3.2: Secure, Path=/, no Domain, set by this very host
	plainCookie = "session"        // http on loopback: browsers refuse the prefix there
	// maxCookies is how many cookies of our name are looked at. There is one, unless somebody plants more.
	maxCookies      = 4
	maxUserAgentLen = 256

	// waningTime is a little more than an authorization request lives.
	waningTime = 20 * time.Minute
)

// sessionStore is the sessions.Store on our own rows.
type sessionStore struct {
	store      idp.Sessions
	cookieName string
	secure     bool
	limits     Limits
	now        func() time.Time
}

func newSessionStore(store idp.Sessions, secure bool, limits Limits, now func() time.Time) *sessionStore {
	s := &sessionStore{store: store, cookieName: plainCookie, secure: secure, limits: limits, now: now}
	if secure {
		s.cookieName = hostCookie
	}
	return s
}

// rowKey is where a gorilla session holds its row. It never leaves the process: only string keys are encoded.
type rowKey struct{}

// browser is a session on its way through a request.
type browser struct {
	row    idp.Session
	token  idp.Token // what the cookie says, or will say
	stored bool      // there is a row
}

// Get returns the session of the request, the same one each time it is called.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New returns the session that the request's cookie stands for, or a new one that is not stored yet. When the store fails
// there is an error, and the session that comes with it must not be used.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = s.options()
	found, err := s.find(r, name)
	if err != nil {
		return session, err
	}
	session.IsNew = found == nil
	if found == nil {
		found = s.fresh(r)
	}
	if err := decodeValues(found.row.Values, session.Values); err != nil {
		return session, err
	}
	session.ID = found.row.ID
	session.Values[rowKey{}] = found
	return session, nil
}

// Save stores a new session and sets its cookie, writes an old one when its values changed or its last use is a while
// ago, and ends one whose MaxAge is negative.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	b, err := browserOf(session)
	if err != nil {
		return err
	}
	if session.Options.MaxAge < 0 {
		return s.end(r.Context(), w, session, b)
	}
	values, err := encodeValues(session.Values)
	if err != nil {
		return err
	}
	if !b.stored {
		return s.create(r.Context(), w, session, b, values)
	}
	return s.touch(r.Context(), b, values)
}

func (s *sessionStore) create(ctx context.Context, w http.ResponseWriter, session *sessions.Session, b *browser, values []byte) error {
	b.row.Values = values
	if err := s.store.CreateSession(ctx, b.row); err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	b.stored, session.IsNew = true, false
	s.setCookie(w, session, b.token.String())
	return nil
}

func (s *sessionStore) touch(ctx context.Context, b *browser, values []byte) error {
	now := s.now()
	if bytes.Equal(values, b.row.Values) && now.Sub(b.row.SeenAt) < s.limits.touchEvery() {
		return nil
	}
	if err := s.store.TouchSession(ctx, b.row.ID, values, now); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	b.row.Values, b.row.SeenAt = values, now
	return nil
}

func (s *sessionStore) end(ctx context.Context, w http.ResponseWriter, session *sessions.Session, b *browser) error {
	if b.stored {
		if err := s.store.EndSession(ctx, b.row.ID); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
	}
	s.setCookie(w, session, "")
	return nil
}

// signIn puts the person of in into the session and gives it a new secret and cookie. in needs PersonID, Authentication,
// Passkey and At. idp.ErrNotFound: the session ended, or its secret changed, since the request was read.
func (s *sessionStore) signIn(ctx context.Context, w http.ResponseWriter, session *sessions.Session, in idp.SignIn) error {
	b, err := browserOf(session)
	if err != nil {
		return err
	}
	token := idp.NewTokenFor(b.row.ID)
	in.SessionID, in.OldHash, in.NewHash = b.row.ID, b.row.Hash, token.Hash()
	in.ExpiresAt = in.At.Add(s.limits.Absolute)
	if err := s.store.SignInSession(ctx, in); err != nil {
		return fmt.Errorf("sign in session: %w", err)
	}
	b.token = token
	b.row.Hash, b.row.PersonID, b.row.Authentication = in.NewHash, in.PersonID, &in.Authentication
	b.row.SeenAt, b.row.ExpiresAt = in.At, in.ExpiresAt
	s.setCookie(w, session, token.String())
	return nil
}

// find returns the live session of one of the request's cookies, or nil.
func (s *sessionStore) find(r *http.Request, name string) (*browser, error) {
	cookies := r.CookiesNamed(name)
	for _, cookie := range cookies[:min(len(cookies), maxCookies)] {
		token, err := idp.ParseToken(cookie.Value)
		if err != nil {
			continue
		}
		row, err := s.store.Session(r.Context(), token.ID, s.now())
		if errors.Is(err, idp.ErrNotFound) || err == nil && token.Matches(row.Hash) && s.idle(row) {
			row, err = s.lapse(r.Context(), token)
		}
		if errors.Is(err, idp.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read session: %w", err)
		}
		if token.Matches(row.Hash) {
			return &browser{row: row, token: token, stored: true}, nil
		}
	}
	return nil, nil
}

// lapse signs out of a session that is over, and keeps the browser: a data holder's request waits in it, and whoever signs in
// again goes on with it.
func (s *sessionStore) lapse(ctx context.Context, token idp.Token) (idp.Session, error) {
	now := s.now()
	return s.store.LapseSession(ctx, token, s.limits.Idle, now.Add(anonymousLimit), now)
}

// idle is for a limit shorter than the domain's, which the store keeps.
func (s *sessionStore) idle(row idp.Session) bool {
	return row.SignedIn() && s.now().Sub(row.SeenAt) > s.limits.Idle
}

// waning reports whether nobody is signed in and too little time is left for somebody to sign in and be asked.
func (s *sessionStore) waning(row idp.Session) bool {
	return !row.SignedIn() && row.ExpiresAt.Sub(s.now()) < waningTime
}

// replace makes session a new one, with nothing in it.
func (s *sessionStore) replace(r *http.Request, session *sessions.Session, b *browser) {
	*b = *s.fresh(r)
	session.ID, session.IsNew = b.row.ID, true
	forget(session)
}

func (s *sessionStore) fresh(r *http.Request) *browser {
	now, token := s.now(), idp.NewToken()
	return &browser{token: token, row: idp.Session{
		ID:        token.ID,
		Hash:      token.Hash(),
		UserAgent: userAgent(r),
		CreatedAt: now,
		SeenAt:    now,
		ExpiresAt: now.Add(anonymousLimit),
	}}
}

// userAgent is cut, and free of bytes that a database refuses in text.
func userAgent(r *http.Request) string {
	agent := r.UserAgent()
	return strings.ToValidUTF8(agent[:min(len(agent), maxUserAgentLen)], "")
}

// options make the cookie end with the browser: on a computer that others use too, closing it must be enough.
func (s *sessionStore) options() *sessions.Options {
	return &sessions.Options{Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

func (s *sessionStore) setCookie(w http.ResponseWriter, session *sessions.Session, value string) {
	http.SetCookie(w, sessions.NewCookie(s.cookieName, value, session.Options))
}

func browserOf(session *sessions.Session) (*browser, error) {
	b, ok := session.Values[rowKey{}].(*browser)
	if !ok {
		return nil, errors.New("session of another store")
	}
	return b, nil
}

// Session returns the browser's session, which is stored, and its cookie set on w, if there was none. A new authorization
// request is bound to it, so one that is about to end, and in which nobody signed in, gives way to a new one here.
func (l *Login) Session(w http.ResponseWriter, r *http.Request) (idp.Session, error) {
	session, b, err := l.peek(r)
	if err != nil {
		return idp.Session{}, err
	}
	if l.sessions.waning(b.row) {
		l.sessions.replace(r, session, b)
	}
	if err := session.Save(r, w); err != nil {
		return idp.Session{}, err
	}
	return b.row, nil
}

// Browser is Session without a new one in its place: for who is in the middle of something that is bound to it.
func (l *Login) Browser(w http.ResponseWriter, r *http.Request) (idp.Session, error) {
	_, b, err := l.session(w, r)
	if err != nil {
		return idp.Session{}, err
	}
	return b.row, nil
}

// session is Session for this room's own use.
func (l *Login) session(w http.ResponseWriter, r *http.Request) (*sessions.Session, *browser, error) {
	session, b, err := l.peek(r)
	if err != nil {
		return nil, nil, err
	}
	if err := session.Save(r, w); err != nil {
		return nil, nil, err
	}
	return session, b, nil
}

// peek returns the session of the request without storing one that is new.
func (l *Login) peek(r *http.Request) (*sessions.Session, *browser, error) {
	session, err := l.sessions.Get(r, l.sessions.cookieName)
	if err != nil {
		return nil, nil, err
	}
	b, err := browserOf(session)
	return session, b, err
}
