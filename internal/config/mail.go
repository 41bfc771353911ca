package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Mail is how people are written to. What has no server or gateway is not sent, and can be read on the command line.
type Mail struct {
	From string // the address that e-mails come from

	SMTPHost     string // "": e-mails are not sent
	SMTPPort     int
	SMTPTLS      string // starttls, implicit or none
	SMTPCAFile   string // absolute; "": the system's certificates
	SMTPEHLO     string
	SMTPUsername string // "": without sign-in
	SMTPPassword string

	SMSURL   string // "": text messages are not sent
	SMSToken string
}

func (r *resolver) mail(c Config) Mail {
	m := Mail{
		From:         r.parsed("mail-from", checkEmail),
		SMTPHost:     r.parsed("smtp-host", checkHost),
		SMTPTLS:      r.parsed("smtp-tls", checkSMTPTLS),
		SMTPCAFile:   r.path("smtp-ca-file"),
		SMTPEHLO:     r.parsed("smtp-ehlo", checkHost),
		SMTPUsername: r.parsed("smtp-username", checkShortText),
		SMTPPassword: r.secret("smtp-password"),
		SMSURL:       r.parsed("sms-url", checkGateway),
		SMSToken:     r.secret("sms-token"),
	}
	m.SMTPPort = parse(r, "smtp-port", parsePort)
	if m.SMTPHost != "" && m.SMTPPort == 0 && r.ok("smtp-port") {
		m.SMTPPort = map[string]int{"implicit": 465, "none": 25}[m.SMTPTLS]
		if m.SMTPPort == 0 {
			m.SMTPPort = 587 // RFC 6409: message submission
		}
	}
	if u, err := url.Parse(c.Issuer); m.SMTPEHLO == "" && err == nil {
		m.SMTPEHLO = u.Hostname()
	}
	if m.SMTPEHLO == "" {
		m.SMTPEHLO = "localhost"
	}
	r.mailFits(m)
	return m
}

// mailFits finds settings that make no sense without each other.
func (r *resolver) mailFits(m Mail) {
	if m.SMTPHost != "" && m.From == "" && r.ok("mail-from") {
		r.fail("smtp-host", errors.New("mail-from is missing: the address that our e-mails come from"))
	}
	if m.SMTPTLS == "none" && m.SMTPHost != "" && !isLoopbackHost(m.SMTPHost) {
		r.fail("smtp-tls", fmt.Errorf("none is for a mail server on this machine only; %s is not, and everybody on the way could read what is sent", m.SMTPHost))
	}
	if (m.SMTPUsername == "") != (m.SMTPPassword == "") && r.ok("smtp-password-file") {
		r.fail("smtp-username", errors.New("a user and a password go together; the password is in smtp-password-file or UDAP_IDP_SMTP_PASSWORD"))
	}
	if m.SMSToken != "" && m.SMSURL == "" && r.ok("sms-url") {
		r.fail("sms-url", errors.New("is missing, and there is a token for it"))
	}
	for _, name := range []string{"smtp-port", "smtp-ca-file", "smtp-username"} {
		if _, given := r.given[name]; given && m.SMTPHost == "" && r.ok("smtp-host") {
			r.fail(name, errors.New("smtp-host is missing: without it nothing is sent"))
		}
	}
}

// secret is a setting that is given as it is or as the content of a file.
func (r *resolver) secret(name string) string {
	if _, ok := r.given[name+"-file"]; ok {
		return r.content(name + "-file")
	}
	return r.text(name)
}

func checkSMTPTLS(text string) error {
	switch text {
	case "starttls", "implicit", "none":
		return nil
	}
	return fmt.Errorf("%q is not a way to protect the connection; use starttls, implicit or none", text)
}

func checkHost(text string) error {
	if _, err := netip.ParseAddr(text); err != nil && (!isHostName(text) || strings.Trim(text, ".") == "") {
		return fmt.Errorf("%q is neither a host name nor an address; a port has a setting of its own", text)
	}
	return nil
}

func parsePort(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a port between 1 and 65535", text)
	}
	return int(n), nil
}

func portText(port int) string {
	if port == 0 {
		return ""
	}
	return strconv.Itoa(port)
}

// checkGateway wants https, or this machine. The text is not repeated: its query may hold a key.
func checkGateway(text string) error {
	u, err := webURL(text)
	if err != nil {
		return errors.New("it is not an absolute URL like https://gateway.example.org/messages, without user and password")
	}
	if u.Scheme != "https" && !isLoopbackHost(u.Hostname()) {
		return errors.New("it is ordinary http, which is for this machine only: codes go that way")
	}
	return nil
}
