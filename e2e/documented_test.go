package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap/udaptest"
)

const dataHoldersDoc = "../docs/data-holders.md"

// walk is a data holder's way through the provider, written down as it happens.
type walk struct {
	*provider
	t     *testing.T
	store *sqlstore.Store
	leaf  *udaptest.Leaf
	runs  map[string]string // block -> text
	uuids map[string]string // in the order in which they appear
}

// TestDocumentedExchanges walks the way that docs/data-holders.md describes and compares each request and answer with its
// block there. -update writes the blocks.
func TestDocumentedExchanges(t *testing.T) {
	w := newWalk(t)
	w.discover()
	client := w.registers()
	tokens := w.signsIn(client)
	w.reads(tokens)
	w.isRefused(client)
	w.cancels()
	w.compare()
}

func newWalk(t *testing.T) *walk {
	w := &walk{t: t, provider: newProvider(t), runs: map[string]string{}, uuids: map[string]string{}}
	w.leaf = w.community.Leaf("https://hospital.example.com")
	var err error
	if w.store, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(w.dir, "data", "udap-idp.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	return w
}

const (
	hospitalCallback = "https://hospital.example.com/callback"
	hospitalState    = "Gq1y5wKm"
	hospitalNonce    = "n-0S6_WzA2Mj"
)

func (w *walk) discover() {
	answer := w.exchange("metadata", "GET", "/.well-known/udap", nil, "")
	w.claims("signed-metadata", text(answer, "signed_metadata"))
	w.exchange("metadata-community", "GET", "/.well-known/udap?community="+url.QueryEscape(w.community.URI), nil, "", "signed_metadata")
	w.exchange("openid-configuration", "GET", "/.well-known/openid-configuration", nil, "")
	w.exchange("jwks", "GET", "/jwks", nil, "")
}

// statement is the hospital's, with something changed.
func (w *walk) statement(change func(map[string]any)) string {
	return w.leaf.Statement(w.issuer+"/register", func(c map[string]any) {
		c["redirect_uris"], c["contacts"] = []string{hospitalCallback}, []string{"mailto:operator@hospital.example.com"}
		c["logo_uri"], c["scope"] = "https://hospital.example.com/logo.png", allScopes
		change(c)
	})
}

func (w *walk) register(name string, change func(map[string]any)) map[string]any {
	body := fmt.Sprintf(`{"software_statement": %q, "udap": "1"}`, w.statement(change))
	return w.exchange(name, "POST", "/register", http.Header{"Content-Type": {"application/json"}}, body)
}

func nothing(map[string]any) {}

func (w *walk) registers() (clientID string) {
	w.claims("statement", w.statement(nothing))
	answer := w.register("register", nothing)
	w.register("modify", func(c map[string]any) { c["client_name"] = "General Hospital West" })
	w.register("restore", nothing)
	delete(w.runs, "restore")
	return text(answer, "client_id")
}

func (w *walk) cancels() {
	w.register("cancel", func(c map[string]any) { c["grant_types"] = []string{} })
	w.register("cancel-again", func(c map[string]any) { c["grant_types"] = []string{} })
}

func (w *walk) authorization(clientID string) url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {hospitalCallback}, "scope": {"openid udap"},
		"state": {hospitalState}, "nonce": {hospitalNonce}, "code_challenge": {codeChallenge()}, "code_challenge_method": {"S256"},
	}
}

