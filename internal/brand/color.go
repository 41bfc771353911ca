package brand

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// color is sRGB, each part from 0 to 1.
type color struct{ r, g, b float64 }

// The grounds that the primary colour stands on, and the ink on a button that has it: as in web/static/app.css, where a test looks.
var (
	lightGrounds = []color{mustColor("#ffffff"), mustColor("#fbfaf7"), mustColor("#f4f1ea")}
	darkGrounds  = []color{mustColor("#1a2129"), mustColor("#12171d"), mustColor("#232c36")}
	white        = mustColor("#ffffff")
	darkInk      = mustColor("#08161b")
)

// minContrast is WCAG 2.2 success criterion 1.4.3 for text of every size.
const minContrast = 4.5

// palette is the primary colour as the style sheet needs it, in one scheme.
type palette struct{ primary, strong, on color }

// palettes makes the colours of both schemes out of one. The error says which colour near by could be used.
func palettes(text string) (light, dark palette, err error) {
	c, err := parseColor(text)
	if err != nil {
		return light, dark, err
	}
	if worst := contrastTo(c, lightGrounds); worst < minContrast {
		return light, dark, fmt.Errorf("%s has a contrast of %.1f:1 to the pages and to the white text on its buttons, and people need %.1f:1 "+
			"to read it (WCAG 2.2, 1.4.3); %s is the same colour, darker, and passes", text, worst, minContrast, until(c, color{}, lightGrounds, minContrast))
	}
	light = palette{primary: c, strong: c.mix(color{}, 0.22), on: white}
	// In the dark scheme the same hue is made lighter until it can be read easily.
	lighter := until(c, white, darkGrounds, 6)
	dark = palette{primary: lighter, strong: lighter.mix(white, 0.3), on: darkInk}
	return light, dark, nil
}

// until mixes c with another colour, no more than it takes to have the contrast to every ground.
func until(c, other color, grounds []color, contrast float64) color {
	for share := 0.0; share < 1; share += 0.01 {
		if mixed := c.mix(other, share).rounded(); contrastTo(mixed, grounds) >= contrast {
			return mixed
		}
	}
	return other
}

func parseColor(text string) (color, error) {
	digits, ok := strings.CutPrefix(text, "#")
	n, err := strconv.ParseUint(digits, 16, 32)
	if !ok || err != nil || len(digits) != 6 {
		return color{}, fmt.Errorf("%q is not a colour like #0b5c6b", text)
	}
	part := func(shift uint) float64 { return float64(n>>shift&0xff) / 255 }
	return color{part(16), part(8), part(0)}, nil
}

func mustColor(text string) color {
	c, err := parseColor(text)
	if err != nil {
		panic("brand: " + err.Error()) // a constant of ours
	}
	return c
}

func (c color) String() string {
	byteOf := func(part float64) int { return int(math.Round(part * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", byteOf(c.r), byteOf(c.g), byteOf(c.b))
}

// rounded is c as the style sheet says it: the contrast that counts is that of eight bits.
func (c color) rounded() color { return mustColor(c.String()) }

func (c color) mix(other color, share float64) color {
	between := func(a, b float64) float64 { return a + (b-a)*share }
	return color{between(c.r, other.r), between(c.g, other.g), between(c.b, other.b)}
}

// luminance is WCAG 2.2's relative luminance.
func (c color) luminance() float64 {
	linear := func(part float64) float64 {
		if part <= 0.04045 {
			return part / 12.92
		}
		return math.Pow((part+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
}

// contrast is WCAG 2.2's contrast ratio, from 1 to 21.
func (c color) contrast(other color) float64 {
	a, b := c.luminance(), other.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// contrastTo is the worst contrast to a list of grounds.
func contrastTo(c color, grounds []color) float64 {
	worst := math.Inf(1)
	for _, ground := range grounds {
		worst = min(worst, c.contrast(ground))
	}
	return worst
}

// Contrast is how well a primary colour can be read: the worst contrast to what it stands on in the light scheme, what is needed, and
// the nearest colour that has it. ok is false when text is no colour like #0b5c6b.
func Contrast(text string) (contrast, needed float64, nearest string, ok bool) {
	c, err := parseColor(text)
	if err != nil {
		return 0, minContrast, "", false
	}
	return contrastTo(c, lightGrounds), minContrast, until(c, color{}, lightGrounds, minContrast).String(), true
}

// MostBytes is how large a logo may be, which every page carries, and MostWidth and MostHeight what is of use of it in pixels: three
// for each of those it is shown with.
const (
	MostBytes  = maxLogoBytes
	MostWidth  = 3 * maxShownWidth
	MostHeight = 3 * shownHeight
)
