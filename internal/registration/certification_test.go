package registration_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/registration"
	"udap-idp/internal/udap/udaptest"
)

const (
	board   = "https://board.example/"
	basic   = "https://trust.example/basic"
	audited = "https://trust.example/audited"
)

// settings are those of the community "first"; the others have the strictest.
type settings idp.CommunitySettings

func (s settings) Settings(_ context.Context, communityID string) (idp.CommunitySettings, error) {
	if communityID != "first" {
		return idp.CommunitySettings{}, nil
	}
	return idp.CommunitySettings(s), nil
}

// asking makes a house whose first community asks for certifications.
func asking(t *testing.T, required ...string) *house {
	t.Helper()
	return newHouse(t, func(c *registration.Config) {
		c.Communities = settings{Certifications: idp.CertificationSettings{Supported: []string{basic, audited}, Required: required}}
	})
}

// certified sends a statement with what is to be in certifications.
func (h *house) certified(t *testing.T, statement string, certifications any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"software_statement": statement, "certifications": certifications, "udap": "1"})
	if err != nil {
		t.Fatal(err)
	}
	return h.post(t, "application/json", string(body))
}

func TestAcceptedCertificationsAreStoredAndEchoed(t *testing.T) {
	t.Parallel()
	h := asking(t)
	l, certifier := h.Community.Leaf(hospital), h.Community.Leaf(board)
	good := certifier.Certification(hospital, audited)
	own := l.Certification(hospital, basic) // self-signed, as UDAP Certifications and Endorsements §1 has it
	unknown := certifier.Certification(hospital, "https://other.example/program")
	stranger := udaptest.New(t, udaptest.WithoutServer()).Leaf(board).Certification(hospital, audited)
	expired := certifier.Certification(hospital, audited, func(m map[string]any) { m["exp"] = time.Now().Unix() - 1; m["iat"] = time.Now().Unix() - 60 })

	r := h.certified(t, l.Statement(h.URL), []string{"no JWT", good, unknown, own, stranger, expired, good})
	want := []any{good, own}
	if r.Status != 201 || !reflect.DeepEqual(r.Body["certifications"], want) {
		t.Errorf("got %d %v, want those that were accepted, once", r.Status, r.Body["certifications"])
	}
	if got := h.clients(t)[0].Certifications; !reflect.DeepEqual(got, []string{good, own}) {
		t.Errorf("got %d stored, want 2", len(got))
	}
	for _, reason := range []string{"unapproved_certification", "has passed", "3 parts"} {
		if !strings.Contains(h.Log.String(), reason) {
			t.Errorf("the log does not say why one was left out: %s", reason)
		}
	}
	// A certification is shown at each registration: its jti is no sign of replay. UDAP Security IG §3.4: those of before are
	// replaced.
	r = h.certified(t, l.Statement(h.URL), []string{good})
	if r.Status != 200 || !reflect.DeepEqual(r.Body["certifications"], []any{good}) || len(h.clients(t)[0].Certifications) != 1 {
		t.Errorf("shown again: got %d %v", r.Status, r.Body["certifications"])
	}
	r = h.certified(t, l.Statement(h.URL), []string{unknown})
	if got, ok := r.Body["certifications"].([]any); r.Status != 200 || !ok || len(got) != 0 {
		t.Errorf("none accepted: got %d %v, want an empty array", r.Status, r.Body["certifications"])
	}
	r = h.certified(t, l.Statement(h.URL), nil)
	if _, ok := r.Body["certifications"]; r.Status != 200 || ok || len(h.clients(t)[0].Certifications) != 0 {
		t.Errorf("none sent: got %d %v", r.Status, r.Body)
	}
}

// UDAP Security IG §3.3: SHALL be ignored.
func TestCertificationsThatNobodyAskedForAreIgnored(t *testing.T) {
	t.Parallel()
	h := asking(t, audited)
	l := h.Second.Leaf(hospital) // of the community that asks for none
	for _, sent := range []any{nil, []string{}, []string{l.Certification(hospital, audited)}, "[]", 1, map[string]any{}, []any{1, nil}} {
		r := h.certified(t, l.Statement(h.URL), sent)
		if _, ok := r.Body["certifications"]; r.Status >= 300 || ok {
			t.Errorf("%v: got %d %v", sent, r.Status, r.Body)
		}
	}
	if got := h.clients(t)[0].Certifications; len(got) != 0 {
		t.Errorf("got %q stored", got)
	}
}

