package identity

import (
	"context"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// The rules of HL7 Identity Matching IG 2.0.0, Digital Identifier, R1 to R16 as numbered in docs/requirements.md, that are about making
// one and keeping it.

// reached is somebody who was proofed at a level, with documents that bear it.
func (i *Identity) reached(t *testing.T, d idp.Demographics, level idp.Level) idp.Person {
	t.Helper()
	p := i.add(t, d, idp.Unverified)
	i.inForce(t, p, level, documents(p, level)...)
	return i.person(t, p.ID)
}

// documents bear a level, with numbers that nobody else has.
func documents(p idp.Person, level idp.Level) []EvidenceInput {
	own := func(e EvidenceInput) EvidenceInput { e.Number = p.ID + string(e.Type); return e }
	if level.AtLeast(idp.IDIAL2) {
		return []EvidenceInput{own(passport)}
	}
	return []EvidenceInput{own(licence), own(insurance)}
}

// waiting is an event of a person that comes into force when its notification is sent.
func (i *Identity) waiting(t *testing.T, p idp.Person) (event, notification string) {
	t.Helper()
	event = i.started(t, p, idp.IDIAL1_8)
	i.filled(t, event, documents(p, idp.IDIAL1_8)...)
	must[idp.Proofing](t)(i.Complete(t.Context(), event, Decision{}, proofer))
	return event, must[PreparedNotification](t)(i.PrepareNotification(t.Context(), event, NotificationOrder{Channel: idp.ChannelPostal}, proofer)).ID
}

func TestR1_IdentifierIsARandomUUIDVersion4(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	seen := map[string]bool{}
	for range 200 {
		sealed := must[idp.SealedIdentifier](t)(i.mint())
		value := must[[]byte](t)(i.Sealer.Unseal(sealed.Sealed, identifierPurpose))
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).Match(value) || seen[string(value)] {
			t.Fatalf("%q is no new UUID of version 4", value)
		}
		seen[string(value)] = true
	}
}

// Never two identifiers for one person: found out at the desk, when the event is completed.
func TestR2_OneIdentifierPerPerson(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	holder := i.reached(t, maria(), idp.IDIAL1_8)
	for name, c := range map[string]struct {
		change  func(*idp.Demographics)
		refused bool
	}{
		"everything the same": {func(*idp.Demographics) {}, true},
		"without accents":     {func(d *idp.Demographics) { d.GivenName, d.FamilyName, d.Email = "MARIA", "Garcia", "m@example.net" }, true},
		"moved": {func(d *idp.Demographics) {
			d.Address, d.Email, d.Phone = samuel().Address, "new@example.net", "+12125550177"
		}, true},
		"a slip in the date": {func(d *idp.Demographics) { d.Birthdate = "1948-02-19" }, true},
		"married":            {func(d *idp.Demographics) { d.FamilyName = "Okafor" }, true},
		"twin":               {func(d *idp.Demographics) { d.GivenName = "Elena" }, false},
		"daughter":           {func(d *idp.Demographics) { d.Birthdate = "1979-10-11" }, false},
		"somebody else":      {func(d *idp.Demographics) { *d = samuel() }, false},
	} {
		d := maria()
		c.change(&d)
		p := i.add(t, d, idp.Unverified)
		event := i.started(t, p, idp.IDIAL1_8)
		i.filled(t, event, documents(p, idp.IDIAL1_8)...)
		_, err := i.Complete(t.Context(), event, Decision{}, proofer)
		var found *PossibleDuplicate
		if errors.As(err, &found) != c.refused || !c.refused && err != nil {
			t.Errorf("%s: %v, want refused %t", name, err, c.refused)
			continue
		}
		if !c.refused {
			continue
		}
		if found.EventID != event || len(found.Candidates) != 1 || found.Candidates[0].Person.ID != holder.ID || strings.Contains(err.Error(), "García") {
			t.Errorf("%s: found %v", name, err)
		}
		if p = i.person(t, p.ID); !p.Identifier.IsZero() || p.Level != idp.Unverified {
			t.Errorf("%s: she is at %q, identifier %t", name, p.Level, !p.Identifier.IsZero())
		}
	}
}