// signsIn walks from the authorization request to the tokens, in a browser in which the person is signed in.
func (w *walk) signsIn(clientID string) map[string]any {
	_, cookie := signedIn(w.t, w.store, w.provider)
	browser := http.Header{"Cookie": {"session=" + cookie.String()}, "Accept": {"text/html"}}
	request := "/authorize?" + w.authorization(clientID).Encode()
	login := w.redirect("authorize", "GET", request, browser, "")
	page := w.redirect("", "GET", login, browser, "")
	_, question := w.send("GET", page, browser, "") // the person reads what is asked, and agrees
	browser.Set("Content-Type", "application/x-www-form-urlencoded")
	browser.Set("Origin", w.issuer)
	_, identifier := w.send("POST", "/consent", browser, consentForm(question).Encode()) // asked apart the first time
	answer := w.redirect("authorized", "POST", "/consent", browser, consentForm(identifier).Encode())
	w.runs["authorized"] = answerOnly(w.runs["authorized"])
	code := must(url.Parse(answer)).Query().Get("code")

	values := tokenForm(code, hospitalCallback, w.leaf.Assertion(clientID, w.issuer+"/token"))
	w.claims("assertion", values.Get("client_assertion"))
	tokens := w.exchange("token", "POST", "/token", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, values.Encode())
	if tokens["id_token"] == nil {
		w.t.Fatalf("the code of %s buys nothing:\n%s", answer, w.runs["token"])
	}
	w.claims("id-token", text(tokens, "id_token"))
	return tokens
}

func (w *walk) reads(tokens map[string]any) {
	w.exchange("userinfo", "GET", "/userinfo", http.Header{"Authorization": {"Bearer " + text(tokens, "access_token")}}, "")
}

// isRefused shows the errors that are met most while a client is written.
func (w *walk) isRefused(clientID string) {
	w.register("error-audience", func(c map[string]any) { c["aud"] = w.issuer })
	w.register("error-scope", func(c map[string]any) { c["scope"] = "openid profile" })
	stranger := udaptest.New(w.t).Leaf("https://hospital.example.com")
	w.exchange("error-trust", "POST", "/register", http.Header{"Content-Type": {"application/json"}},
		fmt.Sprintf(`{"software_statement": %q, "udap": "1"}`, stranger.Statement(w.issuer+"/register")))
	values := tokenForm("kX3vYcXkB0", hospitalCallback, w.leaf.Assertion(clientID, w.issuer))
	w.exchange("error-assertion", "POST", "/token", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, values.Encode())
	values.Set("client_assertion", w.leaf.Assertion(clientID, w.issuer+"/token"))
	w.exchange("error-code", "POST", "/token", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, values.Encode())
	for _, name := range []string{"error-audience", "error-scope", "error-trust", "error-assertion", "error-code"} {
		w.runs[name] = answerOnly(w.runs[name])
	}
	withoutChallenge := w.authorization(clientID)
	withoutChallenge.Del("code_challenge")
	withoutChallenge.Del("code_challenge_method")
	w.redirect("error-authorize", "GET", "/authorize?"+withoutChallenge.Encode(), nil, "")
}

func text(m map[string]any, name string) string { s, _ := m[name].(string); return s }

// send makes one request without following redirects.
func (w *walk) send(method, path string, header http.Header, body string) (*http.Response, []byte) {
	w.t.Helper()
	target := path
	if !strings.HasPrefix(path, "http") {
		target = w.issuer + path
	}
	request, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header = header
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer, data
}

// exchange makes a request, writes it down with its answer, and returns the answer. Of an answer with only members, only
// those are written.
func (w *walk) exchange(name, method, path string, header http.Header, body string, only ...string) map[string]any {
	w.t.Helper()
	answer, data := w.send(method, path, header, body)
	var members map[string]any
	if err := json.Unmarshal(data, &members); err != nil {
		w.t.Fatalf("%s: %s %q: %v", name, answer.Status, data, err)
	}
	shown := string(bytes.TrimSpace(data))
	if len(only) > 0 {
		shown = fmt.Sprintf(`{"…": "as above", %q: %q}`, only[0], text(members, only[0]))
	}
	w.write(name, "http", w.requestText(method, path, header, body)+"\n"+w.answerText(answer)+pretty(shown)+"\n")
	return members
}

// redirect makes a request that is answered by sending the browser on, and returns where to.
func (w *walk) redirect(name, method, path string, header http.Header, body string) string {
	w.t.Helper()
	answer, data := w.send(method, path, header, body)
	location := answer.Header.Get("Location")
	if location == "" {
		w.t.Fatalf("%s %s: %s, and no redirect\n%s", method, path, answer.Status, data)
	}
	if name != "" {
		shown := fmt.Sprintf("HTTP/1.1 %s\nLocation: %s\n", answer.Status, wrapQuery(location))
		w.write(name, "http", w.requestText(method, path, nil, "")+"\n"+shown)
	}
	return location
}

