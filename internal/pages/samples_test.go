package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

var sampleBrand = Brand{
	Name: "Sample Health ID", HelpEmail: "help@sample.example", HelpPhone: "+1 (206) 555-0123", HelpURL: "https://sample.example/help",
}

// sample is a page with realistic values; the tests render each of them in each language.
type sample struct {
	name   string // unique
	page   string // data-page
	status int
	render func(p *Pages, w http.ResponseWriter, r *http.Request) error
}

const (
	creationOptions = `{"publicKey":{"rp":{"id":"localhost","name":"Sample Health ID"},"user":{"id":"AAECAw","name":"Ana Rivera",` +
		`"displayName":"Ana </script><script>alert(1)</script>"},"challenge":"AAAA","pubKeyCredParams":[{"type":"public-key","alg":-7}],` +
		`"authenticatorSelection":{"residentKey":"required","userVerification":"required"}}}`
	requestOptions = `{"challenge":"AAAA","rpId":"localhost","userVerification":"required"}`
)

var sampleNow = time.Date(2026, time.November, 24, 9, 30, 0, 0, time.UTC)

func sampleItems() []ConsentItem {
	return []ConsentItem{
		{Claim: "name", Value: "Ana Lucía Rivera Ortega"},
		{Claim: "given_name", Value: "Ana"},
		{Claim: "family_name", Value: "Rivera Ortega"},
		{Claim: "birthdate", Value: "1980-05-17"},
		{Claim: "gender", Value: "female"},
		{Claim: "address", Value: "1234 Main Street\nApartment 5\nSeattle, WA 98101\nUS"},
		{Claim: "phone_number", Value: "+12065550147"},
		{Claim: "phone_number_verified", Value: "true"},
		{Claim: "email", Value: "ana.rivera@example.org"},
		{Claim: "hl7_identifier", Value: "8f14e45f-ceea-467f-a3b4-1c9d6f2b7e0a", Sensitive: true},
		{Claim: "hl7_person_identifier", Value: "8f14e45f-ceea-467f-a3b4-1c9d6f2b7e0a", Sensitive: true},
	}
}

func sampleInvitation(problem string) Invitation {
	return Invitation{
		Action: "/invite/abc", Ceremony: "ceremony-1", Options: creationOptions, GivenName: "Ana",
		ExpiresAt: sampleNow.Add(72 * time.Hour), Problem: problem, Unproofed: problem == "", Declared: problem != "",
	}
}

func sampleSignIn(problem, organization string) SignIn {
	s := SignIn{Ceremony: "ceremony-1", Options: requestOptions, Organization: organization, Problem: problem, Lifetime: 10 * time.Minute}
	if organization != "" {
		s.Request = "request-1"
	}
	return s
}

func sampleConsent() Consent {
	return Consent{
		Request: "request-1", Organization: "General Hospital", OrganizationURI: "https://hospital.example/fhir/r4",
		Community: "Sample Trust Community", PersonName: "Ana Lucía Rivera Ortega", Logo: "/logo/client",
		Choices: sampleChoices(), Level: "idial1.8", FormAction: "https://hospital.example/callback?x=1",
		Practices: "practices-2", IdentifierNext: true, Deadline: sampleDeadline(),
	}
}

// sampleChoices has the name and the birthdate as essential, and a switch for each of the others.
func sampleChoices() []ConsentChoice {
	var list []ConsentChoice
	for _, it := range sampleItems() {
		whole, part := partOf[it.Claim], strings.TrimSuffix(it.Claim, "_verified")
		i := slices.IndexFunc(list, func(c ConsentChoice) bool { return c.Name == whole || c.Name == part })
		if i < 0 {
			i = len(list)
			list = append(list, ConsentChoice{Name: it.Claim, Essential: it.Claim == "name" || it.Claim == "birthdate", On: it.Claim != "email"})
		}
		list[i].Items = append(list[i].Items, it)
	}
	return list
}

func sampleDeadline() Deadline {
	return Deadline{Request: "request-1", Until: sampleNow.Add(15 * time.Minute), More: true}
}

