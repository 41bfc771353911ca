package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

var proofer = idp.Reading{Actor: "Ana Clerk"}

// clocked is a room whose clock the test moves.
func clocked(t *testing.T) (*Identity, *time.Time) {
	i := newRoom(t)
	at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	i.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); at = at.Add(time.Second); return at }
	return i, &at
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// started begins an event on site.
func (i *Identity) started(t *testing.T, p idp.Person, level idp.Level) string {
	t.Helper()
	event := must[idp.Proofing](t)(i.Start(t.Context(), ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: level, PerformedBy: "Ana Clerk"}, proofer))
	return event.ID
}

func (i *Identity) present(t *testing.T, id string, in EvidenceInput) string {
	t.Helper()
	e := must[idp.Evidence](t)(i.AddEvidence(t.Context(), id, in, proofer))
	must[idp.Proofing](t)(i.RecordCheck(t.Context(), id, idp.ProofingCheck{EvidenceID: e.ID, Method: "vpip", Purpose: "validation", Organization: in.Issuer, Result: idp.ResultPassed}, proofer))
	return e.ID
}

var (
	licence   = EvidenceInput{Type: idp.DriversLicense, Jurisdiction: "ma", Number: "S 1234-5678", ExpiresOn: "2030-01-31", Supports: []idp.AttributeKind{"name", "birthdate", "address"}}
	insurance = EvidenceInput{Type: idp.InsuranceCard, Issuer: "Blue Plan", Number: "XYZ 99", Supports: []idp.AttributeKind{"name"}}
	passport  = EvidenceInput{Type: idp.Passport, Number: "C01234567", ExpiresOn: "2031-01-31", Supports: []idp.AttributeKind{"name", "birthdate"}}
)

// filled does everything but the decision, with the first document for photo and, where it has one, address.
func (i *Identity) filled(t *testing.T, id string, documents ...EvidenceInput) {
	t.Helper()
	ctx := t.Context()
	for _, d := range documents {
		i.present(t, id, d)
	}
	must[idp.Proofing](t)(i.RecordComparison(ctx, id, idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: "e1", Comparator: "Ana Clerk", Result: idp.ResultPassed}, proofer))
	address := AddressInput{Method: assurance.AddressBySource, Source: "Postal Service"}
	if slices.Contains(documents[0].Supports, idp.AttributeAddress) {
		address = AddressInput{Method: assurance.AddressByEvidence, EvidenceID: "e1"}
	}
	must[idp.Proofing](t)(i.ConfirmAddress(ctx, id, address, proofer))
	code := must[ContactCode](t)(i.SendContactCode(ctx, id, "phone", idp.ChannelSMS, proofer))
	must[idp.Proofing](t)(i.ConfirmContact(ctx, id, ContactInput{Attribute: "phone", Channel: idp.ChannelSMS, Code: code.Code, Exclusive: true}, proofer))
	must[idp.Proofing](t)(i.SignDeclaration(ctx, id, idp.IdentityDeclaration{
		TextVersion: "2026-11", Signature: "typed", Acknowledged: true, Attested: []idp.AttributeKind{"name", "birthdate", "address"},
	}, proofer))
}

// sent notifies by post, and returns the link.
func (i *Identity) sent(t *testing.T, id string) string {
	t.Helper()
	n := must[PreparedNotification](t)(i.PrepareNotification(t.Context(), id, NotificationOrder{Channel: idp.ChannelPostal}, proofer))
	must[idp.Proofing](t)(i.NotificationSent(t.Context(), id, n.ID, proofer))
	return n.Token
}

// inForce walks a person to a level.
func (i *Identity) inForce(t *testing.T, p idp.Person, level idp.Level, documents ...EvidenceInput) (id, link string) {
	t.Helper()
	id = i.started(t, p, level)
	i.filled(t, id, documents...)
	must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
	return id, i.sent(t, id)
}

func (i *Identity) person(t *testing.T, id string) idp.Person {
	t.Helper()
	return must[idp.Person](t)(i.Store.Person(t.Context(), id))
}

func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code != code || refusal.Text == "" {
		t.Errorf("got %v, want the refusal %q", err, code)
	}
}

