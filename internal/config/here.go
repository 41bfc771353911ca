package config

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// fromHere is the source of a setting that was made in the browser.
const fromHere = "here"

// here are the settings that administrators may make in the browser while the server runs. They are about how the service looks to
// patients, how patients come in, and how long attempts are kept: an owner decides them, and nothing on the machine has to fit. All
// others need a restart, a file or a secret on the server's machine, or would let somebody with a stolen browser session loosen what
// protects the service (the address and the transport, sessions, assurance, whom we fetch from, how long the audit log is kept).
var here = []string{
	"operator-name", "help-email", "help-phone", "help-url", "primary-color",
	"sign-up", "closing-wait", "two-person-acts",
	"attempts-age", "attempts-max",
}

// Changeable reports whether a setting may be made in the browser.
func Changeable(name string) bool { return slices.Contains(here, name) }

// Made is a setting that was made in the browser.
type Made struct {
	Name, Value string
	By          string // who did, as Describe gives it back
	At          time.Time
}

// With is the configuration with what was made in the browser, which counts where neither a flag, a variable nor the file says
// anything. The error names what was made and cannot stand; the rest of it counts all the same.
func (c Config) With(made []Made) (Config, error) {
	given := values{}
	for name, set := range c.given {
		given[name] = set
	}
	var errs []error
	for _, m := range made {
		if !Changeable(m.Name) {
			errs = append(errs, fmt.Errorf("%s is not made in the browser", m.Name))
			continue
		}
		if _, fixed := given[m.Name]; fixed {
			continue
		}
		if err := c.Check(m.Name, m.Value); err != nil {
			errs = append(errs, err)
			continue
		}
		given[m.Name] = value{text: m.Value, source: fromHere, by: m.By, at: m.At}
	}
	r := resolver{given: given}
	now := r.config()
	out := c
	out.Operator.Name, out.Operator.HelpEmail = now.Operator.Name, now.Operator.HelpEmail
	out.Operator.HelpPhone, out.Operator.HelpURL, out.Operator.PrimaryColor = now.Operator.HelpPhone, now.Operator.HelpURL, now.Operator.PrimaryColor
	out.SignUp, out.ClosingWait, out.TwoPersonActs = now.SignUp, now.ClosingWait, now.TwoPersonActs
	out.AttemptsAge, out.AttemptsMax = now.AttemptsAge, now.AttemptsMax
	out.described = describe(given, out)
	return out, errors.Join(errs...)
}

// Fixed reports whether a flag, a variable or the file says what a setting is, so that nothing made in the browser counts.
func (c Config) Fixed(name string) bool {
	_, fixed := c.given[name]
	return fixed
}

// Check reports what is wrong with a value of a setting that may be made in the browser.
func (c Config) Check(name, text string) error {
	if !Changeable(name) {
		return fmt.Errorf("%s is not made in the browser", name)
	}
	if text == "" {
		return fmt.Errorf("%s: must not be empty", name)
	}
	r := resolver{given: values{name: {text: text, source: fromHere, name: name}}}
	r.config()
	for _, err := range r.errs {
		var failed *settingError
		if errors.As(err, &failed) && failed.setting == name {
			return err
		}
	}
	return nil
}
