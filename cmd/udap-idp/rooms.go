package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/brand"
	"udap-idp/internal/config"
	"udap-idp/internal/discovery"
	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/login"
	"udap-idp/internal/pages"
	"udap-idp/internal/policy"
	"udap-idp/internal/provider"
	"udap-idp/internal/registration"
	"udap-idp/internal/server"
	"udap-idp/internal/udap"
	"udap-idp/web"
)

// handler makes the rooms, gives each what it needs of the others, and puts the server around them.
func (s *site) handler() (http.Handler, error) {
	endpoints := udap.NewEndpoints(s.config.Issuer)
	look, p, err := s.newLook()
	if err != nil {
		return nil, err
	}
	decided := communityPolicy{s.trust}
	problems := &server.Problems{Pages: p, Log: s.log}

	// The provider asks login for the browser's session, and login asks the provider for the answer to a request.
	browser := &browser{}
	prov := provider.New(provider.Config{
		Endpoints: endpoints,
		Store:     s.store,

		RequestLifetime: s.config.RequestLifetime,
		Trust:           providerTrust{s.trust, s.observeChecks("authentication")},
		Untrusted:       untrusted,
		Attempts:        s.attempts,

		Compatibility: decided.compatibility,
		Browser:       browser,
		Identifier:    s.identity.Identifier,
		Healthcare:    decided.healthcare,
		AssertIAL2:    s.config.AssertIAL2,
		Documents: provider.Documents{
			Guide:  policyURL(s.config.Issuer, policy.Guide),
			Policy: policyURL(s.config.Issuer, idp.PolicyPractices),
			Terms:  policyURL(s.config.Issuer, idp.PolicyTerms),
		},
		Problem: func(w http.ResponseWriter, r *http.Request, problem provider.Problem) {
			name := login.OrganizationOf(problem.Client, idp.Community{}).Name
			problems.Page(w, r, pages.Problem{Kind: problem.Kind, Status: problem.Status, BackName: name}, problem.Cause)
		},
	})
	documents := s.policy(endpoints)
	logos, err := s.newLogos()
	if err != nil {
		return nil, err
	}
	browser.Login, err = login.New(login.Config{
		Store:        s.store,
		Pages:        p,
		Authorizer:   authorizer{prov},
		Organization: organizations{s.store, prov}.organization,
		Practices:    practices(documents),
		Logo:         s.logoOf(logos),
		Issuer:       s.config.Issuer,
		OperatorName: s.config.Operator.Name,
		Limits:       login.Limits{Idle: s.config.SessionIdle, Absolute: s.config.SessionLimit, Request: s.config.RequestLifetime},
		Log:          s.log,
		Notices:      s.mail.About,
		RequestID:    server.Number,
	})
	if err != nil {
		return nil, fmt.Errorf("the issuer %s cannot be used (setting issuer): %w", s.config.Issuer, err)
	}
	own := s.account(p, browser)
	s.imports = s.newImports()
	return server.New(server.Config{
		Issuer:         s.config.Issuer,
		TrustedProxies: s.config.TrustedProxies,
		Log:            s.log,
		Problems:       problems,
		Ready:          s.store.Ping,
		Observe: func(method, route string, status int, took time.Duration) {
			s.metrics.Request(method, route, status, took)
			s.latencies.observe(method, route, status, took)
		},

		Provider: prov.Handler(),
		Registration: registration.New(registration.Config{
			Endpoints: endpoints,
			Store:     s.store,
			Trust:     registrationTrust{s.trust, s.observeChecks("registration")},
			Policy:    udap.RegistrationPolicy{Scopes: provider.Scopes(), AllowLoopbackHTTP: loopbackHTTP(s.config.Issuer)},
			Attempts:  s.attempts,
			Contact:   contact(s.config.Operator),

			Communities: decided,
			Status:      s.certificationStatus(),
		}),
		Discovery: discovery.New(discovery.Config{
			Endpoints: endpoints, Scopes: provider.Scopes(), Trust: discoveryTrust{s.trust}, Log: s.log,
			UnknownCommunity: discovery.Unknown(s.config.UnknownCommunity),
		}),
		Policy: policy.Handler{Policy: documents, Pages: p}.Page,
		Static: web.Handler(),
		Brand:  look,
		Logo:   logos,
		Login:  browser.Login,
		Home:   browser.Home,
		Admin: admin.New(admin.Config{
			Trust:    s.newTrustDesk(),
			Transfer: s.imports, Keys: &keys.Keys{Store: s.store}, Settings: s.live, Policies: documents, Looks: looks{s.config.Operator.LogoFile}, PracticesGenerated: practicesGenerated(documents), Housekeep: s.housekeepNow, TestMessage: s.testMessage, Clients: s.clientDesk(prov),
			Store: s.store, Pages: p, People: s.identity, Audit: s.audit, Post: deskPost{postOffice{s.mail, s.config}}, Desk: peopleDesk{s, p}, Session: browser.Session, Fresh: browser.Fresh, Number: server.Number,
			Proofing: s.proofingDesk(p, browser, documents),
			Issuer:   s.config.Issuer, Standing: s.standing, TwoPersonActs: func() []string { return twoPersonActs(s.live.Now().Config) }, Log: s.log,
		}).Routes(),
		Uploads:     s.uploads(),
		Account:     own,
		Recovery:    s.recovery(p, browser),
		Repudiation: own.RepudiationPage,
		Repudiate:   own.RepudiateNow,
	}), nil
}

// browser is the login room for those that are made before it.
type browser struct{ *login.Login }

// operatorBrand is the operator as the pages show it. A letter, which is no page, has no look.
func operatorBrand(o config.Operator, look *brand.Brand) pages.Brand {
	return pages.Brand{
		Name: o.Name, HelpEmail: o.HelpEmail, HelpPhone: o.HelpPhone, HelpURL: o.HelpURL,
		Style: look.Style, Logo: pages.Logo{URL: look.Logo, Width: look.Width, Height: look.Height},
	}
}

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
