package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// Refusal is a step of a proofing that cannot be taken. It says why, and what to do, to the one who carries it out.
type Refusal struct {
	Code string // for programs and translations
	Text string
}

func (r *Refusal) Error() string { return r.Text }

// RefusalCode is the code, for rooms that have words of their own for it.
func (r *Refusal) RefusalCode() string { return r.Code }

func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Incomplete is an event that does not bear the level it claims.
type Incomplete struct {
	Wanted     idp.Level
	Assessment assurance.Assessment
}

func (e *Incomplete) Error() string {
	text := fmt.Sprintf("the records do not bear %s", strings.ToUpper(string(e.Wanted)))
	if e.Assessment.Reached != idp.Unverified {
		text += fmt.Sprintf(", only %s", strings.ToUpper(string(e.Assessment.Reached)))
	}
	text += ". Missing:"
	for _, r := range e.Assessment.Of(e.Wanted).Missing() {
		if r.ID != assurance.RequireNotification { // comes afterwards
			text += "\n- " + r.Words()
		}
	}
	return text
}

// RefusalCode is the code of an event that is not complete.
func (e *Incomplete) RefusalCode() string { return "incomplete" }

// step is one change of an event, with the person it is about.
type step struct {
	p      idp.Proofing
	person idp.Person
	now    time.Time
	by     idp.Reading
	events []idp.AuditEvent
	// messages go out when the change is saved.
	messages []idp.Message
	// settle: what is in force may have changed, so the person is settled anew and saved with the event.
	settle bool
	// after is returned when the change is saved: a refusal that has to be remembered.
	after error
}

// trail is what the change leaves behind.
func (s *step) trail() idp.Trail { return idp.Trail{Events: s.events, Messages: s.messages} }

// attempts bounds how often a change is tried again because somebody else was faster.
const attempts = 8

// change reads an event and its person, lets f change them, and saves both at once. When somebody else was faster it begins
// anew, on what is there then.
func (i *Identity) change(ctx context.Context, id string, by idp.Reading, f func(s *step) error) (idp.Proofing, error) {
	var err error
	for range attempts {
		var p idp.Proofing
		if p, err = i.changeOnce(ctx, id, by, f); !errors.Is(err, idp.ErrStale) {
			return p, err
		}
	}
	return idp.Proofing{}, err
}

func (i *Identity) changeOnce(ctx context.Context, id string, by idp.Reading, f func(s *step) error) (idp.Proofing, error) {
	p, err := i.Store.Proofing(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return p, fmt.Errorf("there is no proofing event %s: %w", id, idp.ErrNotFound)
	}
	if err != nil {
		return p, err
	}
	person, err := i.Store.Person(ctx, p.PersonID)
	if err != nil {
		return p, err
	}
	s := &step{p: p, person: person, now: i.now(), by: by}
	if err := f(s); err != nil {
		return p, err
	}
	if !s.settle {
		if err := i.Store.SaveProofing(ctx, s.p, nil, s.trail()); err != nil {
			return p, err
		}
		return s.p, s.after
	}
	outranked, err := i.saveSettled(ctx, s)
	if err != nil {
		return p, err
	}
	for _, old := range outranked {
		if err := i.supersede(ctx, old, s.p.ID, by); err != nil {
			return s.p, err
		}
	}
	return s.p, s.after
}

// saveSettled saves an event with what it makes of the person, and returns the events that it outranks.
func (i *Identity) saveSettled(ctx context.Context, s *step) (outranked []idp.Proofing, err error) {
	// Two of this process do not look for duplicates at once, or neither would find the other; those of two processes are found by
	// Duplicates.
	i.minting.Lock()
	defer i.minting.Unlock()
	if outranked, err = i.settle(ctx, s); err != nil {
		return nil, err
	}
	return outranked, i.Store.SaveProofing(ctx, s.p, &s.person, s.trail())
}

// now is the time as the store keeps it.
func (i *Identity) now() time.Time { return i.Now().UTC().Truncate(time.Microsecond) }

// note adds a line to the audit log. It never has the number of evidence, a code or a link in it.
func (i *Identity) note(s *step, action, detail string) {
	e := i.event(s.by, action, s.p.PersonID, strings.TrimSpace(s.p.ID+" "+detail))
	e.At = s.now
	s.events = append(s.events, e)
}

// draft refuses a step in an event that is not being recorded any more, and one by the person herself: nobody proofs herself. Who
// takes one is remembered, because the second pair of eyes is another's.
func (s *step) draft() error {
	if err := s.open(); err != nil {
		return err
	}
	if s.by.Actor == s.p.PersonID {
		return refuse("own", "nobody proofs herself: somebody else has to do it")
	}
	if s.by.Actor != s.p.PerformedBy && !slices.Contains(s.p.StepsBy, s.by.Actor) {
		s.p.StepsBy = append(slices.Clone(s.p.StepsBy), s.by.Actor)
	}
	return nil
}

// open refuses a step in an event that is not being recorded any more.
func (s *step) open() error {
	if s.p.Status != idp.ProofingDraft {
		return refuse("not_draft", "the event is %s: nothing can be added to it. Start a new event; evidence of this one is not used again", s.p.Status)
	}
	return nil
}

