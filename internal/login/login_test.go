package login

import (
	"net/url"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	tests := []struct {
		name   string
		change func(*Config)
		ok     bool
	}{
		{"as it is", func(*Config) {}, true},
		{"shorter limits", func(c *Config) { c.Limits = Limits{Idle: time.Minute, Absolute: time.Hour} }, true},
		{"localhost", func(c *Config) { c.Issuer = "http://localhost:8080" }, true},
		{"longer idle limit", func(c *Config) { c.Limits.Idle = 31 * time.Minute }, false},
		{"longer session limit", func(c *Config) { c.Limits.Absolute = 13 * time.Hour }, false},
		{"negative limit", func(c *Config) { c.Limits.Idle = -time.Second }, false},
		{"issuer on an IP address: no passkeys there", func(c *Config) { c.Issuer = "https://192.0.2.1" }, false},
		{"issuer without a host", func(c *Config) { c.Issuer = "https://" }, false},
		{"issuer of another scheme", func(c *Config) { c.Issuer = "ftp://idp.example" }, false},
		{"no operator", func(c *Config) { c.OperatorName = "" }, false},
		{"no store", func(c *Config) { c.Store = nil }, false},
		{"no authorizer", func(c *Config) { c.Authorizer = nil }, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := rm.Config
			test.change(&c)
			if _, err := New(c); (err == nil) != test.ok {
				t.Errorf("New: %v, want success %t", err, test.ok)
			}
		})
	}
}

func TestWebOriginIsAsBrowsersWriteIt(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://idp.example":           "https://idp.example",
		"https://IdP.Example:443":       "https://idp.example",
		"https://idp.example:8443/base": "https://idp.example:8443",
		"http://localhost:8080":         "http://localhost:8080",
		"http://localhost:80":           "http://localhost",
	}
	for issuer, want := range tests {
		u, err := url.Parse(issuer)
		if err != nil {
			t.Fatal(err)
		}
		if got := webOrigin(u); got != want {
			t.Errorf("webOrigin(%s) = %s, want %s", issuer, got, want)
		}
	}
}

func TestVisitorLeavesNoSession(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	for _, path := range []string{"/", "/invite/abc"} {
		if got := b.get(path); len(got.cookies) != 0 {
			t.Errorf("GET %s set a cookie", path)
		}
	}
}

func TestOnlyIDsAreLookedUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{idp.NewID(), true},
		{idp.NewUUIDv4(), true},
		{"", false},
		{"0190a5b0-0000-7000-8000-00000000000", false},
		{"0190a5b0-0000-7000-8000-0000000000000", false},
		{"0190A5B0-0000-7000-8000-000000000000", false},
		{"0190a5b000000-7000-8000-000000000000", false},
		{"0190a5b0-0000-7000-8000-00000000000\x00", false},
		{"0190a5b0-0000-7000-8000-0000000000\xff\xfe", false},
	}
	for _, test := range tests {
		if got := isID(test.text); got != test.want {
			t.Errorf("isID(%q) = %t, want %t", test.text, got, test.want)
		}
	}
}
