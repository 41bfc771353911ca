package storetest

import (
	"time"

	"udap-idp/internal/idp"
)

// cancelledWait: a grant that rests on a waiting period needs one that is over and stands, also when the grant is another recovery's.
func cancelledWait(h *house) {
	waits, _, err := h.wait(h.recovery(nil))
	h.ok(err)
	at := waits.ReadyAt
	r := h.recovery(func(r *idp.Recovery) { r.ExpiresAt = at.Add(time.Hour) })
	grant := func(waited string, at time.Time) error {
		inv, _ := h.invitation(r.PersonID)
		inv.Purpose, inv.SessionID, inv.RecoveryID = idp.InviteRecovered, r.SessionID, r.ID
		return h.GrantRecovery(h.ctx, idp.RecoveryGrant{RecoveryID: r.ID, SessionID: r.SessionID, WaitedID: waited, Invitation: inv, At: at})
	}
	h.want(grant(waits.ID, at.Add(-time.Second)), idp.ErrUsed)
	h.want(grant(r.ID, at), idp.ErrUsed) // which never waited
	h.ok(grant(waits.ID, at))
	h.ok(h.CancelRecovery(h.ctx, waits.ID, nil, at, idp.Trail{}))
	h.want(grant(waits.ID, at), idp.ErrUsed)
}

// suspensionEndsRecoveries: a waiting period does not run on until the account is resumed.
func suspensionEndsRecoveries(h *house) {
	waits, _, err := h.wait(h.recovery(nil))
	h.ok(err)
	under := h.recovery(nil)
	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.State = idp.PersonSuspended })))
	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.State = idp.PersonActive })))
	_, err = h.WaitingRecovery(h.ctx, h.person.ID, h.now)
	h.want(err, idp.ErrNotFound)
	for _, r := range []idp.Recovery{waits, under} {
		_, err = h.Recovery(h.ctx, r.ID, r.SessionID, h.now)
		h.want(err, idp.ErrUsed)
	}
}
