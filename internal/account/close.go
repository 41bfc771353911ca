package account

import (
	"errors"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// ClosePage answers GET /account/close: what it means, or until when she can still think better of it.
func (a *Account) ClosePage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	return a.closePage(w, r, v, nil)
}

func (a *Account) closePage(w http.ResponseWriter, r *http.Request, v visitor, wrong pages.FieldErrors) error {
	closing, err := a.Store.Closing(r.Context(), v.person.ID)
	if err != nil && !isGone(err) {
		return err
	}
	return a.Pages.AccountClose(w, r, pages.AccountClose{
		WaitDays: int(a.ClosingWait() / (24 * time.Hour)), DueAt: closing.DueAt, Years: idp.ProofingYears, Desk: v.person.Role.Administers(),
		Errors: wrong, Done: r.URL.Query().Get("done"),
	})
}

// Close answers POST /account/close: the waiting period begins. Closing itself is identity's, when the period is over.
//
// WCAG 2.2, 3.3.8: she is asked for a tick, and not to remember or to copy anything.
func (a *Account) Close(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.freshVisitor(w, r, "/account/close")
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	if v.person.Role.Administers() {
		return a.closePage(w, r, v, nil)
	}
	if form.Get("understood") != "yes" {
		return a.closePage(w, r, v, pages.FieldErrors{{Field: "understood", TextKey: "account.close.error.understood"}})
	}
	due := v.now.Add(a.ClosingWait())
	trail, err := a.trail(r, v, "account.close", detail(struct {
		Due time.Time `json:"due"`
	}{due}), idp.Notice{Kind: idp.NoticeCloseRequested, Params: map[string]string{"until": due.Format(time.RFC3339)}})
	if err != nil {
		return err
	}
	err = a.Store.AskToClose(r.Context(), idp.Closing{PersonID: v.person.ID, AskedAt: v.now, DueAt: due}, trail)
	if err != nil && !errors.Is(err, idp.ErrExists) { // a second press of the button
		return err
	}
	return redirect(w, r, "/account/close")
}

// KeepAccount answers POST /account/close/keep. It asks for no fresh sign-in: it only keeps what is.
func (a *Account) KeepAccount(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	trail, err := a.trail(r, v, "account.keep", "", idp.Notice{Kind: idp.NoticeCloseCancelled})
	if err != nil {
		return err
	}
	if err := a.Store.KeepAccount(r.Context(), v.person.ID, trail); err != nil && !isGone(err) {
		return err
	}
	return redirect(w, r, "/account/close?done=kept")
}
