package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ProofingRow is an event in a list.
type ProofingRow struct {
	ID, Person, Status string
	Level              string // that is claimed, or was reached
	StartedAt          time.Time
	ExpiresAt          time.Time // zero before it is complete
	By                 string
}

// AdminProofings is a page of the events that wait, or of others.
type AdminProofings struct {
	Desk
	Show              string // what is selected, one of ProofingShows
	Rows              []ProofingRow
	FirstURL, NextURL string
}

// ProofingShows are what can be selected in the list, the first when nothing is.
func ProofingShows() []string {
	return []string{"waiting", "draft", "pending_approval", "pending_notification", "due", "repudiated", "verified", "ended"}
}

// AdminProofingNew is the page on which an event begins.
type AdminProofingNew struct {
	Desk
	PersonID, Person, Birthdate string // PersonID is "" when nobody was chosen
	NoPasskey                   bool   // she has none to sign the declaration with
	Typed                       url.Values
	Errors                      FieldErrors
}

// ProofingMissing is something that a level asks for and that is not there.
type ProofingMissing struct {
	ID     string            // of the requirement's words
	Params map[string]string // as package assurance has them
	Strict bool              // it is asked for at IDIAL1.8 or above
	URL    string            // where it is given, "" when nowhere
}

// ProofingGoal is a level with what is missing for it.
type ProofingGoal struct {
	Level   string
	Missing []ProofingMissing
}

// ProofingStep is a step of an event in the navigation.
type ProofingStep struct {
	Name    string
	Done    bool
	Needed  bool // the level that is aimed at asks for it
	Current bool
}

// ProofingHead is what each page of an event shows of it.
type ProofingHead struct {
	ID, PersonID, Person, Birthdate, Address string
	Status, Type                             string
	Claimed, Reached, Lowered                string
	Draft                                    bool
	Aim                                      ProofingGoal
	Next                                     *ProofingGoal // the level after those that are borne, nil when it is the aim
	Steps                                    []ProofingStep
}

// ProofingEvidence is a document of an event, without its number.
type ProofingEvidence struct {
	ID, Type, Issuer string
	NumberEnd        string // the last four, "" when it has no number or a short one
	HasNumber        bool
	Number           string // opened: it was asked for, and recorded
	ExpiresOn        string
	Strength         string
	Why              string // the id of why it does not count, "" when it does
	HasPhoto         bool
}

// ProofingNotification tells the person that she was proofed.
type ProofingNotification struct {
	ID, Channel, Basis, To       string
	PreparedAt, SentAt, Returned time.Time
	ByItself                     bool // it goes as a message, and counts as sent when it went
}

// ProofingDoubt is somebody who may be the same person and holds a Digital Identifier.
type ProofingDoubt struct{ ID, Name, Birthdate, Verdict, CompareURL string }

// ProofingFact is something that was recorded of an event: its name is a text key, and its value is a text key or plain.
type ProofingFact struct {
	Key, ValueKey, Value string
	At                   time.Time
	Good, Bad            bool
}

// AdminProofingEvent is one event with what can be done about it.
type AdminProofingEvent struct {
	Desk
	ProofingHead
	StartedAt, CompletedAt, ExpiresAt, EndedAt time.Time
	By, Reviewer, Reason, Location             string
	Evidence                                   []ProofingEvidence
	Facts                                      []ProofingFact
	Declaration                                string // the text that was signed, "" for none, or where it is on paper
	Notifications                              []ProofingNotification
	Doubts                                     []ProofingDoubt
	LowerLevels                                []string
	Channels                                   []string // by which a notification of the level can go as a message
	TwoPersons                                 bool     // another has to approve this level
	Own                                        bool     // the visitor carried it out, or took a step
	MayStep, MayComplete, MayApprove           bool
	MayReject, MayLower, MayRevoke, MayNotify  bool
	MayApart, MayReveal                        bool
	MayAgain                                   bool // the person may be checked anew
	Typed                                      url.Values
	Errors                                     FieldErrors
	Languages                                  []string
	Language                                   string // that she reads
}

