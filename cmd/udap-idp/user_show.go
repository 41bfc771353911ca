package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

// userCommand is what the commands on one person have in common.
type userCommand struct {
	ID string `arg:"" name:"id" help:"The person's id, as user list prints it."`
	outputFlag
	settings
}

// run finds the person, lets do work on her, and prints what do says, or everything about her as JSON.
func (c *userCommand) run(ctx context.Context, term terminal, do func(people *identity.Identity, p idp.Person) (changed idp.Person, said string, err error)) error {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	p, err := personNamed(ctx, store, c.ID)
	if err != nil {
		return err
	}
	changed, said, err := do(people, p)
	if err != nil {
		return err
	}
	if !c.JSON {
		_, err = fmt.Fprintln(term.Out, plainLines(said))
		return err
	}
	detail, err := newUserDetail(ctx, store, changed)
	if err != nil {
		return err
	}
	return printJSON(term.Out, detail)
}

type userShowCommand struct{ userCommand }

// Run prints everything about a person, except what is opened with a reason only.
func (c *userShowCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	p, err := personNamed(ctx, store, c.ID)
	if err != nil {
		return err
	}
	detail, err := newUserDetail(ctx, store, p)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, detail)
	}
	return detail.print(term)
}

// maskedIdentifier is all that is shown of a Digital Identifier without a reason: that there is one.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: to be protected like a social security number.
const maskedIdentifier = "********-****-****-****-************"

// shownEvents is how many lines of the history are printed.
const shownEvents = 50

// userDetail is a person with everything that is known of her.
type userDetail struct {
	userLine
	Survivor   string          `json:"survivor_id,omitempty"` // of a record that was merged
	VerifiedAt time.Time       `json:"verified_at,omitzero"`
	ExpiresAt  time.Time       `json:"expires_at,omitzero"`
	ProofingID string          `json:"proofing_id,omitempty"`
	Identifier *userIdentifier `json:"digital_identifier"` // null when there is none
	Attributes []idp.Attribute `json:"attributes"`
	Proofings  []userProofing  `json:"proofings"`
	Passkeys   []userPasskey   `json:"passkeys"`
	History    []userEvent     `json:"history"` // the newest first
	Revision   int64           `json:"revision"`
	Updated    time.Time       `json:"updated"`
}

type userIdentifier struct {
	Value    string    `json:"value"` // masked
	MintedAt time.Time `json:"minted_at"`
}

type userProofing struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Claimed   idp.Level `json:"claimed"`
	Achieved  idp.Level `json:"achieved,omitempty"`
	Completed time.Time `json:"completed_at,omitzero"`
	Expires   time.Time `json:"expires_at,omitzero"`
}

