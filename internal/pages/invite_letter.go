package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	"time"

	"udap-idp/web"
)

// InvitationLetter is an invitation to be printed: with a picture for the camera of a telephone, and a code to type.
type InvitationLetter struct {
	Name      string
	Address   string // lines separated by \n, "" for a letter that is handed over
	WrittenAt time.Time
	ExpiresAt time.Time
	Picture   string // the link as an SVG picture (package qr)
	Site      string // where the code is typed, "" when it cannot be
	Code      string
	Back      bool // it leads back into an account
	Birthdate bool // which is asked for
}

// inviteLetterView is the letter for its template.
type inviteLetterView struct {
	Letter       InvitationLetter
	AddressLines []string
	Picture      template.HTML // made by us, of rectangles
	Language     *language
	Brand        Brand
	Style        template.CSS
}

// CameraLabel is what a screen reader says of the picture, in a language.
func (p *Pages) CameraLabel(tag string) (string, error) {
	l, err := p.languageOf(tag)
	if err != nil {
		return "", err
	}
	return l.text("invite-letter.scan.label")
}

// WriteInvitationLetter writes the letter as a printable page in a language.
func (p *Pages) WriteInvitationLetter(w io.Writer, tag string, letter InvitationLetter) error {
	l, err := p.languageOf(tag)
	if err != nil {
		return err
	}
	style, err := fs.ReadFile(web.Templates(), "letter.css")
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	var lines []string
	if letter.Address != "" {
		lines = strings.Split(letter.Address, "\n")
	}
	var body bytes.Buffer
	err = p.letters[l.Tag].ExecuteTemplate(&body, "invite-letter.html", inviteLetterView{letter, lines, template.HTML(letter.Picture), l, p.Brand(), template.CSS(style)})
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	_, err = body.WriteTo(w)
	return err
}
