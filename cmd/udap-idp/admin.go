package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

// openSetup tells how a server that has no owner gets one. The link is for who stands at the server's console: it goes to the
// standard output, apart from the log, which is kept and sent on.
func (s *site) openSetup(ctx context.Context, term terminal) {
	token, err := admin.OpenSetup(ctx, s.store, time.Now().UTC())
	if errors.Is(err, idp.ErrUsed) {
		return
	}
	if err != nil {
		s.log.Error("the set-up link could not be made", "error", err)
		return
	}
	fmt.Fprintf(term.Out, "This service has no owner yet. Whoever opens this link becomes the owner; it works once, and for one hour:\n%s\n",
		setupURL(s.config.Issuer, token))
}

func setupURL(issuer string, token idp.Token) string { return issuer + "/setup/" + token.String() }

type adminSetupCommand struct {
	outputFlag
	settings
}

// Run prints a set-up link. Those before end.
func (c *adminSetupCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := cfg.RequireIssuer(); err != nil { // the link begins with it
		return asUsage(err)
	}
	token, err := admin.OpenSetup(ctx, store, time.Now().UTC())
	if errors.Is(err, idp.ErrUsed) {
		return errors.New("this service has an owner already. An owner invites others on the page Administrators, or use udap-idp admin invite")
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, struct {
			URL string `json:"setup_url"`
		}{setupURL(cfg.Issuer, token)})
	}
	_, err = fmt.Fprintf(term.Out, "Whoever opens this link becomes the owner; it works once, and for one hour:\n%s\n", setupURL(cfg.Issuer, token))
	return err
}

type adminInviteCommand struct {
	Role  string `name:"role" enum:"owner,identity-clerk,trust-manager,auditor,help-desk," default:"" placeholder:"ROLE" help:"owner, identity-clerk, trust-manager, auditor or help-desk."`
	Name  string `name:"name" placeholder:"NAME" help:"First and last name; the last word is the last name."`
	Email string `name:"email" placeholder:"ADDRESS" help:"E-mail address of her own."`
	Again string `name:"again" placeholder:"ID" help:"Make a new link for this administrator instead, who has no passkey yet."`
	outputFlag
	settings
}

// Run invites an administrator. Whoever may run commands on the server's machine has the database and the master key, so that
// this asks for no second person.
func (c *adminInviteCommand) Run(ctx context.Context, term terminal) error {
	d, err := c.details()
	if err != nil {
		return err
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := cfg.RequireIssuer(); err != nil { // the link begins with it
		return asUsage(err)
	}
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	by := idp.Reading{Actor: "admin invite"}
	var p idp.Person
	var token idp.Token
	if c.Again != "" {
		if token, err = people.InviteAgain(ctx, c.Again, by); err == nil {
			p, err = store.Person(ctx, c.Again)
		}
	} else {
		p, token, err = people.AddAdministrator(ctx, d, idp.Role(c.Role), by)
	}
	if errors.Is(err, idp.ErrNotFound) {
		return usage("--again: there is no administrator %s in use. udap-idp admin list shows those that there are", c.Again)
	}
	if err != nil {
		return asRefusal(err)
	}
	return c.print(term, p, inviteURL(cfg.Issuer, token))
}

func (c *adminInviteCommand) details() (idp.Demographics, error) {
	if c.Again != "" {
		if c.Role+c.Name+c.Email != "" {
			return idp.Demographics{}, usage("--again stands alone: it is for somebody who is an administrator already")
		}
		return idp.Demographics{}, nil
	}
	words := strings.Fields(c.Name)
	if c.Role == "" || len(words) < 2 {
		return idp.Demographics{}, usage("--role and --name are needed, such as --role auditor --name \"Max Muster\" --email max@example.org")
	}
	last := len(words) - 1
	name, found := person.CheckName(person.NameInput{GivenName: strings.Join(words[:last], " "), FamilyName: words[last]})
	email, wrong := person.CheckEmail(c.Email)
	if err := wrongFlags(append(found, wrong...)); err != nil {
		return idp.Demographics{}, err
	}
	return idp.Demographics{GivenName: name.Given, FamilyName: name.Family, Email: email}, nil
}

func (c *adminInviteCommand) print(term terminal, p idp.Person, link string) error {
	if c.JSON {
		return printJSON(term.Out, struct {
			ID       string `json:"id"`
			Role     string `json:"role"`
			EnrolURL string `json:"enrol_url"`
		}{p.ID, string(p.Role), link})
	}
	_, err := fmt.Fprintf(term.Out, "%s is invited as %s. This link creates a passkey; it works once, and for 3 days:\n%s\n", plain(p.Name()), p.Role, link)
	return err
}

type adminListCommand struct {
	outputFlag
	settings
}

// adminLine is an administrator as the command prints her.
type adminLine struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Role     string    `json:"role"`
	State    string    `json:"state"`
	Created  time.Time `json:"created"`
	Passkeys int       `json:"passkeys"`
}

// Run prints who runs this service.
func (c *adminListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	everybody, err := store.Administrators(ctx)
	if err != nil {
		return err
	}
	lines := make([]adminLine, len(everybody))
	for i, p := range everybody {
		passkeys, err := store.Passkeys(ctx, p.ID)
		if err != nil {
			return err
		}
		lines[i] = adminLine{p.ID, p.Name(), p.Email, string(p.Role), string(p.State), p.CreatedAt.UTC(), len(passkeys)}
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "Nobody runs this service yet. udap-idp serve prints a link for the first owner, and udap-idp admin setup another.")
		return err
	}
	t := newTable(term.Out, "ID", "NAME", "ROLE", "STATE", "E-MAIL", "CREATED", "PASSKEY")
	for _, l := range lines {
		passkey := "not yet"
		if l.Passkeys > 0 {
			passkey = "yes"
		}
		t.row(l.ID, l.Name, l.Role, l.State, l.Email, day(l.Created), passkey)
	}
	return t.flush()
}

type adminRevokeCommand struct {
	ID     string `arg:"" name:"id" help:"The administrator's id."`
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the audit log."`
	settings
}

// Run takes a role away. A running server refuses her from her next request on.
func (c *adminRevokeCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "left the organization, ticket 4711")
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
	p, err := people.RevokeAdministrator(ctx, c.ID, reason, idp.Reading{Actor: "admin revoke"})
	if err != nil {
		return asRefusal(err)
	}
	said := "%s does not run this service any more. The account is closed.\n"
	if p.State == idp.PersonActive {
		said = "%s does not run this service any more. The account goes on as a patient's.\n"
	}
	_, err = fmt.Fprintf(term.Out, said, plain(p.Name()))
	return err
}

var _ admin.People = (*identity.Identity)(nil)
