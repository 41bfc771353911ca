package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"udap-idp/internal/brand"
	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
	"udap-idp/internal/qr"
	"udap-idp/internal/sqlstore"
)

type userInviteCommand struct {
	ID      string        `arg:"" name:"id" help:"The person's id."`
	Desk    bool          `name:"desk" group:"Invitation" help:"Back into an account that she has, after you checked again who she is; needs --checked. Her passkeys stay unless she says that they were lost. Never for administrators."`
	Checked string        `name:"checked" placeholder:"TEXT" group:"Invitation" help:"How you checked again who she is, for the audit log: which documents you saw."`
	Code    bool          `name:"code" group:"Invitation" help:"Print a code, too, which she types at /invite with her date of birth."`
	Send    bool          `name:"send" group:"Invitation" help:"Send the link by e-mail. Somebody whose identity was verified needs a second code, which goes to her telephone when that was shown to be hers, or is printed here for you to tell her."`
	SMS     bool          `name:"sms" group:"Invitation" help:"Send the link by text message instead; a second code goes by e-mail, or is printed here."`
	Letter  string        `name:"letter" placeholder:"FILE" group:"Invitation" help:"Write a letter to be printed, with the link as a picture for a camera and with a code. It must not exist yet."`
	Lang    string        `name:"lang" placeholder:"LANGUAGE" group:"Invitation" help:"Language of the letter: en or es (hers, or English)."`
	Expires time.Duration `name:"expires" placeholder:"DURATION" group:"Invitation" help:"How long it is good: at most 720h, with --desk at most 168h (168h, with --desk 24h)."`
	Revoke  bool          `name:"revoke" group:"Invitation" help:"End her open invitation instead."`
	By      string        `name:"by" placeholder:"NAME" group:"Invitation" help:"Who invites, for the audit log; with --desk it must be said."`
	outputFlag
	settings
}

// Run makes an invitation, or ends one.
func (c *userInviteCommand) Run(ctx context.Context, term terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return err
	}
	people, err := newIdentity(ctx, cfg, store, v)
	if err != nil {
		return err
	}
	by := idp.Reading{Actor: "user invite"}
	if name := person.Tidy(c.By); name != "" {
		by.Actor = name
	}
	if c.Revoke {
		return c.revoke(ctx, term, people, by)
	}
	if err := cfg.RequireIssuer(); err != nil { // the link begins with it
		return asUsage(err)
	}
	texts, err := newMail(cfg, v)
	if err != nil {
		return err
	}
	invited, err := people.Invite(ctx, c.request(cfg, texts), by)
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("there is no person %s; udap-idp user list shows all", plain(c.ID))
	}
	if err != nil {
		return asRefusal(err)
	}
	if c.Letter != "" {
		if err := c.writeLetter(cfg, invited); err != nil {
			return err
		}
	}
	return c.print(term, cfg, invited)
}

func (c *userInviteCommand) check() error {
	switch {
	case c.Revoke && (c.Desk || c.Code || c.channel() != "" || c.Letter != ""):
		return usage("--revoke ends an invitation and makes none: give it alone, with --by")
	case c.channel() != "" && (c.Code || c.Letter != ""):
		return usage("--send: an invitation that is sent has no code to type, and no letter; send the link, or hand over a code or a letter")
	case c.Send && c.SMS:
		return usage("--send and --sms: the link goes one way, and a second code the other")
	case c.Desk && person.Tidy(c.By) == "":
		return usage("--by: who checked again who she is")
	case !c.Desk && c.Checked != "":
		return usage("--checked: belongs to --desk")
	case c.Letter != "" && c.Letter != "-":
		if _, err := os.Stat(c.Letter); err == nil {
			return usage("--letter: %s exists already; give another name", c.Letter)
		}
	}
	if c.Desk {
		checked, err := checkReason("--checked", c.Checked, "passport C01234567 compared with her face")
		c.Checked = checked
		return err
	}
	return nil
}

