package attempts_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// kept makes a record, and returns the row that came of it.
func kept(t *testing.T, fill func(r *attempts.Record)) idp.Attempt {
	t.Helper()
	store := openStore(t)
	l := attempts.New(attempts.Config{Store: store, Log: quiet, RequestID: func(context.Context) string { return "7F3K-Q2" }})
	r := l.Begin(idp.AttemptAuthentication, request("[::ffff:192.0.2.1]:443"))
	fill(r)
	closed(l)
	row, err := store.Attempt(t.Context(), r.ID())
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestStepsAreRecordedInTheirOrder(t *testing.T) {
	t.Parallel()
	leaf := udaptest.New(t, udaptest.WithoutServer()).Leaf("https://hospital.example/fhir/%7Euser")
	a := kept(t, func(r *attempts.Record) {
		r.Step(attempts.Request)
		r.Step(attempts.Claims)
		r.Claimed("client-1", leaf.Chain)
		r.Allowed("code_challenge", "none was sent")
		r.Step(attempts.Trust)
		r.Client("client-1")
		r.Proved("first")
		r.Step(attempts.Replay)
		r.Refuse(&udap.Error{Status: 400, Code: udap.InvalidClient, Description: "used before", Cause: errors.New("inside")})
		r.Succeed(200, attempts.OutcomeAuthenticated) // ended before
		r.Abandon()
	})
	checks := []idp.AttemptCheck{
		{Name: "request", Outcome: "passed"}, {Name: "code_challenge", Outcome: "allowed", Detail: "none was sent"},
		{Name: "claims", Outcome: "passed"}, {Name: "trust", Outcome: "passed"},
		{Name: "replay", Outcome: "failed", Detail: "used before"},
	}
	if !reflect.DeepEqual(a.Checks, checks) {
		t.Errorf("got the checks %v, want %v", a.Checks, checks)
	}
	a.Checks = nil
	chain := a.Chain
	a.Chain = nil
	want := idp.Attempt{
		ID: a.ID, At: a.At, Kind: idp.AttemptAuthentication, RequestID: "7F3K-Q2", RemoteIP: "192.0.2.1", Issuer: "client-1",
		ClientID: "client-1", CommunityID: "first", Proved: true, Status: 400, Outcome: "refused", Code: "invalid_client",
		Description: "used before", Cause: "inside", Count: 1,
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got  %+v\nwant %+v", a, want)
	}
	if len(chain) != len(leaf.Chain) || !reflect.DeepEqual(chain[0].URIs, []string{"https://hospital.example/fhir/%7Euser"}) ||
		chain[0].Subject != leaf.Certificate().Subject.String() || len(chain[0].SHA256) != 64 || !chain[0].NotAfter.Equal(leaf.Certificate().NotAfter) {
		t.Errorf("got the chain %+v", chain)
	}
}

func TestAbandonedAttemptIsAFailure(t *testing.T) {
	t.Parallel()
	a := kept(t, func(r *attempts.Record) {
		defer r.Abandon()
		r.Step(attempts.Code)
	})
	if a.Outcome != attempts.Failed || a.Status != 500 || a.Checks[0].Outcome != idp.CheckFailed || attempts.Diagnose(a) != attempts.OurFailure {
		t.Errorf("got %+v", a)
	}
}

// What cannot be parsed is recorded with what it claims, and unproved.
func TestUnreadableMessageIsRecordedWithWhatItClaims(t *testing.T) {
	t.Parallel()
	leaf := udaptest.New(t, udaptest.WithoutServer()).Leaf("https://hospital.example")
	message := func(change func(*udaptest.Message)) string {
		m := leaf.StatementMessage("https://idp.example/register")
		change(m)
		return m.Sign()
	}
	for name, test := range map[string]struct {
		raw    string
		issuer string
		chain  int
		failed string
	}{
		"alg none":       {message(func(m *udaptest.Message) { m.Header["alg"] = "none" }), "https://hospital.example", len(leaf.Chain), attempts.SoftwareStatement},
		"no x5c":         {message(func(m *udaptest.Message) { delete(m.Header, "x5c") }), "https://hospital.example", 0, attempts.SoftwareStatement},
		"x5c unreadable": {message(func(m *udaptest.Message) { m.Header["x5c"] = []any{"AAAA", 7} }), "https://hospital.example", 0, attempts.SoftwareStatement},
		"iss a number":   {message(func(m *udaptest.Message) { m.Claims["iss"] = 7 }), "", len(leaf.Chain), attempts.Claims},
		"signature":      {leaf.Statement("x") + "AAAA", "https://hospital.example", len(leaf.Chain), attempts.Signature},
		"two parts":      {strings.Join(strings.Split(leaf.Statement("x"), ".")[:2], "."), "https://hospital.example", len(leaf.Chain), attempts.SoftwareStatement},
		"no JWT":         {"hello", "", 0, attempts.SoftwareStatement},
		"too large":      {strings.Repeat("x", udap.MaxJWT+1), "", 0, attempts.SoftwareStatement},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := kept(t, func(r *attempts.Record) {
				r.Message(test.raw)
				r.Step(attempts.SoftwareStatement)
				_, err := udap.ParseSoftwareStatement(test.raw)
				r.Parsed(err)
				var e *udap.Error
				if !errors.As(err, &e) {
					t.Errorf("got %v", err)
					return
				}
				r.Refuse(e)
			})
			if a.Issuer != test.issuer || len(a.Chain) != test.chain || a.Proved {
				t.Errorf("got issuer %q, %d certificates, proved %v", a.Issuer, len(a.Chain), a.Proved)
			}
			if last := a.Checks[len(a.Checks)-1]; last.Name != test.failed || last.Outcome != idp.CheckFailed {
				t.Errorf("got %v, want %s to have failed", a.Checks, test.failed)
			}
		})
	}
}

