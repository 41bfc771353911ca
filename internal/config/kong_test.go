package config_test

import (
	"testing"

	"github.com/alecthomas/kong"

	"udap-idp/internal/config"
)

// The tags must be ones the command parser understands, and what it fills in must arrive.
func TestSettingsAreFlagsInAnyOrder(t *testing.T) {
	t.Parallel()
	var cli struct {
		User struct {
			Add struct {
				config.Settings
				Email string
			} `cmd:""`
		} `cmd:""`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"user", "add", "--issuer", "https://a.example.org", "--email=x", "--data-dir", "d"}); err != nil {
		t.Fatal(err)
	}
	c, err := cli.User.Add.Settings.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer != "https://a.example.org" || cli.User.Add.Email != "x" {
		t.Errorf("issuer %q, email %q", c.Issuer, cli.User.Add.Email)
	}
	if _, err := parser.Parse([]string{"user", "add", "--isuer", "x"}); err == nil {
		t.Error("an unknown flag is accepted")
	}
	if _, err := parser.Parse([]string{"user", "add", "--master-key", "x"}); err == nil {
		t.Error("the master key is taken from a flag, where others can read it")
	}
}
