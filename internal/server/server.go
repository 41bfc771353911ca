package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Page is a handler that may fail: the error becomes a problem page with the request's number, and a log line under it.
type Page func(w http.ResponseWriter, r *http.Request) error

// Config is what is behind the routes. Every field but TrustedProxies, Observe and Uploads is required.
type Config struct {
	Issuer         string // our base URL without a trailing slash; its path, if any, is taken off every request
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
	Problems       *Problems
	Ready          func(ctx context.Context) error // asks the database
	// Observe is told of every answer, for the metrics. Method and route are words of ours, not of the client.
	Observe func(method, route string, status int, took time.Duration)

	Provider     http.Handler // /authorize /token /userinfo /jwks /.well-known/openid-configuration
	Registration http.Handler
	Discovery    http.Handler // /.well-known/udap
	Static       http.Handler
	Brand        http.Handler // the operator's logo and colour, below /brand/
	Logo         http.Handler // pictures of data holders
	Login        Login
	Home         Page
	Recovery     Recovery
	Account      Account
	Repudiation  Page                                                          // what a link out of a notification shows
	Repudiate    Page                                                          // and what its button does
	Admin        map[string]func(w http.ResponseWriter, r *http.Request) error // by pattern
	// Uploads are the patterns whose bodies may be larger than those of others, in bytes.
	Uploads map[string]int64
	Policy  Page
}

// Login is the room with the steps of a person on her way to a data holder.
type Login interface {
	Invitation(w http.ResponseWriter, r *http.Request) error
	Enrol(w http.ResponseWriter, r *http.Request) error
	SignInPage(w http.ResponseWriter, r *http.Request) error
	SignIn(w http.ResponseWriter, r *http.Request) error
	ConsentPage(w http.ResponseWriter, r *http.Request) error
	Consent(w http.ResponseWriter, r *http.Request) error
	Extend(w http.ResponseWriter, r *http.Request) error
	SignOut(w http.ResponseWriter, r *http.Request) error

	Forget(w http.ResponseWriter, r *http.Request) error
	Here(w http.ResponseWriter, r *http.Request) error
	OtherWaysPage(w http.ResponseWriter, r *http.Request) error
	PasskeyEndpoints(w http.ResponseWriter, r *http.Request) error
	PasskeysPage(w http.ResponseWriter, r *http.Request) error
	DeclinePasskey(w http.ResponseWriter, r *http.Request) error
	AddPasskeyPage(w http.ResponseWriter, r *http.Request) error
	AddPasskey(w http.ResponseWriter, r *http.Request) error
	NamePasskeyPage(w http.ResponseWriter, r *http.Request) error
	NamePasskey(w http.ResponseWriter, r *http.Request) error
	RemovePasskeyPage(w http.ResponseWriter, r *http.Request) error
	RemovePasskey(w http.ResponseWriter, r *http.Request) error
}

// Account is the room with a person's own pages: for each section one to look at, and one for each form on it. A section that another
// room serves stands in that room's interface.
type Account interface {
	Overview(w http.ResponseWriter, r *http.Request) error
	Profile(w http.ResponseWriter, r *http.Request) error
	IdentifierPage(w http.ResponseWriter, r *http.Request) error
	RevealIdentifier(w http.ResponseWriter, r *http.Request) error
	ChangePage(w http.ResponseWriter, r *http.Request) error
	ChangeValue(w http.ResponseWriter, r *http.Request) error
	CorrectPage(w http.ResponseWriter, r *http.Request) error
	AskCorrection(w http.ResponseWriter, r *http.Request) error
	Organizations(w http.ResponseWriter, r *http.Request) error
	Organization(w http.ResponseWriter, r *http.Request) error
	StopPage(w http.ResponseWriter, r *http.Request) error
	Stop(w http.ResponseWriter, r *http.Request) error
	Sharing(w http.ResponseWriter, r *http.Request) error
	Sessions(w http.ResponseWriter, r *http.Request) error
	EndSession(w http.ResponseWriter, r *http.Request) error
	Activity(w http.ResponseWriter, r *http.Request) error
	NotMePage(w http.ResponseWriter, r *http.Request) error
	NotMe(w http.ResponseWriter, r *http.Request) error
	DownloadPage(w http.ResponseWriter, r *http.Request) error
	Download(w http.ResponseWriter, r *http.Request) error
	Preferences(w http.ResponseWriter, r *http.Request) error
	SavePreferences(w http.ResponseWriter, r *http.Request) error
	ClosePage(w http.ResponseWriter, r *http.Request) error
	Close(w http.ResponseWriter, r *http.Request) error
	KeepAccount(w http.ResponseWriter, r *http.Request) error
	DeclarationPage(w http.ResponseWriter, r *http.Request) error
	SignDeclaration(w http.ResponseWriter, r *http.Request) error
}

// Server answers every request to the provider.
type Server struct {
	config  Config
	log     *slog.Logger
	mux     *http.ServeMux
	handler http.Handler
}

// New puts the routes and everything around them together.
func New(c Config) *Server {
	s := &Server{config: c, log: c.Log}
	s.mux = s.routes()

	secure := strings.HasPrefix(c.Issuer, "https://")
	h := base(issuerPath(c.Issuer), http.HandlerFunc(s.route))
	h = recovery(c.Problems, c.Log, h)
	h = headers(secure, h)
	h = accessLog(c.Log, c.Observe, h)
	h = clientAddress(c.TrustedProxies, h)
	s.handler = numbered(h)
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// issuerPath is the path of the issuer, "" when it has none.
func issuerPath(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}