func TestMissingRequiredCertificationIsSaidPrecisely(t *testing.T) {
	t.Parallel()
	h := asking(t, audited)
	l, certifier := h.Community.Leaf(hospital), h.Community.Leaf(board)
	stranger := udaptest.New(t, udaptest.WithoutServer()).Leaf(board)
	forged := certifier.CertificationMessage(hospital, audited)
	forged.Key = l.Key
	const expected = "the certification 'https://trust.example/audited' is required here"
	const none = expected + ", and no certification with it in certification_uris was sent"
	tests := []struct {
		name       string
		sent       any
		code, want string
	}{
		{"nothing", nil, badMetadata, none},
		{"an empty list", []string{}, badMetadata, none},
		{"an empty list in a string", "[]", badMetadata, none},
		{"another one", []string{certifier.Certification(hospital, basic)}, badMetadata, none},
		{"a number", 1, badMetadata, "the member certifications is a number, expected an array of strings, each a signed JWT"},
		{"a number in the list", []any{1}, badMetadata, "the member certifications has a number at position 1, expected a string with a signed JWT"},
		{"no JWT", []string{"x"}, "invalid_certification", expected + ": certification: a JWT in compact serialisation has 3 parts separated by dots, this has 1"},
		{"a wrong signature", []string{forged.Sign()}, "invalid_certification", expected + ": certification: the signature does not verify with the key of the certificate x5c[0]"},
		{"of another client", []string{certifier.Certification("https://other.example", audited)}, "invalid_certification",
			expected + ": certification: the claim sub is 'https://other.example', expected the iss of the software statement, 'https://hospital.example/fhir'"},
		{"for another server", []string{certifier.Certification(hospital, audited, set("aud", "https://other.example/register"))}, "invalid_certification",
			expected + ": certification: the claim aud is 'https://other.example/register', expected " + h.URL},
		{"of a stranger", []string{stranger.Certification(hospital, audited)}, "unapproved_certification",
			expected + ": certification: the certificate x5c[0] does not lead, by certificates that are valid now, to a trust anchor of those who may certify"},
		{"of a stranger behind one that cannot be read", []string{"x", stranger.Certification(hospital, audited)}, "unapproved_certification", expected},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := h.certified(t, l.Statement(h.URL), test.sent)
			h.wantRefusal(t, r, 400, test.code, test.want)
		})
	}
}

func TestRequiredCertificationLetsTheClientIn(t *testing.T) {
	t.Parallel()
	h := asking(t, basic, audited)
	l, certifier := h.Community.Leaf(hospital), h.Community.Leaf(board)
	h.wantRefusal(t, h.certified(t, l.Statement(h.URL), []string{certifier.Certification(hospital, basic)}), 400, badMetadata, "'https://trust.example/audited' is required")
	both := certifier.CertificationMessage(hospital, basic, audited).Sign()
	if r := h.certified(t, l.Statement(h.URL), []string{both}); r.Status != 201 {
		t.Errorf("got %d %v", r.Status, r.Body)
	}
	// Who goes needs no certification.
	if r := h.certified(t, l.Statement(h.URL, set("grant_types", []string{})), nil); r.Status != 200 {
		t.Errorf("cancel: got %d %v", r.Status, r.Body)
	}
}

func TestCertifierMustBeOneOfTheCommunity(t *testing.T) {
	t.Parallel()
	certifiers, members := udaptest.New(t, udaptest.WithoutServer()), udaptest.New(t, udaptest.WithoutServer())
	own := known("first", members)
	own.Certifiers = []*x509.Certificate{certifiers.Anchor()}
	h := newHouse(t, func(c *registration.Config) {
		c.Trust = trust{pki.NewTrust(source{own})}
		c.Communities = settings{Certifications: idp.CertificationSettings{Supported: []string{audited}, Required: []string{audited}}}
	})
	l := members.Leaf(hospital)
	r := h.certified(t, l.Statement(h.URL), []string{l.Certification(hospital, audited)})
	h.wantRefusal(t, r, 400, "unapproved_certification", "does not lead")
	// Who may certify is not thereby a member.
	r = h.certified(t, certifiers.Leaf(hospital).Statement(h.URL), nil)
	h.wantRefusal(t, r, 400, unapproved, "does not lead")
	if r := h.certified(t, l.Statement(h.URL), []string{certifiers.Leaf(board).Certification(hospital, audited)}); r.Status != 201 {
		t.Errorf("got %d %v", r.Status, r.Body)
	}
}

