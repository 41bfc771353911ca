package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
)

type attemptsShowCommand struct {
	ID string `arg:"" name:"id" help:"The attempt, as list prints it."`
	settings
	outputFlag
}

// Run prints everything that is recorded of an attempt, and what to do next.
func (c *attemptsShowCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	a, err := store.Attempt(ctx, c.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return usage("there is no attempt %s, or it is older than attempts-age. udap-idp attempts list shows those that there are", c.ID)
	}
	if err != nil {
		return err
	}
	communities, err := communityURIs(ctx, store)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, newAttemptLine(a, communities))
	}
	p := attemptPrinter{w: term.Out, signs: signsFor(os.Getenv)}
	p.attempt(a, communities[a.CommunityID])
	return p.err
}

// signs stand before a check.
type signs struct{ passed, failed, allowed string }

// signsFor are words alone where a terminal may not show the signs: the locale decides (POSIX.1-2017 §8.2).
func signsFor(getenv func(string) string) signs {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			if strings.HasSuffix(value, "utf-8") || strings.HasSuffix(value, "utf8") {
				return signs{"✓", "✗", "~"}
			}
			break
		}
	}
	return signs{idp.CheckPassed + " ", idp.CheckFailed + " ", idp.CheckAllowed}
}

func (s signs) of(outcome string) string {
	switch outcome {
	case idp.CheckPassed:
		return s.passed
	case idp.CheckAllowed:
		return s.allowed
	}
	return s.failed
}

// attemptPrinter prints for a person. Everything that a stranger wrote goes through plain.
type attemptPrinter struct {
	w     io.Writer
	signs signs
	err   error // the first
}

func (p *attemptPrinter) line(format string, args ...any) {
	_, err := fmt.Fprintln(p.w, plain(fmt.Sprintf(format, args...)))
	p.err = errors.Join(p.err, err)
}

// field prints a name and its value, and nothing when there is no value.
func (p *attemptPrinter) field(name, value string) {
	if value != "" {
		p.line("%-14s  %s", name, value)
	}
}

func (p *attemptPrinter) attempt(a idp.Attempt, communityURI string) {
	p.field("Attempt", a.ID)
	p.field("Kind", string(a.Kind))
	p.field("When", second(a.At))
	p.field("From", orDash(a.RemoteIP))
	p.field("Request", a.RequestID)
	if a.Count > 1 {
		p.field("Stands for", fmt.Sprintf("%d attempts", a.Count))
	}
	p.field("Claimed issuer", orDash(a.Issuer))
	p.field("Client", a.ClientID)
	p.field("Proved", proved(a, communityURI))
	p.chain(a)
	p.checks(a.Checks)
	p.answer(a)
	p.line("")
	p.line("What to do: %s", attempts.Advise(a).Operator)
}

func proved(a idp.Attempt, communityURI string) string {
	if !a.Proved {
		return "no: anybody may have sent this"
	}
	if communityURI == "" {
		communityURI = a.CommunityID
	}
	return orDash(communityURI)
}

func (p *attemptPrinter) chain(a idp.Attempt) {
	if len(a.Chain) == 0 {
		return
	}
	p.line("")
	p.line("Certificates")
	path := attempts.PathOf(a.Chain)
	for depth, c := range path {
		p.certificate(c, strings.Repeat("  ", depth+1), a.At)
	}
	top := path[len(path)-1]
	if top.Subject != top.Issuer {
		p.line("%sissued by %s, which was not sent", strings.Repeat("  ", len(path)+1), top.Issuer)
	}
	for _, c := range a.Chain {
		if !contains(path, c) {
			p.line("  and, not of this path:")
			p.certificate(c, "  ", a.At)
		}
	}
}

func contains(path []idp.AttemptCertificate, c idp.AttemptCertificate) bool {
	for _, other := range path {
		if other.SHA256 == c.SHA256 {
			return true
		}
	}
	return false
}

func (p *attemptPrinter) certificate(c idp.AttemptCertificate, indent string, at time.Time) {
	p.line("%s%s", indent, orDash(c.Subject))
	for _, uri := range c.URIs {
		p.line("%s  URI      %s", indent, uri)
	}
	p.line("%s  valid    %s to %s%s", indent, day(c.NotBefore), day(c.NotAfter), outOfDate(c, at))
	p.line("%s  SHA-256  %s", indent, c.SHA256)
}

func outOfDate(c idp.AttemptCertificate, at time.Time) string {
	switch {
	case at.After(c.NotAfter):
		return " (had expired)"
	case at.Before(c.NotBefore):
		return " (was not valid yet)"
	}
	return ""
}

func (p *attemptPrinter) checks(checks []idp.AttemptCheck) {
	if len(checks) == 0 {
		return
	}
	p.line("")
	p.line("Checks")
	for _, check := range checks {
		detail := ""
		if check.Detail != "" {
			detail = ": " + check.Detail
		}
		p.line("  %s %s%s", p.signs.of(check.Outcome), check.Name, detail)
	}
}

func (p *attemptPrinter) answer(a idp.Attempt) {
	p.line("")
	p.field("Outcome", a.Outcome)
	if a.Status != 0 {
		p.field("Answer", strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Code)))
	}
	p.field("Description", a.Description)
	p.field("Cause", a.Cause)
}
