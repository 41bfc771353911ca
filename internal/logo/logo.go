package logo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"
)

const (
	maxBytes   = 256 << 10 // of a picture as it is fetched
	maxKept    = 256       // pictures, and addresses that had none
	keptFor    = 24 * time.Hour
	triedAgain = 15 * time.Minute
)

// Config is what Logos is made of.
type Config struct {
	// Fetch reads at most limit bytes of an address. It must not lead to inner addresses. Required.
	Fetch func(ctx context.Context, address string, limit int) ([]byte, error)
	// Patience is how long a page waits for a picture that is not here yet; 0 is a second. What takes longer is there next time.
	Patience time.Duration
	Log      *slog.Logger     // nil: the default one
	Now      func() time.Time // nil: the system's clock
}

// Logos keeps pictures in memory. It is safe for use by many goroutines.
type Logos struct {
	Config
	decoding chan struct{} // one picture at a time: what it takes in memory is bounded by that

	mu   sync.Mutex
	kept map[string]*picture // by name
}

// picture is an address that was asked, with what came of it.
type picture struct {
	done     chan struct{} // closed when it is known
	data     []byte        // nil: there is none
	mimeType string
	at       time.Time // when it was asked
}

// New makes Logos.
func New(c Config) *Logos {
	if c.Patience == 0 {
		c.Patience = time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Logos{Config: c, decoding: make(chan struct{}, 1), kept: map[string]*picture{}}
}

// Path is where a picture is served, "" when there is none, or none yet.
func (l *Logos) Path(ctx context.Context, address string) string {
	if address == "" {
		return ""
	}
	name := nameOf(address)
	p := l.ask(name, address)
	patience := time.NewTimer(l.Patience)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-patience.C:
		return ""
	case <-ctx.Done():
		return ""
	}
	if p.data == nil {
		return ""
	}
	return pathPrefix + name
}

// nameOf says nothing of the address, and is the same on every server.
func nameOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:16])
}

// ask returns what is known of an address, and begins to fetch it when that is nothing or too old.
func (l *Logos) ask(name, address string) *picture {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.kept[name]; p != nil && !l.isOld(p) {
		return p
	}
	if len(l.kept) >= maxKept {
		l.makeRoom()
	}
	p := &picture{done: make(chan struct{}), at: l.Now()}
	l.kept[name] = p
	go l.fetch(p, address)
	return p
}

func (l *Logos) isOld(p *picture) bool {
	age := l.Now().Sub(p.at)
	select {
	case <-p.done:
		return p.data != nil && age > keptFor || p.data == nil && age > triedAgain
	default:
		return false // under way
	}
}

// makeRoom drops the picture that was asked for longest ago. The lock is held.
func (l *Logos) makeRoom() {
	var oldest string
	for name, p := range l.kept {
		if oldest == "" || p.at.Before(l.kept[oldest].at) {
			oldest = name
		}
	}
	delete(l.kept, oldest)
}

// fetch outlives the page that asked: the next one has the picture. The guarded door has a time limit of its own.
func (l *Logos) fetch(p *picture, address string) {
	defer close(p.done)
	ctx := context.Background()
	data, err := l.Fetch(ctx, address, maxBytes)
	if err == nil {
		l.decoding <- struct{}{}
		p.data, p.mimeType, err = small(data)
		<-l.decoding
	}
	if err != nil {
		l.Log.InfoContext(ctx, "a data holder's logo cannot be shown", "address", address, "cause", err)
	}
}
