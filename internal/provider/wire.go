package provider

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/udap"
)

// Error codes that udap does not name.
const (
	// OIDC Core §3.1.2.6.
	loginRequired          = "login_required"
	requestNotSupported    = "request_not_supported"
	requestURINotSupported = "request_uri_not_supported"
	// RFC 6750 §3.1.
	invalidToken = "invalid_token"
)

// refuse makes the error of a request that is wrong. Descriptions hold nothing secret: they are logged.
func refuse(code, description string) *udap.Error {
	return &udap.Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// internal makes the error of a failure of ours.
func internal(cause error) *udap.Error {
	return &udap.Error{
		Status: http.StatusInternalServerError, Code: udap.ServerError,
		Description: "the server met an internal error", Cause: cause,
	}
}

// unavailable makes the error of something that could not be found out now.
func unavailable(cause error) *udap.Error {
	return &udap.Error{
		Status: http.StatusServiceUnavailable, Code: udap.TemporarilyUnavailable,
		Description: "the server cannot check this now, try again later", Cause: cause, RetryAfter: udap.RetryLater,
	}
}

type answerHeaderKey struct{}

// setRetryAfter writes the header that the library has no place for.
func setRetryAfter(ctx context.Context, e *udap.Error) {
	if h, ok := ctx.Value(answerHeaderKey{}).(http.Header); ok {
		e.SetRetryAfter(h)
	}
}

// forLibrary is an error as the library writes it: the status, the code and the description go over the wire, the cause
// goes to the log. An error that is not ours would be written with its text, so none is passed on.
func forLibrary(e *udap.Error) error {
	out := &oidc.Error{Description: udap.Printable(e.Description), Parent: e.Cause}
	// The library's type of a code is its own and takes constants only.
	switch e.Code {
	case udap.InvalidRequest:
		out.ErrorType = oidc.InvalidRequest
	case udap.InvalidClient:
		out.ErrorType = oidc.InvalidClient
	case udap.InvalidGrant:
		out.ErrorType = oidc.InvalidGrant
	case udap.TemporarilyUnavailable:
		out.ErrorType = udap.TemporarilyUnavailable
	case invalidToken:
		out.ErrorType = invalidToken
	default:
		out.ErrorType = oidc.ServerError
	}
	return op.NewStatusError(out, e.Status)
}

// writeError answers with an error as JSON.
//
// RFC 6749 §5.2: application/json. No charset: test tools for UDAP compare the whole value.
func writeError(w http.ResponseWriter, r *http.Request, e *udap.Error) {
	level := slog.LevelWarn
	if e.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	slog.Log(r.Context(), level, "request refused", "path", r.URL.Path, "error", e.Code, "description", e.Description, "cause", e.Cause)
	answerError(w, e)
}

// answerError is writeError for what was logged before.
func answerError(w http.ResponseWriter, e *udap.Error) {
	body, err := json.Marshal(e)
	if err != nil {
		body = []byte(`{"error":"server_error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	e.SetRetryAfter(w.Header())
	w.WriteHeader(e.Status)
	w.Write(append(body, '\n'))
}

// noStore keeps an answer out of every cache. RFC 6749 §5.1: both headers MUST be on an answer with a token.
func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
}