type userPasskey struct {
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"last_used,omitzero"`
}

type userEvent struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Client string    `json:"client_id,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

func newUserDetail(ctx context.Context, store idp.Store, p idp.Person) (userDetail, error) {
	passkeys, err := store.Passkeys(ctx, p.ID)
	if err != nil {
		return userDetail{}, err
	}
	proofings, err := store.Proofings(ctx, idp.ProofingFilter{PersonID: p.ID})
	if err != nil {
		return userDetail{}, err
	}
	events, err := store.AuditEvents(ctx, idp.AuditFilter{PersonID: p.ID, Limit: shownEvents})
	if err != nil {
		return userDetail{}, err
	}
	d := userDetail{
		userLine: newUserLine(p, len(passkeys) > 0, time.Now()), Survivor: p.SurvivorID,
		VerifiedAt: p.VerifiedAt, ExpiresAt: p.ExpiresAt, ProofingID: p.ProofingID, Attributes: p.WithAttributes().Attributes,
		Proofings: []userProofing{}, Passkeys: []userPasskey{}, History: []userEvent{}, Revision: p.Revision, Updated: p.UpdatedAt,
	}
	if !p.Identifier.IsZero() {
		d.Identifier = &userIdentifier{maskedIdentifier, p.Identifier.MintedAt}
	}
	for _, e := range proofings {
		d.Proofings = append(d.Proofings, userProofing{e.ID, string(e.Status), e.Claimed, e.Achieved, e.CompletedAt, e.ExpiresAt})
	}
	for _, k := range passkeys {
		d.Passkeys = append(d.Passkeys, userPasskey{k.Name, k.CreatedAt, k.LastUsedAt})
	}
	for _, e := range events {
		d.History = append(d.History, userEvent{e.At, e.Actor, e.Action, e.ClientID, e.Detail})
	}
	return d, nil
}

// print writes the detail for reading.
func (d userDetail) print(term terminal) error {
	t := table{tabwriter.NewWriter(term.Out, 0, 0, 3, ' ', 0)}
	t.row("id", d.ID)
	t.row("Name", d.Name)
	t.row("State", d.State)
	if d.Survivor != "" {
		t.row("Merged into", d.Survivor)
	}
	t.row("Role", d.Role)
	t.row("Level", d.levelText())
	if d.Identifier == nil {
		t.row("Digital Identifier", "none")
	} else {
		t.row("Digital Identifier", d.Identifier.Value+" since "+day(d.Identifier.MintedAt))
	}
	t.row("Created", minute(d.Created))
	t.row("Changed", minute(d.Updated))
	if err := t.flush(); err != nil {
		return err
	}
	fmt.Fprintln(term.Out)
	if err := printAttributes(term, d.Attributes); err != nil {
		return err
	}
	return d.printLists(term)
}

func (d userDetail) levelText() string {
	if d.VerifiedAt.IsZero() {
		return "not verified"
	}
	text := strings.ToUpper(d.Level)
	if text == "" {
		text = "none any more"
	}
	if !d.ExpiresAt.IsZero() {
		text += ", verified " + day(d.VerifiedAt) + ", until " + day(d.ExpiresAt)
	}
	return text
}

func printAttributes(term terminal, attributes []idp.Attribute) error {
	t := newTable(term.Out, "VALUE", "USE", "", "FROM", "TO", "STATUS", "LEVEL", "ID")
	for _, a := range attributes {
		to := a.ValidTo
		if to == "" && !a.IsCurrent() {
			to = "before " + day(a.EndedAt)
		}
		t.row(string(a.Kind), orDash(a.Use), attributeText(a), orDash(a.ValidFrom), orDash(to), string(a.Status), orDash(strings.ToUpper(string(a.Level))), a.ID)
	}
	return t.flush()
}

// attributeText is a value in one line.
func attributeText(a idp.Attribute) string {
	switch {
	case a.Name != nil:
		return idp.Demographics{GivenName: a.Name.Given, MiddleName: a.Name.Middle, FamilyName: a.Name.Family, Suffix: a.Name.Suffix}.Name()
	case a.Address != nil:
		var parts []string
		for _, part := range []string{strings.ReplaceAll(a.Address.Street, "\n", ", "), a.Address.City, a.Address.State, a.Address.PostalCode, a.Address.Country} {
			if part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, ", ")
	}
	return a.Text
}

func (d userDetail) printLists(term terminal) error {
	if len(d.Proofings) > 0 {
		fmt.Fprintln(term.Out)
		t := newTable(term.Out, "PROOFING", "STATUS", "LEVEL", "COMPLETED", "EXPIRES")
		for _, p := range d.Proofings {
			t.row(p.ID, p.Status, orDash(strings.ToUpper(string(p.Achieved))), dayOrDash(p.Completed), dayOrDash(p.Expires))
		}
		if err := t.flush(); err != nil {
			return err
		}
	}
	fmt.Fprintln(term.Out)
	t := newTable(term.Out, "PASSKEY", "CREATED", "LAST USED")
	for _, k := range d.Passkeys {
		t.row(orDash(k.Name), day(k.Created), dayOrDash(k.LastUsed))
	}
	if len(d.Passkeys) == 0 {
		t.row("none yet", "-", "-")
	}
	if err := t.flush(); err != nil {
		return err
	}
	fmt.Fprintln(term.Out)
	t = newTable(term.Out, "WHEN", "WHO", "WHAT", "")
	for _, e := range d.History {
		t.row(minute(e.At), e.Actor, e.Action, e.Detail)
	}
	return t.flush()
}

func dayOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return day(t)
}

type userRevealIdentifierCommand struct {
	userCommand
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why it has to be seen. It is recorded with the reading."`
}

// Run prints a person's Digital Identifier, after the reading is recorded.
func (c *userRevealIdentifierCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "asked for by the patient, ticket 4711")
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
	p, err := personNamed(ctx, store, c.ID)
	if err != nil {
		return err
	}
	if p.Identifier.IsZero() {
		return fmt.Errorf("%s has no Digital Identifier: it is made when she is verified at IDIAL1.8 or higher", plain(p.Name()))
	}
	value, err := people.Identifier(ctx, p, idp.Reading{Actor: "user reveal-identifier", Purpose: reason})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, struct {
			ID         string `json:"id"`
			Identifier string `json:"digital_identifier"`
		}{p.ID, value})
	}
	_, err = fmt.Fprintln(term.Out, value)
	return err
}
