package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
)

const (
	testIssuer   = "https://idp.example"
	testRedirect = "https://hospital.example/callback"
)

var testStart = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// room is a Login on a real store, with a clock that the test moves.
type room struct {
	*Login
	store  *sqlstore.Store
	mux    *http.ServeMux
	client idp.Client
	log    *logBuffer
	offers func(*Offer) // changes what the data holder would get

	identifier bool // the data holder may have the Digital Identifier

	mu   sync.Mutex
	time time.Time
}

func (rm *room) clock() time.Time {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	return rm.time
}

func (rm *room) wait(d time.Duration) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.time = rm.time.Add(d)
}

func newRoom(t testing.TB, change ...func(*Config)) *room {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatalf("pages: %v", err)
	}
	rm := &room{store: store, log: &logBuffer{}, time: testStart}
	c := Config{
		Store:        store,
		Pages:        texts,
		Authorizer:   answers{rm},
		Organization: rm.organizationOf,
		Issuer:       testIssuer,
		OperatorName: "Sample Health ID",
		Now:          rm.clock,
		Log:          slog.New(slog.NewTextHandler(rm.log, nil)),
	}
	for _, f := range change {
		f(&c)
	}
	if rm.Login, err = New(c); err != nil {
		t.Fatalf("New: %v", err)
	}
	rm.client = rm.addClient(t)
	rm.mux = rm.routes()
	return rm
}

func (rm *room) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":             rm.Home,
		"GET /invite/{token}":  rm.Invitation,
		"POST /invite/{token}": rm.Enrol,
		"GET /login":           rm.SignInPage,
		"POST /login":          rm.SignIn,
		"GET /consent":         rm.ConsentPage,
		"POST /consent":        rm.Consent,
		"POST /extend":         rm.Extend,
		"POST /logout":         rm.SignOut,

		"GET /fresh":                              rm.showFresh,
		"POST /login/forget":                      rm.Forget,
		"GET /login/other":                        rm.OtherWaysPage,
		"GET /.well-known/passkey-endpoints":      rm.PasskeyEndpoints,
		"GET /account/here":                       rm.Here,
		"GET /account/passkeys":                   rm.PasskeysPage,
		"POST /account/passkeys/later":            rm.DeclinePasskey,
		"GET /account/passkeys/add":               rm.AddPasskeyPage,
		"POST /account/passkeys/add":              rm.AddPasskey,
		"GET /account/passkeys/{passkey}/name":    rm.NamePasskeyPage,
		"POST /account/passkeys/{passkey}/name":   rm.NamePasskey,
		"GET /account/passkeys/{passkey}/remove":  rm.RemovePasskeyPage,
		"POST /account/passkeys/{passkey}/remove": rm.RemovePasskey,

		"GET /session": rm.showSession,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := page(w, r); err != nil {
				rm.Log.Error("page failed", "error", err)
				http.Error(w, "page failed", http.StatusInternalServerError)
			}
		})
	}
	return mux
}

// showFresh is what a room does before a change.
func (rm *room) showFresh(w http.ResponseWriter, r *http.Request) error {
	ok, err := rm.Fresh(w, r, r.URL.Query().Get("back"))
	if ok {
		_, err = fmt.Fprint(w, "fresh")
	}
	return err
}

// showSession is what the provider does at /authorize: it asks for the browser's session.
func (rm *room) showSession(w http.ResponseWriter, r *http.Request) error {
	s, err := rm.Session(w, r)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(w, s.ID)
	return err
}

func (rm *room) addClient(t testing.TB) idp.Client {
	t.Helper()
	ctx := context.Background()
	community := idp.Community{ID: idp.NewID(), URI: "https://trust.example/community", Name: "Sample Trust", CreatedAt: testStart}
	if err := rm.store.AddCommunity(ctx, community); err != nil {
		t.Fatalf("add community: %v", err)
	}
	c, _, err := rm.store.RegisterClient(ctx, idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: community.ID, URI: "https://hospital.example/fhir", Name: "hospital-client",
		Organization: "General Hospital", RedirectURIs: []string{testRedirect}, GrantTypes: []string{"authorization_code"},
		ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt", Scope: "openid udap",
		CreatedAt: testStart, UpdatedAt: testStart,
	})
	if err != nil {
		t.Fatalf("register client: %v", err)
	}
	return c
}

