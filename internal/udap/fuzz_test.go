package udap_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// Whatever comes in: no panic, and every error is one that may go over the wire.

func FuzzParseJWT(f *testing.F) {
	l := quickLeaf(f)
	f.Add(l.Statement(registrationURL))
	f.Add(l.Assertion(clientID, tokenURL))
	f.Add(string(vectorOrNone(f, "statements/health-gorilla-2023.jwt")))
	f.Add("")
	f.Add("..")
	f.Add(encode(`{"alg":"none"}`) + "." + encode("{}") + ".")
	f.Add(encode(`{"alg":"RS256","x5c":["MIIB"]}`) + "." + encode("{}") + ".AA")
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := udap.ParseJWT(raw)
		if err != nil {
			onlyJWTError(t, err)
			return
		}
		if len(token.Chain) == 0 || len(raw) > udap.MaxJWT {
			t.Error("accepted without a certificate, or too long")
		}
		onlyJWTError(t, token.VerifySignature())
	})
}

func FuzzJWTHeader(f *testing.F) {
	l := quickLeaf(f)
	good, err := json.Marshal(l.Message().Header)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"alg":"RS256","x5c":[""]}`))
	f.Add([]byte(`{"alg":"RS256","x5c":{}}`))
	f.Fuzz(func(t *testing.T, header []byte) {
		token, err := udap.ParseJWT(udaptest.Compact(t, header, []byte("{}"), l.Key))
		if err != nil {
			onlyJWTError(t, err)
			return
		}
		onlyJWTError(t, token.VerifySignature())
	})
}

func FuzzSoftwareStatement(f *testing.F) {
	l := quickLeaf(f)
	good, err := json.Marshal(l.StatementMessage(registrationURL).Claims)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"iss":1,"aud":[],"exp":1e400}`))
	f.Add([]byte(`{"grant_types":[],"scope":"*","contacts":["mailto:%"],"redirect_uris":["https://[::1"]}`))
	header := l.Message().Header
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := udap.ParseSoftwareStatement(udaptest.Compact(t, header, payload, l.Key))
		if err != nil {
			onlyError(t, err)
			return
		}
		onlyError(t, s.Validate(registrationURL, time.Unix(1800000000, 0)))
		r, err := s.Registration(policy)
		onlyError(t, err)
		if err == nil && !r.Cancel && (len(r.RedirectURIs) == 0 || r.ClientName == "" || !strings.Contains(r.Scope, "udap")) {
			t.Errorf("accepted %+v", r)
		}
	})
}

func FuzzClientAssertion(f *testing.F) {
	l := quickLeaf(f)
	good, err := json.Marshal(l.AssertionMessage(clientID, tokenURL).Claims)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"iss":"a","sub":"a","aud":["b"],"iat":1800000000,"exp":1800000300,"jti":"c"}`))
	header := l.Message().Header
	f.Fuzz(func(t *testing.T, payload []byte) {
		a, err := udap.ParseClientAssertion(udaptest.Compact(t, header, payload, l.Key))
		if err != nil {
			onlyError(t, err)
			return
		}
		onlyError(t, a.Validate(tokenURL, time.Unix(1800000000, 0)))
	})
}

func FuzzURISANs(f *testing.F) {
	for _, extension := range leaf(f).Certificate().Extensions {
		f.Add(extension.Value)
	}
	f.Add([]byte{0x30, 0x80, 0x86, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, value []byte) {
		if _, err := udap.URISANs(sanOf(value)); err != nil && !errors.Is(err, udap.ErrSAN) {
			t.Errorf("got %v, want ErrSAN", err)
		}
	})
}

// quickLeaf has a P-256 key, whose signatures cost little. The RSA ones come from the vectors.
func quickLeaf(f *testing.F) *udaptest.Leaf {
	f.Helper()
	return udaptest.New(f, udaptest.WithoutServer()).LeafWith(func(l *authority.Leaf) {
		l.URIs, l.KeyType = []string{hospital}, authority.P256
	})
}

func onlyJWTError(t *testing.T, err error) {
	t.Helper()
	var e *udap.JWTError
	if err != nil && !errors.As(err, &e) {
		t.Errorf("got %v, want a *udap.JWTError", err)
	}
}

func onlyError(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var e *udap.Error
	if !errors.As(err, &e) || e.Status != 400 || e.Description == "" {
		t.Errorf("got %v, want a *udap.Error of 400", err)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Error(err)
	}
}
