package storetest

import (
	"time"

	"udap-idp/internal/idp"
)

func requestIsExtended(h *house) {
	a := h.request()
	later := h.now.Add(time.Hour)
	got, err := h.ExtendAuthRequest(h.ctx, a.ID, h.session.ID, later, h.now)
	h.ok(err)
	if !got.ExpiresAt.Equal(later) || got.State != a.State {
		h.Errorf("extended: %+v", got)
	}
	if got, err = h.ExtendAuthRequest(h.ctx, a.ID, h.session.ID, h.now, h.now); err != nil || !got.ExpiresAt.Equal(later) {
		h.Errorf("a shorter time was taken: %v, %v", got.ExpiresAt, err)
	}
	other, _ := h.addSession()
	_, err = h.ExtendAuthRequest(h.ctx, a.ID, other.ID, later, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.ExtendAuthRequest(h.ctx, a.ID, h.session.ID, later.Add(time.Hour), later)
	h.want(err, idp.ErrExpired) // over is over
	signedIn, err := h.Session(h.ctx, h.session.ID, h.now)
	h.ok(err)
	if !signedIn.ExpiresAt.Equal(h.session.ExpiresAt) {
		h.Error("a signed-in session got more time than its limit")
	}
	h.ok(h.RefuseAuthRequest(h.ctx, a.ID, h.session.ID, h.now, idp.Trail{}))
	_, err = h.ExtendAuthRequest(h.ctx, a.ID, h.session.ID, later, h.now)
	h.want(err, idp.ErrUsed)

	// The browser in which nobody is signed in yet lives as long as the request that waits in it.
	h.session = other
	b := h.request()
	_, err = h.ExtendAuthRequest(h.ctx, b.ID, other.ID, h.now.Add(2*time.Hour), h.now)
	h.ok(err)
	_, err = h.Session(h.ctx, other.ID, h.now.Add(2*time.Hour-time.Second))
	h.ok(err)
}

func lapsedSession(h *house) {
	idle := h.now.Add(idp.IdleLimit + time.Second)
	lapse := func(cookie idp.Token, at time.Time) (idp.Session, error) {
		return h.LapseSession(h.ctx, cookie, idp.IdleLimit, at.Add(time.Hour), at)
	}
	_, err := lapse(h.cookie, idle)
	h.want(err, idp.ErrNotFound) // nothing waits in it
	a := h.request()
	_, err = lapse(h.cookie, h.now)
	h.want(err, idp.ErrNotFound) // it is not over
	_, err = lapse(idp.NewTokenFor(h.session.ID), idle)
	h.want(err, idp.ErrNotFound) // another secret
	_, err = h.Purge(h.ctx, idle)
	h.ok(err)
	s, err := lapse(h.cookie, idle)
	h.ok(err)
	if s.SignedIn() || s.ID != h.session.ID || s.Values != nil || !s.ExpiresAt.Equal(idle.Add(time.Hour)) {
		h.Errorf("lapsed: %+v", s)
	}
	got, err := h.AuthRequest(h.ctx, a.ID, s.ID, h.now)
	h.ok(err)
	if got.State != a.State {
		h.Error("the request is not the same any more")
	}
	// When the request is gone, so is the session that waited with it.
	gone := idle.Add(24 * time.Hour)
	for range 2 {
		_, err = h.Purge(h.ctx, gone)
		h.ok(err)
	}
	_, err = lapse(h.cookie, gone)
	h.want(err, idp.ErrNotFound)
}
