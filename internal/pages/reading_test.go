package pages

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// The measures of how easily a text is read. They count syllables and the length of sentences, and know nothing of sense: a test against
// relapse, not the proof that a page is good.
//
//	English  Flesch-Kincaid grade level (Kincaid et al. 1975): years of school. Sixth-grade words, so 7 and no more
//	Spanish  Szigriszt-Pazos 1993 on the scale INFLESZ (Barrio-Cantalejo 2008): 55 to 65 is normal for everybody, more is easy
const (
	maxGradeEnglish = 7.0
	minInflesz      = 60.0
)

// TestPatientsPagesReadEasily measures the text of every page for patients, in both languages.
func TestPatientsPagesReadEasily(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s sample, lang string, w *httptest.ResponseRecorder) {
		if strings.HasPrefix(s.page, "admin") || s.page == "policy" { // policy: a text of the operator's, in English
			return
		}
		m := measure(mainText(t, w.Body.String()), lang)
		if m.words < 20 {
			return // too little to be measured
		}
		switch lang {
		case "en":
			if grade := m.fleschKincaid(); grade > maxGradeEnglish {
				t.Errorf("reads at grade %.1f, more than %.0f: %d words in %d sentences, %.2f syllables a word", grade, maxGradeEnglish, m.words, m.sentences, m.perWord())
			}
		case "es":
			if ease := m.inflesz(); ease < minInflesz {
				t.Errorf("reads with an ease of %.0f, less than %.0f: %d words in %d sentences, %.2f syllables a word", ease, minInflesz, m.words, m.sentences, m.perWord())
			}
		}
	})
}

// measured is what the formulas need of a text.
type measured struct{ words, sentences, syllables int }

func (m measured) perWord() float64     { return float64(m.syllables) / float64(m.words) }
func (m measured) perSentence() float64 { return float64(m.words) / float64(m.sentences) }

func (m measured) fleschKincaid() float64 { return 0.39*m.perSentence() + 11.8*m.perWord() - 15.59 }
func (m measured) inflesz() float64       { return 206.835 - 62.3*m.perWord() - m.perSentence() }

var (
	sentenceEnd = regexp.MustCompile(`[.?:;](\s|$)|\n`)
	aWord       = regexp.MustCompile(`\p{L}[\p{L}'’-]*`)
	notProse    = regexp.MustCompile(`\S*[@/:]\S+|\S*\d\S*|•+`) // addresses, numbers, codes
)

func measure(text, lang string) measured {
	var m measured
	for _, sentence := range sentenceEnd.Split(notProse.ReplaceAllString(text, " "), -1) {
		words := aWord.FindAllString(sentence, -1)
		if len(words) == 0 {
			continue
		}
		m.sentences++
		m.words += len(words)
		for _, word := range words {
			m.syllables += syllables(strings.ToLower(word), lang)
		}
	}
	return m
}

var (
	englishVowels = regexp.MustCompile(`[aeiouyáéíóúü]+`)
	silentEnd     = regexp.MustCompile(`([^laeiouy]|[^aeiouy]l)es?$|[^aeiouytd]ed$`) // share, names, signed; not apple, wanted
	silentU       = regexp.MustCompile(`[qg]u([eiéí])`)
	spanishVowels = regexp.MustCompile(`(?:[iuü]?[aeoáéó](?:[iuyü]\b|[iuü])?)|[íú]|[iuüy]+`)
)

// syllables counts by the vowels. It errs by a few in a hundred, and not to one side.
func syllables(word, lang string) int {
	if lang == "es" {
		word = silentU.ReplaceAllString(word, "k$1")
		return max(1, len(spanishVowels.FindAllString(word, -1)))
	}
	n := len(englishVowels.FindAllString(word, -1))
	if n > 1 && silentEnd.MatchString(word) && !strings.HasSuffix(word, "le") {
		n--
	}
	return max(1, n)
}

func TestSyllables(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]int{
		"passkey": 2, "share": 1, "hospital": 3, "device": 2, "shared": 1, "wanted": 2, "identity": 4, "table": 2, "names": 1, "you": 1, "once": 1,
	} {
		if got := syllables(word, "en"); got != want {
			t.Errorf("%s has %d syllables, counted %d", word, want, got)
		}
	}
	for word, want := range map[string]int{
		"llave": 2, "acceso": 3, "hospital": 3, "clínica": 3, "usted": 2, "organización": 5, "cuenta": 2, "día": 2, "teléfono": 4, "y": 1, "quién": 1, "muy": 1, "oír": 2,
	} {
		if got := syllables(word, "es"); got != want {
			t.Errorf("%s has %d syllables, counted %d", word, want, got)
		}
	}
}

// mainText is what a reader reads in the main part: a block ends a sentence.
func mainText(t *testing.T, page string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var walk func(n *html.Node, inside bool)
	walk = func(n *html.Node, inside bool) {
		switch {
		case n.Type == html.TextNode && inside:
			b.WriteString(strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return ' '
				}
				return r
			}, n.Data))
			return
		case n.Type == html.ElementNode && (n.Data == "script" || n.Data == "noscript" || n.Data == "dd" || n.Data == "code" || n.Data == "svg"):
			return // a value is what it is
		}
		inside = inside || n.Data == "main"
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, inside)
		}
		switch n.Data {
		case "p", "li", "h1", "h2", "h3", "dt", "div", "label", "legend", "summary", "button", "a", "option", "th", "td":
			if inside && !inSentence(n) {
				b.WriteByte('\n')
			}
		}
	}
	walk(doc, false)
	return b.String()
}

// inSentence: a link among words is a part of them.
func inSentence(n *html.Node) bool {
	words := func(n *html.Node) bool {
		return n != nil && n.Type == html.TextNode && strings.TrimSpace(n.Data) != ""
	}
	return n.Data == "a" && (words(n.PrevSibling) || words(n.NextSibling))
}
