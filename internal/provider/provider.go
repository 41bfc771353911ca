package provider

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/attempts"
	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// Lifetimes.
const (
	// CodeLifetime is how long a client has to fetch what a person agreed to.
	CodeLifetime = 60 * time.Second
	// TokenLifetime is that of an access token and of an ID Token.
	// UDAP Tiered OAuth §4.3: an access token of this flow is for UserInfo only and lives no longer than 5 minutes.
	TokenLifetime = 5 * time.Minute
)

// Store is the part of idp.Store that the provider uses; the comments there say what each method promises.
type Store interface {
	Client(ctx context.Context, id string) (idp.Client, error)
	Person(ctx context.Context, id string) (idp.Person, error)
	Proofing(ctx context.Context, id string) (idp.Proofing, error)
	Subject(ctx context.Context, personID, sector string) (string, error)
	CreateAuthRequest(ctx context.Context, r idp.AuthRequest) error
	IssueCode(ctx context.Context, issue idp.Issue) error
	RefuseAuthRequest(ctx context.Context, id, sessionID string, now time.Time, trail idp.Trail) error
	RedeemableCode(ctx context.Context, r idp.Redemption) (idp.Code, error)
	RedeemCode(ctx context.Context, r idp.Redemption) (idp.Code, idp.AccessToken, error)
	AccessToken(ctx context.Context, id string, now time.Time) (idp.AccessToken, error)
	RecordUserInfo(ctx context.Context, accessTokenID string, r idp.Release) error
	UseJTI(ctx context.Context, issuer, jti string, expiresAt, now time.Time) error
	Audit(ctx context.Context, events ...idp.AuditEvent) error
}

// Trust knows the trust communities.
type Trust interface {
	// VerifyIn reports whether the chain, leaf first, leads to an anchor of that community at now. Config.Untrusted tells
	// "it does not" from "that could not be found out".
	VerifyIn(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error
	// Signer is our active certificate in a community. idp.ErrNotFound: we have none there.
	Signer(ctx context.Context, communityID string) (*udap.Signer, error)
	// Signers are all our certificates whose signatures may still be in use, those of the oldest community first, and of
	// each community the active one first.
	Signers(ctx context.Context) ([]*udap.Signer, error)
}

// Browser knows browsers.
type Browser interface {
	// Session is the browser's session, made, and its cookie set on w, if there is none.
	Session(w http.ResponseWriter, r *http.Request) (idp.Session, error)
}

// Config is what a Provider is made of. Every field is required but RequestLifetime, Compatibility and AssertIAL2.
type Config struct {
	Endpoints udap.Endpoints
	// RequestLifetime is how long a person has to sign in and agree, unless she asks for more; 0 is idp.RequestLifetime.
	RequestLifetime time.Duration
	Store           Store
	Trust           Trust
	// Untrusted reports whether an error of Trust.VerifyIn means that the chain is not trusted.
	Untrusted func(error) bool
	Browser   Browser
	Attempts  *attempts.Log // records each client authentication, and logs it
	// Compatibility is what the operator allows a client; nil for nothing.
	Compatibility func(ctx context.Context, c idp.Client) (idp.Compatibility, error)
	// Documents are what the provider publishes about itself.
	Documents Documents
	// Identifier opens a person's Digital Identifier, "" when she has none, and records who read it.
	Identifier func(ctx context.Context, person idp.Person, reading idp.Reading) (string, error)
	// Healthcare reports whether a community is trusted with Digital Identifiers (idp.CommunitySettings.Healthcare).
	Healthcare func(ctx context.Context, communityID string) (bool, error)
	// AssertIAL2 says that this deployment is approved to assert identity assurance level 2. Off, no token has a 2.
	AssertIAL2 bool
	// Problem answers with a page for an error that must not be redirected. It writes Cause to the log.
	Problem func(w http.ResponseWriter, r *http.Request, problem Problem)
}

// Documents are the addresses of what the operator publishes, for openid-configuration; "" for none.
type Documents struct{ Guide, Policy, Terms string }

// Provider is the OpenID provider.
type Provider struct {
	Config
	base    string // path of the issuer, "" when it has none
	library http.Handler
}

// New makes a provider.
func New(c Config) *Provider {
	p := &Provider{Config: c, base: issuerPath(c.Endpoints.Issuer)}
	p.library = op.RegisterServer(server{p: p}, op.Endpoints{
		Authorization: op.NewEndpoint(authorizePath),
		Token:         op.NewEndpoint(tokenPath),
		Userinfo:      op.NewEndpoint(userInfoPath),
		JwksURI:       op.NewEndpoint(keysPath),
	}, op.WithServerCORSOptions(nil))
	return p
}

// server is the provider as the library sees it. The endpoints it does not have are those of UnimplementedServer.
type server struct {
	op.UnimplementedServer
	p *Provider
}

// Paths under the issuer.
const (
	authorizePath = "/authorize"
	tokenPath     = "/token"
	userInfoPath  = "/userinfo"
	keysPath      = "/jwks"
	discoveryPath = "/.well-known/openid-configuration"
	loginPath     = "/login"
)

// Handler answers the provider's five paths; the issuer's own path, if it has one, is taken off before. /authorize, /token
// and /userinfo are called across origins by design, so a protection against cross-origin POSTs must let them pass: what
// protects them is the state and the session, the client assertion, and the access token.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(authorizePath, p.serveAuthorize)
	mux.HandleFunc(tokenPath, p.serveToken)
	mux.HandleFunc(userInfoPath, p.serveUserInfo)
	mux.HandleFunc(keysPath, p.servePublic)
	mux.HandleFunc(discoveryPath, p.servePublic)
	return mux
}

// Scopes are all that a client can be granted, for the metadata and the registration. UDAP Security IG §6: an identity
// provider SHALL list openid and udap.
func Scopes() []string {
	return []string{
		scopeOpenID, claims.ScopeUDAP, claims.ScopeProfile, claims.ScopeEmail, claims.ScopePhone, claims.ScopeAddress,
		claims.ScopeHL7Identifier, claims.ScopeIdentityAssurance,
	}
}

const scopeOpenID = "openid"

func issuerPath(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.EscapedPath(), "/")
}

// now is the time as the store keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
