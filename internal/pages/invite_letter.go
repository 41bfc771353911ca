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
	Link      string // that the picture leads to, for who has no camera; shown where there is no code
	Back      bool   // it leads back into an account
	Birthdate bool   // which is asked for
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
	var body bytes.Buffer
	if err := p.letters[l.Tag].ExecuteTemplate(&body, "invite-letter.html", p.inviteLetter(l, letter, style)); err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	_, err = body.WriteTo(w)
	return err
}

func (p *Pages) inviteLetter(l *language, letter InvitationLetter, style []byte) inviteLetterView {
	var lines []string
	if letter.Address != "" {
		lines = strings.Split(letter.Address, "\n")
	}
	return inviteLetterView{letter, lines, template.HTML(letter.Picture), l, p.Brand(), template.CSS(style)}
}

// WriteInvitationLetters writes letters as one printable page, each on a sheet of its own and in its own language. letters gives them to
// write, one after the other. tag is the language of the page.
func (p *Pages) WriteInvitationLetters(w io.Writer, tag string, letters func(write func(tag string, letter InvitationLetter) error) error) error {
	style, err := fs.ReadFile(web.Templates(), "letter.css")
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	part := func(name, tag string, letter InvitationLetter) error {
		l, err := p.languageOf(tag)
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if err := p.letters[l.Tag].ExecuteTemplate(&body, name, p.inviteLetter(l, letter, style)); err != nil {
			return fmt.Errorf("letters: %w", err)
		}
		_, err = body.WriteTo(w)
		return err
	}
	if err := part("invite-letters-begin", tag, InvitationLetter{}); err != nil {
		return err
	}
	err = letters(func(tag string, letter InvitationLetter) error { return part("invite-letters-one", tag, letter) })
	if err != nil {
		return err
	}
	return part("invite-letters-end", tag, InvitationLetter{})
}
