package recovery

import (
	"errors"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// CancelPage answers GET /recover/cancel/{token}, the link of a notice. Opening it changes nothing: programs open links, too.
func (c *Recovery) CancelPage(w http.ResponseWriter, r *http.Request) error {
	if _, err := idp.ParseToken(r.PathValue("token")); err != nil {
		return c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRecoveryUnknown})
	}
	return c.Pages.RecoverCancel(w, r, pages.RecoverCancel{Action: "/recover/cancel/" + r.PathValue("token")})
}

// Cancel answers POST /recover/cancel/{token}. It needs no signing in: who cannot sign in is just who must be able to do it.
func (c *Recovery) Cancel(w http.ResponseWriter, r *http.Request) error {
	token, err := idp.ParseToken(r.PathValue("token"))
	if err != nil {
		return c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRecoveryUnknown})
	}
	return c.cancel(w, r, token.ID, token.Hash(), "somebody with the link of a notice")
}

// OwnPage answers GET /account/recovery: a recovery of her account waits, and she can stop it.
func (c *Recovery) OwnPage(w http.ResponseWriter, r *http.Request) error {
	p, _, ok, err := c.visitor(w, r, "/account/recovery")
	if !ok {
		return err
	}
	_, err = c.Store.WaitingRecovery(r.Context(), p.ID, c.now())
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/account")
	}
	if err != nil {
		return err
	}
	return c.Pages.RecoverCancel(w, r, pages.RecoverCancel{Action: "/account/recovery/cancel"})
}

// CancelOwn answers POST /account/recovery/cancel, by the person herself. It needs no recent sign-in: stopping is never the harm.
func (c *Recovery) CancelOwn(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Browser(w, r)
	if err != nil {
		return err
	}
	if !s.SignedIn() {
		_, err := c.Fresh(w, r, "/account")
		return err
	}
	waiting, err := c.Store.WaitingRecovery(r.Context(), s.PersonID, c.now())
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/account")
	}
	if err != nil {
		return err
	}
	return c.cancel(w, r, waiting.ID, nil, s.PersonID)
}

func (c *Recovery) cancel(w http.ResponseWriter, r *http.Request, id string, hash []byte, actor string) error {
	ctx := r.Context()
	trail, err := c.cancelTrail(r, id, actor)
	if err == nil {
		err = c.Store.CancelRecovery(ctx, id, hash, c.now(), trail)
	}
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRecoveryUnknown})
	case errors.Is(err, idp.ErrUsed):
		return c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRecoveryOver})
	case err != nil:
		return err
	}
	return c.Pages.RecoverCancelled(w, r)
}

// cancelTrail tells everybody who was told of the beginning.
func (c *Recovery) cancelTrail(r *http.Request, id, actor string) (idp.Trail, error) {
	recovery, err := c.Store.RecoveryByID(r.Context(), id)
	if err != nil {
		return idp.Trail{}, err
	}
	p, err := c.Store.Person(r.Context(), recovery.PersonID)
	if err != nil {
		return idp.Trail{}, err
	}
	trail := idp.Trail{Events: []idp.AuditEvent{c.event(r, actor, "recovery.cancel", p.ID, nil)}}
	trail.Messages, err = c.Mail.About(p, idp.Notice{Kind: idp.NoticeRecoveryCancelled, Params: map[string]string{"device": device(r)}})
	return trail, err
}
