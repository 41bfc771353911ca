package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

var clerk = idp.Reading{Actor: "clerk"}

func text(kind idp.AttributeKind, value string) idp.Attribute {
	return idp.Attribute{Kind: kind, Text: value}
}

func named(given, family string) idp.Attribute {
	return idp.Attribute{Kind: idp.AttributeName, Name: &idp.HumanName{Given: given, Family: family}}
}

func livingAt(street string) idp.Attribute {
	return idp.Attribute{Kind: idp.AttributeAddress, Address: &idp.Address{Street: street, City: "Boston", State: "MA", PostalCode: "02108", Country: "US"}}
}

func (i *Identity) changed(t *testing.T, p idp.Person, act Act, values ...idp.Attribute) ChangeResult {
	t.Helper()
	result, err := i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: p.ID}, Act: act, Values: values, Reason: "told so"}, clerk)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// audited are the details of a person's events of an action, the newest first.
func (i *Identity) audited(t *testing.T, personID, action string) []string {
	t.Helper()
	events, err := i.Store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: personID, Action: action})
	if err != nil {
		t.Fatal(err)
	}
	details := make([]string, len(events))
	for n, e := range events {
		details[n] = e.Detail
	}
	return details
}

func code(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func TestR12_ChangedValueIsUnverifiedUntilItIsVerifiedAgain(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]idp.Attribute{
		"name": named("María", "Okafor"), "address": livingAt("7 Elm Street"), "phone": text(idp.AttributePhone, "+12125550199"),
		"e-mail": text(idp.AttributeEmail, "new@example.org"),
	} {
		for _, act := range []Act{Changed, Corrected} {
			t.Run(name+" "+string(act), func(t *testing.T) {
				t.Parallel()
				i := newRoom(t)
				p := i.add(t, maria(), idp.IDIAL1_8)
				before, _ := idp.Current(p.Attributes, value.Kind)
				result := i.changed(t, p, act, value)
				now, ok := idp.Current(result.Person.Attributes, value.Kind)
				if !ok || now.Status != idp.SelfAsserted || now.Worth() != idp.Unverified || now.ProofingID != "" || !now.VerifiedAt.IsZero() {
					t.Errorf("the new value is %+v", now)
				}
				if now.ID == before.ID {
					t.Error("the new value has the id under which the old one was verified")
				}
				if len(result.Unverified) != 1 || result.Unverified[0] != value.Kind {
					t.Errorf("unverified: %v", result.Unverified)
				}
				// The level is that of the proofing, which still happened.
				if result.Person.Level != idp.IDIAL1_8 || result.Person.Identifier.IsZero() {
					t.Errorf("level %q, identifier %v", result.Person.Level, result.Person.Identifier)
				}
			})
		}
	}
}

func TestChangeKeepsTheOldValueAndCorrectionDoesNot(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	total := len(p.Attributes)

	moved := livingAt("7 Elm Street")
	moved.ValidFrom = "2026-01-15"
	result := i.changed(t, p, Changed, moved)
	if len(result.Person.Attributes) != total+1 || result.Person.Address.Street != "7 Elm Street" {
		t.Fatalf("after moving: %+v", result.Person.Attributes)
	}
	old := find(result.Person, func(a idp.Attribute) bool { return a.Kind == idp.AttributeAddress && !a.IsCurrent() })
	if old == nil || old.Address.Street != "12 Chestnut Street" || old.ValidTo != "2026-01-15" || old.EndedAt.IsZero() || old.Use != "old" || old.Status != idp.Verified {
		t.Errorf("the old address is %+v", old)
	}

	result = i.changed(t, p, Corrected, livingAt("77 Elm Street"))
	now, _ := idp.Current(result.Person.Attributes, idp.AttributeAddress)
	if len(result.Person.Attributes) != total+1 || now.Address.Street != "77 Elm Street" || now.ValidFrom != "2026-01-15" || now.Use != "home" {
		t.Errorf("after a correction: %+v", result.Person.Attributes)
	}
	if wrong := find(result.Person, func(a idp.Attribute) bool { return a.Address != nil && a.Address.Street == "7 Elm Street" }); wrong != nil {
		t.Errorf("the typo is still there: %+v", wrong)
	}
	if audit := i.audited(t, p.ID, "person.correct"); len(audit) != 1 || !strings.Contains(audit[0], `"7 Elm Street"`) || !strings.Contains(audit[0], `"77 Elm Street"`) || !strings.Contains(audit[0], "told so") {
		t.Errorf("the audit log has %q", audit)
	}
	if audit := i.audited(t, p.ID, "person.change"); len(audit) != 1 || !strings.Contains(audit[0], `"status":"verified","level":"idial1.8"`) {
		t.Errorf("the audit log has %q", audit)
	}
}

