package logo

import (
	"net/http"
	"strconv"
)

const pathPrefix = "/logo/"

// ServeHTTP answers GET /logo/{name} with a picture that is here. It fetches none.
func (l *Logos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	p := l.kept[r.PathValue("name")]
	l.mu.Unlock()
	if p == nil {
		http.NotFound(w, r)
		return
	}
	select {
	case <-p.done:
	default:
		http.NotFound(w, r)
		return
	}
	if p.data == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", p.mimeType)
	h.Set("Content-Length", strconv.Itoa(len(p.data)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, max-age=3600")
	_, _ = w.Write(p.data)
}
