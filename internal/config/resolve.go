package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// resolver turns texts into a Config and remembers every one that is wrong.
type resolver struct {
	given values
	errs  []error
}

func (r *resolver) config() Config {
	var c Config
	c.DataDir = r.path("data-dir")
	c.Listen = r.parsed("listen", checkListen)
	c.Issuer = r.parsed("issuer", checkIssuer)
	if c.Issuer == "" && r.ok("issuer") {
		c.Issuer = assumedIssuer(c.Listen)
	}
	c.Database = r.database(c)

	c.MasterKey = r.text("master-key")
	c.MasterKeyFile = r.path("master-key-file")
	if c.MasterKey == "" && c.MasterKeyFile == "" {
		c.MasterKeyFile, c.MasterKeyMayCreate = c.inDataDir("master.key"), true
	}

	c.TLSCertificate, c.TLSKey = r.path("tls-certificate"), r.path("tls-key")
	r.together("tls-certificate", "tls-key")
	c.TrustedProxies = parse(r, "trusted-proxies", parseProxies)

	c.RevocationInterval = parse(r, "revocation-interval", within(time.Second, 24*time.Hour))
	c.FetchAllow = parse(r, "fetch-allow", parseHosts)

	c.AssertIAL2 = parse(r, "assert-ial2", parseBool)
	c.AttemptsAge = parse(r, "attempts-age", within(time.Hour, 10*365*24*time.Hour))
	c.AttemptsMax = parse(r, "attempts-max", parseAttemptsMax)
	c.ImportLimit = parse(r, "import-limit", parseSize)
	c.AuditKeep = parse(r, "audit-keep", parseKeep)
	c.UnknownCommunity = r.parsed("unknown-community", checkUnknownCommunity)

	c.Operator = Operator{
		Name:      r.parsed("operator-name", checkShortText),
		HelpEmail: r.parsed("help-email", checkEmail),
		HelpPhone: r.parsed("help-phone", checkShortText),
		HelpURL:   r.parsed("help-url", checkWebPage),

		StaffEmail: r.parsed("staff-email", checkEmail),

		LogoFile:     r.path("logo-file"),
		PrimaryColor: r.parsed("primary-color", checkColor),
	}

	c.Mail = r.mail(c)

	c.SignUp = r.parsed("sign-up", checkSignUp)
	c.TwoPersonApproval = parse(r, "two-person-approval", parseSwitch)

	c.ClosingWait = parse(r, "closing-wait", within(24*time.Hour, 90*24*time.Hour))
	c.TwoPersonActs = parse(r, "two-person-acts", parseActs)

	c.MetricsListen = r.parsed("metrics-listen", checkListen)
	c.LogLevel = parse(r, "log-level", parseLogLevel)
	c.LogFormat = parse(r, "log-format", parseLogFormat)
	c.ShutdownTimeout = parse(r, "shutdown-timeout", within(time.Second, 10*time.Minute))
	c.RequestLifetime = parse(r, "request-lifetime", within(5*time.Second, idp.RequestLifetime))
	// NIST SP 800-63B-4 §4.2.1.2: a code is good for 24 hours at most; an operator may only be stricter.
	c.CodeLifetime = parse(r, "code-lifetime", within(5*time.Second, 24*time.Hour))
	// NIST SP 800-63B: AAL2 ends a session after these times; an operator may only be stricter.
	c.SessionIdle = parse(r, "session-idle", within(10*time.Second, idp.IdleLimit))
	c.SessionLimit = parse(r, "session-limit", within(time.Minute, idp.SessionLimit))
	if c.SessionIdle > c.SessionLimit && r.ok("session-idle") && r.ok("session-limit") {
		c.SessionIdle = r.shorterIdle(c)
	}
	return c
}

// shorterIdle fits the idle limit into a shorter session limit, unless both were given and contradict each other.
func (r *resolver) shorterIdle(c Config) time.Duration {
	if idle, ok := r.given["session-idle"]; ok {
		r.fail("session-idle", fmt.Errorf("%s is longer than the %s of session-limit", idle.text, c.SessionLimit))
	}
	return c.SessionLimit
}

// text is what was given for the setting, or its default.
func (r *resolver) text(name string) string {
	if given, ok := r.given[name]; ok {
		return given.text
	}
	for _, set := range settings {
		if set.name == name {
			return set.fallback
		}
	}
	panic("config: no setting is called " + name)
}

func (r *resolver) fail(name string, err error) {
	written := "--" + name
	if given, ok := r.given[name]; ok {
		written = given.name
	}
	r.errs = append(r.errs, &settingError{setting: name, text: fmt.Sprintf("%s: %v", written, err), cause: err})
}

// ok reports whether nothing was wrong with the setting so far.
func (r *resolver) ok(name string) bool {
	for _, err := range r.errs {
		var failed *settingError
		if errors.As(err, &failed) && failed.setting == name {
			return false
		}
	}
	return true
}

// settingError is a setting with a value that cannot stand.
type settingError struct {
	setting, text string
	cause         error
}

func (e *settingError) Error() string { return e.text }
func (e *settingError) Unwrap() error { return e.cause }

