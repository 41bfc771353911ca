package admin

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/audit"
	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/pages"
	"udap-idp/internal/policy"
	"udap-idp/internal/settings"
)

// Store is the part of idp.Store that the room uses; the comments there say what each method promises.
type Store interface {
	idp.Administration
	idp.AuditLog
	idp.Overview
	idp.OperatorSettings
	idp.Throttles
	idp.Housekeeping
	idp.Desk
	idp.Suspicions
	idp.ImportJobs
	recordParts
	recordStore

	Person(ctx context.Context, id string) (idp.Person, error)
	Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error)
	Invitation(ctx context.Context, id string) (idp.Invitation, error)
	Invitations(ctx context.Context, personID string) ([]idp.Invitation, error)
	SessionsOf(ctx context.Context, personID string, now time.Time) ([]idp.Session, error)
	Proofings(ctx context.Context, filter idp.ProofingFilter) ([]idp.Proofing, error)
	Clients(ctx context.Context, after string, limit int) ([]idp.Client, error)
	ClientStore
	Communities(ctx context.Context) ([]idp.Community, error)
	CountClientsOf(ctx context.Context, communityID string) (int, error)
	CertificateRequests(ctx context.Context, communityID string) ([]idp.CertificateRequest, error)
	CertificateRequest(ctx context.Context, id string) (idp.CertificateRequest, error)

	Message(ctx context.Context, id string) (idp.Message, error)
	Messages(ctx context.Context, filter idp.MessageFilter) ([]idp.Message, error)
	RetryMessage(ctx context.Context, id string, now time.Time, trail idp.Trail) error
}

// People are the rules about persons (package identity); the comments there say what each promises. An error with a method
// RefusalCode is a refusal that can be told.
type People interface {
	Merging

	ClaimServer(ctx context.Context, link idp.Token, d idp.Demographics, by idp.Reading) (idp.Token, error)
	AddAdministrator(ctx context.Context, d idp.Demographics, role idp.Role, by idp.Reading) (idp.Person, idp.Token, error)
	InviteAgain(ctx context.Context, personID string, by idp.Reading) (idp.Token, error)
	SetRole(ctx context.Context, personID string, role idp.Role, reason string, by idp.Reading) (idp.Person, error)
	RevokeAdministrator(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)

	Find(ctx context.Context, s idp.Search) (idp.Found, error)
	PersonOf(ctx context.Context, identifier string, why idp.Reading) (idp.Person, error)
	Suspend(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)
	Resume(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)

	Close(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)

	AnswerRequest(ctx context.Context, id, answer string, by idp.Reading) (idp.Request, error)
}

// Config is what an Admin is made of. Every field is required but TwoPersonActs, ClientIP, Log and Now.
type Config struct {
	Store  Store
	Pages  *pages.Pages
	People People
	Desk   PeopleDesk
	Audit  *audit.Log
	Post   Post
	Keys   *keys.Keys
	// Clients are the rules about data holders, and what their attempts and claims mean.
	Clients ClientDesk
	Trust   TrustDesk

	Transfer Transfer
	// Settings are those of the server, which some may be changed of.
	Settings *settings.Live
	Looks    Looks
	Policies *policy.Policy
	// PracticesGenerated reports whether nobody has published the practices, so that they change with the operator's name.
	PracticesGenerated func(ctx context.Context) bool
	// Housekeep deletes now what nobody needs any more, records that, and returns how many rows went.
	Housekeep func(ctx context.Context, by idp.Reading) (int64, error)
	// TestMessage sends a test past the queue: to which address, and what the server answered when it did not take it. idp.ErrMismatch:
	// that is no address.
	TestMessage func(ctx context.Context, address, language string) (to, answer string, err error)

	Session func(w http.ResponseWriter, r *http.Request) (idp.Session, error) // the browser's
	// Fresh reports whether the browser's sign-in is recent; if not it was sent to sign in, and comes back to a path.
	Fresh func(w http.ResponseWriter, r *http.Request, back string) (bool, error)
	// Number is the number of the request that ctx belongs to.
	Number func(ctx context.Context) string

	Proofing Proofing // the desk at which identities are checked

	Issuer string // our address, as data holders know it
	// Standing is how a community stands at a moment. One that is not known yet has the zero Standing.
	Standing func(ctx context.Context, communityID string, now time.Time) (Standing, error)
	// TwoPersonActs are the groups of acts that wait for a second administrator: GroupAdministrators, GroupClosing, GroupMerging, GroupTrust.
	TwoPersonActs func() []string

	ClientIP func(r *http.Request) string // nil: the address of the connection
	Log      *slog.Logger                 // nil: the default one
	Now      func() time.Time             // nil: the system's clock
}

