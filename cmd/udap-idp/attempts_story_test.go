package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

// registerCommand: register STATUS URL CA [NAME=VALUE…] registers https://hospital.example at the server URL with a new
// certificate of the authority in CA.pem and CA.key. NAME is a claim of the statement, or uri (of the certificate) or
// valid=past. The statement is in the file statement, and the answer in the file body.
func registerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: register STATUS URL CA [NAME=VALUE…]")
	}
	const hospital = "https://hospital.example"
	now := time.Now()
	leaf := authority.Leaf{Organization: "General Hospital", URIs: []string{hospital}, KeyType: authority.P256}
	claims := map[string]any{
		"iss": hospital, "sub": hospital, "aud": args[1] + "/register", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		"jti": idp.NewUUIDv4(), "client_name": "General Hospital", "redirect_uris": []string{hospital + "/callback"},
		"contacts": []string{"mailto:operator@hospital.example"}, "logo_uri": hospital + "/logo.png",
		"grant_types": []string{"authorization_code"}, "response_types": []string{"code"},
		"token_endpoint_auth_method": "private_key_jwt", "scope": "openid udap",
	}
	for _, arg := range args[3:] {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "uri":
			leaf.URIs = []string{value}
		case "valid":
			leaf.NotBefore, leaf.NotAfter = now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0)
		case "iat":
			shift, err := time.ParseDuration(value)
			ts.Check(err)
			claims["iat"], claims["exp"] = now.Add(shift).Unix(), now.Add(shift+time.Minute).Unix()
		default:
			claims[name] = value
		}
	}
	ca, err := readIdentity(ts.MkAbs("."), args[2])
	ts.Check(err)
	issuer := authority.Authority{Certificate: ca.Certificate(), Key: ca.Key}
	identity, err := issuer.IssueLeaf(leaf)
	ts.Check(err)
	signer, err := udap.NewSigner(identity.Chain, identity.Key)
	ts.Check(err)
	statement, err := signer.Sign(claims)
	ts.Check(err)
	request, err := json.Marshal(map[string]any{"software_statement": statement, "udap": "1"})
	ts.Check(err)
	resp, err := http.Post(args[1]+"/register", "application/json", bytes.NewReader(request))
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("got %s, want %s\n%s", resp.Status, args[0], body)
	}
	ts.Check(os.WriteFile(ts.MkAbs("body"), body, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("statement"), []byte(statement), 0o600))
}

// showCommand: show N DATA [FLAGS…] runs udap-idp attempts show on the attempt N of all.json.
func showCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: show N DATA [FLAGS…]")
	}
	var lines []struct {
		ID string `json:"id"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("all.json")), &lines))
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(ts.Exec("udap-idp", append([]string{"attempts", "show", lines[n].ID, "--data-dir", args[1]}, args[2:]...)...))
}

// nowhereCommand: nowhere FILE OTHER… makes sure that the content of FILE is in no OTHER.
func nowhereCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: nowhere FILE OTHER…")
	}
	secret := ts.ReadFile(args[0])
	for _, file := range args[1:] {
		if strings.Contains(ts.ReadFile(file), secret[:len(secret)/2]) {
			ts.Fatalf("the content of %s is in %s", args[0], file)
		}
	}
}
