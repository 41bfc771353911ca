package account

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// changeable are the kinds that a person changes here. A name and a birthdate are on documents, so the desk looks at those; an e-mail
// address and a telephone become hers with a code that is sent there, which is package recovery's (contactURL).
var changeable = []idp.AttributeKind{idp.AttributeAddress, idp.AttributeSex}

// contactURL is where an address is changed and confirmed at once.
var contactURL = map[idp.AttributeKind]string{idp.AttributeEmail: "/account/contact/email", idp.AttributePhone: "/account/contact/phone"}

// ChangePage answers GET /account/profile/change?of=KIND.
func (a *Account) ChangePage(w http.ResponseWriter, r *http.Request) error {
	kind := idp.AttributeKind(r.URL.Query().Get("of"))
	if !slices.Contains(changeable, kind) {
		return redirect(w, r, cmp.Or(contactURL[kind], "/account/profile"))
	}
	v, ok, err := a.freshVisitor(w, r, "/account/profile/change?of="+string(kind))
	if err != nil || !ok {
		return err
	}
	return a.changePage(w, r, v.changeOf(kind))
}

// changeOf is the form with what is recorded now.
func (v visitor) changeOf(kind idp.AttributeKind) pages.AccountChange {
	now, _ := idp.Current(v.person.WithAttributes().Attributes, kind)
	c := pages.AccountChange{
		Kind: claimOf[kind], Of: string(kind), Revision: v.person.Revision, Value: written(now), Text: now.Text,
		Checked: v.mark(now) == pages.MarkVerified || v.mark(now) == pages.MarkConsistent,
	}
	if now.Address != nil {
		c.Street, c.City, c.State, c.PostalCode, c.Country = now.Address.Street, now.Address.City, now.Address.State, now.Address.PostalCode, now.Address.Country
	}
	return c
}

func (a *Account) changePage(w http.ResponseWriter, r *http.Request, c pages.AccountChange) error {
	return a.Pages.AccountChange(w, r, c)
}

// ChangeValue answers POST /account/profile/change. What she typed stays in the form until it can be taken.
func (a *Account) ChangeValue(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	kind := idp.AttributeKind(form.Get("of"))
	if !slices.Contains(changeable, kind) {
		return redirect(w, r, "/account/profile")
	}
	v, ok, err := a.freshVisitor(w, r, "/account/profile/change?of="+string(kind))
	if err != nil || !ok {
		return err
	}
	c := v.changeOf(kind)
	value, wrong := typed(kind, form, &c)
	c.Errors = wrong
	c.Understood = form.Get("understood") == "yes"
	if c.Checked && !c.Understood {
		c.Errors = append(c.Errors, pages.FieldError{Field: "understood", TextKey: "account.change.error.understood"})
	}
	if len(c.Errors) > 0 {
		return a.changePage(w, r, c)
	}
	revision, err := strconv.ParseInt(form.Get("revision"), 10, 64)
	if err != nil || revision < 1 {
		revision = v.person.Revision
	}
	_, err = a.Change(r.Context(), Change{
		PersonID: v.person.ID, Revision: revision, Values: []idp.Attribute{value}, Reason: "told by herself",
		// What was checked was right when it was checked, so it stays as a value of before.
		Correct: !c.Checked && form.Get("never-right") == "yes",
		Tell:    func(_, after idp.Person) ([]idp.Message, error) { return a.tellChange(kind, after) },
	}, a.reading(r, v, "profile"))
	if errors.Is(err, idp.ErrStale) {
		c.Revision = v.person.Revision
		c.Errors = pages.FieldErrors{{Field: firstField[kind], TextKey: "account.change.error.stale"}}
		return a.changePage(w, r, c)
	}
	if err != nil {
		return fmt.Errorf("change of %s: %w", kind, err)
	}
	return redirect(w, r, "/account/profile?done=changed")
}

// firstField is where a problem with the whole of a value leads to.
var firstField = map[idp.AttributeKind]string{idp.AttributeAddress: "street", idp.AttributeSex: "sex-female"}

// typed is the value that a form has, put into the page as well, and what is wrong with it.
func typed(kind idp.AttributeKind, form url.Values, c *pages.AccountChange) (value idp.Attribute, wrong pages.FieldErrors) {
	if kind == idp.AttributeAddress {
		return typedAddress(form, c)
	}
	value.Kind, c.Text = kind, form.Get("sex")
	if value.Text, _ = person.CheckSex(c.Text); value.Text == "" {
		wrong = pages.FieldErrors{{Field: "sex-female", TextKey: "account.change.error.unknown_value"}}
	}
	return value, wrong
}

func typedAddress(form url.Values, c *pages.AccountChange) (value idp.Attribute, wrong pages.FieldErrors) {
	c.Street, c.City, c.State = form.Get("street"), form.Get("city"), form.Get("state")
	c.PostalCode, c.Country = form.Get("postal_code"), form.Get("country")
	address, problems := person.CheckAddress(person.AddressInput{
		Street: []string{c.Street}, City: c.City, State: c.State, PostalCode: c.PostalCode, Country: c.Country,
	})
	required := []struct{ field, text string }{{"street", c.Street}, {"city", c.City}}
	if country := strings.TrimSpace(c.Country); country == "" || strings.EqualFold(country, person.DefaultRegion) {
		required = append(required, []struct{ field, text string }{{"state", c.State}, {"postal_code", c.PostalCode}}...)
	}
	for _, r := range required {
		if strings.TrimSpace(r.text) == "" {
			wrong = append(wrong, pages.FieldError{Field: r.field, TextKey: "account.change.error.required"})
		}
	}
	return idp.Attribute{Kind: idp.AttributeAddress, Address: &address}, append(wrong, fieldErrors(problems)...)
}

// fieldErrors says what is wrong in her language: package person's own words are for a clerk.
func fieldErrors(problems person.Problems) pages.FieldErrors {
	var out pages.FieldErrors
	for _, p := range problems.Wrong() {
		out = append(out, pages.FieldError{Field: string(p.Field), TextKey: "account.change.error." + p.ID})
	}
	return out
}

// tellChange tells every address she has that letters go elsewhere now: whoever takes an account over would have them sent to himself.
func (a *Account) tellChange(kind idp.AttributeKind, after idp.Person) ([]idp.Message, error) {
	if kind != idp.AttributeAddress {
		return nil, nil
	}
	return a.Mail.About(after, idp.Notice{Kind: idp.NoticeContactChanged, Params: map[string]string{"what": "address"}})
}
