package udap

import (
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"sync"
)

const (
	// maxHeaders is how many headers are remembered.
	maxHeaders = 512
	// maxHeaderText is the size of the largest header that is remembered, in bytes: strangers fill the memory as well.
	maxHeaderText = 16 << 10
)

// header is what the header of a JWT says.
type header struct {
	algorithm, typ, keyID string
	chain                 []*x509.Certificate
}

// headerMemory remembers headers that were read, by the SHA-256 of their text as it stands in the JWT: a client sends the
// same certificates with the same algorithm each time, and reading them costs more than verifying the signature.
//
// It holds what is a function of the text alone. That a header is known says nothing about the JWT: its signature, the
// dates of its certificates and where they lead are looked at each time. A header that was refused is not remembered. The
// zero value is ready.
type headerMemory struct {
	mu    sync.RWMutex
	known map[[sha256.Size]byte]header
}

// headers is shared by all: it is made of nothing but what came in.
var headers headerMemory

// get returns a header that was put. Its certificates are shared and never changed; the list of them is the caller's.
func (m *headerMemory) get(text string) (header, bool) {
	if len(text) > maxHeaderText {
		return header{}, false
	}
	id := sha256.Sum256([]byte(text))
	m.mu.RLock()
	h, ok := m.known[id]
	m.mu.RUnlock()
	h.chain = slices.Clone(h.chain)
	return h, ok
}

func (m *headerMemory) put(text string, h header) {
	if len(text) > maxHeaderText {
		return
	}
	h.chain = slices.Clone(h.chain)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[[sha256.Size]byte]header{}
	}
	for id := range m.known {
		if len(m.known) < maxHeaders {
			break
		}
		delete(m.known, id) // any one: what is in use comes back with the next request
	}
	m.known[sha256.Sum256([]byte(text))] = h
}
