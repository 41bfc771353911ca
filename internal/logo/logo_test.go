package logo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const address = "https://hospital.example/logo.png"

// newLogos has one picture behind every address, and counts how often it is fetched.
func newLogos(data []byte, err error) (*Logos, *atomic.Int64) {
	var fetched atomic.Int64
	return New(Config{
		Fetch: func(_ context.Context, _ string, limit int) ([]byte, error) {
			fetched.Add(1)
			if len(data) > limit {
				return nil, errors.New("too large")
			}
			return data, err
		},
		Patience: time.Minute, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}), &fetched
}

func serve(l *Logos, path string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.Handle("GET /logo/{name}", l)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func drawn(w, h int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			picture.Set(x, y, color.NRGBA{R: uint8(x * 7), G: uint8(y * 3), B: uint8(x * y), A: 255})
		}
	}
	return picture
}

func pngOf(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestLogoIsServedSmallFromOurOrigin(t *testing.T) {
	t.Parallel()
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, drawn(900, 300), nil); err != nil {
		t.Fatal(err)
	}
	hidden := append(pngOf(t, drawn(600, 600)), []byte("<script>alert(1)</script>")...)
	for name, test := range map[string]struct {
		data []byte
		w, h int
	}{
		"PNG": {pngOf(t, drawn(300, 300)), 112, 112}, "JPEG": {photo.Bytes(), 112, 37}, "small": {pngOf(t, drawn(20, 10)), 20, 10},
		"something behind the picture": {hidden, 112, 112},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLogos(test.data, nil)
			path := l.Path(t.Context(), address)
			if !strings.HasPrefix(path, "/logo/") || strings.Contains(path, "hospital") {
				t.Fatalf("path %q", path)
			}
			w := serve(l, path)
			for header, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s: %q, want %q", header, got, want)
				}
			}
			config, format, err := image.DecodeConfig(bytes.NewReader(w.Body.Bytes()))
			if err != nil || config.Width != test.w || config.Height != test.h || w.Header().Get("Content-Type") != "image/"+format {
				t.Errorf("%s of %d by %d as %s (%v), want %d by %d", format, config.Width, config.Height, w.Header().Get("Content-Type"), err, test.w, test.h)
			}
			if w.Body.Len() > 24<<10 || bytes.Contains(w.Body.Bytes(), []byte("script")) {
				t.Errorf("%d bytes, or a byte of the original", w.Body.Len())
			}
		})
	}
}

// bomb is a PNG that claims to be huge, in a few bytes.
func bomb(w, h uint32) []byte {
	header := []byte("IHDR")
	header = binary.BigEndian.AppendUint32(header, w)
	header = binary.BigEndian.AppendUint32(header, h)
	header = append(header, 8, 6, 0, 0, 0)
	data := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	data = append(data, header...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(header))
}

func TestWhatIsNoSmallPictureIsNotShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data []byte
		err  error
	}{
		"SVG":         {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), nil},
		"HTML":        {[]byte("<!doctype html>"), nil},
		"GIF":         {[]byte("GIF89a\x01\x00\x01\x00"), nil},
		"nothing":     {nil, nil},
		"cut off":     {pngOf(t, drawn(50, 50))[:60], nil},
		"huge":        {bomb(60_000, 60_000), nil},
		"too wide":    {pngOf(t, image.NewGray(image.Rect(0, 0, maxSide+1, 1))), nil},
		"many pixels": {pngOf(t, image.NewGray(image.Rect(0, 0, maxSide, maxPixels/maxSide+1))), nil},
		"unreachable": {nil, errors.New("no such host")},
		"many bytes":  {append(pngOf(t, drawn(50, 50)), make([]byte, maxBytes)...), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLogos(test.data, test.err)
			if path := l.Path(t.Context(), address); path != "" {
				t.Errorf("shown at %q", path)
			}
			if w := serve(l, "/logo/"+nameOf(address)); w.Code != http.StatusNotFound {
				t.Errorf("served with %d", w.Code)
			}
		})
	}
}

// TestStrangerFetchesNothing: and a page fetches an address once, until the picture is old.
func TestStrangerFetchesNothing(t *testing.T) {
	t.Parallel()
	l, fetched := newLogos(pngOf(t, drawn(40, 40)), nil)
	now := time.Now()
	l.Now = func() time.Time { return now }
	for _, path := range []string{"/logo/" + nameOf(address), "/logo/x", "/logo/" + strings.Repeat("a", 32)} {
		if w := serve(l, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if fetched.Load() != 0 {
		t.Fatalf("a stranger made us fetch %d times", fetched.Load())
	}
	for range 5 {
		l.Path(t.Context(), address)
	}
	if fetched.Load() != 1 {
		t.Errorf("fetched %d times for five pages, want once", fetched.Load())
	}
	now = now.Add(keptFor + time.Second)
	l.Path(t.Context(), address)
	if fetched.Load() != 2 {
		t.Errorf("fetched %d times, want a second time after a day", fetched.Load())
	}
	if path := l.Path(t.Context(), ""); path != "" {
		t.Errorf("no address is shown at %q", path)
	}
}

func TestSlowLogoHoldsNoPage(t *testing.T) {
	t.Parallel()
	free := make(chan struct{})
	l := New(Config{
		Patience: time.Millisecond, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Fetch: func(context.Context, string, int) ([]byte, error) {
			<-free
			return pngOf(t, drawn(4, 4)), nil
		},
	})
	if path := l.Path(t.Context(), address); path != "" {
		t.Errorf("shown at %q before it was there", path)
	}
	close(free)
	l.Patience = time.Minute
	if path := l.Path(t.Context(), address); path == "" {
		t.Error("the next page does not have it")
	}
}

func TestLogosAreBounded(t *testing.T) {
	t.Parallel()
	l, _ := newLogos(nil, errors.New("none"))
	for i := range maxKept + 50 {
		l.Path(t.Context(), address+strings.Repeat("x", i))
	}
	if len(l.kept) > maxKept {
		t.Errorf("%d are kept, want at most %d", len(l.kept), maxKept)
	}
}

func FuzzSmall(f *testing.F) {
	f.Add(pngOf(f, drawn(3, 3)))
	f.Add(bomb(9, 9))
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, drawn(5, 5), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(photo.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		out, mimeType, err := small(data)
		if err != nil {
			return
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(out))
		if err != nil || "image/"+format != mimeType || config.Width > side || config.Height > side {
			t.Errorf("%s of %d by %d as %s: %v", format, config.Width, config.Height, mimeType, err)
		}
	})
}