// Nothing that could be used as a credential is in a record, wherever a client puts it.
func TestRecordHoldsNoSecret(t *testing.T) {
	t.Parallel()
	leaf := udaptest.New(t, udaptest.WithoutServer()).Leaf("https://hospital.example")
	secret := leaf.Assertion("client-1", "https://idp.example/token")
	parts := strings.Split(secret, ".")
	a := kept(t, func(r *attempts.Record) {
		r.Message(secret)
		r.Step(attempts.ClientAssertion)
		r.Claimed(secret, leaf.Chain)
		r.Allowed("x", "in the detail "+secret)
		r.Refuse(&udap.Error{Status: 400, Code: udap.InvalidClient, Description: "it is '" + secret + "'", Cause: errors.New(parts[0] + "." + parts[1])})
	})
	row, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range parts {
		if strings.Contains(string(row), part[:20]) {
			t.Errorf("part %d of the JWT is in the record: %s", i, row)
		}
	}
	if a.Description != "it is '(a JWT)'" {
		t.Errorf("got the description %q", a.Description)
	}
}

// A row has a largest size, whatever a stranger sends.
func TestRowHasALargestSize(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	uris := make([]string, 50)
	for i := range uris {
		uris[i] = "https://hospital.example/" + strings.Repeat("<", 500)
	}
	leaf := community.LeafWith(func(l *authority.Leaf) { l.URIs, l.Organization = uris, strings.Repeat("o", 60) })
	long := strings.Repeat("<", 20_000)
	a := kept(t, func(r *attempts.Record) {
		for range 1000 {
			r.Step(attempts.Request)
		}
		chain := leaf.Chain
		for range 30 {
			chain = append(chain, leaf.Chain[0])
		}
		r.Claimed(long, chain)
		r.Refuse(&udap.Error{Status: 400, Code: udap.InvalidClient, Description: long, Cause: errors.New(long)})
	})
	row, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Chain) == 0 || len(a.Chain[0].URIs) != 5 || len(row) > 32<<10 {
		t.Errorf("got %d certificates, %d URIs, %d bytes", len(a.Chain), len(a.Chain[0].URIs), len(row))
	}
	if len(a.Issuer) > 300 || len(a.Description) > 1000 || len(a.Cause) > 1000 {
		t.Errorf("got %d, %d, %d bytes", len(a.Issuer), len(a.Description), len(a.Cause))
	}
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	good := idp.AttemptCertificate{Subject: "CN=a", Issuer: "CN=ca", SHA256: "1", NotBefore: at.AddDate(-1, 0, 0), NotAfter: at.AddDate(1, 0, 0)}
	expired := idp.AttemptCertificate{Subject: "CN=ca", Issuer: "CN=root", SHA256: "2", NotBefore: at.AddDate(-2, 0, 0), NotAfter: at.AddDate(-1, 0, 0)}
	other := expired
	other.Subject, other.SHA256 = "CN=unrelated", "3"
	for name, test := range map[string]struct {
		step, description, cause string
		status, count            int
		chain                    []idp.AttemptCertificate
		want                     attempts.Diagnosis
	}{
		"no anchor":               {step: attempts.Trust, chain: []idp.AttemptCertificate{good}, want: attempts.UntrustedAnchor},
		"an expired one beside":   {step: attempts.Trust, chain: []idp.AttemptCertificate{good, other}, want: attempts.UntrustedAnchor},
		"an expired CA":           {step: attempts.Trust, chain: []idp.AttemptCertificate{good, expired}, want: attempts.OutOfDate},
		"an expired leaf":         {step: attempts.Trust, chain: []idp.AttemptCertificate{expired}, want: attempts.OutOfDate},
		"revoked":                 {step: attempts.Trust, cause: "'CN=a' was revoked on 2026", chain: []idp.AttemptCertificate{good}, want: attempts.RevokedChain},
		"trust cannot be checked": {step: attempts.Trust, status: 503, want: attempts.CannotCheck},
		"the store":               {step: attempts.Storage, status: 500, want: attempts.OurFailure},
		"replayed":                {step: attempts.Replay, want: attempts.Replayed},
		"another URI":             {step: attempts.Certificate, want: attempts.OtherURI},
		"iss another URI":         {step: attempts.Claims, description: "the claim iss is 'x', expected a URI of the Subject Alternative Name", want: attempts.OtherURI},
		"expired":                 {step: attempts.Claims, description: "the claim exp is 2026, which has passed", want: attempts.WrongClock},
		"ahead":                   {step: attempts.Claims, description: "the claim iat is 2026, which is in the future", want: attempts.WrongClock},
		"audience":                {step: attempts.Claims, description: "the claim aud is 'x', expected y", want: attempts.WrongAudience},
		"jti missing":             {step: attempts.Claims, description: "the claim jti is missing", want: attempts.BadRequest},
		"signature":               {step: attempts.Signature, want: attempts.BadSignature},
		"suspended":               {step: attempts.Suspension, want: attempts.SuspendedClient},
		"certifications":          {step: attempts.Certifications, want: attempts.BadRequest},
		"unknown":                 {step: attempts.Registered, want: attempts.UnknownClient},
		"code":                    {step: attempts.Code, want: attempts.BadCode},
		"parameters":              {step: attempts.Parameters, want: attempts.BadRequest},
		"many":                    {count: 7, want: attempts.TooMany},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := idp.Attempt{
				At: at, Code: "x", Status: max(400, test.status), Description: test.description, Cause: test.cause, Count: max(1, test.count),
				Chain: test.chain, Checks: []idp.AttemptCheck{{Name: "request", Outcome: idp.CheckPassed}, {Name: test.step, Outcome: idp.CheckFailed}},
			}
			if got := attempts.Diagnose(a); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := attempts.Diagnose(idp.Attempt{Outcome: attempts.OutcomeRegistered, Status: 201, Count: 1}); got != attempts.NoProblem {
		t.Errorf("got %q of a success", got)
	}
}