func (c *userInviteCommand) request(cfg config.Config, texts identity.Messenger) identity.InvitationRequest {
	r := identity.InvitationRequest{
		PersonID: c.ID, Purpose: idp.InviteFirst, For: c.Expires, Code: c.Code || c.Letter != "", Send: c.channel(), Checked: c.Checked,
		Mail: texts, Link: func(token idp.Token) string { return inviteURL(cfg.Issuer, token) },
	}
	if c.Desk {
		r.Purpose = idp.InviteDesk
	}
	return r
}

// channel is by which channel the link goes to her, "" when it is printed.
func (c *userInviteCommand) channel() idp.Channel {
	switch {
	case c.Send:
		return idp.ByEmail
	case c.SMS:
		return idp.BySMS
	}
	return ""
}

func (c *userInviteCommand) revoke(ctx context.Context, term terminal, people *identity.Identity, by idp.Reading) error {
	err := people.RevokeInvitation(ctx, c.ID, by)
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("%s has no open invitation; udap-idp user invitations shows those that were", plain(c.ID))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(term.Out, "The invitation is revoked: its link and its code do not work any more.")
	return err
}

// writeLetter writes the letter into a file that only its owner reads.
func (c *userInviteCommand) writeLetter(cfg config.Config, invited identity.Invited) (err error) {
	texts, err := pages.New(operatorBrand(cfg.Operator, &brand.Brand{}))
	if err != nil {
		return err
	}
	out := io.Writer(os.Stdout)
	if c.Letter != "-" {
		file, err := os.OpenFile(c.Letter, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("the letter cannot be written: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	lang, letter, err := invitationLetter(cfg, texts, c.Lang, invited)
	if err != nil {
		return err
	}
	return texts.WriteInvitationLetter(out, lang, letter)
}

// invitationLetter is the letter of an invitation, in a language or, where none is said, in hers.
func invitationLetter(cfg config.Config, texts *pages.Pages, lang string, invited identity.Invited) (string, pages.InvitationLetter, error) {
	if lang == "" {
		words, err := pages.WordsFor(invited.Person.Language)
		if err != nil {
			return "", pages.InvitationLetter{}, err
		}
		lang = words.Tag()
	}
	label, err := texts.CameraLabel(lang)
	if err != nil {
		return "", pages.InvitationLetter{}, asUsage(err)
	}
	picture, err := qr.SVG(inviteURL(cfg.Issuer, invited.Token), label)
	if err != nil {
		return "", pages.InvitationLetter{}, err
	}
	letter := pages.InvitationLetter{
		Name: invited.Person.Name(), Address: envelope(invited.Person.Address), WrittenAt: invited.Invitation.CreatedAt,
		ExpiresAt: invited.Invitation.ExpiresAt, Picture: picture, Back: invited.Invitation.Purpose == idp.InviteDesk, Birthdate: invited.Invitation.AsksBirthdate,
	}
	if codesAreTyped(cfg) {
		letter.Code, letter.Site = invited.Code, cfg.Issuer+"/invite"
	}
	return lang, letter, nil
}

// codesAreTyped reports whether there is a page for the codes of invitations.
func codesAreTyped(cfg config.Config) bool { return cfg.SignUp != "off" }

// invitedLine is an invitation as the command prints it as JSON.
type invitedLine struct {
	Invitation string    `json:"invitation"`
	Expires    time.Time `json:"expires"`
	EnrolURL   string    `json:"enrol_url,omitempty"`
	Code       string    `json:"code,omitempty"`
	SecondCode string    `json:"second_code,omitempty"`
	Sent       bool      `json:"sent"`
}

func (c *userInviteCommand) print(term terminal, cfg config.Config, invited identity.Invited) error {
	line := invitedLine{Invitation: invited.Invitation.ID, Expires: invited.Invitation.ExpiresAt.UTC(), Sent: c.channel() != "", SecondCode: invited.Companion}
	// What goes by another way is not shown besides: whoever invites then has only half of it.
	if !line.Sent {
		line.EnrolURL, line.Code = inviteURL(cfg.Issuer, invited.Token), invited.Code
	}
	if c.Letter == "-" {
		return nil // the letter is the output
	}
	if c.JSON {
		return printJSON(term.Out, line)
	}
	return c.printWords(term, cfg, invited, line)
}

// where a link goes by a channel, and elsewhere its second code. The address itself is not printed: others read the screen, too.
var (
	where     = map[idp.Channel]string{idp.ByEmail: "e-mail address", idp.BySMS: "telephone"}
	elsewhere = map[idp.Channel]string{idp.ByEmail: "telephone", idp.BySMS: "e-mail address"}
)

func (c *userInviteCommand) printWords(term terminal, cfg config.Config, invited identity.Invited, line invitedLine) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is invited. It works once, until %s; earlier invitations do not work any more.\n", plain(invited.Person.Name()), minute(line.Expires))
	switch {
	case line.Sent && invited.CompanionTo != "":
		fmt.Fprintf(&b, "The link goes to her %s, and a second code to her %s.\n", where[c.channel()], elsewhere[c.channel()])
	case line.Sent && line.SecondCode != "":
		fmt.Fprintf(&b, "The link goes to her %s. It asks for this code: tell it to her in person or by telephone, never in a message:\n%s\n", where[c.channel()], line.SecondCode)
	case line.Sent:
		fmt.Fprintf(&b, "The link goes to her %s.\n", where[c.channel()])
	case c.Letter != "":
		fmt.Fprintf(&b, "The letter is in %s. Print it, give it to her, and delete the file.\n", plain(c.Letter))
	default:
		fmt.Fprintf(&b, "%s\n", line.EnrolURL)
		if line.Code != "" {
			fmt.Fprintf(&b, "Or she types this code at %s/invite:\n%s\n", cfg.Issuer, line.Code)
		}
	}
	if invited.Invitation.AsksBirthdate {
		b.WriteString("She is asked for her date of birth.\n")
	}
	_, err := io.WriteString(term.Out, b.String())
	return err
}

type userInvitationsCommand struct {
	ID string `arg:"" name:"id" help:"The person's id."`
	outputFlag
	settings
}

// invitationLine is an invitation as the list prints it.
type invitationLine struct {
	ID        string                `json:"id"`
	Purpose   idp.InvitationPurpose `json:"purpose"`
	Status    idp.InvitationStatus  `json:"status"`
	By        string                `json:"by"`
	Created   time.Time             `json:"created"`
	Expires   time.Time             `json:"expires"`
	Ended     time.Time             `json:"ended,omitzero"` // used or revoked
	RevokedBy string                `json:"revoked_by,omitempty"`
	Code      bool                  `json:"code"`
	Missed    int                   `json:"wrong_answers"`
}

// Run prints a person's invitations.
func (c *userInvitationsCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	lines, err := invitationLines(ctx, store, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "She was never invited. udap-idp user invite does it.")
		return err
	}
	t := newTable(term.Out, "CREATED", "FOR", "STATUS", "UNTIL", "BY", "ENDED")
	for _, l := range lines {
		ended := "-"
		if !l.Ended.IsZero() {
			ended = minute(l.Ended)
		}
		if l.RevokedBy != "" {
			ended += " by " + plain(l.RevokedBy)
		}
		t.row(minute(l.Created), string(l.Purpose), string(l.Status), minute(l.Expires), orDash(plain(l.By)), ended)
	}
	return t.flush()
}

func invitationLines(ctx context.Context, store *sqlstore.Store, personID string) ([]invitationLine, error) {
	if _, err := store.Person(ctx, personID); errors.Is(err, idp.ErrNotFound) {
		return nil, fmt.Errorf("there is no person %s; udap-idp user list shows all", plain(personID))
	} else if err != nil {
		return nil, err
	}
	all, err := store.Invitations(ctx, personID)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	lines := make([]invitationLine, len(all))
	for i, inv := range all {
		lines[i] = invitationLine{
			ID: inv.ID, Purpose: inv.Purpose, Status: inv.StatusAt(now), By: inv.CreatedBy, Created: inv.CreatedAt.UTC(), Expires: inv.ExpiresAt.UTC(),
			Ended: inv.UsedAt.UTC(), RevokedBy: inv.RevokedBy, Code: len(inv.CodeIndex) > 0, Missed: inv.Missed,
		}
		if inv.UsedAt.IsZero() {
			lines[i].Ended = inv.RevokedAt.UTC()
		}
	}
	return lines, nil
}
