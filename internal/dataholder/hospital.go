package dataholder

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/udap"
)

const (
	// walkTimeout is for all the requests of one half of a sign-in together.
	walkTimeout = 45 * time.Second
	// maxWalks is how many may run at once: anybody may start one, and each makes requests.
	maxWalks = 16
)

// Config is one hospital.
type Config struct {
	BaseURL       string // of the portal, without a path
	Name          string
	Signer        *udap.Signer // its certificate must name BaseURL, with or without a trailing slash
	Anchors       []*x509.Certificate
	Intermediates []*x509.Certificate
	Community     string   // URI for the community parameter; "" to leave it out
	LogoURI       string   // "" for the portal's own /logo.png
	Contacts      []string // mailto: URIs
	Records       []Record // own patients

	IdentityProvider string // what the welcome page suggests; "" for nothing

	HTTPClient *http.Client     // see ClientConfig
	Now        func() time.Time // nil for time.Now
	Logger     *slog.Logger     // nil for slog.Default
}

// Hospital is the portal.
type Hospital struct {
	config   Config
	client   *Client
	records  *Records
	sessions *sessions
	pages    *pages
	walks    chan struct{}
	log      *slog.Logger
}

// New checks the configuration and parses the pages.
func New(config Config) (*Hospital, error) {
	config.BaseURL = strings.TrimRight(config.BaseURL, "/")
	base, err := url.Parse(config.BaseURL)
	if err != nil || !isUsable(config.BaseURL) || base.Path != "" || base.RawQuery != "" {
		return nil, fmt.Errorf("the hospital's address %q is not https (or http on a loopback host) without a path", config.BaseURL)
	}
	if config.Signer == nil {
		return nil, errors.New("a hospital needs a certificate and its key")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.LogoURI == "" {
		config.LogoURI = config.BaseURL + "/logo.png"
	}
	client, err := NewClient(ClientConfig{
		URI: ownURI(config), Name: config.Name, RedirectURI: config.BaseURL + "/callback",
		LogoURI: config.LogoURI, Contacts: config.Contacts, Signer: config.Signer,
		Anchors: config.Anchors, Intermediates: config.Intermediates, Community: config.Community,
		HTTPClient: config.HTTPClient, Now: config.Now,
	})
	if err != nil {
		return nil, err
	}
	pages, err := newPages(config.Name, isLoopback(base.Hostname()))
	if err != nil {
		return nil, err
	}
	return &Hospital{
		config: config, client: client, records: NewRecords(config.Records), pages: pages,
		sessions: newSessions(config.BaseURL, config.Now), walks: make(chan struct{}, maxWalks), log: config.Logger,
	}, nil
}

// ownURI is how the certificate spells our address.
func ownURI(config Config) string {
	if leaf := config.Signer.Chain()[0]; !udap.HasURISAN(leaf, config.BaseURL) && udap.HasURISAN(leaf, config.BaseURL+"/") {
		return config.BaseURL + "/"
	}
	return config.BaseURL
}

// Client is the hospital's relying party.
func (h *Hospital) Client() *Client { return h.client }

// Handler is every route of the portal.
func (h *Hospital) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.home)
	mux.HandleFunc("GET /connect", h.connect)
	mux.HandleFunc("GET /callback", h.callback)
	mux.HandleFunc("GET /result", h.result)
	mux.HandleFunc("GET /result.json", h.resultJSON)
	mux.HandleFunc("POST /leave", h.leave)
	mux.HandleFunc("GET /hospital.css", serveAsset("text/css; charset=utf-8", stylesheet))
	mux.HandleFunc("GET /logo.png", serveAsset("image/png", logo))
	return h.pages.protect(http.NewCrossOriginProtection().Handler(mux))
}

func (h *Hospital) home(w http.ResponseWriter, r *http.Request) {
	if err := h.pages.home(w, h.config.IdentityProvider); err != nil {
		h.fail(w, r, err)
	}
}

// connect begins a sign-in and sends the browser away.
func (h *Hospital) connect(w http.ResponseWriter, r *http.Request) {
	idp, story := r.URL.Query().Get("idp"), &Story{}
	pending, err := h.begin(r.Context(), story, idp)
	if err != nil {
		h.end(w, r, &result{idp: idp, story: story, problem: asProblem(StepDiscovery, err)})
		return
	}
	h.sessions.begin(w, r, pending)
	http.Redirect(w, r, pending.URL, http.StatusSeeOther)
}

