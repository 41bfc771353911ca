package pages

import (
	"net/http"
	"regexp"
	"slices"
	"time"
)

// ClientSearch is what is looked for among the data holders, as it was typed.
type ClientSearch struct{ Text, State, Community string }

// Option is a choice that is named by somebody else: a community by its name.
type Option struct{ Value, Name string }

// ListedClient is a data holder in a list.
type ListedClient struct {
	ID, Organization, Name, URI, Community string
	State                                  string // registered, suspended
	SignIns                                int    // of the last 30 days
	LastUsedAt                             time.Time
}

// AdminClients is the list of data holders.
type AdminClients struct {
	Desk
	Search      ClientSearch
	Communities []Option
	Rows        []ListedClient
	Narrowed    bool   // something is looked for
	FirstURL    string // "" on the first page
	NextURL     string // "" on the last
	Issuer      string
}

// ChainLink is a certificate as it is drawn: the anchor first, and what it leads to below.
type ChainLink struct {
	Subject, SHA256     string
	URIs                []string
	NotBefore, NotAfter time.Time
	Missing             bool        // it is named as an issuer, and was not sent
	Marks               []ChainMark // how it stands
	Below               *ChainLink
}

// ChainMark is what is to be known of a certificate: a text behind "admin.chain.".
type ChainMark struct {
	Key, Tone string
	Param     string // what the text names
}

// ClientSettings are the operator's settings of a data holder, as they are chosen.
type ClientSettings struct{ Payload, Audience, NoPKCE, Loopback string }

// ClientChange is something that happened to a registration.
type ClientChange struct {
	At      time.Time
	Action  string // of the audit log, or of an attempt: registered, modified, cancelled, refused, failed
	Attempt bool
	ID      string // of the attempt or of the event, "" when the reader may not look at it
	Who     string
	WhoID   string
	Changes []AuditChange // what was and what is
}

// AdminClientPage is everything about one data holder, and what the reader may do.
type AdminClientPage struct {
	Desk
	ListedClient
	CommunityID, CommunityURI string
	Reason                    string // of its suspension
	SuspendedAt               time.Time
	Connections               int
	MoreConnections           bool // than were counted
	RegisteredAt, UpdatedAt   time.Time
	RedirectURIs, Contacts    []string
	LogoURI                   string
	Scopes, GrantTypes        []string
	ResponseTypes             []string
	Authentication            string
	Certifications            int

	Chain       *ChainLink
	Certificate ChainLink // its own
	Verdict     string    // trusted, revoked, untrusted, unknown
	Why         string    // of the verdict, in English

	Settings  ClientSettings
	Profiles  []string
	Volumes   Picture
	Changes   []ClientChange
	Attempts  []AttemptRow
	MaySet    bool
	MayAct    bool
	MaySeeLog bool   // the attempts
	MayTry    bool   // the preview of claims
	SentFor   string // the person of a preview, as she was typed
	Reasoned  string // the reason as it was typed
	Errors    FieldErrors
	Now       time.Time
}

// AdminClientDelete asks once more before a data holder is deleted.
type AdminClientDelete struct {
	Desk
	ListedClient
	Connections     int
	MoreConnections bool
	Confirm         Confirm
}

// clientStates are how a registration stands, with the tone of each.
var clientStates = map[string]string{"registered": "good", "suspended": "careful", "deleted": "plain"}

// certificateVerdicts are how a certificate stands in its community, with the tone of each.
var certificateVerdicts = map[string]string{"trusted": "good", "revoked": "bad", "untrusted": "bad", "unknown": "careful"}

// choices are what may be said about one client in place of its community.
var choices = []string{"inherit", "allow", "refuse"}

type (
	keyOption struct {
		Value, Key string
		Chosen     bool
	}
	namedOption struct {
		Option
		Chosen bool
	}
	listedClientView struct {
		ListedClient
		StateOf badge
	}
	clientsView struct {
		AdminClients
		States      []keyOption
		Communities []namedOption
		Rows        []listedClientView
	}
	changeView struct {
		ClientChange
		Words string
		Tone  string
	}
	clientPageView struct {
		AdminClientPage
		StateOf       badge
		VerdictOf     badge
		CertificateOf certificateView
		Volumes       pictureView
		Payloads      []keyOption
		PKCE          []keyOption
		Loopbacks     []keyOption
		Changes       []changeView
		Attempts      []attemptRowView
	}
)