func TestLevelTakesEffectOnlyWhenTheNotificationIsSent(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL1_8)
	i.filled(t, id, licence, insurance)
	event := must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
	if event.Status != idp.ProofingPendingNotification || event.Achieved != idp.IDIAL1_8 {
		t.Fatalf("after completion: %s at %q", event.Status, event.Achieved)
	}
	if p = i.person(t, p.ID); p.LevelAt(i.now()) != idp.Unverified || !p.Identifier.IsZero() {
		t.Fatalf("before the notification the person is at %q", p.Level)
	}
	i.sent(t, id)
	event = must[idp.Proofing](t)(i.Store.Proofing(t.Context(), id))
	p = i.person(t, p.ID)
	if event.Status != idp.ProofingInForce || p.Level != idp.IDIAL1_8 || p.ProofingID != id || p.Identifier.IsZero() ||
		!p.ExpiresAt.Equal(event.CompletedAt.AddDate(3, 0, 0)) {
		t.Fatalf("after it: %s, person at %q until %s", event.Status, p.Level, p.ExpiresAt)
	}
	for kind, want := range map[idp.AttributeKind]idp.AttributeStatus{
		idp.AttributeName: idp.Verified, idp.AttributeBirthdate: idp.Verified, idp.AttributeAddress: idp.Verified,
		idp.AttributePhone: idp.Verified, idp.AttributeEmail: idp.SelfAsserted, // nobody confirmed the e-mail address
	} {
		a, _ := idp.Current(p.Attributes, kind)
		if a.Status != want || want == idp.Verified && (a.Level != idp.IDIAL1_8 || a.ProofingID != id || a.VerifiedAt.IsZero()) {
			t.Errorf("%s is %+v, want %s", kind, a, want)
		}
	}
}

func TestCompletionRefusesWhatTheRecordsDoNotBear(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL2)
	i.filled(t, id, licence, insurance)
	_, err := i.Complete(t.Context(), id, Decision{}, proofer)
	var incomplete *Incomplete
	if !errors.As(err, &incomplete) || incomplete.Assessment.Reached != idp.IDIAL1_8 || !strings.Contains(err.Error(), "two more fair pieces") {
		t.Fatalf("got %v", err)
	}
	if event := must[idp.Proofing](t)(i.Store.Proofing(t.Context(), id)); event.Status != idp.ProofingDraft {
		t.Errorf("the event is %s", event.Status)
	}
	event := must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{AcceptLower: true}, proofer))
	if event.Achieved != idp.IDIAL1_8 {
		t.Errorf("accepted lower: %q", event.Achieved)
	}
	_, err = i.AddEvidence(t.Context(), id, passport, proofer)
	wantRefusal(t, err, "not_draft")
}

func TestIDIAL2WaitsForASecondPerson(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	i.TwoPersonApproval = true
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL2)
	i.filled(t, id, passport)
	if event := must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer)); event.Status != idp.ProofingPendingApproval {
		t.Fatalf("after completion: %s", event.Status)
	}
	_, err := i.PrepareNotification(t.Context(), id, NotificationOrder{Channel: idp.ChannelPostal}, proofer)
	wantRefusal(t, err, "not_decided")
	_, err = i.Approve(t.Context(), id, idp.Reading{Actor: "ana  clerk"})
	wantRefusal(t, err, "same_person")
	event := must[idp.Proofing](t)(i.Approve(t.Context(), id, idp.Reading{Actor: "Ben Reviewer"}))
	if event.Status != idp.ProofingPendingNotification || event.ReviewedBy != "Ben Reviewer" {
		t.Fatalf("after approval: %s by %q", event.Status, event.ReviewedBy)
	}
	i.sent(t, id)
	if got := i.person(t, p.ID).Level; got != idp.IDIAL2 {
		t.Errorf("the person is at %q", got)
	}
	other := i.started(t, p, idp.IDIAL2)
	i.filled(t, other, passport)
	must[idp.Proofing](t)(i.RecordComparison(t.Context(), other, idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: "e1", Comparator: "Carl", Result: idp.ResultPassed}, proofer))
	must[idp.Proofing](t)(i.Complete(t.Context(), other, Decision{}, proofer))
	for _, involved := range []string{"Ana Clerk", "Carl", " "} {
		if _, err := i.Approve(t.Context(), other, idp.Reading{Actor: involved}); err == nil {
			t.Errorf("%q approved her own work", involved)
		}
	}
	if event := must[idp.Proofing](t)(i.Reject(t.Context(), other, "the photo is another's", idp.Reading{Actor: "Ben"})); event.Status != idp.ProofingFailed || event.Achieved != "" {
		t.Errorf("rejected: %s at %q", event.Status, event.Achieved)
	}
}

