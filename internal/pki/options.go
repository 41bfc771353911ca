package pki

import (
	"log/slog"

	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
)

// Options of a Trust. The zero value looks at certificates alone: no revocation, nothing fetched.
type Options struct {
	// Revocation checks every path as Community.Revocation says. Without it nothing is checked.
	Revocation *revocation.Checker
	// Issuers fetches the certificates of issuers that were neither sent nor configured, from where the certificates say
	// (AIA caIssuers). Without it nobody is asked. It must not be the Fetcher of Revocation: strangers can keep it busy.
	Issuers *fetch.Fetcher
	Log     *slog.Logger // nil logs nothing
}

// The verdicts of revocation, under the names of this package for those who ask Trust.
var (
	// ErrRevoked is found beside ErrUntrusted when a certificate of the chain is revoked.
	ErrRevoked = revocation.ErrRevoked
	// ErrCannotCheck: the chain may be good, but its revocation cannot be checked now. It is never ErrUntrusted: whoever
	// asked may try again.
	ErrCannotCheck = revocation.ErrCannotCheck
)

// Unchecked is the error behind ErrCannotCheck.
type Unchecked = revocation.Unchecked

// Revoked is the error behind ErrRevoked.
type Revoked = revocation.Revoked
