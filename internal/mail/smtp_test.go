package mail_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
)

// outgoing is a message with something in it that must survive.
func outgoing(to string) mail.Outgoing {
	return mail.Outgoing{ID: idp.NewID(), To: to, Language: "es", Letter: mail.Letter{
		Subject: "Se agregó una llave de acceso", Text: "Hola.\n\n.una línea que empieza con un punto\n", HTML: "<p>Hola. Ñandú</p>",
	}}
}

func TestMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*server){
		"STARTTLS":                  nil,
		"implicit TLS":              func(s *server) { s.implicit = true },
		"with sign-in":              func(s *server) { s.login = "us:secret" },
		"implicit TLS with sign-in": func(s *server) { s.implicit, s.login = true, "us:secret" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveMail(t, change)
			sender := s.sender(t, func(c *mail.SMTPConfig) {
				if s.login != "" {
					c.Username, c.Password, _ = strings.Cut(s.login, ":")
				}
			})
			m := outgoing("ada@mailbox.example")
			if err := sender.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if err := sender.Send(t.Context(), outgoing("ben@mailbox.example")); err != nil {
				t.Fatal(err)
			}
			if got, connections := s.taken(), s.connections(); len(got) != 2 || connections != 1 {
				t.Fatalf("%d messages in %d connections, want 2 in 1", len(got), connections)
			}
			checkMail(t, s.taken()[0], m)
		})
	}
}

func checkMail(t *testing.T, raw string, m mail.Outgoing) {
	t.Helper()
	parsed, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	for header, want := range map[string]string{
		"From": `"Sample Health ID" <no-reply@id.example.org>`, "To": "<ada@mailbox.example>", "Reply-To": "<help@id.example.org>",
		"Message-Id": "<" + m.ID + "@id.example.org>", "Auto-Submitted": "auto-generated", "Content-Language": "es",
		"User-Agent": "", "X-Mailer": "",
	} {
		if got := parsed.Header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for _, want := range []string{m.Text, m.HTML} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil || strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) != strings.TrimSpace(want) {
			t.Errorf("%q, %v; want %q", text, err, want)
		}
	}
}

func TestNothingIsSentWithoutTLS(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		server func(*server)
		sender func(*mail.SMTPConfig)
	}{
		"a server that offers none":           {func(s *server) { s.noTLS = true }, nil},
		"another's certificate":               {nil, func(c *mail.SMTPConfig) { _, c.Roots = certificate(t) }},
		"a certificate for another name":      {nil, func(c *mail.SMTPConfig) { c.Host = "localhost" }},
		"another's certificate, implicit TLS": {func(s *server) { s.implicit = true }, func(c *mail.SMTPConfig) { _, c.Roots = certificate(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveMail(t, tc.server)
			err := s.sender(t, tc.sender).Send(t.Context(), outgoing("ada@mailbox.example"))
			var failure *mail.Failure
			if !errors.As(err, &failure) || failure.Permanent || !failure.Way {
				t.Errorf("got %v", err)
			}
			if len(s.taken()) != 0 {
				t.Error("a message went all the same")
			}
		})
	}
	if _, err := mail.NewSMTP(mail.SMTPConfig{Host: "mail.example.org", Port: 25, TLS: mail.Plain, EHLO: "x"}); err == nil {
		t.Error("ordinary SMTP to another machine")
	}
	s := serveMail(t, func(s *server) { s.noTLS = true })
	if err := s.sender(t, func(c *mail.SMTPConfig) { c.TLS = mail.Plain }).Send(t.Context(), outgoing("a@b.example")); err != nil {
		t.Errorf("ordinary SMTP on this machine: %v", err)
	}
}

func TestPermanentAndTemporaryFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		command, answer string
		permanent, way  bool
		says            string
	}{
		"no such recipient":          {"RCPT", "550 5.1.1 no such user", true, false, "no such user"},
		"a full mailbox":             {"RCPT", "452 4.2.2 mailbox full", false, false, "mailbox full"},
		"refused for what it says":   {".", "554 5.7.1 looks like spam", true, false, "spam"},
		"greylisted":                 {".", "451 4.7.1 later", false, false, "later"},
		"our address is not allowed": {"MAIL", "550 5.7.1 sender not allowed", false, true, "sender not allowed"},
		"the server is busy":         {"MAIL", "421 4.3.2 busy", false, true, "busy"},
		"it hangs up":                {"DATA", "close", false, true, "EOF"},
		"it hangs up at the end":     {".", "close", false, true, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveMail(t, func(s *server) {
				s.answer = func(command, _ string) string {
					if command == tc.command {
						return tc.answer
					}
					return ""
				}
			})
			err := s.sender(t, nil).Send(t.Context(), outgoing("ada@mailbox.example"))
			var failure *mail.Failure
			if !errors.As(err, &failure) {
				t.Fatalf("got %v", err)
			}
			if failure.Permanent != tc.permanent || failure.Way != tc.way || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("permanent %v, way %v, %q; want %v, %v, …%s…", failure.Permanent, failure.Way, err, tc.permanent, tc.way, tc.says)
			}
			if strings.Contains(err.Error(), "Message-ID") || strings.Contains(err.Error(), "affected") {
				t.Errorf("it says more than the server: %s", err)
			}
		})
	}
}

func TestWrongPasswordIsTheWaysFault(t *testing.T) {
	t.Parallel()
	s := serveMail(t, func(s *server) { s.login = "us:secret" })
	sender := s.sender(t, func(c *mail.SMTPConfig) { c.Username, c.Password = "us", "wrong-password" })
	err := sender.Send(t.Context(), outgoing("ada@mailbox.example"))
	var failure *mail.Failure
	if !errors.As(err, &failure) || failure.Permanent || !failure.Way || strings.Contains(err.Error(), "wrong-password") {
		t.Errorf("got %v", err)
	}
}

func TestSlowServerIsLeft(t *testing.T) {
	t.Parallel()
	s := serveMail(t, func(s *server) {
		s.answer = func(command, _ string) string {
			if command == "RCPT" {
				return "hang"
			}
			return ""
		}
	})
	sender := s.sender(t, func(c *mail.SMTPConfig) { c.Timeout = 200 * time.Millisecond })
	err := sender.Send(t.Context(), outgoing("ada@mailbox.example"))
	var failure *mail.Failure
	if !errors.As(err, &failure) || failure.Permanent {
		t.Errorf("got %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	s = serveMail(t, func(s *server) {
		s.answer = func(command, _ string) string {
			if command == "RCPT" {
				cancel()
				return "hang"
			}
			return ""
		}
	})
	if err := s.sender(t, nil).Send(ctx, outgoing("ada@mailbox.example")); err == nil {
		t.Error("a sending that was cancelled")
	}
}

func TestKeptConnectionThatWasEndedIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := serveMail(t, nil)
	sender := s.sender(t, nil)
	if err := sender.Send(t.Context(), outgoing("ada@mailbox.example")); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.mu.Unlock()
	if err := sender.Send(t.Context(), outgoing("ada@mailbox.example")); err != nil {
		t.Fatal(err)
	}
	if got := s.taken(); len(got) != 2 {
		t.Errorf("%d messages", len(got))
	}
}

func TestMessageThatWasTakenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := serveMail(t, func(s *server) {
		taken := false
		s.answer = func(command, _ string) string {
			if command == "." {
				taken = true
			}
			if command == "RSET" && taken {
				return "close"
			}
			return ""
		}
	})
	if err := s.sender(t, nil).Send(t.Context(), outgoing("ada@mailbox.example")); err != nil {
		t.Errorf("the server took it and then hung up: %v", err)
	}
}
