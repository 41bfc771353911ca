package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed templates locales
var files embed.FS

//go:embed static
var static embed.FS

// Templates holds the page templates, *.html at its root.
func Templates() fs.FS { return sub(files, "templates") }

// Locales holds one JSON file per language, named after its BCP 47 tag, at its root.
func Locales() fs.FS { return sub(files, "locales") }

func sub(f fs.FS, dir string) fs.FS {
	s, err := fs.Sub(f, dir)
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded above
	}
	return s
}

// Prefix is where Handler must be mounted.
const Prefix = "/static/"

// Assets are files that may be kept for ever: each has the hash of its content in its address.
type Assets struct {
	prefix string
	byURL  map[string]asset
	byName map[string]asset
}

// asset is a static file as it is served.
type asset struct {
	content     []byte
	zipped      []byte // gzip; nil where it would save nothing
	contentType string
	etag        string
	url         string // prefix, name, hash, extension: app.Zm9v….css
}

// NewAssets serves files, by their names, below a prefix such as /static/.
func NewAssets(prefix string, files map[string][]byte) *Assets {
	a := &Assets{prefix: prefix, byURL: map[string]asset{}, byName: map[string]asset{}}
	for name, content := range files {
		file := newAsset(prefix, name, content)
		a.byName[name] = file
		a.byURL[path.Base(file.url)] = file
	}
	return a
}

var loaded = sync.OnceValue(loadAssets)

func loadAssets() *Assets {
	entries, err := static.ReadDir("static")
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded above
	}
	files := map[string][]byte{}
	for _, e := range entries {
		content, err := static.ReadFile("static/" + e.Name())
		if err != nil {
			panic("web: " + err.Error())
		}
		files[e.Name()] = content
	}
	return NewAssets(Prefix, files)
}

func newAsset(prefix, name string, content []byte) asset {
	sum := sha256.Sum256(content)
	hash := base64.RawURLEncoding.EncodeToString(sum[:12])
	ext := path.Ext(name)
	return asset{
		content:     content,
		zipped:      zip(content),
		contentType: contentType(ext),
		etag:        `"` + hash + `"`,
		url:         prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
	}
}

// zip compresses once, at the start, as well as gzip can. A picture that is compressed already stays as it is.
func zip(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic("web: " + err.Error()) // the level is a constant
	}
	w.Write(content) // a buffer takes everything
	w.Close()
	if out.Len() >= len(content)*9/10 {
		return nil
	}
	return out.Bytes()
}

// contentType knows the kinds of file we serve. The system's own MIME table is not asked: it differs between machines,
// and under nosniff a wrong type is a page without style or script.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return "application/octet-stream"
}

// URL is the address of a static file, with the hash of its content in it. It fails when there is no such file.
func URL(name string) (string, error) { return loaded().URL(name) }

// URL is the address of a file, with the hash of its content in it. It fails when there is no such file.
func (a *Assets) URL(name string) (string, error) {
	file, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return file.url, nil
}

// Handler serves the static files below Prefix.
func Handler() http.Handler { return loaded() }

// ServeHTTP answers with a file. Addresses carry the hash of the content, so an answer may be kept for ever and a new release is
// seen at once (RFC 8246, immutable). Anything else is a 404: a listing does not exist. These files are the same for everybody, so
// they may be compressed; pages are not, because they hold what an attacker could guess at by its compressed length (BREACH).
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.byURL[strings.TrimPrefix(r.URL.Path, a.prefix)]
	if !ok {
		w.Header().Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", file.etag)
	h.Set("X-Content-Type-Options", "nosniff")
	// An SVG opened by its own address is a document: it may run nothing.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'")
	content := file.content
	if file.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r.Header.Get("Accept-Encoding")) {
			content = file.zipped
			h.Set("Content-Encoding", "gzip")
			h.Set("ETag", strings.TrimSuffix(file.etag, `"`)+`-gzip"`) // RFC 9110 §8.8.3.3: another encoding is another tag
			if r.Header.Get("Range") == "" {                           // ServeContent does not know that the whole goes out
				h.Set("Content-Length", strconv.Itoa(len(content)))
			}
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3).
func takesGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
		return err != nil || q > 0 // without a weight, it is taken
	}
	return false
}
