package pages

import (
	"net/http"
	"strings"
	"time"
)

func sampleCommunity() TrustCommunity {
	return TrustCommunity{ID: "1", Name: "Sample Trust Community", URI: "https://trust.sample.example/community"}
}

func sampleNode(kind, subject string, days int) TrustNode {
	return TrustNode{
		AdminCertificate: AdminCertificate{Subject: subject, NotBefore: sampleNow.AddDate(-1, 0, 0), NotAfter: sampleNow.AddDate(0, 0, days)},
		Kind:             kind, Issuer: "Sample Root CA", Key: "RSA 2048", SHA256: strings.Repeat("0A1B2C3D", 7) + strings.ToUpper(subject + "00000000")[:8],
	}
}

func sampleTrustCommunity() AdminTrustCommunity {
	root, between, own, next := sampleNode("anchor", "Sample Root CA", 4000), sampleNode("intermediate", "Issuing CA", 20), sampleNode("own", "idp.sample.example", 400), sampleNode("own", "revoked", 400)
	own.State, own.Checked = "active", true
	own.Sources = []AdminSource{
		{Kind: "crl", URL: "http://ca.sample.example/issuing.crl", Fetched: sampleNow, NextUpdate: sampleNow.Add(24 * time.Hour), Fresh: true},
		{Kind: "ocsp", URL: "http://ca.sample.example/ocsp", Problem: "connection refused"},
	}
	next.State, next.Revoked, next.Checked = "next", true, true
	between.Below, between.RemoveURL = []TrustNode{own, next, sampleNode("sent", "Old CA", -10)}, "/admin/trust/1/authority/AB"
	root.Below, root.RemoveURL = []TrustNode{between}, "/admin/trust/1/authority/CD"
	return AdminTrustCommunity{
		Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Now: sampleNow, Roots: []TrustNode{root}, Loose: []TrustNode{sampleNode("intermediate", "Stranger CA", 900)},
		Members: own.Sources, MoreMembers: 3, Clients: 12345, MayChange: true, Asks: true, Certifiers: 1,
		Settings: TrustSettings{Revocation: "soft-fail", GraceHours: "24", Healthcare: true, Certifications: "https://a.example\nhttps://b.example"},
		Requests: []WaitingRequest{{ID: "1", Subject: "CN=idp.sample.example", Key: "P-256", CreatedAt: sampleNow, CreatedBy: "Max Admin"}},
	}
}

func sampleConfirm(wrong bool) AdminTrustConfirm {
	read := func(n TrustNode, anchor bool, field string, warnings ...string) ReadAuthority {
		return ReadAuthority{AdminCertificate: n.AdminCertificate, Issuer: n.Issuer, Key: n.Key, SHA256: n.SHA256, Anchor: anchor, Field: field, Warnings: warnings}
	}
	c := AdminTrustConfirm{Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Now: sampleNow, Anchors: "x", Read: []ReadAuthority{
		read(sampleNode("anchor", "Sample Root CA", 4000), true, "tail-0", "issued", "elsewhere", "of another version"),
		read(sampleNode("anchor", "Old Root CA", -3), true, "tail-1", "expired", "early"), read(sampleNode("intermediate", "Issuing CA", 20), false, "", "soon", "detached"),
	}}
	c.ID = ""
	if wrong {
		c.ID, c.TwoPersons = "1", true
		c.Errors = FieldErrors{{Field: "tail-1", TextKey: "admin.community.error.tail"}}
	}
	return c
}

