package account

import (
	"fmt"
	"net/http"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Profile answers GET /account/profile: everything that is known about her, and what stands behind each value. It does not open the
// Digital Identifier: only its own page does, which she asks for.
func (a *Account) Profile(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	confirmed, err := a.Store.ConfirmedContacts(r.Context(), v.person.ID)
	if err != nil {
		return err
	}
	asked, err := a.Store.Requests(r.Context(), idp.RequestFilter{PersonID: v.person.ID})
	if err != nil {
		return err
	}
	out := pages.AccountProfile{
		Level: string(v.person.LevelAt(v.now)), VerifiedAt: v.person.VerifiedAt, Until: v.person.ExpiresAt,
		Identifier: !v.person.Identifier.IsZero(), Done: r.URL.Query().Get("done"),
	}
	for _, attribute := range v.person.WithAttributes().Attributes {
		value := v.value(attribute, confirmed)
		if attribute.IsCurrent() {
			out.Values = append(out.Values, value)
			continue
		}
		out.Earlier = append(out.Earlier, value)
	}
	slices.SortStableFunc(out.Values, func(x, y pages.ProfileValue) int { return place[x.Kind] - place[y.Kind] })
	slices.SortStableFunc(out.Earlier, func(x, y pages.ProfileValue) int { return place[x.Kind] - place[y.Kind] })
	for _, q := range asked {
		out.Requests = append(out.Requests, pages.ProfileRequest{
			Kind: string(q.Kind), Subject: claimOf[idp.AttributeKind(q.Subject)], Text: q.Text, At: q.At, AnsweredAt: q.AnsweredAt, Answer: q.Answer,
		})
	}
	slices.Reverse(out.Requests)
	return a.Pages.AccountProfile(w, r, out)
}

// claimOf names kinds as data holders do (OIDC Core §5.1): the pages have words for those.
var claimOf = map[idp.AttributeKind]string{
	idp.AttributeName: "name", idp.AttributeBirthdate: "birthdate", idp.AttributeSex: "gender", idp.AttributeLanguage: "locale",
	idp.AttributeAddress: "address", idp.AttributePhone: "phone_number", idp.AttributeEmail: "email",
}

// place is the order in which a person reads about herself.
var place = map[string]int{"name": 0, "birthdate": 1, "gender": 2, "address": 3, "phone_number": 4, "email": 5, "locale": 6}

// value is an attribute as it stands on the page.
func (v visitor) value(a idp.Attribute, confirmed []idp.Contact) pages.ProfileValue {
	out := pages.ProfileValue{
		Kind: claimOf[a.Kind], Value: written(a), Mark: v.mark(a), Method: a.Method, CheckedAt: a.VerifiedAt, From: a.ValidFrom, To: a.ValidTo,
	}
	if !a.IsCurrent() {
		return out
	}
	switch a.Kind {
	case idp.AttributeName, idp.AttributeBirthdate:
		out.CorrectURL = "/account/profile/correct?of=" + string(a.Kind)
	case idp.AttributeLanguage:
		out.ChangeURL = "/account/preferences"
	case idp.AttributePhone, idp.AttributeEmail:
		out.ChangeURL = contactURL[a.Kind]
		out.Unconfirmed = a.Status != idp.Verified && !isConfirmed(a, confirmed)
	default:
		out.ChangeURL = "/account/profile/change?of=" + string(a.Kind)
	}
	return out
}

// mark is what stands behind a value, as of now: what was checked in a proofing that has run out is vouched for no more.
func (v visitor) mark(a idp.Attribute) string {
	switch {
	case a.Worth() == idp.Unverified:
		return pages.MarkWord
	case v.person.LevelAt(v.now) == idp.Unverified:
		return pages.MarkExpired
	case a.Status == idp.Verified:
		return pages.MarkVerified
	}
	return pages.MarkConsistent
}

// isConfirmed reports whether she has shown that an address is hers by a code that was sent there.
func isConfirmed(a idp.Attribute, confirmed []idp.Contact) bool {
	return slices.ContainsFunc(confirmed, func(c idp.Contact) bool { return c.Address == a.Text })
}

// written is an attribute's value as text; an address in lines.
func written(a idp.Attribute) string {
	switch {
	case a.Name != nil:
		return idp.Demographics{GivenName: a.Name.Given, MiddleName: a.Name.Middle, FamilyName: a.Name.Family, Suffix: a.Name.Suffix}.Name()
	case a.Address != nil:
		return lines(*a.Address)
	}
	return a.Text
}

// IdentifierPage answers GET /account/profile/identifier: what the number is, and why to keep it to oneself.
func (a *Account) IdentifierPage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	return a.Pages.AccountIdentifier(w, r, pages.AccountIdentifier{None: v.person.Identifier.IsZero()})
}

// RevealIdentifier answers POST /account/profile/identifier with the number itself.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: to be protected like a social security number. So it takes a fresh sign-in, it is
// recorded, and the page is kept by nobody (Cache-Control: no-store).
func (a *Account) RevealIdentifier(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.freshVisitor(w, r, "/account/profile/identifier")
	if err != nil || !ok {
		return err
	}
	value, err := a.Identifier(r.Context(), v.person, a.reading(r, v, "account"))
	if err != nil {
		return fmt.Errorf("digital identifier: %w", err)
	}
	return a.Pages.AccountIdentifier(w, r, pages.AccountIdentifier{None: value == "", Value: value})
}
