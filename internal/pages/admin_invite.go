package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The ways in which somebody is invited.
const (
	InviteByLink   = "link"
	InviteByCode   = "code"
	InviteByLetter = "letter"
	InviteByEmail  = "email"
	InviteBySMS    = "sms"
)

// InviteWay is one of them.
type InviteWay struct {
	Way    string
	To     string // an address, "" for a reader who does not see it
	Unsent bool   // messages wait, because nothing is set up that sends them
}

// AdminInvitation is an invitation that was made.
type AdminInvitation struct {
	ID, Purpose, Status  string
	CreatedBy, RevokedBy string // names; RevokedBy is "" where a newer one took its place
	CreatedAt, ExpiresAt time.Time
	UsedAt, RevokedAt    time.Time
	Code                 bool // it has a code that is typed
	Missed               int  // wrong answers
	MayRevoke            bool
}

// AdminInvite is the page on which somebody is invited.
type AdminInvite struct {
	Desk
	ID, Name      string
	May           bool // somebody can be invited into this account
	Back          bool // she has a passkey: it leads back into the account
	Verified      bool // a link that is sent asks for a second code
	AsksBirthdate bool
	Ways          []InviteWay
	Way           string // the one that is chosen
	Checked       string // as it was typed
	Errors        FieldErrors
	Invitations   []AdminInvitation
}

// Unsent reports whether a message of the chosen way waits.
func (a AdminInvite) Unsent() bool {
	return slices.ContainsFunc(a.Ways, func(w InviteWay) bool { return w.Way == a.Way && w.Unsent })
}

// AdminInvited is an invitation that was made just now, as it is handed over. What is "" goes by another way.
type AdminInvited struct {
	Desk
	ID, Name       string
	Way            string
	URL            string
	Code, Site     string
	Letter         *InvitationLetter
	LetterLanguage string
	SentTo         string
	Unsent         bool   // the message waits to be read by an owner
	Companion      string // a second code to be told
	Companioned    bool   // it goes by another message
	CompanionTo    string
	ExpiresAt      time.Time
	AsksBirthdate  bool
}

// invitationStates are how an invitation stands, with the tone of each.
var invitationStates = map[string]string{"open": "good", "used": "plain", "expired": "plain", "revoked": "careful"}

type (
	wayView struct {
		InviteWay
		Key, WhatKey string
		Chosen       bool
	}
	invitationRow struct {
		AdminInvitation
		PurposeKey string
		StateOf    badge
	}
	inviteView struct {
		AdminInvite
		Ways        []wayView
		Invitations []invitationRow
	}
	invitedView struct {
		AdminInvited
		LetterHTML template.HTML // made by a template of ours
	}
)

func invitationRows(all []AdminInvitation) []invitationRow {
	var rows []invitationRow
	for _, inv := range all {
		row := invitationRow{AdminInvitation: inv, PurposeKey: "admin.invite.purpose.other", StateOf: badge{Key: "admin.invite.status.open", Tone: "good"}}
		if slices.Contains([]string{"first", "desk", "sign-up", "recovered"}, inv.Purpose) {
			row.PurposeKey = "admin.invite.purpose." + inv.Purpose
		}
		if tone, ok := invitationStates[inv.Status]; ok {
			row.StateOf = badge{Key: "admin.invite.status." + inv.Status, Tone: tone}
		}
		rows = append(rows, row)
	}
	return rows
}

// AdminInvite renders the page on which somebody is invited.
func (p *Pages) AdminInvite(w http.ResponseWriter, r *http.Request, a AdminInvite) error {
	v := inviteView{AdminInvite: a, Invitations: invitationRows(a.Invitations)}
	for _, way := range a.Ways {
		v.Ways = append(v.Ways, wayView{way, "admin.invite.way." + way.Way, "admin.invite.way." + way.Way + ".what", way.Way == a.Way})
	}
	return p.render(w, r, page{name: "admin-invite", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: v})
}

// AdminInvited renders an invitation as it is handed over.
func (p *Pages) AdminInvited(w http.ResponseWriter, r *http.Request, a AdminInvited) error {
	v := invitedView{AdminInvited: a}
	if a.Letter != nil {
		text, err := p.letterInPage(a.LetterLanguage, *a.Letter)
		if err != nil {
			return err
		}
		v.LetterHTML = text
	}
	return p.render(w, r, page{name: "admin-invited", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}

// letterInPage is the letter without the page around it.
func (p *Pages) letterInPage(tag string, letter InvitationLetter) (template.HTML, error) {
	l, err := p.languageOf(tag)
	if err != nil {
		return "", err
	}
	var lines []string
	if letter.Address != "" {
		lines = strings.Split(letter.Address, "\n")
	}
	var body bytes.Buffer
	for _, part := range []string{"invite-letter-head", "invite-letter-body"} {
		err = p.letters[l.Tag].ExecuteTemplate(&body, part, inviteLetterView{letter, lines, template.HTML(letter.Picture), l, p.Brand(), ""})
		if err != nil {
			return "", fmt.Errorf("letter: %w", err)
		}
	}
	return template.HTML(lowered.Replace(body.String())), nil
}

// lowered puts the letter's headings below the one of the page.
var lowered = strings.NewReplacer("<h2>", "<h3>", "</h2>", "</h3>", "<h1>", "<h2>", "</h1>", "</h2>")
