package brand

import (
	"net/http"
	"sync"
)

// kept is how many brands that were are served still: a page that is open has the addresses of the one it was made with.
const kept = 8

// Shown is the brand that the pages have now, and those they had lately. Its zero value has none. It is safe for use by many
// goroutines.
type Shown struct {
	mu     sync.RWMutex
	brands []*Brand // the one of now first
}

// Set makes b the brand of now.
func (s *Shown) Set(b *Brand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.brands = append([]*Brand{b}, s.brands[:min(len(s.brands), kept-1)]...)
}

// ServeHTTP serves a file of the brand that has it.
func (s *Shown) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.RLock()
	brands := s.brands
	s.mu.RUnlock()
	for _, b := range brands {
		if b.has(r.URL.Path) {
			b.files.ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// has reports whether a file of the brand is at a path.
func (b *Brand) has(path string) bool { return path != "" && (path == b.Style || path == b.Logo) }
