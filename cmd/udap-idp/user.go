package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

// invitationLifetime is how long an enrolment link is good.
const invitationLifetime = 7 * 24 * time.Hour

type userAddCommand struct {
	personFlags
	outputFlag
	settings
}

// Run adds a person with an open invitation.
func (c *userAddCommand) Run(ctx context.Context, term terminal) error {
	cfg, err := c.resolve()
	if err != nil {
		return err
	}
	if err := cfg.RequireIssuer(); err != nil { // the link begins with it
		return asUsage(err)
	}
	details, warnings, err := c.person(time.Now())
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	added, err := people.AddPerson(ctx, details.addition(), idp.Reading{Actor: "user add"})
	if err != nil {
		return err
	}
	for _, w := range append(warnings, duplicateWarnings(added)...) {
		fmt.Fprintln(term.Err, "udap-idp: "+w)
	}
	return c.print(term, added.Person, inviteURL(cfg.Issuer, added.Invitation))
}

// addition is the person to be added, with a link for her first passkey.
func (d personDetails) addition() identity.Addition {
	return identity.Addition{Demographics: d.demographics, Role: d.role, InviteFor: invitationLifetime}
}

func (c *userAddCommand) print(term terminal, person idp.Person, link string) error {
	if c.JSON {
		return printJSON(term.Out, struct {
			ID       string `json:"id"`
			EnrolURL string `json:"enrol_url"`
		}{person.ID, link})
	}
	_, err := fmt.Fprintf(term.Out, "%s was added. This link creates the first passkey; it works once, for 7 days, and asks for the date of birth:\n%s\n",
		plain(person.Name()), link)
	return err
}

func newInvitation(p idp.Person, now time.Time) (idp.Token, idp.Invitation) {
	token := idp.NewToken()
	return token, idp.Invitation{
		ID: token.ID, Hash: token.Hash(), PersonID: p.ID, AsksBirthdate: p.Birthdate != "", CreatedAt: now, ExpiresAt: now.Add(invitationLifetime),
	}
}

func inviteURL(issuer string, token idp.Token) string { return issuer + "/invite/" + token.String() }

type userListCommand struct {
	settings
	outputFlag
}

// userLine is a person as the command prints her.
type userLine struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Role     string    `json:"role"`
	State    string    `json:"state"` // active, suspended, closed, merged
	Level    string    `json:"level"` // "" when not verified
	Created  time.Time `json:"created"`
	Enrolled bool      `json:"enrolled"` // has a passkey
}

// Run prints the people.
func (c *userListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	lines, err := userLines(ctx, store)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	return printUsers(term, lines)
}

func userLines(ctx context.Context, store idp.Store) ([]userLine, error) {
	people, err := all(ctx, store.People, func(p idp.Person) string { return p.ID })
	if err != nil {
		return nil, err
	}
	now := time.Now()
	lines := make([]userLine, len(people))
	for i, p := range people {
		passkeys, err := store.Passkeys(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		lines[i] = newUserLine(p, len(passkeys) > 0, now)
	}
	return lines, nil
}

func newUserLine(p idp.Person, enrolled bool, now time.Time) userLine {
	return userLine{
		ID: p.ID, Name: p.Name(), Role: string(p.Role), State: string(p.State), Level: string(p.LevelAt(now)),
		Created: p.CreatedAt.UTC(), Enrolled: enrolled,
	}
}

func printUsers(term terminal, lines []userLine) error {
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "There are no people yet. Add the first with udap-idp user add.")
		return err
	}
	t := newTable(term.Out, "ID", "NAME", "ROLE", "LEVEL", "STATE", "CREATED", "PASSKEY")
	for _, l := range lines {
		passkey := "not yet"
		if l.Enrolled {
			passkey = "yes"
		}
		t.row(l.ID, l.Name, l.Role, orDash(strings.ToUpper(l.Level)), l.State, day(l.Created), passkey)
	}
	return t.flush()
}