func adminTrustSamples() []sample {
	settings := AdminTrustSettings{Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Form: TrustSettings{Name: "Sample Trust Community", Revocation: "soft-fail", GraceHours: "24", NoPKCE: true}}
	loss := TrustLoss{Clients: 120, Lost: 17, Unclear: 1, Own: 1, Names: []string{"General Hospital", "<b>"}, Partial: true}
	remove := AdminTrustRemove{Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Node: sampleNode("anchor", "Sample Root CA", 4000), Now: sampleNow, Loss: loss}
	state := AdminTrustState{Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Loss: TrustLoss{Clients: 1}}
	request := AdminCertificateRequest{Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Issuer: "https://id.sample.example", Organization: "Sample Health ID"}
	for i, kind := range []string{"rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384"} {
		request.Keys = append(request.Keys, KeyOption{kind, i == 0})
	}
	answer := AdminCertificateAnswer{
		Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Request: sampleTrustCommunity().Requests[0], URIs: []string{"https://id.sample.example", "https://id.sample.example/"},
		PEM: "-----BEGIN CERTIFICATE REQUEST-----\n", MayAccept: true,
	}
	return []sample{
		{"admin-community", "admin-community", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustCommunity(w, r, sampleTrustCommunity())
		}},
		{"admin-community-suspended", "admin-community", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminTrustCommunity{Desk: sampleDesk(), TrustCommunity: sampleCommunity(), Now: sampleNow, MayChange: true}
			a.SuspendedAt, a.SuspendedReason = sampleNow, "its authority was broken into"
			return p.AdminTrustCommunity(w, r, a)
		}},
		{"admin-community-read", "admin-community-read", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustRead(w, r, AdminTrustRead{Desk: sampleDesk(), TwoPersons: true})
		}},
		{"admin-community-read-wrong", "admin-community-read", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminTrustRead{Desk: sampleDesk(), Detail: "it is empty", Anchors: "<b>"}
			for _, field := range []string{"name", "uri", "anchors", "intermediates"} {
				a.Errors = append(a.Errors, FieldError{Field: field, TextKey: "admin.community.error.unreadable"})
			}
			return p.AdminTrustRead(w, r, a)
		}},
		{"admin-community-read-more", "admin-community-read", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustRead(w, r, AdminTrustRead{Desk: sampleDesk(), TrustCommunity: sampleCommunity()})
		}},
		{"admin-community-confirm", "admin-community-confirm", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustConfirm(w, r, sampleConfirm(false))
		}},
		{"admin-community-confirm-wrong", "admin-community-confirm", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustConfirm(w, r, sampleConfirm(true))
		}},
		{"admin-community-settings", "admin-community-settings", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustSettings(w, r, settings)
		}},
		{"admin-community-settings-wrong", "admin-community-settings", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := settings
			a.TwoPersons = true
			for _, field := range []string{"name", "revocation", "grace", "certifications", "required", "certifiers"} {
				a.Errors = append(a.Errors, FieldError{Field: field, TextKey: "admin.community.error.grace"})
			}
			return p.AdminTrustSettings(w, r, a)
		}},
		{"admin-community-remove", "admin-community-remove", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustRemove(w, r, remove)
		}},
		{"admin-community-remove-wrong", "admin-community-remove", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := remove
			a.Errors, a.TwoPersons = FieldErrors{{Field: "reason", TextKey: "admin.form.reason"}}, true
			return p.AdminTrustRemove(w, r, a)
		}},
		{"admin-community-remove-last", "admin-community-remove", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := remove
			a.Last = true
			return p.AdminTrustRemove(w, r, a)
		}},
		{"admin-community-state", "admin-community-state", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminTrustState(w, r, state)
		}},
		{"admin-community-state-wrong", "admin-community-state", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := state
			a.SuspendedAt, a.SuspendedReason, a.TwoPersons, a.Loss = sampleNow, "x", true, loss
			a.Errors = FieldErrors{{Field: "delete_name", TextKey: "admin.community.error.delete_name"}, {Field: "delete_reason", TextKey: "admin.form.reason"}}
			return p.AdminTrustState(w, r, a)
		}},
		{"admin-certificate-request", "admin-certificate-request", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminCertificateRequest(w, r, request)
		}},
		{"admin-certificate-request-wrong", "admin-certificate-request", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := request
			a.Errors = FieldErrors{{Field: "key", TextKey: "admin.community.error.key_type"}, {Field: "organization", TextKey: "admin.community.error.organization"}}
			return p.AdminCertificateRequest(w, r, a)
		}},
		{"admin-certificate-answer", "admin-certificate-answer", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminCertificateAnswer(w, r, answer)
		}},
		{"admin-certificate-answer-wrong", "admin-certificate-answer", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := answer
			a.Errors, a.Detail = FieldErrors{{Field: "issued", TextKey: "admin.community.error.own_san"}}, "does not name"
			return p.AdminCertificateAnswer(w, r, a)
		}},
	}
}
