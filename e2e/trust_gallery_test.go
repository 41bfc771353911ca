package e2e

import (
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/pages"
)

// trustShown are the pages of one trust community.
func trustShown() []shown {
	const id = "/admin/trust/{id}"
	return []shown{
		{name: "admin-community", page: "admin-community", route: "GET " + id, open: fromGallery("admin-community")},
		{name: "admin-community-read", page: "admin-community-read", route: "GET /admin/trust/new GET " + id + "/authority", open: fromGallery("admin-community-read")},
		{name: "admin-community-confirm", page: "admin-community-confirm", open: fromGallery("admin-community-confirm")},
		{name: "admin-community-settings", page: "admin-community-settings", route: "GET " + id + "/settings", open: fromGallery("admin-community-settings")},
		{name: "admin-community-remove", page: "admin-community-remove", route: "GET " + id + "/authority/{sha256}", open: fromGallery("admin-community-remove")},
		{name: "admin-community-state", page: "admin-community-state", route: "GET " + id + "/state", open: fromGallery("admin-community-state")},
		{name: "admin-certificate-request", page: "admin-certificate-request", route: "GET " + id + "/request", open: fromGallery("admin-certificate-request")},
		{name: "admin-certificate-answer", page: "admin-certificate-answer", route: "GET " + id + "/request/{request}", open: fromGallery("admin-certificate-answer")},
	}
}

// trustGallery shows each of them with everything that can be on it.
func trustGallery(p *pages.Pages) map[string]func(w http.ResponseWriter, r *http.Request) error {
	at := time.Date(2026, time.November, 24, 9, 30, 0, 0, time.UTC)
	desk := pages.Desk{SignedInAs: "Max Admin", RoleKey: pages.RoleKey("trust-manager"), Sections: []pages.Section{{URL: "/admin/trust", TextKey: "admin.nav.trust", Current: true}}}
	community := pages.TrustCommunity{ID: "1", Name: "Example Trust Community", URI: "https://trust.example.org/community"}
	node := func(kind, subject string, days int) pages.TrustNode {
		return pages.TrustNode{
			AdminCertificate: pages.AdminCertificate{Subject: subject, NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(0, 0, days)}, Kind: kind, Issuer: "Example Trust Root CA",
			Key: "RSA 2048", SHA256: strings.Repeat("4A7C09E2", 8), RemoveURL: "/admin/trust/1/authority/4A7C",
		}
	}
	root, between, own, next := node("anchor", "Example Trust Root CA", 3000), node("intermediate", "Example Trust Issuing CA", 25), node("own", "idp.example.org", 300), node("own", "idp.example.org (2027)", 700)
	for i, n := range []*pages.TrustNode{&root, &between, &own, &next} {
		n.SHA256 = strings.Repeat(string("0123"[i])+"A7C09E2", 8)
	}
	own.State, own.Checked, own.RemoveURL, next.State, next.Revoked, next.RemoveURL = "active", true, "", "next", true, ""
	own.Sources = []pages.AdminSource{
		{Kind: "crl", URL: "http://ca.example.org/issuing.crl", Fetched: at, NextUpdate: at.Add(24 * time.Hour), Fresh: true},
		{Kind: "ocsp", URL: "http://ca.example.org/ocsp", Problem: "Post \"http://ca.example.org/ocsp\": connection refused"},
	}
	between.Below = []pages.TrustNode{own, next}
	root.Below = []pages.TrustNode{between}
	loss := pages.TrustLoss{Clients: 120, Lost: 17, Unclear: 2, Own: 1, Names: []string{"General Hospital", "St. Mary’s Clinic"}}
	read := func(n pages.TrustNode, anchor bool, field string, warnings ...string) pages.ReadAuthority {
		return pages.ReadAuthority{AdminCertificate: n.AdminCertificate, Issuer: n.Issuer, Key: n.Key, SHA256: n.SHA256, Anchor: anchor, Field: field, Warnings: warnings}
	}
	wrong := pages.FieldErrors{{Field: "tail-0", TextKey: "admin.community.error.tail"}}
	var keys []pages.KeyOption
	for i, kind := range []string{"rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384"} {
		keys = append(keys, pages.KeyOption{Value: kind, Chosen: i == 0})
	}
	request := pages.WaitingRequest{ID: "1", Subject: "CN=idp.example.org,O=Example Health ID", Key: "RSA 2048", CreatedAt: at, CreatedBy: "Max Admin"}
	return map[string]func(w http.ResponseWriter, r *http.Request) error{
		"admin-community": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustCommunity(w, r, pages.AdminTrustCommunity{
				Desk: desk, TrustCommunity: community, Now: at, Roots: []pages.TrustNode{root}, Members: own.Sources, MoreMembers: 4, Clients: 120, MayChange: true, Asks: true,
				Settings: pages.TrustSettings{Revocation: "soft-fail", GraceHours: "24", Healthcare: true, Certifications: "https://trust.example.org/certified"},
				Requests: []pages.WaitingRequest{request},
			})
		},
		"admin-community-read": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustRead(w, r, pages.AdminTrustRead{Desk: desk, Errors: pages.FieldErrors{{Field: "anchors", TextKey: "admin.community.error.private_key"}}, TwoPersons: true})
		},
		"admin-community-confirm": func(w http.ResponseWriter, r *http.Request) error {
			a := pages.AdminTrustConfirm{Desk: desk, TrustCommunity: community, Now: at, Errors: wrong, Read: []pages.ReadAuthority{read(root, true, "tail-0", "elsewhere"), read(between, false, "", "soon")}}
			a.ID = ""
			return p.AdminTrustConfirm(w, r, a)
		},
		"admin-community-settings": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustSettings(w, r, pages.AdminTrustSettings{Desk: desk, TrustCommunity: community, Form: pages.TrustSettings{Name: community.Name, Revocation: "hard-fail", Healthcare: true},
				Errors: pages.FieldErrors{{Field: "grace", TextKey: "admin.community.error.grace"}}})
		},
		"admin-community-remove": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustRemove(w, r, pages.AdminTrustRemove{Desk: desk, TrustCommunity: community, Node: root, Now: at, Loss: loss, TwoPersons: true})
		},
		"admin-community-state": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustState(w, r, pages.AdminTrustState{Desk: desk, TrustCommunity: community, Loss: loss})
		},
		"admin-certificate-request": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminCertificateRequest(w, r, pages.AdminCertificateRequest{Desk: desk, TrustCommunity: community, Issuer: "https://idp.example.org", Keys: keys, Organization: "Example Health ID"})
		},
		"admin-certificate-answer": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminCertificateAnswer(w, r, pages.AdminCertificateAnswer{
				Desk: desk, TrustCommunity: community, Request: request, URIs: []string{"https://idp.example.org", "https://idp.example.org/"}, MayAccept: true,
				PEM: "-----BEGIN CERTIFICATE REQUEST-----\n" + strings.Repeat(strings.Repeat("MIICvDCCAaQC", 5)+"AQAw\n", 9) + "-----END CERTIFICATE REQUEST-----\n",
			})
		},
	}
}
