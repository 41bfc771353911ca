package discovery

import (
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"
)

// keepFor is how long a signed document is served before it is signed anew: a small part of udap.MetadataLifetime.
const keepFor = time.Hour

// cache keeps the signed document of each certificate chain and what it says there. The zero value is empty.
type cache struct {
	mu        sync.Mutex
	documents map[[sha256.Size]byte]document
}

type document struct {
	body     []byte
	signedAt time.Time
}

func (d document) fresh(now time.Time) bool {
	age := now.Sub(d.signedAt)
	return age >= 0 && age < keepFor // a clock that was set back makes a new one
}

// get returns the document, made by sign when there is none that is fresh. One is signed at a time.
func (c *cache) get(signing Signing, now time.Time, sign func() ([]byte, error)) ([]byte, error) {
	key, err := fingerprint(signing)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok := c.documents[key]; ok && d.fresh(now) {
		return d.body, nil
	}
	body, err := sign()
	if err != nil {
		return nil, err
	}
	c.put(key, document{body, now}, now)
	return body, nil
}

// put also forgets what is no longer fresh, so that a certificate that was replaced leaves nothing behind.
func (c *cache) put(key [sha256.Size]byte, d document, now time.Time) {
	if c.documents == nil {
		c.documents = map[[sha256.Size]byte]document{}
	}
	for old, kept := range c.documents {
		if !kept.fresh(now) {
			delete(c.documents, old)
		}
	}
	c.documents[key] = d
}

// fingerprint is of the chain, not of the signer's address: a reload of the communities makes new signers of the same
// certificates, and a renewed certificate of the same key must be seen; so must settings that changed.
func fingerprint(signing Signing) ([sha256.Size]byte, error) {
	h := sha256.New()
	for _, certificate := range signing.Signer.Chain() {
		h.Write(certificate.Raw)
	}
	policy, err := json.Marshal(signing.Policy) // never the beginning of a certificate, nor of another policy
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	h.Write(policy)
	return [sha256.Size]byte(h.Sum(nil)), nil
}