// Signing is a passkey that is asked for under a declaration.
type Signing struct {
	Ceremony string
	Options  string // JSON of PublicKeyCredentialRequestOptions
	Text     string // that is signed
	Locale   string // its language
	With     string // WithPhone or WithSecurityKey, "" when that is open
	Problem  string // "" or one of the Problem constants
	Lifetime time.Duration
}

// ProofingContact is an address of the person to which a code can go.
type ProofingContact struct {
	Kind, To    string
	Channels    []string
	ConfirmedAt time.Time
	WaitsFor    string // the channel by which a code is on its way, "" for none
	Until       time.Time
	Left        int // wrong codes that are left
}

// ProofingCode is a code that somebody has to carry.
type ProofingCode struct {
	Code, Channel, To string
	Until             time.Time
}

// ProofingValue is a value of the person and how the event leaves it.
type ProofingValue struct{ ID, Kind, Value, Status string }

// AdminProofingStep is one step of an event.
type AdminProofingStep struct {
	Desk
	ProofingHead
	Step      string
	Typed     url.Values
	Errors    FieldErrors
	Fields    EvidenceFields
	Evidence  []ProofingEvidence
	Methods   []string
	Contacts  []ProofingContact
	Code      *ProofingCode
	Values    []ProofingValue
	Signing   *Signing // nil where no passkey can be asked for
	Signed    time.Time
	SignedBy  string // how: typed, drawn, passkey
	NoPasskey bool
	AskedAt   time.Time // she was asked to sign on a device of her own
	Languages []string
}

// V is what was typed into a field.
func (s AdminProofingStep) V(field string) string { return s.Typed.Get(field) }

// Is reports whether a field has a value.
func (s AdminProofingStep) Is(field, value string) bool {
	return slices.Contains(s.Typed[field], value)
}

// Kinds are what a document may say about a person.
func (s AdminProofingStep) Kinds() []string {
	return []string{"name", "birthdate", "address", "sex", "phone", "email"}
}

// Recorded is what is recorded of the person, so that it is compared with the document.
func (s AdminProofingStep) Recorded(kind string) string {
	i := slices.IndexFunc(s.Values, func(v ProofingValue) bool { return v.Kind == kind })
	if i < 0 {
		return ""
	}
	return s.Values[i].Value
}

// Groups are the types of evidence.
func (s AdminProofingStep) Groups() []EvidenceGroup { return EvidenceGroups() }

// FraudMethods are what is looked for about fraud, and CheckMethods how a document is checked.
func (s AdminProofingStep) FraudMethods() []string {
	return []string{"mortality", "synthetic", "duplicate", "other"}
}

// CheckMethods are the check methods of OpenID Connect for Identity Assurance 1.0 that are about a document.
func (s AdminProofingStep) CheckMethods() []string {
	return []string{"vpip", "vpiruv", "vri", "vdig", "vcrypt", "data", "auth", "token", "kbv"}
}

// Bills reports whether there is a bill that shows whose a telephone is.
func (s AdminProofingStep) Bills() bool {
	return slices.ContainsFunc(s.Evidence, func(e ProofingEvidence) bool { return e.Type == "mobile_bill" || e.Type == "utility_bill" })
}

// V is what was typed into a field.
func (a AdminProofingNew) V(field string) string { return a.Typed.Get(field) }

// Is reports whether a field has a value.
func (a AdminProofingNew) Is(field, value string) bool {
	return slices.Contains(a.Typed[field], value)
}

// V is what was typed into a field.
func (a AdminProofingEvent) V(field string) string { return a.Typed.Get(field) }

// reasonView is the field of a reason.
type reasonView struct {
	Act, Value string
	Error      *FieldError
}

// ReasonFor is the field of the reason of an act, as it was typed into the form of that act.
func (a AdminProofingEvent) ReasonFor(act string) reasonView {
	v := reasonView{Act: act, Error: fieldError(a.Errors, act+"-reason")}
	if v.Error != nil || a.Errors.For(act) != "" {
		v.Value = a.Typed.Get("reason")
	}
	return v
}

// Completing is what should be remembered, as it was typed into the form that completes the event.
func (a AdminProofingEvent) Completing() string {
	if a.Errors.For("complete") == "" {
		return ""
	}
	return a.Typed.Get("reason")
}

