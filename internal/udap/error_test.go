package udap_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"udap-idp/internal/udap"
)

func TestErrorOnTheWire(t *testing.T) {
	t.Parallel()
	cause := errors.New("secret detail")
	e := &udap.Error{Status: 400, Code: udap.InvalidClient, Description: "aud is \"x\"\n\\ö", Cause: cause}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	// RFC 6749 §5.2: no quotation mark, no backslash, printable ASCII only.
	if got, want := string(data), `{"error":"invalid_client","error_description":"aud is 'x'???"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !errors.Is(e, cause) {
		t.Error("the cause is not found by errors.Is")
	}
	if data, _ := json.Marshal(&udap.Error{Code: udap.ServerError}); string(data) != `{"error":"server_error"}` {
		t.Errorf("got %s", data)
	}
}

func TestWhatCameInIsQuotedShort(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	s, err := udap.ParseSoftwareStatement(l.Statement(registrationURL, set("scope", "\x01"+strings.Repeat("é", 1000))))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Registration(policy)
	var e *udap.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if len(e.Description) > 300 {
		t.Errorf("got a description of %d bytes", len(e.Description))
	}
	if strings.ContainsFunc(e.Description, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
		t.Errorf("got %q, want printable ASCII", e.Description)
	}
}
