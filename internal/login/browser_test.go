package login

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"udap-idp/internal/pages"
)

// webBrowser keeps the cookies that a room sets.
type webBrowser struct {
	t       testing.TB
	rm      *room
	cookies map[string]string
}

func newBrowser(t testing.TB, rm *room) *webBrowser {
	return &webBrowser{t: t, rm: rm, cookies: map[string]string{}}
}

type answer struct {
	status   int
	location string
	body     string
	header   http.Header
	cookies  []*http.Cookie
}

func (b *webBrowser) get(path string) answer {
	b.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *webBrowser) post(path string, form url.Values) answer {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

func (b *webBrowser) send(r *http.Request) answer {
	b.t.Helper()
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r.Header.Set("User-Agent", "test browser")
	w := httptest.NewRecorder()
	b.rm.mux.ServeHTTP(w, r)
	result := w.Result()
	for _, c := range result.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return answer{
		status: result.StatusCode, location: result.Header.Get("Location"), body: w.Body.String(),
		header: result.Header, cookies: result.Cookies(),
	}
}

// copyOf is another browser that somebody planted this one's cookies in, or stole them from.
func (b *webBrowser) copyOf() *webBrowser {
	c := newBrowser(b.t, b.rm)
	for name, value := range b.cookies {
		c.cookies[name] = value
	}
	return c
}

// page is the data-page of an answer.
func (a answer) page() string { return first(a.body, `data-page="([^"]*)"`) }

// wants fails the test unless the answer is this page with this status.
func (a answer) wants(t testing.TB, status int, page string) {
	t.Helper()
	if a.status != status || a.page() != page {
		t.Fatalf("got status %d, page %q, location %q; want status %d, page %q\n%s",
			a.status, a.page(), a.location, status, page, a.body)
	}
}

// leadsTo fails the test unless the answer is a redirect to this address.
func (a answer) leadsTo(t testing.TB, want string) {
	t.Helper()
	if a.status != http.StatusSeeOther || a.location != want {
		t.Fatalf("got status %d, location %q; want 303 to %q\n%s", a.status, a.location, want, a.body)
	}
}

func first(text, pattern string) string {
	m := regexp.MustCompile("(?s)" + pattern).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func (a answer) input(name string) string {
	return first(a.body, `name="`+name+`" value="([^"]*)"`)
}

// options are the ceremony's, as the script reads them.
func (a answer) options() string {
	m := regexp.MustCompile(`(?s)<script type="application/json" id="passkey-options">(.*?)</script>`).FindStringSubmatch(a.body)
	if m == nil {
		return ""
	}
	return m[1]
}

// enrol fills the invitation page's form with a new passkey.
func (d *device) enrol(t testing.TB, page answer) url.Values {
	t.Helper()
	options, err := virtualwebauthn.ParseAttestationOptions(page.options())
	if err != nil {
		t.Fatalf("creation options: %v\n%s", err, page.body)
	}
	return url.Values{
		"ceremony":    {page.input("ceremony")},
		"credential":  {virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.credential, *options)},
		"declaration": {pages.DeclarationVersion},
	}
}

// answer fills the sign-in page's form with the passkey's answer.
func (d *device) answer(t testing.TB, page answer) url.Values {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(page.options())
	if err != nil {
		t.Fatalf("request options: %v\n%s", err, page.body)
	}
	return url.Values{
		"request":    {page.input("request")},
		"ceremony":   {page.input("ceremony")},
		"credential": {virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.credential, *options)},
	}
}

// allow is the consent page's form with a yes.
func allowForm(request string) url.Values {
	return url.Values{"request": {request}, "decision": {"allow"}}
}
