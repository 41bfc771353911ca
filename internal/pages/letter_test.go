package pages

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
)

var sampleLetter = Letter{
	Name: "Ana <b>Rivera", Address: "1 Main St\nSpringfield, IL 62701", ProofedAt: sampleNow, ExpiresAt: sampleNow.AddDate(3, 0, 0), WrittenAt: sampleNow.Add(time.Hour),
	Link: "https://id.sample.example/repudiate/abc", Account: "https://id.sample.example/account", Number: "0197",
}

// TestNotificationSaysWhatItMust is what a notification of proofing has to contain, whatever carries it.
func TestNotificationSaysWhatItMust(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	for tag, date := range map[string]string{"en": "November 24, 2026", "es": "24 de noviembre de 2026"} {
		var letter bytes.Buffer
		if err := p.WriteLetter(&letter, tag, sampleLetter); err != nil {
			t.Fatal(err)
		}
		long, err := p.Message(tag, sampleLetter, false)
		if err != nil {
			t.Fatal(err)
		}
		short, err := p.Message(tag, sampleLetter, true)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"letter": letter.String(), "e-mail": long.Text, "SMS": short.Text} {
			for what, want := range map[string]string{
				"the service": "Sample Health ID", "the day": date, "how to repudiate": sampleLetter.Link,
				"how to reach us": "(206) 555-0123", "the account": sampleLetter.Account,
			} {
				if !strings.Contains(text, want) {
					t.Errorf("%s in %s: %s (%q) is missing in:\n%s", name, tag, what, want, text)
				}
			}
			if strings.Contains(text, "{") && name != "letter" {
				t.Errorf("%s in %s has an empty place: %s", name, tag, text)
			}
		}
		if long.Subject == "" {
			t.Errorf("the e-mail in %s has no subject", tag)
		}
	}
	if _, err := p.Message("xx", sampleLetter, true); err == nil {
		t.Error("a language that there is not")
	}
}

func TestLetterIsOneFileThatPrints(t *testing.T) {
	t.Parallel()
	var letter bytes.Buffer
	if err := newPages(t).WriteLetter(&letter, "es", sampleLetter); err != nil {
		t.Fatal(err)
	}
	text := letter.String()
	for _, want := range []string{"@media print", `<html lang="es"`, "Ana &lt;b&gt;Rivera", "1 Main St<br>Springfield"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if got := regexp.MustCompile(`(?i)(src=|<link|@import|url\(|<script|ZgotmplZ)`).FindString(text); got != "" {
		t.Errorf("something from outside: %s", got)
	}
}
