package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"udap-idp/internal/udap"
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
