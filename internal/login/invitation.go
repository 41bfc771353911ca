package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Invitation answers GET /invite/{token}: the page on which a person creates her first passkey, or, in the browser in
// which she did, the good end of it.
func (l *Login) Invitation(w http.ResponseWriter, r *http.Request) error {
	inv, err := l.invitation(r)
	if errors.Is(err, idp.ErrUsed) {
		return l.enrolled(w, r, inv)
	}
	if err != nil {
		return l.uninvited(w, r, err)
	}
	_, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	if inv.Locked(b.row.ID) {
		return l.locked(w, r, inv)
	}
	return l.invitationPage(w, r, b.row, inv, enrolProblem{})
}

// locked leads to where what the invitation asks for is shown. One that was made for a browser is none of another's.
func (l *Login) locked(w http.ResponseWriter, r *http.Request, inv idp.Invitation) error {
	token, err := idp.ParseToken(r.PathValue("token"))
	if err != nil || !token.Matches(inv.Hash) || inv.Purpose == idp.InviteSignUp || inv.Purpose == idp.InviteRecovered {
		return l.uninvited(w, r, idp.ErrNotFound)
	}
	check := invitationURL(r) + "/check"
	if r.URL.Query().Has("lang") { // what the link chose holds on the next page, too
		check += "?" + pages.LanguageQuery(pages.Language(r))
	}
	return redirect(w, r, check)
}

// enrolProblem is why the page is shown again.
type enrolProblem struct {
	problem  string // pages.Problem…, "" the first time
	declared string // the wording that was agreed to, "" for none
	lost     bool
}

func (l *Login) invitationPage(w http.ResponseWriter, r *http.Request, s idp.Session, inv idp.Invitation, why enrolProblem) error {
	h, err := l.invited(r.Context(), inv)
	if err != nil {
		return err
	}
	c, err := l.newEnrolChallenge(r.Context(), idp.Ceremony{SessionID: s.ID, Kind: idp.CeremonyEnrol, Subject: inv.ID}, h, "")
	if err != nil {
		return err
	}
	return l.Pages.Invitation(w, r, pages.Invitation{
		Action:             invitationURL(r),
		Ceremony:           c.id,
		Options:            c.options,
		GivenName:          h.person.GivenName,
		ExpiresAt:          inv.ExpiresAt,
		Problem:            why.problem,
		DeclarationVersion: declarationOf(h.person),
		Declared:           why.declared == declarationOf(h.person),
		Unproofed:          h.person.LevelAt(l.now()) == idp.Unverified && !onlyAdministers(h.person),
		Administrator:      onlyAdministers(h.person),
		Back:               backIn(inv),
		Others:             backIn(inv) && len(h.credentials) > 0,
		Lost:               why.lost,
	})
}

// onlyAdministers reports whether somebody runs the service and is no patient of it: what is said to patients is not for her.
func onlyAdministers(p idp.Person) bool { return p.Role.Administers() && p.Birthdate == "" }

// declarationOf is the wording that goes with a passkey of somebody's.
func declarationOf(p idp.Person) string {
	if onlyAdministers(p) {
		return pages.AdministratorDeclarationVersion
	}
	return pages.DeclarationVersion
}

// backIn reports whether the person had an account before and gets back into it.
func backIn(inv idp.Invitation) bool {
	return inv.Purpose == idp.InviteDesk || inv.Purpose == idp.InviteRecovered
}

// invitation returns the invitation of the link. The error is idp.ErrNotFound, also for a link whose secret is not the
// invitation's; idp.ErrUsed, with the invitation; or idp.ErrExpired, also for one that a newer invitation has replaced.
func (l *Login) invitation(r *http.Request) (idp.Invitation, error) {
	token, err := idp.ParseToken(r.PathValue("token"))
	if err != nil {
		return idp.Invitation{}, fmt.Errorf("invitation link: %w", idp.ErrNotFound)
	}
	inv, err := l.Store.Invitation(r.Context(), token.ID)
	if err != nil {
		return idp.Invitation{}, fmt.Errorf("invitation: %w", err)
	}
	if !token.Matches(inv.Hash) && !token.Matches(inv.OpenedHash) {
		return idp.Invitation{}, fmt.Errorf("invitation secret: %w", idp.ErrNotFound)
	}
	switch {
	case !inv.UsedAt.IsZero():
		return inv, idp.ErrUsed
	case !inv.RevokedAt.IsZero(), !l.now().Before(inv.ExpiresAt):
		return inv, idp.ErrExpired
	}
	return inv, nil
}

// uninvited shows why a link does not work. It returns err when that is no matter for a person.
func (l *Login) uninvited(w http.ResponseWriter, r *http.Request, err error) error {
	kinds := []struct {
		err  error
		kind string
	}{
		{idp.ErrNotFound, pages.KindInvitationUnknown},
		{idp.ErrUsed, pages.KindInvitationUsed},
		{idp.ErrExpired, pages.KindInvitationExpired},
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return l.Pages.Problem(w, r, pages.Problem{Kind: k.kind})
		}
	}
	return err
}

// enrolled shows the good end of a used invitation in the browser in which it was used, so that a reload does no harm.
func (l *Login) enrolled(w http.ResponseWriter, r *http.Request, inv idp.Invitation) error {
	session, _, err := l.peek(r)
	if err != nil {
		return err
	}
	if session.Values[enrolledValue] != inv.ID {
		return l.uninvited(w, r, idp.ErrUsed)
	}
	person, err := l.Store.Person(r.Context(), inv.PersonID)
	if err != nil {
		return fmt.Errorf("invited person: %w", err)
	}
	name, _ := session.Values[enrolledNameValue].(string)
	return l.Pages.Enrolled(w, r, pages.Enrolled{GivenName: person.GivenName, PasskeyName: name, Request: inv.RequestID, Administrator: onlyAdministers(person)})
}

// invited is the person of an invitation.
func (l *Login) invited(ctx context.Context, inv idp.Invitation) (*holder, error) {
	person, err := l.Store.Person(ctx, inv.PersonID)
	if err != nil {
		return nil, fmt.Errorf("invited person: %w", err)
	}
	passkeys, err := l.Store.Passkeys(ctx, person.ID)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return newHolder(person, passkeys)
}

// invitationURL is the path of the link that r came by. The token was parsed, so it is plain base64url.
func invitationURL(r *http.Request) string { return "/invite/" + r.PathValue("token") }
