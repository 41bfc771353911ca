package main

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

// within asks the running server again until it has noticed a change, at most a second.
func within(ts *testscript.TestScript, what string, holds func() (found string, ok bool)) {
	for deadline := time.Now().Add(time.Second); ; {
		found, ok := holds()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s: found %s", what, found)
		}
	}
}

// ask fills v with the JSON that the story's server answers.
func ask(ts *testscript.TestScript, path string, v any) {
	answer, err := http.Get("http://localhost:" + ts.Getenv("PORT") + path)
	ts.Check(err)
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s\n%s", path, answer.Status, body)
	}
	ts.Check(json.Unmarshal(body, v))
}

// keysCommand: keys N waits until the server on $PORT publishes so many keys.
func keysCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keys N")
	}
	within(ts, args[0]+" keys", func() (string, bool) {
		var set struct{ Keys []json.RawMessage }
		ask(ts, "/jwks", &set)
		return strconv.Itoa(len(set.Keys)), strconv.Itoa(len(set.Keys)) == args[0]
	})
}

// signerCommand: signer FILE waits until the metadata of the server on $PORT is signed with the first certificate of FILE.
func signerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: signer FILE")
	}
	block, _ := pem.Decode([]byte(ts.ReadFile(args[0])))
	if block == nil {
		ts.Fatalf("%s holds no certificate", args[0])
	}
	want := fingerprint(block.Bytes)
	within(ts, "signed with "+args[0], func() (string, bool) {
		var metadata struct {
			Signed string `json:"signed_metadata"`
		}
		ask(ts, "/.well-known/udap", &metadata)
		token, err := udap.ParseJWT(metadata.Signed)
		ts.Check(err)
		ts.Check(token.VerifySignature())
		got := token.Chain[0]
		return fmt.Sprintf("%s until %s", got.Subject, got.NotAfter), fingerprint(got.Raw) == want
	})
}

// waitLogCommand: waitlog NAME PATTERN waits until the output of a server that was started has the pattern.
func waitLogCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: waitlog NAME PATTERN")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	within(ts, args[1], func() (string, bool) {
		out := ts.ReadFile(args[0] + ".out")
		return out, pattern.MatchString(out)
	})
}

// issueCommand: issue REQUEST OUT URI… answers a certificate signing request with a certificate of ca.pem for the URIs; with none,
// for those of the request.
func issueCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: issue REQUEST OUT URI…")
	}
	block, _ := pem.Decode([]byte(ts.ReadFile(args[0])))
	if block == nil {
		ts.Fatalf("%s holds no request", args[0])
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	ts.Check(err)
	uris := args[2:]
	for _, uri := range request.URIs {
		if len(args) == 2 {
			uris = append(uris, uri.String())
		}
	}
	certificates, err := pki.ParseCertificates([]byte(ts.ReadFile("ca.pem")))
	ts.Check(err)
	key, err := pki.ParsePrivateKey([]byte(ts.ReadFile("ca.key")))
	ts.Check(err)
	ca := &authority.Authority{Certificate: certificates[0], Key: key}
	der, err := ca.SignLeaf(authority.Leaf{URIs: uris, Key: requestKey{request.PublicKey}})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// requestKey is a key of which the authority sees the public half.
type requestKey struct{ public crypto.PublicKey }

func (k requestKey) Public() crypto.PublicKey { return k.public }
func (requestKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the private key is not here")
}