// attribute finds one of the person's current attributes, by its id, or by its kind.
func (s *step) attribute(name string) (idp.Attribute, error) {
	for _, a := range s.person.Attributes {
		if a.IsCurrent() && a.ID == name {
			return a, nil
		}
	}
	if a, ok := idp.Current(s.person.Attributes, idp.AttributeKind(name)); ok {
		return a, nil
	}
	return idp.Attribute{}, refuse("no_attribute", "the person has no current %s", name)
}

func (s *step) evidence(id string) (*idp.Evidence, error) {
	i := slices.IndexFunc(s.p.Evidence, func(e idp.Evidence) bool { return e.ID == id })
	if i < 0 {
		var have []string
		for _, e := range s.p.Evidence {
			have = append(have, e.ID+" ("+string(e.Type)+")")
		}
		return nil, refuse("no_evidence", "the event has no evidence %q; it has: %s", id, strings.Join(have, ", "))
	}
	return &s.p.Evidence[i], nil
}

// ProofingStart is how an event begins.
type ProofingStart = idp.ProofingStart

var eventTypes = []string{idp.OnsiteAttended, idp.OnsiteUnattend, idp.RemoteAttended, idp.RemoteUnattend}

func checkStart(in ProofingStart) error {
	switch {
	case !slices.Contains(eventTypes, in.Type):
		return refuse("type", "%q is not a kind of event: one of %s", in.Type, strings.Join(eventTypes, ", "))
	case in.Claimed == idp.Unverified || !slices.Contains(idp.Levels, in.Claimed):
		return refuse("claimed", "%q is not a level that an event can claim, such as idial1.8", in.Claimed)
	case strings.TrimSpace(in.PerformedBy) == "":
		return refuse("performed_by", "who carries out the proofing must be named")
	case in.PerformedBy == in.PersonID:
		return refuse("own", "nobody proofs herself: somebody else has to do it")
	case !slices.Contains([]string{"", idp.RoleAgent, idp.RoleReferee}, in.PerformedRole):
		return refuse("performed_role", "%q is not a role: %s or %s", in.PerformedRole, idp.RoleAgent, idp.RoleReferee)
	// HL7 Identity Matching IG 2.0.0, Digital Identifier: only our own trained employees are trusted referees.
	case in.PerformedRole == idp.RoleReferee && in.ThirdParty:
		return refuse("referee", "a trusted referee is one of our own trained employees, never a third party's")
	case in.ThirdParty && in.Claimed != idp.IDIAL1:
		return refuse("third_party", "an agent of a third party does not verify for us: nothing above IDIAL1 can come of it")
	}
	return nil
}

// newProofing makes an event of a person; it is not stored.
func (i *Identity) newProofing(ctx context.Context, in ProofingStart, by idp.Reading) (*step, error) {
	if err := checkStart(in); err != nil {
		return nil, err
	}
	person, err := i.Store.Person(ctx, in.PersonID)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, fmt.Errorf("there is no person %s: %w", in.PersonID, idp.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if person.State != idp.PersonActive {
		return nil, refuse("person_state", "the account is %s: nobody can be proofed for it", person.State)
	}
	s := &step{person: person, now: i.now(), by: by}
	role := in.PerformedRole
	if role == "" {
		role = idp.RoleAgent
	}
	s.p = idp.Proofing{
		ID: idp.NewID(), PersonID: person.ID, VerificationProcess: idp.NewUUIDv4(), Framework: idp.FrameworkIDI, Type: in.Type,
		Claimed: in.Claimed, Status: idp.ProofingDraft, StartedAt: s.now, PerformedBy: strings.TrimSpace(in.PerformedBy), PerformedRole: role,
		ThirdParty: in.ThirdParty, Location: in.Location, Organization: in.Organization, PracticesStated: in.Practices, IP: by.IP,
		Exception: in.Exception, ApplicantReference: in.ApplicantReference, Revision: 1,
	}
	i.note(s, "proofing.start", fmt.Sprintf("%s, claims %s", in.Type, in.Claimed))
	return s, nil
}

// Start begins an event. A step up is an event of its own from the beginning: it takes nothing over from an earlier one.
func (i *Identity) Start(ctx context.Context, in ProofingStart, by idp.Reading) (idp.Proofing, error) {
	s, err := i.newProofing(ctx, in, by)
	if err != nil {
		return idp.Proofing{}, err
	}
	if err := i.Store.StartProofing(ctx, s.p, s.events...); err != nil {
		return idp.Proofing{}, err
	}
	return s.p, nil
}

// Assess is what an event's records bear now.
func (i *Identity) Assess(ctx context.Context, id string) (idp.Proofing, idp.Person, assurance.Assessment, error) {
	p, err := i.Store.Proofing(ctx, id)
	if err != nil {
		return p, idp.Person{}, assurance.Assessment{}, err
	}
	person, err := i.Store.Person(ctx, p.PersonID)
	if err != nil {
		return p, person, assurance.Assessment{}, err
	}
	return p, person, assurance.Assess(p, person, i.now()), nil
}
