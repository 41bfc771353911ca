package qr

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
)

// drawn is a picture's modules, without the quiet zone.
func drawn(t *testing.T, svg string, size int) [][]bool {
	t.Helper()
	var picture struct {
		Path []struct {
			D    string `xml:"d,attr"`
			Fill string `xml:"fill,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal([]byte(svg), &picture); err != nil {
		t.Fatal(err)
	}
	modules := make([][]bool, size)
	for i := range modules {
		modules[i] = make([]bool, size)
	}
	for run := range strings.SplitSeq(strings.TrimSuffix(picture.Path[1].D, "z"), "z") {
		var x, y, width, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &width, &back); err != nil || width != back {
			t.Fatalf("%q: %v", run, err)
		}
		for i := range width {
			modules[y-quiet][x-quiet+i] = true
		}
	}
	return modules
}

func TestPictureIsTheCode(t *testing.T) {
	t.Parallel()
	link := "https://id.example.org/invite/" + strings.Repeat("Ab3_", 16)
	svg, err := SVG(link, `"Ana" & <Bea>`)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	size := want.Bounds().Dx()
	got := drawn(t, svg, size)
	for y := range size {
		for x := range size {
			if got[y][x] != dark(want.At(x, y)) {
				t.Fatalf("the module at %d,%d is wrong", x, y)
			}
		}
	}
	if !strings.Contains(svg, `aria-label="&quot;Ana&quot; &amp; &lt;Bea&gt;"`) {
		t.Error("the label is not there, or not escaped")
	}
}

func TestTextThatDoesNotFitIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := SVG(strings.Repeat("x", 5000), ""); err == nil {
		t.Error("it was drawn")
	}
}
