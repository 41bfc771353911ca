package pages

import (
	"net/http"
	"slices"
	"time"
)

// AdminTrustRead is the form in which the certificates of authorities are given: of a new community, or of one that is there.
type AdminTrustRead struct {
	Desk
	TrustCommunity        // ID "" for a new one, whose name and URI are as they were typed
	Anchors        string // PEM, as it was typed
	Intermediates  string
	Errors         FieldErrors
	Detail         string // what exactly could not be read, in words of the program
	TwoPersons     bool
}

// New reports that the community is not there yet.
func (a AdminTrustRead) New() bool { return a.ID == "" }

// AdminTrustRead renders the form.
func (p *Pages) AdminTrustRead(w http.ResponseWriter, r *http.Request, a AdminTrustRead) error {
	return p.render(w, r, page{name: "admin-community-read", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}

// ReadAuthority is the certificate of an authority as it was read.
type ReadAuthority struct {
	AdminCertificate
	Issuer, Key string
	SHA256      string // upper-case hex
	Anchor      bool
	Warnings    []string // words behind admin.community.warning.
	Field       string   // id of the field in which its end is typed, "" when it is not asked for
	Typed       string
}

// AdminTrustConfirm shows what was read, and asks to compare it with what the community publishes.
type AdminTrustConfirm struct {
	Desk
	TrustCommunity
	Now                    time.Time
	Read                   []ReadAuthority
	Anchors, Intermediates string // PEM
	Errors                 FieldErrors
	TwoPersons             bool
}

// New reports that the community is not there yet.
func (a AdminTrustConfirm) New() bool { return a.ID == "" }

// authorityWarnings are those that there are words for; how soon one ends, its badge says.
var authorityWarnings = []string{"expired", "early", "issued", "elsewhere", "detached"}

// Tail is how many characters of a fingerprint are typed.
const Tail = 8

type readView struct {
	ReadAuthority
	Badge       badge
	Groups      []string // without the end, where it is typed
	Error       *FieldError
	WarningKeys []string
}

// AdminTrustConfirm renders the question.
func (p *Pages) AdminTrustConfirm(w http.ResponseWriter, r *http.Request, a AdminTrustConfirm) error {
	var rows []readView
	for _, read := range a.Read {
		v := readView{ReadAuthority: read, Badge: read.state(a.Now), Error: fieldError(a.Errors, read.Field)}
		v.Groups = groupsOf(read.SHA256)
		if read.Field != "" {
			// The end stands on no page: who types it has it from the community.
			v.Groups = groupsOf(read.SHA256[:len(read.SHA256)-Tail])
		}
		for _, warning := range read.Warnings {
			if slices.Contains(authorityWarnings, warning) {
				v.WarningKeys = append(v.WarningKeys, "admin.community.warning."+warning)
			}
		}
		rows = append(rows, v)
	}
	return p.render(w, r, page{name: "admin-community-confirm", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: struct {
		AdminTrustConfirm
		Read []readView
	}{a, rows}})
}

// KeyOption is a kind of key to choose.
type KeyOption struct {
	Value  string // rsa-2048 …
	Chosen bool
}

// NameKey and WhatKey are the text keys of a kind of key.
func (o KeyOption) NameKey() string { return "admin.key." + o.Value }

// WhatKey is what speaks for it.
func (o KeyOption) WhatKey() string { return "admin.key." + o.Value + ".what" }

// AdminCertificateRequest is the form in which a certificate of ours is asked for.
type AdminCertificateRequest struct {
	Desk
	TrustCommunity
	Issuer       string
	Keys         []KeyOption
	Organization string
	Errors       FieldErrors
}

// AdminCertificateRequest renders the form.
func (p *Pages) AdminCertificateRequest(w http.ResponseWriter, r *http.Request, a AdminCertificateRequest) error {
	return p.render(w, r, page{name: "admin-certificate-request", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}

// AdminCertificateAnswer is a request that waits, and the form for what the community issued.
type AdminCertificateAnswer struct {
	Desk
	TrustCommunity
	Request   WaitingRequest
	URIs      []string // that it asks for
	PEM       string
	Issued    string // as it was typed
	MayAccept bool
	Errors    FieldErrors
	Detail    string
}

// AdminCertificateAnswer renders it.
func (p *Pages) AdminCertificateAnswer(w http.ResponseWriter, r *http.Request, a AdminCertificateAnswer) error {
	return p.render(w, r, page{name: "admin-certificate-answer", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}
