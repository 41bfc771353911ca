package attempts

import (
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestEveryDiagnosisHasAdvice(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	step := func(name string, status int, description string) idp.Attempt {
		return idp.Attempt{Code: "x", Status: status, Count: 1, Description: description, Checks: []idp.AttemptCheck{{Name: name, Outcome: idp.CheckFailed}}}
	}
	many := step(Trust, 400, "")
	many.Count = 2
	revoked := step(Trust, 400, "")
	revoked.Cause = "was revoked on 2026"
	old := step(Trust, 400, "")
	old.At, old.Chain = time.Now(), []idp.AttemptCertificate{{Subject: "CN=a", NotAfter: time.Now().Add(-time.Hour)}}
	for _, a := range []idp.Attempt{
		{Count: 1}, step(Trust, 400, ""), old, revoked, step(Trust, 503, ""), step(Certificate, 400, ""),
		step(Replay, 400, ""), step(Claims, 400, "has passed"), step(Signature, 400, ""),
		step(Claims, 400, "the claim aud is"), step(Registered, 400, ""), step(Suspension, 400, ""), step(Code, 400, ""),
		step(Parameters, 400, ""), step(Storage, 500, ""), many,
	} {
		text, diagnosis := Advise(a).Operator, string(Diagnose(a))
		if text == "" {
			t.Errorf("no advice on %q", diagnosis)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q have the same advice", diagnosis, other)
		}
		seen[text] = diagnosis
	}
}

// TestLetterTellsWhatWasSentAndNothingOfOurs: the text goes to others.
func TestLetterTellsWhatWasSentAndNothingOfOurs(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	a := idp.Attempt{
		Kind: idp.AttemptRegistration, At: at, RequestID: "7F3K-Q2", RemoteIP: "192.0.2.1", Issuer: "https://hospital.example", Status: 400,
		Code: "unapproved_software_statement", Description: "does not lead to an anchor", Cause: "tried the anchors of https://secret.example", Count: 1,
		Checks: []idp.AttemptCheck{{Name: Signature, Outcome: idp.CheckPassed, Detail: "inside"}, {Name: Trust, Outcome: idp.CheckFailed, Detail: "does not lead to an anchor"}},
		Chain: []idp.AttemptCertificate{
			{Subject: "CN=leaf", Issuer: "CN=root", URIs: []string{"https://hospital.example"}, NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(1, 0, 0), SHA256: "AA"},
			{Subject: "CN=root", Issuer: "CN=root", NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(1, 0, 0), SHA256: "BB"},
		},
	}
	letter := Letter(a, "https://idp.example")
	for _, text := range []string{"Registration at https://idp.example", "2026-11-24T12:00:00Z", "7F3K-Q2", "400 unapproved_software_statement", "signature: passed\n", "trust: failed\n",
		"SHA-256 BB", "The chain leads to no trust anchor of this server: its anchor would be CN=root"} {
		if !strings.Contains(letter, text) {
			t.Errorf("the letter does not say %q:\n%s", text, letter)
		}
	}
	for _, text := range []string{"secret", "inside", "udap-idp community", "--anchor"} {
		if strings.Contains(letter, text) {
			t.Errorf("the letter says %q:\n%s", text, letter)
		}
	}
}
