package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"udap-idp/internal/check"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
)

type checkCommand struct {
	URL          string   `arg:"" name:"url" help:"Base URL of the identity provider or authorization server."`
	Community    string   `name:"community" placeholder:"URI" help:"Ask for the metadata of this trust community."`
	Anchor       []string `name:"anchor" sep:"none" placeholder:"FILE" help:"Certificate of a trust anchor, PEM or DER: the chain and its revocation are checked. Repeatable."`
	Intermediate []string `name:"intermediate" sep:"none" placeholder:"FILE" help:"Certificate of an authority between an anchor and the members. Repeatable."`
	Certificate  string   `name:"certificate" placeholder:"FILE" help:"Certificate to register with, with its chain; needs --key. Take one for tests: what is registered under it is replaced and cancelled."`
	Key          string   `name:"key" placeholder:"FILE" help:"Private key of the certificate, PEM; needs --certificate."`
	AllowPrivate bool     `name:"allow-private" help:"Connect to addresses of private networks too."`
	outputFlag
}

// Run checks a server from outside and prints a line for each requirement.
func (c *checkCommand) Run(ctx context.Context, term terminal) error {
	options, err := c.options()
	if err != nil {
		return asUsage(err)
	}
	results, err := check.Run(ctx, options)
	if err != nil {
		return asUsage(err) // the address, the certificate, or a server that does not answer
	}
	if c.JSON {
		err = printJSON(term.Out, results)
	} else {
		err = printResults(term.Out, results)
	}
	if err != nil {
		return err
	}
	if n := check.Failed(results); n > 0 {
		return fmt.Errorf("%d of %d requirements do not hold at %s", n, len(results), plain(c.URL))
	}
	return nil
}

func (c *checkCommand) options() (check.Options, error) {
	o := check.Options{URL: c.URL, Community: c.Community, AllowPrivate: c.AllowPrivate}
	var err error
	if o.Anchors, err = readAuthorities("--anchor", c.Anchor); err != nil {
		return o, err
	}
	if o.Intermediates, err = readAuthorities("--intermediate", c.Intermediate); err != nil {
		return o, err
	}
	o.Signer, err = c.signer()
	return o, err
}

func (c *checkCommand) signer() (*udap.Signer, error) {
	if (c.Certificate == "") != (c.Key == "") {
		return nil, errors.New("--certificate and --key: give both, or neither to see the refusals only")
	}
	if c.Certificate == "" {
		return nil, nil
	}
	chain, err := readCertificates("--certificate", c.Certificate)
	if err != nil {
		return nil, err
	}
	return readSigner(chain, c.Certificate, c.Key)
}

func readSigner(chain []*x509.Certificate, certificateFile, keyFile string) (*udap.Signer, error) {
	pem, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	key, err := pki.ParsePrivateKey(pem)
	clear(pem)
	if err != nil {
		return nil, fmt.Errorf("--key %s: %w", keyFile, err)
	}
	signer, err := udap.NewSigner(chain, key)
	if err != nil {
		return nil, fmt.Errorf("--certificate %s with --key %s: %w", certificateFile, keyFile, err)
	}
	return signer, nil
}

// printResults writes a line for each result, and how many there are of each status.
func printResults(w io.Writer, results []check.Result) error {
	for _, result := range results {
		line := fmt.Sprintf("%-7s  %-5s  %s  (%s, %s)", result.Status, result.ID, result.Text, result.Source, result.Level)
		if result.Found != "" {
			line += ": " + result.Found
		}
		if _, err := fmt.Fprintln(w, plain(line)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\n%d ok, %d FAIL, %d warn, %d skipped\n", check.Count(results, check.OK), check.Failed(results),
		check.Count(results, check.Warn), check.Count(results, check.Skipped))
	return err
}
