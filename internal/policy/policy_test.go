package policy

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
)

func newPolicy(t *testing.T) *Policy {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)
	return &Policy{Store: store, Facts: Facts{
		Operator: "Sample Health ID", Issuer: "https://idp.example.org", HelpEmail: "help@example.org",
		SessionIdle: 30 * time.Minute, SessionLimit: 12 * time.Hour, TwoPersons: true, ProofingYears: 3,
		Endpoints:        []Endpoint{{"Token endpoint", "https://idp.example.org/token"}},
		ScopesSupported:  []string{"openid", "udap"},
		CommunitiesNamed: func(context.Context) ([]string, error) { return []string{"urn:community:one"}, nil },
	}}
}

func TestR13_GeneratedDocumentsSayWhatIsTrueOfThisServer(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	for kind, words := range map[string][]string{
		idp.PolicyPractices: {"# Identity verification and authentication policy of Sample Health ID", "IDIAL1.8", "approval by a second person",
			"30 minutes", "12 hours", "good for 3 years", "does not assert level 2", "help@example.org", "Digital Identifier"},
		idp.PolicyTerms: {"# Terms for relying parties", "urn:community:one", "like a social security number"},
		Guide:           {"`https://idp.example.org/token`", "`openid` `udap`", "urn:community:one"},
	} {
		d, err := p.Current(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		if !d.Generated() || !strings.HasPrefix(d.Name, kind+"-generated-") || d.Title() == "" {
			t.Errorf("%s: %q, version %d", kind, d.Name, d.Version)
		}
		for _, word := range words {
			if !strings.Contains(d.Markdown, word) {
				t.Errorf("%s does not say %q", kind, word)
			}
		}
		if err := check(d.Markdown); err != nil {
			t.Errorf("%s could not be published as it is: %v", kind, err)
		}
	}
	before, _ := p.Current(t.Context(), idp.PolicyPractices)
	p.Facts.SessionIdle = 10 * time.Minute
	after, _ := p.Current(t.Context(), idp.PolicyPractices)
	if before.Name == after.Name {
		t.Error("another text has the same name")
	}
}

func TestPublishedVersionsNeverChange(t *testing.T) {
	t.Parallel()
	p, now := newPolicy(t), time.Now()
	first, err := p.Publish(t.Context(), idp.PolicyTerms, "# Terms\n\nOne.", "anna", now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Publish(t.Context(), idp.PolicyTerms, "# Terms\n\nTwo.", "anna", now)
	if err != nil {
		t.Fatal(err)
	}
	if first.Name != "terms-1" || second.Name != "terms-2" {
		t.Errorf("named %s and %s", first.Name, second.Name)
	}
	again, err := p.Version(t.Context(), idp.PolicyTerms, 1)
	if err != nil || again.Markdown != first.Markdown {
		t.Errorf("version 1 is %q (%v)", again.Markdown, err)
	}
	current, err := p.Current(t.Context(), idp.PolicyTerms)
	if err != nil || current.Version != 2 || len(current.Versions) != 2 || current.Versions[0] != 2 {
		t.Errorf("current is %+v (%v)", current, err)
	}
	if other, err := p.Current(t.Context(), idp.PolicyPractices); err != nil || !other.Generated() {
		t.Errorf("another document was published with it: %+v (%v)", other, err)
	}
	events, err := p.Store.(*sqlstore.Store).AuditEvents(t.Context(), idp.AuditFilter{Action: "policy.publish"})
	if err != nil || len(events) != 2 || events[0].Detail != "terms-2" {
		t.Errorf("audit log: %+v (%v)", events, err)
	}
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	for text, reason := range map[string]string{
		"":                                       "empty",
		" \n\t":                                  "empty",
		"Terms":                                  "title",
		"## Terms":                               "title",
		"#Terms":                                 "title",
		"# Terms\x00":                            "UTF-8",
		"# Terms\xff":                            "UTF-8",
		"# T" + strings.Repeat("x", maxMarkdown): "bytes",
	} {
		_, err := p.Publish(t.Context(), idp.PolicyTerms, text, "anna", time.Now())
		if !errors.Is(err, ErrText) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.20q: %v, want %q in it", text, err, reason)
		}
	}
	if _, err := p.Publish(t.Context(), "imprint", "# T", "anna", time.Now()); !errors.Is(err, ErrUnknownKind) {
		t.Errorf("another kind: %v", err)
	}
	if _, err := p.Version(t.Context(), idp.PolicyTerms, 7); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("a version that is not there: %v", err)
	}
	if _, err := p.Publish(t.Context(), idp.PolicyTerms, "# Terms", "anna", time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(t.Context(), idp.PolicyTerms, "# Terms", "anna", time.Now()); !errors.Is(err, ErrText) {
		t.Errorf("the same again: %v", err)
	}
}

func TestDocumentsBringNoScriptIntoAPage(t *testing.T) {
	t.Parallel()
	hostile := "# T\n\n<script>alert(1)</script>\n\ntext <b onclick=x>bold</b> ![spy](https://evil.example/p.png \"t\")\n\n" +
		"[go](javascript:alert(1)) [data](data:text/html,x) [JS](JaVaScRiPt:x) <javascript:alert(2)> [vb](vbscript:x)\n\n" +
		"[good](https://example.org/a?b=c) [mail](mailto:a@example.org) [here](/policy/terms)\n\n<iframe src=x></iframe>\n\n[x][r]\n\n[r]: javascript:alert(3)\n"
	html, err := Document{Markdown: hostile}.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "<iframe", "<img", "onclick", "javascript:", "vbscript:", "data:text", "evil.example", "<b "} {
		if strings.Contains(strings.ToLower(string(html)), bad) {
			t.Errorf("%q got into the page: %s", bad, html)
		}
	}
	for _, good := range []string{"https://example.org/a?b=c", "mailto:a@example.org", `href="/policy/terms"`, "go", "spy"} {
		if !strings.Contains(string(html), good) {
			t.Errorf("%q was lost: %s", good, html)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("# T\n\n| a | b |\n|---|---|\n| [x](javascript:y) | <b> |")
	f.Fuzz(func(t *testing.T, text string) {
		html, err := Document{Markdown: text}.HTML()
		if err != nil {
			t.Skip()
		}
		lower := strings.ToLower(string(html))
		for _, bad := range []string{"<script", "<iframe", "<img", "<svg", `href="javascript:`, "<!--"} {
			if strings.Contains(lower, bad) {
				t.Errorf("%q made %s", text, html)
			}
		}
	})
}