func sampleTrust() AdminTrust {
	valid := func(subject string, left time.Duration) AdminCertificate {
		return AdminCertificate{Subject: subject, NotBefore: sampleNow.AddDate(-1, 0, 0), NotAfter: sampleNow.Add(left)}
	}
	const day = 24 * time.Hour
	root := valid("Sample Trust Root CA", 3000*day)
	return AdminTrust{
		Desk: sampleDesk(), Issuer: "https://id.sample.example", Now: sampleNow,
		Clients: []AdminClient{
			{
				ID: "6fa459ea-ee8a-4ca4-894e-db77e160355e", Name: "General Hospital", Organization: "General Hospital of Springfield",
				URI: "https://hospital.example/fhir/r4", Community: "Sample Trust Community", Certificate: valid("General Hospital", 12*day),
				RegisteredAt: sampleNow.Add(-90 * day), UpdatedAt: sampleNow,
			},
			{
				ID: "16fd2706-8baf-433b-82eb-8c7fada847da", Name: "Lakeside Clinic", URI: "https://lakeside.example/a/rather/long/address/of/a/server",
				Community: "Sample Trust Community", Certificate: valid("Lakeside", -3*day), RegisteredAt: sampleNow, UpdatedAt: sampleNow,
			},
		},
		Communities: []AdminCommunity{
			{
				Name: "Sample Trust Community", URI: "https://trust.example/community", Anchors: []AdminCertificate{root},
				Certificates: []AdminChain{
					{State: "active", Certificates: []AdminCertificate{root, valid("Sample Issuing CA 1", 900*day), valid("id.sample.example", 5*day)}},
					{State: "next", Certificates: []AdminCertificate{root, valid("Sample Issuing CA 1", 900*day), valid("id.sample.example", 370*day)}},
				},
				Revocation: "hard-fail",
				Sources: []AdminSource{
					{Kind: "crl", URL: "http://crl.other.example/issuing/authority/1.crl", Problem: "GET http://crl.other.example: no such host"},
					{Kind: "crl", URL: "http://crl.trust.example/root.crl", Fetched: sampleNow, NextUpdate: sampleNow.Add(day), Fresh: true},
				},
				MoreSources: 3,
			},
			{
				Name: "Other Community", URI: "https://other.example/community", Anchors: []AdminCertificate{valid("Other Root", 20*day)},
				Revocation: "no-check",
			},
		},
		Warnings:    []AdminWarning{{Community: "Other Community", Kind: "anchor", Certificate: valid("Other Root", 20*day)}},
		MoreClients: true,
	}
}