func TestRepudiationEndsTheProofingAtOnceAndOnce(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id, link := i.inForce(t, p, idp.IDIAL1_8, licence, insurance)
	if found, err := i.Repudiation(t.Context(), link); err != nil || found.ID != id {
		t.Fatalf("found %s (%v)", found.ID, err)
	}
	if got := i.person(t, p.ID).Level; got != idp.IDIAL1_8 {
		t.Fatalf("looking at the link changed the level to %q", got)
	}
	for _, wrong := range []string{"", "x", idp.NewToken().String(), idp.NewTokenFor(id).String()} {
		if err := i.Repudiate(t.Context(), wrong, idp.Reading{}); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("link %q: %v", wrong, err)
		}
	}
	if err := i.Repudiate(t.Context(), link, idp.Reading{Actor: "repudiation", IP: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	p = i.person(t, p.ID)
	if p.Level != idp.Unverified || p.ProofingID != "" || p.Identifier.IsZero() {
		t.Errorf("the person is at %q; her identifier must stay", p.Level)
	}
	for _, a := range p.Attributes {
		if a.Status != idp.SelfAsserted || a.Level != "" || a.ProofingID != "" {
			t.Errorf("%s is still %s", a.Kind, a.Status)
		}
	}
	if err := i.Repudiate(t.Context(), link, idp.Reading{}); !errors.Is(err, idp.ErrUsed) {
		t.Errorf("the second time: %v", err)
	}
	events := must[[]idp.AuditEvent](t)(i.Store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "proofing.repudiated"}))
	if len(events) != 1 || events[0].IP != "192.0.2.1" {
		t.Errorf("audit log: %+v", events)
	}
}

func TestProofingExpiresAfterThreeYears(t *testing.T) {
	t.Parallel()
	i, at := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id, _ := i.inForce(t, p, idp.IDIAL1_8, licence, insurance)
	if due := must[[]idp.Proofing](t)(i.Renewals(t.Context(), 90*24*time.Hour)); len(due) != 0 {
		t.Errorf("%d due at once", len(due))
	}
	*at = at.AddDate(3, 0, -30)
	if due := must[[]idp.Proofing](t)(i.Renewals(t.Context(), 90*24*time.Hour)); len(due) != 1 || due[0].ID != id {
		t.Errorf("%d due thirty days before", len(due))
	}
	if n := must[int](t)(i.ExpireProofings(t.Context())); n != 0 {
		t.Errorf("%d expired too early", n)
	}
	*at = at.AddDate(0, 0, 31)
	if got := i.person(t, p.ID).LevelAt(i.now()); got != idp.Unverified {
		t.Errorf("before the sweep the level is %q", got)
	}
	if n := must[int](t)(i.ExpireProofings(t.Context())); n != 1 {
		t.Errorf("%d expired", n)
	}
	before := i.person(t, p.ID)
	if before.Level != idp.Unverified || before.Identifier.IsZero() {
		t.Errorf("after the sweep: %q, identifier gone %t", before.Level, before.Identifier.IsZero())
	}
	renewed := licence
	renewed.ExpiresOn = "2035-01-01"
	i.inForce(t, p, idp.IDIAL1_8, renewed, insurance)
	after := i.person(t, p.ID)
	if !bytes.Equal(before.Identifier.Index, after.Identifier.Index) || after.Level != idp.IDIAL1_8 {
		t.Error("the renewal changed the Digital Identifier")
	}
}

