package account

import (
	"net/http"
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// exportVersion grows when a member of the export changes its meaning or goes; one that is added does not count.
const exportVersion = 1

// Export is what a person downloads as JSON: what is bounded by nature. The long lists, releases, activity and messages, follow it as
// members of the same object. docs/architecture.md describes the form for those who read it by program.
//
// Not in it: numbers of evidence, which she has on her documents and a thief of the file has not; what opens anything (credentials, hashes);
// and who of those who run the service did something.
type Export struct {
	Format    string           `json:"format"` // "udap-idp account"
	Version   int              `json:"version"`
	At        time.Time        `json:"exported_at"`
	Person    ExportPerson     `json:"person"`
	Values    []ExportValue    `json:"values"`
	Contacts  []ExportContact  `json:"confirmed_contacts"`
	Proofings []ExportProofing `json:"proofings"`
	Passkeys  []ExportPasskey  `json:"passkeys"`
	Sessions  []ExportSession  `json:"sessions"`
	Consents  []ExportConsent  `json:"consents"`
	Requests  []ExportRequest  `json:"requests"`
}

// ExportPerson is the account.
type ExportPerson struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"created_at"`
	Level      idp.Level `json:"level,omitempty"` // as of now
	VerifiedAt time.Time `json:"verified_at,omitzero"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	Identifier string    `json:"digital_identifier,omitempty"`
}

// ExportValue is one value, current or of before.
type ExportValue struct {
	Kind       idp.AttributeKind   `json:"kind"`
	Use        string              `json:"use,omitempty"`
	Name       *idp.HumanName      `json:"name,omitempty"`
	Address    *idp.Address        `json:"address,omitempty"`
	Text       string              `json:"text,omitempty"`
	ValidFrom  string              `json:"valid_from,omitempty"`
	ValidTo    string              `json:"valid_to,omitempty"`
	Current    bool                `json:"current"`
	Status     idp.AttributeStatus `json:"status"`
	Level      idp.Level           `json:"level,omitempty"`
	Method     string              `json:"method,omitempty"`
	VerifiedAt time.Time           `json:"verified_at,omitzero"`
	RecordedAt time.Time           `json:"recorded_at,omitzero"`
}

// ExportContact is an address that she has shown to be hers.
type ExportContact struct {
	Channel     idp.Channel `json:"channel"`
	Address     string      `json:"address"`
	ConfirmedAt time.Time   `json:"confirmed_at"`
}

// ExportProofing is how her identity was checked, once.
type ExportProofing struct {
	ID          string             `json:"id"`
	Type        string             `json:"type"`
	Framework   string             `json:"framework"`
	Status      idp.ProofingStatus `json:"status"`
	Level       idp.Level          `json:"level,omitempty"`
	StartedAt   time.Time          `json:"started_at"`
	CompletedAt time.Time          `json:"completed_at,omitzero"`
	ExpiresAt   time.Time          `json:"expires_at,omitzero"`
	EndedAt     time.Time          `json:"ended_at,omitzero"`
	Evidence    []ExportEvidence   `json:"evidence"`
}

// ExportEvidence is a document that was looked at, without its number.
type ExportEvidence struct {
	Type      idp.EvidenceType `json:"type"`
	Issuer    string           `json:"issuer,omitempty"`
	Country   string           `json:"country,omitempty"`
	IssuedOn  string           `json:"issued_on,omitempty"`
	ExpiresOn string           `json:"expires_on,omitempty"`
}

// ExportPasskey is a passkey, without what it signs with.
type ExportPasskey struct {
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
	Synced     bool      `json:"synced"`
}

// ExportSession is a browser that she is signed in in.
type ExportSession struct {
	Agent      string    `json:"agent,omitempty"`
	SignedInAt time.Time `json:"signed_in_at"`
	SeenAt     time.Time `json:"seen_at"`
}

