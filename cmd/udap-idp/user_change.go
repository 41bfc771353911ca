package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

type userChangeCommand struct {
	userCommand

	GivenName  *string `name:"given-name" group:"Values" help:"First name. The parts of the name that are not given stay as they are."`
	MiddleName *string `name:"middle-name" group:"Values" help:"Middle name; empty for none."`
	FamilyName *string `name:"family-name" group:"Values" help:"Last name."`
	Suffix     *string `name:"suffix" group:"Values" help:"What stands behind the name, such as Jr or III; empty for none."`
	OneName    bool    `name:"one-name" group:"Values" help:"There is one name only, which is --family-name."`
	Birthdate  string  `name:"birthdate" placeholder:"YYYY-MM-DD" group:"Values" help:"Date of birth; only with --correct."`
	Sex        string  `name:"sex" group:"Values" help:"male, female, other or unknown."`
	Language   string  `name:"language" group:"Values" help:"Preferred language, such as en, es or zh-Hant."`
	Email      string  `name:"email" group:"Values" help:"E-mail address."`
	Phone      string  `name:"phone" group:"Values" help:"Telephone number."`

	Street     []string `name:"street" sep:"none" placeholder:"LINE" group:"Values" help:"Home address: street and number. Repeat for a second line. A new address is given whole; with --correct, the parts that are not given stay."`
	City       string   `name:"city" group:"Values" help:"City."`
	State      string   `name:"state" group:"Values" help:"State."`
	PostalCode string   `name:"postal-code" group:"Values" help:"ZIP or postal code."`
	Country    string   `name:"country" group:"Values" help:"Country, two letters (US)."`

	Use  string `name:"use" group:"How" help:"Which of several: mobile, home or work for a telephone, home or temp for an address, maiden for a name of before."`
	From string `name:"valid-from" placeholder:"YYYY-MM-DD" group:"How" help:"Since when it is so (today)."`
	To   string `name:"valid-to" placeholder:"YYYY-MM-DD" group:"How" help:"Until when it was so; with --earlier."`

	Correct bool   `name:"correct" xor:"how" group:"How" help:"The value before was never right. It is kept in the audit log only. Without this, it was right and is so no more: it is kept as one of before."`
	Earlier bool   `name:"earlier" xor:"how" group:"How" help:"These are values of before, such as a maiden name: add them, and leave the current ones as they are."`
	End     string `name:"end" xor:"how" placeholder:"VALUE-ID" group:"How" help:"This value is so no more, and no other takes its place. user show prints the ids."`
	Remove  string `name:"remove" xor:"how" placeholder:"VALUE-ID" group:"How" help:"This value was never right: take it away."`
	Reason  string `name:"reason" placeholder:"TEXT" group:"How" help:"Why, for the audit log."`
}

// byChange is who changes, in the audit log.
var byChange = idp.Reading{Actor: "user change"}

// Run changes what is known about a person.
func (c *userChangeCommand) Run(ctx context.Context, term terminal) error {
	if c.Reason != "" {
		reason, err := reasonOf(c.Reason, "seen on the new driver's license")
		if err != nil {
			return err
		}
		c.Reason = reason
	}
	return c.run(ctx, term, func(people *identity.Identity, p idp.Person) (idp.Person, string, error) {
		values, warnings, err := c.values(p, time.Now())
		if err != nil {
			return p, "", err
		}
		target := identity.Target{PersonID: p.ID, Revision: p.Revision}
		if id := cmp.Or(c.End, c.Remove); id != "" {
			if len(values) > 0 {
				return p, "", usage("--end and --remove take the id of a value, and no new ones")
			}
			return c.takeAway(ctx, people, target, id)
		}
		if len(values) == 0 {
			return p, "", usage("there is nothing to change: give a value, such as --phone, or --end or --remove with the id of one")
		}
		if c.Earlier {
			return c.addEarlier(ctx, people, target, values)
		}
		act := identity.Changed
		if c.Correct {
			act = identity.Corrected
		}
		result, err := people.ChangeAttributes(ctx, identity.Change{Target: target, Act: act, Values: values, Reason: c.Reason}, byChange)
		if err != nil {
			return p, "", asRefusal(err)
		}
		for _, w := range warnings {
			fmt.Fprintln(term.Err, "udap-idp: "+w)
		}
		return result.Person, saidOf(result, values, act), nil
	})
}

func (c *userChangeCommand) takeAway(ctx context.Context, people *identity.Identity, target identity.Target, id string) (idp.Person, string, error) {
	if c.End != "" {
		p, err := people.EndAttribute(ctx, target, id, c.Reason, byChange)
		return p, "The value is one of before now.", asRefusal(err)
	}
	p, err := people.RemoveAttribute(ctx, target, id, c.Reason, byChange)
	return p, "The value was removed. It is in the audit log only.", asRefusal(err)
}

