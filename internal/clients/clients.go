package clients

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
)

// Store is the part of idp.Store that is used here; the comments there say what each method promises.
type Store interface {
	Client(ctx context.Context, id string) (idp.Client, error)
	CountConnections(ctx context.Context, sector string, most int) (int, error)
	SuspendClient(ctx context.Context, id, reason string, now time.Time, trail idp.Trail) (idp.Client, error)
	ResumeClient(ctx context.Context, id string, trail idp.Trail) (idp.Client, error)
	DeleteClient(ctx context.Context, id string, now time.Time, trail idp.Trail) (idp.Client, error)
	SetClientSettings(ctx context.Context, id string, settings idp.ClientSettings, trail idp.Trail) (idp.Client, error)
}

// Config is what Clients is made of. Now is the system's clock when nil.
type Config struct {
	Store Store
	Now   func() time.Time
}

// Clients is the operator's hand on the data holders.
type Clients struct{ Config }

// New makes it.
func New(c Config) *Clients {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Clients{c}
}

// Refusal is why something was not done.
type Refusal struct {
	Code string // for programs and translations
	Text string
}

func (r *Refusal) Error() string { return r.Text }

// RefusalCode is the code, for rooms that have words of their own for it.
func (r *Refusal) RefusalCode() string { return r.Code }

// MaxReason is how long a reason may be, in bytes.
const MaxReason = 1000

// MaxConnections is how far the connections of a data holder are counted.
const MaxConnections = 100_000

// Suspend refuses everything of a data holder until Resume; of one that is suspended it changes the reason.
func (c *Clients) Suspend(ctx context.Context, id, reason string, by idp.Reading) (idp.Client, error) {
	if err := checkReason(reason); err != nil {
		return idp.Client{}, err
	}
	before, err := c.read(ctx, id)
	if err != nil {
		return before, err
	}
	after := before
	after.SuspendedAt, after.SuspendedReason = c.now(), reason
	changed, err := c.Store.SuspendClient(ctx, id, reason, c.now(), c.trail("client.suspend", before, by, change{Before: standing(before), After: standing(after)}))
	return changed, told(err)
}

// Resume ends a suspension.
func (c *Clients) Resume(ctx context.Context, id string, by idp.Reading) (idp.Client, error) {
	before, err := c.read(ctx, id)
	if err != nil {
		return before, err
	}
	if before.State() != idp.ClientSuspended {
		return before, &Refusal{"client_not_suspended", "the data holder is not suspended"}
	}
	after := before
	after.SuspendedAt, after.SuspendedReason = time.Time{}, ""
	changed, err := c.Store.ResumeClient(ctx, id, c.trail("client.resume", before, by, change{Before: standing(before), After: standing(after)}))
	return changed, told(err)
}

// Delete ends a registration for good, and with it the connections of those who share with it.
func (c *Clients) Delete(ctx context.Context, id string, by idp.Reading) (idp.Client, error) {
	before, err := c.read(ctx, id)
	if err != nil {
		return before, err
	}
	connections, err := c.Connections(ctx, before)
	if err != nil {
		return before, err
	}
	after := before
	after.CancelledAt, after.SuspendedReason = c.now(), ""
	changed, err := c.Store.DeleteClient(ctx, id, c.now(), c.trail("client.delete", before, by,
		change{Before: standing(before), After: standing(after), Connections: &connections, URI: before.URI, Organization: before.Organization}))
	return changed, told(err)
}

// Connections is how many people's connections would end with the registration, counted up to MaxConnections and one more.
func (c *Clients) Connections(ctx context.Context, client idp.Client) (int, error) {
	return c.Store.CountConnections(ctx, client.Sector(), MaxConnections+1)
}

