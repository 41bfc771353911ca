package recovery

import (
	"errors"
	"net/http"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// grantLifetime is how long a passkey can be made after the last proof.
const grantLifetime = 30 * time.Minute

// grantsOfRecovery is how often it can be asked for, should the page that leads on be lost.
const grantsOfRecovery = 5

// DonePage answers GET /recover/done: enough was shown.
func (c *Recovery) DonePage(w http.ResponseWriter, r *http.Request) error {
	_, s, ok, err := c.step(w, r, donePath)
	if !ok {
		return err
	}
	return c.Pages.RecoverDone(w, r, pages.RecoverDone{GivenName: s.person.GivenName})
}

// Done answers POST /recover/done: it grants the right to make one passkey, in this browser, and shows a recovery code in place
// of the one that was used.
func (c *Recovery) Done(w http.ResponseWriter, r *http.Request) error {
	b, s, ok, err := c.step(w, r, donePath)
	if !ok {
		return err
	}
	now, token := c.now(), idp.NewToken()
	again := idp.Allowance{Key: "grant:" + s.recovery.ID, Max: grantsOfRecovery, Window: recoveryLifetime}
	if err := c.Store.Spend(r.Context(), now, again); err != nil {
		return c.refused(w, r, err)
	}
	grant := idp.RecoveryGrant{
		RecoveryID: s.recovery.ID, SessionID: s.recovery.SessionID, At: now,
		Invitation: idp.Invitation{
			ID: token.ID, Hash: token.Hash(), PersonID: s.person.ID, Purpose: idp.InviteRecovered, SessionID: s.recovery.SessionID,
			RecoveryID: s.recovery.ID, RequestID: s.recovery.RequestID, CreatedBy: "recovery", CreatedAt: now, ExpiresAt: now.Add(grantLifetime),
		},
		Trail: idp.Trail{Events: []idp.AuditEvent{c.event(r, stranger, "recovery.grant", s.person.ID, map[string]any{"ways": ways(s.recovery)})}},
	}
	code := ""
	// NIST SP 800-63B-4 §4.2.1.1: following the use of a saved recovery code, the CSP SHALL issue a new one. Not before the rest was
	// shown: until then nobody knows to whom.
	if s.recovery.Proved(idp.SavedCode) && s.recovery.GrantedAt.IsZero() {
		code = codes.New(savedSigns)
		grant.CodeHash = savedHash(code)
	}
	if s.verdict == afterWait {
		grant.WaitedID = s.waiting.ID
	}
	err = c.Store.GrantRecovery(r.Context(), grant)
	if errors.Is(err, idp.ErrUsed) || isGone(err) { // cancelled, or over, since this was read
		return redirect(w, r, startPath+"?late")
	}
	if err != nil {
		return err
	}
	if err := c.forgive(r, s.recovery); err != nil {
		return err
	}
	link := "/invite/" + token.String()
	if code == "" {
		return redirect(w, r, link)
	}
	v := shown{Codes: []string{codes.Groups(code, 4)}, URL: link, MadeAt: now}
	kept, err := c.seal(b, codeShownPath, v)
	if err != nil {
		return err
	}
	return c.codeMadePage(w, r, v, kept)
}

func ways(r idp.Recovery) []idp.RecoveryWay {
	var out []idp.RecoveryWay
	for _, p := range r.Proofs {
		out = append(out, p.Way)
	}
	return out
}
