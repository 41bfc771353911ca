package registration

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"udap-idp/internal/attempts"
	"udap-idp/internal/udap"
)

// answer is the body of 201 and 200 (UDAP Dynamic Client Registration §5.1). UDAP Security IG §3.2.3: parameters without a
// value are left out, never null, and the claims about the statement itself (iss, sub, aud, exp, iat, jti) are not repeated.
type answer struct {
	status  int
	outcome string // for the record

	ClientID                string   `json:"client_id"`
	SoftwareStatement       string   `json:"software_statement"`
	ClientName              string   `json:"client_name,omitempty"`
	RedirectURIs            []string `json:"redirect_uris,omitempty"`
	Contacts                []string `json:"contacts,omitempty"`
	LogoURI                 string   `json:"logo_uri,omitempty"`
	GrantTypes              []string `json:"grant_types"` // empty after a cancellation
	ResponseTypes           []string `json:"response_types,omitempty"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method,omitempty"`
	Scope                   string   `json:"scope,omitempty"`
	// Certifications are those that were accepted. UDAP Certifications and Endorsements §6.7: MUST be there when some were
	// processed, empty or not.
	Certifications []string `json:"certifications,omitzero"`
}

func registered(status int, clientID, statement string, r udap.Registration) *answer {
	outcome := attempts.OutcomeRegistered
	if status == http.StatusOK {
		outcome = attempts.OutcomeModified
	}
	return &answer{
		status:                  status,
		outcome:                 outcome,
		ClientID:                clientID,
		SoftwareStatement:       statement,
		ClientName:              r.ClientName,
		RedirectURIs:            r.RedirectURIs,
		Contacts:                r.Contacts,
		LogoURI:                 r.LogoURI,
		GrantTypes:              r.GrantTypes,
		ResponseTypes:           r.ResponseTypes,
		TokenEndpointAuthMethod: r.TokenEndpointAuthMethod,
		Scope:                   r.Scope,
	}
}

// cancelled carries the client_id that was registered and an empty grant_types (UDAP Security IG §3.4).
func cancelled(clientID, statement string) *answer {
	return &answer{
		status:            http.StatusOK,
		outcome:           attempts.OutcomeCancelled,
		ClientID:          clientID,
		SoftwareStatement: statement,
		GrantTypes:        []string{},
	}
}

// writeJSON writes an answer or a *udap.Error. The media type has no charset: there are clients that compare it whole.
// RFC 7591 §3.2.1: Cache-Control no-store and Pragma no-cache.
func writeJSON(w http.ResponseWriter, status int, body any) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // so that URLs read as they were sent
	if err := encoder.Encode(body); err != nil {
		http.Error(w, `{"error":"server_error"}`, http.StatusInternalServerError) // strings and lists of strings always encode
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(buffer.Len()))
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(buffer.Bytes()) // the client has gone
}