// Set changes the settings of a data holder. What is not changed leaves no line.
func (c *Clients) Set(ctx context.Context, id string, edit func(*idp.ClientSettings), by idp.Reading) (idp.Client, error) {
	before, err := c.read(ctx, id)
	if err != nil {
		return before, err
	}
	settings := before.Settings
	edit(&settings)
	if err := CheckSettings(settings); err != nil {
		return before, err
	}
	was, is := recorded(before.Settings), recorded(settings)
	if was == is {
		return before, nil
	}
	changed, err := c.Store.SetClientSettings(ctx, id, settings, c.trail("client.change", before, by, change{Before: was, After: is}))
	return changed, told(err)
}

// CheckSettings is what is wrong with settings: a *Refusal, or nil.
func CheckSettings(s idp.ClientSettings) error {
	if _, err := claims.ParseProfile(s.Payload); err != nil {
		return &Refusal{"client_profile", err.Error()}
	}
	if !goodAudience(s.Audience) {
		return &Refusal{"client_audience", fmt.Sprintf("%q is not a URI such as https://app.example.org", s.Audience)}
	}
	return nil
}

const maxAudience = 2000

func goodAudience(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && len(s) <= maxAudience && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

func checkReason(s string) error {
	if strings.TrimSpace(s) == "" || len(s) > MaxReason || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return &Refusal{"reason", fmt.Sprintf("the reason must be a text of at most %d characters on one line", MaxReason)}
	}
	return nil
}

// read returns a data holder that is registered, suspended or not.
func (c *Clients) read(ctx context.Context, id string) (idp.Client, error) {
	client, err := c.Store.Client(ctx, id)
	if errors.Is(err, idp.ErrSuspended) {
		err = nil
	}
	return client, told(err)
}

// told makes a refusal of what can be told.
func told(err error) error {
	if errors.Is(err, idp.ErrNotFound) {
		return errors.Join(&Refusal{"client_gone", "the data holder has no registration any more"}, err)
	}
	return err
}

func (c *Clients) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }

// change is what is recorded.
type change struct {
	Before       any    `json:"before"`
	After        any    `json:"after"`
	Organization string `json:"organization,omitempty"`
	URI          string `json:"uri,omitempty"`
	Connections  *int   `json:"connections,omitempty"` // that ended
}

// stood is how a registration stands, as it is recorded.
type stood struct {
	State  idp.ClientState `json:"state"`
	Reason string          `json:"reason,omitempty"`
}

func standing(c idp.Client) stood { return stood{c.State(), c.SuspendedReason} }

// settingsTold are settings as they are recorded: in the words of the command.
type settingsTold struct {
	Payload          string `json:"payload"`
	Audience         string `json:"audience"`
	NoPKCE           string `json:"no_pkce"`
	LoopbackRedirect string `json:"loopback_redirect"`
}

func recorded(s idp.ClientSettings) settingsTold {
	profile, err := claims.ParseProfile(s.Payload)
	if err != nil {
		profile = claims.Profile(s.Payload)
	}
	return settingsTold{string(profile), s.Audience, Choice(s.NoPKCE), Choice(s.LoopbackRedirect)}
}

// The words for a choice between what the community says, yes and no.
const (
	Inherit = "inherit"
	Allow   = "allow"
	Refuse  = "refuse"
)

// Choice is the word for a setting.
func Choice(setting *bool) string {
	switch {
	case setting == nil:
		return Inherit
	case *setting:
		return Allow
	}
	return Refuse
}

// ParseChoice reads the word for a setting, and reports whether it is one.
func ParseChoice(word string) (setting *bool, ok bool) {
	yes, no := true, false
	switch word {
	case Inherit:
		return nil, true
	case Allow:
		return &yes, true
	case Refuse:
		return &no, true
	}
	return nil, false
}

func (c *Clients) trail(action string, client idp.Client, by idp.Reading, what change) idp.Trail {
	detail, err := json.Marshal(what)
	if err != nil {
		detail = nil // plain fields, which always encode
	}
	return idp.Trail{Events: []idp.AuditEvent{{
		ID: idp.NewID(), At: c.now(), Actor: by.Actor, Action: action, ClientID: client.ID, RequestID: by.RequestID, IP: by.IP, Detail: string(detail),
	}}}
}
