package pages

import (
	"net/http"
	"regexp"
	"time"
)

// chosenClients are the keys of the pages about data holders that are put together in Go.
var chosenClients = regexp.MustCompile(`^admin\.client\.delete\.button$|^admin\.(client\.(state|verdict|payload|choice|wrong|connections\.count|delete\.connections)|attempt\.(outcome|kind|why|checked|check|wrong|many)|chain|anchor\.wrong|claims\.(reason|wrong))\.`)

func sampleClient(state string) ListedClient {
	return ListedClient{ID: "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d", Organization: "General Hospital", Name: "hospital-client", URI: "https://hospital.example/fhir/a/long/path/to/an/endpoint", Community: "Sample Trust", State: state, SignIns: 1234, LastUsedAt: sampleNow}
}

func sampleChain() *ChainLink {
	mark := []ChainMark{{Key: "valid", Tone: "good"}}
	day := 24 * time.Hour
	leaf := ChainLink{Subject: "CN=General Hospital,O=General Hospital,C=US", SHA256: "4F0C3FA1B8B4B2E16D1C4F0C3FA1B8B4B2E16D1C4F0C3FA1B8B4B2E16D1C0001", URIs: []string{"https://hospital.example/fhir"},
		NotBefore: sampleNow.Add(-day), NotAfter: sampleNow.Add(200 * day), Marks: []ChainMark{{Key: "expired", Tone: "bad"}}}
	middle := ChainLink{Subject: "CN=Issuing CA", SHA256: "AA", NotBefore: sampleNow, NotAfter: sampleNow, Marks: mark, Below: &leaf}
	return &ChainLink{Subject: "CN=Sample Anchor", SHA256: "BB", NotBefore: sampleNow, NotAfter: sampleNow, Marks: append(mark, ChainMark{Key: "anchor", Tone: "good", Param: "Sample Trust"}), Below: &middle}
}

func sampleClientPage() AdminClientPage {
	page := AdminClientPage{
		Desk: sampleDesk(), ListedClient: sampleClient("registered"), CommunityID: "1", CommunityURI: "https://trust.example/community", Connections: 1, RegisteredAt: sampleNow, UpdatedAt: sampleNow,
		RedirectURIs: []string{"https://hospital.example/callback"}, Contacts: []string{"mailto:operator@hospital.example"}, LogoURI: "https://hospital.example/logo.png",
		Scopes: []string{"openid", "udap"}, GrantTypes: []string{"authorization_code"}, Authentication: "private_key_jwt", Certifications: 1,
		Chain: sampleChain(), Certificate: ChainLink{Subject: "CN=General Hospital", NotBefore: sampleNow, NotAfter: sampleNow.AddDate(1, 0, 0)}, Verdict: "trusted",
		Settings: ClientSettings{Payload: "udap", NoPKCE: "inherit", Loopback: "refuse"}, Profiles: []string{"oidc", "udap", "cms_can", "tefca_ias", "unified"},
		Volumes: Picture{Key: "client", Series: []Series{{Key: "allowed", Tone: "good"}}}, Now: sampleNow,
		Changes:  []ClientChange{{At: sampleNow, Action: "client.suspend", ID: "1", Who: "Adam Ito", Changes: []AuditChange{{Name: "state", Before: "registered", After: "suspended"}, {Name: "reason", After: "ticket 4711"}}}, {At: sampleNow, Action: "client.change", WhoID: "client set"}, {At: sampleNow, Action: "registered", Attempt: true, ID: "2"}},
		Attempts: sampleAttempts()[:3], MaySet: true, MayAct: true, MaySeeLog: true, MayTry: true,
	}
	for i := range 26 {
		page.Volumes.Bars = append(page.Volumes.Bars, Bar{Day: sampleNow.AddDate(0, 0, 7*i-181), Values: []int{i % 7}})
	}
	return page
}

func sampleAttempts() []AttemptRow {
	rows := []AttemptRow{{ID: "1", Kind: "authentication", Outcome: "authenticated", At: sampleNow, Issuer: "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d", IP: "192.0.2.7", Number: "7F3K-Q2", Proved: true, Count: 1}}
	for i, diagnosis := range diagnoses {
		rows = append(rows, AttemptRow{ID: diagnosis, Kind: "registration", Outcome: "refused", At: sampleNow, Issuer: "https://hospital.example", IP: "2001:db8::7", Diagnosis: diagnosis, Count: 1 + i%2*40})
	}
	return rows
}

