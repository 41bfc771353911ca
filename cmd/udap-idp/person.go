package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

// personFlags are a person's details as a clerk types them.
type personFlags struct {
	GivenName  string `name:"given-name" group:"Person" help:"First name, as on the identity document. Several are separated by spaces."`
	MiddleName string `name:"middle-name" group:"Person" help:"Middle name."`
	FamilyName string `name:"family-name" required:"" group:"Person" help:"Last name, as on the identity document; the only name of somebody who has one."`
	Suffix     string `name:"suffix" group:"Person" help:"What stands behind the name, such as Jr or III."`
	OneName    bool   `name:"one-name" group:"Person" help:"There is one name only, which is --family-name."`
	Birthdate  string `name:"birthdate" required:"" placeholder:"YYYY-MM-DD" group:"Person" help:"Date of birth."`
	Sex        string `name:"sex" group:"Person" help:"male, female, other or unknown."`
	Language   string `name:"language" group:"Person" help:"Preferred language, such as en, es or zh-Hant."`
	Email      string `name:"email" required:"" group:"Person" help:"E-mail address of her own."`
	Phone      string `name:"phone" group:"Person" help:"Telephone number of her own; outside the United States with + and the country code."`

	Street     []string `name:"street" sep:"none" placeholder:"LINE" group:"Person" help:"Home address: street and number. Repeat for a second line."`
	City       string   `name:"city" group:"Person" help:"City."`
	State      string   `name:"state" group:"Person" help:"State; in the United States its two letters or its name."`
	PostalCode string   `name:"postal-code" group:"Person" help:"ZIP or postal code."`
	Country    string   `name:"country" group:"Person" help:"Country, two letters (US)."`

	Administrator bool `name:"administrator" group:"Person" help:"Is an owner of this service as well, who may do everything. Other roles: udap-idp admin invite."`
}

// personDetails is what a person is made of.
type personDetails struct {
	demographics idp.Demographics
	role         idp.Role
}

// person checks the details. The error lists everything that is wrong; the warnings are what is worth a second look.
func (f *personFlags) person(now time.Time) (personDetails, []string, error) {
	d, found := person.Check(person.Input{
		NameInput: person.NameInput{GivenName: f.GivenName, MiddleName: f.MiddleName, FamilyName: f.FamilyName, Suffix: f.Suffix, OneName: f.OneName},
		Birthdate: f.Birthdate, Sex: f.Sex, Language: f.Language, Email: f.Email, Phone: f.Phone,
		AddressInput: person.AddressInput{Street: f.Street, City: f.City, State: f.State, PostalCode: f.PostalCode, Country: f.Country},
	}, now)
	if err := wrongFlags(found); err != nil {
		return personDetails{}, nil, err
	}
	role := idp.Patient
	if f.Administrator {
		role = idp.Owner
	}
	return personDetails{d, role}, flagWords(found.Warnings()), nil
}

// flagOf is the flag of a field.
func flagOf(field person.Field) string { return "--" + strings.ReplaceAll(string(field), "_", "-") }

// flagWords are what is said about flags, one line each.
func flagWords(problems person.Problems) []string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = fmt.Sprintf("%s: %s", flagOf(p.Field), p.Words(flagOf))
	}
	return lines
}

// wrongFlags is everything for which what was typed cannot be taken; nil when there is nothing.
func wrongFlags(problems person.Problems) error {
	var errs []error
	for _, line := range flagWords(problems.Wrong()) {
		errs = append(errs, errors.New(line))
	}
	return joinUsage(errs...)
}
