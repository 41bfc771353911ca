package login

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"udap-idp/internal/idp"
)

// Actions of the audit log.
const (
	actionSignIn        = "signin"
	actionSignInRefused = "signin.refused"
	actionBackupChanged = "passkey.backup-changed"
	actionCounter       = "passkey.counter"
	actionPasskeyAdd    = "passkey.add"
	actionPasskeyRename = "passkey.rename"
	actionPasskeyRemove = "passkey.remove"
	actionRecoveryDone  = "recovery.done"
)

// Of refused sign-ins that name a person, so many an hour are written down. A stranger who knows the id of a passkey can have
// these written, and no more; one who knows none, none.
const (
	refusalWindow = time.Hour
	maxRefusals   = 20
)

// details are what an event says, as JSON. Names and values of a person are never among them.
type details map[string]any

// event is a line of the audit log about a person, by herself.
func (l *Login) event(r *http.Request, action, personID string, d details) (idp.AuditEvent, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return idp.AuditEvent{}, fmt.Errorf("audit event: %w", err)
	}
	return idp.AuditEvent{
		ID: idp.NewID(), At: l.now(), Actor: personID, Action: action, PersonID: personID,
		RequestID: l.RequestID(r.Context()), IP: l.ClientIP(r), Detail: string(text),
	}, nil
}

// signInTrail is what a sign-in leaves behind: its line; one for each sign of a copied or moved key, because neither locks the
// person out (WebAuthn L3 §7.2 step 22: what a counter that goes back means is for the Relying Party to judge); and a message
// when she was never seen in this browser.
func (l *Login) signInTrail(r *http.Request, e errand, p proof, b known) (idp.Trail, error) {
	key, on, isNew := fingerprint(p.credential.ID), idp.DeviceOf(r.UserAgent()), !b.Knows(p.person.ID)
	lines := []struct {
		action string
		when   bool
		d      details
	}{
		{actionSignIn, true, details{"passkey": key, "device": on, "new_browser": isNew, "from_another_device": p.elsewhere}},
		{actionBackupChanged, p.backupChanged(), details{"passkey": key,
			"eligible": p.credential.Flags.BackupEligible, "was_eligible": p.before.BackupEligible,
			"backed_up": p.credential.Flags.BackupState, "was_backed_up": p.before.BackupState}},
		{actionCounter, p.credential.Authenticator.CloneWarning, details{"passkey": key, "stored": p.before.SignCount, "counter": p.counter}},
	}
	var trail idp.Trail
	for _, line := range lines {
		if !line.when {
			continue
		}
		event, err := l.event(r, line.action, p.person.ID, line.d)
		if err != nil {
			return idp.Trail{}, err
		}
		event.ClientID = e.request.ClientID
		trail.Events = append(trail.Events, event)
	}
	// The first sign-in with a passkey belongs to its making, of which she was told.
	if !isNew || p.before.LastUsedAt.IsZero() {
		return trail, nil
	}
	params := map[string]string{"device": idp.AgentName(r.UserAgent())}
	if e.organization.Name != "" {
		params["organization"] = e.organization.Name
	}
	var err error
	trail.Messages, err = l.tell(p.person, idp.Notice{Kind: idp.NoticeNewSignIn, Params: params})
	return trail, err
}

// backupChanged reports that the passkey is backed up, or may be, otherwise than it was recorded.
func (p proof) backupChanged() bool {
	return p.credential.Flags.BackupEligible != p.before.BackupEligible || p.credential.Flags.BackupState != p.before.BackupState
}

// warn writes down what may be a copied key, for whoever watches the log and not the audit log.
func (l *Login) warn(r *http.Request, p proof) {
	if p.credential.Flags.BackupEligible != p.before.BackupEligible {
		l.Log.WarnContext(r.Context(), "the backup eligibility of a passkey changed",
			"passkey", fingerprint(p.credential.ID), "backup_eligible", p.credential.Flags.BackupEligible)
	}
	if p.credential.Authenticator.CloneWarning {
		l.Log.WarnContext(r.Context(), "the signature counter of a passkey did not go up", "passkey", fingerprint(p.credential.ID))
	}
}

// auditRefusal writes a refused sign-in down if it names somebody.
func (l *Login) auditRefusal(r *http.Request, e errand, why *refusal) error {
	if why.personID == "" {
		return nil
	}
	d := details{"reason": why.reason, "problem": why.problem}
	if why.passkey != nil {
		d["passkey"] = fingerprint(why.passkey)
	}
	event, err := l.event(r, actionSignInRefused, why.personID, d)
	if err != nil {
		return err
	}
	event.Actor = strangerActor
	event.ClientID = e.request.ClientID
	if _, err := l.Store.RefuseSignIn(r.Context(), event, event.At.Add(-refusalWindow), maxRefusals); err != nil {
		return fmt.Errorf("audit a refused sign-in: %w", err)
	}
	return nil
}

// strangerActor is who the audit log names where nobody has shown who she is.
const strangerActor = "somebody at the sign-in page"

// changeTrail is what a change of a person's passkeys leaves behind; a notice of no kind tells nobody.
func (l *Login) changeTrail(r *http.Request, person idp.Person, action string, d details, n idp.Notice) (idp.Trail, error) {
	event, err := l.event(r, action, person.ID, d)
	if err != nil {
		return idp.Trail{}, err
	}
	trail := idp.Trail{Events: []idp.AuditEvent{event}}
	if n.Kind == "" {
		return trail, nil
	}
	n.Params["device"] = idp.AgentName(r.UserAgent())
	trail.Messages, err = l.tell(person, n)
	return trail, err
}

// tell makes the messages of a notice.
func (l *Login) tell(person idp.Person, n idp.Notice) ([]idp.Message, error) {
	if l.Notices == nil {
		return nil, nil
	}
	messages, err := l.Notices(person, n)
	if err != nil {
		return nil, fmt.Errorf("notice: %w", err)
	}
	return messages, nil
}
