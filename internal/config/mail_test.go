package config

import (
	"strings"
	"testing"
)

func TestMailIsOffUntilThereIsAServer(t *testing.T) {
	t.Parallel()
	c, err := new(Settings).Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mail.SMTPHost != "" || c.Mail.SMSURL != "" || c.Mail.SMTPTLS != "starttls" {
		t.Errorf("%+v", c.Mail)
	}
}

func TestMailSettings(t *testing.T) {
	t.Parallel()
	password := writeFile(t, "password", "secret\n")
	for name, tc := range map[string]struct {
		environ []string
		want    Mail
	}{
		"a server": {
			[]string{"UDAP_IDP_SMTP_HOST=mail.example.org", "UDAP_IDP_MAIL_FROM=id@example.org"},
			Mail{From: "id@example.org", SMTPHost: "mail.example.org", SMTPPort: 587, SMTPTLS: "starttls", SMTPEHLO: "id.example.org"},
		},
		"implicit TLS with sign-in from a file": {
			[]string{"UDAP_IDP_SMTP_HOST=mail.example.org", "UDAP_IDP_MAIL_FROM=id@example.org", "UDAP_IDP_SMTP_TLS=implicit",
				"UDAP_IDP_SMTP_USERNAME=us", "UDAP_IDP_SMTP_PASSWORD_FILE=" + password, "UDAP_IDP_SMTP_EHLO=out.example.org"},
			Mail{From: "id@example.org", SMTPHost: "mail.example.org", SMTPPort: 465, SMTPTLS: "implicit", SMTPUsername: "us",
				SMTPPassword: "secret", SMTPEHLO: "out.example.org"},
		},
		"on this machine": {
			[]string{"UDAP_IDP_SMTP_HOST=127.0.0.1", "UDAP_IDP_MAIL_FROM=id@example.org", "UDAP_IDP_SMTP_TLS=none", "UDAP_IDP_SMTP_PORT=1025"},
			Mail{From: "id@example.org", SMTPHost: "127.0.0.1", SMTPPort: 1025, SMTPTLS: "none", SMTPEHLO: "id.example.org"},
		},
		"text messages": {
			[]string{"UDAP_IDP_SMS_URL=https://gateway.example.org/?key=1", "UDAP_IDP_SMS_TOKEN=secret"},
			Mail{SMTPTLS: "starttls", SMTPEHLO: "id.example.org", SMSURL: "https://gateway.example.org/?key=1", SMSToken: "secret"},
		},
	} {
		s := Settings{Issuer: given("https://id.example.org")}
		c, err := s.Resolve(tc.environ)
		if err != nil || c.Mail != tc.want {
			t.Errorf("%s: %+v, %v; want %+v", name, c.Mail, err, tc.want)
		}
		if strings.Contains(c.String(), "=\"secret") {
			t.Errorf("%s: a secret is shown: %s", name, c)
		}
	}
}

func TestMailSettingsThatCannotStand(t *testing.T) {
	t.Parallel()
	server := []string{"UDAP_IDP_SMTP_HOST=mail.example.org", "UDAP_IDP_MAIL_FROM=id@example.org"}
	for name, tc := range map[string]struct {
		environ []string
		says    string
	}{
		"no sender":                   {[]string{"UDAP_IDP_SMTP_HOST=mail.example.org"}, "mail-from is missing"},
		"no TLS to another machine":   {append([]string{"UDAP_IDP_SMTP_TLS=none"}, server...), "on this machine only"},
		"another kind of TLS":         {append([]string{"UDAP_IDP_SMTP_TLS=maybe"}, server...), "use starttls, implicit or none"},
		"a port in the host":          {[]string{"UDAP_IDP_SMTP_HOST=mail.example.org:25", "UDAP_IDP_MAIL_FROM=id@example.org"}, "neither a host name"},
		"no port":                     {append([]string{"UDAP_IDP_SMTP_PORT=0"}, server...), "between 1 and 65535"},
		"a user without password":     {append([]string{"UDAP_IDP_SMTP_USERNAME=us"}, server...), "go together"},
		"a password without user":     {append([]string{"UDAP_IDP_SMTP_PASSWORD=x"}, server...), "go together"},
		"a password twice":            {append([]string{"UDAP_IDP_SMTP_PASSWORD=x", "UDAP_IDP_SMTP_PASSWORD_FILE=x"}, server...), "one of the two"},
		"a port without server":       {[]string{"UDAP_IDP_SMTP_PORT=25"}, "smtp-host is missing"},
		"a gateway by ordinary http":  {[]string{"UDAP_IDP_SMS_URL=http://gateway.example.org/?key=geheim"}, "for this machine only"},
		"a gateway with a user":       {[]string{"UDAP_IDP_SMS_URL=https://us:geheim@gateway.example.org/"}, "without user and password"},
		"a token without gateway":     {[]string{"UDAP_IDP_SMS_TOKEN=geheim"}, "there is a token"},
		"a sender that is no address": {[]string{"UDAP_IDP_MAIL_FROM=us"}, "not an e-mail address"},
		"a sender with a line break":  {[]string{"UDAP_IDP_MAIL_FROM=a@b.example\r\nBcc: c@d.example"}, "not an e-mail address"},
	} {
		_, err := new(Settings).Resolve(tc.environ)
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: got %v, want …%s…", name, err, tc.says)
		}
	}
}