func TestStepUpSupersedesAndALowerEventDoesNot(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	first, _ := i.inForce(t, p, idp.IDIAL1_8, licence, insurance)
	lower, _ := i.inForce(t, p, idp.IDIAL1_6, licence)
	if now := i.person(t, p.ID); now.Level != idp.IDIAL1_8 || now.ProofingID != first {
		t.Fatalf("a lower event made %q", now.Level)
	}
	up, _ := i.inForce(t, p, idp.IDIAL2, passport)
	if now := i.person(t, p.ID); now.Level != idp.IDIAL2 || now.ProofingID != up {
		t.Fatalf("after the step up: %q", now.Level)
	}
	for _, id := range []string{first, lower} {
		if event := must[idp.Proofing](t)(i.Store.Proofing(t.Context(), id)); event.Status != idp.ProofingSuperseded || event.EndedAt.IsZero() {
			t.Errorf("%s is %s", id, event.Status)
		}
	}
	must[idp.Proofing](t)(i.Revoke(t.Context(), up, "the passport was stolen", proofer))
	if now := i.person(t, p.ID); now.Level != idp.Unverified {
		t.Errorf("what was superseded came back: %q", now.Level)
	}
	next, _ := i.inForce(t, p, idp.IDIAL1_8, licence, insurance)
	must[idp.Proofing](t)(i.Lower(t.Context(), next, idp.IDIAL1_6, "unsure", proofer))
	if now := i.person(t, p.ID); now.Level != idp.IDIAL1_6 {
		t.Errorf("lowered: %q", now.Level)
	}
	_, err := i.Lower(t.Context(), next, idp.IDIAL2, "", proofer)
	wantRefusal(t, err, "not_lower")
	_, err = i.Lower(t.Context(), next, idp.IDIAL1_8, "", proofer)
	wantRefusal(t, err, "not_lower")
}

func TestANotificationThatCameBackEndsTheLevelUntilAnotherIsSent(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id, _ := i.inForce(t, p, idp.IDIAL1_8, licence, insurance)
	event := must[idp.Proofing](t)(i.NotificationReturned(t.Context(), id, "", proofer))
	if event.Status != idp.ProofingPendingNotification || i.person(t, p.ID).Level != idp.Unverified {
		t.Fatalf("after it came back: %s, %q", event.Status, i.person(t, p.ID).Level)
	}
	i.sent(t, id)
	if got := i.person(t, p.ID).Level; got != idp.IDIAL1_8 {
		t.Errorf("after another: %q", got)
	}
}

func TestNotificationGoesWhereTheLevelWantsIt(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL1_8)
	i.filled(t, id, licence, insurance)
	must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
	for _, channel := range []string{idp.ChannelEmail, idp.ChannelVoice, idp.ChannelSMS} { // there is no bill
		_, err := i.PrepareNotification(t.Context(), id, NotificationOrder{Channel: channel}, proofer)
		wantRefusal(t, err, "notification")
	}
	first := must[PreparedNotification](t)(i.PrepareNotification(t.Context(), id, NotificationOrder{Channel: idp.ChannelPostal}, proofer))
	must[PreparedNotification](t)(i.PrepareNotification(t.Context(), id, NotificationOrder{Channel: idp.ChannelPostal}, proofer))
	if _, err := i.Repudiation(t.Context(), first.Token); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("the link of a letter that was never sent still works: %v", err)
	}
	must[idp.Proofing](t)(i.NotificationSent(t.Context(), id, "", proofer))
	if got := i.person(t, p.ID).Level; got != idp.IDIAL1_8 {
		t.Errorf("level %q", got)
	}
}

func TestNumbersOfEvidenceAreSealedAndCodesAreNotKept(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	id := i.started(t, i.add(t, maria(), idp.Unverified), idp.IDIAL1_8)
	i.present(t, id, licence)
	code := must[ContactCode](t)(i.SendContactCode(t.Context(), id, "email", idp.ChannelEmail, proofer))
	event := must[idp.Proofing](t)(i.Store.Proofing(t.Context(), id))
	kept := must[[]byte](t)(json.Marshal(event))
	for _, secret := range []string{"S 1234-5678", "S12345678", "1234-5678", code.Code} {
		if bytes.Contains(kept, []byte(secret)) {
			t.Errorf("%q is kept in clear", secret)
		}
	}
	e := event.Evidence[0]
	if e.NumberEnd != "5678" || len(e.NumberIndex) == 0 {
		t.Errorf("end %q", e.NumberEnd)
	}
	same := licence
	same.Number = "s1234 5678"
	other := must[idp.Evidence](t)(i.AddEvidence(t.Context(), id, same, proofer))
	if !bytes.Equal(other.NumberIndex, e.NumberIndex) {
		t.Error("the same number in another spelling has another index")
	}
	number := must[string](t)(i.EvidenceNumber(t.Context(), id, "e1", idp.Reading{Actor: "Ana Clerk", Purpose: "review"}))
	if number != "S 1234-5678" {
		t.Errorf("opened %q", number)
	}
	events := must[[]idp.AuditEvent](t)(i.Store.AuditEvents(t.Context(), idp.AuditFilter{}))
	if events[0].Action != "evidence.read" {
		t.Errorf("the last line of the audit log is %s", events[0].Action)
	}
	for _, e := range events {
		if strings.Contains(e.Detail, "1234") || strings.Contains(e.Detail, code.Code) {
			t.Errorf("the audit log has %q", e.Detail)
		}
	}
}