// adminClientSamples are the pages about data holders, their attempts, and what they would get.
func adminClientSamples() []sample {
	list := []sample{
		{"admin-clients", "admin-clients", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClients(w, r, AdminClients{Desk: sampleDesk(), Search: ClientSearch{Text: "hospital", State: "suspended", Community: "1"}, Communities: []Option{{"1", "Sample Trust"}}, Narrowed: true,
				Rows: []ListedClient{sampleClient("registered"), sampleClient("suspended")}, FirstURL: "/admin/clients", NextURL: "/admin/clients?after=1"})
		}},
		{"admin-clients-none", "admin-clients", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClients(w, r, AdminClients{Desk: sampleDesk(), Issuer: "https://idp.example"})
		}},
		{"admin-clients-nobody", "admin-clients", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClients(w, r, AdminClients{Desk: sampleDesk(), Search: ClientSearch{Text: "x"}, Narrowed: true})
		}},
		{"admin-client", "admin-client", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClient(w, r, sampleClientPage())
		}},
		{"admin-client-suspended", "admin-client", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			page := sampleClientPage()
			page.ListedClient, page.SuspendedAt, page.Reason = sampleClient("suspended"), sampleNow, "Asked by the hospital, ticket 4711"
			page.Connections, page.MoreConnections, page.Verdict, page.Why, page.Attempts = 100000, true, "revoked", "CN=General Hospital was revoked on 2026-11-24", nil
			page.Errors = FieldErrors{{"payload", "admin.client.wrong.choice"}, {"audience", "admin.client.wrong.audience"}, {"person", "admin.client.wrong.person"}, {"no_pkce", "admin.client.wrong.choice"}, {"loopback", "admin.client.wrong.choice"}}
			return p.AdminClient(w, r, page)
		}},
		{"admin-client-read", "admin-client", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			page := sampleClientPage()
			page.MaySet, page.MayAct, page.MaySeeLog, page.MayTry, page.Changes, page.Volumes.Bars, page.LastUsedAt, page.Verdict = false, false, false, false, nil, []Bar{{Values: []int{0}}}, time.Time{}, "unknown"
			return p.AdminClient(w, r, page)
		}},
		{"admin-client-reason", "admin-client", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			page := sampleClientPage()
			page.Errors, page.Verdict = FieldErrors{{"reason", "admin.form.reason"}}, "untrusted"
			return p.AdminClient(w, r, page)
		}},
		{"admin-client-delete", "admin-client-delete", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClientDelete(w, r, AdminClientDelete{Desk: sampleDesk(), ListedClient: sampleClient("registered"), Connections: 3, Confirm: Confirm{Action: "/x", ButtonKey: "admin.client.delete.button", CancelURL: "/y", Danger: true}})
		}},
		{"admin-client-delete-unused", "admin-client-delete", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClientDelete(w, r, AdminClientDelete{Desk: sampleDesk(), ListedClient: sampleClient("registered"), Confirm: Confirm{Action: "/x", ButtonKey: "admin.client.delete.button", CancelURL: "/y", Danger: true}})
		}},
		{"admin-client-delete-many", "admin-client-delete", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClientDelete(w, r, AdminClientDelete{Desk: sampleDesk(), ListedClient: sampleClient("registered"), Connections: 100000, MoreConnections: true, Confirm: Confirm{Action: "/x", ButtonKey: "admin.client.delete.button", CancelURL: "/y", Danger: true}})
		}},
		{"admin-attempts", "admin-attempts", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAttempts(w, r, AdminAttempts{Desk: sampleDesk(), Filter: AttemptFilter{Outcome: "unsuccessful", Kind: "registration", Community: "1"}, Communities: []Option{{"1", "Sample Trust"}}, Rows: sampleAttempts(), Narrowed: true, NewestURL: "/admin/attempts", OlderURL: "/admin/attempts?before=1"})
		}},
		{"admin-attempts-none", "admin-attempts", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAttempts(w, r, AdminAttempts{Desk: sampleDesk()})
		}},
		{"admin-attempts-wrong", "admin-attempts", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAttempts(w, r, AdminAttempts{Desk: sampleDesk(), Narrowed: true, Errors: FieldErrors{{"address", "admin.attempt.wrong.address"}, {"client", "admin.attempt.wrong.client"}, {"since", "admin.attempt.wrong.day"}, {"until", "admin.attempt.wrong.day"}}})
		}},
		{"admin-attempts-nobody", "admin-attempts", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAttempts(w, r, AdminAttempts{Desk: sampleDesk(), Narrowed: true})
		}},
	}
	return append(list, adminAttemptSamples()...)
}