func samples() []sample {
	list := []sample{
		{"home", "home", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.Home(w, r, Home{}) }},
		{"home-signed-in", "home", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Home(w, r, Home{SignedInAs: "Ana Rivera"})
		}},
		{"enrolled", "enrolled", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Enrolled(w, r, Enrolled{GivenName: "Ana", PasskeyName: "iCloud Keychain"})
		}},
		{"enrolled-administrator", "enrolled", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Enrolled(w, r, Enrolled{GivenName: "Max", PasskeyName: "Phone", Administrator: true})
		}},
		{"invitation-administrator", "invitation", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Invitation(w, r, Invitation{Action: "/invite/x", Ceremony: "c", Options: "{}", GivenName: "Max", ExpiresAt: sampleNow, Administrator: true, DeclarationVersion: AdministratorDeclarationVersion})
		}},
		{"enrolled-unnamed", "enrolled", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Enrolled(w, r, Enrolled{GivenName: "Ana"})
		}},
		{"consent", "consent", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.Consent(w, r, sampleConsent()) }},
		{"consent-no-community", "consent", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			c := sampleConsent()
			c.Community, c.Level, c.Logo, c.Practices, c.IdentifierNext = "", "", "", "", false
			c.Choices = append(c.Choices[:1], ConsentChoice{Name: "zoneinfo", On: true, Items: []ConsentItem{{Claim: "zoneinfo", Value: "Mars"}}})
			c.Before, c.Remember, c.Deadline.More = sampleNow, true, false
			return p.Consent(w, r, c)
		}},
		{"consent-practices", "consent", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			c := sampleConsent()
			c.PracticesMissing = true
			return p.Consent(w, r, c)
		}},
		{"consent-identifier", "consent-identifier", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.ConsentIdentifier(w, r, ConsentIdentifier{
				Request: "request-1", Organization: "General Hospital", Items: sampleItems()[9:], Share: []string{"address", "email"},
				Remember: true, Practices: "practices-2", Deadline: sampleDeadline(), FormAction: "https://hospital.example/callback",
			})
		}},
		{"account", "account", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Account(w, r, Account{Name: "Ana Rivera", Level: "idial1.8", Until: sampleNow.AddDate(3, 0, 0), Passkeys: 1, Browsers: 2, Sharing: 1, Last: sampleNow, Needs: []AccountNeed{{Key: "recovery", At: sampleNow, URL: "/account/recovery"},
				{Key: "closing", At: sampleNow, URL: "/account/close"}, {Key: "sign-in", At: sampleNow, Name: "Firefox, Windows", URL: "/account/activity/1"},
				{Key: "level", At: sampleNow, URL: "/account/profile"}, {Key: "email", URL: "/account/profile"}, {Key: "phone", URL: "/account/profile"},
				{Key: "passkey", URL: "/account/passkeys"},
			}})
		}},
		{"account-empty", "account", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Account(w, r, Account{Name: "Ana Rivera"})
		}},
		{"repudiate", "repudiate", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Repudiate(w, r, Repudiate{Action: "/repudiate/abc", ProofedAt: sampleNow})
		}},
		{"repudiated", "repudiated", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.Repudiated(w, r) }},
		{"policy", "policy", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Policy(w, r, Policy{Kind: "practices", Title: "Identity verification policy", Body: "<h1>Identity verification policy</h1>", Language: "en", Current: true})
		}},
		{"policy-old", "policy", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Policy(w, r, Policy{Kind: "terms", Title: "Terms", Body: "<h1>Terms</h1><table><tr><td>a</td></tr></table>", Language: "en", Version: 1, PublishedAt: sampleNow, Versions: []int{3, 2}})
		}},
		{"signed-out", "signed-out", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.SignedOut(w, r) }},
	}
	list = append(list, adminSamples()...)
	list = append(list, adminTrustSamples()...)
	list = append(list, requestSamples()...)
	list = append(list, adminPeopleSamples()...)
	list = append(list, mergingSamples()...)
	list = append(list, settingsSamples()...)
	list = append(list, proofingSamples()...)
	list = append(list, adminClientSamples()...)
	list = append(list, transferSamples()...)
	list = append(list, accountSamples()...)
	list = append(list, ceremonySamples()...)
	list = append(list, passkeySamples()...)
	list = append(list, recoverySamples()...)
	return append(list, problemSamples()...)
}

func ceremonySamples() []sample {
	var list []sample
	for _, problem := range []string{"", "declaration", "cancelled", "duplicate", "unverified", "unsupported", "expired", "failed"} {
		list = append(list, sample{"invitation" + problem, "invitation", ceremonyStatus(problem), func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Invitation(w, r, sampleInvitation(problem))
		}})
	}
	for _, problem := range []string{"", "cancelled", "unknown", "unverified", "unsupported", "expired", "failed"} {
		list = append(list, sample{"sign-in" + problem, "sign-in", ceremonyStatus(problem), func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.SignIn(w, r, sampleSignIn(problem, "General Hospital"))
		}})
	}
	return append(list, sample{"sign-in-alone", "sign-in", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.SignIn(w, r, sampleSignIn("", ""))
	}})
}

func problemSamples() []sample {
	var list []sample
	for kind, status := range statuses {
		list = append(list,
			sample{"problem-" + kind, "problem", status, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
				return p.Problem(w, r, Problem{Kind: kind, Number: "7F3K-Q2"})
			}},
			sample{"problem-back-" + kind, "problem", status, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
				return p.Problem(w, r, Problem{Kind: kind, Number: "7F3K-Q2", Back: "https://hospital.example/", BackName: "General Hospital"})
			}})
	}
	return list
}
