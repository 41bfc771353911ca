package brand

import (
	"bytes"
	"image"
	imagecolor "image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPrimaryColorThatCannotBeReadIsRefused: the error names one that can, and that one is taken.
func TestPrimaryColorThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	other := regexp.MustCompile(`; (#[0-9a-f]{6}) is the same colour`)
	for _, bad := range []string{"#ffffff", "#3399ff", "#ffcc00", "#00b894", "#767676", "#ff0000"} {
		_, err := New(Options{PrimaryColor: bad})
		if err == nil {
			t.Errorf("%s was taken", bad)
			continue
		}
		m := other.FindStringSubmatch(err.Error())
		if m == nil {
			t.Fatalf("%s: the error names no other colour: %v", bad, err)
		}
		if _, err := New(Options{PrimaryColor: m[1]}); err != nil {
			t.Errorf("%s was advised instead of %s and refused: %v", m[1], bad, err)
		}
	}
	if _, err := New(Options{PrimaryColor: "teal"}); err == nil {
		t.Error("a word was taken for a colour")
	}
}

// TestEveryColorOfABrandCanBeRead in both schemes: on each ground, and the words on a button.
func TestEveryColorOfABrandCanBeRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"#0b5c6b", "#000000", "#7b1fa2", "#8a1538", "#00539b", "#1d6b3a", "#6b4f00"} {
		light, dark, err := palettes(text)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]float64{
			"light":         contrastTo(light.primary, lightGrounds),
			"light, strong": contrastTo(light.strong, lightGrounds),
			"on it":         min(light.primary.contrast(light.on), light.strong.contrast(light.on)),
			"dark":          contrastTo(dark.primary, darkGrounds),
			"dark, strong":  contrastTo(dark.strong, darkGrounds),
			"on it, dark":   min(dark.primary.contrast(dark.on), dark.strong.contrast(dark.on)),
		} {
			if got < minContrast {
				t.Errorf("%s %s: %.2f:1", text, name, got)
			}
		}
	}
}

// TestContrastIsThatOfWCAG by pairs whose ratio is published.
func TestContrastIsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#767676", "#ffffff", 4.54}, {"#ff0000", "#ffffff", 4}} {
		got := mustColor(tt.a).contrast(mustColor(tt.b))
		if got < tt.want-0.01 || got > tt.want+0.01 {
			t.Errorf("%s on %s: %.3f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestBrandStyleSetsTheColorInBothSchemes(t *testing.T) {
	t.Parallel()
	b, err := New(Options{PrimaryColor: "#7b1fa2"})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, b.Style, nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Fatalf("%s: %d %s", b.Style, w.Code, w.Header())
	}
	for _, want := range []string{":root{--primary:#7b1fa2;", "prefers-color-scheme:dark", `data-theme="dark"`, `:not([data-theme="light"])`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("brand.css has no %s:\n%s", want, w.Body)
		}
	}
}

func write(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "logo")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const svgOpen = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50">`

// TestLogoThatDoesMoreThanDrawIsRefused: an SVG is a document, and this one stands on the page where people sign in.
func TestLogoThatDoesMoreThanDrawIsRefused(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"a script":                  svgOpen + `<script>alert(1)</script></svg>`,
		"a handler":                 svgOpen + `<rect width="1" height="1" onload="alert(1)"/></svg>`,
		"a handler, capitals":       svgOpen + `<rect ONCLICK="alert(1)"/></svg>`,
		"HTML in it":                svgOpen + `<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>`,
		"an element of HTML":        svgOpen + `<iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/></svg>`,
		"a picture from elsewhere":  svgOpen + `<image href="https://other.example/a.png"/></svg>`,
		"a use from elsewhere":      svgOpen + `<use xlink:href="https://other.example/a.svg#x"/></svg>`,
		"a link":                    svgOpen + `<a href="javascript:alert(1)"><rect/></a></svg>`,
		"an animation":              svgOpen + `<set attributeName="href" to="javascript:alert(1)"/></svg>`,
		"a style from elsewhere":    svgOpen + `<rect style="fill:url(https://other.example/a)"/></svg>`,
		"an import":                 svgOpen + `<style>@import "x.css";</style></svg>`,
		"a font from elsewhere":     svgOpen + `<style>@font-face{src:url(//other.example/f)}</style></svg>`,
		"hidden by an escape":       svgOpen + `<rect style="fill:\75rl(x)"/></svg>`,
		"an entity":                 `<!DOCTYPE svg [<!ENTITY x "y">]>` + svgOpen + `</svg>`,
		"a style sheet by its name": `<?xml-stylesheet href="https://other.example/a.css"?>` + svgOpen + `</svg>`,
		"not closed":                svgOpen,
		"a second document":         svgOpen + `</svg>` + svgOpen + `</svg>`,
		"not a picture":             `<html></html>`,
		"nothing":                   "",
		"text":                      "logo",
		"half a PNG":                "\x89PNG\r\n\x1a\n",
		"too large":                 svgOpen + strings.Repeat(" ", maxLogoBytes) + `</svg>`,
	} {
		if _, err := New(Options{LogoFile: write(t, content)}); err == nil || !strings.HasPrefix(err.Error(), "setting logo-file: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := New(Options{LogoFile: filepath.Join(t.TempDir(), "absent")}); err == nil {
		t.Error("a file that does not exist was taken")
	}
}

