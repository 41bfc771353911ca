package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"sync"
	"time"
)

// maxChains is how many verified chains are remembered.
const maxChains = 4096

// chainID is the SHA-256 of a chain as it was sent, with what it was asked for and the revision of the communities.
type chainID [sha256.Size]byte

// chainKey names a question: does the chain lead into the community with that ID, or into any when it is empty.
func chainKey(communityID string, revision int64, chain []*x509.Certificate) chainID {
	h := sha256.New()
	var number [8]byte
	write := func(part []byte) { // with its length, so that no two questions are the same bytes
		binary.BigEndian.PutUint64(number[:], uint64(len(part)))
		h.Write(number[:])
		h.Write(part)
	}
	binary.BigEndian.PutUint64(number[:], uint64(revision))
	h.Write(number[:])
	write([]byte(communityID))
	for _, cert := range chain {
		write(cert.Raw)
	}
	return chainID(h.Sum(nil))
}

// verifiedChains remembers chains that were found good, until the first certificate or the evidence about it ends. Chains
// that were refused are not remembered: what they lack may come. The zero value is ready.
type verifiedChains struct {
	mu       sync.Mutex
	revision int64
	chains   map[chainID]verified
}

func (k *verifiedChains) get(id chainID, generation uint64, now time.Time) (verified, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.chains[id]
	if !ok || v.generation != generation || now.Before(v.from) || !now.Before(v.until) {
		return verified{}, false
	}
	return v, true
}

func (k *verifiedChains) put(id chainID, revision int64, v verified, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.chains == nil || k.revision != revision { // nobody will ask for the others again
		k.chains, k.revision = map[chainID]verified{}, revision
	}
	if len(k.chains) >= maxChains {
		k.makeRoom(v.generation, now)
	}
	k.chains[id] = v
}

// makeRoom drops what is over, and any one if nothing is. The caller holds k.mu.
func (k *verifiedChains) makeRoom(generation uint64, now time.Time) {
	for id, v := range k.chains {
		if v.generation != generation || !now.Before(v.until) {
			delete(k.chains, id)
		}
	}
	for id := range k.chains {
		if len(k.chains) < maxChains {
			return
		}
		delete(k.chains, id)
	}
}
