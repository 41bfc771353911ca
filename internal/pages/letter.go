package pages

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"udap-idp/web"
)

// Letter is the notification that a person's identity was checked (NIST SP 800-63A-4, notification of proofing): it names the service
// and the day, says how to repudiate it and how to reach us, and what is asked of her.
type Letter struct {
	Name      string
	Address   string // lines separated by \n
	ProofedAt time.Time
	ExpiresAt time.Time
	WrittenAt time.Time
	Link      string // by which she says that it was not she
	Account   string // the address of her account
	Number    string // of the notification
	Back      string // the page that a reader at a screen goes back to, "" for none; it is not printed
}

type letterView struct {
	Letter       Letter
	AddressLines []string
	Language     *language
	Brand        Brand
	Style        template.CSS
}

// parseLetter parses the letters. Each is a file of its own: nothing around it and nothing from outside.
func parseLetter(files fs.FS, lang *language) (*template.Template, error) {
	return template.New("letter.html").Funcs(functions(lang)).Option("missingkey=error").ParseFS(files, "letter.html", "invite-letter.html")
}

// languageOf finds a language by its tag.
func (p *Pages) languageOf(tag string) (*language, error) {
	if l, ok := p.catalog.byTag[cmp.Or(tag, fallbackLanguage)]; ok {
		return l, nil
	}
	return nil, fmt.Errorf("there is no language %q: one of %s", tag, strings.Join(p.LanguageTags(), ", "))
}

// LanguageTags are the languages that there are texts in.
func (p *Pages) LanguageTags() []string {
	var tags []string
	for tag := range p.catalog.byTag {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// WriteLetter writes the letter as a printable page in a language.
func (p *Pages) WriteLetter(w io.Writer, tag string, letter Letter) error {
	l, err := p.languageOf(tag)
	if err != nil {
		return err
	}
	style, err := fs.ReadFile(web.Templates(), "letter.css")
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	view := letterView{Letter: letter, AddressLines: strings.Split(letter.Address, "\n"), Language: l, Brand: p.Brand(), Style: template.CSS(style)}
	var body bytes.Buffer
	if err := p.letters[l.Tag].Execute(&body, view); err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	_, err = body.WriteTo(w)
	return err
}

// PrintLetter answers a browser with the letter. Its style is its own, which the policy names by its digest.
func (p *Pages) PrintLetter(w http.ResponseWriter, tag string, letter Letter) error {
	var body bytes.Buffer
	if err := p.WriteLetter(&body, tag, letter); err != nil {
		return err
	}
	style, err := fs.ReadFile(web.Templates(), "letter.css")
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	sum := sha256.Sum256(style)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", tag)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	_, err = body.WriteTo(w)
	return err
}

// Message is the letter as text: with a subject for e-mail, or short for SMS and to be read out.
type Message struct{ Subject, Text string }

// Message is the notification as a message in a language.
func (p *Pages) Message(tag string, letter Letter, short bool) (Message, error) {
	l, err := p.languageOf(tag)
	if err != nil {
		return Message{}, err
	}
	contact := cmp.Or(p.Brand().HelpPhone, p.Brand().HelpEmail)
	if !short && p.Brand().HelpPhone != "" && p.Brand().HelpEmail != "" {
		contact = p.Brand().HelpPhone + ", " + p.Brand().HelpEmail
	}
	key := "notification.email"
	if short {
		key = "notification.short"
	}
	text, err := l.text(key, "date", l.date(letter.ProofedAt), "operator", p.Brand().Name, "name", letter.Name, "link", letter.Link,
		"contact", contact, "account", letter.Account)
	if err != nil {
		return Message{}, err
	}
	m := Message{Text: text}
	if !short {
		m.Subject, err = l.text("notification.subject")
	}
	return m, err
}

// DeskDeclarationVersion is the wording of the Declaration of Identity that is signed when an identity is checked. It differs from that
// of an invitation, which speaks of the invitation.
const DeskDeclarationVersion = DeclarationVersion + ".desk"

// Declared is who signs a Declaration of Identity, as it says it.
type Declared struct{ Name, Birthdate, Address string }

// Declaration is the text of the Declaration of Identity that is signed today in an event, in a language.
func (p *Pages) Declaration(tag string, d Declared) (version, text string, err error) {
	l, err := p.languageOf(tag)
	if err != nil {
		return "", "", err
	}
	text, err = l.text("declaration."+DeskDeclarationVersion, "name", d.Name, "birthdate", l.date(d.Birthdate), "address", d.Address, "operator", p.Brand().Name)
	return DeskDeclarationVersion, text, err
}
