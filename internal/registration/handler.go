package registration

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// ErrUntrusted is what a Trust says of a chain that leads into no community, as opposed to failing to find out.
var ErrUntrusted = errors.New("certificate chain is not trusted")

// Trust finds the community of a certificate.
type Trust interface {
	// Identify returns the id of the first community that chain leads into at now. ErrUntrusted when it leads into none;
	// any other error when that could not be determined.
	Identify(ctx context.Context, chain []*x509.Certificate, now time.Time) (communityID string, err error)
	// VerifyCertifier checks that chain is of somebody who may certify the clients of the community at now. ErrUntrusted
	// when it is not; any other error when that could not be determined.
	VerifyCertifier(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error
}

// Store is the part of idp.Store that is used here.
type Store interface {
	UseJTI(ctx context.Context, issuer, jti string, expiresAt, now time.Time) error
	RegisterClient(ctx context.Context, c idp.Client) (stored idp.Client, created bool, err error)
	ClientByURI(ctx context.Context, communityID, uri string) (idp.Client, error)
	CancelClient(ctx context.Context, communityID, uri string, now time.Time) (idp.Client, error)
}

// Config is what the endpoint needs.
type Config struct {
	Endpoints udap.Endpoints
	Store     Store
	Trust     Trust
	Policy    udap.RegistrationPolicy
	Attempts  *attempts.Log // records each request, and logs it
	// Communities says what the operator asks of each community and allows it; nil for the strictest.
	Communities Communities
	// Status asks a certifier whether a certification still stands, by GET; nil asks nobody.
	Status  func(ctx context.Context, url string) ([]byte, error)
	Contact string           // where the operator can be asked, "" when that was not said
	Now     func() time.Time // time.Now when nil
	Log     *slog.Logger     // slog.Default() when nil
}

// Handler answers POST to the registration endpoint.
type Handler struct{ Config }

// New makes the handler.
func New(c Config) *Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Handler{c}
}

// ServeHTTP answers 201 to a new registration, 200 to a changed, repeated or cancelled one, and a *udap.Error as JSON to
// everything else.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeJSON(w, http.StatusMethodNotAllowed, &udap.Error{Code: udap.InvalidRequest, Description: "the method is " + r.Method + ", expected POST"})
		return
	}
	a := &attempt{Handler: h, now: h.Now().UTC(), record: h.Attempts.Begin(idp.AttemptRegistration, r)}
	defer a.record.Abandon()
	answer, err := a.register(w, r)
	if err != nil {
		e := asError(err)
		a.record.Refuse(e)
		e.SetRetryAfter(w.Header())
		writeJSON(w, e.Status, e)
		return
	}
	a.record.Succeed(answer.status, answer.outcome)
	writeJSON(w, answer.status, answer)
}

// asError turns whatever is not a refusal into a generic failure.
func asError(err error) *udap.Error {
	var e *udap.Error
	if errors.As(err, &e) {
		return e
	}
	return &udap.Error{
		Status:      http.StatusInternalServerError,
		Code:        udap.ServerError,
		Description: "the registration failed on our side; please try again later",
		Cause:       err,
	}
}

// attempt is one request on its way.
type attempt struct {
	*Handler
	now         time.Time
	communityID string // "" until trust is proved
	issuer      string // of the statement
	record      *attempts.Record
}

func (a *attempt) register(w http.ResponseWriter, r *http.Request) (*answer, error) {
	a.record.Step(attempts.Request)
	sent, err := readRequest(w, r)
	if err != nil {
		return nil, err
	}
	a.record.Message(sent.statement)
	a.record.Step(attempts.SoftwareStatement)
	statement, err := udap.ParseSoftwareStatement(sent.statement)
	a.record.Parsed(err)
	if err != nil {
		return nil, err
	}
	a.issuer = statement.Issuer
	a.record.Claimed(statement.Issuer, statement.Chain)
	a.record.Step(attempts.Claims)
	if err := statement.Validate(a.Endpoints.Registration, a.now); err != nil {
		return nil, err
	}
	a.record.Step(attempts.Trust)
	if a.communityID, err = a.identify(r.Context(), statement); err != nil {
		return nil, err
	}
	a.record.Proved(a.communityID)
	a.record.Step(attempts.Replay)
	if err := a.useJTI(r.Context(), statement); err != nil {
		return nil, err
	}
	a.record.Step(attempts.Parameters)
	settings, err := a.settings(r.Context())
	if err != nil {
		return nil, err
	}
	policy, err := a.policy(r.Context(), statement, settings)
	if err != nil {
		return nil, err
	}
	registration, err := statement.Registration(policy)
	if err != nil {
		return nil, err
	}
	if registration.Cancel {
		a.record.Step(attempts.Storage)
		return a.cancel(r.Context(), statement)
	}
	a.record.Step(attempts.Certifications)
	certifications, err := a.certify(r.Context(), sent.certifications, statement, settings)
	if err != nil {
		return nil, err
	}
	a.record.Step(attempts.Storage)
	return a.store(r.Context(), statement, registration, certifications)
}

