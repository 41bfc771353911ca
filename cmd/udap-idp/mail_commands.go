package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
	"udap-idp/internal/person"
	"udap-idp/internal/sqlstore"
)

// messageLine is a message as the commands print it.
type messageLine struct {
	ID       string    `json:"id"`
	Made     time.Time `json:"made"`
	State    string    `json:"state"` // waiting, sent, given-up
	Channel  string    `json:"channel"`
	To       string    `json:"to"`
	Kind     string    `json:"kind"`
	Language string    `json:"language"`
	Person   string    `json:"person,omitempty"`
	Tries    int       `json:"tries"`
	Next     time.Time `json:"next,omitzero"` // of one that waits
	Expires  time.Time `json:"expires,omitzero"`
	Sent     time.Time `json:"sent,omitzero"`
	GivenUp  time.Time `json:"given_up,omitzero"`
	Failure  string    `json:"failure,omitempty"`
	Subject  string    `json:"subject,omitempty"` // of mail show only, with the two below
	Text     string    `json:"text,omitempty"`
	HTML     string    `json:"html,omitempty"`
}

func newMessageLine(m idp.Message) messageLine {
	line := messageLine{
		ID: m.ID, Made: m.CreatedAt, State: string(m.State()), Channel: string(m.Channel), To: m.To, Kind: string(m.Kind),
		Language: m.Language, Person: m.PersonID, Tries: m.Tries, Expires: m.ExpiresAt, Sent: m.SentAt, GivenUp: m.GaveUpAt, Failure: m.Failure,
	}
	if m.State() == idp.MessageWaiting {
		line.Next = m.NextAt
	}
	return line
}

type mailListCommand struct {
	State string `name:"state" enum:",waiting,sent,given-up" default:"" placeholder:"STATE" help:"Only those that are waiting, sent or given-up."`
	User  string `name:"user" placeholder:"USER" help:"Only those to a person: her ID or e-mail address."`
	Limit int    `name:"limit" default:"50" placeholder:"NUMBER" help:"At most so many (${default})."`
	settings
	outputFlag
}

// Run lists messages, the newest first.
func (c *mailListCommand) Run(ctx context.Context, term terminal) error {
	if c.Limit < 1 || c.Limit > maxAttempts {
		return usage("--limit: %d is not between 1 and %d", c.Limit, maxAttempts)
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	filter := idp.MessageFilter{State: idp.MessageState(c.State), Limit: c.Limit}
	if c.User != "" {
		found, err := findPerson(ctx, store, c.User)
		if err != nil {
			return err
		}
		filter.PersonID = found.ID
	}
	messages, err := store.Messages(ctx, filter)
	if err != nil {
		return err
	}
	if c.JSON {
		lines := make([]messageLine, len(messages))
		for i, m := range messages {
			lines[i] = newMessageLine(m)
		}
		return printJSON(term.Out, lines)
	}
	return printMessages(term, cfg, messages)
}

func printMessages(term terminal, cfg config.Config, messages []idp.Message) error {
	if len(messages) == 0 {
		_, err := fmt.Fprintln(term.Out, "There are no such messages.")
		return err
	}
	t := newTable(term.Out, "ID", "MADE", "BY", "TO", "ABOUT", "STATE")
	for _, m := range messages {
		t.row(m.ID, second(m.CreatedAt), string(m.Channel), m.To, string(m.Kind), messageState(cfg, m))
	}
	return t.flush()
}

// messageState is where a message stands, in a few words.
func messageState(cfg config.Config, m idp.Message) string {
	switch {
	case m.State() == idp.MessageSent:
		return "sent " + second(m.SentAt)
	case m.State() == idp.MessageGivenUp:
		return "given up " + second(m.GaveUpAt) + ": " + m.Failure
	case !delivers(cfg, m.Channel):
		return "waits to be read: udap-idp mail show"
	case m.Failure != "":
		return "try " + strconv.Itoa(m.Tries) + " failed, next " + second(m.NextAt) + ": " + m.Failure
	}
	return "on its way"
}

// mailCommand is a command on one message.
type mailCommand struct {
	ID string `arg:"" name:"id" help:"The message, as list prints it."`
	settings
	outputFlag
}

func (c *mailCommand) message(ctx context.Context) (config.Config, *sqlstore.Store, idp.Message, error) {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return cfg, nil, idp.Message{}, err
	}
	m, err := store.Message(ctx, c.ID)
	if errors.Is(err, idp.ErrNotFound) {
		err = fmt.Errorf("there is no message %s, or it is older than 30 days; udap-idp mail list shows those that there are", plain(c.ID))
	}
	if err != nil {
		store.Close()
	}
	return cfg, store, m, err
}

type mailShowCommand struct{ mailCommand }

