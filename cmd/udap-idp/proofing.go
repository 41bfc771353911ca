package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap"
)

// proofingCommands record how somebody's identity was verified, from the first document to the end.
type proofingCommands struct {
	Start    proofingStartCommand    `cmd:"" help:"Begin an event for a person."`
	Evidence proofingEvidenceCommand `cmd:"" help:"Record a document that the person presents."`
	Check    proofingCheckCommand    `cmd:"" help:"Record a check: of a document, or about fraud."`
	Compare  proofingCompareCommand  `cmd:"" help:"Record the comparison of the person with the photo on a document."`
	Address  proofingAddressCommand  `cmd:"" help:"Confirm the home address as the address of record."`
	Contact  proofingContactCommand  `cmd:"" help:"Send a code to a telephone, an e-mail address or the home, and take it back."`
	Declare  proofingDeclareCommand  `cmd:"" help:"Record the signed Declaration of Identity, or print its text."`
	Claim    proofingClaimCommand    `cmd:"" help:"Say how the event leaves an attribute, where the evidence alone should not decide."`
	Status   proofingStatusCommand   `cmd:"" help:"Show an event, and for each level what is missing."`
	Complete proofingCompleteCommand `cmd:"" help:"Compute the level and close the recording."`
	Apart    proofingApartCommand    `cmd:"" name:"not-a-duplicate" help:"Say that somebody who looks like her, and has a Digital Identifier, is somebody else."`
	Approve  proofingApproveCommand  `cmd:"" help:"Approve an event at IDIAL2 as the second person."`
	Reject   proofingRejectCommand   `cmd:"" help:"End an event that is not decided: nothing comes of it."`
	Notify   proofingNotifyCommand   `cmd:"" help:"Write the notification as a message: e-mail, SMS, or to be read out."`
	Letter   proofingLetterCommand   `cmd:"" help:"Write the notification as a letter to print (HTML)."`
	Sent     proofingSentCommand     `cmd:"" help:"The notification is on its way: the level takes effect."`
	Returned proofingReturnedCommand `cmd:"" help:"The notification came back."`
	Lower    proofingLowerCommand    `cmd:"" help:"Lower the level of an event. It cannot be raised again."`
	Revoke   proofingRevokeCommand   `cmd:"" help:"End an event at once."`
	List     proofingListCommand     `cmd:"" help:"List events."`
	Record   proofingRecordCommand   `cmd:"" help:"Record a whole event from a file."`
}

// proofingFlags are what every step takes.
type proofingFlags struct {
	settings
	outputFlag
	By string `name:"by" placeholder:"NAME" help:"Who does this, for the audit log (who carries out the proofing)."`
}

// desk is what a clerk works at.
type desk struct {
	config config.Config
	store  *sqlstore.Store
	people *identity.Identity
}

func (c *proofingFlags) desk(ctx context.Context) (desk, error) {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return desk{}, err
	}
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		store.Close()
		return desk{}, err
	}
	return desk{cfg, store, people}, nil
}

// proofingEvent is a command on one event.
type proofingEvent struct {
	ID string `arg:"" name:"id" help:"The event, as start and list print it."`
	proofingFlags
}

// run does one step and shows what became of the event.
func (c *proofingEvent) run(ctx context.Context, term terminal, do func(d desk, by idp.Reading) (string, error)) error {
	d, err := c.desk(ctx)
	if err != nil {
		return err
	}
	defer d.store.Close()
	by := idp.Reading{Actor: tidy(c.By), Purpose: "proofing"}
	if by.Actor == "" {
		p, err := d.store.Proofing(ctx, c.ID)
		if errors.Is(err, idp.ErrNotFound) {
			return fmt.Errorf("there is no proofing event %s; udap-idp proofing list shows all", plain(c.ID))
		}
		if err != nil {
			return err
		}
		by.Actor = p.PerformedBy
	}
	text, err := do(d, by)
	if err != nil {
		return stepError(err)
	}
	return c.show(ctx, term, d, c.ID, text)
}

// show prints what was done and what is missing yet.
func (c *proofingFlags) show(ctx context.Context, term terminal, d desk, id, text string) error {
	p, person, a, err := d.people.Assess(ctx, id)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, proofingStatus(p, person, a))
	}
	fmt.Fprintln(term.Out, plainLines(text))
	if p.Status == idp.ProofingDraft {
		printMissing(term, p, a)
	}
	return nil
}