// claims writes down the header and the claims of a JWT.
func (w *walk) claims(name, jwt string) {
	w.t.Helper()
	parts := strings.Split(jwt, ".")
	var shown []string
	for _, part := range parts[:2] {
		shown = append(shown, pretty(string(must(base64.RawURLEncoding.DecodeString(part)))))
	}
	w.write(name, "json", strings.Join(shown, "\n")+"\n")
}

func (w *walk) requestText(method, path string, header http.Header, body string) string {
	out := fmt.Sprintf("%s %s HTTP/1.1\nHost: idp.example.org\n", method, wrapQuery(path))
	for _, name := range []string{"Authorization", "Content-Type"} {
		if value := header.Get(name); value != "" {
			out += name + ": " + value + "\n"
		}
	}
	if strings.HasPrefix(body, "{") {
		return out + "\n" + pretty(body) + "\n"
	}
	if body != "" {
		out += "\n" + strings.ReplaceAll(body, "&", "\n&") + "\n"
	}
	return out
}

func (w *walk) answerText(answer *http.Response) string {
	out := fmt.Sprintf("HTTP/1.1 %s\n", answer.Status)
	for _, name := range []string{"Content-Type", "Cache-Control", "Pragma", "Allow"} {
		if value := answer.Header.Get(name); value != "" {
			out += name + ": " + value + "\n"
		}
	}
	return out + "\n"
}

// wrapQuery writes each parameter of a query on a line of its own.
func wrapQuery(address string) string {
	path, query, ok := strings.Cut(address, "?")
	if !ok || !strings.Contains(query, "&") {
		return address
	}
	return path + "?" + strings.ReplaceAll(query, "&", "\n    &")
}

// answerOnly drops the request.
func answerOnly(run string) string {
	_, answer, _ := strings.Cut(run, "\nHTTP/1.1 ")
	return "```http\nHTTP/1.1 " + answer
}

// pretty indents JSON and keeps the order of its members. Short lists of words stay on one line.
func pretty(data string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(data), "", "  "); err != nil {
		return data
	}
	return shortLists.ReplaceAllStringFunc(out.String(), func(list string) string {
		one := regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(list, " ")
		one = strings.ReplaceAll(strings.ReplaceAll(one, "[ ", "["), " ]", "]")
		if len(one) > 110 {
			return list
		}
		return one
	})
}

var shortLists = regexp.MustCompile(`\[\n(\s*"[^"\n]{0,100}",?\n)+\s*\]`)

func (w *walk) write(name, language, content string) {
	w.runs[name] = "```" + language + "\n" + w.normal(content) + "```\n"
}

var (
	aJWT       = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}(\.[A-Za-z0-9_-]*){1,2}`)
	aCert      = regexp.MustCompile(`"MII[A-Za-z0-9+/=]{40,}"`)
	aNumber    = regexp.MustCompile(`"(iat|exp|auth_time|updated_at|verified_at)": ?(\d+)`)
	aSecret    = regexp.MustCompile(`"(jti|kid|at_hash|n|access_token|x5t#S256)": ?"[^"]*"`)
	aParameter = regexp.MustCompile(`\b(code|client_assertion|req|code_verifier|code_challenge)=[^\s&]*`)
	aBearer    = regexp.MustCompile(`Bearer \S+`)
)

// sample is what is shown instead of a value that differs each time.
var sample = map[string]string{
	"jti": "Q5cQ2nTzJ0yT3Vd8", "kid": "x1Fq…", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "n": "u1W8…", "access_token": "SlAV32hkKG…",
	"code": "SplxlOBeZQ…", "client_assertion": "eyJ…", "req": "Wb0kZ9…", "code_verifier": "dBjftJeZ4CVP…", "code_challenge": "E9Melhoa2Owv…",
}