func TestLogoIsServedAsAPictureThatCanDoNothing(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	canvas := image.NewPaletted(image.Rect(0, 0, 300, 100), imagecolor.Palette{imagecolor.White, imagecolor.Black})
	if err := png.Encode(&picture, canvas); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, content, contentType string
		width, height              int
	}{
		{"SVG", `<?xml version="1.0"?>` + svgOpen + `<style>.a{fill:#123}</style><path class="a" fill="url(#g)" d="M0 0h1"/></svg>`, "image/svg+xml", 80, 40},
		{"SVG with a size", `<svg xmlns="http://www.w3.org/2000/svg" width="800px" height="80"/>`, "image/svg+xml", 240, 24},
		{"PNG", picture.String(), "image/png", 120, 40},
	} {
		b, err := New(Options{LogoFile: write(t, tt.content)})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if b.Width != tt.width || b.Height != tt.height {
			t.Errorf("%s is shown as %d by %d, want %d by %d", tt.name, b.Width, b.Height, tt.width, tt.height)
		}
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, b.Logo, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != tt.contentType {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Header().Get("Content-Type"))
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: policy %q", tt.name, policy)
		}
	}
}

// TestLogoTellsNothingOfItsMaking: what a camera or a program wrote into the file stays out of every page.
func TestLogoTellsNothingOfItsMaking(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	const header = 8 + 25 // the signature and IHDR
	text := "\x00\x00\x00\x0bzTXtMade by Ann\x00\x00\x00\x00"
	with := picture.String()[:header] + text + picture.String()[header:]
	if got := string(withoutText([]byte(with))); got != picture.String() {
		t.Errorf("the text is still there, or the picture is not: %q", got)
	}
}

// TestGroundsAreThoseOfTheStyleSheet: contrast is measured against what the pages have.
func TestGroundsAreThoseOfTheStyleSheet(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile(`--(surface|page|sunken): (#[0-9a-f]{6});`)
	seen := map[string]bool{}
	for _, m := range token.FindAllSubmatch(css, -1) {
		seen[string(m[2])] = true
	}
	if len(seen) != len(lightGrounds)+len(darkGrounds) {
		t.Errorf("the style sheet has the grounds %v", seen)
	}
	for _, list := range [][]color{lightGrounds, darkGrounds} {
		for _, c := range list {
			if !seen[c.String()] {
				t.Errorf("the style sheet has no ground %s", c)
			}
		}
	}
}

// TestEveryPairOfInkAndGroundCanBeRead in both schemes of the style sheet: text 4.5:1 (WCAG 2.2, 1.4.3), edges of controls and the
// focus 3:1 (1.4.11).
func TestEveryPairOfInkAndGroundCanBeRead(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	_, dark, _ := strings.Cut(string(css), `:root[data-theme="dark"] {`)
	for scheme, text := range map[string]string{"light": string(css), "dark": dark} {
		block, _, _ := strings.Cut(text[strings.Index(text, "--page"):], "}")
		tokens := map[string]color{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			tokens[m[1]] = mustColor(m[2])
		}
		for _, pair := range []struct {
			inks, grounds string
			least         float64
		}{
			{"ink quiet primary primary-strong", "page surface sunken", 4.5},
			{"ink quiet", "good-ground careful-ground bad-ground", 4.5},
			{"good", "good-ground surface", 4.5},
			{"careful", "careful-ground surface", 4.5},
			{"bad", "bad-ground surface page", 4.5},
			{"on-primary", "primary primary-strong", 4.5},
			{"on-bad", "bad bad-strong", 4.5},
			{"edge focus", "page surface sunken", 3},
			{"focus", "good-ground careful-ground bad-ground", 3},
		} {
			for ink := range strings.FieldsSeq(pair.inks) {
				for ground := range strings.FieldsSeq(pair.grounds) {
					a, known := tokens[ink]
					b, also := tokens[ground]
					if !known || !also {
						t.Fatalf("%s: no token %s or %s", scheme, ink, ground)
					}
					if got := a.contrast(b); got < pair.least {
						t.Errorf("%s: %s on %s has %.2f:1, less than %.1f", scheme, ink, ground, got, pair.least)
					}
				}
			}
		}
	}
}
