package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// maxLogoBytes leaves the rest of a page's 60 kB to the page.
const maxLogoBytes = 24 << 10

// maxLogoPixels bounds what a browser has to unpack.
const maxLogoPixels = 2000

// shownHeight is how high a logo stands on a page, in CSS pixels; maxShownWidth is the width of a narrow phone without its margins.
const (
	shownHeight   = 40
	maxShownWidth = 240
)

// logo is the operator's picture as it is served.
type logo struct {
	name          string // logo.png or logo.svg
	content       []byte
	width, height int // as shown
}

// readLogo reads and checks the file. The kind is told by the content, not by the name.
func readLogo(file string) (logo, error) {
	f, err := os.Open(file)
	if err != nil {
		return logo{}, fmt.Errorf("the logo cannot be read: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxLogoBytes+1))
	if err != nil {
		return logo{}, fmt.Errorf("the logo %s cannot be read: %w", file, err)
	}
	if len(content) > maxLogoBytes {
		return logo{}, fmt.Errorf("the logo %s has more than %d bytes, which every page would carry; make it smaller", file, maxLogoBytes)
	}
	l, err := parseLogo(content)
	if err != nil {
		return logo{}, fmt.Errorf("the logo %s cannot be used: %w", file, err)
	}
	return l, nil
}

func parseLogo(content []byte) (logo, error) {
	if bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")) {
		return parsePNG(content)
	}
	return parseSVG(content)
}

// parsePNG writes the picture anew: what else was in the file, such as where it was taken or by whom, is left out.
func parsePNG(content []byte) (logo, error) {
	header, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return logo{}, fmt.Errorf("it is not a PNG that can be read: %w", err)
	}
	if header.Width > maxLogoPixels || header.Height > maxLogoPixels {
		return logo{}, fmt.Errorf("it has %d by %d pixels; %d by %d are the most", header.Width, header.Height, maxLogoPixels, maxLogoPixels)
	}
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return logo{}, fmt.Errorf("it is not a PNG that can be read: %w", err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, picture); err != nil {
		return logo{}, fmt.Errorf("write the PNG: %w", err)
	}
	if out.Len() > len(content) {
		out = *bytes.NewBuffer(withoutText(content))
	}
	l := logo{name: "logo.png", content: out.Bytes()}
	l.width, l.height = shownSize(float64(header.Width), float64(header.Height))
	return l, nil
}

// withoutText drops the chunks of a good PNG that are no picture (PNG, third edition, §11).
func withoutText(content []byte) []byte {
	const signature, frame = 8, 12 // a chunk has a length, a name, its data and a sum
	out := bytes.Clone(content[:signature])
	for rest := content[signature:]; len(rest) >= frame; {
		size := frame + int(uint32(rest[0])<<24|uint32(rest[1])<<16|uint32(rest[2])<<8|uint32(rest[3]))
		if size > len(rest) || size < frame {
			break
		}
		switch string(rest[4:8]) {
		case "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "sRGB":
			out = append(out, rest[:size]...)
		}
		rest = rest[size:]
	}
	return out
}

// drawing are the elements of an SVG that draw, and nothing else.
var drawing = map[string]bool{
	"svg": true, "g": true, "defs": true, "title": true, "desc": true, "path": true, "rect": true, "circle": true, "ellipse": true,
	"line": true, "polyline": true, "polygon": true, "text": true, "tspan": true, "linearGradient": true, "radialGradient": true,
	"stop": true, "clipPath": true, "mask": true, "use": true, "symbol": true, "pattern": true, "metadata": true, "style": true,
}

var errNoPicture = errors.New("it is neither a PNG nor an SVG")

// parseSVG refuses what does more than draw. It is not made good by leaving things out: a picture that was changed in silence is
// one that nobody has looked at.
func parseSVG(content []byte) (logo, error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	d.Strict = true
	l := logo{name: "logo.svg", content: content}
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return logo{}, fmt.Errorf("%w that can be read: %w", errNoPicture, err)
		}
		switch token := token.(type) {
		case xml.Directive:
			return logo{}, errors.New("it has a DOCTYPE or another directive; save it as plain SVG")
		case xml.ProcInst:
			if token.Target != "xml" {
				return logo{}, fmt.Errorf("it has a processing instruction, <?%s; save it as plain SVG", token.Target)
			}
		case xml.CharData: // of a style element, or of a text: no drawing needs such words in either
			if pointsElsewhere(strings.ToLower(string(token))) {
				return logo{}, errors.New("its text or style refers to another file; save it as plain SVG with everything in it")
			}
		case xml.StartElement:
			if depth == 0 {
				if token.Name.Local != "svg" || l.width != 0 {
					return logo{}, errNoPicture
				}
				l.width, l.height = svgSize(token)
			}
			if err := onlyDraws(token); err != nil {
				return logo{}, err
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if l.width == 0 {
		return logo{}, errNoPicture
	}
	return l, nil
}

func onlyDraws(e xml.StartElement) error {
	const space = "http://www.w3.org/2000/svg"
	if e.Name.Space != space && e.Name.Space != "" {
		return fmt.Errorf("it has an element of another kind of document, %s; save it as plain SVG", e.Name.Local)
	}
	if !drawing[e.Name.Local] {
		return fmt.Errorf("it has the element %s, which does more than draw; save it as plain SVG", e.Name.Local)
	}
	for _, a := range e.Attr {
		name, value := strings.ToLower(a.Name.Local), strings.ToLower(strings.Join(strings.Fields(a.Value), ""))
		switch {
		case strings.HasPrefix(name, "on"):
			return fmt.Errorf("it has the attribute %s, which runs a script; save it as plain SVG", a.Name.Local)
		case name == "href" && !strings.HasPrefix(value, "#"):
			return errors.New("it refers to another file; save it as plain SVG with everything in it")
		case a.Name.Space != "xmlns" && name != "xmlns" && pointsElsewhere(value):
			return fmt.Errorf("its attribute %s refers to another file; save it as plain SVG with everything in it", a.Name.Local)
		}
	}
	return nil
}

func pointsElsewhere(value string) bool {
	for _, bad := range []string{"javascript:", "data:", "http:", "https:", "@import", "//", "expression(", `\`} {
		if strings.Contains(value, bad) {
			return true
		}
	}
	return strings.Contains(strings.ReplaceAll(strings.ReplaceAll(value, `url("#`, ""), "url(#", ""), "url(")
}

// svgSize is the size as shown, by the proportions of the viewBox, or of width and height; a square when it says neither.
func svgSize(svg xml.StartElement) (width, height int) {
	var w, h float64
	for _, a := range svg.Attr {
		switch a.Name.Local {
		case "viewBox":
			fields := strings.FieldsFunc(a.Value, func(r rune) bool { return r == ' ' || r == ',' })
			if len(fields) == 4 {
				return shownSize(number(fields[2]), number(fields[3]))
			}
		case "width":
			w = number(a.Value)
		case "height":
			h = number(a.Value)
		}
	}
	return shownSize(w, h)
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "px"), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n <= 0 {
		return 0
	}
	return n
}

func shownSize(w, h float64) (width, height int) {
	if w <= 0 || h <= 0 {
		return shownHeight, shownHeight
	}
	scale := min(shownHeight/h, maxShownWidth/w)
	return max(1, int(math.Round(w*scale))), max(1, int(math.Round(h*scale)))
}
