package recovery_test

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
	"udap-idp/internal/pages"
	"udap-idp/internal/recovery"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/vault"
)

const issuer = "https://idp.example.org"

// house is the room with everything real around it: the store, the vault, persons, mail.
type house struct {
	*testing.T
	store   *sqlstore.Store
	vault   *vault.Vault
	people  *identity.Identity
	mail    *mail.Mail
	room    *recovery.Recovery
	mux     *http.ServeMux
	at      time.Time
	signUp  recovery.SignUpMode
	dsn     string
	fresh   bool // whether a sign-in counts as recent
	ip      string
	keyFile string

	networks int // that somebody has guessed out of
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{T: t, at: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), signUp: recovery.SignUpOpen, fresh: true, ip: "192.0.2.1",
		dsn: sqltest.SQLite(t, sqlstore.Open), keyFile: filepath.Join(dir, "key")}
	h.open()
	t.Cleanup(func() { h.ok(h.store.Close()) })
	return h
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) now() time.Time { return h.at }

func (h *house) wait(d time.Duration) { h.at = h.at.Add(d) }

// open starts the server, or starts it again.
func (h *house) open() {
	h.Helper()
	var err error
	h.store, err = sqlstore.Open(context.Background(), h.dsn)
	h.ok(err)
	h.vault, err = vault.Open(vault.Options{File: h.keyFile, MayCreate: true, NotFound: idp.ErrNotFound})
	h.ok(err)
	h.ok(h.vault.Unlock(context.Background(), h.store))
	h.people = identity.New(identity.Config{Store: h.store, Sealer: h.vault, Now: h.now})
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID", HelpPhone: "555 0100"})
	h.ok(err)
	h.mail, err = mail.New(mail.Config{Brand: pages.Brand{Name: "Sample Health ID"}, Issuer: issuer, Sealer: h.vault, Now: h.now})
	h.ok(err)
	h.room = recovery.New(recovery.Config{
		Store: h.store, Pages: texts, Mail: h.mail, Sealer: h.vault, Issuer: issuer, SignUp: func() recovery.SignUpMode { return h.signUp },
		Session: h.session, Browser: h.session, Fresh: h.isFresh, Knows: h.knows, Invitations: invitations{h.people},
		AddPerson: func(ctx context.Context, d idp.Demographics, by idp.Reading) (idp.Person, error) {
			added, err := h.people.AddPerson(ctx, identity.Addition{Demographics: d, Role: idp.Patient}, by)
			return added.Person, err
		},
		SetContact: h.setContact,
		RequestID:  func(context.Context) string { return "7F3K-Q2" }, Now: h.now, ClientIP: func(*http.Request) string { return h.ip },
	})
	h.routes()
}

func (h *house) routes() {
	r := h.room
	h.mux = http.NewServeMux()
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /invite": r.InvitePage, "POST /invite": r.Invite, "GET /invite/{token}/check": r.CheckPage, "POST /invite/{token}/check": r.Check,
		"GET /sign-up": r.SignUpPage, "POST /sign-up": r.SignUpNow, "GET /sign-up/code": r.SignUpCodePage, "POST /sign-up/code": r.SignUpCode,
		"POST /sign-up/send": r.SignUpSend, "GET /recover": r.StartPage, "POST /recover": r.Start, "GET /recover/next": r.Next,
		"GET /recover/code": r.CodePage, "POST /recover/code": r.Code, "POST /recover/send": r.Send, "GET /recover/saved": r.SavedPage,
		"POST /recover/saved": r.Saved, "GET /recover/second": r.SecondPage, "GET /recover/wait": r.WaitPage, "GET /recover/done": r.DonePage,
		"POST /recover/done": r.Done, "GET /recover/cancel/{token}": r.CancelPage, "POST /recover/cancel/{token}": r.Cancel,
		"GET /account/recovery": r.OwnPage, "POST /account/recovery/cancel": r.CancelOwn, "GET /account/recovery-codes": r.CodesPage, "GET /account/recovery-codes/new": r.NewCodesPage,
		"POST /account/recovery-codes/new": r.MakeCodes, "POST /account/recovery-codes/download": r.DownloadCodes, "POST /account/recovery-codes/shown": r.CodesAgain, "POST /recover/shown": r.CodeAgain,
		"GET /account/contact/{channel}": r.ContactPage, "POST /account/contact/{channel}": r.Contact,
		"GET /account/contact/{channel}/code": r.ContactCodePage, "POST /account/contact/{channel}/code": r.ContactCode,
		"POST /account/contact/{channel}/send": r.ContactSend,
	} {
		h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := page(w, r); err != nil {
				h.Errorf("%s: %v", pattern, err)
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
	}
}