// Somebody may have got one since the event was completed: it is looked again when it comes into force.
func TestR2_DuplicatesAreSearchedWhenTheIdentifierIsMade(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	first, second := i.add(t, maria(), idp.Unverified), i.add(t, maria(), idp.Unverified)
	a, letterA := i.waiting(t, first)
	b, letterB := i.waiting(t, second)
	must[idp.Proofing](t)(i.NotificationSent(t.Context(), a, letterA, proofer))
	_, err := i.NotificationSent(t.Context(), b, letterB, proofer)
	if !errors.Is(err, ErrPossibleDuplicate) {
		t.Fatalf("got %v", err)
	}
	if p := i.person(t, second.ID); !p.Identifier.IsZero() || p.Level != idp.Unverified {
		t.Errorf("she is at %q, identifier %t", p.Level, !p.Identifier.IsZero())
	}
	// The way out when she is somebody else.
	must[idp.Proofing](t)(i.NotADuplicate(t.Context(), b, "twins, both were here", proofer))
	must[idp.Proofing](t)(i.NotificationSent(t.Context(), b, letterB, proofer))
	p := i.person(t, second.ID)
	if p.Identifier.IsZero() || p.Level != idp.IDIAL1_8 || string(p.Identifier.Index) == string(i.person(t, first.ID).Identifier.Index) {
		t.Errorf("she is at %q, identifier %t", p.Level, !p.Identifier.IsZero())
	}
}

// A document with the same number is the same person, whatever the name on the record.
func TestR2_DocumentOfAHolderIsFound(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	holder := i.add(t, maria(), idp.Unverified)
	i.inForce(t, holder, idp.IDIAL2, passport)
	d := maria()
	d.GivenName, d.Birthdate, d.Address, d.Phone, d.Email = "Mary", "1948-02-28", samuel().Address, "+12125550177", "mary@example.net"
	other := i.add(t, d, idp.Unverified)
	event := i.started(t, other, idp.IDIAL2)
	i.filled(t, event, passport)
	if _, err := i.Complete(t.Context(), event, Decision{}, proofer); !errors.Is(err, ErrPossibleDuplicate) {
		t.Errorf("the same passport, and %v", err)
	}

	// A whole event at once is refused before anything of it is stored.
	third := i.add(t, d, idp.Unverified)
	began := i.now().Add(-time.Hour)
	_, err := i.RecordProofing(t.Context(), ProofingRecord{
		ProofingStart: ProofingStart{PersonID: third.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL2, PerformedBy: "Ana Clerk"}, StartedAt: began, CompletedAt: began.Add(time.Minute),
		Evidence: []RecordedEvidence{{EvidenceInput: passport, Checks: []idp.ProofingCheck{
			{Method: "vpip", Purpose: "validation", Organization: "Clinic", At: began, Result: idp.ResultPassed}}}},
		Comparison:  &idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: "e1", Comparator: "Ana Clerk", Result: idp.ResultPassed, At: began},
		Address:     &AddressInput{Method: assurance.AddressBySource, Source: "Postal Service"},
		Contacts:    []RecordedContact{{Attribute: "phone", Channel: idp.ChannelSMS, ConfirmedAt: began, Exclusive: true}},
		Declaration: &idp.IdentityDeclaration{TextVersion: "2026-11", Signature: "typed", Acknowledged: true, SignedAt: began, Attested: []idp.AttributeKind{"name", "birthdate", "address"}},
	}, proofer)
	if !errors.Is(err, ErrPossibleDuplicate) {
		t.Errorf("the same passport in a whole event, and %v", err)
	}
	if stored := must[[]idp.Proofing](t)(i.Store.Proofings(t.Context(), idp.ProofingFilter{PersonID: third.ID})); len(stored) > 0 {
		t.Errorf("%d events were stored", len(stored))
	}
}

