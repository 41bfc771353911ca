package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/pages"
)

// keysPage answers GET /admin/keys: the keys of every community, and those that were.
func (a *Admin) keysPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	rings, err := a.Keys.Rings(r.Context())
	if err != nil {
		return err
	}
	page := pages.AdminKeys{Desk: a.desk(r, by)}
	if by.may("POST /admin/keys/{id}/change-over") && by.may("GET /admin/trust/{id}") {
		page.TrustURL = func(communityID string) string { return "/admin/trust/" + url.PathEscape(communityID) }
	}
	for _, ring := range rings {
		row := pages.KeyRing{CommunityID: ring.Community.ID, Community: ring.Community.Name, URI: ring.Community.URI}
		for _, key := range ring.Keys {
			row.Keys = append(row.Keys, signingKey(ring, key))
		}
		for _, key := range ring.Retired {
			row.Retired = append(row.Retired, signingKey(ring, key))
		}
		page.Rings = append(page.Rings, row)
	}
	return a.Pages.AdminKeys(w, r, page)
}

func signingKey(ring keys.Ring, k keys.Key) pages.SigningKey {
	return pages.SigningKey{
		ID: k.ID, KeyID: k.KeyID, Algorithm: k.Algorithm, Subject: k.Subject, State: string(k.State), Signs: k.Signs, TakesOver: ring.TakesOver == k.ID,
		CreatedAt: k.CreatedAt, Begins: k.Begins, Ends: k.Ends, ReadyAt: k.ReadyAt, StoppedAt: k.StoppedAt, LeavesAt: k.LeavesAt,
		RetiredAt: k.Retired.RetiredAt, How: string(k.Retired.How), Reason: k.Retired.Reason,
	}
}

// keyPage answers GET /admin/keys/{id}.
func (a *Admin) keyPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.oneKey(w, r, by, nil)
}

// oneKey shows a key that is in the key set, with what was wrong with a form about it.
func (a *Admin) oneKey(w http.ResponseWriter, r *http.Request, by Visitor, wrong pages.FieldErrors) error {
	ring, key, err := a.findKey(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	now := a.now()
	page := pages.AdminKey{
		Desk: a.desk(r, by), SigningKey: signingKey(ring, key), CommunityID: ring.Community.ID, Community: ring.Community.Name, URI: ring.Community.URI,
		Errors: wrong, Reason: r.PostFormValue("reason"), Only: len(ring.Keys) == 1,
		MayWithdraw: by.may("POST /admin/keys/{id}/withdraw"),
	}
	if !key.Signs && !now.Before(key.Begins) && !now.After(key.Ends) {
		page.MayChangeOver = by.may("POST /admin/keys/{id}/change-over")
		page.Early = key.State == keys.Next && now.Before(key.ReadyAt)
	}
	return a.Pages.AdminKey(w, r, page)
}

func (a *Admin) findKey(ctx context.Context, id string) (keys.Ring, keys.Key, error) {
	rings, err := a.Keys.Rings(ctx)
	if err != nil {
		return keys.Ring{}, keys.Key{}, err
	}
	for _, ring := range rings {
		for _, key := range ring.Keys {
			if key.ID == id {
				return ring, key, nil
			}
		}
	}
	return keys.Ring{}, keys.Key{}, idp.ErrNotFound
}

// changeOver answers POST /admin/keys/{id}/change-over. What would leave an invalid moment is done only by who ticked the box that
// says so.
func (a *Admin) changeOver(w http.ResponseWriter, r *http.Request, by Visitor) error {
	id, force := r.PathValue("id"), r.PostFormValue("force") == "yes"
	_, err := a.Keys.ChangeOver(r.Context(), id, force, a.reading(r, by.Person, "key"))
	if refusalKey(err) == "key_early" {
		return a.oneKey(w, r, by, pages.FieldErrors{{Field: "force", TextKey: "admin.keys.form.force"}})
	}
	return a.keyChanged(w, r, id, err, "changed-over")
}

// withdrawKey answers POST /admin/keys/{id}/withdraw.
func (a *Admin) withdrawKey(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if wrong := reasonErrors(r); len(wrong) > 0 {
		return a.oneKey(w, r, by, wrong)
	}
	id := r.PathValue("id")
	_, err := a.Keys.Withdraw(r.Context(), id, reasonOf(r), a.reading(r, by.Person, "key"))
	return a.keyChanged(w, r, id, err, "key-withdrawn")
}

// keyChanged leads on after a change, or back with why there was none.
func (a *Admin) keyChanged(w http.ResponseWriter, r *http.Request, id string, err error, done string) error {
	if errors.Is(err, idp.ErrNotFound) {
		return a.notFound(w, r)
	}
	if key := refusalKey(err); key != "" {
		return redirect(w, r, "/admin/keys/"+url.PathEscape(id)+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/keys?done="+done)
}
