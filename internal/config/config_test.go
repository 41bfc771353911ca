package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func given(text string) *string { return &text }

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustFail checks that err begins with prefix and contains each of the words.
func mustFail(t *testing.T, err error, prefix string, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that begins with %q", prefix)
	}
	if !strings.HasPrefix(err.Error(), prefix) {
		t.Errorf("error %q, want it to begin with %q", err, prefix)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q, want it to contain %q", err, word)
		}
	}
}

func TestDefaultsServeOnLoopback(t *testing.T) {
	t.Parallel()
	c, err := (&Settings{}).Resolve([]string{"HOME=/home/x", "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Errorf("defaults are refused: %v", err)
	}
	if c.Issuer != "http://localhost:8080" || c.Listen != "127.0.0.1:8080" {
		t.Errorf("issuer %q, listen %q", c.Issuer, c.Listen)
	}
	if !filepath.IsAbs(c.DataDir) || c.Database != "sqlite:"+c.DataDir+"/udap-idp.db" {
		t.Errorf("data dir %q, database %q", c.DataDir, c.Database)
	}
	if c.MasterKeyFile != c.DataDir+"/master.key" || !c.MasterKeyMayCreate {
		t.Errorf("master key file %q, may create %v", c.MasterKeyFile, c.MasterKeyMayCreate)
	}
	if c.SessionIdle != 30*time.Minute || c.SessionLimit != 12*time.Hour || c.Operator.Name != "udap-idp" {
		t.Errorf("sessions %v %v, operator %q", c.SessionIdle, c.SessionLimit, c.Operator.Name)
	}
	if c.AttemptsAge != 90*24*time.Hour || c.AttemptsMax != 100_000 {
		t.Errorf("attempts %v %d", c.AttemptsAge, c.AttemptsMax)
	}
}

func TestFlagBeatsEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "udap-idp.json", `{"operator-name": "file", "log-level": "error", "log-format": "json",
		"trusted-proxies": ["10.0.0.1", "192.168.0.0/16"]}`)
	s := Settings{OperatorName: given("flag")}
	c, err := s.Resolve([]string{"UDAP_IDP_CONFIG=" + file, "UDAP_IDP_OPERATOR_NAME=environment", "UDAP_IDP_LOG_LEVEL=debug",
		"UDAP_IDP_LOG_FORMAT="})
	if err != nil {
		t.Fatal(err)
	}

	want := map[string]Described{
		"operator-name":    {Value: "flag", Source: "flag", From: "--operator-name"},
		"log-level":        {Value: "debug", Source: "environment", From: "UDAP_IDP_LOG_LEVEL"},
		"log-format":       {Value: "json", Source: "file", From: "log-format in " + file},
		"trusted-proxies":  {Value: "10.0.0.1/32,192.168.0.0/16", Source: "file", From: "trusted-proxies in " + file},
		"config":           {Value: file, Source: "environment", From: "UDAP_IDP_CONFIG"},
		"listen":           {Value: "127.0.0.1:8080", Source: "default"},
		"issuer":           {Value: "http://localhost:8080", Source: "default"},
		"shutdown-timeout": {Value: "20s", Source: "default"},
		"session-idle":     {Value: "30m", Source: "default"},
		"session-limit":    {Value: "12h", Source: "default"},
		"closing-wait":     {Value: "336h", Source: "default"},
		"request-lifetime": {Value: "15m", Source: "default"},
		"code-lifetime":    {Value: "24h", Source: "default"},
		"help-email":       {Source: "default"},
		"master-key":       {Source: "default"},

		"revocation-interval": {Value: "1h", Source: "default"},
	}
	described := map[string]Described{}
	for _, d := range c.Describe() {
		described[d.Name] = d
	}
	if len(described) != len(settings) {
		t.Errorf("%d settings described, want %d", len(described), len(settings))
	}
	for name, w := range want {
		w.Name = name
		if got := described[name]; got != w {
			t.Errorf("%s: got %+v, want %+v", name, got, w)
		}
	}
}

