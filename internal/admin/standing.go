package admin

import (
	"cmp"
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Standing is what the running server knows of a trust community beside what is stored.
type Standing struct {
	Revocation string            // hard-fail, soft-fail or no-check
	States     map[string]string // of our certificates: active, next, retiring or expired, by KeyID
	Sources    []Source          // where its members' revocation is looked up
	Ending     []Ending          // certificates that somebody has to do something about
}

// Source is one revocation list, or what a responder said of one certificate. Times are zero when nothing is known.
type Source struct {
	Kind       string // crl, ocsp
	URL        string
	Fetched    time.Time
	NextUpdate time.Time
	Fresh      bool   // in force now
	Problem    string // of the last attempt, "" when it went well
}

// Ending is a certificate that has expired or does soon, and that no other replaces.
type Ending struct {
	Kind                string // own, anchor, intermediate
	Subject             string
	NotBefore, NotAfter time.Time
}

// sourceLimit is how many sources of one community are shown: a responder has one for every certificate.
const sourceLimit = 8

// sourceRows are the sources, those that are not well first, and how many more there are.
func sourceRows(sources []Source) (rows []pages.AdminSource, more int) {
	sources = slices.Clone(sources)
	slices.SortStableFunc(sources, func(a, b Source) int { return cmp.Compare(ills(b), ills(a)) })
	for _, s := range sources[:min(len(sources), sourceLimit)] {
		rows = append(rows, pages.AdminSource(s))
	}
	return rows, len(sources) - len(rows)
}

// ills is how badly a source is.
func ills(s Source) int {
	n := 0
	if !s.Fresh {
		n += 2
	}
	if s.Problem != "" {
		n++
	}
	return n
}

func warningRows(c idp.Community, s Standing) []pages.AdminWarning {
	var rows []pages.AdminWarning
	for _, e := range s.Ending {
		rows = append(rows, pages.AdminWarning{
			Community: c.Name, Kind: e.Kind,
			Certificate: pages.AdminCertificate{Subject: e.Subject, NotBefore: e.NotBefore, NotAfter: e.NotAfter},
		})
	}
	return rows
}
