package registration

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"udap-idp/internal/udap"
)

// maxBody is the size of the largest request, in bytes. Its statement is a little smaller.
const maxBody = 64 << 10

// readRequest returns the software statement of a request. Errors are *udap.Error.
func readRequest(w http.ResponseWriter, r *http.Request) (string, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return "", &udap.Error{
			Status:      http.StatusUnsupportedMediaType,
			Code:        udap.InvalidClientMetadata,
			Description: "the header Content-Type is not application/json",
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return "", invalid(fmt.Sprintf("the body is larger than %d bytes", maxBody))
	}
	if err != nil {
		return "", invalid("the body could not be read to its end")
	}
	// Names are compared exactly, which a struct would not do.
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members == nil {
		return "", invalid("the body is not a JSON object")
	}
	return readMembers(members)
}

// readMembers reads the three members of UDAP Security IG §3.2.3. UDAP Dynamic Client Registration §3: parameters repeated
// beside the statement SHALL be ignored, so no other member is looked at.
func readMembers(members map[string]json.RawMessage) (string, error) {
	if members["udap"] == nil {
		return "", invalid("the member udap is missing, expected the string '1'")
	}
	if version, ok := udap.JSONString(members["udap"]); !ok || version != "1" {
		return "", invalid("the member udap is not the string '1'")
	}
	if err := checkCertifications(members["certifications"]); err != nil {
		return "", err
	}
	statement, ok := udap.JSONString(members["software_statement"])
	if !ok || statement == "" {
		return "", &udap.Error{
			Status:      http.StatusBadRequest,
			Code:        udap.InvalidSoftwareStatement,
			Description: "the member software_statement is missing or not a string, expected a signed JWT",
		}
	}
	return statement, nil
}

// checkCertifications lets pass what real clients send: nothing, null, an array, and an array written into a string. None
// is supported, and UDAP Security IG §3.3: those that are not SHALL be ignored.
func checkCertifications(value json.RawMessage) error {
	if len(value) == 0 || value[0] == 'n' || value[0] == '[' || value[0] == '"' {
		return nil
	}
	return invalid("the member certifications is neither an array nor absent")
}

func invalid(description string) *udap.Error {
	return &udap.Error{Status: http.StatusBadRequest, Code: udap.InvalidClientMetadata, Description: description}
}
