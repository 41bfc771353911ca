package provider

import (
	"net/http"

	"udap-idp/internal/idp"
)

// Kinds of Problem.
const (
	KindClientUnknown   = "client-unknown"   // no such client_id, or its registration was cancelled
	KindClientSuspended = "client-suspended" // the operator has suspended the client
	KindRedirectURI     = "redirect-uri"     // a redirect_uri that is not registered
	KindRequestInvalid  = "request-invalid"  // not a request at all
	KindMethod          = "method"
	KindInternal        = "internal"
)

// Problem is an error at /authorize that must not be redirected, for a page.
type Problem struct {
	Status int
	Kind   string // one of the Kind constants
	// Detail says in English what is wrong with the request, for the organization that sent the person here. It holds no
	// more of the request than the names of parameters.
	Detail string
	Client idp.Client // the suspended one, for the page to name
	Cause  error      // for the log, nil when the request is to blame
}

// RFC 6749 §4.1.2.1: with an unknown client_id or a redirect_uri that does not match, the server SHOULD inform the resource
// owner and MUST NOT redirect.
func invalidPage(kind, detail string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Kind: kind, Detail: detail}
}

// suspendedPage is for a client that the operator has suspended. Nobody is sent to its redirect_uri, not with this error
// either: why it was suspended may be that the address is in other hands.
func suspendedPage(c idp.Client) *Problem {
	return &Problem{
		Status: http.StatusForbidden, Kind: KindClientSuspended, Client: c,
		Detail: "The operator of this server has suspended the client.",
	}
}

func internalPage(cause error) *Problem {
	return &Problem{Status: http.StatusInternalServerError, Kind: KindInternal, Detail: "The request could not be completed.", Cause: cause}
}
