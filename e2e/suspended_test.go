package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"udap-idp/internal/udap/udaptest"
)

// holder is a data holder that speaks HTTP with a provider, and a patient's browser that it sent.
type holder struct {
	t       *testing.T
	p       *provider
	leaf    *udaptest.Leaf
	id      string
	patient *http.Client
}

func newHolder(t *testing.T, p *provider) *holder {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{t: t, p: p, leaf: p.community.Leaf("https://bench.example"), patient: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	h.id = p.register(h.leaf, "https://bench.example/callback", allScopes)
	return h
}

// reply is an answer, read.
type reply struct {
	status   int
	location string
	body     string
	code     string // error, when the body is JSON
	detail   string // error_description
	token    string // access_token
}

func (h *holder) do(client *http.Client, r *http.Request) reply {
	h.t.Helper()
	answer, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	var members struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		AccessToken string `json:"access_token"`
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(body, &members); err != nil {
			h.t.Fatalf("%s: %v", body, err)
		}
	}
	return reply{answer.StatusCode, answer.Header.Get("Location"), string(body), members.Error, members.Description, members.AccessToken}
}

func (h *holder) request(method, path, contentType, body string) *http.Request {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.p.issuer+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// page opens a page in the patient's browser.
func (h *holder) page(path string) reply {
	h.t.Helper()
	return h.do(h.patient, h.request(http.MethodGet, path, "", ""))
}

func (h *holder) authorize() reply {
	h.t.Helper()
	return h.page("/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {h.id}, "redirect_uri": {"https://bench.example/callback"}, "scope": {"openid udap"},
		"state": {"s"}, "code_challenge": {strings.Repeat("c", 43)}, "code_challenge_method": {"S256"},
	}.Encode())
}

func (h *holder) register() reply {
	h.t.Helper()
	body, err := json.Marshal(map[string]any{"software_statement": h.leaf.Statement(h.p.issuer + "/register"), "udap": "1"})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.do(http.DefaultClient, h.request(http.MethodPost, "/register", "application/json", string(body)))
}

func (h *holder) token(form string) reply {
	h.t.Helper()
	return h.do(http.DefaultClient, h.request(http.MethodPost, "/token", "application/x-www-form-urlencoded", form))
}

func (h *holder) userInfo(token string) reply {
	h.t.Helper()
	r := h.request(http.MethodGet, "/userinfo", "", "")
	r.Header.Set("Authorization", "Bearer "+token)
	return h.do(http.DefaultClient, r)
}

// operate runs an operator's command on the data holder, beside the running server.
func (h *holder) operate(command string, flags ...string) (state string) {
	h.t.Helper()
	var printed struct {
		State string `json:"state"`
	}
	args := append([]string{"client", command, h.id}, flags...)
	run(h.t, &printed, append(args, h.p.settings...)...)
	return printed.State
}

// wants compares an answer with what is wanted; text is in the body.
func (r reply) wants(t *testing.T, what string, status int, code, text string) {
	t.Helper()
	if r.status != status || r.code != code || !strings.Contains(r.body, text) {
		t.Errorf("%s: %d %q to %q, want %d %q with %q\n%s", what, r.status, r.code, r.location, status, code, text, r.body)
	}
}

// TestSuspendedClientIsRefusedEverywhereAtOnce: the operator suspends a data holder while the server runs, and resumes it.
// Each request is the first one after the command.
func TestSuspendedClientIsRefusedEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "--help-email", "help@idp.example")
	h := newHolder(t, p)
	forms := prepare(t, p, h.leaf, h.id, 2)
	accessToken := h.token(forms[0]).token
	h.userInfo(accessToken).wants(t, "userinfo before", http.StatusOK, "", `"sub"`)
	signIn := h.authorize().location
	if !strings.HasPrefix(signIn, "/login?req=") {
		t.Fatalf("authorize leads to %q, want the sign-in page", signIn)
	}
	h.page(signIn).wants(t, "sign-in before", http.StatusOK, "", "passkey-sign-in")

	if state := h.operate("suspend", "--reason", "secret reason"); state != "suspended" {
		t.Fatalf("state %q after suspend", state)
	}
	refused := map[string]reply{
		"authorize": h.authorize(), "a step on the way": h.page(signIn), "token": h.token(forms[1]), "userinfo": h.userInfo(accessToken), "register": h.register(),
	}
	refused["authorize"].wants(t, "authorize", http.StatusForbidden, "", `data-page="problem"`)
	refused["a step on the way"].wants(t, "a step on the way", http.StatusForbidden, "", "at the moment")
	refused["token"].wants(t, "token", http.StatusBadRequest, "invalid_client", "the operator of this server has suspended the client")
	refused["userinfo"].wants(t, "userinfo", http.StatusUnauthorized, "invalid_token", "unknown, expired or revoked")
	refused["register"].wants(t, "register", http.StatusBadRequest, "unapproved_software_statement", "please ask the operator: help@idp.example")
	for what, got := range refused {
		if got.location != "" || strings.Contains(got.body, "bench.example/callback") {
			t.Errorf("%s leads to the data holder", what)
		}
		if strings.Contains(got.body, "secret reason") {
			t.Errorf("%s tells the operator's reason", what)
		}
	}
	if strings.Contains(p.process.output(), "secret reason") {
		t.Error("the operator's reason is in the log")
	}

	if state := h.operate("resume"); state != "registered" {
		t.Fatalf("state %q after resume", state)
	}
	if got := h.authorize(); !strings.HasPrefix(got.location, "/login?req=") {
		t.Errorf("authorize after resume: %d to %q", got.status, got.location)
	}
	h.page(signIn).wants(t, "the step on the way after resume", http.StatusOK, "", "passkey-sign-in")
	h.token(forms[1]).wants(t, "token after resume", http.StatusOK, "", "id_token")
	h.userInfo(accessToken).wants(t, "userinfo after resume", http.StatusOK, "", `"sub"`)
	h.register().wants(t, "register after resume", http.StatusOK, "", h.id)

	if state := h.operate("delete", "--yes"); state != "deleted" {
		t.Fatalf("state %q after delete", state)
	}
	h.page(signIn).wants(t, "a step on the way after delete", http.StatusBadRequest, "", `data-page="problem"`)
	h.userInfo(accessToken).wants(t, "userinfo after delete", http.StatusUnauthorized, "invalid_token", "")
	if got := h.register(); got.status != http.StatusCreated || strings.Contains(got.body, h.id) {
		t.Errorf("register after delete: %d %s, want a new client_id", got.status, got.body)
	}
}