// EndingOpen reports whether one of the forms that end an event, or lower it, is shown again.
func (a AdminProofingEvent) EndingOpen() bool {
	return slices.ContainsFunc(a.Errors, func(e FieldError) bool {
		return slices.Contains([]string{"lower", "reject", "revoke"}, strings.TrimSuffix(e.Field, "-reason"))
	})
}

// NextStep is the first step that the aim needs and that is not done, nil for none.
func (h ProofingHead) NextStep() *ProofingStep {
	for n := range h.Steps {
		if s := &h.Steps[n]; s.Needed && !s.Done {
			return s
		}
	}
	return nil
}

type signingView struct {
	Signing
	OptionsJSON     json.RawMessage
	ProblemKey      string
	LifetimeSeconds int
}

func (l *language) signingView(s *Signing) (*signingView, error) {
	if s == nil {
		return nil, nil
	}
	options, err := ceremonyOptions(s.Options)
	if err != nil {
		return nil, err
	}
	return &signingView{*s, options, l.problemKey("declaration.problem.", s.Problem), int(s.Lifetime.Seconds())}, nil
}

// stateOf is where an event stands.
func (h ProofingHead) stateOf() badge { return proofingBadge(h.Status) }

func proofingBadge(status string) badge {
	if tone, ok := proofingStates[status]; ok {
		return badge{Key: "admin.proofing." + status, Tone: tone}
	}
	return badge{Key: "admin.proofing.draft", Tone: "plain"}
}

// missingWords says what would meet a requirement.
func (l *language) missingWords(m ProofingMissing) (string, error) {
	id := m.ID
	if m.Strict && (id == "comparison.evidence" || id == "notification.not_accepted") {
		id += ".strict"
	}
	var pairs []any
	for name, value := range m.Params {
		switch name {
		case "attributes":
			value = l.attributeWords(value)
		case "status":
			value = l.wordOr("admin.proofing."+value, value)
		case "type":
			value = l.wordOr("admin.proofing.type."+value, value)
		case "method":
			value = l.wordOr("admin.proofing.method."+value, value)
		}
		pairs = append(pairs, name, value)
	}
	if _, ok := l.Texts["admin.proofing.missing."+id]; !ok {
		return m.ID, nil
	}
	return l.text("admin.proofing.missing."+id, pairs...)
}

// attributeWords are the names of kinds of attributes that are separated by commas.
func (l *language) attributeWords(list string) string {
	var words []string
	for kind := range strings.SplitSeq(list, ", ") {
		words = append(words, l.wordOr("admin.attribute."+kind, kind))
	}
	return strings.ToLower(strings.Join(words, ", "))
}

func (l *language) wordOr(key, otherwise string) string {
	if text, ok := l.Texts[key]; ok {
		return text
	}
	return otherwise
}

// proofingFrame is what the templates of an event get beside its own struct.
type proofingFrame struct {
	StateOf    badge
	ClaimedKey string
	ReachedKey string
	AimWords   []missingView
	NextWords  []missingView
	NextKey    string
}

type missingView struct{ Text, URL string }

func (l *language) proofingFrame(h ProofingHead) (f proofingFrame, err error) {
	f = proofingFrame{StateOf: h.stateOf(), ClaimedKey: l.shortLevelKey(h.Aim.Level), ReachedKey: l.shortLevelKey(h.Reached)}
	if f.AimWords, err = l.missingViews(h.Aim.Missing); err != nil || h.Next == nil {
		return f, err
	}
	f.NextKey = l.shortLevelKey(h.Next.Level)
	f.NextWords, err = l.missingViews(h.Next.Missing)
	return f, err
}

func (l *language) missingViews(all []ProofingMissing) ([]missingView, error) {
	var views []missingView
	for _, m := range all {
		text, err := l.missingWords(m)
		if err != nil {
			return nil, err
		}
		views = append(views, missingView{text, m.URL})
	}
	return views, nil
}

type proofingRowView struct {
	ProofingRow
	LevelKey string
	StateOf  badge
}

// AdminProofings renders a page of events.
func (p *Pages) AdminProofings(w http.ResponseWriter, r *http.Request, a AdminProofings) error {
	l := p.catalog.choose(r, nil)
	v := struct {
		AdminProofings
		Rows  []proofingRowView
		Shows []string
	}{a, nil, ProofingShows()}
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, proofingRowView{row, l.shortLevelKey(row.Level), proofingBadge(row.Status)})
	}
	return p.render(w, r, page{name: "admin-proofings", status: http.StatusOK, lang: l, data: v})
}

