package idp

import (
	"context"
	"slices"
	"time"
)

// KnownBrowserLimit is how long a browser is recognised in which nobody signs in. It is counted anew from each sign-in.
const KnownBrowserLimit = 180 * 24 * time.Hour

// KnownBrowser is a browser in which somebody signed in. Its cookie is a Token that outlives the session and signs nobody in:
// it tells a sign-in on a new device from one that the person is used to, and what she asked to have remembered there.
type KnownBrowser struct {
	ID         string
	Hash       []byte // Token.Hash of the cookie
	Remembered string // the person whose account the sign-in page offers because she asked for it, "" for none
	Passkeys   []BrowserPasskey
	CreatedAt  time.Time
	SeenAt     time.Time
	ExpiresAt  time.Time
}

// BrowserPasskey is a passkey that was used in a browser.
type BrowserPasskey struct {
	PasskeyID []byte
	PersonID  string
	Elsewhere bool // it is on another device, as a phone that scans a code is
	Declined  bool // its owner does not want a passkey on this device
	SeenAt    time.Time
}

// Knows reports whether the person has signed in in this browser.
func (b KnownBrowser) Knows(personID string) bool {
	return slices.ContainsFunc(b.Passkeys, func(p BrowserPasskey) bool { return p.PersonID == personID })
}

// Used reports whether the passkey was used in this browser.
func (b KnownBrowser) Used(passkeyID []byte) bool {
	return slices.ContainsFunc(b.Passkeys, func(p BrowserPasskey) bool { return slices.Equal(p.PasskeyID, passkeyID) })
}

// LacksOwnPasskey reports whether the person comes with passkeys of other devices only, and did not say that this is how she
// wants it.
func (b KnownBrowser) LacksOwnPasskey(personID string) bool {
	elsewhere := false
	for _, p := range b.Passkeys {
		if p.PersonID != personID {
			continue
		}
		if !p.Elsewhere || p.Declined {
			return false
		}
		elsewhere = true
	}
	return elsewhere
}

// BrowserUse is what a sign-in, or a passkey that is made, tells about the browser.
type BrowserUse struct {
	ID        string // "" for nothing
	Hash      []byte
	Elsewhere bool // the passkey is on another device
	Remember  bool // the person asked to be remembered; otherwise what is remembered stays as it is
}

// KnownBrowsers keeps the browsers that people signed in with.
type KnownBrowsers interface {
	// KnownBrowser returns ErrNotFound when there is none whose time is not over. The caller compares the hash.
	KnownBrowser(ctx context.Context, id string, now time.Time) (KnownBrowser, error)
	// ForgetInBrowser makes the browser forget a person: her account is not offered, and her next sign-in is one on a new device.
	ForgetInBrowser(ctx context.Context, browserID, personID string) error
	// DeclineOwnPasskey notes that the person does not want a passkey on the browser's device.
	DeclineOwnPasskey(ctx context.Context, browserID, personID string) error
}