func TestContactCodesAreBoundedInTimeAndAttempts(t *testing.T) {
	t.Parallel()
	i, at := clocked(t)
	id := i.started(t, i.add(t, maria(), idp.Unverified), idp.IDIAL1_8)
	send := func(kind, channel string) ContactCode {
		t.Helper()
		return must[ContactCode](t)(i.SendContactCode(t.Context(), id, kind, channel, proofer))
	}
	try := func(kind, channel, code string) error {
		_, err := i.ConfirmContact(t.Context(), id, ContactInput{Attribute: kind, Channel: channel, Code: code}, proofer)
		return err
	}
	for _, test := range []struct {
		kind, channel string
		digits        int
		life          time.Duration
	}{
		{"phone", idp.ChannelSMS, 6, 10 * time.Minute}, {"phone", idp.ChannelVoice, 6, 10 * time.Minute},
		{"email", idp.ChannelEmail, 8, 24 * time.Hour}, {"address", idp.ChannelPostal, 8, 21 * 24 * time.Hour},
	} {
		code := send(test.kind, test.channel)
		if len(code.Code) != test.digits {
			t.Errorf("%s: the code has %d digits", test.channel, len(code.Code))
		}
		*at = code.ExpiresAt.Add(-2 * time.Second)
		if err := try(test.kind, test.channel, code.Code); err != nil {
			t.Errorf("%s, just in time: %v", test.channel, err)
		}
		wantRefusal(t, try(test.kind, test.channel, code.Code), "no_code") // once
		code = send(test.kind, test.channel)
		*at = at.Add(test.life)
		wantRefusal(t, try(test.kind, test.channel, code.Code), "code_expired")
	}
	code := send("phone", idp.ChannelSMS)
	wrong := "000000"
	if code.Code == wrong {
		wrong = "111111"
	}
	for range maxMissed {
		wantRefusal(t, try("phone", idp.ChannelSMS, wrong), "code_wrong")
	}
	wantRefusal(t, try("phone", idp.ChannelSMS, code.Code), "code_locked")
	wantRefusal(t, try("phone", idp.ChannelEmail, code.Code), "channel")
	for range maxSendings - 3 {
		send("phone", idp.ChannelSMS)
	}
	_, err := i.SendContactCode(t.Context(), id, "phone", idp.ChannelSMS, proofer)
	wantRefusal(t, err, "too_many_codes")
	if got := lifetime(idp.ChannelPostal, idp.Attribute{Address: &idp.Address{State: "AK", Country: "US"}}); got != 30*24*time.Hour {
		t.Errorf("a letter to Alaska: %s", got)
	}
}

func TestNothingComesOfAThirdPartysAgent(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	start := ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1_8, PerformedBy: "Agency", ThirdParty: true}
	_, err := i.Start(t.Context(), start, proofer)
	wantRefusal(t, err, "third_party")
	start.Claimed, start.PerformedRole = idp.IDIAL1, idp.RoleReferee
	_, err = i.Start(t.Context(), start, proofer)
	wantRefusal(t, err, "referee")
}

func TestClaimedVerificationNeedsSomethingBehindIt(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	id := i.started(t, p, idp.IDIAL1_8)
	i.filled(t, id, licence, insurance)
	claim := func(status idp.AttributeStatus) {
		must[idp.Proofing](t)(i.ClaimAttributes(t.Context(), id, []idp.ProofingClaim{{AttributeID: "email", Status: status}}, proofer))
	}
	claim(idp.Verified)
	_, err := i.Complete(t.Context(), id, Decision{}, proofer)
	wantRefusal(t, err, "claim")
	claim(idp.Consistent)
	must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
	i.sent(t, id)
	if a, _ := idp.Current(i.person(t, p.ID).Attributes, idp.AttributeEmail); a.Status != idp.Consistent || a.Worth() != idp.IDIAL1_8 {
		t.Errorf("the e-mail address is %s at %q", a.Status, a.Worth())
	}
}

