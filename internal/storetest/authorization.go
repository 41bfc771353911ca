package storetest

import (
	"reflect"
	"time"

	"udap-idp/internal/idp"
)

func requestRefusesOtherBrowser(h *house) {
	a := h.request()
	got, err := h.AuthRequest(h.ctx, a.ID, h.session.ID, h.now)
	h.ok(err)
	if !reflect.DeepEqual(got, a) {
		h.Errorf("got  %+v\nwant %+v", got, a)
	}
	other, _ := h.addSession()
	_, err = h.AuthRequest(h.ctx, a.ID, other.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.want(h.RefuseAuthRequest(h.ctx, a.ID, other.ID, h.now, idp.Trail{}), idp.ErrNotFound)
}

func requestAnsweredOnce(h *house) {
	a := h.request()
	h.onlyOne(racers, idp.ErrUsed, func() error {
		token := idp.NewToken()
		return h.IssueCode(h.ctx, idp.Issue{RequestID: a.ID, SessionID: h.session.ID, At: h.now, Agreement: h.agreed(), Code: idp.Code{ID: token.ID, Hash: token.Hash(),
			ClientID: h.client.ID, PersonID: h.person.ID, SessionID: h.session.ID, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}})
	})
	got, err := h.AuthRequest(h.ctx, a.ID, h.session.ID, h.now)
	h.want(err, idp.ErrUsed)
	if got.RedirectURI != a.RedirectURI {
		h.Error("an answered request does not say where the person came from")
	}
	h.want(h.RefuseAuthRequest(h.ctx, a.ID, h.session.ID, h.now, idp.Trail{}), idp.ErrUsed)
	b := h.request()
	h.ok(h.RefuseAuthRequest(h.ctx, b.ID, h.session.ID, h.now, idp.Trail{}))
	_, err = h.AuthRequest(h.ctx, b.ID, h.session.ID, h.now)
	h.want(err, idp.ErrUsed)
}

func requestExpires(h *house) {
	a := h.request()
	got, err := h.AuthRequest(h.ctx, a.ID, h.session.ID, a.ExpiresAt)
	h.want(err, idp.ErrExpired)
	if got.State != a.State {
		h.Error("an expired request does not say where the person came from")
	}
	h.want(h.RefuseAuthRequest(h.ctx, a.ID, h.session.ID, a.ExpiresAt, idp.Trail{}), idp.ErrExpired)
}

func codeNeedsSession(h *house) {
	anonymous, _ := h.addSession()
	a := h.request()
	token := idp.NewToken()
	issue := idp.Issue{RequestID: a.ID, SessionID: anonymous.ID, At: h.now, Agreement: h.agreed(), Code: idp.Code{ID: token.ID, Hash: token.Hash(), PersonID: h.person.ID,
		ClientID: h.client.ID, SessionID: anonymous.ID, CreatedAt: h.now, ExpiresAt: h.now.Add(time.Minute)}}
	h.want(h.IssueCode(h.ctx, issue), idp.ErrNotFound)
	other, _ := h.addPerson()
	issue.SessionID, issue.Code.SessionID, issue.Code.PersonID = h.session.ID, h.session.ID, other.ID
	h.want(h.IssueCode(h.ctx, issue), idp.ErrNotFound)
	// Neither attempt answered the request.
	_, err := h.AuthRequest(h.ctx, a.ID, h.session.ID, h.now)
	h.ok(err)
}

func codeIsSingleUse(h *house) {
	code := h.issue(nil)
	h.onlyOne(racers, idp.ErrUsed, func() error { return h.redeem(h.redemption(code)) })
}

func replayRevokes(h *house) {
	r := h.redemption(h.issue(nil))
	code, access, err := h.RedeemCode(h.ctx, r)
	h.ok(err)
	if code.Nonce != "n" || code.Authentication.SID != h.session.Authentication.SID || access.PersonID != h.person.ID || access.ClientID != h.client.ID ||
		!reflect.DeepEqual(access.Scopes, code.Scopes) {
		h.Errorf("redeemed %+v, %+v", code, access)
	}
	stored, err := h.AccessToken(h.ctx, access.ID, h.now)
	h.ok(err)
	equalBytes(h, "hash", stored.Hash, r.Access.Hash)
	again := h.redemption(r.Code)
	h.want(h.redeem(again), idp.ErrUsed)
	for _, id := range []string{access.ID, again.Access.ID} {
		_, err = h.AccessToken(h.ctx, id, h.now)
		h.want(err, idp.ErrNotFound)
	}
}

func codeIsBound(h *house) {
	code := h.issue(nil)
	for name, change := range map[string]func(*idp.Redemption){
		"another client":       func(r *idp.Redemption) { r.ClientID = h.register(h.community.ID, "https://other.example").ID },
		"another redirect URI": func(r *idp.Redemption) { r.RedirectURI += "/" },
		"no redirect URI":      func(r *idp.Redemption) { r.RedirectURI = "" },
		"another challenge":    func(r *idp.Redemption) { r.CodeChallenge = "d" },
		"no challenge":         func(r *idp.Redemption) { r.CodeChallenge = "" },
	} {
		r := h.redemption(code)
		change(&r)
		if err := h.redeem(r); err == nil {
			h.Errorf("%s: redeemed", name)
		} else {
			h.want(err, idp.ErrMismatch)
		}
	}
	stolen := idp.NewTokenFor(code.ID)
	h.want(h.redeem(h.redemption(stolen)), idp.ErrNotFound)
	h.want(h.redeem(h.redemption(idp.NewToken())), idp.ErrNotFound)
	// None of it spent the code.
	h.ok(h.redeem(h.redemption(code)))
	// A replay by another client revokes nothing.
	other := h.redemption(code)
	other.ClientID = "somebody"
	h.want(h.redeem(other), idp.ErrMismatch)
}

func codeRedirectURI(h *house) {
	for name, uri := range map[string]string{"left out": "", "the registered one": redirectURI} {
		r := h.redemption(h.issue(func(c *idp.Code) { c.RedirectURISent = false }))
		r.RedirectURI = uri
		if err := h.redeem(r); err != nil {
			h.Errorf("authorization request without redirect_uri, token request %s: %v", name, err)
		}
	}
}

func codeExpires(h *house) {
	r := h.redemption(h.issue(nil))
	r.At = h.now.Add(time.Minute)
	h.want(h.redeem(r), idp.ErrExpired)
}

func codeDiesWithSession(h *house) {
	code := h.issue(nil)
	h.ok(h.EndSession(h.ctx, h.session.ID))
	h.want(h.redeem(h.redemption(code)), idp.ErrNotFound)
}

func accessTokenEnds(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	_, err = h.AccessToken(h.ctx, access.ID, access.ExpiresAt.Add(-time.Second))
	h.ok(err)
	_, err = h.AccessToken(h.ctx, access.ID, access.ExpiresAt)
	h.want(err, idp.ErrNotFound)
}

func jtiOnce(h *house) {
	h.onlyOne(racers, idp.ErrUsed, func() error { return h.UseJTI(h.ctx, "i", "1", h.now.Add(time.Minute), h.now) })
	h.ok(h.UseJTI(h.ctx, "another issuer", "1", h.now.Add(time.Minute), h.now))
	h.ok(h.UseJTI(h.ctx, "i", "2", h.now.Add(time.Minute), h.now))
}

func jtiAgain(h *house) {
	end := h.now.Add(time.Minute)
	h.ok(h.UseJTI(h.ctx, "i", "1", end, h.now))
	h.want(h.UseJTI(h.ctx, "i", "1", end.Add(time.Hour), end.Add(-time.Microsecond)), idp.ErrUsed)
	h.ok(h.UseJTI(h.ctx, "i", "1", end.Add(time.Minute), end))
	h.want(h.UseJTI(h.ctx, "i", "1", end.Add(time.Minute), end), idp.ErrUsed)
}