// Run prints a message that waits. One that holds a code is shown only where nothing can be delivered: otherwise the code
// would prove nothing. Who reads it is recorded.
func (c *mailShowCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, m, err := c.message(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if m.State() != idp.MessageWaiting {
		return fmt.Errorf("the message is %s, and what it said is not kept", strings.ReplaceAll(string(m.State()), "-", " "))
	}
	if mail.HoldsSecret(m.Kind) && delivers(cfg, m.Channel) {
		return fmt.Errorf("the message holds a code or a personal link and is on its way to %s: only its reader may see it", plain(m.To))
	}
	letter, err := readMessage(ctx, cfg, store, m)
	if err != nil {
		return err
	}
	if c.JSON {
		line := newMessageLine(m)
		line.Subject, line.Text, line.HTML = letter.Subject, letter.Text, letter.HTML
		return printJSON(term.Out, line)
	}
	fmt.Fprintf(term.Out, "To: %s (%s)\n", plain(m.To), m.Channel)
	if letter.Subject != "" {
		fmt.Fprintf(term.Out, "Subject: %s\n", plain(letter.Subject))
	}
	_, err = fmt.Fprintf(term.Out, "\n%s\n", plainLines(strings.TrimSpace(letter.Text)))
	return err
}

func readMessage(ctx context.Context, cfg config.Config, store *sqlstore.Store, m idp.Message) (mail.Letter, error) {
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return mail.Letter{}, err
	}
	texts, err := newMail(cfg, v)
	if err != nil {
		return mail.Letter{}, err
	}
	letter, err := texts.Read(m)
	if err != nil {
		return mail.Letter{}, err
	}
	return letter, store.Audit(ctx, idp.AuditEvent{
		ID: idp.NewID(), At: time.Now().UTC(), Actor: "mail show", Action: "message.read", PersonID: m.PersonID, Detail: m.ID + " " + string(m.Kind),
	})
}

type mailRetryCommand struct{ mailCommand }

// Run makes a message due.
func (c *mailRetryCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, m, err := c.message(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if !delivers(cfg, m.Channel) {
		return fmt.Errorf("nothing is sent by %s: that needs the setting %s", m.Channel, channelSetting(m.Channel))
	}
	now := time.Now().UTC()
	err = store.RetryMessage(ctx, m.ID, now, idp.Trail{Events: []idp.AuditEvent{{
		ID: idp.NewID(), At: now, Actor: "mail retry", Action: "message.retry", PersonID: m.PersonID, Detail: m.ID + " " + string(m.Kind),
	}}})
	if errors.Is(err, idp.ErrUsed) {
		return fmt.Errorf("the message is %s, and what it said is not kept: it cannot be sent again", strings.ReplaceAll(string(m.State()), "-", " "))
	}
	if err != nil {
		return err
	}
	if c.JSON {
		m.NextAt = now
		return printJSON(term.Out, newMessageLine(m))
	}
	_, err = fmt.Fprintf(term.Out, "The message is due now. A running server sends it within seconds; udap-idp mail list shows what became of it.\n")
	return err
}

func channelSetting(channel idp.Channel) string {
	if channel == idp.BySMS {
		return "sms-url"
	}
	return "smtp-host and mail-from"
}

type mailTestCommand struct {
	Address string `arg:"" name:"address" help:"An e-mail address, or a mobile number that begins with +."`
	Lang    string `name:"lang" default:"en" placeholder:"LANGUAGE" help:"Its language: en or es (en)."`
	settings
}

// Run sends a test at once, past the queue, so that what the server says can be read here.
func (c *mailTestCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return err
	}
	texts, err := newMail(cfg, v)
	if err != nil {
		return err
	}
	to, err := sendTest(ctx, cfg, texts, c.Address, c.Lang)
	if errors.Is(err, errNoAddress) {
		return usage("%s is neither an e-mail address nor a telephone number such as +1 617 555 0142", plain(c.Address))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(term.Out, "The test to %s was taken. Whether it arrives, and not among the unwanted, only its reader can say.\n", plain(to))
	return err
}

// errNoAddress: what was typed is no address that can be written to.
var errNoAddress = errors.New("neither an e-mail address nor a telephone number")

// sendTest sends a test at once, past the queue. It returns the address as it was used. The error says what the server answered.
func sendTest(ctx context.Context, cfg config.Config, texts *mail.Mail, address, language string) (to string, err error) {
	channel := idp.ByEmail
	if strings.Contains(address, "@") {
		if to, err = checkedEmail(address); err != nil {
			return "", err
		}
	} else {
		if to, _ = person.CheckPhone(address); to == "" {
			return "", errNoAddress
		}
		channel = idp.BySMS
	}
	delivery, err := newDelivery(cfg)
	if err != nil {
		return to, err
	}
	sender := delivery[channel]
	if sender == nil {
		return to, fmt.Errorf("nothing is sent by %s: that needs the setting %s", channel, channelSetting(channel))
	}
	defer sender.Close()
	m, err := texts.To(idp.Person{}, channel, to, idp.Notice{Kind: idp.NoticeTest, Language: language})
	if err != nil {
		return to, err
	}
	letter, err := texts.Read(m)
	if err != nil {
		return to, err
	}
	if err := sender.Send(ctx, mail.Outgoing{ID: m.ID, To: m.To, Language: m.Language, Letter: letter}); err != nil {
		return to, fmt.Errorf("the test was not taken: %w", err)
	}
	return to, nil
}

// checkedEmail is an address that mail can be sent to, or errNoAddress.
func checkedEmail(typed string) (string, error) {
	address, wrong := person.CheckEmail(typed)
	if len(wrong) > 0 || address == "" {
		return "", errNoAddress
	}
	return address, nil
}
