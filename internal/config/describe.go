package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// hidden stands for a secret.
const hidden = "(hidden)"

// Described is one setting as it applies. It holds no secret.
type Described struct {
	Name   string `json:"name"`
	Value  string `json:"value"`  // "" when it is not set and has no default
	Source string `json:"source"` // default, file, environment, flag, or here, in the browser
	From   string `json:"from"`   // the setting as the operator wrote it; "" for a default

	By string    `json:"by,omitempty"` // who made it in the browser
	At time.Time `json:"at,omitzero"`  // when
}

// Describe lists every setting in the order of Settings.
func (c Config) Describe() []Described { return c.described }

// String, GoString and LogValue keep the secrets out of whatever a Config is printed to.
func (c Config) String() string {
	parts := make([]string, len(c.described))
	for i, d := range c.described {
		parts[i] = fmt.Sprintf("%s=%q", d.Name, d.Value)
	}
	return strings.Join(parts, " ")
}

func (c Config) GoString() string { return "config.Config{" + c.String() + "}" }

func (c Config) LogValue() slog.Value {
	attrs := make([]slog.Attr, len(c.described))
	for i, d := range c.described {
		attrs[i] = slog.String(d.Name, d.Value)
	}
	return slog.GroupValue(attrs...)
}

func describe(given values, c Config) []Described {
	applied := map[string]string{
		"data-dir": c.DataDir, "listen": c.Listen, "issuer": c.Issuer, "database": c.Database,
		"master-key": c.MasterKey, "master-key-file": c.MasterKeyFile,
		"tls-certificate": c.TLSCertificate, "tls-key": c.TLSKey, "trusted-proxies": joinProxies(c.TrustedProxies),
		"assert-ial2":         strconv.FormatBool(c.AssertIAL2),
		"revocation-interval": plainDuration(c.RevocationInterval),
		"attempts-age":        plainDuration(c.AttemptsAge), "attempts-max": strconv.Itoa(c.AttemptsMax),
		"audit-keep": plainDuration(c.AuditKeep), "two-person-acts": strings.Join(c.TwoPersonActs, ", "),
		"unknown-community": c.UnknownCommunity, "import-limit": sizeText(c.ImportLimit),
		"operator-name": c.Operator.Name, "help-email": c.Operator.HelpEmail,
		"help-phone": c.Operator.HelpPhone, "help-url": c.Operator.HelpURL,
		"staff-email": c.Operator.StaffEmail,
		"logo-file":   c.Operator.LogoFile, "primary-color": c.Operator.PrimaryColor,
		"mail-from": c.Mail.From,
		"smtp-host": c.Mail.SMTPHost, "smtp-port": portText(c.Mail.SMTPPort), "smtp-tls": c.Mail.SMTPTLS,
		"smtp-ca-file": c.Mail.SMTPCAFile, "smtp-ehlo": c.Mail.SMTPEHLO, "smtp-username": c.Mail.SMTPUsername,
		"smtp-password": c.Mail.SMTPPassword, "sms-url": c.Mail.SMSURL, "sms-token": c.Mail.SMSToken,
		"sign-up":             c.SignUp,
		"two-person-approval": switchText(c.TwoPersonApproval),
		"log-level":           strings.ToLower(c.LogLevel.String()), "log-format": string(c.LogFormat),
		"shutdown-timeout": plainDuration(c.ShutdownTimeout),
		"closing-wait":     plainDuration(c.ClosingWait),
		"request-lifetime": plainDuration(c.RequestLifetime),
		"code-lifetime":    plainDuration(c.CodeLifetime),
		"session-idle":     plainDuration(c.SessionIdle), "session-limit": plainDuration(c.SessionLimit),
	}
	list := make([]Described, len(settings))
	for i, set := range settings {
		d := Described{Name: set.name, Value: applied[set.name], Source: fromDefault}
		if from, ok := given[set.name]; ok {
			d.Source, d.From, d.By, d.At = from.source, from.name, from.by, from.at
			if _, known := applied[set.name]; !known { // config and database-file name files and are no values of Config
				d.Value = from.text
			}
		}
		d.Value = masked(d.Value, set.secret)
		list[i] = d
	}
	return withDatabaseFrom(list, given)
}

// withDatabaseFrom tells of a database URL that came out of a file.
func withDatabaseFrom(list []Described, given values) []Described {
	file, ok := given["database-file"]
	if !ok {
		return list
	}
	for i := range list {
		if list[i].Name == "database" {
			list[i].Source, list[i].From = file.source, file.name
		}
	}
	return list
}

func masked(text, secret string) string {
	switch {
	case text == "" || secret == "":
		return text
	case secret == "url":
		return maskedURL(text)
	}
	return hidden
}

// maskedURL shows of a database URL what cannot be a secret: a password may stand in its user part or its query.
func maskedURL(text string) string {
	if strings.HasPrefix(text, "sqlite:") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return hidden
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), "hidden")
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "password") {
			query.Set(name, "hidden")
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

func joinProxies(list []netip.Prefix) string {
	parts := make([]string, len(list))
	for i, prefix := range list {
		parts[i] = prefix.String()
	}
	return strings.Join(parts, ",")
}
