package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"
)

// Settings are the flags that every command shares; embed it in the command's struct. A nil field was not given on the
// command line. The tag name is the setting's one name in flags, environment and file, fallback its default, and
// help what --help prints.
type Settings struct {
	Config  *string `name:"config" placeholder:"FILE" group:"Settings" help:"Configuration file: one JSON object whose members are the settings below, without the dashes."`
	DataDir *string `name:"data-dir" placeholder:"DIR" group:"Settings" fallback:"./udap-idp-data" help:"Folder for everything that is kept: the SQLite database and the master key (./udap-idp-data)."`
	Listen  *string `name:"listen" placeholder:"HOST:PORT" group:"Settings" fallback:"127.0.0.1:8080" help:"Address to serve on (127.0.0.1:8080)."`
	Issuer  *string `name:"issuer" placeholder:"URL" group:"Settings" help:"Our base URL as others see it, without a trailing slash (http://localhost with the port of --listen, when that is a loopback address)."`

	Database     *string `name:"database" placeholder:"URL" group:"Settings" help:"sqlite:FILE or postgres://… (sqlite:udap-idp.db in the data folder)." secret:"url"`
	DatabaseFile *string `name:"database-file" placeholder:"FILE" group:"Settings" help:"File whose content is the database URL."`

	MasterKey     *string `kong:"-" name:"master-key" secret:"all"` // UDAP_IDP_MASTER_KEY only
	MasterKeyFile *string `name:"master-key-file" placeholder:"FILE" group:"Settings" help:"File of mode 0600 with the master key, 32 bytes in base64 or hex. A file named here must exist; without it, master.key in the data folder is used and made at the first start. Or give the key itself in the variable UDAP_IDP_MASTER_KEY."`

	TLSCertificate *string `name:"tls-certificate" placeholder:"FILE" group:"Settings" help:"PEM certificate chain for https; needs --tls-key."`
	TLSKey         *string `name:"tls-key" placeholder:"FILE" group:"Settings" help:"PEM private key for https; needs --tls-certificate."`
	TrustedProxies *string `name:"trusted-proxies" placeholder:"LIST" group:"Settings" help:"Addresses or ranges of proxies whose X-Forwarded-For and X-Forwarded-Proto count, separated by commas."`

	RevocationInterval *string `name:"revocation-interval" placeholder:"DURATION" group:"Settings" fallback:"1h" help:"How old a revocation list or an OCSP answer may be before it is asked for anew, though it is still in force: how long a certificate may still pass after it was revoked; from 1s to 24h (1h)."`
	FetchAllow         *string `name:"fetch-allow" placeholder:"LIST" group:"Settings" help:"Hosts, addresses and ranges that revocation lists may be fetched from although they are not public, separated by commas."`

	AttemptsAge      *string `name:"attempts-age" placeholder:"DURATION" group:"Settings" fallback:"2160h" help:"Keep the log of what data holders attempted for so long (2160h, which is 90 days)."`
	AttemptsMax      *string `name:"attempts-max" placeholder:"NUMBER" group:"Settings" fallback:"100000" help:"Keep at most so many attempts, a tenth of them from strangers (100000)."`
	ImportLimit      *string `name:"import-limit" placeholder:"SIZE" group:"Settings" fallback:"2GB" help:"How large a file may be that an administrator brings people in with, such as 500MB; from 1MB to 100GB (2GB)."`
	AuditKeep        *string `name:"audit-keep" placeholder:"DURATION" group:"Settings" fallback:"0" help:"Delete events of the audit log that are older, such as 61320h, which is seven years; at least 720h. 0 keeps them for ever (0)."`
	UnknownCommunity *string `name:"unknown-community" placeholder:"ANSWER" group:"Settings" fallback:"default" help:"What a client gets that asks for the metadata of a trust community in which we have no certificate: default, the metadata of the oldest community; 204; or 404 (default)."`

	AssertIAL2 *string `name:"assert-ial2" placeholder:"BOOL" group:"Settings" fallback:"false" help:"true: this deployment is approved to assert identity assurance level 2 (a certified credential service provider), and says so in its tokens. Without approval that is a false statement to the networks that read it (false)."`

	OperatorName *string `name:"operator-name" placeholder:"NAME" group:"Settings" fallback:"udap-idp" help:"Who runs this service, as patients read it (udap-idp)."`
	HelpEmail    *string `name:"help-email" placeholder:"ADDRESS" group:"Settings" help:"Where patients get help by e-mail."`
	HelpPhone    *string `name:"help-phone" placeholder:"NUMBER" group:"Settings" help:"Where patients get help by telephone."`
	HelpURL      *string `name:"help-url" placeholder:"URL" group:"Settings" help:"Where patients get help on the web."`
	StaffEmail   *string `name:"staff-email" placeholder:"ADDRESS" group:"Settings" help:"Where those who run this service are told that a patient asks for something. No message names anybody."`
	LogoFile     *string `name:"logo-file" placeholder:"FILE" group:"Settings" help:"Your logo for the top of every page: a PNG, or an SVG that only draws, of at most 24 kB (our own mark)."`
	PrimaryColor *string `name:"primary-color" placeholder:"COLOR" group:"Settings" help:"Color of buttons and links, such as #0b5c6b. One that people could not read is refused, with the nearest that they can (a dark teal)."`

	MailFrom         *string `name:"mail-from" placeholder:"ADDRESS" group:"Settings" help:"The address that our e-mails come from; needed with --smtp-host."`
	SMTPHost         *string `name:"smtp-host" placeholder:"HOST" group:"Settings" help:"Mail server. Without it e-mails are not sent: udap-idp mail list shows them."`
	SMTPPort         *string `name:"smtp-port" placeholder:"NUMBER" group:"Settings" help:"Its port (587, 465 with --smtp-tls implicit, 25 with none)."`
	SMTPTLS          *string `name:"smtp-tls" placeholder:"MODE" group:"Settings" fallback:"starttls" help:"starttls, which is demanded; implicit, from the first byte; or none, for a server on this machine only (starttls)."`
	SMTPCAFile       *string `name:"smtp-ca-file" placeholder:"FILE" group:"Settings" help:"PEM certificates that the mail server's is checked with (those of the system)."`
	SMTPEHLO         *string `name:"smtp-ehlo" placeholder:"HOST" group:"Settings" help:"The host name that we greet the mail server with (the issuer's)."`
	SMTPUsername     *string `name:"smtp-username" placeholder:"NAME" group:"Settings" help:"User at the mail server; needs a password, in --smtp-password-file or the variable UDAP_IDP_SMTP_PASSWORD."`
	SMTPPassword     *string `kong:"-" name:"smtp-password" secret:"all"` // UDAP_IDP_SMTP_PASSWORD only
	SMTPPasswordFile *string `name:"smtp-password-file" placeholder:"FILE" group:"Settings" help:"File whose content is the password at the mail server."`
	SMSURL           *string `name:"sms-url" placeholder:"URL" group:"Settings" secret:"all" help:"Text-message gateway that takes POST of JSON: to, text. Without it text messages are not sent: udap-idp mail list shows them."`
	SMSToken         *string `kong:"-" name:"sms-token" secret:"all"` // UDAP_IDP_SMS_TOKEN only
	SMSTokenFile     *string `name:"sms-token-file" placeholder:"FILE" group:"Settings" help:"File whose content is the bearer token for the gateway. Or give it in the variable UDAP_IDP_SMS_TOKEN."`

	SignUp            *string `name:"sign-up" placeholder:"MODE" group:"Settings" fallback:"invitation" help:"Who may make an account: off, nobody but who gets a link of yours; invitation, also who types the code of an invitation; open, anybody, and nobody has verified her then (invitation)."`
	TwoPersonApproval *string `name:"two-person-approval" placeholder:"SWITCH" group:"Settings" fallback:"on" help:"on: an identity proofing at IDIAL2 counts only after somebody else than who carried it out has approved it, and two records are merged only so; off: at once (on)."`

	ClosingWait *string `name:"closing-wait" placeholder:"DURATION" group:"Settings" fallback:"336h" help:"How long a patient who asked to close her account can still keep it, from 24h to 2160h (336h, which is 14 days)."`

	TwoPersonActs *string `name:"two-person-acts" placeholder:"LIST" group:"Settings" help:"What an administrator does only after another has approved it, separated by commas: admin (invitations, roles and removals of administrators, which take two owners), close (closing an account), merge (making one record of two, which waits with --two-person-approval on as well) and trust (adding and deleting trust communities, their authorities, settings and resumption; suspending waits for nobody) (none)."`

	MetricsListen   *string `name:"metrics-listen" placeholder:"HOST:PORT" group:"Settings" help:"Address to serve GET /metrics on for Prometheus, in plain http and for everybody who reaches it (not served)."`
	LogLevel        *string `name:"log-level" placeholder:"LEVEL" group:"Settings" fallback:"info" help:"debug, info, warn or error (info)."`
	LogFormat       *string `name:"log-format" placeholder:"FORMAT" group:"Settings" fallback:"text" help:"text or json (text)."`
	ShutdownTimeout *string `name:"shutdown-timeout" placeholder:"DURATION" group:"Settings" fallback:"20s" help:"How long requests may take to end at shutdown, at most 10m (20s)."`
	RequestLifetime *string `name:"request-lifetime" placeholder:"DURATION" group:"Settings" fallback:"15m" help:"How long a person has to answer a data holder's request, and how much more each time she asks for it, twelve times that in all; at most 15m, and less than 5m on trial on one machine only (15m)."`
	CodeLifetime    *string `name:"code-lifetime" placeholder:"DURATION" group:"Settings" fallback:"24h" help:"How long a code that we send is good at most; by text message never longer than 10m, and to recover an account never longer than 1h. Less than 5m on trial on one machine only (24h)."`
	SessionIdle     *string `name:"session-idle" placeholder:"DURATION" group:"Settings" fallback:"30m" help:"End a session that nobody used for so long; 30m can only be shortened (30m)."`
	SessionLimit    *string `name:"session-limit" placeholder:"DURATION" group:"Settings" fallback:"12h" help:"End any session after so long; 12h can only be shortened (12h)."`
}