// clientOf is the provider's method of that name.
func (rm *room) clientOf(ctx context.Context, req idp.AuthRequest) (idp.Client, error) {
	c, err := rm.store.Client(ctx, req.ClientID)
	if err == nil && !slices.Contains(c.RedirectURIs, req.RedirectURI) {
		err = idp.ErrMismatch
	}
	return c, err
}

func (rm *room) organizationOf(ctx context.Context, req idp.AuthRequest) (Organization, error) {
	c, barred := rm.clientOf(ctx, req)
	if c.ID == "" {
		return Organization{}, barred
	}
	communities, err := rm.store.Communities(ctx)
	if err != nil {
		return Organization{}, err
	}
	i := slices.IndexFunc(communities, func(m idp.Community) bool { return m.ID == c.CommunityID })
	if i < 0 {
		return Organization{}, errors.New("client without a community")
	}
	return OrganizationOf(c, communities[i]), barred
}

// answers is the Authorizer on the store's own verbs, without the provider's wire format.
type answers struct{ rm *room }

func (a answers) Allow(ctx context.Context, req idp.AuthRequest, s idp.Session, yes idp.Agreement) (string, error) {
	if !s.SignedIn() {
		return "", idp.ErrNotFound
	}
	if _, err := a.rm.clientOf(ctx, req); err != nil {
		return "", err
	}
	token, now := idp.NewToken(), a.rm.now()
	err := a.rm.store.IssueCode(ctx, idp.Issue{RequestID: req.ID, SessionID: s.ID, At: now, Agreement: yes, Code: idp.Code{
		ID: token.ID, Hash: token.Hash(), ClientID: req.ClientID, RedirectURI: req.RedirectURI, Scopes: req.Scopes,
		PersonID: s.PersonID, SessionID: s.ID, Authentication: *s.Authentication, CreatedAt: now, ExpiresAt: now.Add(time.Minute),
	}})
	return req.RedirectURI + "?code=" + token.String(), err
}

func (a answers) Refuse(ctx context.Context, req idp.AuthRequest, s idp.Session, code, _ string, trail idp.Trail) (string, error) {
	if err := a.rm.store.RefuseAuthRequest(ctx, req.ID, s.ID, a.rm.now(), trail); err != nil {
		return "", err
	}
	_, err := a.rm.clientOf(ctx, req)
	return req.RedirectURI + "?error=" + code, err
}

func (a answers) Expired(ctx context.Context, req idp.AuthRequest) (string, error) {
	if _, err := a.rm.clientOf(ctx, req); err != nil {
		return "", err
	}
	return req.RedirectURI + "?error=access_denied", nil
}

func (a answers) Shares(ctx context.Context, req idp.AuthRequest, s idp.Session, values bool) (Offer, error) {
	if _, err := a.rm.clientOf(ctx, req); err != nil {
		return Offer{}, err
	}
	p, err := a.rm.store.Person(ctx, s.PersonID)
	offer := Offer{Level: p.Level, Sector: a.rm.client.Sector(), Choices: []Choice{
		{Name: "name", Claims: []string{"name"}, Essential: true, Shares: []Share{{Claim: "name", Value: p.Name()}}},
		{Name: "email", Claims: []string{"email", "email_verified"}, Shares: []Share{{Claim: "email", Value: p.Email}}},
	}}
	if a.rm.identifier {
		identifier := Share{Claim: "hl7_identifier", Value: string(p.Identifier.Sealed), Sensitive: true}
		offer.Choices = append(offer.Choices, Choice{
			Name: "hl7_identifier", Claims: []string{"hl7_identifier"}, Identifier: true, Shares: []Share{identifier},
		})
	}
	if a.rm.offers != nil {
		a.rm.offers(&offer)
	}
	for i := range offer.Choices {
		if !values {
			offer.Choices[i].Shares = nil
		}
	}
	return offer, err
}

