package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// Sealer keeps private keys (package vault).
type Sealer interface {
	Seal(plaintext []byte, purpose string) ([]byte, error)
	Unseal(sealed []byte, purpose string) ([]byte, error)
}

// KeyPurpose is what the private keys of our certificates are sealed for.
const KeyPurpose = "community-key"

// Store is the part of idp.Store that is used here.
type Store interface {
	idp.Communities
	idp.Keys
}

// Config is what Communities are made of. Sealer may be nil where no certificate of ours is touched, and Issuer empty.
type Config struct {
	Store  Store
	Sealer Sealer
	Issuer string           // our address, which our certificates name
	Now    func() time.Time // nil: the system's clock
}

// Communities are the rules about trust communities. It is safe for use by many goroutines.
type Communities struct{ Config }

// New makes them.
func New(c Config) *Communities {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Communities{c}
}

// Refusal is something that cannot be done. It says why, and what to do, to the one who asked for it.
type Refusal struct {
	Code string // for programs and translations
	Text string
}

func (r *Refusal) Error() string { return r.Text }

// RefusalCode is the code, for rooms that have words of their own for it.
func (r *Refusal) RefusalCode() string { return r.Code }

func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// now is the time as the store keeps it.
func (c *Communities) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }

// byID finds a community.
func (c *Communities) byID(ctx context.Context, id string) (idp.Community, error) {
	all, err := c.Store.Communities(ctx)
	if err != nil {
		return idp.Community{}, err
	}
	for _, row := range all {
		if row.ID == id {
			return row, nil
		}
	}
	return idp.Community{}, fmt.Errorf("trust community: %w", idp.ErrNotFound)
}

func (c *Communities) event(by idp.Reading, action string, detail any) (idp.AuditEvent, error) {
	text, err := json.Marshal(detail)
	if err != nil {
		return idp.AuditEvent{}, fmt.Errorf("detail of %s: %w", action, err)
	}
	return idp.AuditEvent{ID: idp.NewID(), At: c.now(), Actor: by.Actor, Action: action, RequestID: by.RequestID, IP: by.IP, Detail: string(text)}, nil
}

// stale is the answer to a change that came too late.
func stale(err error) error {
	if errors.Is(err, idp.ErrStale) {
		return refuse("stale", "somebody else changed the community meanwhile; look at it again")
	}
	return err
}