// Admin is the room. It is safe for use by many goroutines.
type Admin struct {
	Config
	rows    []permission
	allowed map[string][]idp.Role // by pattern
	checks  checks
	drawn   pictureCache
	drafts  drafts
}

// New makes the room.
func New(c Config) *Admin {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.ClientIP == nil {
		c.ClientIP = connectionIP
	}
	a := &Admin{Config: c, rows: table(), allowed: map[string][]idp.Role{}}
	for _, row := range a.rows {
		a.allowed[row.pattern] = rolesOf(row.who)
	}
	return a
}

// Routes are the addresses of the house, each behind the guard, and the two of the set-up link, which are for whoever has it.
func (a *Admin) Routes() map[string]func(w http.ResponseWriter, r *http.Request) error {
	routes := map[string]func(w http.ResponseWriter, r *http.Request) error{
		"GET /setup/{token}":  a.setupPage,
		"POST /setup/{token}": a.claim,
	}
	for _, row := range a.rows {
		routes[row.pattern] = func(w http.ResponseWriter, r *http.Request) error { return a.guard(w, r, row) }
	}
	return routes
}

// Visitor is an administrator on a page.
type Visitor struct {
	Person idp.Person
	admin  *Admin
}

// may reports whether the visitor may ask for an address: what she may not, her pages do not show.
func (v Visitor) may(pattern string) bool { return v.admin.may(v.Person.Role, pattern) }

// guard lets in whom the table names.
func (a *Admin) guard(w http.ResponseWriter, r *http.Request, row permission) error {
	person, ok, err := a.signedIn(w, r)
	if !ok {
		return err
	}
	if !a.may(person.Role, row.pattern) {
		return a.forbid(w, r, person, row.pattern)
	}
	if !wellNamed(r, row.pattern) {
		return a.notFound(w, r)
	}
	if !wellAsked(r) {
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	}
	if row.fresh != "" && row.fresh != itself {
		back := filledIn(row.fresh, r)
		if row.fresh == here {
			back = r.URL.RequestURI()
		}
		if ok, err := a.Fresh(w, r, back); !ok {
			return err
		}
	}
	return row.handle(a, w, r, Visitor{person, a})
}

// filledIn is a path with the parts that stand in the request's own, and the data holder that its form is about.
func filledIn(path string, r *http.Request) string {
	for _, name := range []string{"id", "a", "b", "request"} {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(r.PathValue(name)))
	}
	return strings.ReplaceAll(path, "{client}", url.QueryEscape(idOf(r.PostFormValue("client"))))
}

// signedIn is who asks. A stranger has been sent to sign in, and comes back to what she asked for, if it was a page.
func (a *Admin) signedIn(w http.ResponseWriter, r *http.Request) (p idp.Person, ok bool, err error) {
	s, err := a.Session(w, r)
	if err != nil {
		return p, false, err
	}
	if !s.SignedIn() {
		back := "/admin"
		if r.Method == http.MethodGet {
			back = r.URL.RequestURI()
		}
		_, err := a.Fresh(w, r, back)
		return p, false, err
	}
	p, err = a.Store.Person(r.Context(), s.PersonID)
	if err != nil {
		return p, false, fmt.Errorf("signed-in person: %w", err)
	}
	return p, true, nil
}