func TestBadValuesAreRefusedByName(t *testing.T) {
	t.Parallel()
	cases := []struct {
		setting, text string
		words         string
	}{
		{"issuer", "idp.example.org", "not an absolute URL"},
		{"issuer", "ftp://idp.example.org", "not an absolute URL"},
		{"unknown-community", "403", "use default, 204 or 404"},
		{"issuer", "https:idp.example.org", "not an absolute URL"},
		{"issuer", "https://", "not an absolute URL"},
		{"issuer", "https://idp.example.org/", "ends in a slash; write https://idp.example.org"},
		{"issuer", "https://idp.example.org/a/", "ends in a slash"},
		{"issuer", "https://idp.example.org?x=1", "has a query"},
		{"issuer", "https://idp.example.org?", "has a query"},
		{"issuer", "https://idp.example.org#x", "has a fragment"},
		{"issuer", "https://idp.example.org#", "has a fragment"},
		{"issuer", "https://me:secret@idp.example.org", "user name or password"},
		{"issuer", "https://IDP.example.org", "capital letters"},
		{"issuer", "HTTPS://idp.example.org", "capital letters"},
		{"issuer", "https://idp.example.org:443", "default port"},
		{"issuer", "http://localhost:80", "default port"},
		{"issuer", "https://idp.example.org:", "port"},
		{"issuer", "https://idp.example.org:99999", "port"},
		{"issuer", "https://idp.example.org/a//b", "has a path"},
		{"issuer", "https://idp.example.org/../b", "has a path"},
		{"issuer", "https://bücher.example.org", "characters that a URI has not"},
		{"issuer", "https://idp.example.org/a b", "characters that a URI has not"},
		{"issuer", "https://idp.example.org/{tenant}", "characters that a URI has not"},
		{"issuer", "http://idp.example.org", "ordinary http"},
		{"issuer", "http://127.0.0.1.example.org", "ordinary http"},
		{"issuer", "http://localhost.example.org", "ordinary http"},
		{"attempts-age", "90d", "not a duration"},
		{"attempts-age", "30m", "between 1h and 87600h"},
		{"import-limit", "many", "is not a size"},
		{"import-limit", "10", "is not a size"},
		{"import-limit", "0MB", "between 1MB and 100GB"},
		{"import-limit", "101gb", "between 1MB and 100GB"},
		{"attempts-max", "many", "not a whole number"},
		{"attempts-max", "99", "between 100 and 10000000"},
		{"listen", "8080", "not an address to listen on"},
		{"listen", "127.0.0.1:http", "port"},
		{"metrics-listen", "9090", "not an address to listen on"},
		{"listen", "127.0.0.1:70000", "port"},
		{"listen", "a b:80", "neither an address nor a name"},
		{"database", "mysql://h/db", "sqlite:FILE"},
		{"database", "postgres://u:hunter2@h:bad/db", "sqlite:FILE"},
		{"database", "sqlite:", "name of a file"},
		{"database", "sqlite::memory:", "name of a file"},
		{"database", "sqlite:x.db?mode=ro", "no parameters"},
		{"trusted-proxies", "10.0.0.0/8,proxy", "not an address or a range"},
		{"trusted-proxies", "0.0.0.0/0", "everyone"},
		{"trusted-proxies", "::/0", "everyone"},
		{"trusted-proxies", "fe80::1%eth0", "not an address or a range"},
		{"help-email", "help", "not an e-mail address"},
		{"help-email", "Help <help@example.org>", "not an e-mail address"},
		{"help-url", "example.org/help", "not an absolute URL"},
		{"primary-color", "teal", "six hexadecimal digits"},
		{"primary-color", "#12345", "six hexadecimal digits"},
		{"help-url", "javascript:alert(1)", "not an absolute URL"},
		{"operator-name", "a\nb", "one line"},
		{"operator-name", strings.Repeat("x", 201), "200 bytes"},
		{"help-phone", " 555", "space"},
		{"log-level", "verbose", "use debug, info, warn or error"},
		{"log-format", "xml", "use text or json"},
		{"revocation-interval", "900ms", "between 1s and 24h"},
		{"revocation-interval", "25h", "between 1s and 24h"},
		{"shutdown-timeout", "20", "write it like"},
		{"shutdown-timeout", "11m", "between 1s and 10m"},
		{"shutdown-timeout", "0s", "between 1s and 10m"},
		{"session-idle", "31m", "between 10s and 30m"},
		{"session-idle", "1s", "between 10s and 30m"},
		{"session-limit", "13h", "between 1m and 12h"},
		{"request-lifetime", "16m", "between 5s and 15m"},
		{"request-lifetime", "4s", "between 5s and 15m"},
		{"code-lifetime", "25h", "between 5s and 24h"},
		{"closing-wait", "23h", "between 24h and 2160h"},
		{"closing-wait", "2161h", "between 24h and 2160h"},
	}
	for _, c := range cases {
		t.Run(c.setting+"="+c.text, func(t *testing.T) {
			t.Parallel()
			variable := variableOf(c.setting)
			_, err := (&Settings{}).Resolve([]string{variable + "=" + c.text})
			mustFail(t, err, variable+": ", c.words)
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "secret@") {
				t.Errorf("the message repeats a secret: %v", err)
			}
		})
	}
}

func TestEveryWrongSettingIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	s := Settings{Listen: given("x"), LogLevel: given("loud")}
	_, err := s.Resolve([]string{"UDAP_IDP_LOG_FORMAT=xml"})
	mustFail(t, err, "--listen: ", "\n--log-level: ", "\nUDAP_IDP_LOG_FORMAT: ")
}

func TestContradictionsAreRefused(t *testing.T) {
	t.Parallel()
	database := writeFile(t, "database", "sqlite:x.db\n")
	cases := []struct {
		name    string
		flags   Settings
		environ []string
		prefix  string
		words   string
	}{
		{"master key twice", Settings{}, []string{"UDAP_IDP_MASTER_KEY=k", "UDAP_IDP_MASTER_KEY_FILE=f"}, "UDAP_IDP_MASTER_KEY: ", "UDAP_IDP_MASTER_KEY_FILE is set as well"},
		{"master key in two places", Settings{MasterKeyFile: given("f")}, []string{"UDAP_IDP_MASTER_KEY=k"}, "UDAP_IDP_MASTER_KEY: ", "--master-key-file is set as well"},
		{"database twice", Settings{Database: given("sqlite:x")}, []string{"UDAP_IDP_DATABASE_FILE=" + database}, "--database: ", "UDAP_IDP_DATABASE_FILE is set as well"},
		{"certificate without key", Settings{TLSCertificate: given("c.pem")}, nil, "--tls-certificate: ", "tls-key is missing"},
		{"key without certificate", Settings{}, []string{"UDAP_IDP_TLS_KEY=k.pem"}, "UDAP_IDP_TLS_KEY: ", "tls-certificate is missing"},
		{"idle longer than limit", Settings{SessionIdle: given("20m"), SessionLimit: given("10m")}, nil, "--session-idle: ", "longer than"},
		{"empty flag", Settings{Database: given("")}, nil, "--database: ", "must not be empty"},
		{"missing database file", Settings{DatabaseFile: given("/nonexistent/x")}, nil, "--database-file: ", "/nonexistent/x"},
		{"missing config file", Settings{Config: given("/nonexistent/x")}, nil, "--config: ", "/nonexistent/x"},
		{"empty database file", Settings{DatabaseFile: given(writeFile(t, "empty", "\n"))}, nil, "--database-file: ", "is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.flags.Resolve(c.environ)
			mustFail(t, err, c.prefix, c.words)
		})
	}
}

func TestUnknownVariablesAreRefusedWithTheNearestName(t *testing.T) {
	t.Parallel()
	_, err := (&Settings{}).Resolve([]string{"UDAP_IDP_ISUER=https://idp.example.org"})
	mustFail(t, err, "UDAP_IDP_ISUER: ", "did you mean UDAP_IDP_ISSUER?")
	_, err = (&Settings{}).Resolve([]string{"UDAP_IDP_="})
	mustFail(t, err, "UDAP_IDP_: ", "unknown environment variable")
	if _, err = (&Settings{}).Resolve([]string{"UDAP_IDPX=1", "XUDAP_IDP_ISUER=1"}); err != nil {
		t.Errorf("variables of others are refused: %v", err)
	}
}

func TestTransportRules(t *testing.T) {
	t.Parallel()
	tls := func(s Settings) Settings {
		s.TLSCertificate, s.TLSKey = given("c.pem"), given("k.pem")
		return s
	}
	cases := []struct {
		name  string
		flags Settings
		words string // "" when it is good
	}{
		{"https behind a proxy on loopback", Settings{Issuer: given("https://i.example.org")}, ""},
		{"https behind a named proxy", Settings{Issuer: given("https://i.example.org"), Listen: given(":80"), TrustedProxies: given("10.0.0.1, 10.1.0.0/16")}, ""},
		{"https of our own", tls(Settings{Issuer: given("https://i.example.org"), Listen: given("0.0.0.0:443")}), ""},
		{"loopback in IPv6", Settings{Listen: given("[::1]:9000")}, ""},
		{"https without TLS on every address", Settings{Issuer: given("https://i.example.org"), Listen: given(":80")}, "--issuer: https://i.example.org would be served as ordinary http"},
		{"no issuer on every address", Settings{Listen: given(":8080")}, "--issuer: required"},
		{"no issuer on a free port", Settings{Listen: given("127.0.0.1:0")}, "--issuer: required"},
		{"http on every address", Settings{Issuer: given("http://localhost:8080"), Listen: given("0.0.0.0:8080")}, "--listen: 0.0.0.0:8080 is not a loopback address"},
		{"http on every address with a proxy", Settings{Issuer: given("http://localhost"), Listen: given(":8080"), TrustedProxies: given("10.0.0.1")}, "--listen: :8080 is not a loopback address"},
		{"http issuer with TLS", tls(Settings{Issuer: given("http://localhost:8080")}), "--issuer: http://localhost:8080 is http, but --tls-certificate"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.flags.Resolve(nil)
			if err != nil {
				t.Fatal(err)
			}
			err = got.Validate()
			if c.words == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			mustFail(t, err, c.words)
		})
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	c, err := (&Settings{}).Resolve([]string{"UDAP_IDP_MASTER_KEY=hunter2",
		"UDAP_IDP_DATABASE=postgres://idp:hunter2@db.example.org/idp?sslmode=verify-full&sslpassword=hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprint(c.Describe()), c.LogValue().String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("a secret shows in %s", text)
		}
		if !strings.Contains(text, "db.example.org") {
			t.Errorf("the database's host does not show in %s", text)
		}
	}
	if c.MasterKey != "hunter2" || c.MasterKeyFile != "" || c.MasterKeyMayCreate {
		t.Errorf("master key %q in %q", c.MasterKey, c.MasterKeyFile)
	}
}

