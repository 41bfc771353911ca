package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"udap-idp/internal/brand"
	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

type proofingCompleteCommand struct {
	proofingEvent
	Reason      string `name:"reason" placeholder:"TEXT" help:"What should be remembered of the decision."`
	AcceptLower bool   `name:"accept-lower" help:"Take the level that the records bear when it is lower than the one the event claims."`
}

// Run computes the level.
func (c *proofingCompleteCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.Complete(ctx, c.ID, identity.Decision{Reason: tidy(c.Reason), AcceptLower: c.AcceptLower}, by)
		return proofingOutcome(p), err
	})
}

// proofingOutcome says where an event stands, and what comes next.
func proofingOutcome(p idp.Proofing) string {
	switch p.Status {
	case idp.ProofingPendingApproval:
		return fmt.Sprintf("The records bear %s. Somebody else than %s has to approve it: udap-idp proofing approve %s --by NAME", upper(p.Achieved), p.PerformedBy, p.ID)
	case idp.ProofingPendingNotification:
		return fmt.Sprintf("The records bear %s. It takes effect when the person is notified: udap-idp proofing letter %s > letter.html, "+
			"and when it is posted, udap-idp proofing sent %s", upper(p.Achieved), p.ID, p.ID)
	case idp.ProofingInForce:
		return fmt.Sprintf("%s is in force until %s.", upper(p.Achieved), day(p.ExpiresAt))
	}
	return fmt.Sprintf("The event is %s.", p.Status)
}

type proofingApartCommand struct {
	proofingEvent
	reasonFlag
}

// Run records that those who look like her are others.
func (c *proofingApartCommand) Run(ctx context.Context, term terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		_, err := d.people.NotADuplicate(ctx, c.ID, c.Reason, by)
		return "It is recorded that she is somebody else. Repeat the step that was refused.", err
	})
}

type proofingApproveCommand struct{ proofingEvent }

// Run approves as the second person.
func (c *proofingApproveCommand) Run(ctx context.Context, term terminal) error {
	if tidy(c.By) == "" {
		return usage("--by: who approves must be named; it must be somebody else than who carried out the proofing")
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.Approve(ctx, c.ID, by)
		return proofingOutcome(p), err
	})
}

// reasonFlag is why an event ends.
type reasonFlag struct {
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why."`
}

func (f *reasonFlag) check() error {
	if f.Reason = tidy(f.Reason); f.Reason == "" || badText(f.Reason) || len(f.Reason) > maxReason {
		return usage("--reason: must be a text of at most %d characters on one line", maxReason)
	}
	return nil
}

type proofingRejectCommand struct {
	proofingEvent
	reasonFlag
}

// Run ends an event that is not decided.
func (c *proofingRejectCommand) Run(ctx context.Context, term terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.Reject(ctx, c.ID, c.Reason, by)
		return proofingOutcome(p), err
	})
}

type proofingRevokeCommand struct {
	proofingEvent
	reasonFlag
}

// Run ends an event at once.
func (c *proofingRevokeCommand) Run(ctx context.Context, term terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.Revoke(ctx, c.ID, c.Reason, by)
		return proofingOutcome(p) + " Nothing that hung on it is vouched for any more.", err
	})
}

type proofingLowerCommand struct {
	proofingEvent
	To string `name:"to" required:"" placeholder:"LEVEL" help:"The level that is left."`
	reasonFlag
}

// Run lowers the level.
func (c *proofingLowerCommand) Run(ctx context.Context, term terminal) error {
	level, err := idp.ParseLevel(c.To)
	if err != nil {
		return usage("--to: %w", err)
	}
	if err := c.check(); err != nil {
		return err
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.Lower(ctx, c.ID, level, c.Reason, by)
		return proofingOutcome(p), err
	})
}

// notificationFlags are those of a notification, whatever carries it.
type notificationFlags struct {
	Lang string `name:"lang" default:"en" placeholder:"LANGUAGE" help:"Its language: en or es (en)."`
}

