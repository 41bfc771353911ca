package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/brand"
	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
	"udap-idp/internal/metrics"
)

// newMail makes what writes to people.
func newMail(c config.Config, sealer mail.Sealer) (*mail.Mail, error) {
	return mail.New(mail.Config{Brand: operatorBrand(c.Operator, &brand.Brand{}), Issuer: c.Issuer, Sealer: sealer})
}

// newDelivery makes a sender for each channel that is set up.
func newDelivery(c config.Config) (mail.Delivery, error) {
	delivery := mail.Delivery{}
	if c.Mail.SMTPHost != "" {
		smtp, err := newSMTP(c)
		if err != nil {
			return nil, err
		}
		delivery[idp.ByEmail] = smtp
	}
	if c.Mail.SMSURL != "" {
		gateway, err := mail.NewGateway(c.Mail.SMSURL, c.Mail.SMSToken)
		if err != nil {
			return nil, fmt.Errorf("text messages cannot be sent (setting sms-url): %w", err)
		}
		delivery[idp.BySMS] = gateway
	}
	return delivery, nil
}

func newSMTP(c config.Config) (*mail.SMTP, error) {
	roots, err := smtpRoots(c.Mail.SMTPCAFile)
	if err != nil {
		return nil, fmt.Errorf("mail cannot be sent (setting smtp-ca-file): %w", err)
	}
	smtp, err := mail.NewSMTP(mail.SMTPConfig{
		Host: c.Mail.SMTPHost, Port: c.Mail.SMTPPort, TLS: mail.TLSMode(c.Mail.SMTPTLS), Roots: roots, Username: c.Mail.SMTPUsername,
		Password: c.Mail.SMTPPassword, EHLO: c.Mail.SMTPEHLO, From: c.Mail.From, Name: c.Operator.Name, ReplyTo: c.Operator.HelpEmail,
	})
	if err != nil {
		return nil, fmt.Errorf("mail cannot be sent: %w", err)
	}
	return smtp, nil
}

// smtpRoots reads the certificates that the mail server's is checked with; nil is the system's.
func smtpRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, errors.New("there is no PEM certificate in it")
	}
	return roots, nil
}

// newQueue makes what sends the messages.
func (s *site) newQueue() (*mail.Queue, error) {
	delivery, err := newDelivery(s.config)
	if err != nil {
		return nil, err
	}
	for channel, setting := range map[idp.Channel]string{idp.ByEmail: "smtp-host", idp.BySMS: "sms-url"} {
		if delivery[channel] == nil {
			s.log.Info("messages are not sent this way; udap-idp mail list shows them", "channel", string(channel), "setting", setting)
		}
	}
	return &mail.Queue{
		Store: s.store, Mail: s.mail, Delivery: delivery, Arrived: s.store.MessagesArrived(), Log: s.log,
		Sent:    s.identity.MessageSent,
		Observe: func(channel idp.Channel, outcome string) { s.metrics.Message(string(channel), outcome) },
	}, nil
}

// measuredMessages are the messages for the metrics. What was given up is counted for a day, so that an alarm ends.
func (s *site) measuredMessages(ctx context.Context) (metrics.Messages, error) {
	counts, err := s.store.MessageCounts(ctx, time.Now().Add(-24*time.Hour))
	if err != nil {
		s.log.Error("the messages could not be counted for the metrics", "error", err)
		return metrics.Messages{}, err
	}
	return metrics.Messages{Waiting: counts.Waiting, Failing: counts.Failing, GivenUp: counts.GivenUp, Oldest: counts.Oldest}, nil
}

// postOffice is the mail as the room of persons knows it.
type postOffice struct {
	*mail.Mail
	config config.Config
}

// Delivers reports whether messages of a channel are sent.
func (p postOffice) Delivers(channel idp.Channel) bool { return delivers(p.config, channel) }

// deskPost is the mail as the administrators' pages know it.
type deskPost struct{ postOffice }

// HoldsSecret reports whether messages of a kind hold a code or a personal link.
func (deskPost) HoldsSecret(kind idp.NoticeKind) bool { return mail.HoldsSecret(kind) }

// Text is what a message that waits says.
func (p deskPost) Text(m idp.Message) (subject, text string, err error) {
	letter, err := p.Read(m)
	return letter.Subject, letter.Text, err
}

// staff are those who run the service, as far as they are written to.
type staff struct {
	mail   *mail.Mail
	config config.Config
}

// staffPages are where each of their notices leads.
var staffPages = map[idp.NoticeKind]string{
	idp.NoticeStaffRequest: "/admin/requests", idp.NoticeStaffRepudiation: "/admin/proofing?show=repudiated",
}

// tell makes the message that something waits. Without an address there is none.
func (s staff) tell(kind idp.NoticeKind) ([]idp.Message, error) {
	if s.config.Operator.StaffEmail == "" {
		return nil, nil
	}
	m, err := s.mail.To(idp.Person{}, idp.ByEmail, s.config.Operator.StaffEmail, idp.Notice{
		Kind: kind, Params: map[string]string{"link": s.config.Issuer + staffPages[kind]},
	})
	return []idp.Message{m}, err
}

// repudiationURL is where a person says that a proofing was not hers, without the secret at its end; "" when we do not know
// our own address.
func repudiationURL(c config.Config) string {
	if c.Issuer == "" {
		return ""
	}
	return c.Issuer + "/repudiate/"
}

// delivers reports whether a channel is set up.
func delivers(c config.Config, channel idp.Channel) bool {
	if channel == idp.BySMS {
		return c.Mail.SMSURL != ""
	}
	return c.Mail.SMTPHost != ""
}