// forbid answers somebody whom the table does not name. What an administrator tried is recorded; patients come by mistake.
func (a *Admin) forbid(w http.ResponseWriter, r *http.Request, person idp.Person, what string) error {
	if !person.Role.Administers() {
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindForbidden})
	}
	event := a.event(r, person, "admin.forbidden", "", detailOf(map[string]string{"asked": what, "role": string(person.Role)}))
	if err := a.Store.Audit(r.Context(), event); err != nil {
		return err
	}
	return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotYourRole, RoleKey: pages.RoleKey(string(person.Role))})
}

// reading is who does something, for the audit log.
func (a *Admin) reading(r *http.Request, by idp.Person, purpose string) idp.Reading {
	return idp.Reading{Actor: by.ID, Purpose: purpose, RequestID: a.Number(r.Context()), IP: a.ClientIP(r)}
}

func (a *Admin) event(r *http.Request, by idp.Person, action, personID, detail string) idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewID(), At: a.now(), Actor: by.ID, Action: action, PersonID: personID, RequestID: a.Number(r.Context()),
		IP: a.ClientIP(r), Detail: detail,
	}
}

// now is the time as the store keeps it.
func (a *Admin) now() time.Time { return a.Now().UTC().Truncate(time.Microsecond) }

// deskSections are the sections in the order in which they stand, each under what it is about.
var deskSections = []struct{ path, key, group string }{
	{"/admin", "admin.nav.dashboard", ""},
	{"/admin/approvals", "admin.nav.approvals", ""},
	{"/admin/people", "admin.nav.people", "admin.nav.group.people"},
	{"/admin/proofing", "admin.nav.proofing", "admin.nav.group.people"},
	{"/admin/requests", "admin.nav.requests", "admin.nav.group.people"},
	{"/admin/messages", "admin.nav.messages", "admin.nav.group.people"},
	{"/admin/duplicates", "admin.nav.duplicates", "admin.nav.group.people"},
	{"/admin/import", "admin.nav.import", "admin.nav.group.people"},
	{"/admin/clients", "admin.nav.clients", "admin.nav.group.holders"},
	{"/admin/attempts", "admin.nav.attempts", "admin.nav.group.holders"},
	{"/admin/trust", "admin.nav.trust", "admin.nav.group.holders"},
	{"/admin/keys", "admin.nav.keys", "admin.nav.group.holders"},
	{"/admin/administrators", "admin.nav.administrators", "admin.nav.group.service"},
	{"/admin/settings", "admin.nav.settings", "admin.nav.group.service"},
	{"/admin/audit", "admin.nav.audit", "admin.nav.group.service"},
}

// fewSections are seen at one glance without headings.
const fewSections = 5

// desk is the frame of a page: who is signed in, and the sections that the role has.
func (a *Admin) desk(r *http.Request, v Visitor) pages.Desk {
	d := pages.Desk{SignedInAs: v.Person.Name(), RoleKey: pages.RoleKey(string(v.Person.Role)), Done: r.URL.Query().Get("done"), Refused: r.URL.Query().Get("refused")}
	for _, s := range deskSections {
		if !v.may("GET " + s.path) {
			continue
		}
		here := r.URL.Path == s.path || s.path == "/admin/settings" && belowSettings(r.URL.Path) ||
			s.path == "/admin/import" && r.URL.Path == "/admin/export" || s.path != "/admin" && strings.HasPrefix(r.URL.Path, s.path+"/")
		d.Sections = append(d.Sections, pages.Section{URL: s.path, TextKey: s.key, GroupKey: s.group, Current: here})
	}
	if len(d.Sections) <= fewSections {
		for i := range d.Sections {
			d.Sections[i].GroupKey = ""
		}
	}
	return d
}

// notFound answers for something that is not there.
func (a *Admin) notFound(w http.ResponseWriter, r *http.Request) error {
	return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
}

// redirect answers with 303 See Other, so that the browser asks for the next page with GET.
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func connectionIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
