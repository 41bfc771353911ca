package main

import (
	"udap-idp/internal/brand"
	"udap-idp/internal/config"
	"udap-idp/internal/mail"
)

// newMail makes what writes to people.
func newMail(c config.Config, sealer mail.Sealer) (*mail.Mail, error) {
	return mail.New(mail.Config{Brand: operatorBrand(c.Operator, &brand.Brand{}), Issuer: c.Issuer, Sealer: sealer})
}