func TestStepsAtOnceAreAllKept(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	id := i.started(t, i.add(t, maria(), idp.Unverified), idp.IDIAL1_8)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := i.AddEvidence(t.Context(), id, insurance, proofer); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if event := must[idp.Proofing](t)(i.Store.Proofing(t.Context(), id)); len(event.Evidence) != 4 {
		t.Errorf("%d pieces of evidence, want 4", len(event.Evidence))
	}
}

func TestARecordedEventIsComputedLikeAnyOther(t *testing.T) {
	t.Parallel()
	i, at := clocked(t)
	p := i.add(t, maria(), idp.Unverified)
	began := at.AddDate(0, 0, -10)
	passed := []idp.ProofingCheck{{Method: "vpip", Purpose: "validation", Organization: "us", Result: idp.ResultPassed}}
	record := ProofingRecord{
		ProofingStart: ProofingStart{PersonID: p.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1_8, PerformedBy: "Ana Clerk"},
		StartedAt:     began, CompletedAt: began.Add(time.Hour),
		Evidence:    []RecordedEvidence{{licence, passed}, {insurance, passed}},
		Comparison:  &idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: "e1", Comparator: "Ana Clerk", Result: idp.ResultPassed},
		Address:     &AddressInput{Method: "evidence", EvidenceID: "e1"},
		Contacts:    []RecordedContact{{Attribute: "phone", Channel: idp.ChannelSMS, ConfirmedAt: began.Add(time.Minute)}},
		Declaration: &idp.IdentityDeclaration{TextVersion: "2026-11", Signature: "drawn", Acknowledged: true, Attested: []idp.AttributeKind{"name", "birthdate", "address"}},
	}
	event := must[idp.Proofing](t)(i.RecordProofing(t.Context(), record, proofer))
	if event.Status != idp.ProofingPendingNotification || event.Achieved != idp.IDIAL1_8 || !event.ExpiresAt.Equal(record.CompletedAt.AddDate(3, 0, 0)) {
		t.Errorf("%s at %q until %s", event.Status, event.Achieved, event.ExpiresAt)
	}
	i.sent(t, event.ID)
	if got := i.person(t, p.ID).Level; got != idp.IDIAL1_8 {
		t.Errorf("the person is at %q", got)
	}
	record.Evidence = record.Evidence[:1]
	var incomplete *Incomplete
	if _, err := i.RecordProofing(t.Context(), record, proofer); !errors.As(err, &incomplete) {
		t.Errorf("with less evidence: %v", err)
	}
	if all := must[[]idp.Proofing](t)(i.Store.Proofings(t.Context(), idp.ProofingFilter{PersonID: p.ID})); len(all) != 1 {
		t.Errorf("%d events are stored, want 1", len(all))
	}
	record.CompletedAt = at.AddDate(1, 0, 0)
	_, err := i.RecordProofing(t.Context(), record, proofer)
	wantRefusal(t, err, "time")
}

func TestALevelWithoutAnEventIsNotLoweredByALesserEvent(t *testing.T) {
	t.Parallel()
	i, _ := clocked(t)
	p := i.add(t, maria(), idp.IDIAL1_8)
	id, _ := i.inForce(t, p, idp.IDIAL1_6, licence)
	if now := i.person(t, p.ID); now.Level != idp.IDIAL1_8 || now.ProofingID != "" {
		t.Errorf("the person is at %q", now.Level)
	}
	up, _ := i.inForce(t, p, idp.IDIAL2, passport)
	now := i.person(t, p.ID)
	if now.Level != idp.IDIAL2 || now.ProofingID != up || !bytes.Equal(now.Identifier.Index, p.Identifier.Index) {
		t.Errorf("the person is at %q", now.Level)
	}
	if event := must[idp.Proofing](t)(i.Store.Proofing(t.Context(), id)); event.Status != idp.ProofingSuperseded {
		t.Errorf("the lesser event is %s", event.Status)
	}
}