// parse gives the setting's text to read. A setting without text and default stays the zero value.
func parse[T any](r *resolver, name string, read func(string) (T, error)) T {
	var zero T
	text := r.text(name)
	if text == "" {
		return zero
	}
	got, err := read(text)
	if err != nil {
		r.fail(name, err)
		return zero
	}
	return got
}

func (r *resolver) parsed(name string, check func(string) error) string {
	return parse(r, name, func(text string) (string, error) { return text, check(text) })
}

// path makes a file name absolute: the working directory may change, and messages should name the file for good.
func (r *resolver) path(name string) string {
	return parse(r, name, filepath.Abs)
}

func (r *resolver) together(a, b string) {
	_, hasA := r.given[a]
	_, hasB := r.given[b]
	if hasA && !hasB {
		r.fail(a, fmt.Errorf("%s is missing; https needs both", b))
	}
	if hasB && !hasA {
		r.fail(b, fmt.Errorf("%s is missing; https needs both", a))
	}
}

// content is what stands in the file that a setting names. "" is an error that is remembered.
func (r *resolver) content(name string) string {
	file := r.given[name]
	data, err := readFile(file)
	if err != nil {
		r.errs = append(r.errs, err)
		return ""
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		r.fail(name, fmt.Errorf("%s is empty", file.text))
	}
	return text
}

func (r *resolver) database(c Config) string {
	name, text := "database", r.text("database")
	if _, ok := r.given["database-file"]; ok {
		name = "database-file"
		if text = r.content(name); text == "" {
			return ""
		}
	}
	if text == "" {
		return "sqlite:" + c.inDataDir("udap-idp.db")
	}
	database, err := parseDatabase(text)
	if err != nil {
		r.fail(name, err)
	}
	return database
}

func parseLogLevel(text string) (slog.Level, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[text]
	if !ok {
		return 0, fmt.Errorf("%q is not a level; use debug, info, warn or error", text)
	}
	return level, nil
}

// parseKeep: what is younger than a month is looked at still.
func parseKeep(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	return within(30*24*time.Hour, 100*365*24*time.Hour)(text)
}

// Acts are what may need a second administrator.
var Acts = []string{"admin", "close", "merge", "trust"}

func parseActs(text string) ([]string, error) {
	var acts []string
	for _, act := range strings.Split(text, ",") {
		act = strings.TrimSpace(act)
		if !slices.Contains(Acts, act) {
			return nil, fmt.Errorf("%q is none of %s", act, strings.Join(Acts, ", "))
		}
		if !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
	}
	return acts, nil
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func checkColor(text string) error {
	if !hexColor.MatchString(text) {
		return fmt.Errorf("%q is not a color; write it as six hexadecimal digits, such as #0b5c6b", text)
	}
	return nil
}

func parseSwitch(text string) (bool, error) {
	if text != "on" && text != "off" {
		return false, fmt.Errorf("%q is neither on nor off", text)
	}
	return text == "on", nil
}

func switchText(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("%q is neither true nor false", text)
	}
	return text == "true", nil
}

func parseLogFormat(text string) (LogFormat, error) {
	format := LogFormat(text)
	if format != LogText && format != LogJSON {
		return "", fmt.Errorf("%q is not a format; use text or json", text)
	}
	return format, nil
}

// parseAttemptsMax: with fewer an operator finds nothing, and with more a list takes too long.
func parseAttemptsMax(text string) (int, error) {
	const least, most = 100, 10_000_000
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", text)
	}
	if n < least || n > most {
		return 0, fmt.Errorf("%s is not between %d and %d", text, least, most)
	}
	return n, nil
}

// within reads a duration between least and most.
func within(least, most time.Duration) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration; write it like 90s, 15m or 8h", text)
		}
		if d < least || d > most {
			return 0, fmt.Errorf("%s is not between %s and %s", text, plainDuration(least), plainDuration(most))
		}
		return d, nil
	}
}

// plainDuration writes 30m for time.Duration's 30m0s.
func plainDuration(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "m0s")
	if text != d.String() {
		text += "m"
	}
	if hours, ok := strings.CutSuffix(text, "h0m"); ok {
		return hours + "h"
	}
	return text
}

// checkSignUp wants one of the modes of signing up.
func checkSignUp(text string) error {
	switch text {
	case "off", "invitation", "open":
		return nil
	}
	return fmt.Errorf("%q is none of off, invitation and open", text)
}

// checkUnknownCommunity wants one of the answers of discovery.
func checkUnknownCommunity(text string) error {
	switch text {
	case "default", "204", "404":
		return nil
	}
	return fmt.Errorf("%q is not an answer; use default, 204 or 404", text)
}

func checkShortText(text string) error {
	if len(text) > 200 {
		return errors.New("must be at most 200 bytes")
	}
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\ufffd' }) {
		return errors.New("must be plain text on one line, in UTF-8")
	}
	if strings.TrimSpace(text) != text {
		return errors.New("must not begin or end with a space")
	}
	return nil
}

func checkEmail(text string) error {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return fmt.Errorf("%q is not an e-mail address like help@example.org", text)
	}
	return nil
}
