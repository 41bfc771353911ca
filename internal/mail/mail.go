package mail

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Sealer encrypts under the master key (package vault).
type Sealer interface {
	Seal(plaintext []byte, purpose string) ([]byte, error)
	Unseal(sealed []byte, purpose string) ([]byte, error)
}

// Config is what the writing of messages needs.
type Config struct {
	Brand  pages.Brand
	Issuer string // our base URL: the account's address begins with it
	Sealer Sealer
	Now    func() time.Time // time.Now when nil
}

// Mail writes messages. It is safe for use by many goroutines.
type Mail struct {
	Config
	host string // of the issuer
	look atomic.Pointer[pages.Brand]
}

// SetBrand makes every message that is read from now on one of the operator b.
func (m *Mail) SetBrand(b pages.Brand) { m.look.Store(&b) }

func (m *Mail) brand() pages.Brand { return *m.look.Load() }

// New makes it.
func New(c Config) (*Mail, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	u, err := url.Parse(c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("mail: the issuer: %w", err)
	}
	if _, err := readForm(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	m := &Mail{Config: c, host: u.Hostname()}
	m.SetBrand(c.Brand)
	return m, nil
}

// ErrOneAddress: the notice holds a code or a link that is worth something, so it goes To one address.
var ErrOneAddress = errors.New("this kind of notice goes to one address only")

// About makes a message for each e-mail address and mobile number that the person has now. None is no error: she cannot be
// reached.
func (m *Mail) About(person idp.Person, n idp.Notice) ([]idp.Message, error) {
	if kinds[n.Kind].secret {
		return nil, fmt.Errorf("notice %s: %w", n.Kind, ErrOneAddress)
	}
	var messages []idp.Message
	for _, a := range person.WithAttributes().Attributes {
		channel, ok := channelOf(a)
		if !ok || slices.ContainsFunc(messages, func(made idp.Message) bool { return made.To == a.Text }) {
			continue
		}
		made, err := m.To(person, channel, a.Text, n)
		if err != nil {
			return nil, err
		}
		messages = append(messages, made)
	}
	return messages, nil
}

// channelOf is how an attribute reaches the person. A telephone at home or at work cannot be relied on to take a text
// message, and others may read it there.
func channelOf(a idp.Attribute) (idp.Channel, bool) {
	switch {
	case !a.IsCurrent() || a.Text == "":
		return "", false
	case a.Kind == idp.AttributeEmail:
		return idp.ByEmail, true
	case a.Kind == idp.AttributePhone && a.Use == "mobile":
		return idp.BySMS, true
	}
	return "", false
}

// To makes a message to one address. The person is zero for somebody who has no account yet: then the notice says the
// language.
func (m *Mail) To(person idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error) {
	if err := checkNotice(n); err != nil {
		return idp.Message{}, err
	}
	if (channel != idp.ByEmail && channel != idp.BySMS) || address == "" || strings.ContainsAny(address, "\r\n\x00") {
		return idp.Message{}, fmt.Errorf("notice %s: no message goes to %q by %q", n.Kind, address, channel)
	}
	words, err := pages.WordsFor(n.Language, languageOf(person))
	if err != nil {
		return idp.Message{}, err
	}
	now := m.Now().UTC()
	made := idp.Message{
		ID: idp.NewID(), PersonID: person.ID, Channel: channel, To: address, Kind: n.Kind, Language: words.Tag(),
		CreatedAt: now, NextAt: now, ExpiresAt: n.ExpiresAt,
	}
	if made.Sealed, err = m.seal(made, n.Params); err != nil {
		return idp.Message{}, err
	}
	return made, nil
}

// seal encrypts the params for this message, its channel and its recipient only.
func (m *Mail) seal(msg idp.Message, params map[string]string) ([]byte, error) {
	plain, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("notice %s: %w", msg.Kind, err)
	}
	sealed, err := m.Sealer.Seal(plain, purpose(msg))
	if err != nil {
		return nil, fmt.Errorf("notice %s: %w", msg.Kind, err)
	}
	return sealed, nil
}

// ErrOver: what the message said is gone, because it was sent or given up.
var ErrOver = errors.New("what the message said is not kept any more")

func (m *Mail) unseal(msg idp.Message) (map[string]string, error) {
	if len(msg.Sealed) == 0 {
		return nil, fmt.Errorf("message %s: %w", msg.ID, ErrOver)
	}
	plain, err := m.Sealer.Unseal(msg.Sealed, purpose(msg))
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", msg.ID, err)
	}
	params := map[string]string{}
	if err := json.Unmarshal(plain, &params); err != nil {
		return nil, fmt.Errorf("message %s: %w", msg.ID, err)
	}
	return params, nil
}

func purpose(msg idp.Message) string {
	return strings.Join([]string{"message", msg.ID, string(msg.Kind), string(msg.Channel), msg.To}, "\x00")
}

func languageOf(person idp.Person) string {
	if a, ok := idp.Current(person.Attributes, idp.AttributeLanguage); ok {
		return a.Text
	}
	return person.Language
}
