package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"sync"
	"time"
)

// NewID makes a UUID version 7 (RFC 9562 §5.7), in its text form: 48 bits of Unix milliseconds, 12 bits that count up within
// one (RFC 9562 §6.2, method 1) and 62 random bits, so that what one process makes one after the other sorts one after the
// other.
func NewID() string {
	return uuidText(newUUIDv7(lastID.next(time.Now().UnixMilli())))
}

// FirstID is not greater than any id that NewID makes from a time on. It bounds a search in the order of ids by time.
func FirstID(at time.Time) string {
	var u [16]byte
	ms := uint64(max(0, at.UnixMilli()))
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = 0x70
	return uuidText(u)
}

// lastID is the last millisecond and count of an id.
var lastID idClock

type idClock struct {
	mu    sync.Mutex
	ms    int64
	count uint16
}

const maxIDCount = 1<<12 - 1

// next returns a pair that is greater than all before. A clock that stands, or goes back, is waited for by counting.
func (c *idClock) next(now int64) (ms int64, count uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case now > c.ms:
		c.ms, c.count = now, 0
	case c.count < maxIDCount:
		c.count++
	default:
		c.ms, c.count = c.ms+1, 0
	}
	return c.ms, c.count
}

// NewUUIDv4 makes a random UUID (RFC 9562 §5.4), in its text form. It carries no time and no relation to anything.
func NewUUIDv4() string {
	var u [16]byte
	rand.Read(u[:]) // crypto/rand.Read never returns an error
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return uuidText(u)
}

// NewUserHandle makes a WebAuthn user.id: 32 random bytes with nothing of the person in them (WebAuthn L3 §14.6.1).
func NewUserHandle() []byte {
	handle := make([]byte, 32)
	rand.Read(handle)
	return handle
}

func newUUIDv7(at int64, count uint16) [16]byte {
	var u [16]byte
	rand.Read(u[:])
	ms := uint64(at)
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6], u[7] = 0x70|byte(count>>8), byte(count)
	u[8] = u[8]&0x3f | 0x80
	return u
}

func uuidText(u [16]byte) string {
	h := hex.EncodeToString(u[:])
	return h[0:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}

// ErrToken: a string is not in the form of a Token.
var ErrToken = errors.New("malformed token")

// Token is an opaque secret handed to a browser or a client: the id of the row that it stands for, and 256 random bits.
type Token struct {
	ID     string // the row
	secret [32]byte
}

// NewToken makes a token with a new time-ordered id.
func NewToken() Token {
	return NewTokenFor(NewID())
}

// NewTokenFor makes a token with a new secret for the row id, which must come from NewID: the new secret of a session
// at sign-in, for example.
func NewTokenFor(id string) Token {
	t := Token{ID: id}
	rand.Read(t.secret[:])
	return t
}

// tokenBytes is the length of a token: 16 bytes of id and 32 of secret, which base64url writes as 64 characters.
const tokenBytes = 16 + 32

// String is the form that leaves the server: 64 characters of base64url without padding.
func (t Token) String() string {
	raw := make([]byte, 0, tokenBytes)
	id, err := hex.DecodeString(t.ID[0:8] + t.ID[9:13] + t.ID[14:18] + t.ID[19:23] + t.ID[24:36])
	if err != nil {
		panic("idp: token with the id " + t.ID) // an id that NewID did not make
	}
	raw = append(append(raw, id...), t.secret[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParseToken reads what String wrote. It returns ErrToken for anything else.
func ParseToken(s string) (Token, error) {
	if len(s) != base64.RawURLEncoding.EncodedLen(tokenBytes) { // the decoder skips line breaks
		return Token{}, ErrToken
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != tokenBytes {
		return Token{}, ErrToken
	}
	t := Token{ID: uuidText([16]byte(raw[:16]))}
	copy(t.secret[:], raw[16:])
	return t, nil
}

// Hash is the SHA-256 of the secret: what a Store keeps.
func (t Token) Hash() []byte {
	sum := sha256.Sum256(t.secret[:])
	return sum[:]
}

// Matches reports, in constant time, whether hash is the hash of this token's secret.
func (t Token) Matches(hash []byte) bool {
	return subtle.ConstantTimeCompare(t.Hash(), hash) == 1
}