func TestR2_OverrideNeedsAReasonAndIsAudited(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	holder := i.reached(t, maria(), idp.IDIAL1_8)
	twin := i.add(t, maria(), idp.Unverified)
	event := i.started(t, twin, idp.IDIAL1_8)
	i.filled(t, event, documents(twin, idp.IDIAL1_8)...)
	_, err := i.Complete(t.Context(), event, Decision{NotADuplicate: " "}, proofer)
	wantRefusal(t, err, "reason")
	_, err = i.NotADuplicate(t.Context(), event, "", proofer)
	wantRefusal(t, err, "reason")
	must[idp.Proofing](t)(i.Complete(t.Context(), event, Decision{NotADuplicate: "twin sister, both were here"}, proofer))
	i.sent(t, event)
	audit := i.audited(t, twin.ID, "duplicate.override")
	if len(audit) != 1 || !strings.Contains(audit[0], "both were here") || !strings.Contains(audit[0], holder.ID) || i.person(t, twin.ID).Identifier.IsZero() {
		t.Errorf("the audit log has %q", audit)
	}
	_, err = i.NotADuplicate(t.Context(), event, "once more", proofer)
	wantRefusal(t, err, "decided")
	// Who is found later is not meant by it.
	lonely := i.add(t, samuel(), idp.Unverified)
	event = i.started(t, lonely, idp.IDIAL1_8)
	_, err = i.NotADuplicate(t.Context(), event, "nobody is there", proofer)
	wantRefusal(t, err, "no_duplicate")
}

func TestR2_TwoAtOnceDoNotMissEachOther(t *testing.T) {
	t.Parallel()
	room, _ := clocked(t)
	type letter struct{ event, id string }
	var letters []letter
	for range 2 {
		event, id := room.waiting(t, room.add(t, maria(), idp.Unverified))
		letters = append(letters, letter{event, id})
	}
	first := gathering{Store: room.Store.(keyed).Store, here: make(chan struct{}), all: make(chan struct{})}
	i := New(Config{Store: &first, Sealer: room.Sealer, Now: room.Now})
	errs := make(chan error, len(letters))
	for _, l := range letters {
		go func() {
			_, err := i.NotificationSent(t.Context(), l.event, l.id, proofer)
			errs <- err
		}()
	}
	<-first.here // one has looked for duplicates, and has found none
	if i.minting.TryLock() {
		i.minting.Unlock() // it would not have to wait
		t.Fatal("another may look before she is stored")
	}
	close(first.all)
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), ErrPossibleDuplicate) {
		t.Errorf("got %v and %v, want one of the two refused", a, b)
	}
}

// gathering is a store that stops the first who looks for duplicates.
type gathering struct {
	Store
	once sync.Once
	here chan struct{}
	all  chan struct{}
}

func (g *gathering) PeopleByMatchKeys(ctx context.Context, keys []string, limit int) ([]idp.Person, error) {
	found, err := g.Store.PeopleByMatchKeys(ctx, keys, limit)
	g.once.Do(func() {
		close(g.here)
		<-g.all
	})
	return found, err
}

// Neither is the other, nor a part of it, nor made of what the other is made of: over many people, no two of identifiers, subs, ids and
// user handles share a run of digits that is longer than chance makes.
func TestR4_IdentifierIsNotTheSub(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	var identifiers, others []string
	for range 60 {
		p := i.add(t, maria(), idp.IDIAL1_8)
		identifiers = append(identifiers, digitsOf(must[string](t)(i.Identifier(t.Context(), p, clerk))))
		others = append(others, digitsOf(p.ID), hex.EncodeToString(p.UserHandle))
		for _, sector := range []string{"one", "two"} {
			others = append(others, digitsOf(must[string](t)(i.Store.Subject(t.Context(), p.ID, sector))))
		}
	}
	const chance = 12 // 48 bits: among 60 × 240 pairs of a few dozen places each, once in some forty million runs
	runs := map[string]string{}
	for _, other := range others {
		for at := 0; at+chance <= len(other); at++ {
			runs[other[at:at+chance]] = other
		}
	}
	for _, identifier := range identifiers {
		for at := 0; at+chance <= len(identifier); at++ {
			if other := runs[identifier[at:at+chance]]; other != "" {
				t.Errorf("the identifier %s shares %s with %s", identifier, identifier[at:at+chance], other)
			}
		}
	}
}