// LogFormat is how log records are written.
type LogFormat string

const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Config is what a command works with: every value parsed, every default filled in.
type Config struct {
	DataDir  string // absolute
	Listen   string // host:port; the host may be empty, which is every address
	Issuer   string // no trailing slash; "" when none was given and none can be assumed (see RequireIssuer)
	Database string // sqlite:FILE with an absolute FILE, or postgres://…; may hold a password

	MasterKey          string // the key as text, "" when it is in MasterKeyFile
	MasterKeyFile      string // absolute; "" when MasterKey is given
	MasterKeyMayCreate bool   // MasterKeyFile is the default one, which the first start may make

	TLSCertificate string // absolute file names, both or neither
	TLSKey         string
	TrustedProxies []netip.Prefix

	RevocationInterval time.Duration // from a second to a day
	FetchAllow         []string      // host names, addresses and prefixes beside the public ones

	AttemptsAge      time.Duration // at least an hour
	AttemptsMax      int           // at least 100
	ImportLimit      int64         // bytes
	AuditKeep        time.Duration // 0: for ever; else at least 30 days
	UnknownCommunity string        // default, 204 or 404

	AssertIAL2 bool // this deployment is approved to assert identity assurance level 2

	Operator Operator

	Mail Mail

	SignUp            string   // off, invitation or open
	TwoPersonApproval bool     // of proofings at IDIAL2
	TwoPersonActs     []string // among Acts

	ClosingWait time.Duration // from a day to 90 days

	MetricsListen   string // host:port; "" when the metrics are not served
	LogLevel        slog.Level
	LogFormat       LogFormat
	ShutdownTimeout time.Duration
	RequestLifetime time.Duration // at most 15 minutes
	CodeLifetime    time.Duration // at most a day
	SessionIdle     time.Duration // at most 30 minutes
	SessionLimit    time.Duration // at most 12 hours

	given     values
	described []Described
	names     map[string]string // setting -> its name as the operator wrote it
}

