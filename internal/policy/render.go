package policy

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders without raw HTML, which is goldmark's default; images and doubtful links are taken out before.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithASTTransformers(util.Prioritized(careful{}, 1))),
)

// HTML is the document as a part of a page: nothing of it can be script, nor be fetched from anywhere.
func (d Document) HTML() (template.HTML, error) {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(d.Markdown), &out); err != nil {
		return "", fmt.Errorf("policy: render %s: %w", d.Name, err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // goldmark escapes; careful has taken out what could act
}

// careful replaces images, raw HTML and links with other schemes than http, https and mailto by their text.
type careful struct{}

func (careful) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	var doubtful []ast.Node
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := node.(type) {
		case *ast.Image, *ast.RawHTML, *ast.HTMLBlock:
			doubtful = append(doubtful, node)
		case *ast.Link:
			if !safe(string(n.Destination)) {
				doubtful = append(doubtful, node)
			}
		case *ast.AutoLink:
			if !safe(string(n.URL(reader.Source()))) {
				doubtful = append(doubtful, node)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, node := range doubtful {
		parent := node.Parent()
		if parent == nil {
			continue
		}
		for child := node.FirstChild(); child != nil; {
			next := child.NextSibling()
			parent.InsertBefore(parent, node, child)
			child = next
		}
		parent.RemoveChild(parent, node)
	}
}

// safe reports whether a link leads to a page or a mail address, and nowhere else.
func safe(destination string) bool {
	u, err := url.Parse(strings.TrimSpace(destination))
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "https", "http", "mailto", "": // "" is within this server
		return true
	}
	return false
}
