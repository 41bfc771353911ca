package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"udap-idp/internal/account"
	"udap-idp/internal/admin"
	"udap-idp/internal/claims"
	"udap-idp/internal/config"
	"udap-idp/internal/discovery"
	"udap-idp/internal/idp"
	"udap-idp/internal/login"
	"udap-idp/internal/pages"
	"udap-idp/internal/provider"
	"udap-idp/internal/registration"
	"udap-idp/internal/server"
	"udap-idp/internal/udap"
	"udap-idp/web"
)

// handler makes the rooms, gives each what it needs of the others, and puts the server around them.
func (s *site) handler() (http.Handler, error) {
	endpoints := udap.NewEndpoints(s.config.Issuer)
	p, err := pages.New(pages.Brand(s.config.Operator))
	if err != nil {
		return nil, err
	}
	problems := &server.Problems{Pages: p, Log: s.log}

	// The provider asks login for the browser's session, and login asks the provider for the answer to a request.
	browser := &browser{}
	prov := provider.New(provider.Config{
		Endpoints:  endpoints,
		Store:      s.store,
		Trust:      providerTrust{s.trust},
		Untrusted:  untrusted,
		Browser:    browser,
		Identifier: s.identity.Identifier,
		Problem: func(w http.ResponseWriter, r *http.Request, problem provider.Problem) {
			name := login.OrganizationOf(problem.Client, idp.Community{}).Name
			problems.Page(w, r, pages.Problem{Kind: problem.Kind, Status: problem.Status, BackName: name}, problem.Cause)
		},
	})
	browser.Login, err = login.New(login.Config{
		Store:        s.store,
		Pages:        p,
		Authorizer:   authorizer{prov},
		Organization: organizations{s.store, prov}.organization,
		Issuer:       s.config.Issuer,
		OperatorName: s.config.Operator.Name,
		Limits:       login.Limits{Idle: s.config.SessionIdle, Absolute: s.config.SessionLimit},
		Log:          s.log,
	})
	if err != nil {
		return nil, fmt.Errorf("the issuer %s cannot be used (setting issuer): %w", s.config.Issuer, err)
	}
	own := account.New(account.Config{
		Store: s.store, Pages: p, Session: browser.Session, Identifier: s.identity.Identifier,
		Repudiation: s.identity.Repudiation, Repudiate: s.identity.Repudiate,
	})
	return server.New(server.Config{
		Issuer:         s.config.Issuer,
		TrustedProxies: s.config.TrustedProxies,
		Log:            s.log,
		Problems:       problems,
		Ready:          s.store.Ping,

		Provider: prov.Handler(),
		Registration: registration.New(registration.Config{
			Endpoints: endpoints,
			Store:     s.store,
			Trust:     registrationTrust{s.trust},
			Policy:    udap.RegistrationPolicy{Scopes: provider.Scopes(), AllowLoopbackHTTP: loopbackHTTP(s.config.Issuer)},
			Contact:   contact(s.config.Operator),
			Log:       s.log,
		}),
		Discovery: discovery.New(discovery.Config{
			Endpoints: endpoints, Scopes: provider.Scopes(), Trust: discoveryTrust{s.trust}, Log: s.log,
		}),
		Static:      web.Handler(),
		Login:       browser.Login,
		Home:        browser.Home,
		Account:     own.Page,
		Repudiation: own.RepudiationPage,
		Repudiate:   own.RepudiateNow,
		Admin:       admin.New(admin.Config{Store: s.store, Pages: p, Session: browser.Session, Issuer: s.config.Issuer}).Page,
	}), nil
}

// browser is the login room for those that are made before it.
type browser struct{ *login.Login }

// contact is where an operator can be asked, "" when that is not configured.
func contact(o config.Operator) string {
	return cmp.Or(o.HelpEmail, o.HelpURL, o.HelpPhone)
}

// loopbackHTTP reports whether we are on trial on one machine: then data holders may be, too, and need no https.
func loopbackHTTP(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// authorizer is the provider as login knows it.
type authorizer struct{ *provider.Provider }

func (a authorizer) Shares(ctx context.Context, req idp.AuthRequest, person idp.Person) ([]login.Share, error) {
	released, err := a.Provider.Shares(ctx, req, person)
	if err != nil {
		return nil, err
	}
	shares := make([]login.Share, len(released))
	for i, c := range released {
		shares[i] = login.Share{Claim: c.Name, Value: shown(c.Value), Sensitive: sensitive(c.Name)}
	}
	return shares, nil
}

// shown is a claim's value as text.
func shown(value any) string {
	if address, ok := value.(claims.Address); ok {
		return address.Formatted
	}
	return fmt.Sprint(value)
}

// sensitive marks the Digital Identifier, which is protected like a social security number (HL7 Identity Matching IG
// 2.0.0): a page shows its end only.
func sensitive(claim string) bool { return strings.HasPrefix(claim, "hl7_") }

// organizations names data holders.
type organizations struct {
	store    idp.Store
	provider *provider.Provider
}

func (o organizations) organization(ctx context.Context, req idp.AuthRequest) (login.Organization, error) {
	client, barred := o.provider.ClientOf(ctx, req)
	if client.ID == "" {
		return login.Organization{}, barred
	}
	communities, err := o.store.Communities(ctx)
	if err != nil {
		return login.Organization{}, err
	}
	for _, community := range communities {
		if community.ID == client.CommunityID {
			return login.OrganizationOf(client, community), barred
		}
	}
	return login.Organization{}, fmt.Errorf("trust community of client %s: %w", client.ID, idp.ErrNotFound)
}
