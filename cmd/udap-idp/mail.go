package main

import (
	"udap-idp/internal/config"
	"udap-idp/internal/mail"
	"udap-idp/internal/pages"
)

// newMail makes what writes to people.
func newMail(c config.Config, sealer mail.Sealer) (*mail.Mail, error) {
	return mail.New(mail.Config{Brand: pages.Brand(c.Operator), Issuer: c.Issuer, Sealer: sealer})
}