// unsure trusts members and cannot tell about certifiers.
type unsure struct{ trust }

func (unsure) VerifyCertifier(context.Context, string, []*x509.Certificate, time.Time) error {
	return errors.New("secret detail of a revocation list")
}

func TestCertifierThatCannotBeCheckedIsNoVerdict(t *testing.T) {
	t.Parallel()
	for name, required := range map[string][]string{"required": {audited}, "not required": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(c *registration.Config) {
				c.Trust = unsure{c.Trust.(trust)}
				c.Communities = settings{Certifications: idp.CertificationSettings{Supported: []string{audited}, Required: required}}
			})
			r := h.certified(t, h.Community.Leaf(hospital).Statement(h.URL), []string{h.Community.Leaf(board).Certification(hospital, audited)})
			if !strings.Contains(h.Log.String(), "secret detail") || strings.Contains(r.description(), "secret detail") {
				t.Errorf("the cause belongs into the log alone: %s", r.description())
			}
			if required == nil {
				if got, _ := r.Body["certifications"].([]any); r.Status != 201 || len(got) != 0 {
					t.Errorf("got %d %v, want the registration without it", r.Status, r.Body)
				}
				return
			}
			h.wantRefusal(t, r, 503, "temporarily_unavailable", "'https://trust.example/audited' is required here: whether the certifier is trusted cannot be determined")
		})
	}
}

// UDAP Certifications and Endorsements §8: without an answer it MUST NOT be assumed to be acceptable.
func TestCertifierIsAskedWhetherTheCertificationStands(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, endpoint, mode string
		answer               string
		err                  error
		status               int
		code, want           string
	}{
		{"it does", "https://board.example/status?a=b", "", `{"valid": true}`, nil, 201, "", ""},
		{"it does not", "https://board.example/status?a=b", "", `{"valid":false}`, nil, 400, "unapproved_certification", "that it is not valid"},
		{"no answer", "https://board.example/status?a=b", "", "", errors.New("connection refused"), 503, "temporarily_unavailable", "does not say"},
		{"no answer, soft", "https://board.example/status?a=b", "soft-fail", "", errors.New("connection refused"), 503, "temporarily_unavailable", "does not say"},
		{"another answer", "https://board.example/status?a=b", "", `{"valid":"true"}`, nil, 503, "temporarily_unavailable", "does not say"},
		{"a page", "https://board.example/status?a=b", "", "<html>", nil, 503, "temporarily_unavailable", "does not say"},
		{"by http", "http://board.example/status", "", `{"valid":true}`, nil, 400, "invalid_certification", "is 'http://board.example/status', expected an https URI"},
		{"nobody is asked", "https://board.example/status?a=b", "no-check", `{"valid":false}`, nil, 201, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := ""
			h := newHouse(t, func(c *registration.Config) {
				c.Communities = settings{
					Certifications: idp.CertificationSettings{Supported: []string{audited}, Required: []string{audited}},
					Revocation:     idp.RevocationSettings{Mode: test.mode},
				}
				c.Status = func(_ context.Context, url string) ([]byte, error) {
					asked = url
					return []byte(test.answer), test.err
				}
			})
			m := h.Community.Leaf(board).CertificationMessage(hospital, audited)
			m.Claims["certification_status_endpoint"], m.Claims["jti"], m.Claims["exp"] = test.endpoint, "a+b/c=", time.Now().Unix()+60
			r := h.certified(t, h.Community.Leaf(hospital).Statement(h.URL), []string{m.Sign()})
			if test.status == 201 {
				if r.Status != 201 {
					t.Errorf("got %d %v", r.Status, r.Body)
				}
			} else {
				h.wantRefusal(t, r, test.status, test.code, test.want)
			}
			want := ""
			if test.mode != "no-check" && strings.HasPrefix(test.endpoint, "https") {
				want = fmt.Sprintf("https://board.example/status?a=b&exp=%d&jti=a%%2Bb%%2Fc%%3D", m.Claims["exp"])
			}
			if asked != want {
				t.Errorf("asked %q, want %q", asked, want)
			}
			// A stranger names no address that is asked.
			asked = ""
			stranger := udaptest.New(t, udaptest.WithoutServer()).Leaf(board)
			h.certified(t, h.Community.Leaf(hospital).Statement(h.URL), []string{stranger.Certification(hospital, audited, set("certification_status_endpoint", test.endpoint))})
			if asked != "" {
				t.Errorf("asked %q for a stranger", asked)
			}
		})
	}
}