func adminAttemptSamples() []sample {
	attempt := AdminAttempt{
		Desk: sampleDesk(), AttemptRow: sampleAttempts()[1], Status: 400, Code: "unapproved_software_statement", Description: "the certificate does not lead to an anchor", Cause: "no path",
		Letter: "Registration at https://idp.example\n\nWhen: 2026-11-24", Chain: sampleChain(), Aside: []ChainLink{{Subject: "CN=Another", SHA256: "CC", Marks: []ChainMark{{Key: "aside", Tone: "plain"}}}}, Untrusted: true, MayTrust: true,
		Checks: []AttemptCheck{{"signature", "passed", ""}, {"loopback redirect", "allowed", "http://127.0.0.1/"}, {"trust", "failed", "no path"}, {"something new", "failed", ""}},
	}
	return []sample{
		{"admin-attempt", "admin-attempt", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.AdminAttempt(w, r, attempt) }},
		{"admin-attempt-suspended", "admin-attempt", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := attempt
			a.AttemptRow.Diagnosis, a.Untrusted, a.MayTrust, a.MayResume, a.SuspendedFor, a.Client, a.MaySeeClient, a.Contacts = "suspended", false, false, true, "ticket 4711", sampleClient("suspended"), true, []string{"mailto:a@hospital.example"}
			a.Proved, a.Community, a.Number, a.Count = true, "Sample Trust", "7F3K-Q2", 3
			return p.AdminAttempt(w, r, a)
		}},
		{"admin-attempt-trusted", "admin-attempt", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := attempt
			a.MayTrust, a.TrustedIn, a.Client, a.Issuer = false, "Sample Trust", sampleClient("registered"), ""
			a.Chain = &ChainLink{Subject: "CN=Not Sent", Missing: true, Marks: []ChainMark{{Key: "not-sent", Tone: "careful"}, {Key: "no-anchor", Tone: "bad"}, {Key: "early", Tone: "bad"}, {Key: "was-valid", Tone: "good"}, {Key: "?", Tone: "good"}}, Below: sampleChain()}
			return p.AdminAttempt(w, r, a)
		}},
		{"admin-attempt-good", "admin-attempt", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAttempt(w, r, AdminAttempt{Desk: sampleDesk(), AttemptRow: sampleAttempts()[0], Status: 200})
		}},
		{"admin-anchor", "admin-anchor", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAnchor(w, r, AdminAnchor{Desk: sampleDesk(), ID: "1", Issuer: "https://hospital.example", Anchor: *sampleChain().Below.Below, IsAnchor: true, Communities: []Option{{"1", "Sample Trust"}}, Community: "1"})
		}},
		{"admin-anchor-wrong", "admin-anchor", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminAnchor(w, r, AdminAnchor{Desk: sampleDesk(), ID: "1", Anchor: ChainLink{Subject: "CN=Not Sent", Missing: true}, Certificate: "x", Published: "AB:CD",
				Errors: FieldErrors{{"community", "admin.anchor.wrong.community"}, {"certificate", "admin.anchor.wrong.other"}, {"published", "admin.anchor.wrong.different"}}})
		}},
		{"admin-claims-choose", "admin-claims", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClaims(w, r, AdminClaims{Desk: sampleDesk(), PersonID: "1", Name: "Ana Rivera", Search: "hospital", Found: []ListedClient{sampleClient("registered")}, Connected: []ListedClient{sampleClient("registered")}})
		}},
		{"admin-claims-nobody", "admin-claims", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClaims(w, r, AdminClaims{Desk: sampleDesk(), PersonID: "1", Name: "Ana Rivera", Search: "x"})
		}},
		{"admin-claims", "admin-claims", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			a := AdminClaims{
				Desk: sampleDesk(), PersonID: "1", Name: "Ana Rivera", Client: sampleClient("registered"), Form: ClaimsForm{Client: "1", Profile: "oidc", Scopes: []string{"openid", "udap"}}, Scopes: []string{"openid", "udap", "email"},
				Profiles: []string{"oidc", "udap", "cms_can"}, Own: "udap", Shown: true, IDToken: "{\n  \"sub\": \"x\",\n  \"hl7_identifier\": \"(hidden)\"\n}", UserInfo: "{}", Level: "idial2", MatchWeight: 10, MayReveal: true, MaySeeClient: true,
			}
			for _, reason := range append(withheldReasons, "?") {
				a.Withheld = append(a.Withheld, WithheldClaim{"email", reason})
			}
			return p.AdminClaims(w, r, a)
		}},
		{"admin-claims-revealed", "admin-claims", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClaims(w, r, AdminClaims{Desk: sampleDesk(), PersonID: "1", Name: "Ana Rivera", Client: sampleClient("registered"), Shown: true, Revealed: true, IDToken: "{}", UserInfo: "{}"})
		}},
		{"admin-claims-refused", "admin-claims", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClaims(w, r, AdminClaims{Desk: sampleDesk(), PersonID: "1", Name: "Ana Rivera", Client: sampleClient("registered"), Shown: true, RefusedCode: "unmet_authentication_requirements", RefusedWhy: "the identity is not verified at level 2"})
		}},
		{"admin-claims-wrong", "admin-claims", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AdminClaims(w, r, AdminClaims{Desk: sampleDesk(), PersonID: "1", Name: "Ana Rivera", Client: sampleClient("registered"), Form: ClaimsForm{Claims: "{"}, Problem: "not JSON", Errors: FieldErrors{{"claims", "admin.claims.wrong.claims"}, {"scopes", "admin.claims.wrong.scopes"}}})
		}},
	}
}
