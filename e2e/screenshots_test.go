package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// views are how a page is pictured.
var views = []struct {
	name, lang, scheme string
	width              int64
}{
	{"phone", "en", "light", 390},
	{"phone-dark", "en", "dark", 390},
	{"narrow", "en", "light", 320},
	{"desktop", "en", "light", 1280},
	{"spanish", "es", "light", 390},
}

// TestScreenshots writes every page of the running product into the folder named by SCREENSHOTS (make screenshots). It tests
// nothing and is skipped without a folder.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		t.Skip("SCREENSHOTS names no folder")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h := newShownHouse(t)
	for _, s := range shownPages() {
		t.Run(s.name, func(t *testing.T) {
			h := h.within(t)
			last := ""
			for _, v := range views {
				h.screen(v.width, v.scheme)
				if v.lang != last {
					h.show(s, v.lang)
				}
				last = v.lang
				write(t, filepath.Join(dir, s.name+"-"+v.name+".png"), h.picture())
			}
		})
	}
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// picture is the whole page as a PNG of few colors.
func (b *browser) picture() []byte {
	b.t.Helper()
	raw, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fewColors(full)); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

// fewColors draws a picture with the 64 colors that it has most of: our pages are flat, and the eye sees no difference.
func fewColors(full image.Image) image.Image {
	const colors = 64
	count := map[color.RGBA]int{}
	bounds := full.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	var palette color.Palette
	for _, c := range all[:min(colors, len(all))] {
		palette = append(palette, c)
	}
	flat, nearest := image.NewPaletted(bounds, palette), map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			if _, ok := nearest[c]; !ok {
				nearest[c] = uint8(palette.Index(c))
			}
			flat.SetColorIndex(x, y, nearest[c])
		}
	}
	return flat
}
