package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// TLSMode is how the connection to the mail server is protected.
type TLSMode string

const (
	StartTLS TLSMode = "starttls" // demanded: without it nothing is sent
	Implicit TLSMode = "implicit" // from the first byte
	Plain    TLSMode = "none"     // for a server on this machine only
)

// SMTPConfig says where mail goes.
type SMTPConfig struct {
	Host     string
	Port     int
	TLS      TLSMode
	Roots    *x509.CertPool // nil: the system's
	Username string         // "" for a server that asks for none
	Password string
	EHLO     string // who we say we are: our host name

	From    string        // the address that mail comes from
	Name    string        // of the operator, where a letter has none
	ReplyTo string        // where a letter has none; "" for nobody
	Timeout time.Duration // for one message; 30 seconds when zero
}

// SMTP is a Sender that keeps its connection from one message to the next.
type SMTP struct {
	config SMTPConfig
	client *gomail.Client
	conn   net.Conn // nil between connections
}

// NewSMTP makes the sender. It connects when there is something to send.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.TLS == Plain && !isLoopback(c.Host) {
		return nil, fmt.Errorf("mail would go to %s without TLS, where everybody on the way can read it; that is for loopback only", c.Host)
	}
	s := &SMTP{config: c}
	options := []gomail.Option{
		gomail.WithPort(c.Port), gomail.WithTimeout(c.Timeout), gomail.WithHELO(c.EHLO), gomail.WithDialContextFunc(s.dial),
		gomail.WithTLSConfig(s.tls()), gomail.WithTLSPolicy(gomail.TLSMandatory),
	}
	if c.TLS != StartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS)) // dial has done it, or nobody shall
	}
	if c.Username != "" {
		options = append(options, gomail.WithUsername(c.Username), gomail.WithPassword(c.Password), gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	var err error
	if s.client, err = gomail.NewClient(c.Host, options...); err != nil {
		return nil, fmt.Errorf("mail server %s: %w", c.Host, err)
	}
	return s, nil
}

func (s *SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.config.Host, RootCAs: s.config.Roots, MinVersion: tls.VersionTLS12}
}

// dial remembers the connection, because the library leaves one open that fails on the way to being signed in.
func (s *SMTP) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	if s.config.TLS == Implicit {
		conn, err = (&tls.Dialer{Config: s.tls()}).DialContext(ctx, network, address)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
	}
	if err == nil {
		s.conn = conn
	}
	return conn, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send gives a message to the mail server.
func (s *SMTP) Send(ctx context.Context, m Outgoing) error {
	msg, err := s.compose(m)
	if err != nil {
		return &Failure{Permanent: true, Cause: err}
	}
	kept := s.conn != nil
	err = s.try(ctx, msg)
	if kept && errors.Is(err, errConnectionLost) {
		err = s.try(ctx, msg) // the server had ended the connection that was kept
	}
	if err == nil || msg.IsDelivered() {
		return nil // also when the server failed to say goodbye
	}
	s.drop()
	return smtpFailure(err)
}

var errConnectionLost = errors.New("the connection is lost")

func (s *SMTP) try(ctx context.Context, msg *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, 2*s.config.Timeout)
	defer cancel()
	if s.conn == nil {
		if err := s.client.DialWithContext(ctx); err != nil {
			s.drop()
			return &Failure{Way: true, Cause: fmt.Errorf("mail server %s: %w", s.client.ServerAddr(), err)}
		}
	}
	conn := s.conn
	defer context.AfterFunc(ctx, func() { conn.Close() })() // the library does not know the context of a sending
	err := s.client.Send(msg)
	var failed *gomail.SendError
	if errors.As(err, &failed) && failed.Reason == gomail.ErrConnCheck {
		s.drop()
		return &Failure{Way: true, Cause: fmt.Errorf("mail server %s: %w", s.client.ServerAddr(), errConnectionLost)}
	}
	return err
}

// smtpFailure tells what the server will never take from what is worth another try.
//
// RFC 5321 §4.2.1: 4yz is temporary, 5yz permanent. But a 5yz before the recipient was named is about us (the sender's
// address, the sign-in): that is for the operator to mend, and then the message goes.
func smtpFailure(err error) *Failure {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return failureOf(err)
	}
	f := &Failure{Cause: fmt.Errorf("%s", reason(failed))}
	switch failed.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose, gomail.ErrWriteContent:
		f.Permanent = failed.ErrorCode() >= 500 && failed.ErrorCode() < 600
		f.Way = failed.ErrorCode() == 0 // it broke off
	default:
		f.Way = true
	}
	return f
}

// reason is what the server answered, without what the library adds of the message.
func reason(failed *gomail.SendError) string {
	text, _, _ := strings.Cut(failed.Error(), ", affected")
	return text
}

// compose writes the message with the headers that keep it from being answered by machines (RFC 3834).
func (s *SMTP) compose(m Outgoing) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(cmp.Or(m.Operator, s.config.Name), s.config.From); err != nil {
		return nil, fmt.Errorf("the sender's address: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, fmt.Errorf("the recipient's address: %w", err)
	}
	if to := cmp.Or(m.ReplyTo, s.config.ReplyTo); to != "" {
		if err := msg.ReplyTo(to); err != nil {
			return nil, fmt.Errorf("the address for answers: %w", err)
		}
	}
	_, domain, _ := strings.Cut(s.config.From, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetDate()
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader("Content-Language", m.Language)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// Close says goodbye to the server.
func (s *SMTP) Close() {
	if s.conn == nil {
		return
	}
	_ = s.conn.SetDeadline(time.Now().Add(2 * time.Second)) // the messages are through: a server that is slow now is left
	_ = s.client.Close()
	s.drop()
}

func (s *SMTP) drop() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.conn = nil
}
