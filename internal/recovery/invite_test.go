package recovery_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

// invite makes an invitation with a code.
func (h *house) invite(p idp.Person, change ...func(*identity.InvitationRequest)) identity.Invited {
	h.Helper()
	r := identity.InvitationRequest{PersonID: p.ID, Purpose: idp.InviteFirst, Code: true, Mail: h.mail,
		Link: func(token idp.Token) string { return issuer + "/invite/" + token.String() }}
	for _, f := range change {
		f(&r)
	}
	invited, err := h.people.Invite(h.Context(), r, idp.Reading{Actor: "Ana Clerk"})
	h.ok(err)
	return invited
}

func (b *browser) types(code, d, m, y string) answer {
	b.Helper()
	return b.follow("/invite", "code", code, "day", d, "month", m, "year", y)
}

// added is somebody whom a clerk has just added: without a passkey.
func (h *house) added(level idp.Level) idp.Person {
	h.Helper()
	p := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, State: idp.PersonActive, Level: level, CreatedAt: h.at,
		Demographics: idp.Demographics{GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1948-05-17", Email: "maria@example.org", Phone: "+16175550142"}}
	if level != idp.Unverified {
		p.VerifiedAt = h.at
	}
	h.ok(h.store.CreatePerson(h.Context(), p, idp.Invitation{}))
	return p
}

// TestInvitationCodeNeedsTheBirthdate: a letter that somebody else opens is not enough, and a code that is nobody's is answered as a
// birthdate that is wrong.
func TestInvitationCodeNeedsTheBirthdate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.added(idp.IDIAL1_8)
	invited := h.invite(p)
	b := h.browser()
	wrong := h.wantPage(b.types(invited.Code, "18", "5", "1948"), "invite")
	nobodys := h.wantPage(b.types("ABCDE-FGHJK", "18", "5", "1948"), "invite")
	if strings.ReplaceAll(wrong.body, invited.Code, "CODE") != strings.ReplaceAll(nobodys.body, "ABCDE-FGHJK", "CODE") {
		t.Error("a code that is nobody's is answered otherwise")
	}
	a := b.types(strings.ToLower(strings.ReplaceAll(invited.Code, "-", " ")), "17", "5", "1948")
	inv, token := h.granted(a)
	if inv.PersonID != p.ID || inv.SessionID != b.id {
		t.Errorf("opened %+v", inv)
	}
	if err := h.enrols(h.browser(), inv, token); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("another browser makes the passkey: %v", err)
	}
	if err := h.enrols(b, inv, invited.Token); err != nil { // the link of the letter, in the browser that has shown the birthdate
		t.Error(err)
	}
	h.wantPage(b.types(invited.Code, "17", "5", "1948"), "problem")
	h.wantPage(b.types(invited.Code, "18", "5", "1948"), "invite") // who does not know the birthdate is told nothing
}

func TestInvitationEndsAfterFiveWrongBirthdates(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.added(idp.IDIAL1_8)
	invited := h.invite(p)
	for range idp.MaxMissed {
		h.wantPage(h.browser().types(invited.Code, "1", "1", "1950"), "invite")
	}
	if a := h.browser().types(invited.Code, "17", "5", "1948"); !strings.Contains(a.body, `data-page="problem"`) {
		t.Errorf("status %d to %q", a.status, a.location)
	}
	if h.audited(p, "invitation.guessed") != 1 {
		t.Errorf("%d lines in the audit log", h.audited(p, "invitation.guessed"))
	}
}

func TestInvitationCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.browser()
	for range 20 {
		h.wantPage(b.types("ABCDE-FGHJK", "17", "5", "1948"), "invite")
	}
	a := h.wantPage(b.types("ABCDE-FGHJK", "17", "5", "1948"), "too-many")
	if a.status != http.StatusTooManyRequests || !strings.Contains(a.body, "60 minutes") {
		t.Errorf("status %d:\n%.900s", a.status, a.body)
	}
	h.ok(h.store.Close())
	h.open() // the count outlives the process
	h.wantPage(h.browser().types("ABCDE-FGHJK", "17", "5", "1948"), "too-many")
	h.wait(time.Hour)
	h.wantPage(h.browser().types("ABCDE-FGHJK", "17", "5", "1948"), "invite")
}

// TestMailedInvitationOfAProofedPersonNeedsASecondCode, which comes by another way.
func TestMailedInvitationOfAProofedPersonNeedsASecondCode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.added(idp.IDIAL1_8)
	invited := h.invite(p, func(r *identity.InvitationRequest) { r.Code, r.Send = false, idp.ByEmail })
	if invited.Companion != "" || invited.CompanionTo != p.Phone || len(invited.Invitation.CompanionHash) == 0 {
		t.Fatalf("the second code does not go to her telephone alone: %+v", invited)
	}
	link := linkInIt.FindStringSubmatch(h.read(p.Email, idp.NoticeInvitation))[1]
	code := h.codeTo(p.Phone, idp.NoticeInvitationCode)
	if strings.Contains(h.read(p.Email, idp.NoticeInvitation), code) {
		t.Error("the mail has both")
	}
	b := h.browser()
	page := h.wantPage(b.get(link+"/check"), "invite-check")
	if strings.Contains(page.body, "Maria") || strings.Contains(page.body, "Garcia") {
		t.Error("the page says whose it is")
	}
	day := []string{"day", "17", "month", "5", "year", "1948"}
	h.wantPage(b.post(link+"/check", append(day, "code", "ZZZZ-ZZZZ")...), "invite-check")
	h.wantPage(b.post(link+"/check", "day", "18", "month", "5", "year", "1948", "code", code), "invite-check")
	inv, token := h.granted(b.post(link+"/check", append(day, "code", code)...))
	h.ok(h.enrols(b, inv, token))

	nobody := h.added(idp.Unverified)
	plain := h.invite(nobody, func(r *identity.InvitationRequest) { r.Code, r.Send = false, idp.ByEmail })
	if len(plain.Invitation.CompanionHash) != 0 {
		t.Error("an account that vouches for nothing needs a second code")
	}
}

