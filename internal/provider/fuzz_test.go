package provider

import (
	"net/url"
	"strings"
	"testing"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// FuzzAuthorizationResponse: whatever the state and the redirect_uri hold, the answer keeps the address, and the client
// reads back the state and one iss.
func FuzzAuthorizationResponse(f *testing.F) {
	f.Add("https://hospital.example/callback", "af0ifjsldkj", "no")
	f.Add("https://hospital.example/callback?x=1&iss=a", "a=b&iss=c#d", "\"\\\n")
	f.Add("https://hospital.example/?", "\xff\x00 +%20", "")
	f.Add("https://hospital.example/cb#f", "", "é")
	p := &Provider{Config: Config{Endpoints: udap.NewEndpoints("https://idp.example")}}
	f.Fuzz(func(t *testing.T, address, state, description string) {
		got := p.refusalURL(idp.AuthRequest{RedirectURI: address, State: state}, udap.AccessDenied, description)
		before, fragment, _ := strings.Cut(address, "#")
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, fragment) {
			t.Fatalf("the address %q became %q", address, got)
		}
		added, _, _ := strings.Cut(strings.TrimPrefix(got, before), "#")
		query, err := url.ParseQuery(strings.TrimLeft(added, "?&"))
		if err != nil {
			t.Fatalf("added %q: %v", added, err)
		}
		if query.Get("state") != state || query.Has("state") != (state != "") || len(query["iss"]) != 1 || query.Get("iss") != "https://idp.example" {
			t.Fatalf("added %v for the state %q", query, state)
		}
		if strings.ContainsAny(query.Get("error_description"), "\"\\\r\n") {
			t.Fatalf("description %q", query.Get("error_description"))
		}
	})
}

// FuzzAuthorizationRequest: no parameters make the checks panic, and what passes has what the flow rests on.
func FuzzAuthorizationRequest(f *testing.F) {
	good := url.Values{
		"response_type": {"code"}, "scope": {"openid udap"}, "state": {"s"}, "code_challenge": {challengeOK}, "code_challenge_method": {"S256"},
	}
	f.Add(good.Encode())
	f.Add(good.Encode() + "&prompt=none&max_age=0&ui_locales=en&claims=%7B%22id_token%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22a%22%7D%7D%7D")
	f.Add("state=a&state=b&max_age=99999999999999999999&scope=%00")
	f.Fuzz(func(t *testing.T, query string) {
		form, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		a := &authorization{parameters: newParameters(form), client: idp.Client{Scope: fullScope}}
		claimedSubject(a.get("claims"))
		if a.check() != nil {
			return
		}
		if a.request.State == "" || len(a.request.CodeChallenge) != 43 || len(a.request.Scopes) < 2 || len(a.repeated) > 0 {
			t.Fatalf("passed: %+v", a.request)
		}
	})
}

func TestIssuerMayHaveAPath(t *testing.T) {
	t.Parallel()
	for issuer, want := range map[string]string{
		"https://idp.example": "", "https://idp.example/": "", "https://idp.example/a": "/a", "https://idp.example/a/b%20c": "/a/b%20c",
	} {
		if got := issuerPath(issuer); got != want {
			t.Errorf("%s: %q, want %q", issuer, got, want)
		}
	}
}
