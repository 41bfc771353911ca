package pages

import (
	"net/http"
	"slices"
	"time"
)

// AdminDashboard is what needs a hand today, and how things went.
type AdminDashboard struct {
	Desk
	Needs    []Need
	Pictures []Picture
}

// Need is something that waits for somebody.
type Need struct {
	Key   string // its words are a text behind "admin.need."
	Count int
	URL   string // where it is done, "" when the reader may not go there
}

// Picture is figures as bars, with the table that says the same.
type Picture struct {
	Key    string // its words are texts behind "admin.picture."
	Series []Series
	Bars   []Bar
	// Unit is of what the figures are: "" for counts, whose parts stand on each other; "ms" for times, each part before the longer one.
	Unit string
}

// Series is what one part of every bar stands for.
type Series struct {
	Key  string // its word is a text behind "admin.picture.series."
	Tone string // good, bad; half, most
}

// Bar is the figures of one day, or of one level.
type Bar struct {
	Day     time.Time
	IsLevel bool
	Level   string // of a bar that IsLevel; "" for not verified
	Values  []int  // one for each series
}

// The drawing, in its own units. It is scaled to the width of the page.
const (
	pictureWidth  = 720
	pictureHeight = 160
	barGap        = 4
)

type (
	// block is a part of a bar, drawn.
	block struct {
		X, Y, Width, Height int
		Tone                string
	}
	barView struct {
		Bar
		LevelKey string
	}
	pictureView struct {
		Picture
		Bars          []barView
		Blocks        []block
		Width, Height int
		Top           int // the largest sum of a bar
		Total         int
		LastBar       barView
		IsOfLevels    bool
	}
	dashboardView struct {
		AdminDashboard
		Pictures []pictureView
	}
)

// AdminDashboard renders it.
func (p *Pages) AdminDashboard(w http.ResponseWriter, r *http.Request, a AdminDashboard) error {
	l := p.catalog.choose(r, nil)
	v := dashboardView{AdminDashboard: a}
	for _, picture := range a.Pictures {
		v.Pictures = append(v.Pictures, newPictureView(l, picture))
	}
	return p.render(w, r, page{name: "admin", status: http.StatusOK, lang: l, data: v})
}

func newPictureView(l *language, p Picture) pictureView {
	v := pictureView{Picture: p, Width: pictureWidth, Height: pictureHeight}
	for _, b := range p.Bars {
		sum := 0
		for _, n := range b.Values {
			sum += n
		}
		if p.Unit != "" {
			sum = slices.Max(b.Values)
		}
		v.Top, v.Total = max(v.Top, sum), v.Total+sum
		bar := barView{Bar: b}
		if b.IsLevel {
			bar.LevelKey = l.shortLevelKey(b.Level)
		}
		v.Bars = append(v.Bars, bar)
		v.LastBar, v.IsOfLevels = bar, b.IsLevel
	}
	if v.Top > 0 {
		v.Blocks = blocksOf(p, v.Top)
	}
	return v
}

// blocksOf draws the bars, each part on the one before, or before it. A figure that is not zero can be seen, however small.
func blocksOf(p Picture, top int) []block {
	step := pictureWidth / len(p.Bars)
	var blocks []block
	for i, b := range p.Bars {
		y := pictureHeight
		for s, n := range b.Values {
			if n == 0 {
				continue
			}
			height := max(2, n*pictureHeight/top)
			if p.Unit != "" {
				y = pictureHeight
			}
			y = max(0, y-height)
			blocks = append(blocks, block{X: i*step + barGap/2, Y: y, Width: step - barGap, Height: height, Tone: p.Series[s].Tone})
		}
	}
	return blocks
}