// stepError tells a step that was asked for wrongly from one that failed.
func stepError(err error) error {
	var refusal *identity.Refusal
	var duplicate *identity.PossibleDuplicate
	switch {
	case errors.As(err, &refusal):
		return errors.New(refusal.Text)
	case errors.As(err, &duplicate):
		return explainDuplicate(duplicate)
	}
	return err
}

// wantedLevel is what the event is to reach.
func wantedLevel(p idp.Proofing) idp.Level {
	if p.LoweredTo != idp.Unverified && !p.LoweredTo.AtLeast(p.Claimed) {
		return p.LoweredTo
	}
	return p.Claimed
}

func printMissing(term terminal, p idp.Proofing, a assurance.Assessment) {
	for _, s := range a.Evidence {
		if s.Why != "" {
			fmt.Fprintf(term.Out, "%s (%s) does not count: %s.\n", s.ID, s.Type, s.WhyWords())
		}
	}
	want := wantedLevel(p)
	var missing []assurance.Requirement
	if !a.Reached.AtLeast(want) {
		for _, r := range a.Of(want).Missing() {
			if r.ID != assurance.RequireNotification {
				missing = append(missing, r)
			}
		}
	}
	if len(missing) == 0 {
		fmt.Fprintf(term.Out, "Nothing is missing for %s. Complete the event with udap-idp proofing complete %s\n", upper(want), p.ID)
		return
	}
	fmt.Fprintf(term.Out, "Still missing for %s:\n", upper(want))
	for _, r := range missing {
		fmt.Fprintf(term.Out, "- %s\n", plain(r.Words()))
	}
}

func upper(level idp.Level) string {
	if level == idp.Unverified {
		return "no level"
	}
	return strings.ToUpper(string(level))
}

type proofingStartCommand struct {
	User         string `arg:"" name:"user" help:"The person: her ID, or her e-mail address when only one person has it."`
	Type         string `name:"type" required:"" placeholder:"KIND" help:"onsite_attended, onsite_unattended, remote_attended or remote_unattended."`
	Claim        string `name:"claim" required:"" placeholder:"LEVEL" help:"The level that the event is for: idial1, idial1.2, idial1.4, idial1.5, idial1.6, idial1.8 or idial2. What comes of it is computed."`
	Referee      bool   `name:"trusted-referee" help:"Carried out by a trusted referee, one of our own trained employees."`
	ThirdParty   bool   `name:"third-party" help:"Carried out by somebody who is not our employee: nothing above IDIAL1 comes of it."`
	Location     string `name:"location" placeholder:"TEXT" help:"Where."`
	Organization string `name:"organization" placeholder:"TEXT" help:"Of whom."`
	Practices    string `name:"practices" placeholder:"VERSION" help:"The version of the published practices that was followed (the latest)."`
	proofingFlags
}

// Run begins an event.
func (c *proofingStartCommand) Run(ctx context.Context, term terminal) error {
	level, err := idp.ParseLevel(c.Claim)
	if err != nil {
		return usage("--claim: %w", err)
	}
	if tidy(c.By) == "" {
		return usage("--by: who carries out the proofing must be named")
	}
	d, err := c.desk(ctx)
	if err != nil {
		return err
	}
	defer d.store.Close()
	person, err := findPerson(ctx, d.store, c.User)
	if err != nil {
		return err
	}
	start := identity.ProofingStart{
		PersonID: person.ID, Type: c.Type, Claimed: level, PerformedBy: tidy(c.By), ThirdParty: c.ThirdParty,
		Location: tidy(c.Location), Organization: tidy(c.Organization), Practices: c.Practices,
	}
	if c.Referee {
		start.PerformedRole = idp.RoleReferee
	}
	if start.Practices == "" {
		if start.Practices, err = d.practices(ctx); err != nil {
			return err
		}
	}
	p, err := d.people.Start(ctx, start, idp.Reading{Actor: start.PerformedBy})
	if err != nil {
		return stepError(err)
	}
	return c.show(ctx, term, d, p.ID, fmt.Sprintf("The proofing of %s has begun. The event is\n%s", person.Name(), p.ID))
}

// practices names the version of the published practices that applies now.
func (d desk) practices(ctx context.Context) (string, error) {
	applies, err := newPolicy(d.config, d.store, udap.NewEndpoints(d.config.Issuer)).Current(ctx, idp.PolicyPractices)
	return applies.Name, err
}