// TestDeskInvitationFollowsItsRules: after another check only, never for an administrator, short-lived, told to all addresses; and
// it neither reveals nor shortens nor removes anything.
func TestDeskInvitationFollowsItsRules(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.confirmed(h.person(idp.IDIAL1_8))
	desk := func(r *identity.InvitationRequest) {
		r.Purpose, r.Checked = idp.InviteDesk, "passport compared with her face"
	}
	refused := func(of idp.Person, what string, change func(*identity.InvitationRequest)) {
		t.Helper()
		r := identity.InvitationRequest{PersonID: of.ID, Purpose: idp.InviteDesk, Checked: "passport", Mail: h.mail}
		change(&r)
		_, err := h.people.Invite(t.Context(), r, idp.Reading{Actor: "Ana Clerk"})
		if _, ok := errors.AsType[*identity.Refusal](err); !ok {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
	refused(p, "nobody checked her", func(r *identity.InvitationRequest) { r.Checked = "" })
	refused(p, "too long", func(r *identity.InvitationRequest) { r.For = 8 * 24 * time.Hour })
	refused(p, "a first one, and she has a passkey", func(r *identity.InvitationRequest) { r.Purpose = idp.InviteFirst })
	chief := h.person(idp.Unverified, func(p *idp.Person) { p.Role, p.Email = idp.Owner, "chief@example.org" })
	refused(chief, "an administrator", func(*identity.InvitationRequest) {})

	// A waiting period that runs is as it was.
	b := h.browser()
	b.begin(p.Email)
	b.shows(p.Email)
	b.follow("/recover/send", "channel", "sms")
	h.wantPage(b.shows(p.Phone), "recover-wait")
	before, err := h.store.WaitingRecovery(t.Context(), p.ID, h.at)
	h.ok(err)
	invited := h.invite(p, desk)
	if got := invited.Invitation.ExpiresAt.Sub(h.at); got != 24*time.Hour {
		t.Errorf("it is good for %s", got)
	}
	if after, err := h.store.WaitingRecovery(t.Context(), p.ID, h.at); err != nil || !after.ReadyAt.Equal(before.ReadyAt) {
		t.Errorf("the waiting period has changed: %v, %v", after.ReadyAt, err)
	}
	for _, to := range []string{p.Email, p.Phone} {
		if !slices.Contains(h.kinds(to), idp.NoticeDeskInvitation) {
			t.Errorf("%s was not told", to)
		}
	}
	if h.audited(p, "invitation.make") != 1 {
		t.Error("not in the audit log")
	}
	c := h.browser()
	inv, token := h.granted(c.types(invited.Code, "17", "5", "1948"))
	h.ok(h.enrols(c, inv, token))
	if passkeys, err := h.store.Passkeys(t.Context(), p.ID); err != nil || len(passkeys) != 2 {
		t.Errorf("%d passkeys, %v: hers were to stay", len(passkeys), err)
	}
}

func TestRevokedInvitationIsWorthNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.added(idp.Unverified)
	invited := h.invite(p)
	h.ok(h.people.RevokeInvitation(t.Context(), p.ID, idp.Reading{Actor: "Ana Clerk"}))
	h.wantPage(h.browser().types(invited.Code, "17", "5", "1948"), "problem")
	h.wantPage(h.browser().get("/invite/"+invited.Token.String()+"/check"), "problem")
	all, err := h.store.Invitations(t.Context(), p.ID)
	h.ok(err)
	if all[0].StatusAt(h.at) != idp.InvitationRevoked || all[0].RevokedBy != "Ana Clerk" || all[0].CreatedBy != "Ana Clerk" {
		t.Errorf("%+v", all[0])
	}
	if err := h.people.RevokeInvitation(t.Context(), p.ID, idp.Reading{}); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
}

func TestOnlyTheLinkOrTheCodeOpensAnInvitation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.added(idp.Unverified)
	invited := h.invite(p)
	for _, link := range []string{"nonsense", idp.NewTokenFor(invited.Token.ID).String(), idp.NewToken().String()} {
		h.wantPage(h.browser().get("/invite/"+link+"/check"), "problem")
		h.wantPage(h.browser().post("/invite/"+link+"/check", "day", "17", "month", "5", "year", "1948"), "problem")
	}
	h.wait(8 * 24 * time.Hour)
	h.wantPage(h.browser().get("/invite/"+invited.Token.String()+"/check"), "problem")
	h.wantPage(h.browser().types(invited.Code, "17", "5", "1948"), "problem")
}