func TestDatabaseComesFromItsFile(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "database", "postgres://idp:hunter2@db/idp\n")
	c, err := (&Settings{}).Resolve([]string{"UDAP_IDP_DATABASE_FILE=" + file})
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "postgres://idp:hunter2@db/idp" {
		t.Errorf("database %q", c.Database)
	}
	for _, d := range c.Describe() {
		if d.Name == "database" && (d.From != "UDAP_IDP_DATABASE_FILE" || strings.Contains(d.Value, "hunter2")) {
			t.Errorf("described as %+v", d)
		}
	}
}

func TestMasterKeyFileGivenByNameIsNeverMade(t *testing.T) {
	t.Parallel()
	c, err := (&Settings{MasterKeyFile: given("/run/secrets/key")}).Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.MasterKeyFile != "/run/secrets/key" || c.MasterKeyMayCreate {
		t.Errorf("file %q, may create %v", c.MasterKeyFile, c.MasterKeyMayCreate)
	}
}

func TestShorterSessionLimitShortensTheDefaultIdleLimit(t *testing.T) {
	t.Parallel()
	c, err := (&Settings{SessionLimit: given("10m")}).Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.SessionIdle != 10*time.Minute {
		t.Errorf("idle limit %v, want 10m", c.SessionIdle)
	}
}

func TestSignUpIsByInvitationUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "invitation", "off": "off", "open": "open", "invitation": "invitation"} {
		s := &Settings{}
		if text != "" {
			s.SignUp = given(text)
		}
		if c, err := s.Resolve(nil); err != nil || c.SignUp != want {
			t.Errorf("%q: %q (%v), want %q", text, c.SignUp, err, want)
		}
	}
	_, err := (&Settings{SignUp: given("anybody")}).Resolve(nil)
	mustFail(t, err, "--sign-up: ", "none of off, invitation and open")
}

func TestTwoPersonsAreAskedForUnlessSwitchedOff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": true, "on": true, "off": false} {
		s := &Settings{}
		if text != "" {
			s.TwoPersonApproval = given(text)
		}
		if c, err := s.Resolve(nil); err != nil || c.TwoPersonApproval != want {
			t.Errorf("%q: %t (%v), want %t", text, c.TwoPersonApproval, err, want)
		}
	}
	_, err := (&Settings{TwoPersonApproval: given("maybe")}).Resolve(nil)
	mustFail(t, err, "--two-person-approval: ", "neither on nor off")
}

// TestPeopleHaveTimeOutsideOfATrial: times that tests need are for a server on one machine.
func TestPeopleHaveTimeOutsideOfATrial(t *testing.T) {
	t.Parallel()
	for setting, least := range map[string]string{"request-lifetime": "5m", "code-lifetime": "5m", "session-idle": "1m"} {
		short := variableOf(setting) + "=10s"
		trial, err := (&Settings{}).Resolve([]string{short})
		if err == nil {
			err = trial.Validate()
		}
		if err != nil {
			t.Errorf("on trial: %v", err)
		}
		real, err := (&Settings{}).Resolve([]string{short, "UDAP_IDP_ISSUER=https://id.example.org", "UDAP_IDP_TRUSTED_PROXIES=10.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		mustFail(t, real.Validate(), variableOf(setting)+": 10s is too short", "at least "+least)
	}
}