// prepare makes a notification, with all that its text needs.
func (f *notificationFlags) prepare(ctx context.Context, d desk, id string, o identity.NotificationOrder, by idp.Reading) (*pages.Pages, identity.PreparedNotification, pages.Letter, error) {
	var none identity.PreparedNotification
	if err := d.config.RequireIssuer(); err != nil { // the link begins with it
		return nil, none, pages.Letter{}, asUsage(err)
	}
	// HL7 Identity Matching IG 2.0.0: the notice has an e-mail address or a telephone number of the identity provider.
	if d.config.Operator.HelpEmail == "" && d.config.Operator.HelpPhone == "" {
		return nil, none, pages.Letter{}, usage("--help-phone or --help-email: the notification must say how to reach you")
	}
	texts, err := pages.New(operatorBrand(d.config.Operator, &brand.Brand{}))
	if err != nil {
		return nil, none, pages.Letter{}, err
	}
	if _, _, err := texts.Declaration(f.Lang, pages.Declared{}); err != nil {
		return nil, none, pages.Letter{}, usage("--lang: %w", err)
	}
	o.Locale = f.Lang
	n, err := d.people.PrepareNotification(ctx, id, o, by)
	if err != nil {
		return nil, none, pages.Letter{}, err
	}
	return texts, n, letterOf(d.config, n), nil
}

// letterOf is a notification as a letter.
func letterOf(c config.Config, n identity.PreparedNotification) pages.Letter {
	letter := pages.Letter{
		Name: n.Name, ProofedAt: n.Proofing.CompletedAt, ExpiresAt: n.Proofing.ExpiresAt, WrittenAt: n.PreparedAt,
		Link: repudiationURL(c) + n.Token, Account: c.Issuer + "/account", Number: n.ID,
	}
	if n.To.Address != nil {
		letter.Address = envelope(*n.To.Address)
	}
	return letter
}

// envelope writes an address as on an envelope.
func envelope(a idp.Address) string {
	town := strings.TrimSpace(strings.Trim(a.City+", "+a.State, ", ") + " " + a.PostalCode)
	lines := []string{a.Street, town}
	if a.Country != "" && a.Country != person.DefaultRegion {
		lines = append(lines, a.Country)
	}
	return strings.Join(lines, "\n")
}

type proofingLetterCommand struct {
	proofingEvent
	notificationFlags
}

// Run writes the letter. What is written before and not posted is void, because its link is replaced.
func (c *proofingLetterCommand) Run(ctx context.Context, term terminal) error {
	return c.write(ctx, func(d desk, by idp.Reading) error {
		texts, n, letter, err := c.prepare(ctx, d, c.ID, identity.NotificationOrder{Channel: idp.ChannelPostal}, by)
		if err != nil {
			return err
		}
		fmt.Fprintf(term.Err, "This letter takes the place of any that was written before and not posted. When it is posted: udap-idp proofing sent %s --notification %s\n", c.ID, n.ID)
		return texts.WriteLetter(term.Out, c.Lang, letter)
	})
}

// write is run for a command whose output is the result itself.
func (c *proofingEvent) write(ctx context.Context, do func(d desk, by idp.Reading) error) error {
	d, err := c.desk(ctx)
	if err != nil {
		return err
	}
	defer d.store.Close()
	p, err := d.store.Proofing(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("there is no proofing event %s; udap-idp proofing list shows all", plain(c.ID))
	}
	by := idp.Reading{Actor: tidy(c.By), Purpose: "proofing"}
	if by.Actor == "" {
		by.Actor = p.PerformedBy
	}
	return stepError(do(d, by))
}

type proofingNotifyCommand struct {
	proofingEvent
	Channel string `name:"channel" required:"" placeholder:"CHANNEL" help:"sms, email or voice; a letter is written by proofing letter."`
	Basis   string `name:"basis" placeholder:"BASIS" help:"Why it is she who gets it there: billed_mobile, on_file or utility_bill (by the channel)."`
	notificationFlags
}

