package config

import (
	"strings"
	"testing"
)

func TestConfigurationFileIsStrict(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, content string
		prefix        string // %F stands for the file
		words         string
	}{
		{"unknown member", `{"isuer": "https://a.example.org"}`, "isuer in %F: ", "did you mean issuer?"},
		{"underscores", `{"data_dir": "x"}`, "data_dir in %F: ", "did you mean data-dir?"},
		{"other case", `{"Issuer": "https://a.example.org"}`, "Issuer in %F: ", "did you mean issuer?"},
		{"nothing like it", `{"q": "x"}`, "q in %F: ", "known are data-dir"},
		{"twice", `{"log-level": "info", "log-level": "warn"}`, "log-level in %F: ", "twice"},
		{"number", `{"shutdown-timeout": 20}`, "shutdown-timeout in %F: ", "string in quotation marks"},
		{"null", `{"issuer": null}`, "issuer in %F: ", "string in quotation marks"},
		{"empty", `{"issuer": ""}`, "issuer in %F: ", "must not be empty"},
		{"list of numbers", `{"trusted-proxies": [1]}`, "trusted-proxies in %F: ", "list of strings"},
		{"nested file", `{"config": "x"}`, "config in %F: ", "cannot name another"},
		{"master key", `{"master-key": "x"}`, "master-key in %F: ", "UDAP_IDP_MASTER_KEY"},
		{"bad value", `{"log-level": "loud"}`, "log-level in %F: ", "use debug"},
		{"comment", "{\n// a comment\n\"log-level\": \"info\"}", "--config: %F: line 2: ", "comments"},
		{"unfinished", "{\n\"log-level\": \"info\"", "--config: %F: line 2: ", "not finished"},
		{"no object", `[]`, "--config: %F: ", "one JSON object"},
		{"no content", ``, "--config: %F: ", "one JSON object"},
		{"two objects", `{} {}`, "--config: %F: ", "follows"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := writeFile(t, "c.json", c.content)
			_, err := (&Settings{Config: &file}).Resolve(nil)
			mustFail(t, err, strings.ReplaceAll(c.prefix, "%F", file), c.words)
		})
	}
}

func FuzzConfigurationFile(f *testing.F) {
	f.Add([]byte(`{"issuer": "https://a.example.org", "trusted-proxies": ["10.0.0.1"]}`))
	f.Add([]byte(`{"issuer": "a", "issuer": "b"}`))
	f.Add([]byte(`{"a":{"b":[1,2,{}]},`))
	f.Fuzz(func(t *testing.T, data []byte) {
		given, err := parseFile(data, value{text: "f.json", name: "--config"})
		if err != nil {
			return
		}
		for name, v := range given {
			if !isSetting(name) || v.text == "" {
				t.Errorf("accepted %q = %q", name, v.text)
			}
		}
	})
}

func FuzzIssuer(f *testing.F) {
	for _, seed := range []string{"https://a.example.org/p", "http://[::1]:8080", "https://a.example.org/%2e%2e", "http://localhost:0", "https://0/0 0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkIssuer(text) != nil {
			return
		}
		if strings.ContainsAny(text, "?# \t\"") || strings.HasSuffix(text, "/") {
			t.Errorf("accepted %q", text)
		}
	})
}