// findPerson finds a person by her id or e-mail address.
func findPerson(ctx context.Context, store idp.Store, user string) (idp.Person, error) {
	person, err := store.Person(ctx, user)
	if err == nil || !errors.Is(err, idp.ErrNotFound) {
		return person, err
	}
	people, err := all(ctx, store.People, func(p idp.Person) string { return p.ID })
	if err != nil {
		return person, err
	}
	var found []idp.Person
	for _, p := range people {
		if p.State == idp.PersonActive && p.Email != "" && strings.EqualFold(p.Email, user) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return person, fmt.Errorf("there is no person with the ID or e-mail address %q; udap-idp user list shows all", plain(user))
	}
	return person, fmt.Errorf("%d people have the e-mail address %q: give the ID of one, as udap-idp user list shows it", len(found), plain(user))
}

type proofingStatusCommand struct{ proofingEvent }

// Run shows an event.
func (c *proofingStatusCommand) Run(ctx context.Context, term terminal) error {
	d, err := c.desk(ctx)
	if err != nil {
		return err
	}
	defer d.store.Close()
	p, person, a, err := d.people.Assess(ctx, c.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("there is no proofing event %s; udap-idp proofing list shows all", plain(c.ID))
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, proofingStatus(p, person, a))
	}
	return printStatus(term, p, person, a)
}

// statusView is an event without anything that is sealed or digested.
type statusView struct {
	idp.Proofing
	PersonName string               `json:"person_name"`
	Assessment assurance.Assessment `json:"assessment"`
}

func proofingStatus(p idp.Proofing, person idp.Person, a assurance.Assessment) statusView {
	return statusView{withoutSecrets(p), person.Name(), a}
}

func withoutSecrets(p idp.Proofing) idp.Proofing {
	p.Evidence = append([]idp.Evidence(nil), p.Evidence...)
	for i := range p.Evidence {
		p.Evidence[i].SealedNumber, p.Evidence[i].NumberIndex = nil, nil
	}
	p.Contacts = append([]idp.ContactConfirmation(nil), p.Contacts...)
	for i := range p.Contacts {
		p.Contacts[i].CodeHash = nil
	}
	p.Notifications = append([]idp.ProofingNotification(nil), p.Notifications...)
	for i := range p.Notifications {
		p.Notifications[i].RepudiationHash = nil
	}
	return p
}

func printStatus(term terminal, p idp.Proofing, person idp.Person, a assurance.Assessment) error {
	fmt.Fprintf(term.Out, "Event       %s (%s)\n", p.ID, p.Status)
	fmt.Fprintf(term.Out, "Person      %s (%s)\n", plain(person.Name()), p.PersonID)
	fmt.Fprintf(term.Out, "Carried out %s, by %s, since %s\n", plain(p.Type), plain(p.PerformedBy), minute(p.StartedAt))
	fmt.Fprintf(term.Out, "Claims      %s\n", upper(p.Claimed))
	if p.LoweredTo != idp.Unverified {
		fmt.Fprintf(term.Out, "Lowered to  %s\n", upper(p.LoweredTo))
	}
	if p.Status == idp.ProofingInForce {
		fmt.Fprintf(term.Out, "In force    %s, until %s\n", upper(p.Achieved), day(p.ExpiresAt))
	} else if a.NotificationPending {
		fmt.Fprintf(term.Out, "Bears       %s, as soon as the notification is sent\n", upper(a.Reached))
	} else {
		fmt.Fprintf(term.Out, "Bears       %s\n", upper(a.Level))
	}
	fmt.Fprintf(term.Out, "NIST 800-63A IAL%d by revision 3, IAL%d by revision 4\n", a.NIST3, a.NIST4)
	if p.Reason != "" {
		fmt.Fprintf(term.Out, "Reason      %s\n", plain(p.Reason))
	}
	if len(p.Evidence) > 0 {
		fmt.Fprintln(term.Out)
		t := newTable(term.Out, "EVIDENCE", "TYPE", "ISSUER", "NUMBER", "STRENGTH", "COUNTS")
		for i, e := range p.Evidence {
			s, counts, end := a.Evidence[i], "yes", "-"
			if s.Why != "" {
				counts = "no: " + s.WhyWords()
			}
			if e.NumberEnd != "" {
				end = "…" + e.NumberEnd
			}
			t.row(e.ID, string(e.Type), strings.TrimSpace(e.IssuerName+" "+e.IssuerJurisdiction+" "+e.IssuerCountry), end, s.IDI.String(), counts)
		}
		if err := t.flush(); err != nil {
			return err
		}
	}
	for _, n := range p.Notifications {
		state := "prepared " + minute(n.PreparedAt)
		if !n.SentAt.IsZero() {
			state = "sent " + minute(n.SentAt)
		}
		if !n.ReturnedAt.IsZero() {
			state = "came back " + minute(n.ReturnedAt)
		}
		fmt.Fprintf(term.Out, "\nNotification %s by %s (%s): %s\n", n.ID, n.Channel, n.Basis, state)
	}
	fmt.Fprintln(term.Out)
	for _, l := range a.Levels {
		if l.Met {
			fmt.Fprintf(term.Out, "%-9s holds\n", upper(l.Level))
			continue
		}
		fmt.Fprintf(term.Out, "%-9s needs\n", upper(l.Level))
		for _, r := range l.Missing() {
			fmt.Fprintf(term.Out, "          - %s\n", plain(r.Words()))
		}
	}
	return nil
}

