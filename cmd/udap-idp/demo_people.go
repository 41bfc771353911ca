package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

// samplePerson is somebody in the demo.
type samplePerson struct {
	idp.Person
	enrolURL string // "" once she has a passkey
}

// The people of the demo are invented; the telephone numbers are from the range kept for fiction.
var (
	samplePatient = personFlags{
		GivenName: "Maria", MiddleName: "Elena", FamilyName: "Garcia", Birthdate: "1984-06-12", Sex: "female",
		Email: "maria.garcia@example.org", Phone: "+1 617 555 0142",
		Street: []string{"12 Chestnut Street"}, City: "Boston", State: "MA", PostalCode: "02108", Country: "US",
	}
	sampleAdministrator = personFlags{
		GivenName: "Samuel", FamilyName: "Okafor", Birthdate: "1976-02-03", Email: "samuel.okafor@example.org",
		Phone: "+1 617 555 0187", Administrator: true,
	}
)

// samplePeople returns the patient and the administrator, each with an enrolment link while there is no passkey. They
// are made at the first start.
func samplePeople(ctx context.Context, s *site) ([]samplePerson, error) {
	stored, err := all(ctx, s.store.People, func(p idp.Person) string { return p.ID })
	if err != nil {
		return nil, err
	}
	var people []samplePerson
	for _, details := range []personFlags{samplePatient, sampleAdministrator} {
		person, err := samplePersonOf(ctx, s, details, stored)
		if err != nil {
			return nil, err
		}
		people = append(people, person)
	}
	return people, nil
}

func samplePersonOf(ctx context.Context, s *site, details personFlags, stored []idp.Person) (samplePerson, error) {
	now := time.Now()
	for _, p := range stored {
		if p.Email == details.Email {
			return invited(ctx, s, p, now)
		}
	}
	checked, _, err := details.person(now)
	if err != nil {
		return samplePerson{}, err
	}
	added, err := s.identity.AddPerson(ctx, checked.addition(), byDemo)
	if err != nil {
		return samplePerson{}, err
	}
	if !details.Administrator {
		if err := proofSample(ctx, s.identity, added.Person, now); err != nil {
			return samplePerson{}, fmt.Errorf("proof the sample patient: %w", err)
		}
	}
	return samplePerson{added.Person, inviteURL(s.config.Issuer, added.Invitation)}, nil
}

// byDemo is who does it, in the audit log.
var byDemo = idp.Reading{Actor: "demo"}

// proofSample records how the sample patient was proofed, as a clerk would: a level comes of an event, in the demo too.
func proofSample(ctx context.Context, people *identity.Identity, p idp.Person, now time.Time) error {
	const clerk = "Ana Rivera"
	began, done := now.Add(-time.Hour), now.Add(-30*time.Minute)
	passed := func(method, by string) []idp.ProofingCheck {
		return []idp.ProofingCheck{{Method: method, Purpose: "validation", Organization: by, At: began, Result: idp.ResultPassed}}
	}
	event, err := people.RecordProofing(ctx, identity.ProofingRecord{
		ProofingStart: identity.ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1_8, PerformedBy: clerk},
		StartedAt:     began, CompletedAt: done,
		Evidence: []identity.RecordedEvidence{
			{EvidenceInput: identity.EvidenceInput{Type: idp.DriversLicense, Jurisdiction: "MA", Number: "S00000142", ExpiresOn: now.AddDate(4, 0, 0).Format(time.DateOnly),
				Supports: []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate, idp.AttributeSex, idp.AttributeAddress}}, Checks: passed("vpip", "Sample Clinic")},
			{EvidenceInput: identity.EvidenceInput{Type: idp.MobileBill, Issuer: "Sample Mobile", Number: "0142-0142",
				Supports: []idp.AttributeKind{idp.AttributeName, idp.AttributePhone}}, Checks: passed("data", "Sample Mobile")},
		},
		Comparison: &idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: "e1", Comparator: clerk, Result: idp.ResultPassed, At: began},
		Address:    &identity.AddressInput{Method: assurance.AddressByEvidence, EvidenceID: "e1"},
		Contacts: []identity.RecordedContact{
			{Attribute: string(idp.AttributePhone), Channel: idp.ChannelSMS, ConfirmedAt: began.Add(time.Minute), EvidenceID: "e2", Exclusive: true},
			{Attribute: string(idp.AttributeEmail), Channel: idp.ChannelEmail, ConfirmedAt: began.Add(time.Minute), Exclusive: true},
		},
		Declaration: &idp.IdentityDeclaration{TextVersion: "2026-11", Signature: "drawn", Acknowledged: true, SignedAt: began,
			Attested: []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate, idp.AttributeAddress}},
	}, byDemo)
	if err != nil {
		return err
	}
	letter, err := people.PrepareNotification(ctx, event.ID, identity.NotificationOrder{Channel: idp.ChannelPostal, Locale: "en"}, byDemo)
	if err != nil {
		return err
	}
	_, err = people.NotificationSent(ctx, event.ID, letter.ID, byDemo)
	return err
}

// invited gives a person who has no passkey yet a new link; the one before cannot be shown again, for only its hash is
// kept.
func invited(ctx context.Context, s *site, p idp.Person, now time.Time) (samplePerson, error) {
	passkeys, err := s.store.Passkeys(ctx, p.ID)
	if err != nil || len(passkeys) > 0 {
		return samplePerson{Person: p}, err
	}
	token, invitation := newInvitation(p, now)
	if err := s.store.Invite(ctx, invitation, idp.Trail{}); err != nil {
		return samplePerson{}, err
	}
	return samplePerson{p, inviteURL(s.config.Issuer, token)}, nil
}

// guide tells what to do. It is all that the demo prints, besides warnings.
func (d *demo) guide(w io.Writer) {
	patient, administrator := d.people[0], d.people[1]
	fmt.Fprintf(w, "The demo is running: an identity provider (%s) and a hospital (%s),\n", d.ports.issuer, d.ports.hospitalURL)
	fmt.Fprintf(w, "both members of a trust community that lives on this machine. Open these links in a browser here.\n\n")

	if patient.enrolURL != "" {
		fmt.Fprintf(w, "1. You are %s, a patient. Create your passkey; you were born on %s, which is asked:\n   %s\n\n", patient.Name(), patient.Birthdate, patient.enrolURL)
	} else {
		fmt.Fprintf(w, "1. You are %s, a patient, and have your passkey from last time.\n\n", patient.Name())
	}
	fmt.Fprintf(w, "2. Open %s and sign in with it:\n   %s\n\n", hospitalName, d.ports.hospitalURL)
	fmt.Fprint(w, "3. The hospital then shows what it did: it discovered the provider, registered itself with a software\n"+
		"   statement, received an ID Token (header, claims and the certificate chain it checked), and found your record.\n\n")
	if administrator.enrolURL != "" {
		fmt.Fprintf(w, "The administrator is %s. To see the people, the hospital and the certificates:\n"+
			"   create a passkey   %s\n   born on            %s\n   then open          %s/admin\n\n", administrator.Name(), administrator.enrolURL, administrator.Birthdate, d.ports.issuer)
	} else {
		fmt.Fprintf(w, "The administrator is %s: %s/admin\n\n", administrator.Name(), d.ports.issuer)
	}
	fmt.Fprintf(w, "Messages to people, with codes and links, are not sent here. Read them at\n   %s%s\n\n", d.ports.hospitalURL, demoMailboxPath)
	fmt.Fprintln(w, "Ctrl-C stops the demo.")
}