func digitsOf(uuid string) string { return strings.ReplaceAll(uuid, "-", "") }

// From IDIAL1.8 up, from an event of our own that is in force; from nothing else.
func TestR5_NoIdentifierBelowIDIAL1_8(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	added, err := i.AddPerson(t.Context(), Addition{Demographics: maria(), Role: idp.Patient}, clerk)
	if err != nil || !added.Person.Identifier.IsZero() || added.Person.Level != idp.Unverified {
		t.Errorf("who was added is at %q, identifier %t (%v)", added.Person.Level, !added.Person.Identifier.IsZero(), err)
	}
	for _, level := range idp.Levels {
		p := i.add(t, maria(), idp.Unverified)
		event := i.started(t, p, idp.IDIAL2)
		i.filled(t, event, documents(p, idp.IDIAL2)...)
		if level != idp.IDIAL2 {
			must[idp.Proofing](t)(i.Lower(t.Context(), event, level, "for the test", proofer))
		}
		done, err := i.Complete(t.Context(), event, Decision{NotADuplicate: "test"}, proofer)
		if err != nil {
			t.Fatalf("%s: %v", level, err)
		}
		if done.Status == idp.ProofingPendingNotification {
			if p = i.person(t, p.ID); !p.Identifier.IsZero() {
				t.Errorf("%s: an identifier before the notification is sent", level)
			}
			i.sent(t, event)
		}
		p = i.person(t, p.ID)
		if p.Level != level || p.Identifier.IsZero() == level.AtLeast(idp.IDIAL1_8) {
			t.Errorf("%s: she is at %q, identifier %t", level, p.Level, !p.Identifier.IsZero())
		}
	}
}

// An agent of somebody else does not verify for us.
func TestR5_NoIdentifierFromAThirdParty(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	start := ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1_8, PerformedBy: "Agency", ThirdParty: true}
	_, err := i.Start(t.Context(), start, proofer)
	wantRefusal(t, err, "third_party")
	_, err = i.RecordProofing(t.Context(), ProofingRecord{ProofingStart: start, StartedAt: time.Unix(1, 0), CompletedAt: time.Unix(2, 0)}, proofer)
	wantRefusal(t, err, "third_party")
}

// Two for the same details share nothing.
func TestR10_IdentifierTellsNothing(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	values := map[string]bool{}
	for range 10 {
		p := i.add(t, maria(), idp.IDIAL1_8)
		value := must[string](t)(i.Identifier(t.Context(), p, clerk))
		if values[value] {
			t.Fatalf("%q again", value)
		}
		values[value] = true
		for _, part := range []string{p.ID, p.Birthdate, p.Phone[2:]} {
			if strings.Contains(strings.ReplaceAll(value, "-", ""), strings.ReplaceAll(part, "-", "")) {
				t.Errorf("%s holds %s", value, part)
			}
		}
	}
}

// Neither an initial nor an alias is a legal name, and nothing is verified of who has none.
func TestR11_LegalNameIsWhole(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	for name, change := range map[string]func(*idp.Demographics){
		"initial": func(d *idp.Demographics) { d.GivenName = "M." }, "initials": func(d *idp.Demographics) { d.GivenName = "M. E." },
	} {
		d := maria()
		change(&d)
		p := i.add(t, d, idp.Unverified)
		event := i.started(t, p, idp.IDIAL1_8)
		i.filled(t, event, documents(p, idp.IDIAL1_8)...)
		_, err := i.Complete(t.Context(), event, Decision{AcceptLower: true}, proofer)
		if !errors.As(err, new(*Incomplete)) || !strings.Contains(err.Error(), "full legal name") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