// invitations are identity's, as the room knows them.
type invitations struct{ *identity.Identity }

func (i invitations) ByCode(ctx context.Context, typed string) (idp.Invitation, error) {
	return i.InvitationByCode(ctx, typed)
}

func (i invitations) Open(ctx context.Context, inv idp.Invitation, a recovery.Answer, by idp.Reading) (idp.Token, error) {
	token, err := i.OpenInvitation(ctx, inv, identity.InvitationAnswer(a), by)
	if errors.Is(err, identity.ErrWrongAnswer) {
		return token, recovery.ErrWrongAnswer
	}
	return token, err
}

func (h *house) setContact(ctx context.Context, personID string, channel idp.Channel, address string, by idp.Reading) error {
	value := idp.Attribute{Kind: idp.AttributeEmail, Text: address}
	if channel == idp.BySMS {
		value = idp.Attribute{Kind: idp.AttributePhone, Use: "mobile", Text: address}
	}
	_, err := h.people.ChangeAttributes(ctx, identity.Change{Target: identity.Target{PersonID: personID}, Act: identity.Changed,
		Values: []idp.Attribute{value}, Reason: "test"}, by)
	return err
}

// session is the browser's of the cookie, which names its row.
func (h *house) session(_ http.ResponseWriter, r *http.Request) (idp.Session, error) {
	cookie, err := r.Cookie("browser")
	if err != nil {
		return idp.Session{}, err
	}
	s := idp.Session{ID: cookie.Value}
	if who, err := r.Cookie("person"); err == nil {
		s.PersonID, s.Authentication = who.Value, &idp.Authentication{SID: "s", Time: h.at}
	}
	return s, nil
}

// knows: the cookie of a browser in which somebody has signed in names her.
func (h *house) knows(r *http.Request, personID string) (bool, error) {
	cookie, err := r.Cookie("known")
	return err == nil && cookie.Value == personID, nil
}

func (h *house) isFresh(w http.ResponseWriter, r *http.Request, back string) (bool, error) {
	if _, err := r.Cookie("person"); err == nil && h.fresh {
		return true, nil
	}
	http.Redirect(w, r, "/login?again=1&back="+url.QueryEscape(back), http.StatusSeeOther)
	return false, nil
}

// browser is one, in which somebody may be signed in.
type browser struct {
	*house
	id     string
	person string
	knows  string // who has signed in in it
}

func (h *house) browser() *browser { return &browser{house: h, id: idp.NewID()} }

func (h *house) signedIn(p idp.Person) *browser {
	return &browser{house: h, id: idp.NewID(), person: p.ID}
}

type answer struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (b *browser) send(method, target string, form url.Values) answer {
	b.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "browser", Value: b.id})
	if b.person != "" {
		r.AddCookie(&http.Cookie{Name: "person", Value: b.person})
	}
	if b.knows != "" {
		r.AddCookie(&http.Cookie{Name: "known", Value: b.knows})
	}
	w := httptest.NewRecorder()
	b.mux.ServeHTTP(w, r)
	return answer{w.Code, w.Header().Get("Location"), html.UnescapeString(w.Body.String()), w.Header()}
}

func (b *browser) get(target string) answer { b.Helper(); return b.send(http.MethodGet, target, nil) }

func (b *browser) post(target string, pairs ...string) answer {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, target, form)
}

// follow posts, and goes where it leads.
func (b *browser) follow(target string, pairs ...string) answer {
	b.Helper()
	return b.onward(b.post(target, pairs...))
}

func (b *browser) onward(a answer) answer {
	b.Helper()
	for range 4 {
		if a.status != http.StatusSeeOther || strings.HasPrefix(a.location, "/invite/") || strings.HasPrefix(a.location, "/login") ||
			a.location == "/account/profile" {
			return a
		}
		next := b.get(a.location)
		if next.status != http.StatusSeeOther {
			next.location = a.location
		}
		a = next
	}
	return a
}

func (h *house) wantPage(a answer, page string) answer {
	h.Helper()
	if !strings.Contains(a.body, `data-page="`+page+`"`) {
		h.Fatalf("status %d to %q, want the page %s:\n%.1500s", a.status, a.location, page, a.body)
	}
	return a
}

