package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe reads axe-core, which scripts/tools installs from e2e/package-lock.json.
func axe(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		needTool(t, "axe-core (scripts/tools installs it)")
	}
	return string(source)
}

// axeRules are the levels A and AA of WCAG 2.0 to 2.2, and what axe's makers advise beside: one h1, landmarks, the order of headings.
const axeRules = `{runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}, resultTypes: ["violations", "incomplete"]}`

// axeContrast is all that another scheme of colours can change: the two rules that look at colours. Every other rule looks at the tree,
// at names, roles and sizes, which are the same in both, because the schemes differ in the tokens for colours only and those are used for
// colours only (TestSchemesDifferInColorsOnly).
const axeContrast = `{runOnly: ["color-contrast", "link-in-text-block"], resultTypes: ["violations", "incomplete"]}`

// axeReport runs axe and tells of each violation the rule, the words and the first elements; of colours also what axe could not decide.
const axeReport = `axe.run(document, %s).then(r => JSON.stringify(r.violations.concat(r.incomplete.filter(v => v.id === "color-contrast" || v.id === "link-in-text-block")).map(v => v.id + ": " + v.help + "\n" +
	v.nodes.slice(0, 3).map(n => "    " + n.html.slice(0, 200) + "\n      " + (n.failureSummary || "").split("\n").slice(1, 3).join(" ")).join("\n"))))`

// load brings axe into the page: by the debugger's own door, which the content security policy does not guard.
func (b *browser) load(script string) {
	b.t.Helper()
	b.do("load axe-core", chromedp.Evaluate[chromedp.Void](script+"; undefined"))
}

func (b *browser) violations(options string) []string {
	b.t.Helper()
	report, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(axeReport, options), chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("axe: %v", err)
	}
	var found []string
	if err := json.Unmarshal([]byte(report), &found); err != nil {
		b.t.Fatalf("axe: %v in %s", err, report)
	}
	return found
}

// screen makes the window as wide as a screen, in a scheme of colours.
func (b *browser) screen(width int64, scheme string) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, 844))
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		b.t.Fatal(err)
	}
}

// structure is what a page says of itself, read in the page.
type structure struct {
	Title    string   `json:"title"`
	Lang     string   `json:"lang"`
	Dir      string   `json:"dir"`
	Headings int      `json:"headings"` // h1
	Mains    int      `json:"mains"`
	Wide     float64  `json:"wide"` // of the content, in CSS pixels
	Low      []string `json:"low"`  // controls that are less than 44 pixels high
	Small    []string `json:"small"`
	Alert    bool     `json:"alert"`
	Focused  bool     `json:"focused"` // the focus is on the alert
	Text     string   `json:"text"`
}

const readStructure = `(() => {
	const seen = e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== "hidden" };
	const name = e => e.outerHTML.slice(0, 120) + " " + Math.round(e.getBoundingClientRect().height) + " px high";
	const controls = [...document.querySelectorAll("button, .button, input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea, summary, nav a, footer a")].filter(seen);
	const targets = [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")].filter(seen).filter(e => getComputedStyle(e).display !== "inline");
	const alert = document.querySelector("main [role=alert]");
	return {
		title: document.title, lang: document.documentElement.lang, dir: document.documentElement.dir,
		headings: document.querySelectorAll("h1").length, mains: document.querySelectorAll("main").length,
		wide: document.documentElement.scrollWidth,
		low: controls.filter(e => e.getBoundingClientRect().height < 43.5).map(name),
		small: targets.filter(e => { const r = e.getBoundingClientRect(); return r.width < 23.5 || r.height < 23.5 }).map(name),
		alert: Boolean(alert), focused: Boolean(alert) && document.activeElement === alert,
		text: document.body.innerText,
	};
})()`

// TestEveryPageIsForEverybody opens every page of the running product in both languages, each as narrow as a phone or as a reader at
// 400 % has it (1280 px shown as 320, WCAG 2.2, 1.4.10). axe-core looks at each in both languages and both schemes, in English there and in
// Spanish on a desktop: all rules in the light, and in the dark, on the page as it stands, those that can tell the schemes apart. It finds nothing at level AA, nothing scrolls sideways, targets are large enough (2.5.8; 44 px for our own controls), titles are unique, what went wrong has
// the focus, and the focus can be seen on every control that the Tab key reaches, in the order of the page. Each page weighs at most 60 kB
// over the wire, asks nobody but us, and carries the headers that guard it.
func TestEveryPageIsForEverybody(t *testing.T) {
	t.Parallel()
	script := axe(t)
	h := newShownHouse(t)
	english := englishSentences(t)
	log := h.watch()
	titles := map[string]string{}
	for _, s := range shownPages() {
		for _, lang := range []string{"en", "es"} {
			t.Run(s.name+"/"+lang, func(t *testing.T) {
				h := h.within(t)
				h.screen(320, "light")
				h.caches(lang != "en")
				log.reset()
				h.show(s, lang)
				if lang == "en" {
					checkTraffic(t, log.page(t))
				}
				at := evaluate[structure](h.browser, readStructure)
				h.checkStructure(at, lang)
				if other, ok := titles[lang+at.Title]; ok && other != s.page {
					t.Errorf("the title %q is that of the page %s as well", at.Title, other)
				}
				titles[lang+at.Title] = s.page
				if lang != "en" && !s.letter {
					noneOf(t, at.Text, english)
				}
				h.load(script)
				width := int64(320)
				if lang != "en" && !s.words {
					width = 1280
					h.screen(width, "light")
					h.checkMirrored()
				}
				h.clean("light", axeRules)
				h.screen(width, "dark")
				h.clean("dark", axeContrast)
				if lang == "en" && !s.words {
					h.checkFocus() // which leaves the way past the navigation open, over what is under it
				}
			})
		}
	}
}

