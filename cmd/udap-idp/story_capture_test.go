package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// captureCommand: capture NAME FILE PATTERN sets the variable NAME to what the pattern finds in FILE: its first group, or all of it.
func captureCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: capture NAME FILE PATTERN")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if found == nil {
		ts.Fatalf("%s: nothing like %s", args[1], args[2])
	}
	ts.Setenv(args[0], found[len(found)-1])
}

// postCommand: post STATUS URL sends an empty form, as a button does; the page is in the file body.
func postCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: post STATUS URL")
	}
	resp, err := http.PostForm(args[1], nil)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("%s: got %s, want %s\n%s", args[1], resp.Status, args[0], body)
	}
	ts.Check(os.WriteFile(ts.MkAbs("body"), body, 0o600))
}
