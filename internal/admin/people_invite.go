package admin

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// invitePage answers GET /admin/people/{id}/invite: the ways in which somebody is invited, and what became of those before.
func (a *Admin) invitePage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	page, err := a.inviteForm(r, by, p)
	if err != nil {
		return err
	}
	return a.Pages.AdminInvite(w, r, page)
}

func (a *Admin) inviteForm(r *http.Request, by Visitor, p idp.Person) (pages.AdminInvite, error) {
	page := pages.AdminInvite{Desk: a.desk(r, by), ID: p.ID, Name: p.Name(), Way: pages.InviteByLink, AsksBirthdate: p.Birthdate != "", Verified: p.Level != idp.Unverified || !p.Identifier.IsZero()}
	passkeys, err := a.Store.Passkeys(r.Context(), p.ID)
	if err != nil {
		return page, err
	}
	page.Back = len(passkeys) > 0
	page.May = p.State == idp.PersonActive && !(page.Back && p.Role.Administers())
	page.Ways = a.waysToInvite(by, p)
	page.Invitations, err = a.invitationRows(r, by, p)
	return page, err
}

// waysToInvite are those that lead somewhere: a code is typed on a page that may be off, and a message needs an address. The help desk does
// not see what the address is.
func (a *Admin) waysToInvite(by Visitor, p idp.Person) []pages.InviteWay {
	ways := []pages.InviteWay{{Way: pages.InviteByLink}}
	if a.Desk.CodesAreTyped() {
		ways = append(ways, pages.InviteWay{Way: pages.InviteByCode})
	}
	ways = append(ways, pages.InviteWay{Way: pages.InviteByLetter})
	for _, sent := range []struct {
		way     string
		channel idp.Channel
		address string
	}{{pages.InviteByEmail, idp.ByEmail, p.Email}, {pages.InviteBySMS, idp.BySMS, mobileOf(p)}} {
		if sent.address == "" {
			continue
		}
		way := pages.InviteWay{Way: sent.way, Unsent: !a.Post.Delivers(sent.channel)}
		if a.seesDetails(by) {
			way.To = sent.address
		}
		ways = append(ways, way)
	}
	return ways
}

// mobileOf is the number that takes text messages, "" when there is none.
func mobileOf(p idp.Person) string {
	for _, at := range p.WithAttributes().Attributes {
		if at.Kind == idp.AttributePhone && at.Use == "mobile" && at.IsCurrent() {
			return at.Text
		}
	}
	return ""
}

func (a *Admin) invitationRows(r *http.Request, by Visitor, p idp.Person) ([]pages.AdminInvitation, error) {
	all, err := a.Store.Invitations(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	var rows []pages.AdminInvitation
	names := names{store: a.Store}
	for _, inv := range all {
		row := pages.AdminInvitation{
			ID: inv.ID, Purpose: string(inv.Purpose), Status: string(inv.StatusAt(a.now())), CreatedAt: inv.CreatedAt, ExpiresAt: inv.ExpiresAt, UsedAt: inv.UsedAt,
			RevokedAt: inv.RevokedAt, Code: len(inv.CodeIndex) > 0, Missed: inv.Missed, CreatedBy: inv.CreatedBy, RevokedBy: inv.RevokedBy,
		}
		for _, who := range []*string{&row.CreatedBy, &row.RevokedBy} {
			name, err := names.of(r.Context(), *who)
			if err != nil {
				return nil, err
			}
			if name != "" {
				*who = name
			}
		}
		row.MayRevoke = inv.StatusAt(a.now()) == idp.InvitationOpen && by.may("POST /admin/people/{id}/invite/revoke") && mayTouch(by.Person.Role, p)
		rows = append(rows, row)
	}
	return rows, nil
}

// invitePerson answers POST /admin/people/{id}/invite: an invitation, which is shown once. An open one before it ends.
func (a *Admin) invitePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	form, err := a.inviteForm(r, by, p)
	if err != nil {
		return err
	}
	form.Checked = plain(r.PostFormValue("reason"))
	if way := r.PostFormValue("way"); way != "" {
		form.Way = way
	}
	if !slices.ContainsFunc(form.Ways, func(way pages.InviteWay) bool { return way.Way == form.Way }) {
		form.Errors = append(form.Errors, pages.FieldError{Field: "way", TextKey: "admin.invite.error.way"})
	}
	switch {
	case form.Back && form.Checked == "":
		form.Errors = append(form.Errors, pages.FieldError{Field: "reason", TextKey: "admin.invite.error.checked"})
	case len(form.Checked) > maxReason:
		form.Errors = append(form.Errors, pages.FieldError{Field: "reason", TextKey: "admin.form.reason.long"})
	case !form.Back:
		form.Checked = "" // she has nothing to get back into
	}
	if len(form.Errors) > 0 {
		return a.Pages.AdminInvite(w, r, form)
	}
	order := InvitationOrder{PersonID: p.ID, Checked: form.Checked, Code: form.Way == pages.InviteByCode || form.Way == pages.InviteByLetter && a.Desk.CodesAreTyped()}
	switch form.Way {
	case pages.InviteByEmail:
		order.Send = idp.ByEmail
	case pages.InviteBySMS:
		order.Send = idp.BySMS
	}
	invited, err := a.Desk.Invite(r.Context(), order, a.reading(r, by.Person, "invite"))
	if key := refusalKey(err); key != "" {
		form.Refused = key
		return a.Pages.AdminInvite(w, r, form)
	}
	if err != nil {
		return err
	}
	return a.invitedPage(w, r, by, form, invited)
}

// invitedPage shows what is to be handed over, and nothing that goes by another way besides: whoever invites then has only half of it.
func (a *Admin) invitedPage(w http.ResponseWriter, r *http.Request, by Visitor, form pages.AdminInvite, invited Invited) error {
	page := pages.AdminInvited{
		Desk: a.desk(r, by), ID: invited.Person.ID, Name: invited.Person.Name(), Way: form.Way, ExpiresAt: invited.Invitation.ExpiresAt,
		AsksBirthdate: invited.Invitation.AsksBirthdate, Unsent: form.Unsent(), Companion: invited.Companion, Companioned: invited.CompanionTo != "",
	}
	switch form.Way {
	case pages.InviteByLink:
		page.URL = a.Issuer + "/invite/" + invited.Token.String()
	case pages.InviteByCode:
		page.Code, page.Site = invited.Code, strings.TrimPrefix(strings.TrimPrefix(a.Issuer, "https://"), "http://")+"/invite"
	case pages.InviteByLetter:
		language, letter, err := a.Desk.Letter(invited)
		if err != nil {
			return err
		}
		if !a.seesDetails(by) {
			letter.Address = "" // it is handed over
		}
		page.Letter, page.LetterLanguage = &letter, language
	default:
		if a.seesDetails(by) {
			page.SentTo, page.CompanionTo = invited.SentTo, invited.CompanionTo
		}
	}
	return a.Pages.AdminInvited(w, r, page)
}

// revokeInvitation answers POST /admin/people/{id}/invite/revoke: the open invitation ends.
func (a *Admin) revokeInvitation(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	err = a.Desk.RevokeInvitation(r.Context(), p.ID, a.reading(r, by.Person, "invitation"))
	back := "/admin/people/" + p.ID + "/invite"
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, back+"?refused=no_invitation")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done=uninvited")
}
