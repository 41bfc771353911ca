package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	xlanguage "golang.org/x/text/language"

	"udap-idp/web"
)

// language is one file of web/locales.
type language struct {
	Tag         string            `json:"-"`         // BCP 47, the name of the file
	Name        string            `json:"name"`      // in the language itself: Español
	Direction   string            `json:"direction"` // ltr or rtl
	Date        string            `json:"date"`      // with {year}, {month} and {day}: "{month} {day}, {year}"
	Moment      string            `json:"moment"`    // with {date} and {time}
	Months      []string          `json:"months"`    // twelve
	ShortDate   string            `json:"shortDate"` // for tables, with the same placeholders
	ShortMonths []string          `json:"shortMonths"`
	Thousands   string            `json:"thousands"` // between groups of three digits: "," in 12,345; "" for none
	Texts       map[string]string `json:"texts"`
}

// catalog is every language we write.
type catalog struct {
	languages []*language // English first: the one for readers of none of them
	byTag     map[string]*language
	matcher   xlanguage.Matcher
}

const fallbackLanguage = "en"

var translations = sync.OnceValues(func() (*catalog, error) { return readCatalog(web.Locales()) })

func readCatalog(files fs.FS) (*catalog, error) {
	found, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	c := &catalog{byTag: map[string]*language{}}
	for _, name := range found {
		l, err := readLanguage(files, name)
		if err != nil {
			return nil, err
		}
		c.languages = append(c.languages, l)
		c.byTag[l.Tag] = l
	}
	if c.byTag[fallbackLanguage] == nil {
		return nil, fmt.Errorf("language file %s.json is missing", fallbackLanguage)
	}
	slices.SortStableFunc(c.languages, func(a, b *language) int { return rank(a) - rank(b) })
	return c, c.makeMatcher()
}

func rank(l *language) int {
	if l.Tag == fallbackLanguage {
		return 0
	}
	return 1
}

func (c *catalog) makeMatcher() error {
	var tags []xlanguage.Tag
	for _, l := range c.languages {
		tag, err := xlanguage.Parse(l.Tag)
		if err != nil {
			return fmt.Errorf("language file %s.json: the name is not a language tag: %w", l.Tag, err)
		}
		tags = append(tags, tag)
	}
	c.matcher = xlanguage.NewMatcher(tags)
	return nil
}

func readLanguage(files fs.FS, name string) (*language, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("read language: %w", err)
	}
	l := &language{Tag: strings.TrimSuffix(path.Base(name), ".json")}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return nil, fmt.Errorf("language file %s: %w", name, err)
	}
	if len(l.Months) != 12 || len(l.ShortMonths) != 12 {
		return nil, fmt.Errorf("language file %s: %d and %d months", name, len(l.Months), len(l.ShortMonths))
	}
	if err := l.checkPlurals(); err != nil {
		return nil, fmt.Errorf("language file %s: %w", name, err)
	}
	if l.Direction != "ltr" && l.Direction != "rtl" {
		return nil, fmt.Errorf("language file %s: direction %q is neither ltr nor rtl", name, l.Direction)
	}
	return l, nil
}

// text is the text of a key, with its {placeholders} filled from pairs of name and value. It fails on a key the language
// does not have: a page with a hole in it must not be shown.
func (l *language) text(key string, pairs ...any) (string, error) {
	text, ok := l.Texts[key]
	if !ok {
		return "", fmt.Errorf("language %s has no text %q", l.Tag, key)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("text %q: a placeholder without a value", key)
	}
	if len(pairs) == 0 {
		return text, nil
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		old = append(old, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	// One pass: a value that looks like a placeholder stays as it is.
	return strings.NewReplacer(old...).Replace(text), nil
}

// words is text for a template: a value that is HTML stays that, and makes the whole HTML, with all else in it escaped.
func (l *language) words(key string, pairs ...any) (any, error) {
	if !slices.ContainsFunc(pairs, isHTML) {
		return l.text(key, pairs...)
	}
	text, err := l.text(key)
	if err != nil {
		return nil, err
	}
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("text %q: a placeholder without a value", key)
	}
	var old []string
	for i := 0; i < len(pairs); i += 2 {
		value := template.HTMLEscaper(pairs[i+1])
		if tag, ok := pairs[i+1].(template.HTML); ok {
			value = string(tag)
		}
		old = append(old, "{"+fmt.Sprint(pairs[i])+"}", value)
	}
	return template.HTML(strings.NewReplacer(old...).Replace(template.HTMLEscapeString(text))), nil
}

func isHTML(v any) bool {
	_, ok := v.(template.HTML)
	return ok
}

// date writes a day, "" for the zero time. t may be a time.Time or a YYYY-MM-DD string; a string that is no date is
// returned as it is.
func (l *language) date(t any) string {
	switch t := t.(type) {
	case time.Time:
		if t.IsZero() {
			return ""
		}
		return l.day(t.UTC())
	case string:
		day, err := time.Parse(time.DateOnly, t)
		if err != nil {
			return t
		}
		return l.day(day)
	}
	return ""
}

func (l *language) day(t time.Time) string {
	return fillDate(l.Date, l.Months, t)
}

func fillDate(pattern string, months []string, t time.Time) string {
	return strings.NewReplacer(
		"{year}", strconv.Itoa(t.Year()),
		"{month}", months[t.Month()-1],
		"{day}", strconv.Itoa(t.Day()),
	).Replace(pattern)
}

// shortDate writes a day in little space, "" for the zero time.
func (l *language) shortDate(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fillDate(l.ShortDate, l.ShortMonths, t.UTC())
}

// moment writes a day and a time of day in UTC, which it names: we do not know where the reader is.
func (l *language) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strings.NewReplacer("{date}", l.day(t.UTC()), "{time}", t.UTC().Format("15:04")).Replace(l.Moment)
}

// momentTag is moment for a page, whose script writes it in the reader's own time: data-moment.
func (l *language) momentTag(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	return timeTag("moment", t, l.moment(t))
}

// clockTag is the time of day alone, beside a day.
func (l *language) clockTag(t time.Time) template.HTML {
	return timeTag("clock", t, t.UTC().Format("15:04")+" UTC")
}

func timeTag(kind string, t time.Time, shown string) template.HTML {
	return template.HTML(`<time data-` + kind + ` datetime="` + t.UTC().Format(time.RFC3339) + `">` + template.HTMLEscapeString(shown) + `</time>`)
}
