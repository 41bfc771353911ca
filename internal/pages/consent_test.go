package pages

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/claims"
)

func TestConsentNamesWhoAndWhat(t *testing.T) {
	t.Parallel()
	body := show(t, newPages(t), find(t, "consent"), "es").Body.String()
	for _, want := range []string{
		"¿Compartir esto con General Hospital?", "Miembro de Sample Trust Community.", "https://hospital.example/fhir/r4",
		"Ana Lucía Rivera Ortega", "17 de mayo de 1980", "Femenino", "Seattle, WA 98101", "&#43;1 206 555 0147", "ana.rivera@example.org",
		"•••• 7e0a", "un documento con foto y una prueba más",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("consent does not say %q", want)
		}
	}
}

// TestR7_IdentifierIsMaskedEverywhere: and where it is asked whether it may go, opened by whoever wants to see it.
func TestR7_IdentifierIsMaskedEverywhere(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	closed := regexp.MustCompile(`(?s)<details class="reveal">.*?</details>`)
	for _, name := range []string{"consent", "consent-identifier", "account-profile"} {
		body := show(t, p, find(t, name), "en").Body.String()
		if name != "account-profile" {
			if !strings.Contains(body, "8f14e45f-ceea-467f-a3b4-1c9d6f2b7e0a</span></details>") {
				t.Errorf("%s does not let her see what would be shared", name)
			}
			body = closed.ReplaceAllString(body, "")
		}
		if strings.Contains(body, "8f14e45f") || strings.Contains(body, "6f2b7e0a") {
			t.Errorf("%s shows more of the identifier than its last four characters", name)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"8f14e45f-ceea-467f-a3b4-1c9d6f2b7e0a": "•••• 7e0a", "123456789012": "•••• 9012", "12345678901": "••••", "": "••••",
	} {
		if got := mask(value); got != want {
			t.Errorf("mask(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestEachPieceOfInformationIsShownOnceAndNoneIsHidden(t *testing.T) {
	t.Parallel()
	l := newPages(t).catalog.languages[0]
	for _, tc := range []struct {
		name  string
		items []ConsentItem
		want  []string
	}{
		{"parts of the name", []ConsentItem{{Claim: "name", Value: "Ana Rivera"}, {Claim: "given_name", Value: "Ana"}}, []string{"name"}},
		{"a part alone", []ConsentItem{{Claim: "given_name", Value: "Ana"}}, []string{"given_name"}},
		{"a part that is not in the whole", []ConsentItem{{Claim: "name", Value: "Ana"}, {Claim: "family_name", Value: "Rivera"}}, []string{"name", "family_name"}},
		{"flag of a shown value", []ConsentItem{{Claim: "email", Value: "a@b"}, {Claim: "email_verified", Value: "true"}}, []string{"email"}},
		{"flag alone", []ConsentItem{{Claim: "email_verified", Value: "true"}}, []string{"email_verified"}},
		{"two identifiers", []ConsentItem{{Claim: "hl7_identifier", Value: "1"}, {Claim: "hl7_person_identifier", Value: "2"}}, []string{"hl7_identifier", "hl7_person_identifier"}},
		{"unknown claim", []ConsentItem{{Claim: "zoneinfo", Value: "x"}}, []string{"zoneinfo"}},
		{"empty value", []ConsentItem{{Claim: "email"}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, d := range l.details(tc.items, "consent") {
				got = append(got, d.Claim)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestFormTargets: a value from a registration must not become a directive, nor open the policy to another scheme.
func TestFormTargets(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"":                                       "",
		"https://hospital.example/cb?x=1":        " https://hospital.example https:",
		"https://hospital.example:8443/cb":       " https://hospital.example:8443 https:",
		"http://localhost:8090/cb":               " http://localhost:8090 http://localhost:* http://127.0.0.1:*",
		"http://plain.example/cb":                " http://plain.example",
		"http://[::1]:8090/cb":                   " http://[::1]:8090",
		"javascript:alert(1)":                    "",
		"https://a.example;script-src *":         "",
		"https://a.example'unsafe-inline'/":      "",
		"https://*/":                             "",
		"/relative":                              "",
		"https://user:secret@hospital.example/x": " https://hospital.example https:",
	} {
		if got := formTargets(target); got != want {
			t.Errorf("formTargets(%q) = %q, want %q", target, got, want)
		}
	}
}

func TestHostileValuesAreEscaped(t *testing.T) {
	t.Parallel()
	const evil = `"><img src=x onerror=alert(1)>`
	c := sampleConsent()
	c.Organization, c.Community, c.PersonName, c.Request, c.OrganizationURI = evil, evil, evil, evil, evil
	c.Choices = []ConsentChoice{{Name: evil, Items: []ConsentItem{{Claim: evil, Value: evil}}}, {Name: evil, Essential: true, Items: []ConsentItem{{Claim: evil, Value: evil}}}}
	c.Logo, c.Practices = "", evil
	w := httptest.NewRecorder()
	if err := newPages(t).Consent(w, httptest.NewRequest(http.MethodGet, "/consent?req="+"x", nil), c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.Body.String(), "<img") {
		t.Error("a value became an element")
	}
	w = httptest.NewRecorder()
	pr := Problem{Kind: KindInternal, Back: "javascript:alert(1)", BackName: evil, Number: evil}
	if err := newPages(t).Problem(w, httptest.NewRequest(http.MethodGet, "/", nil), pr); err != nil {
		t.Fatal(err)
	}
	if body := w.Body.String(); strings.Contains(body, "<img") || strings.Contains(body, "javascript:") {
		t.Error("a hostile value reached the error page")
	}
}

func TestCertificateBadge(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name string
		left time.Duration
		key  string
		tone string
	}{
		{"a year", 365 * day, "certificate.valid", "good"},
		{"just over 60 days", 60*day + time.Second, "certificate.valid", "good"},
		{"60 days", 60 * day, "certificate.soon", "careful"},
		{"just over a week", 7*day + time.Second, "certificate.soon", "careful"},
		{"a week", 7 * day, "certificate.soon", "bad"},
		{"a day and a half", 36 * time.Hour, "certificate.tomorrow", "bad"},
		{"an hour", time.Hour, "certificate.today", "bad"},
		{"this moment", 0, "certificate.expired", "bad"},
		{"yesterday", -day, "certificate.expired", "bad"},
	} {
		got := AdminCertificate{NotBefore: sampleNow.Add(-day), NotAfter: sampleNow.Add(tc.left)}.state(sampleNow)
		if got.Key != tc.key || got.Tone != tc.tone {
			t.Errorf("%s: %s %s, want %s %s", tc.name, got.Key, got.Tone, tc.key, tc.tone)
		}
	}
	if got := (AdminCertificate{NotBefore: sampleNow.Add(day), NotAfter: sampleNow.Add(9 * day)}).state(sampleNow); got.Key != "certificate.early" {
		t.Errorf("not valid yet: %s", got.Key)
	}
	if got := (AdminCertificate{}).state(sampleNow); got.Key != "certificate.unknown" {
		t.Errorf("no dates: %s", got.Key)
	}
}

// TestEveryClaimHasItsWords: whatever can be released is shown in the words of each language.
func TestEveryClaimHasItsWords(t *testing.T) {
	t.Parallel()
	// What verified_claims can tell of a proofing event.
	facts := []string{
		"trust_framework", "assurance_level", "time", "verification_process", "type", "method", "check_method", "organization",
		"date_of_issuance", "date_of_expiry", "name", "country", "jurisdiction",
	}
	for _, l := range newPages(t).catalog.languages {
		for _, name := range claims.Names() {
			if l.Texts["detail."+name] == "" {
				t.Errorf("%s: no label for %s", l.Tag, name)
			}
		}
		for _, name := range facts {
			if !strings.Contains(l.Texts["verified."+name], "{value}") {
				t.Errorf("%s: no words for %s", l.Tag, name)
			}
		}
	}
}

func TestVerifiedClaimsAreShownInWords(t *testing.T) {
	t.Parallel()
	l := newPages(t).catalog.byTag[fallbackLanguage]
	got := l.details([]ConsentItem{{Claim: "verified_claims", Value: "assurance_level idial1.8\ntime 2026-05-01T14:29:00Z\nunheard of"}}, "consent")
	want := []string{"Level: idial1.8", "Date: May 1, 2026", "unheard of"}
	if len(got) != 1 || !slices.Equal(got[0].Lines, want) || got[0].Note == "" {
		t.Errorf("got %+v, want %q", got, want)
	}
}