func (h *Hospital) begin(ctx context.Context, story *Story, idp string) (*Pending, error) {
	ctx, done, err := h.walk(ctx, StepDiscovery)
	if err != nil {
		return nil, err
	}
	defer done()
	return h.client.Begin(ctx, story, idp)
}

// walk waits for nobody: a hospital that is busy says so.
func (h *Hospital) walk(ctx context.Context, step StepName) (context.Context, func(), error) {
	select {
	case h.walks <- struct{}{}:
	default:
		return nil, nil, &Problem{Step: step, Reason: ReasonBusy, Message: "Many people are signing in at this moment. Please try again in a minute."}
	}
	ctx, cancel := context.WithTimeout(ctx, walkTimeout)
	return ctx, func() { cancel(); <-h.walks }, nil
}

// callback is where the identity provider sends the browser back to.
func (h *Hospital) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	// UDAP Security IG §7.2.1, RFC 6749 §10.12: the state before anything else, and once. Nothing of a stranger's answer is
	// kept or shown.
	pending := h.sessions.take(r, query.Get("state"))
	if pending == nil {
		h.refuse(w, r)
		return
	}
	end := &result{idp: pending.Discovery.Base, story: pending.Story}
	arrival, err := h.complete(r.Context(), pending, query)
	if err != nil {
		end.problem = asProblem(StepCallback, err)
		h.end(w, r, end)
		return
	}
	match := h.match(pending.Story, arrival.Identity)
	end.idToken, end.userInfo, end.match = arrival.IDToken, arrival.UserInfo, &match
	h.end(w, r, end)
}

func (h *Hospital) complete(ctx context.Context, pending *Pending, query url.Values) (*Arrival, error) {
	ctx, done, err := h.walk(ctx, StepCallback)
	if err != nil {
		return nil, err
	}
	defer done()
	return h.client.Complete(ctx, pending, query)
}

func (h *Hospital) match(story *Story, identity Identity) Match {
	step := story.begin(StepMatch)
	match := h.records.Match(identity)
	step.Done = match.Outcome == Matched
	step.document("Result", match)
	return match
}

// refuse answers an authorization response that no sign-in of this browser waits for.
func (h *Hospital) refuse(w http.ResponseWriter, r *http.Request) {
	problem := &Problem{
		Step: StepCallback, Reason: ReasonState,
		Message: "This answer does not belong to a sign-in of this browser: it was begun elsewhere, or it is over already.",
	}
	h.logEnd(r.Context(), problem)
	if err := h.pages.problem(w, http.StatusBadRequest, &result{story: &Story{}, problem: problem}); err != nil {
		h.fail(w, r, err)
	}
}

// end keeps how the sign-in ended and shows it.
func (h *Hospital) end(w http.ResponseWriter, r *http.Request, end *result) {
	h.logEnd(r.Context(), end.problem)
	h.sessions.finish(w, r, end)
	http.Redirect(w, r, "/result", http.StatusSeeOther)
}

// logEnd writes no more than where and why: the message of a Problem may hold what another server said of a person.
func (h *Hospital) logEnd(ctx context.Context, problem *Problem) {
	if problem == nil {
		h.log.InfoContext(ctx, "sign-in completed")
		return
	}
	attributes := []any{"step", string(problem.Step), "reason", string(problem.Reason)}
	if problem.Reason == ReasonInternal || problem.Reason == ReasonUnreachable || problem.Reason == ReasonCRLUnavailable {
		attributes = append(attributes, "cause", fmt.Sprint(problem.Cause))
	}
	h.log.WarnContext(ctx, "sign-in ended", attributes...)
}

func (h *Hospital) result(w http.ResponseWriter, r *http.Request) {
	end := h.sessions.result(r)
	if end == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	var err error
	if end.problem != nil {
		err = h.pages.problem(w, http.StatusOK, end)
	} else {
		err = h.pages.result(w, end)
	}
	if err != nil {
		h.fail(w, r, err)
	}
}

func (h *Hospital) leave(w http.ResponseWriter, r *http.Request) {
	h.sessions.end(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fail is for a page that could not be written.
func (h *Hospital) fail(w http.ResponseWriter, r *http.Request, err error) {
	h.log.ErrorContext(r.Context(), "page", "cause", err)
	http.Error(w, "Something went wrong on our side. Please try again.", http.StatusInternalServerError)
}