// notifyLine is a message as the command prints it.
type notifyLine struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	To      string `json:"to"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
	// MessageID is that of the message that goes by itself; then there is no text to send.
	MessageID string `json:"message_id,omitempty"`
}

// Run writes a message.
func (c *proofingNotifyCommand) Run(ctx context.Context, term terminal) error {
	if c.Channel == idp.ChannelPostal {
		return usage("--channel: a letter is written by udap-idp proofing letter %s", plain(c.ID))
	}
	return c.write(ctx, func(d desk, by idp.Reading) error {
		texts, n, letter, err := c.prepare(ctx, d, c.ID, identity.NotificationOrder{Channel: c.Channel, Basis: c.Basis}, by)
		if err != nil {
			return err
		}
		if n.Delivered {
			return c.delivered(term, n)
		}
		message, err := texts.Message(c.Lang, letter, c.Channel != idp.ChannelEmail)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(term.Out, notifyLine{ID: n.ID, Channel: n.Channel, To: n.To.Text, Subject: message.Subject, Text: message.Text})
		}
		fmt.Fprintf(term.Err, "Send this to %s. When it is sent: udap-idp proofing sent %s --notification %s\n", plain(n.To.Text), c.ID, n.ID)
		if message.Subject != "" {
			fmt.Fprintf(term.Out, "%s\n\n", plainLines(message.Subject))
		}
		_, err = fmt.Fprintln(term.Out, plainLines(message.Text))
		return err
	})
}

// delivered says that the message goes by itself. Nobody but its reader learns the link.
func (c *proofingNotifyCommand) delivered(term terminal, n identity.PreparedNotification) error {
	if c.JSON {
		return printJSON(term.Out, notifyLine{ID: n.ID, Channel: n.Channel, To: n.To.Text, MessageID: n.MessageID})
	}
	_, err := fmt.Fprintf(term.Out, "The notification is on its way by %s. The level takes effect as soon as it was taken; udap-idp mail list shows it as\n%s\n", n.Channel, n.MessageID)
	return err
}

type proofingSentCommand struct {
	proofingEvent
	Notification string `name:"notification" placeholder:"ID" help:"Which, when more than one is prepared."`
}

// Run records that the notification is on its way.
func (c *proofingSentCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.NotificationSent(ctx, c.ID, c.Notification, by)
		return proofingOutcome(p), err
	})
}

type proofingReturnedCommand struct {
	proofingEvent
	Notification string `name:"notification" placeholder:"ID" help:"Which, when more than one was sent."`
}

// Run records that the notification came back.
func (c *proofingReturnedCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		p, err := d.people.NotificationReturned(ctx, c.ID, c.Notification, by)
		return proofingOutcome(p), err
	})
}

type proofingRecordCommand struct {
	File string `arg:"" name:"file" help:"JSON of one event; the manual has an example."`
	User string `name:"user" placeholder:"USER" help:"The person, when the file does not name her: her ID or e-mail address."`
	proofingFlags
}

// Run records a whole event.
func (c *proofingRecordCommand) Run(ctx context.Context, term terminal) error {
	data, err := readFile(c.File)
	if err != nil {
		return asUsage(err)
	}
	var record identity.ProofingRecord
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&record); err != nil {
		return usage("%s: %w", c.File, err)
	}
	if decoder.More() {
		return usage("%s: something follows the JSON object", c.File)
	}
	d, err := c.desk(ctx)
	if err != nil {
		return err
	}
	defer d.store.Close()
	if c.User != "" || record.PersonID == "" {
		person, err := findPerson(ctx, d.store, c.User)
		if err != nil {
			return err
		}
		if record.PersonID != "" && record.PersonID != person.ID {
			return usage("--user: the file is about somebody else (%s)", plain(record.PersonID))
		}
		record.PersonID = person.ID
	}
	by := idp.Reading{Actor: tidy(c.By), Purpose: "proofing"}
	if by.Actor == "" {
		by.Actor = record.PerformedBy
	}
	p, err := d.people.RecordProofing(ctx, record, by)
	if err != nil {
		return stepError(err)
	}
	return c.show(ctx, term, d, p.ID, fmt.Sprintf("The event is recorded as\n%s\n%s", p.ID, proofingOutcome(p)))
}
