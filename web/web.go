package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
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

// asset is a static file as it is served.
type asset struct {
	content     []byte
	contentType string
	etag        string
	url         string // Prefix, name, hash, extension: app.Zm9v….css
}

// assets finds every static file by the last part of its hashed URL and by its plain name.
type assets struct {
	byURL  map[string]asset
	byName map[string]asset
}

var loaded = sync.OnceValue(loadAssets)

func loadAssets() assets {
	all := assets{byURL: map[string]asset{}, byName: map[string]asset{}}
	entries, err := static.ReadDir("static")
	if err != nil {
		panic("web: " + err.Error()) // the folder is embedded above
	}
	for _, e := range entries {
		content, err := static.ReadFile("static/" + e.Name())
		if err != nil {
			panic("web: " + err.Error())
		}
		a := newAsset(e.Name(), content)
		all.byName[e.Name()] = a
		all.byURL[path.Base(a.url)] = a
	}
	return all
}

func newAsset(name string, content []byte) asset {
	sum := sha256.Sum256(content)
	hash := base64.RawURLEncoding.EncodeToString(sum[:12])
	ext := path.Ext(name)
	return asset{
		content:     content,
		contentType: contentType(ext),
		etag:        `"` + hash + `"`,
		url:         Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
	}
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
	}
	return "application/octet-stream"
}

// URL is the address of a static file, with the hash of its content in it. It fails when there is no such file.
func URL(name string) (string, error) {
	a, ok := loaded().byName[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return a.url, nil
}

// Handler serves the static files below Prefix. Addresses carry the hash of the content, so an answer may be kept for
// ever and a new release is seen at once (RFC 8246, immutable). Anything else is a 404: a listing does not exist.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := loaded().byURL[strings.TrimPrefix(r.URL.Path, Prefix)]
		if !ok {
			w.Header().Set("Cache-Control", "no-store")
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.contentType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("ETag", a.etag)
		h.Set("X-Content-Type-Options", "nosniff")
		// An SVG opened by its own address is a document: it may run nothing.
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
	})
}
