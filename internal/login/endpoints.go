package login

import (
	"encoding/json"
	"net/http"
)

// PasskeyEndpoints answers GET /.well-known/passkey-endpoints (W3C, A Well-Known URL for Relying Party Passkey Endpoints): where
// a password manager takes its user to add a passkey, and to manage those she has. The answer is JSON, without a redirect.
func (l *Login) PasskeyEndpoints(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	return json.NewEncoder(w).Encode(struct {
		Enroll string `json:"enroll"`
		Manage string `json:"manage"`
	}{l.Issuer + "/account/passkeys/add", l.Issuer + "/account/passkeys"})
}
