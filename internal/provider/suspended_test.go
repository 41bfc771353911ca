package provider

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap/udaptest"
)

const (
	operatorsReason  = "they asked by telephone"
	suspendedMessage = "client assertion: the operator of this server has suspended the client"
)

func (h *house) suspend() {
	h.t.Helper()
	if _, err := h.store.SuspendClient(h.t.Context(), h.client.ID, operatorsReason, now(), idp.Trail{}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) resume() {
	h.t.Helper()
	if _, err := h.store.ResumeClient(h.t.Context(), h.client.ID, idp.Trail{}); err != nil {
		h.t.Fatal(err)
	}
}

func TestSuspendedClientGetsAPageAndNoRedirect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.suspend()
	for _, tt := range []struct {
		name   string
		change func(url.Values)
	}{
		{"a good request", func(url.Values) {}},
		{"a request that would go back with an error", set("scope", "")},
		{"without a page", set("prompt", "none")},
		{"another redirect_uri", set("redirect_uri", "https://evil.example/")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.authorizationForm()
			tt.change(form)
			got := h.authorize(form, h.session)
			if got.status != http.StatusForbidden || got.header.Get("Location") != "" {
				t.Fatalf("%d to %q, want a page with 403", got.status, got.header.Get("Location"))
			}
			if page := h.page(); page.Kind != KindClientSuspended || page.Client.ID != h.client.ID {
				t.Errorf("page %q about %q, want %q about %q", page.Kind, page.Client.ID, KindClientSuspended, h.client.ID)
			}
		})
	}
	h.resume()
	h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
}

func TestSuspendedClientCannotAuthenticate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.tokenForm(h.code())
	h.suspend()
	checkRefusal(t, h.token(form), 400, "invalid_client", suspendedMessage)
	h.resume()
	h.mustExchange(form) // neither the code nor the jti was spent
}

// TestSuspensionIsToldToTheClientAlone: who cannot prove to be the client learns nothing about it.
func TestSuspensionIsToldToTheClientAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.tokenForm(h.code())
	h.suspend()
	stranger := udaptest.New(t, udaptest.WithoutServer()).Leaf(hospitalURI)
	form.Set("client_assertion", stranger.Assertion(h.client.ID, h.issuer+"/token"))
	checkRefusal(t, h.token(form), 400, "invalid_client", untrustedHere)
}

func TestSuspendedClientReadsNoUserInfo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	accessToken, _ := h.tokens()
	h.suspend()
	refused := func(name string) {
		t.Helper()
		got := h.userInfo(accessToken)
		checkRefusal(t, got, 401, "invalid_token", badAccessToken)
		want := `Bearer realm="userinfo", error="invalid_token", error_description="` + badAccessToken + `"`
		if challenge := got.header.Get("WWW-Authenticate"); challenge != want {
			t.Errorf("%s: WWW-Authenticate %q, want %q", name, challenge, want)
		}
	}
	refused("suspended before")
	h.resume()
	if got := h.userInfo(accessToken); got.status != http.StatusOK {
		t.Errorf("resumed: %d %s", got.status, got.body)
	}
	h.provider.Store = suspending{h.store, h}
	refused("suspended in the middle")
}

// suspending suspends the client the moment after an access token was found good.
type suspending struct {
	Store
	house *house
}

func (s suspending) AccessToken(ctx context.Context, id string, at time.Time) (idp.AccessToken, error) {
	defer s.house.suspend()
	return s.Store.AccessToken(ctx, id, at)
}

// answers asks for each answer that a request can have, a new request for each.
func (h *house) answers(t *testing.T, change func()) map[string]error {
	t.Helper()
	var requests []idp.AuthRequest
	for range 4 {
		requests = append(requests, h.stored(h.authorize(h.authorizationForm(), h.session), h.session))
	}
	change()
	ctx, errs := t.Context(), map[string]error{}
	for name, answer := range map[string]func(idp.AuthRequest) (string, error){
		"Allow": func(req idp.AuthRequest) (string, error) { return h.agree(req, h.session) },
		"Refuse": func(req idp.AuthRequest) (string, error) {
			return h.provider.Refuse(ctx, req, h.session, "access_denied", "no", idp.Trail{})
		},
		"Expired": func(req idp.AuthRequest) (string, error) { return h.provider.Expired(ctx, req) },
		"Shares": func(req idp.AuthRequest) (string, error) {
			_, err := h.provider.Shares(ctx, req, h.session)
			return "", err
		},
	} {
		redirect, err := answer(requests[len(errs)])
		if errs[name] = err; redirect != "" {
			t.Errorf("%s leads to %s", name, redirect)
		}
	}
	return errs
}

func TestNothingGoesToAClientThatIsBarredOnTheWay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(h *house)
		want   error
	}{
		{"suspended", (*house).suspend, idp.ErrSuspended},
		{"deleted", func(h *house) {
			if _, err := h.store.DeleteClient(h.t.Context(), h.client.ID, now(), idp.Trail{}); err != nil {
				h.t.Fatal(err)
			}
		}, idp.ErrNotFound},
		{"redirect_uri withdrawn", func(h *house) {
			h.register(h.client.CommunityID, hospitalURI, "https://elsewhere.example/callback")
		}, idp.ErrMismatch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			for name, err := range h.answers(t, func() { tt.change(h) }) {
				if !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", name, err, tt.want)
				}
			}
		})
	}
}