// normal replaces what differs from one run to the next.
func (w *walk) normal(s string) string {
	escaped := url.QueryEscape(w.issuer)
	s = strings.ReplaceAll(strings.ReplaceAll(s, w.issuer, "https://idp.example.org"), escaped, url.QueryEscape("https://idp.example.org"))
	s = aJWT.ReplaceAllString(s, "eyJ…")
	s = aCert.ReplaceAllString(s, `"MII…"`)
	s = madeUpName.ReplaceAllString(s, "$1 CA")
	s = uuid.ReplaceAllStringFunc(s, func(id string) string {
		if w.uuids[id] == "" {
			sum := sha256.Sum256(fmt.Append(nil, "example ", len(w.uuids)))
			w.uuids[id] = fmt.Sprintf("%x-%x-4%x-8%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])[:36]
		}
		return w.uuids[id]
	})
	s = aSecret.ReplaceAllStringFunc(s, func(member string) string {
		name := aSecret.FindStringSubmatch(member)[1]
		return fmt.Sprintf("%q: %q", name, sample[name])
	})
	s = aParameter.ReplaceAllStringFunc(s, func(pair string) string {
		name, _, _ := strings.Cut(pair, "=")
		return name + "=" + sample[name]
	})
	s = aBearer.ReplaceAllString(s, "Bearer "+sample["access_token"])
	return w.steadyTimes(s)
}

// steadyTimes keeps how far iat and exp are apart, and nothing else of times.
func (w *walk) steadyTimes(s string) string {
	const begin = 1767225600 // 2026-01-01
	var first int
	for _, found := range aNumber.FindAllStringSubmatch(s, -1) {
		if n := must(strconv.Atoi(found[2])); found[1] == "iat" {
			first = n
		}
	}
	return aNumber.ReplaceAllStringFunc(s, func(member string) string {
		found := aNumber.FindStringSubmatch(member)
		after := must(strconv.Atoi(found[2])) - first
		if found[1] == "auth_time" {
			after = -20 // as long as a person takes to agree
		}
		if found[1] == "updated_at" || found[1] == "verified_at" {
			after = -86400 // whenever the clerk did it
		}
		return fmt.Sprintf("%q: %d", found[1], begin+after)
	})
}

var aBlock = regexp.MustCompile(`(?s)<!-- run: ([a-z-]+) -->\n(.*?)<!-- end -->`)

// compare looks for every block of the document among the runs and every run in the document.
func (w *walk) compare() {
	w.t.Helper()
	document, err := os.ReadFile(dataHoldersDoc)
	if err != nil {
		w.t.Fatal(err)
	}
	shown := map[string]bool{}
	after := aBlock.ReplaceAllStringFunc(string(document), func(block string) string {
		found := aBlock.FindStringSubmatch(block)
		name, before := found[1], found[2]
		shown[name] = true
		run, ok := w.runs[name]
		if !ok {
			w.t.Errorf("%s shows %q, which is not run", dataHoldersDoc, name)
			return block
		}
		if before != run && !*update {
			w.t.Errorf("%s: %s is not what the server says; -update writes it anew\n%s", dataHoldersDoc, name, difference(before, run))
		}
		return "<!-- run: " + name + " -->\n" + run + "<!-- end -->"
	})
	for name, run := range w.runs {
		if !shown[name] {
			w.t.Errorf("%s does not show %q:\n%s", dataHoldersDoc, name, run)
		}
	}
	if *update {
		if err := os.WriteFile(dataHoldersDoc, []byte(after), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

// difference is the lines from the first that differ to the last.
func difference(before, after string) string {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	for len(was) > 0 && len(is) > 0 && was[0] == is[0] {
		was, is = was[1:], is[1:]
	}
	for len(was) > 0 && len(is) > 0 && was[len(was)-1] == is[len(is)-1] {
		was, is = was[:len(was)-1], is[:len(is)-1]
	}
	return "- " + strings.Join(was, "\n- ") + "\n+ " + strings.Join(is, "\n+ ")
}