func clientBadge(state string) badge {
	if tone, ok := clientStates[state]; ok {
		return badge{Key: "admin.client.state." + state, Tone: tone}
	}
	return badge{Key: "admin.client.state.registered", Tone: "good"}
}

// keyOptions are values to choose from, each with a text behind prefix.
func keyOptions(prefix, chosen string, values ...string) []keyOption {
	var list []keyOption
	for _, value := range values {
		list = append(list, keyOption{value, prefix + value, value == chosen})
	}
	return list
}

func namedOptions(options []Option, chosen string) []namedOption {
	var list []namedOption
	for _, o := range options {
		list = append(list, namedOption{o, o.Value == chosen})
	}
	return list
}

// AdminClients renders the list.
func (p *Pages) AdminClients(w http.ResponseWriter, r *http.Request, a AdminClients) error {
	v := clientsView{AdminClients: a, States: keyOptions("admin.client.state.", a.Search.State, "registered", "suspended"), Communities: namedOptions(a.Communities, a.Search.Community)}
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, listedClientView{row, clientBadge(row.State)})
	}
	return p.render(w, r, page{name: "admin-clients", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}

// AdminClient renders one data holder.
func (p *Pages) AdminClient(w http.ResponseWriter, r *http.Request, a AdminClientPage) error {
	l := p.catalog.choose(r, nil)
	v := clientPageView{
		AdminClientPage: a, StateOf: clientBadge(a.State), Volumes: newPictureView(l, a.Volumes),
		CertificateOf: newCertificateView(AdminCertificate{Subject: a.Certificate.Subject, NotBefore: a.Certificate.NotBefore, NotAfter: a.Certificate.NotAfter}, a.Now),
		Payloads:      keyOptions("admin.client.payload.", a.Settings.Payload, a.Profiles...),
		PKCE:          keyOptions("admin.client.choice.", a.Settings.NoPKCE, choices...),
		Loopbacks:     keyOptions("admin.client.choice.", a.Settings.Loopback, choices...),
		VerdictOf:     badge{Key: "admin.client.verdict.unknown", Tone: "careful"},
	}
	if tone, ok := certificateVerdicts[a.Verdict]; ok {
		v.VerdictOf = badge{Key: "admin.client.verdict." + a.Verdict, Tone: tone}
	}
	for _, c := range a.Changes {
		view := changeView{ClientChange: c, Words: l.actionWords(c.Action), Tone: "plain"}
		if c.Attempt {
			b := outcomeBadge(c.Action)
			view.Tone = b.Tone
			words, err := l.text(b.Key)
			if err != nil {
				return err
			}
			view.Words = words
		}
		v.Changes = append(v.Changes, view)
	}
	for _, row := range a.Attempts {
		v.Attempts = append(v.Attempts, newAttemptRow(row))
	}
	return p.render(w, r, page{name: "admin-client", status: formStatus(a.Errors), lang: l, data: v})
}

// AdminClientDelete renders the question.
func (p *Pages) AdminClientDelete(w http.ResponseWriter, r *http.Request, a AdminClientDelete) error {
	return p.render(w, r, page{name: "admin-client-delete", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}

// TextKey is the text key of a mark, which a template prints with what it names.
func (m ChainMark) TextKey() string {
	if slices.Contains(chainMarks, m.Key) {
		return "admin.chain." + m.Key
	}
	return "admin.chain.valid"
}

// parts are where the parts of a distinguished name begin, which is written without spaces (RFC 4514).
var parts = regexp.MustCompile(`,([A-Z][A-Za-z0-9.]*=)`)

// Name is the subject as it is read, with room for a line to break.
func (c ChainLink) Name() string { return parts.ReplaceAllString(c.Subject, ", $1") }

// chainMarks are what there are words for.
var chainMarks = []string{"valid", "was-valid", "expired", "early", "anchor", "no-anchor", "not-sent", "aside"}