// onePage ends the look at a page that does not come.
const onePage = 40 * time.Second

// within is the house for a subtest, whose failures are its own.
func (h *shownHouse) within(t *testing.T) *shownHouse {
	inner, b := *h, *h.browser
	ctx, limit := context.WithTimeout(b.ctx, onePage)
	t.Cleanup(limit)
	b.t, b.ctx = t, ctx
	inner.browser = &b
	return &inner
}

func (h *shownHouse) clean(how, rules string) {
	h.t.Helper()
	for _, v := range h.violations(rules) {
		h.t.Errorf("%s: %s", how, v)
	}
	if wide := evaluate[float64](h.browser, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
		h.t.Errorf("%s: the page is %v px wider than the window", how, wide)
	}
}

func (h *shownHouse) checkStructure(at structure, lang string) {
	h.t.Helper()
	if at.Title == "" || at.Lang != lang || at.Dir != "ltr" || at.Headings != 1 || at.Mains != 1 {
		h.t.Errorf("title %q, lang %q, dir %q, %d h1, %d main", at.Title, at.Lang, at.Dir, at.Headings, at.Mains)
	}
	if at.Wide > 320 {
		h.t.Errorf("the page scrolls sideways: it is %v px wide in a window of 320", at.Wide)
	}
	for _, low := range at.Low {
		h.t.Errorf("a control is less than 44 px high: %s", low)
	}
	for _, small := range at.Small {
		h.t.Errorf("a target is smaller than 24 by 24 px: %s", small)
	}
	if at.Alert && !at.Focused {
		h.t.Error("something went wrong, and the focus is not on it")
	}
}

// checkMirrored turns the page round as a language from right to left does: it still fits, and what stood at the start stands there.
func (h *shownHouse) checkMirrored() {
	h.t.Helper()
	at := evaluate[[]float64](h.browser, `(() => {
		document.documentElement.dir = "rtl";
		const r = document.querySelector(".brand").getBoundingClientRect(), wide = document.documentElement.scrollWidth - innerWidth;
		document.documentElement.dir = "ltr";
		return [r.left, innerWidth - r.right, wide];
	})()`)
	if at[0] < at[1] || at[2] > 0 {
		h.t.Errorf("from right to left the operator's name stands %v px from the left and %v from the right; the page is %v px too wide", at[0], at[1], at[2])
	}
}

// walkFocus makes every step of the Tab key leave its trace.
const focusStep = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return null;
	const s = getComputedStyle(e), all = [...document.querySelectorAll("*")];
	const hidden = e.getBoundingClientRect().height === 0;
	return { at: all.indexOf(e), seen: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 && !hidden, html: e.outerHTML.slice(0, 120) };
})()`

type focusTrace struct {
	At   int    `json:"at"`
	Seen bool   `json:"seen"`
	HTML string `json:"html"`
}

// maxTabs is more than any page has controls for a patient; a longer page is walked that far.
const maxTabs = 40

func (h *shownHouse) checkFocus() {
	h.t.Helper()
	h.do("begin at the top", chromedp.Evaluate[chromedp.Void](`(() => { document.activeElement.blur(); scrollTo(0, 0); const s = getSelection(); s.removeAllRanges(); document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex") })()`))
	last := -1
	for range maxTabs {
		h.do("press Tab", chromedp.KeyEvent("\t"))
		at := evaluate[*focusTrace](h.browser, focusStep)
		if at == nil {
			break // the browser's own controls come next
		}
		if at.At == last {
			continue // the parts of a date
		}
		if at.At < last {
			if h.atStart(at) {
				break // once around
			}
			h.t.Errorf("the focus goes back in the page: %s", at.HTML)
			break
		}
		last = at.At
		if !at.Seen {
			h.t.Errorf("the focus cannot be seen: %s", at.HTML)
		}
	}
	if last < 0 {
		h.t.Error("the Tab key reaches nothing")
	}
}

func (h *shownHouse) atStart(at *focusTrace) bool { return strings.Contains(at.HTML, `class="skip"`) }

// englishSentences are the texts that a page of another language must not show.
func englishSentences(t *testing.T) []string {
	t.Helper()
	words := map[string]map[string]string{}
	for _, lang := range []string{"en", "es"} {
		raw, err := os.ReadFile("../web/locales/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Texts map[string]string }
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		words[lang] = file.Texts
	}
	var list []string
	for key, text := range words["en"] {
		for piece := range strings.SplitSeq(text, "{") {
			_, rest, found := strings.Cut(piece, "}")
			if found {
				piece = rest
			}
			if piece = strings.TrimSpace(piece); len(strings.Fields(piece)) >= 3 && !strings.Contains(words["es"][key], piece) {
				list = append(list, piece)
			}
		}
	}
	return list
}

func noneOf(t *testing.T, text string, sentences []string) {
	t.Helper()
	for _, s := range sentences {
		if strings.Contains(text, s) {
			t.Errorf("English on a page of another language: %q", s)
		}
	}
}