func (c *userChangeCommand) addEarlier(ctx context.Context, people *identity.Identity, target identity.Target, values []idp.Attribute) (p idp.Person, said string, err error) {
	for _, value := range values {
		value.ValidTo = c.To
		if p, err = people.AddHistorical(ctx, target, value, c.Reason, byChange); err != nil {
			return p, "", asRefusal(err)
		}
		target.Revision = p.Revision
	}
	return p, fmt.Sprintf("%s was added as of before.", kindList(values)), nil
}

// saidOf tells what a change came to, and what follows.
func saidOf(result identity.ChangeResult, values []idp.Attribute, act identity.Act) string {
	if result.Same {
		return "That is so already. Nothing was changed."
	}
	verb := map[identity.Act]string{identity.Changed: "changed. What was before is kept as of before", identity.Corrected: "corrected"}[act]
	text := fmt.Sprintf("%s of %s: %s.", capital(kindList(values)), result.Person.Name(), verb)
	if len(result.Unverified) > 0 {
		text += "\nIt was verified, and is her word now. What data holders get is vouched for at no more than the least of it, until it is verified again."
	}
	return text
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func kindList(values []idp.Attribute) string {
	kinds := make([]string, len(values))
	for i, v := range values {
		kinds[i] = string(v.Kind)
	}
	return strings.Join(kinds, ", ")
}

// asRefusal makes what a person can mend a matter of usage.
func asRefusal(err error) error {
	if errors.As(err, new(*identity.Refusal)) {
		return usageError{err}
	}
	return err
}

// values are the values that are given, checked.
func (c *userChangeCommand) values(p idp.Person, now time.Time) (values []idp.Attribute, warnings []string, err error) {
	var found person.Problems
	take := func(a idp.Attribute, problems person.Problems) {
		a.Use, a.ValidFrom = c.Use, c.From
		values, found = append(values, a), append(found, problems...)
	}
	if c.GivenName != nil || c.MiddleName != nil || c.FamilyName != nil || c.Suffix != nil {
		name, problems := person.CheckName(c.name(p))
		take(idp.Attribute{Kind: idp.AttributeName, Name: &name}, problems)
	}
	for _, text := range []struct {
		kind  idp.AttributeKind
		given string
		check func(string) (string, person.Problems)
	}{
		{idp.AttributeBirthdate, c.Birthdate, func(s string) (string, person.Problems) { return person.CheckBirthdate(s, now) }},
		{idp.AttributeSex, c.Sex, person.CheckSex}, {idp.AttributeLanguage, c.Language, person.CheckLanguage},
		{idp.AttributeEmail, c.Email, person.CheckEmail}, {idp.AttributePhone, c.Phone, person.CheckPhone},
	} {
		if text.given != "" {
			value, problems := text.check(text.given)
			take(idp.Attribute{Kind: text.kind, Text: value}, problems)
		}
	}
	if len(c.Street) > 0 || c.City+c.State+c.PostalCode+c.Country != "" {
		address, problems := person.CheckAddress(c.address(p))
		take(idp.Attribute{Kind: idp.AttributeAddress, Address: &address}, problems)
	}
	found = append(found, person.CheckPeriod(c.From, c.To, false, now)...)
	if c.To != "" && !c.Earlier {
		return nil, nil, usage("--valid-to: goes with --earlier, for a value that is so no more")
	}
	if c.Use != "" && len(values) > 1 {
		return nil, nil, usage("--use: goes with one value at a time")
	}
	return values, flagWords(found.Warnings()), wrongFlags(found)
}

// name is the name as given, with the other parts as they are; a name of before is given whole.
func (c *userChangeCommand) name(p idp.Person) person.NameInput {
	now := idp.HumanName{Given: p.GivenName, Middle: p.MiddleName, Family: p.FamilyName, Suffix: p.Suffix}
	in := person.NameInput{OneName: c.OneName || now.Given == "" && c.GivenName == nil}
	for _, part := range []struct {
		given *string
		now   string
		into  *string
	}{{c.GivenName, now.Given, &in.GivenName}, {c.MiddleName, now.Middle, &in.MiddleName}, {c.FamilyName, now.Family, &in.FamilyName}, {c.Suffix, now.Suffix, &in.Suffix}} {
		if *part.into = part.now; part.given != nil {
			*part.into = *part.given
		}
	}
	if c.OneName {
		in.GivenName, in.MiddleName = "", ""
	}
	return in
}

// address is the address as given; a correction leaves the other parts as they are.
func (c *userChangeCommand) address(p idp.Person) person.AddressInput {
	in := person.AddressInput{Street: c.Street, City: c.City, State: c.State, PostalCode: c.PostalCode, Country: c.Country}
	if !c.Correct {
		return in
	}
	if len(in.Street) == 0 {
		in.Street = []string{p.Address.Street}
	}
	in.City, in.State = cmp.Or(in.City, p.Address.City), cmp.Or(in.State, p.Address.State)
	in.PostalCode, in.Country = cmp.Or(in.PostalCode, p.Address.PostalCode), cmp.Or(in.Country, p.Address.Country)
	return in
}