// AdminProofingNew renders the page on which an event begins.
func (p *Pages) AdminProofingNew(w http.ResponseWriter, r *http.Request, a AdminProofingNew) error {
	l := p.catalog.choose(r, nil)
	v := struct {
		AdminProofingNew
		Levels []levelOption
		Types  []string
	}{a, nil, proofingTypes}
	for _, level := range claimable {
		v.Levels = append(v.Levels, levelOption{level, l.shortLevelKey(level), "admin.proofing.aim." + level})
	}
	return p.render(w, r, page{name: "admin-proofing-new", status: formStatus(a.Errors), lang: l, data: v})
}

type levelOption struct{ Value, Key, WhatKey string }

// claimable are the levels that an event at the desk is for, the usual one first.
var claimable = []string{"idial1.8", "idial2", "idial1.6", "idial1.5", "idial1.4", "idial1.2", "idial1"}

var proofingTypes = []string{"onsite_attended", "remote_attended", "onsite_unattended", "remote_unattended"}

// AdminProofingEvent renders one event.
func (p *Pages) AdminProofingEvent(w http.ResponseWriter, r *http.Request, a AdminProofingEvent) error {
	l := p.catalog.choose(r, nil)
	frame, err := l.proofingFrame(a.ProofingHead)
	if err != nil {
		return err
	}
	v := struct {
		AdminProofingEvent
		Frame       proofingFrame
		LowerLevels []levelOption
		Languages   []*language
	}{AdminProofingEvent: a, Frame: frame}
	for _, level := range a.LowerLevels {
		v.LowerLevels = append(v.LowerLevels, levelOption{Value: level, Key: l.shortLevelKey(level)})
	}
	v.Languages = p.catalog.languages
	return p.render(w, r, page{name: "admin-proofing", status: formStatus(a.Errors), lang: l, data: v})
}

// AdminProofingStep renders one step of an event; with errors or a problem of the passkey the status is 422.
func (p *Pages) AdminProofingStep(w http.ResponseWriter, r *http.Request, a AdminProofingStep) error {
	l := p.catalog.choose(r, nil)
	frame, err := l.proofingFrame(a.ProofingHead)
	if err != nil {
		return err
	}
	signing, err := l.signingView(a.Signing)
	if err != nil {
		return err
	}
	a.Values = slices.Clone(a.Values) // the caller's stay as they are
	for n, v := range a.Values {
		switch v.Kind {
		case "birthdate":
			a.Values[n].Value = l.date(v.Value)
		case "sex":
			a.Values[n].Value = l.wordOr("gender."+v.Value, v.Value)
		}
	}
	status := formStatus(a.Errors)
	if signing != nil && signing.Problem != "" {
		status = ceremonyStatus(signing.Problem)
	}
	return p.render(w, r, page{name: "admin-proofing-step", status: status, lang: l, data: struct {
		AdminProofingStep
		Frame     proofingFrame
		Signing   *signingView
		Languages []*language
	}{a, frame, signing, p.catalog.languages}})
}

// proofingRefusals are the refusals at the desk that there are words for.
var proofingRefusals = []string{
	"answered", "channel", "claim", "claimed", "code", "code_expired", "code_locked", "code_missing", "code_wrong", "date", "decided", "ended", "evidence", "evidence_type",
	"incomplete", "issuer", "jurisdiction", "method", "no_code", "no_contact", "no_duplicate", "no_evidence", "no_notification", "not_decided", "not_draft", "not_in_force", "not_lower",
	"not_pending", "notification", "own", "person_state", "photo", "possible_duplicate", "result", "same_person", "signature", "source", "stale", "supports", "time",
	"too_many_codes", "type", "which_notification",
}

// ProofingRefusalKey is the text key of a refusal at the desk; one that there are no words for has a general text.
func ProofingRefusalKey(code string) string {
	if slices.Contains(proofingRefusals, code) {
		return "admin.proofing.refused." + code
	}
	return "admin.proofing.refused.other"
}
