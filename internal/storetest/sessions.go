package storetest

import (
	"time"

	"udap-idp/internal/idp"
)

func signInChangesTheSecret(h *house) {
	anonymous, planted := h.addSession()
	signedIn, cookie := h.signIn(anonymous, planted)
	if signedIn.ID != anonymous.ID || !signedIn.SignedIn() || signedIn.PersonID != h.person.ID {
		h.Errorf("after sign-in: %+v", signedIn)
	}
	if planted.Matches(signedIn.Hash) || !cookie.Matches(signedIn.Hash) {
		h.Error("the session still answers to the cookie from before the sign-in")
	}
	passkeys, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)
	if p := passkeys[0]; p.SignCount != 7 || !p.BackupEligible || !p.BackupState || string(p.Credential) != `{"n":1}` || !p.LastUsedAt.Equal(h.now) {
		h.Errorf("the use of the passkey was not recorded: %+v", p)
	}
	again := h.signInOf(signedIn, planted, idp.NewTokenFor(signedIn.ID), passkeys[0].ID)
	h.want(h.SignInSession(h.ctx, again), idp.ErrNotFound)
	stranger := h.signInOf(signedIn, cookie, idp.NewTokenFor(signedIn.ID), []byte("not hers"))
	h.want(h.SignInSession(h.ctx, stranger), idp.ErrNotFound)
	// What failed changed nothing.
	same, err := h.Session(h.ctx, signedIn.ID, h.now)
	h.ok(err)
	equalBytes(h, "hash", same.Hash, signedIn.Hash)
}

func sessionLimits(h *house) {
	anonymous, _ := h.addSession()
	for _, c := range []struct {
		name string
		id   string
		at   time.Duration
		want error
	}{
		{"anonymous, before its end", anonymous.ID, time.Hour - time.Second, nil},
		{"anonymous, at its end", anonymous.ID, time.Hour, idp.ErrNotFound},
		{"signed in, just not idle", h.session.ID, idp.IdleLimit - time.Second, nil},
		{"signed in, idle", h.session.ID, idp.IdleLimit + time.Second, idp.ErrNotFound},
	} {
		_, err := h.Session(h.ctx, c.id, h.now.Add(c.at))
		if c.want == nil && err != nil {
			h.Errorf("%s: %v", c.name, err)
		}
		if c.want != nil {
			h.want(err, c.want)
		}
	}
	// Used often enough it lives, up to its absolute limit and not beyond.
	for seen := h.now.Add(20 * time.Minute); seen.Before(h.now.Add(idp.SessionLimit)); seen = seen.Add(20 * time.Minute) {
		h.ok(h.TouchSession(h.ctx, h.session.ID, []byte("kept"), seen))
		s, err := h.Session(h.ctx, h.session.ID, seen)
		h.ok(err)
		if string(s.Values) != "kept" || !s.SeenAt.Equal(seen) {
			h.Fatalf("touched: %q at %v", s.Values, s.SeenAt)
		}
	}
	_, err := h.Session(h.ctx, h.session.ID, h.now.Add(idp.SessionLimit))
	h.want(err, idp.ErrNotFound)
	h.want(h.TouchSession(h.ctx, idp.NewID(), nil, h.now), idp.ErrNotFound)
}

func endedSession(h *house) {
	request := h.request()
	h.ok(h.CreateCeremony(h.ctx, h.ceremony()))
	h.ok(h.EndSession(h.ctx, h.session.ID))
	h.ok(h.EndSession(h.ctx, h.session.ID))
	_, err := h.Session(h.ctx, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.AuthRequest(h.ctx, request.ID, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
}

func (h *house) ceremony() idp.Ceremony {
	return idp.Ceremony{ID: idp.NewID(), SessionID: h.session.ID, Kind: idp.CeremonySignIn, Subject: "s", Data: []byte("d"), ExpiresAt: h.now.Add(time.Minute)}
}

func ceremonyOnce(h *house) {
	c := h.ceremony()
	h.ok(h.CreateCeremony(h.ctx, c))
	h.onlyOne(racers, idp.ErrNotFound, func() error {
		got, err := h.ConsumeCeremony(h.ctx, c.ID, c.SessionID, c.Kind, h.now)
		if err == nil && (got.Subject != "s" || string(got.Data) != "d") {
			h.Errorf("consumed %+v", got)
		}
		return err
	})
}

func ceremonyBelongs(h *house) {
	c := h.ceremony()
	h.ok(h.CreateCeremony(h.ctx, c))
	_, err := h.ConsumeCeremony(h.ctx, c.ID, idp.NewID(), c.Kind, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.ConsumeCeremony(h.ctx, c.ID, c.SessionID, idp.CeremonyEnrol, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.ConsumeCeremony(h.ctx, c.ID, c.SessionID, c.Kind, c.ExpiresAt)
	h.want(err, idp.ErrExpired)
	_, err = h.ConsumeCeremony(h.ctx, c.ID, c.SessionID, c.Kind, h.now)
	h.want(err, idp.ErrNotFound)
}