// identify leads the chain to a community.
func (a *attempt) identify(ctx context.Context, statement *udap.SoftwareStatement) (string, error) {
	id, err := a.Trust.Identify(ctx, statement.Chain, a.now)
	if errors.Is(err, ErrUntrusted) {
		// UDAP Dynamic Client Registration §4.2, §5.2: no valid path to a trusted anchor SHALL be denied.
		return "", udap.Error{
			Status:      http.StatusBadRequest,
			Code:        udap.UnapprovedSoftwareStatement,
			Description: "the certificate x5c[0] does not lead, by certificates that are valid now, to a trust anchor of a community of this server",
		}.Because(err)
	}
	if err != nil {
		// UDAP Dynamic Client Registration §5.2: after unapproved_software_statement a client should not come back with this
		// certificate, so a failure to find out must not be called that.
		return "", cannotTell(err)
	}
	return id, nil
}

// cannotTell is the answer when trust could not be determined, with which certificate it was if that is known.
func cannotTell(err error) *udap.Error {
	e := udap.Error{
		Status:      http.StatusServiceUnavailable,
		Code:        udap.TemporarilyUnavailable,
		Description: "whether the certificate x5c[0] is trusted cannot be determined at the moment",
		RetryAfter:  udap.RetryLater,
	}
	var verdict udap.Verdict
	if !errors.As(err, &verdict) {
		e.Description += "; please try again later"
	}
	return e.Because(err)
}

// useJTI refuses a statement that was used before.
//
// UDAP Security IG §7.1.4: the same jti of the same iss SHALL be allowed once the earlier statement has expired.
func (a *attempt) useJTI(ctx context.Context, statement *udap.SoftwareStatement) error {
	party := idp.Client{CommunityID: a.communityID, URI: statement.Issuer}.Sector()
	err := a.Store.UseJTI(ctx, party, statement.ID, statement.ReplayUntil(), a.now)
	if errors.Is(err, idp.ErrUsed) {
		return &udap.Error{
			Status:      http.StatusBadRequest,
			Code:        udap.InvalidSoftwareStatement,
			Description: "the claim jti was used before in a software statement that has not expired; expected a new one",
		}
	}
	return err
}

// store makes the registration, or replaces all of the one that stands (UDAP Security IG §3.4).
func (a *attempt) store(ctx context.Context, statement *udap.SoftwareStatement, r udap.Registration, certifications []string) (*answer, error) {
	leaf := statement.Chain[0]
	client, created, err := a.Store.RegisterClient(ctx, idp.Client{
		ID:                      idp.NewUUIDv4(),
		CommunityID:             a.communityID,
		URI:                     statement.Issuer,
		Name:                    r.ClientName,
		Organization:            organization(leaf),
		RedirectURIs:            r.RedirectURIs,
		Contacts:                r.Contacts,
		LogoURI:                 r.LogoURI,
		GrantTypes:              r.GrantTypes,
		ResponseTypes:           r.ResponseTypes,
		TokenEndpointAuthMethod: r.TokenEndpointAuthMethod,
		Scope:                   r.Scope,
		SoftwareStatement:       statement.Raw,
		Certifications:          certifications,
		// UDAP Dynamic Client Registration §5.1: the client's certificate SHALL be stored.
		Certificate: leaf.Raw,
		CreatedAt:   a.now,
		UpdatedAt:   a.now,
	})
	if err != nil {
		return nil, a.refuseSuspended(err)
	}
	// UDAP Security IG §3.2.3, §3.4: 201 for a new registration, 200 for a changed one.
	a.record.Client(client.ID)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	answer := registered(status, client.ID, statement.Raw, r)
	answer.Certifications = certifications
	return answer, nil
}

// cancel ends the registration (UDAP Security IG §3.4, UDAP Dynamic Client Registration §6).
func (a *attempt) cancel(ctx context.Context, statement *udap.SoftwareStatement) (*answer, error) {
	client, err := a.Store.CancelClient(ctx, a.communityID, statement.Issuer, a.now)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, &udap.Error{
			Status:      http.StatusBadRequest,
			Code:        udap.InvalidClientMetadata,
			Description: "the parameter grant_types is empty, which asks for cancellation, but there is no registration to cancel",
		}
	}
	if err != nil {
		return nil, a.refuseSuspended(err)
	}
	a.record.Client(client.ID)
	return cancelled(client.ID, statement.Raw), nil
}

// maxOrganization is how much of the name in a certificate is kept, in characters: as much as of a client_name.
const maxOrganization = 200

// organization is the O of the certificate's subject, "" when it has none that can be read. People are asked about it by
// this name, so what changes the line it is shown in, or the order of the text around it, is left out.
func organization(leaf *x509.Certificate) string {
	if len(leaf.Subject.Organization) == 0 {
		return ""
	}
	name := []rune(strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return c
	}, leaf.Subject.Organization[0])))
	if !slices.ContainsFunc(name, unicode.IsGraphic) {
		return ""
	}
	return string(name[:min(len(name), maxOrganization)])
}
