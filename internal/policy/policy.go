package policy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"udap-idp/internal/idp"
)

// Kinds are the documents, in the order in which they are listed.
var Kinds = []string{idp.PolicyPractices, idp.PolicyTerms, Guide}

// Guide is the document for the developers of data holders.
const Guide = "guide"

// maxMarkdown bounds a document, in bytes.
const maxMarkdown = 256 << 10

var (
	// ErrUnknownKind: there is no such document.
	ErrUnknownKind = errors.New("no such document")
	// ErrText: a text cannot be published, with the reason.
	ErrText = errors.New("the text cannot be published")
)

// Store keeps the published versions.
type Store interface{ idp.Policies }

// Facts are what a generated document says of this server.
type Facts struct {
	Operator  string
	Issuer    string
	HelpEmail string
	HelpPhone string
	HelpURL   string

	SessionIdle      time.Duration
	SessionLimit     time.Duration
	TwoPersons       bool // IDIAL2 is approved by a second person
	AssertsIAL2      bool // this deployment is approved to assert level 2 to networks
	ProofingYears    int
	Endpoints        []Endpoint
	ScopesSupported  []string
	CommunitiesNamed func(ctx context.Context) ([]string, error) // the URIs of the trust communities
}

// Endpoint is an address for the guide.
type Endpoint struct{ What, URL string }

// Policy is the documents of a server. It is safe for use by many goroutines.
type Policy struct {
	Store Store
	Facts Facts
	// FactsNow are the facts at the moment, where they may change; nil: they do not.
	FactsNow func() Facts
}

func (p *Policy) facts() Facts {
	if p.FactsNow != nil {
		return p.FactsNow()
	}
	return p.Facts
}

// Document is one document as it stands.
type Document struct {
	Kind        string
	Name        string    // of the version: "practices-3", or "practices-generated-1a2b3c4d" of a generated one
	Version     int       // 0 when it is generated
	Markdown    string    // in First; in another language, as In gives it
	PublishedAt time.Time // zero when it is generated
	Versions    []int     // that are published, the latest first

	others map[string]string // the text in other languages than First
}

// Generated reports whether nobody has published the document yet.
func (d Document) Generated() bool { return d.Version == 0 }

//go:embed documents/*.md
var documents embed.FS

var generated = template.Must(template.New("").Funcs(template.FuncMap{"hours": hours}).ParseFS(documents, "documents/*.md"))

// Current returns the latest version of a document, or the generated one. ErrUnknownKind.
func (p *Policy) Current(ctx context.Context, kind string) (Document, error) {
	return p.Version(ctx, kind, 0)
}

// Version returns a published version of a document; 0 is Current. ErrUnknownKind; idp.ErrNotFound.
func (p *Policy) Version(ctx context.Context, kind string, version int) (Document, error) {
	if !slices.Contains(Kinds, kind) {
		return Document{}, fmt.Errorf("%w: %q", ErrUnknownKind, kind)
	}
	all, err := p.Store.Policies(ctx, kind)
	if err != nil {
		return Document{}, fmt.Errorf("policy: %w", err)
	}
	var versions []int
	for _, v := range slices.Backward(all) {
		versions = append(versions, v.Version)
	}
	if version == 0 && len(all) == 0 {
		return p.generate(ctx, kind)
	}
	if version == 0 {
		version = versions[0]
	}
	for _, v := range all {
		if v.Version == version {
			return Document{
				Kind: kind, Name: kind + "-" + strconv.Itoa(version), Version: version, Markdown: v.Markdown,
				PublishedAt: v.PublishedAt, Versions: versions, others: v.Texts,
			}, nil
		}
	}
	return Document{}, fmt.Errorf("policy: version %d of %s: %w", version, kind, idp.ErrNotFound)
}

// generate makes a document from the facts. Its name follows its text, so that what was promised can be told from what is.
func (p *Policy) generate(ctx context.Context, kind string) (Document, error) {
	facts := struct {
		Facts
		Communities []string
	}{Facts: p.facts()}
	if facts.CommunitiesNamed != nil {
		var err error
		if facts.Communities, err = facts.CommunitiesNamed(ctx); err != nil {
			return Document{}, fmt.Errorf("policy: %w", err)
		}
	}
	var text bytes.Buffer
	if err := generated.ExecuteTemplate(&text, kind+".md", facts); err != nil {
		return Document{}, fmt.Errorf("policy: generate %s: %w", kind, err)
	}
	sum := sha256.Sum256(text.Bytes())
	return Document{Kind: kind, Name: kind + "-generated-" + hex.EncodeToString(sum[:4]), Markdown: text.String()}, nil
}

// Publish stores the next version of a document and returns it. ErrUnknownKind; ErrText with the reason; idp.ErrExists when
// somebody else published at the same time.
func (p *Policy) Publish(ctx context.Context, kind, markdown, by string, now time.Time) (Document, error) {
	return p.PublishTexts(ctx, kind, Texts{First: markdown}, idp.Reading{Actor: by}, now)
}

// check refuses what would be no document.
func check(markdown string) error {
	switch {
	case strings.TrimSpace(markdown) == "":
		return fmt.Errorf("%w: it is empty", ErrText)
	case len(markdown) > maxMarkdown:
		return fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrText, len(markdown), maxMarkdown)
	case !utf8.ValidString(markdown) || strings.ContainsRune(markdown, 0):
		return fmt.Errorf("%w: it is not UTF-8 text", ErrText)
	}
	if title(markdown) == "" {
		return fmt.Errorf("%w: it must begin with a title, a line such as \"# Identity verification policy\"", ErrText)
	}
	return nil
}

// title is the text of the first line when that is a heading of the first level.
func title(markdown string) string {
	first, _, _ := strings.Cut(strings.TrimLeft(markdown, "\r\n \t\ufeff"), "\n")
	heading, found := strings.CutPrefix(first, "# ")
	if !found {
		return ""
	}
	return strings.TrimSpace(heading)
}

// Title is the document's own title.
func (d Document) Title() string { return title(d.Markdown) }

// hours writes a duration as people do.
func hours(d time.Duration) string {
	switch {
	case d%time.Hour == 0 && d == time.Hour:
		return "1 hour"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + " hours"
	}
	return strconv.Itoa(int(d/time.Minute)) + " minutes"
}