// Operator is who runs the service, as patients read it. Empty fields were not given.
type Operator struct {
	Name      string
	HelpEmail string
	// StaffEmail is where those who run the service are told that something waits for them, "" for nowhere.
	StaffEmail string
	HelpPhone  string
	HelpURL    string

	LogoFile     string // absolute
	PrimaryColor string // #rrggbb; whether people can read it is checked where it is used
}

// Resolve merges the flags with the environment (as of os.Environ), the configuration file and the defaults, and parses
// every value. The error names every setting that is wrong, one per line.
func (s *Settings) Resolve(environ []string) (Config, error) {
	given, err := gather(s, environ)
	if err != nil {
		return Config{}, err
	}
	r := resolver{given: given}
	c := r.config()
	if err := errors.Join(r.errs...); err != nil {
		return Config{}, err
	}
	c.described = describe(given, c)
	c.names = given.names()
	c.given = given
	return c, nil
}

// enoughTime: NIST SP 800-63B-4 and WCAG 2.2 know no shortest time, but who is slow, ill or reads with a screen reader needs one.
func (c Config) enoughTime() error {
	for _, least := range []struct {
		setting  string
		given, d time.Duration
	}{
		{"request-lifetime", c.RequestLifetime, 5 * time.Minute}, {"code-lifetime", c.CodeLifetime, 5 * time.Minute}, {"session-idle", c.SessionIdle, time.Minute},
	} {
		if least.given < least.d {
			return fmt.Errorf("%s: %s is too short for many people, and allowed on trial on one machine only; give at least %s",
				c.name(least.setting), plainDuration(least.given), plainDuration(least.d))
		}
	}
	return nil
}

