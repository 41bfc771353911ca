package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/brand"
	"udap-idp/internal/idp"
	"udap-idp/internal/logo"
	"udap-idp/internal/pages"
	"udap-idp/internal/policy"
)

// looks are brand and logo, as the administrators' pages know them.
type looks struct{ logoFile string }

func (looks) Contrast(color string) (contrast, needed float64, nearest string, ok bool) {
	return brand.Contrast(color)
}

func (looks) Picture(upload []byte) ([]byte, error) {
	return logo.Fit(upload, brand.MostWidth, brand.MostHeight, brand.MostBytes)
}

func (l looks) Dress(operator pages.Brand, color string, picture []byte) (pages.Brand, http.Handler, error) {
	look, err := brand.New(brand.Options{LogoFile: l.logoFile, Logo: picture, PrimaryColor: color, Prefix: admin.LookPrefix})
	if err != nil {
		return operator, nil, err
	}
	operator.Style, operator.Logo = look.Style, pages.Logo{URL: look.Logo, Width: look.Width, Height: look.Height}
	return operator, look.Handler(), nil
}

// practicesGenerated reports whether nobody has published the practices: then they are made of the settings, and change with them.
func practicesGenerated(documents *policy.Policy) func(ctx context.Context) bool {
	return func(ctx context.Context) bool {
		d, err := documents.Current(ctx, idp.PolicyPractices)
		return err == nil && d.Generated()
	}
}

// testMessage sends a test for the page of the messages. What the mail server answered is for its reader, an owner.
func (s *site) testMessage(ctx context.Context, address, language string) (to, answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, testPatience)
	defer cancel()
	to, err = sendTest(ctx, s.live.Now().Config, s.mail, address, language)
	if errors.Is(err, errNoAddress) {
		return "", "", idp.ErrMismatch
	}
	if err != nil {
		return to, err.Error(), nil
	}
	return to, "", nil
}

// testPatience is how long a page waits for the mail server's answer to a test.
const testPatience = 30 * time.Second