// person adds somebody with an e-mail address and a telephone, and a passkey.
func (h *house) person(level idp.Level, change ...func(*idp.Person)) idp.Person {
	h.Helper()
	p := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, State: idp.PersonActive, Level: level, CreatedAt: h.at,
		Demographics: idp.Demographics{GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1948-05-17", Email: "maria@example.org", Phone: "+16175550142"}}
	if level != idp.Unverified {
		p.VerifiedAt = h.at
		p.Identifier = idp.SealedIdentifier{Sealed: []byte(p.ID), Index: []byte(p.ID), MintedAt: h.at}
	}
	for _, f := range change {
		f(&p)
	}
	token := idp.NewToken()
	h.ok(h.store.CreatePerson(h.Context(), p, idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: p.ID, CreatedAt: h.at, ExpiresAt: h.at.Add(time.Hour)}))
	h.ok(h.store.EnrolPasskey(h.Context(), idp.Enrolment{InvitationID: token.ID, InvitationHash: token.Hash(), At: h.at,
		Passkey: idp.Passkey{ID: []byte(p.ID), PersonID: p.ID, Credential: []byte("{}"), CreatedAt: h.at}}))
	p, err := h.store.Person(h.Context(), p.ID)
	h.ok(err)
	return p
}

// confirmed has shown that both her addresses are hers.
func (h *house) confirmed(p idp.Person) idp.Person {
	h.Helper()
	for channel, address := range map[idp.Channel]string{idp.ByEmail: p.Email, idp.BySMS: p.Phone} {
		h.ok(h.store.ConfirmContact(h.Context(), p.ID, idp.Contact{Channel: channel, Address: address, ConfirmedAt: h.at}, idp.Trail{}))
	}
	return p
}

var (
	shownCode = regexp.MustCompile(`\b(\d{6}|[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4})\b`)
	savedCode = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}`)
	linkInIt  = regexp.MustCompile(issuer + `(/\S+)`)
)

// messages are those to an address, the newest first.
func (h *house) messages(to string) []idp.Message {
	h.Helper()
	all, err := h.store.Messages(h.Context(), idp.MessageFilter{Limit: 500})
	h.ok(err)
	return slices.DeleteFunc(all, func(m idp.Message) bool { return m.To != to })
}

// kinds are what an address was told, the newest first.
func (h *house) kinds(to string) (kinds []idp.NoticeKind) {
	h.Helper()
	for _, m := range h.messages(to) {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

// read is the newest message of a kind to an address.
func (h *house) read(to string, kind idp.NoticeKind) string {
	h.Helper()
	for _, m := range h.messages(to) {
		if m.Kind == kind {
			letter, err := h.mail.Read(m)
			h.ok(err)
			return letter.Text
		}
	}
	h.Fatalf("no %s went to %s: %v", kind, to, h.kinds(to))
	return ""
}

func (h *house) codeTo(to string, kind idp.NoticeKind) string {
	h.Helper()
	code := shownCode.FindString(h.read(to, kind))
	if code == "" {
		h.Fatalf("no code in %q", h.read(to, kind))
	}
	return code
}

// audited is how many lines of an action there are about a person.
func (h *house) audited(p idp.Person, action string) int {
	h.Helper()
	events, err := h.store.AuditEvents(h.Context(), idp.AuditFilter{PersonID: p.ID, Action: action})
	h.ok(err)
	return len(events)
}

// begin is the first step of a recovery.
func (b *browser) begin(address string) answer {
	b.Helper()
	return b.follow("/recover", "address", address, "day", "17", "month", "5", "year", "1948")
}

// shows types the code that went to an address.
func (b *browser) shows(to string) answer {
	b.Helper()
	return b.follow("/recover/code", "code", b.codeTo(to, idp.NoticeRecoveryCode))
}

// codes makes recovery codes for a person who is signed in.
func (h *house) codes(p idp.Person) []string {
	h.Helper()
	made := h.signedIn(p).post("/account/recovery-codes/new")
	codes := savedCode.FindAllString(made.body, -1)
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) != 10 {
		h.Fatalf("%d codes are shown, want 10", len(codes))
	}
	return codes
}

// granted is the invitation of a link that a recovery led to.
func (h *house) granted(a answer) (idp.Invitation, idp.Token) {
	h.Helper()
	link := regexp.MustCompile(`/invite/([A-Za-z0-9_-]{64})`).FindStringSubmatch(a.location + " " + a.body)
	if link == nil {
		h.Fatalf("status %d to %q leads to no passkey:\n%.1500s", a.status, a.location, a.body)
	}
	token, err := idp.ParseToken(link[1])
	h.ok(err)
	inv, err := h.store.Invitation(h.Context(), token.ID)
	h.ok(err)
	return inv, token
}

// enrols makes a passkey with what was granted.
func (h *house) enrols(b *browser, inv idp.Invitation, token idp.Token) error {
	return h.store.EnrolPasskey(h.Context(), idp.Enrolment{InvitationID: inv.ID, InvitationHash: token.Hash(), SessionID: b.id, At: h.at,
		Passkey: idp.Passkey{ID: []byte(idp.NewID()), PersonID: inv.PersonID, Credential: []byte("{}"), CreatedAt: h.at}})
}
