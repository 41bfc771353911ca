package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/mail"
)

// server is a mail server on loopback that does as it is told.
type server struct {
	t        *testing.T
	listener net.Listener
	cert     tls.Certificate
	roots    *x509.CertPool

	noTLS    bool // it offers no STARTTLS
	implicit bool
	login    string // user:password that it asks for
	// answer overrides the answer to a command ("RCPT", "DATA", "MAIL" or "." for the end of a message); "" is the usual
	// one, "close" ends the connection, "hang" answers nothing.
	answer func(command, line string) string

	mu       sync.Mutex
	messages []string
	sessions int
	wg       sync.WaitGroup
	open     map[net.Conn]bool
	closed   chan struct{}
}

// serveMail starts a server, after change has told it what to do.
func serveMail(t *testing.T, change func(*server)) *server {
	t.Helper()
	s := &server{t: t, open: map[net.Conn]bool{}, closed: make(chan struct{}), answer: func(string, string) string { return "" }}
	s.cert, s.roots = certificate(t)
	if change != nil {
		change(s)
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.wg.Go(s.accept)
	t.Cleanup(func() {
		close(s.closed)
		s.listener.Close()
		s.mu.Lock()
		for conn := range s.open {
			conn.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return s
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// config is that of a sender to this server.
func (s *server) config() mail.SMTPConfig {
	c := mail.SMTPConfig{
		Host: "127.0.0.1", Port: s.port(), TLS: mail.StartTLS, Roots: s.roots, EHLO: "id.example.org", From: "no-reply@id.example.org",
		Name: "Sample Health ID", ReplyTo: "help@id.example.org", Timeout: 5 * time.Second,
	}
	if s.implicit {
		c.TLS = mail.Implicit
	}
	return c
}

func (s *server) sender(t *testing.T, change func(*mail.SMTPConfig)) *mail.SMTP {
	t.Helper()
	c := s.config()
	if change != nil {
		change(&c)
	}
	sender, err := mail.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return sender
}

func (s *server) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.messages...)
}

func (s *server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.sessions++
		s.open[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			defer func() {
				conn.Close()
				s.mu.Lock()
				delete(s.open, conn)
				s.mu.Unlock()
			}()
			if s.implicit {
				s.talk(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}}), true)
				return
			}
			s.talk(conn, false)
		})
	}
}

// talk speaks SMTP until the client says goodbye.
func (s *server) talk(conn net.Conn, secure bool) {
	r := bufio.NewReader(conn)
	say := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	say("220 mail.example ESMTP")
	signedIn := s.login == ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		command, _, _ := strings.Cut(strings.ToUpper(line), " ")
		usual := "250 2.0.0 OK"
		switch command {
		case "EHLO":
			usual = "250-mail.example\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH PLAIN LOGIN"
			if !secure && !s.noTLS {
				usual += "\r\n250-STARTTLS"
			}
			usual += "\r\n250 8BITMIME"
		case "STARTTLS":
			say("220 go on")
			s.talkTLS(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{s.cert}}))
			return
		case "AUTH":
			fields := strings.Fields(line)
			raw, _ := base64.StdEncoding.DecodeString(fields[len(fields)-1])
			signedIn = string(raw) == "\x00"+strings.Replace(s.login, ":", "\x00", 1) && secure
			usual = "235 2.7.0 welcome"
			if !signedIn {
				usual = "535 5.7.8 no"
			}
		case "MAIL":
			if !signedIn {
				usual = "530 5.7.0 sign in first"
			}
		case "DATA":
			usual = "354 go on"
		case "QUIT":
			say("221 bye")
			return
		}
		if !s.respond(conn, command, line, usual) {
			return
		}
		if command == "DATA" && s.answer("DATA", line) == "" {
			text, err := readData(r)
			if err != nil {
				return
			}
			if s.answer(".", text) == "" {
				s.mu.Lock()
				s.messages = append(s.messages, text)
				s.mu.Unlock()
			}
			if !s.respond(conn, ".", text, "250 2.0.0 queued") {
				return
			}
		}
	}
}

// talkTLS goes on behind STARTTLS, where the client begins anew.
func (s *server) talkTLS(conn *tls.Conn) {
	if conn.Handshake() != nil {
		return
	}
	s.talk(greeted{conn}, true)
}

// greeted leaves out the greeting, which came before STARTTLS.
type greeted struct{ net.Conn }

func (g greeted) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b), "220 mail.example ESMTP") {
		return len(b), nil
	}
	return g.Conn.Write(b)
}

func (s *server) respond(conn net.Conn, command, line, usual string) bool {
	switch text := s.answer(command, line); text {
	case "":
		fmt.Fprintf(conn, "%s\r\n", usual)
	case "close":
		return false
	case "hang":
		<-s.closed
		return false
	default:
		fmt.Fprintf(conn, "%s\r\n", text)
	}
	return true
}

func readData(r *bufio.Reader) (string, error) {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line == ".\r\n" {
			return text.String(), nil
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
}
