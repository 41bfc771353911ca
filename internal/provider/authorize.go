package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// authorization is an authorization request on its way through the endpoint.
type authorization struct {
	parameters
	client  idp.Client
	session idp.Session
	request idp.AuthRequest // what is stored; filled in step by step
	noPKCE  bool            // the client is excused from PKCE

	// redirect is where Authorize sends the browser, "" as long as it was not called.
	redirect string
}

type authorizationKey struct{}

// serveAuthorize is the authorization endpoint.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	form, problem := readAuthorization(w, r)
	if problem != nil {
		p.Problem(w, r, *problem)
		return
	}
	a, problem := p.recognise(r.Context(), newParameters(form))
	if problem != nil {
		p.Problem(w, r, *problem)
		return
	}
	// From here on the redirect_uri is proved, and every error goes back to the client.
	refusal := a.check()
	if refusal == nil {
		refusal = p.checkProfile(r.Context(), a)
	}
	if refusal != nil {
		p.refuseAuthorization(w, r, a, refusal)
		return
	}
	// A browser does not send a SameSite=Lax cookie with a POST from another site, and a session without its cookie would
	// be a new one. So a good POST becomes the GET that it stands for.
	if r.Method == http.MethodPost {
		redirect(w, p.base+authorizePath+"?"+a.encode(), http.StatusSeeOther)
		return
	}
	if a.request.CodeChallenge == "" {
		p.allowed(r.Context(), a.client, "no PKCE", "the authorization request has no code_challenge")
	}
	location, refusal := p.begin(w, r, a)
	if refusal != nil {
		p.refuseAuthorization(w, r, a, refusal)
		return
	}
	redirect(w, location, http.StatusFound)
}

func (p *Provider) refuseAuthorization(w http.ResponseWriter, r *http.Request, a *authorization, refusal *udap.Error) {
	if refusal.Cause != nil {
		slog.ErrorContext(r.Context(), "authorization request failed", "client", a.client.ID, "cause", refusal.Cause)
	}
	redirect(w, p.refusalURL(a.request, refusal.Code, refusal.Description), http.StatusFound)
}

// readAuthorization reads the form of a request.
//
// OIDC Core §3.1.2.1: GET and POST MUST be supported; a POST is serialised as a form.
func readAuthorization(w http.ResponseWriter, r *http.Request) (url.Values, *Problem) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		return nil, &Problem{Status: http.StatusMethodNotAllowed, Kind: KindMethod, Detail: "The method must be GET or POST."}
	}
	form, err := readQuery(r)
	if err != nil {
		return nil, unreadable(err)
	}
	if r.Method == http.MethodGet {
		return form, nil
	}
	body, err := readBody(w, r, maxForm)
	if err != nil {
		return nil, unreadable(err)
	}
	for name, values := range body {
		form[name] = append(form[name], values...)
	}
	return form, nil
}

func unreadable(err error) *Problem {
	var form *formError
	if errors.As(err, &form) {
		return &Problem{Status: form.status, Kind: KindRequestInvalid, Detail: "The request cannot be read: " + form.reason + "."}
	}
	return internalPage(err)
}

// recognise finds the client and proves the redirect_uri.
func (p *Provider) recognise(ctx context.Context, params parameters) (*authorization, *Problem) {
	a := &authorization{parameters: params}
	if params.isRepeated("client_id") {
		return nil, invalidPage(KindRequestInvalid, "The parameter client_id is there more than once.")
	}
	if !params.has("client_id") {
		return nil, invalidPage(KindRequestInvalid, "The parameter client_id is missing.")
	}
	var err error
	a.client, err = p.Store.Client(ctx, params.get("client_id"))
	if errors.Is(err, idp.ErrNotFound) {
		return nil, invalidPage(KindClientUnknown, "No client is registered under the client_id.")
	}
	if errors.Is(err, idp.ErrSuspended) {
		return nil, suspendedPage(a.client)
	}
	if err != nil {
		return nil, internalPage(fmt.Errorf("client: %w", err))
	}
	if problem := a.proveRedirectURI(); problem != nil {
		return nil, problem
	}
	if problem := p.checkAllowed(ctx, a); problem != nil {
		return nil, problem
	}
	return a, nil
}

