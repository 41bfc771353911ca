package sqlstore

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// browserWithPasskey stores a person with a passkey and a session that nobody is signed in to.
func browserWithPasskey(t *testing.T, s *Store, now time.Time) (cookie idp.Token, in idp.SignIn) {
	t.Helper()
	invitation := idp.NewToken()
	person := idp.Person{ID: idp.NewID(), UserHandle: []byte(idp.NewUUIDv4()), Role: idp.Patient, CreatedAt: now}
	cookie = idp.NewToken()
	key := []byte(idp.NewUUIDv4())
	err := errors.Join(
		s.CreatePerson(t.Context(), person, idp.Invitation{ID: invitation.ID, Hash: invitation.Hash(), PersonID: person.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}),
		s.EnrolPasskey(t.Context(), idp.Enrolment{InvitationID: invitation.ID, InvitationHash: invitation.Hash(), At: now,
			Passkey: idp.Passkey{ID: key, PersonID: person.ID, CreatedAt: now}}),
		s.CreateSession(t.Context(), idp.Session{ID: cookie.ID, Hash: cookie.Hash(), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return cookie, idp.SignIn{SessionID: cookie.ID, OldHash: cookie.Hash(), PersonID: person.ID, At: now, ExpiresAt: now.Add(idp.SessionLimit),
		Authentication: idp.Authentication{SID: idp.NewUUIDv4(), Time: now}, Passkey: idp.PasskeyUse{PasskeyID: key, At: now}}
}

func TestOneCookieSignsInOnce(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		cookie, in := browserWithPasskey(t, s, time.Now())
		var won atomic.Int64
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				mine := in
				mine.NewHash = idp.NewTokenFor(cookie.ID).Hash()
				err := s.SignInSession(t.Context(), mine)
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, idp.ErrNotFound) {
					t.Errorf("got %v, want %v", err, idp.ErrNotFound)
				}
			})
		}
		callers.Wait()
		if won.Load() != 1 {
			t.Errorf("%d of 16 sign-ins with one cookie succeeded, want 1", won.Load())
		}
	})
}

func TestTouchDoesNotWakeASession(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		now := time.Now()
		cookie, in := browserWithPasskey(t, s, now)
		in.NewHash = idp.NewTokenFor(cookie.ID).Hash()
		if err := s.SignInSession(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		over := now.Add(idp.IdleLimit + time.Second)
		if err := s.TouchSession(t.Context(), cookie.ID, nil, over); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("touched after the idle limit: %v, want %v", err, idp.ErrNotFound)
		}
		later := now.Add(idp.IdleLimit)
		if err := s.TouchSession(t.Context(), cookie.ID, []byte("v"), later); err != nil {
			t.Errorf("touched at the idle limit: %v", err)
		}
		if err := s.TouchSession(t.Context(), cookie.ID, []byte("w"), now); err != nil {
			t.Errorf("an older touch that comes late: %v", err)
		}
		got, err := s.Session(t.Context(), cookie.ID, over)
		if err != nil || !got.SeenAt.Equal(stored(later)) {
			t.Errorf("seen at %v, %v; want %v", got.SeenAt, err, later)
		}
	})
}
