package udap_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// Whatever comes in: no panic, every error is one that may go over the wire, and no more is allocated than its size explains.

// bounded is for one message of that many bytes: a mebibyte, and each byte a hundred times.
func bounded(t *testing.T, size int, f func()) {
	t.Helper()
	udaptest.BoundAllocation(t, 1<<20+100*size, f)
}

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
		var token *udap.JWT
		var err error
		bounded(t, len(raw), func() { token, err = udap.ParseJWT(raw) })
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

// FuzzX5C is for the certificates themselves: DER of the leaf, and of another behind it.
func FuzzX5C(f *testing.F) {
	l := quickLeaf(f)
	good, above := l.Certificate().Raw, udaptest.New(f, udaptest.WithoutServer()).Anchor().Raw
	f.Add(good, above)
	f.Add(above, good)
	f.Add(good[:100], []byte{})
	for _, name := range []string{"inferno/TestClient.pem", "anchors/EMRDirectTestCA.crt", "anchors/SureFhirLabs_Intermediate.cer"} {
		if data := vectorOrNone(f, name); data != nil {
			f.Add(pemCertificate(f, data).Raw, good)
		}
	}
	f.Fuzz(func(t *testing.T, leaf, behind []byte) {
		x5c := []string{base64.StdEncoding.EncodeToString(leaf), base64.StdEncoding.EncodeToString(behind)}
		raw := udaptest.Compact(t, map[string]any{"alg": "ES256", "x5c": x5c}, []byte("{}"), l.Key)
		bounded(t, len(raw), func() {
			token, err := udap.ParseJWT(raw)
			if err != nil {
				onlyJWTError(t, err)
				return
			}
			if !bytes.Equal(token.Chain[0].Raw, leaf) || len(token.Chain) > 2 {
				t.Error("the chain does not begin with x5c[0], or has more than was sent")
			}
			onlyJWTError(t, token.VerifySignature())
			_, err = udap.URISANs(token.Chain[0])
			if err != nil && !errors.Is(err, udap.ErrSAN) {
				t.Errorf("got %v, want ErrSAN", err)
			}
		})
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
		raw := udaptest.Compact(t, header, payload, l.Key)
		var r udap.Registration
		var err error
		bounded(t, len(raw), func() {
			var s *udap.SoftwareStatement
			if s, err = udap.ParseSoftwareStatement(raw); err != nil {
				return
			}
			onlyError(t, s.Validate(registrationURL, time.Unix(1800000000, 0)))
			r, err = s.Registration(policy)
		})
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
		raw := udaptest.Compact(t, header, payload, l.Key)
		bounded(t, len(raw), func() {
			a, err := udap.ParseClientAssertion(raw)
			if err != nil {
				onlyError(t, err)
				return
			}
			onlyError(t, a.Validate(tokenURL, time.Unix(1800000000, 0)))
		})
	})
}

func FuzzURISANs(f *testing.F) {
	for _, extension := range leaf(f).Certificate().Extensions {
		f.Add(extension.Value)
	}
	f.Add([]byte{0x30, 0x80, 0x86, 0x84, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, value []byte) {
		bounded(t, len(value), func() {
			if _, err := udap.URISANs(sanOf(value)); err != nil && !errors.Is(err, udap.ErrSAN) {
				t.Errorf("got %v, want ErrSAN", err)
			}
		})
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
