package mail

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
	"sync"
	"time"
	"unicode"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/web"
)

// Content is a message before it is written down: the text and the HTML are made of it, and of nothing else.
type Content struct {
	Language, Direction string
	Operator            string
	ReplyTo             string // an address for answers, "" for none
	Subject             string
	Lead                string   // the first paragraph
	Paragraphs          []string // those that follow
	Code                string   // shown large behind the first paragraph, "" for none
	Link                string   // "" for none
	Facts               []Fact
	NotYou              []string // what to do if it was not she
	Foot                []string // how to reach us
}

// Fact is a line of what happened: when, on which device, for whom.
type Fact struct{ Name, Value string }

// Letter is a message as it is sent. A text message has its Text only.
type Letter struct {
	Subject string
	Text    string
	HTML    string

	Operator string // whom it comes from
	ReplyTo  string // where answers go, "" for nowhere
}

// facts are the Params that stand in the list of facts, in its order. The others stand in the sentences.
var facts = []string{"passkey", "old", "organization", "device", "until"}

// Read writes a message down. ErrOver when it is not kept any more.
func (m *Mail) Read(msg idp.Message) (Letter, error) {
	params, err := m.unseal(msg)
	if err != nil {
		return Letter{}, err
	}
	if _, ok := kinds[msg.Kind]; !ok {
		return Letter{}, fmt.Errorf("message %s: there is no kind of notice %q", msg.ID, msg.Kind)
	}
	words, err := pages.WordsFor(msg.Language)
	if err != nil {
		return Letter{}, err
	}
	w := &writer{Mail: m, words: words, msg: msg, params: spoken(words, params)}
	var letter Letter
	if msg.Channel == idp.BySMS {
		letter.Text = w.short()
	} else {
		letter, err = w.content().letter()
	}
	if w.err != nil {
		err = w.err // a text that is missing is why the rest went wrong
	}
	if err != nil {
		return Letter{}, fmt.Errorf("message %s: %w", msg.ID, err)
	}
	return letter, nil
}

// spoken are the params as a reader wants them: one line each, without what a screen hides or turns around, and times in
// her language.
func spoken(words pages.Words, params map[string]string) map[string]string {
	out := make(map[string]string, len(params))
	for name, value := range params {
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			out[name] = words.Moment(at)
			if name == "date" {
				out[name] = words.Date(at)
			}
			continue
		}
		out[name] = oneLine(value)
	}
	return out
}

// maxParam bounds what a stranger's device may call itself, in runes.
const maxParam = 300

func oneLine(value string) string {
	clean := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, value))
	return string(clean[:min(len(clean), maxParam)])
}

// writer puts the words of one message together, and keeps the first thing that went wrong.
type writer struct {
	*Mail
	words  pages.Words
	msg    idp.Message
	params map[string]string
	err    error
}

func (w *writer) text(key string) string {
	pairs := []any{"operator", w.brand().Name, "account", w.account(), "contact", w.contact()}
	for name, value := range w.params {
		pairs = append(pairs, name, value)
	}
	text, err := w.words.Text("mail."+key, pairs...)
	if w.err == nil {
		w.err = err
	}
	return text
}

func (w *writer) account() string { return w.Issuer + "/account" }

// contact is the one way to reach us that fits into a text message.
func (w *writer) contact() string {
	return cmp.Or(w.brand().HelpPhone, w.brand().HelpEmail, w.brand().HelpURL, w.host)
}

func (w *writer) content() Content {
	key := string(w.msg.Kind)
	paragraphs := strings.Split(w.text(key+".text"), "\n\n")
	c := Content{
		Language: w.words.Tag(), Direction: w.words.Direction(), Operator: w.brand().Name, ReplyTo: w.brand().HelpEmail,
		Subject: w.text(key + ".subject"), Lead: paragraphs[0], Paragraphs: paragraphs[1:],
		Code: w.params["code"], Link: w.params["link"],
	}
	if what, ok := w.params["what"]; ok {
		c.Facts = append(c.Facts, Fact{w.text("fact.what"), w.text("what." + what)})
	}
	for _, name := range facts {
		if value := w.params[name]; value != "" {
			c.Facts = append(c.Facts, Fact{w.text("fact." + name), value})
		}
	}
	if k := kinds[w.msg.Kind]; !k.ours {
		c.Facts = append(c.Facts, Fact{w.text("fact.when"), w.words.Moment(w.msg.CreatedAt)})
		c.NotYou = append(c.NotYou, w.text("not-you.title"), w.text("not-you.text"))
	}
	c.Foot = w.foot()
	return c
}

// foot says how to reach us, where the account is, and why we write. Somebody new has no account yet.
func (w *writer) foot() []string {
	var foot []string
	why := "foot.new"
	if w.msg.PersonID != "" {
		foot, why = []string{w.text("foot.account")}, "foot.why"
	}
	var ways []string
	for _, way := range []string{w.brand().HelpPhone, w.brand().HelpEmail, w.brand().HelpURL} {
		if way != "" {
			ways = append(ways, way)
		}
	}
	if len(ways) > 0 {
		foot = append(foot, w.text("foot.help")+" "+strings.Join(ways, " · "))
	}
	return append(foot, w.text(why))
}

// short is a text message. A code that is typed into a page of ours ends it in the form by which telephones fill it in on
// our site and on no other (the WICG's "origin-bound one-time codes").
func (w *writer) short() string {
	text := w.text(string(w.msg.Kind) + ".short")
	k := kinds[w.msg.Kind]
	if !k.ours {
		text += " " + w.text("not-you.short")
	}
	if k.typed {
		text += "\n\n@" + w.host + " #" + w.params["code"]
	}
	return text
}

// form is how the HTML looks. The style stands in the mail itself, so that opening it asks nobody for anything.
type form struct {
	template *template.Template
	style    template.CSS
}

var readForm = sync.OnceValues(func() (form, error) {
	t, err := template.ParseFS(web.Templates(), "mail.html")
	if err != nil {
		return form{}, err
	}
	style, err := fs.ReadFile(web.Templates(), "mail.css")
	return form{t, template.CSS(style)}, err
})

func (c Content) letter() (Letter, error) {
	f, err := readForm()
	if err != nil {
		return Letter{}, err
	}
	var html bytes.Buffer
	if err := f.template.Execute(&html, struct {
		Content
		Style template.CSS
	}{c, f.style}); err != nil {
		return Letter{}, err
	}
	return Letter{Subject: c.Subject, Text: c.text(), HTML: html.String(), Operator: c.Operator, ReplyTo: c.ReplyTo}, nil
}

// text is the content as plain text: what the HTML says, in the same order.
func (c Content) text() string {
	blocks := []string{c.Operator, c.Subject, c.Lead}
	if c.Code != "" {
		blocks = append(blocks, c.Code)
	}
	blocks = append(blocks, c.Paragraphs...)
	if c.Link != "" {
		blocks = append(blocks, c.Link)
	}
	var lines []string
	for _, f := range c.Facts {
		lines = append(lines, f.Name+": "+f.Value)
	}
	for _, group := range [][]string{lines, c.NotYou} {
		if len(group) > 0 {
			blocks = append(blocks, strings.Join(group, "\n"))
		}
	}
	return strings.Join(blocks, "\n\n") + "\n\n-- \n" + strings.Join(c.Foot, "\n") + "\n"
}
