package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// The groups of acts for which an operator may ask for a second administrator.
const (
	GroupAdministrators = "admin"
	GroupClosing        = "close"
	GroupMerging        = "merge"
	GroupTrust          = "trust"
)

// The acts that may need a second administrator.
const (
	actInvite = "admin.invite"
	actAgain  = "admin.again"
	actRole   = "admin.role"
	actRevoke = "admin.revoke"
	actClose  = "person.close"
	actMerge  = "person.merge"

	actTrustAdd    = "community.add"
	actTrustChange = "community.change"
	actTrustDelete = "community.delete"
)

// act is something that cannot be taken back, whole: what is approved is this and nothing else.
type act struct {
	Name       string   `json:"-"`
	PersonID   string   `json:"-"`
	Reason     string   `json:"-"`
	GivenName  string   `json:"given_name,omitempty"`
	FamilyName string   `json:"family_name,omitempty"`
	Email      string   `json:"email,omitempty"`
	Role       idp.Role `json:"role,omitempty"`
	MergedID   string   `json:"merged,omitempty"` // of a merge, whose survivor is PersonID
	ApprovedBy string   `json:"-"`
	// Trust is a change of the trust communities.
	Trust *idp.TrustChange `json:"trust,omitempty"`
}

// kind is what there is to know about an act.
type kind struct {
	route string // of the table: who may ask for it may approve it
	group string
	done  string // text key of what is said when it is done, behind admin.done.
}

var kinds = map[string]kind{
	actInvite: {"POST /admin/administrators", GroupAdministrators, "invited"},
	actAgain:  {"POST /admin/administrators/{id}/invite", GroupAdministrators, "invited"},
	actRole:   {"POST /admin/administrators/{id}/role", GroupAdministrators, "role"},
	actRevoke: {"POST /admin/administrators/{id}/revoke", GroupAdministrators, "revoked"},
	actClose:  {"POST /admin/people/{id}/close", GroupClosing, "closed"},
	actMerge:  {"POST /admin/duplicates/{a}/{b}/merge", GroupMerging, "merged"},

	actTrustAdd:    {"POST /admin/trust", GroupTrust, "community_added"},
	actTrustChange: {"POST /admin/trust/{id}/settings", GroupTrust, "community_changed"},
	actTrustDelete: {"POST /admin/trust/{id}/delete", GroupTrust, "community_deleted"},
}

// needsTwo reports whether the operator wants a second administrator for a group of acts.
func (a *Admin) needsTwo(group string) bool {
	return a.TwoPersonActs != nil && slices.Contains(a.TwoPersonActs(), group)
}

// do carries an act out, or puts it on the list of those that wait for a second administrator. back is where the browser goes.
func (a *Admin) do(w http.ResponseWriter, r *http.Request, by Visitor, x act, back string) error {
	if a.needsTwo(kinds[x.Name].group) {
		return a.ask(w, r, by, x)
	}
	link, err := a.carryOut(r.Context(), x, by.Person, a.reading(r, by.Person, x.Name))
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return a.acted(w, r, by, x, link, back)
}

// acted shows what came of an act: the link, which is shown once, or the page that it began on.
func (a *Admin) acted(w http.ResponseWriter, r *http.Request, by Visitor, x act, link idp.Token, back string) error {
	if link == (idp.Token{}) {
		return redirect(w, r, back+"?done="+kinds[x.Name].done)
	}
	name := idp.Demographics{GivenName: x.GivenName, FamilyName: x.FamilyName}.Name()
	if x.PersonID != "" {
		p, err := a.Store.Person(r.Context(), x.PersonID)
		if err != nil {
			return err
		}
		name = p.Name()
	}
	return a.linkPage(w, r, by, name, link, back)
}

func (a *Admin) linkPage(w http.ResponseWriter, r *http.Request, by Visitor, name string, link idp.Token, back string) error {
	inv, err := a.Store.Invitation(r.Context(), link.ID)
	if err != nil {
		return err
	}
	return a.Pages.AdminLink(w, r, pages.AdminLink{
		Desk: a.desk(r, by), Name: name, URL: a.Issuer + "/invite/" + link.String(), ExpiresAt: inv.ExpiresAt, Back: back,
	})
}

// errNotAllowed: who asked for an act may not ask for it any more, or not about this person.
var errNotAllowed = errors.New("who asked for it may not do it")

// carryOut does it, in the name of who asked. The link is that of an invitation.
func (a *Admin) carryOut(ctx context.Context, x act, asker idp.Person, by idp.Reading) (link idp.Token, err error) {
	target := idp.Person{Role: idp.Patient}
	if x.PersonID != "" {
		if target, err = a.Store.Person(ctx, x.PersonID); err != nil {
			return link, err
		}
	}
	if asker.State != idp.PersonActive || !a.may(asker.Role, kinds[x.Name].route) || !mayTouch(asker.Role, target) {
		return link, errNotAllowed
	}
	switch x.Name {
	case actTrustAdd, actTrustChange, actTrustDelete:
		if x.Trust == nil {
			return link, fmt.Errorf("act %q without a change", x.Name)
		}
		_, err = a.Trust.Change(ctx, *x.Trust, by)
	case actMerge:
		err = a.merge(ctx, x, asker, by)
	case actInvite:
		_, link, err = a.People.AddAdministrator(ctx, idp.Demographics{GivenName: x.GivenName, FamilyName: x.FamilyName, Email: x.Email}, x.Role, by)
	case actAgain:
		link, err = a.People.InviteAgain(ctx, x.PersonID, by)
	case actRole:
		_, err = a.People.SetRole(ctx, x.PersonID, x.Role, x.Reason, by)
	case actRevoke:
		_, err = a.People.RevokeAdministrator(ctx, x.PersonID, x.Reason, by)
	case actClose:
		_, err = a.People.Close(ctx, x.PersonID, x.Reason, by)
	default:
		return link, fmt.Errorf("act %q is not known", x.Name)
	}
	return link, err
}

// refusalKey is the text key of why something was not done, "" when err is no refusal.
func refusalKey(err error) string {
	var refusal interface{ RefusalCode() string }
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errNotAllowed):
		return "not_allowed"
	case errors.Is(err, idp.ErrStale):
		return "stale"
	case errors.Is(err, idp.ErrNotFound):
		return "gone"
	case errors.As(err, &refusal):
		return refusal.RefusalCode()
	}
	return ""
}

// detailOf is the detail of an event.
func detailOf(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return "" // plain fields, which always encode
	}
	return string(text)
}