type proofingListCommand struct {
	Status string `name:"status" placeholder:"STATUS" help:"Only those that are draft, pending_approval, pending_notification, verified, failed, expired, revoked, superseded or repudiated."`
	Due    string `name:"due" placeholder:"DAYS" help:"Only those in force that end within so many days, such as 90d."`
	User   string `name:"user" placeholder:"USER" help:"Only those of a person: her ID or e-mail address."`
	settings
	outputFlag
}

// proofingLine is an event as the list prints it.
type proofingLine struct {
	ID       string    `json:"id"`
	PersonID string    `json:"person_id"`
	Person   string    `json:"person"`
	Status   string    `json:"status"`
	Claimed  string    `json:"claimed"`
	Achieved string    `json:"achieved"`
	Started  time.Time `json:"started"`
	Expires  time.Time `json:"expires,omitzero"`
	By       string    `json:"by"`
}

// Run lists events.
func (c *proofingListCommand) Run(ctx context.Context, term terminal) error {
	within, err := days(c.Due)
	if err != nil {
		return err
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	filter := idp.ProofingFilter{Status: idp.ProofingStatus(c.Status)}
	if c.User != "" {
		person, err := findPerson(ctx, store, c.User)
		if err != nil {
			return err
		}
		filter.PersonID = person.ID
	}
	found, err := listProofings(ctx, store, people, filter, within)
	if err != nil {
		return err
	}
	lines := []proofingLine{}
	for _, p := range found {
		if filter.PersonID != "" && p.PersonID != filter.PersonID || c.Status != "" && string(p.Status) != c.Status {
			continue
		}
		person, err := store.Person(ctx, p.PersonID)
		if err != nil {
			return err
		}
		lines = append(lines, proofingLine{
			ID: p.ID, PersonID: p.PersonID, Person: person.Name(), Status: string(p.Status), Claimed: string(p.Claimed),
			Achieved: string(p.Achieved), Started: p.StartedAt.UTC(), Expires: p.ExpiresAt.UTC(), By: p.PerformedBy,
		})
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "There are no such events.")
		return err
	}
	t := newTable(term.Out, "ID", "PERSON", "STATUS", "CLAIMS", "LEVEL", "STARTED", "ENDS")
	for _, l := range lines {
		ends := "-"
		if !l.Expires.IsZero() {
			ends = day(l.Expires)
		}
		t.row(l.ID, l.Person, l.Status, strings.ToUpper(l.Claimed), orDash(strings.ToUpper(l.Achieved)), day(l.Started), ends)
	}
	return t.flush()
}

func listProofings(ctx context.Context, store idp.Store, people *identity.Identity, filter idp.ProofingFilter, within time.Duration) ([]idp.Proofing, error) {
	if within > 0 {
		return people.Renewals(ctx, within)
	}
	return all(ctx, func(ctx context.Context, after string, limit int) ([]idp.Proofing, error) {
		filter.After, filter.Limit = after, limit
		return store.Proofings(ctx, filter)
	}, func(p idp.Proofing) string { return p.ID })
}

// days reads 90d.
func days(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 1 || n > 3660 {
		return 0, usage("--due: %q is no number of days, such as 90d", text)
	}
	return time.Duration(n) * 24 * time.Hour, nil
}
