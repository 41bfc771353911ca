package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// maxDocsPicture is how heavy a picture in docs/ may be.
const maxDocsPicture = 60 << 10

// TestDocsPictures takes the pictures of docs/ from a running demo, into the folder named by DOCS (make screenshots DOCS=docs): strips
// of three phones. It tests nothing but their weight, and is skipped without a folder.
func TestDocsPictures(t *testing.T) {
	dir := os.Getenv("DOCS")
	if dir == "" {
		t.Skip("DOCS names no folder")
	}
	d := newDemo(t)
	b := newBrowser(t)
	b.enrol(d.patient, demoPatientBorn)
	b.open(d.hospital)
	b.page("hospital-home")
	b.click("hospital-sign-in")
	b.page("sign-in")
	journey := []image.Image{b.phone("light")}
	b.click("passkey-sign-in")
	b.page("consent")
	journey = append(journey, b.phone("light"))
	b.allow()
	b.page("hospital-result")
	journey = append(journey, b.phone("light"))
	strip(t, filepath.Join(dir, "journey.png"), journey)

	b.open(d.issuer + "/account")
	b.page("account")
	account := []image.Image{b.phone("light")}
	b.open(d.issuer + "/account/passkeys")
	b.page("account-passkeys")
	account = append(account, b.phone("dark"))
	b.open(d.issuer + "/account/profile?lang=es")
	b.page("account-profile")
	account = append(account, b.phone("light"))
	strip(t, filepath.Join(dir, "account.png"), account)
}

// phone is what a phone shows without scrolling.
func (b *browser) phone(scheme string) image.Image {
	b.t.Helper()
	b.screen(390, scheme)
	b.do("to the top", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur(); scrollTo(0, 0)"))
	raw, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	return picture
}

// strip writes pictures side by side on a quiet ground, with round corners.
func strip(t *testing.T, file string, pictures []image.Image) {
	t.Helper()
	const height, gap, radius = 760, 20, 12
	ground := image.NewUniform(color.RGBA{0xe7, 0xe3, 0xda, 0xff})
	width := gap
	for _, p := range pictures {
		width += p.Bounds().Dx() + gap
	}
	all := image.NewRGBA(image.Rect(0, 0, width, height+2*gap))
	draw.Draw(all, all.Bounds(), ground, image.Point{}, draw.Src)
	x := gap
	for _, p := range pictures {
		at := image.Rect(x, gap, x+p.Bounds().Dx(), gap+height)
		draw.DrawMask(all, at, p, p.Bounds().Min, rounded{at.Sub(at.Min), radius}, image.Point{}, draw.Over)
		x += p.Bounds().Dx() + gap
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fewColors(all)); err != nil {
		t.Fatal(err)
	}
	if out.Len() > maxDocsPicture {
		t.Errorf("%s has %d bytes, more than %d", filepath.Base(file), out.Len(), maxDocsPicture)
	}
	write(t, file, out.Bytes())
}

// rounded is a mask with round corners.
type rounded struct {
	bounds image.Rectangle
	radius int
}

func (r rounded) ColorModel() color.Model { return color.AlphaModel }
func (r rounded) Bounds() image.Rectangle { return r.bounds }

func (r rounded) At(x, y int) color.Color {
	dx, dy := max(r.radius-x, x-(r.bounds.Dx()-1-r.radius), 0), max(r.radius-y, y-(r.bounds.Dy()-1-r.radius), 0)
	if dx*dx+dy*dy > r.radius*r.radius {
		return color.Alpha{}
	}
	return color.Opaque
}