// TLS reports whether we serve https ourselves.
func (c Config) TLS() bool { return c.TLSCertificate != "" }

// Secure reports whether people reach us by https.
func (c Config) Secure() bool { return schemeOf(c.Issuer) == "https" }

// RequireIssuer returns an error when no issuer was given and none can be assumed. A command that prints links calls it.
func (c Config) RequireIssuer() error {
	if c.Issuer != "" {
		return nil
	}
	return fmt.Errorf("%s: required, because %s %s is not a loopback address with a fixed port; "+
		"give our base URL as others see it, such as https://idp.example.org", c.name("issuer"), c.name("listen"), c.Listen)
}

// Validate checks what a server needs beyond Resolve: an issuer, and a transport that keeps its promise.
func (c Config) Validate() error {
	if err := c.RequireIssuer(); err != nil {
		return err
	}
	issuer, listen := c.name("issuer"), c.name("listen")
	if c.Secure() || !isLoopback(c.Listen) {
		if err := c.enoughTime(); err != nil {
			return err
		}
	}
	if !c.Secure() && c.TLS() {
		return fmt.Errorf("%s: %s is http, but %s makes us serve https; write the issuer with https",
			issuer, c.Issuer, c.name("tls-certificate"))
	}
	if c.TLS() || isLoopback(c.Listen) {
		return nil
	}
	if !c.Secure() {
		return fmt.Errorf("%s: %s is not a loopback address, and ordinary http (%s %s) is served on loopback only; "+
			"listen on 127.0.0.1, or use an https issuer with tls-certificate and tls-key or behind trusted-proxies",
			listen, c.Listen, issuer, c.Issuer)
	}
	if len(c.TrustedProxies) == 0 {
		return fmt.Errorf("%s: %s would be served as ordinary http on an address that is not loopback (%s %s); "+
			"set tls-certificate and tls-key, or trusted-proxies when a proxy ends TLS in front, or listen on 127.0.0.1",
			issuer, c.Issuer, listen, c.Listen)
	}
	return nil
}

// name is what the operator called the setting, or its flag when she did not set it.
func (c Config) name(setting string) string {
	if name, ok := c.names[setting]; ok {
		return name
	}
	return "--" + setting
}

// inDataDir is the default place of a file we keep.
func (c Config) inDataDir(name string) string { return filepath.Join(c.DataDir, name) }
