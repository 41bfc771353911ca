package registration_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"udap-idp/internal/idp"
	"udap-idp/internal/registration"
)

func TestLoopbackRedirectNeedsItsSwitch(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	tests := []struct {
		name      string
		community bool
		client    *bool // of the client, which is registered before; nil: it says nothing
		good      bool
	}{
		{"strict", false, nil, false},
		{"allowed by the community", true, nil, true},
		{"allowed to the client", false, &yes, true},
		{"refused to the client", true, &no, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(c *registration.Config) {
				c.Communities = settings{Compatibility: idp.Compatibility{LoopbackRedirect: test.community}}
			})
			l := h.Community.Leaf(hospital)
			first := h.register(t, l.Statement(h.URL))
			id, _ := first.Body["client_id"].(string)
			if _, err := h.Store.SetClientSettings(t.Context(), id, idp.ClientSettings{LoopbackRedirect: test.client}, idp.Trail{}); err != nil {
				t.Fatal(err)
			}
			for _, uri := range []string{"http://localhost:4567/cb", "http://127.0.0.1/cb", "http://[::1]:4567/cb"} {
				r := h.register(t, l.Statement(h.URL, set("redirect_uris", []string{uri, "https://hospital.example/cb"})))
				if test.good {
					if r.Status != 200 || !strings.Contains(h.Log.String(), `"switch":"loopback redirect","detail":"`+uri+`","community":"first","iss":"`+hospital+`"`) {
						t.Errorf("%s: got %d %v, logged %s", uri, r.Status, r.Body, h.Log)
					}
					continue
				}
				if r.Status != 400 || r.code() != badRedirect || strings.Contains(h.Log.String(), "switch") {
					t.Errorf("%s: got %d %v", uri, r.Status, r.Body)
				}
			}
			// A switch opens no more than it says.
			for _, bad := range []func(map[string]any){
				set("redirect_uris", []string{"http://hospital.example/cb"}),
				set("redirect_uris", []string{"http://localhost.evil.example/cb"}),
				set("redirect_uris", []string{"http://localhost/cb", "http://10.0.0.1/cb"}),
				func(m map[string]any) {
					m["redirect_uris"], m["logo_uri"] = []string{"http://localhost/cb"}, "http://localhost/logo.png"
				},
			} {
				if r := h.register(t, l.Statement(h.URL, bad)); r.Status != 400 {
					t.Errorf("got %d %v, want a refusal", r.Status, r.Body)
				}
			}
			// Nor for the members of another community.
			r := h.register(t, h.Second.Leaf(hospital).Statement(h.URL, set("redirect_uris", []string{"http://localhost:4567/cb"})))
			if r.code() != badRedirect {
				t.Errorf("another community: got %d %v", r.Status, r.Body)
			}
		})
	}
}

// UDAP Tiered OAuth §4.3 has no refresh token; UDAP Security IG §3.2.3: requested values may be replaced.
func TestRefreshTokenAndOfflineAccessAreDropped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL,
		set("grant_types", []string{"authorization_code", "refresh_token"}), set("scope", "openid udap offline_access")))
	if r.Status != 201 || !reflect.DeepEqual(r.Body["grant_types"], []any{"authorization_code"}) || r.Body["scope"] != "openid udap" {
		t.Errorf("got %d %v", r.Status, r.Body)
	}
}

// RFC 7591 §2: a default set of scopes, which the answer says.
func TestNoScopeIsTheDefaultScope(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, change := range []func(map[string]any){remove("scope"), set("scope", nil)} {
		r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL, change))
		if r.Status >= 300 || r.Body["scope"] != "openid udap" {
			t.Errorf("got %d with scope %v", r.Status, r.Body["scope"])
		}
	}
}

// UDAP Security IG §7.3 (10): nothing of what was asked for is granted here.
func TestScopesThatPolicyRefusesAreInvalidMetadata(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *registration.Config) { c.Policy.Scopes = nil })
	h.wantRefusal(t, h.register(t, h.Community.Leaf(hospital).Statement(h.URL)), 400, badMetadata, "expected openid and udap in it")
}

// A registration must not make the server call a stranger's URL.
func TestLogoIsNotFetched(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	pictures := httptest.NewUnstartedServer(http.NotFoundHandler())
	pictures.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			asked.Add(1)
		}
	}
	pictures.StartTLS()
	h := newHouse(t)
	r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL, set("logo_uri", pictures.URL+"/logo.png"), set("client_uri", pictures.URL)))
	if r.Status != 201 {
		t.Errorf("got %d %v", r.Status, r.Body)
	}
	pictures.Close() // waits for whoever is being answered
	if n := asked.Load(); n != 0 {
		t.Errorf("%d connections to where the logo is, want none", n)
	}
}