// proveRedirectURI decides where the answer goes.
func (a *authorization) proveRedirectURI() *Problem {
	if a.isRepeated("redirect_uri") {
		return invalidPage(KindRedirectURI, "The parameter redirect_uri is there more than once.")
	}
	registered := a.client.RedirectURIs
	if !a.has("redirect_uri") {
		// UDAP Security IG §7.2: redirect_uri is required only when more than one is registered.
		if len(registered) != 1 {
			return invalidPage(KindRedirectURI, fmt.Sprintf("The parameter redirect_uri is missing, and the client has registered %d.", len(registered)))
		}
		a.request.RedirectURI = registered[0]
		return nil
	}
	// OIDC Core §3.1.2.1: MUST exactly match one of the registered ones, by simple string comparison.
	if !slices.Contains(registered, a.get("redirect_uri")) {
		return invalidPage(KindRedirectURI, "The redirect_uri is not one that the client has registered.")
	}
	a.request.RedirectURI, a.request.RedirectURISent = a.get("redirect_uri"), true
	return nil
}

// begin gives the request to the browser's session and lets the library, and through it Authorize, have it. It returns
// where the browser goes.
func (p *Provider) begin(w http.ResponseWriter, r *http.Request, a *authorization) (string, *udap.Error) {
	var err error
	if a.session, err = p.Browser.Session(w, r); err != nil {
		return "", internal(fmt.Errorf("session: %w", err))
	}
	if refusal := p.checkPersonAskedFor(r.Context(), a); refusal != nil {
		return "", refusal
	}
	discard := &discarded{header: http.Header{}}
	p.library.ServeHTTP(discard, a.forLibrary(r))
	if a.redirect == "" {
		return "", internal(fmt.Errorf("the library refused a checked request with status %d", discard.status))
	}
	return a.redirect, nil
}

// forLibrary is the checked request in the form the library reads. What it has no part in (the state, hints) is not there.
func (a *authorization) forLibrary(r *http.Request) *http.Request {
	form := url.Values{}
	form.Set("client_id", a.client.ID)
	form.Set("redirect_uri", a.request.RedirectURI)
	form.Set("response_type", a.get("response_type"))
	form.Set("scope", oidc.SpaceDelimitedArray(a.request.Scopes).String())
	if a.request.CodeChallenge != "" {
		form.Set("code_challenge", a.request.CodeChallenge)
		form.Set("code_challenge_method", a.get("code_challenge_method"))
	}
	if len(a.request.Prompt) > 0 {
		form.Set("prompt", oidc.SpaceDelimitedArray(a.request.Prompt).String())
	}
	checked := r.Clone(context.WithValue(r.Context(), authorizationKey{}, a))
	checked.URL = &url.URL{Path: authorizePath}
	checked.Form, checked.PostForm = form, url.Values{}
	return checked
}

// VerifyAuthRequest tells the library whose request it is; recognise found that out.
func (s server) VerifyAuthRequest(ctx context.Context, r *op.Request[oidc.AuthRequest]) (*op.ClientRequest[oidc.AuthRequest], error) {
	a, ok := ctx.Value(authorizationKey{}).(*authorization)
	if !ok || a.client.ID != r.Data.ClientID {
		return nil, forLibrary(internal(errors.New("an authorization request that was not read before")))
	}
	return &op.ClientRequest[oidc.AuthRequest]{Request: r, Client: client{a.client}}, nil
}

// Authorize stores the request, bound to the browser's session, and sends the person to the sign-in page.
func (s server) Authorize(ctx context.Context, r *op.ClientRequest[oidc.AuthRequest]) (*op.Redirect, error) {
	a, ok := ctx.Value(authorizationKey{}).(*authorization)
	if !ok {
		return nil, forLibrary(internal(errors.New("an authorization request that was not read before")))
	}
	a.request.ID = idp.NewID()
	a.request.SessionID = a.session.ID
	a.request.ClientID = a.client.ID
	a.request.CreatedAt = now()
	a.request.ExpiresAt = a.request.CreatedAt.Add(cmp.Or(s.p.RequestLifetime, idp.RequestLifetime))
	if err := s.p.Store.CreateAuthRequest(ctx, a.request); err != nil {
		return nil, forLibrary(internal(fmt.Errorf("store authorization request: %w", err)))
	}
	a.redirect = s.p.base + loginPath + "?req=" + url.QueryEscape(a.request.ID)
	return op.NewRedirect(a.redirect), nil
}

// discarded takes the library's answer at /authorize and keeps the status alone: what a person sees is ours.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(status int)      { d.status = status }
func (d *discarded) Write(b []byte) (int, error) { return len(b), nil }

// redirect answers without a body, so that no page holds the address.
func redirect(w http.ResponseWriter, location string, status int) {
	w.Header().Set("Location", location)
	w.WriteHeader(status)
}