// invite adds a person and returns her with the link of her invitation.
func (rm *room) invite(t testing.TB, change ...func(*idp.Person)) (idp.Person, string) {
	t.Helper()
	p := idp.Person{
		ID: idp.NewID(), UserHandle: bytes.Repeat([]byte{7}, 16), Role: idp.Patient, Level: idp.IDIAL1_8,
		VerifiedAt: testStart, Identifier: idp.SealedIdentifier{Sealed: []byte(idp.NewUUIDv4()), Index: []byte(idp.NewUUIDv4())}, CreatedAt: rm.now(),
		Demographics: idp.Demographics{GivenName: "Ana", FamilyName: "Rivera", Birthdate: "1980-05-17", Email: "ana@example.org"},
	}
	p.UserHandle = append(p.UserHandle, p.ID[20:]...)
	for _, f := range change {
		f(&p)
	}
	inv, path := rm.newInvitation(p.ID)
	if err := rm.store.CreatePerson(context.Background(), p, inv); err != nil {
		t.Fatalf("create person: %v", err)
	}
	return p, path
}

func (rm *room) newInvitation(personID string) (idp.Invitation, string) {
	token := idp.NewToken()
	return idp.Invitation{
		ID: token.ID, Hash: token.Hash(), PersonID: personID, CreatedAt: rm.now(), ExpiresAt: rm.now().Add(72 * time.Hour),
	}, "/invite/" + token.String()
}

// authorize stores an authorization request of the browser, as the provider does, and returns its id.
func (rm *room) authorize(t testing.TB, b *webBrowser, change ...func(*idp.AuthRequest)) string {
	t.Helper()
	req := idp.AuthRequest{
		ID: idp.NewID(), SessionID: b.get("/session").body, ClientID: rm.client.ID, RedirectURI: testRedirect,
		Scopes: []string{"openid", "udap"}, State: "state", CodeChallenge: "challenge",
		CreatedAt: rm.now(), ExpiresAt: rm.now().Add(15 * time.Minute),
	}
	for _, f := range change {
		f(&req)
	}
	if err := rm.store.CreateAuthRequest(context.Background(), req); err != nil {
		t.Fatalf("create authorization request: %v", err)
	}
	return req.ID
}

// patient is a person with a passkey on a device.
type patient struct {
	idp.Person
	device *device
}

// enrolled adds a person who has made her passkey.
func (rm *room) enrolled(t testing.TB, change ...func(*idp.Person)) patient {
	t.Helper()
	person, link := rm.invite(t, change...)
	b, d := newBrowser(t, rm), newDevice(person)
	page := b.get(link)
	if got := b.post(link, d.enrol(t, page)); got.status != http.StatusSeeOther {
		t.Fatalf("enrol: status %d, want 303\n%s", got.status, got.body)
	}
	return patient{person, d}
}

// signIn signs the patient in, in the browser, for nothing but her account.
func (rm *room) signIn(t testing.TB, b *webBrowser, p patient) {
	t.Helper()
	got := b.post("/login", p.device.answer(t, b.get("/login")))
	if got.status != http.StatusSeeOther {
		t.Fatalf("sign in: status %d, want 303\n%s", got.status, got.body)
	}
}

// device is an authenticator with one passkey.
type device struct {
	rp         virtualwebauthn.RelyingParty
	auth       virtualwebauthn.Authenticator
	credential virtualwebauthn.Credential
}

// syncedAAGUID is the Google Password Manager's.
var syncedAAGUID = [16]byte{0xea, 0x9b, 0x8d, 0x66, 0x4d, 0x01, 0x1d, 0x21, 0x3c, 0xe4, 0xb6, 0xb4, 0x8c, 0xb5, 0x75, 0xd4}

func newDevice(p idp.Person) *device {
	d := &device{
		rp: virtualwebauthn.RelyingParty{ID: "idp.example", Name: "Sample Health ID", Origin: testIssuer},
		auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{
			UserHandle: p.UserHandle, BackupEligible: true, BackupState: true,
		}),
	}
	d.auth.Aaguid = syncedAAGUID
	// The test library drops leading zeros of a coordinate, which makes one key in 128 unreadable.
	for d.credential.Key == nil || len(d.credential.Key.AttestationData()) != 77 {
		d.credential = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return d
}

// logBuffer collects the log.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