// ExportConsent is what she agreed to share with an organization.
type ExportConsent struct {
	Organization string    `json:"organization"`
	Community    string    `json:"community,omitempty"`
	Agreed       []string  `json:"agreed"`
	Declined     []string  `json:"declined,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	UsedAt       time.Time `json:"used_at,omitzero"`
	Times        int64     `json:"times"`
	EndedAt      time.Time `json:"ended_at,omitzero"`
}

// ExportRequest is what she asked of those who run the service.
type ExportRequest struct {
	Kind       idp.RequestKind `json:"kind"`
	Subject    string          `json:"subject,omitempty"`
	Text       string          `json:"text,omitempty"`
	At         time.Time       `json:"at"`
	AnsweredAt time.Time       `json:"answered_at,omitzero"`
	Answer     string          `json:"answer,omitempty"`
}

// export gathers what is bounded by nature.
func (a *Account) export(r *http.Request, v visitor, identifier string) (Export, error) {
	ctx, id := r.Context(), v.person.ID
	out := Export{Format: "udap-idp account", Version: exportVersion, At: v.now, Person: ExportPerson{
		ID: id, CreatedAt: v.person.CreatedAt, Level: v.person.LevelAt(v.now), VerifiedAt: v.person.VerifiedAt, ExpiresAt: v.person.ExpiresAt, Identifier: identifier,
	}, Values: exportValues(v.person)}
	contacts, err := a.Store.ConfirmedContacts(ctx, id)
	if err != nil {
		return out, err
	}
	out.Contacts = each(contacts, func(c idp.Contact) ExportContact { return ExportContact(c) })
	proofings, err := a.Store.Proofings(ctx, idp.ProofingFilter{PersonID: id})
	if err != nil {
		return out, err
	}
	out.Proofings = each(proofings, exportProofing)
	passkeys, err := a.Store.Passkeys(ctx, id)
	if err != nil {
		return out, err
	}
	out.Passkeys = each(passkeys, func(p idp.Passkey) ExportPasskey {
		return ExportPasskey{p.Name, p.CreatedAt, p.LastUsedAt, p.BackupState}
	})
	sessions, err := a.sessionsOf(r, v)
	if err != nil {
		return out, err
	}
	out.Sessions = each(sessions, func(s idp.Session) ExportSession {
		return ExportSession{idp.AgentName(s.UserAgent), s.Authentication.Time, s.SeenAt}
	})
	consents, err := a.Store.Consents(ctx, id)
	if err != nil {
		return out, err
	}
	out.Consents = each(consents, func(c idp.Consent) ExportConsent {
		return ExportConsent{c.Organization, c.Community, c.Agreed, c.Declined, c.CreatedAt, c.UsedAt, c.Times, c.EndedAt}
	})
	requests, err := a.Store.Requests(ctx, idp.RequestFilter{PersonID: id})
	if err != nil {
		return out, err
	}
	out.Requests = each(requests, func(q idp.Request) ExportRequest {
		return ExportRequest{q.Kind, q.Subject, q.Text, q.At, q.AnsweredAt, q.Answer}
	})
	return out, nil
}

func exportValues(p idp.Person) []ExportValue {
	return each(p.WithAttributes().Attributes, func(a idp.Attribute) ExportValue {
		return ExportValue{
			Kind: a.Kind, Use: a.Use, Name: a.Name, Address: a.Address, Text: a.Text, ValidFrom: a.ValidFrom, ValidTo: a.ValidTo,
			Current: a.IsCurrent(), Status: a.Status, Level: a.Level, Method: a.Method, VerifiedAt: a.VerifiedAt, RecordedAt: a.RecordedAt,
		}
	})
}

func exportProofing(p idp.Proofing) ExportProofing {
	return ExportProofing{
		ID: p.ID, Type: p.Type, Framework: p.Framework, Status: p.Status, Level: p.Achieved,
		StartedAt: p.StartedAt, CompletedAt: p.CompletedAt, ExpiresAt: p.ExpiresAt, EndedAt: p.EndedAt,
		Evidence: each(p.Evidence, func(e idp.Evidence) ExportEvidence {
			return ExportEvidence{e.Type, e.IssuerName, e.IssuerCountry, e.IssuedOn, e.ExpiresOn}
		}),
	}
}

// exportRelease is what an organization was told, once.
type exportRelease struct {
	Organization string    `json:"organization"`
	Claims       []string  `json:"claims"`
	Level        idp.Level `json:"level,omitempty"`
	At           time.Time `json:"at"`
}

func (a *Account) exportReleases(r *http.Request, v visitor, before string) ([]any, string, error) {
	rows, err := a.Store.Releases(r.Context(), idp.ReleaseFilter{PersonID: v.person.ID, Before: before, Limit: exportPage})
	return listed(rows, err, func(x idp.Release) (any, string) {
		return exportRelease{x.Organization, released(x), x.Level, x.At}, x.ID
	})
}

// released are all the claims that went out with a release, at once or afterwards.
func released(x idp.Release) []string {
	all := slices.Concat(x.Claims, x.UserInfo)
	slices.Sort(all)
	return slices.Compact(all)
}

// exportEvent is a line of the history.
type exportEvent struct {
	At           time.Time `json:"at"`
	Action       string    `json:"action"`
	By           string    `json:"by"` // you, staff, service, stranger
	What         string    `json:"what,omitempty"`
	Agent        string    `json:"agent,omitempty"`
	Organization string    `json:"organization,omitempty"`
	IP           string    `json:"ip,omitempty"`
}

func (a *Account) exportActivity(r *http.Request, v visitor, before string) ([]any, string, error) {
	rows, err := a.Store.AuditEvents(r.Context(), idp.AuditFilter{PersonID: v.person.ID, Before: before, Limit: exportPage})
	if err != nil {
		return nil, "", err
	}
	names := organizations{store: a.Store, known: map[string]string{}}
	out, last := []any{}, ""
	for _, e := range rows {
		entry, err := v.entry(r, e, names)
		if err != nil {
			return nil, "", err
		}
		line := exportEvent{At: e.At, Action: e.Action, By: entry.By, What: entry.What, Agent: entry.Agent, Organization: entry.Organization}
		if entry.By == pages.ByYou || entry.By == pages.ByStranger { // where our staff sits is nobody's business
			line.IP = e.IP
		}
		out, last = append(out, line), e.ID
	}
	return out, last, nil
}

// exportMessage is what was sent to her; what it said is not kept.
type exportMessage struct {
	Kind    idp.NoticeKind `json:"kind"`
	Channel idp.Channel    `json:"channel"`
	To      string         `json:"to"`
	At      time.Time      `json:"at"`
	SentAt  time.Time      `json:"sent_at,omitzero"`
}

func (a *Account) exportMessages(r *http.Request, v visitor, before string) ([]any, string, error) {
	rows, err := a.Store.Messages(r.Context(), idp.MessageFilter{PersonID: v.person.ID, Before: before, Limit: exportPage})
	return listed(rows, err, func(m idp.Message) (any, string) {
		return exportMessage{m.Kind, m.Channel, m.To, m.CreatedAt, m.SentAt}, m.ID
	})
}

// listed are rows as they are exported, and the id of the last.
func listed[T any](rows []T, err error, row func(T) (any, string)) (out []any, last string, _ error) {
	if err != nil {
		return nil, "", err
	}
	for _, x := range rows {
		var line any
		line, last = row(x)
		out = append(out, line)
	}
	return out, last, nil
}

// each is a list made of another; never nil, so that an empty one is written as one.
func each[A, B any](list []A, f func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, x := range list {
		out = append(out, f(x))
	}
	return out
}