func find(p idp.Person, is func(idp.Attribute) bool) *idp.Attribute {
	for n := range p.Attributes {
		if is(p.Attributes[n]) {
			return &p.Attributes[n]
		}
	}
	return nil
}

func TestWhatWasSoAlreadyIsNotWritten(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	result := i.changed(t, p, Changed, text(idp.AttributePhone, maria().Phone))
	if !result.Same || result.Person.Revision != p.Revision || len(i.audited(t, p.ID, "person.change")) != 0 {
		t.Errorf("got %+v", result)
	}
	if phone, _ := idp.Current(result.Person.Attributes, idp.AttributePhone); phone.Status != idp.Verified {
		t.Errorf("the phone is %s", phone.Status)
	}
}

func TestSecondPhoneStandsBesideTheFirst(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	work := text(idp.AttributePhone, "+12125550199")
	work.Use = "work"
	got := i.changed(t, p, Changed, work).Person
	if got.Phone != maria().Phone || len(got.Attributes) != len(p.Attributes)+1 {
		t.Errorf("the phone is %s, with %d values", got.Phone, len(got.Attributes))
	}
}

func TestStaleChangeSaysSo(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.Unverified)
	i.changed(t, p, Changed, text(idp.AttributePhone, "+12125550199"))
	_, err := i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: p.ID, Revision: p.Revision}, Act: Changed, Values: []idp.Attribute{named("X", "Y")}}, clerk)
	if !errors.Is(err, idp.ErrStale) || !strings.Contains(err.Error(), "Look at it again") {
		t.Errorf("got %v", err)
	}
}

func TestChangesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.Unverified)
	since := i.changed(t, p, Changed, func() idp.Attribute { a := livingAt("1 A St"); a.ValidFrom = "2026-02-01"; return a }())
	dated := func(a idp.Attribute, from, to string) idp.Attribute { a.ValidFrom, a.ValidTo = from, to; return a }
	for name, c := range map[string]struct {
		act   Act
		value idp.Attribute
		want  string
	}{
		"another birthdate":         {Changed, text(idp.AttributeBirthdate, "1950-01-01"), "birthdate"},
		"no value":                  {Changed, idp.Attribute{Kind: idp.AttributePhone}, "value"},
		"value of another kind":     {Changed, idp.Attribute{Kind: idp.AttributeName, Text: "Maria"}, "value"},
		"no family name":            {Changed, named("Maria", ""), "value"},
		"unknown kind":              {Changed, text("shoe size", "42"), "value"},
		"begins in the future":      {Changed, dated(livingAt("2 B St"), "2999-01-01", ""), "date"},
		"begins before the old one": {Changed, dated(livingAt("2 B St"), "2026-01-01", ""), "valid_from"},
		"ends before it begins":     {Changed, dated(livingAt("2 B St"), "2026-03-02", "2026-03-01"), "date"},
	} {
		_, err := i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: p.ID}, Act: c.act, Values: []idp.Attribute{c.value}}, clerk)
		if code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if now, err := i.Store.Person(t.Context(), p.ID); err != nil || now.Revision != since.Person.Revision {
		t.Errorf("a refused change was written (%v)", err)
	}
	if got := i.changed(t, p, Corrected, text(idp.AttributeBirthdate, "1948-02-28")).Person; got.Birthdate != "1948-02-28" {
		t.Errorf("corrected birthdate %s", got.Birthdate)
	}
	_, err := i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: idp.NewID()}, Act: Changed, Values: []idp.Attribute{named("A", "B")}}, clerk)
	if !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestValuesOfBeforeAreAddedEndedAndRemoved(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	target := Target{PersonID: p.ID}
	maiden := named("María", "López")
	maiden.Use, maiden.ValidTo = "maiden", "1972-05-01"
	got, err := i.AddHistorical(t.Context(), target, maiden, "", clerk)
	if err != nil {
		t.Fatal(err)
	}
	was := find(got, func(a idp.Attribute) bool { return a.Use == "maiden" })
	if got.FamilyName != "García" || was == nil || was.IsCurrent() || was.Status != idp.SelfAsserted {
		t.Fatalf("got %+v", got.Attributes)
	}
	if _, err := i.AddHistorical(t.Context(), target, maiden, "", clerk); code(err) != "known" {
		t.Errorf("twice: %v", err)
	}
	phone, _ := idp.Current(got.Attributes, idp.AttributePhone)
	if got, err = i.EndAttribute(t.Context(), target, phone.ID, "given up", clerk); err != nil || got.Phone != "" {
		t.Fatalf("ended phone %q (%v)", got.Phone, err)
	}
	if _, err = i.EndAttribute(t.Context(), target, phone.ID, "again", clerk); code(err) != "ended" {
		t.Errorf("ended twice: %v", err)
	}
	if got, err = i.RemoveAttribute(t.Context(), target, was.ID, "somebody else's", clerk); err != nil || find(got, func(a idp.Attribute) bool { return a.ID == was.ID }) != nil {
		t.Errorf("removed: %+v (%v)", got.Attributes, err)
	}
	if audit := i.audited(t, p.ID, "person.remove"); len(audit) != 1 || !strings.Contains(audit[0], "López") {
		t.Errorf("the audit log has %q", audit)
	}
	for _, kind := range []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate} {
		a, _ := idp.Current(got.Attributes, kind)
		if _, err := i.RemoveAttribute(t.Context(), target, a.ID, "", clerk); code(err) != "needed" {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := i.RemoveAttribute(t.Context(), target, "none", "", clerk); code(err) != "no_value" {
		t.Errorf("none: %v", err)
	}
}

func TestAccountsAreSuspendedResumedAndClosed(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	steps := []struct {
		name string
		do   func(reason string) (idp.Person, error)
		want idp.PersonState
		code string
	}{
		{"resume", func(r string) (idp.Person, error) { return i.Resume(t.Context(), p.ID, r, clerk) }, "", "state"},
		{"suspend", func(r string) (idp.Person, error) { return i.Suspend(t.Context(), p.ID, r, clerk) }, idp.PersonSuspended, ""},
		{"suspend again", func(r string) (idp.Person, error) { return i.Suspend(t.Context(), p.ID, r, clerk) }, idp.PersonSuspended, ""},
		{"resume", func(r string) (idp.Person, error) { return i.Resume(t.Context(), p.ID, r, clerk) }, idp.PersonActive, ""},
		{"close", func(r string) (idp.Person, error) { return i.Close(t.Context(), p.ID, r, clerk) }, idp.PersonClosed, ""},
		{"close again", func(r string) (idp.Person, error) { return i.Close(t.Context(), p.ID, r, clerk) }, "", "closed"},
		{"resume closed", func(r string) (idp.Person, error) { return i.Resume(t.Context(), p.ID, r, clerk) }, "", "closed"},
	}
	for _, s := range steps {
		if _, err := s.do(""); code(err) != "reason" {
			t.Errorf("%s without a reason: %v", s.name, err)
		}
		got, err := s.do("because")
		if code(err) != s.code || s.code == "" && (err != nil || got.State != s.want) {
			t.Errorf("%s: %s, %v", s.name, got.State, err)
		}
	}
	if audit := i.audited(t, p.ID, "person.close"); len(audit) != 1 || !strings.Contains(audit[0], "because") {
		t.Errorf("the audit log has %q", audit)
	}
}

// TestR3_ClosedAccountKeepsItsIdentifierForEver: HL7 Identity Matching IG 2.0.0, (identifier, assigner) is never reassigned.
func TestR3_ClosedAccountKeepsItsIdentifierForEver(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	if _, err := i.Close(t.Context(), p.ID, "asked for it", clerk); err != nil {
		t.Fatal(err)
	}
	next := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, Identifier: p.Identifier, CreatedAt: time.Now()}
	if err := i.Store.CreatePerson(t.Context(), next, idp.Invitation{}); !errors.Is(err, idp.ErrExists) {
		t.Errorf("the identifier of a closed account was given away: %v", err)
	}
	// She comes back: she is found, and does not get a second one.
	back, err := i.AddPerson(t.Context(), Addition{Demographics: maria(), Role: idp.Patient}, clerk)
	if err != nil || len(back.Duplicates) != 1 {
		t.Fatalf("%d duplicates, %v", len(back.Duplicates), err)
	}
	event := i.started(t, back.Person, idp.IDIAL1_8)
	i.filled(t, event, licence, insurance)
	if _, err := i.Complete(t.Context(), event, Decision{}, clerk); !errors.Is(err, ErrPossibleDuplicate) {
		t.Fatalf("a second identifier: %v", err)
	}
	got, err := i.Merge(t.Context(), Merge{SurvivorID: back.Person.ID, MergedID: p.ID, Reason: "she is back"}, clerk)
	if err != nil || string(got.Identifier.Index) != string(p.Identifier.Index) {
		t.Errorf("the identifier did not come back: %v", err)
	}
}

func TestR3_IdentifierOutlivesANewName(t *testing.T) {
	t.Parallel()
	i := newRoom(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	before, err := i.Identifier(t.Context(), p, clerk)
	if err != nil {
		t.Fatal(err)
	}
	got := i.changed(t, p, Changed, named("María", "Okafor"), livingAt("7 Elm Street")).Person
	if after, err := i.Identifier(t.Context(), got, clerk); err != nil || after != before || got.FamilyName != "Okafor" {
		t.Errorf("identifier %q became %q (%v)", before, after, err)
	}
}
