package identity

import (
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// post writes messages as package mail does, with what they say in clear, and delivers or not.
type post struct{ delivers bool }

func (p post) Delivers(idp.Channel) bool { return p.delivers }

func (p post) To(person idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error) {
	return idp.Message{ID: idp.NewID(), PersonID: person.ID, Channel: channel, To: address, Kind: n.Kind, Language: n.Language,
		Sealed: []byte(n.Params["code"] + n.Params["link"]), ExpiresAt: n.ExpiresAt}, nil
}

func (p post) About(person idp.Person, n idp.Notice) ([]idp.Message, error) {
	d := idp.DemographicsOf(person.Attributes)
	email, err := p.To(person, idp.ByEmail, d.Email, n)
	if err != nil {
		return nil, err
	}
	sms, err := p.To(person, idp.BySMS, d.Phone, n)
	return []idp.Message{email, sms}, err
}

// posted is a room that writes to people.
func posted(t *testing.T, delivers bool) *Identity {
	i, _ := clocked(t)
	i.Mail, i.RepudiationURL = post{delivers}, "https://id.example.org/repudiate/"
	return i
}

// messages are those of a kind, the newest first.
func (i *Identity) messages(t *testing.T, kind idp.NoticeKind) []idp.Message {
	t.Helper()
	all := must[[]idp.Message](t)(i.Store.(interface{ outbox() idp.Outbox }).outbox().Messages(t.Context(), idp.MessageFilter{}))
	var found []idp.Message
	for _, m := range all {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

func (k keyed) outbox() idp.Outbox { return k.Store.(idp.Outbox) }

func TestProofingCodeIsKnownToItsReaderOnly(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	id := i.started(t, i.add(t, maria(), idp.Unverified), idp.IDIAL1_8)
	for attribute, want := range map[string]struct {
		channel string
		by      idp.Channel
		to      string
	}{"phone": {idp.ChannelSMS, idp.BySMS, "+16175550142"}, "email": {idp.ChannelEmail, idp.ByEmail, "maria@example.org"}} {
		code := must[ContactCode](t)(i.SendContactCode(t.Context(), id, attribute, want.channel, proofer))
		if !code.Delivered || code.Code != "" {
			t.Errorf("%s: the clerk learns the code %q", attribute, code.Code)
		}
		m := i.messages(t, idp.NoticeProofingCode)[0]
		if m.Channel != want.by || m.To != want.to || !m.ExpiresAt.Equal(code.ExpiresAt) {
			t.Errorf("%s: the code went to %s by %s until %s", attribute, m.To, m.Channel, m.ExpiresAt)
		}
		must[idp.Proofing](t)(i.ConfirmContact(t.Context(), id, ContactInput{Attribute: attribute, Channel: want.channel, Code: string(m.Sealed)}, proofer))
	}
}

func TestCodeIsToldWhereNothingCanBeDelivered(t *testing.T) {
	t.Parallel()
	i := posted(t, false)
	id := i.started(t, i.add(t, maria(), idp.Unverified), idp.IDIAL1_8)
	code := must[ContactCode](t)(i.SendContactCode(t.Context(), id, "email", idp.ChannelEmail, proofer))
	if code.Delivered || code.Code == "" || code.Code != string(i.messages(t, idp.NoticeProofingCode)[0].Sealed) {
		t.Errorf("%+v", code)
	}
	i.Mail = post{true}
	for _, channel := range []string{idp.ChannelVoice, idp.ChannelPostal} { // somebody has to speak or write
		attribute := map[string]string{idp.ChannelVoice: "phone", idp.ChannelPostal: "address"}[channel]
		if code := must[ContactCode](t)(i.SendContactCode(t.Context(), id, attribute, channel, proofer)); code.Delivered || code.Code == "" {
			t.Errorf("%s: %+v", channel, code)
		}
	}
}

func TestRefusedCodeSendsNothing(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	id := i.started(t, i.add(t, maria(), idp.Unverified), idp.IDIAL1_8)
	for range maxSendings {
		must[ContactCode](t)(i.SendContactCode(t.Context(), id, "email", idp.ChannelEmail, proofer))
	}
	_, err := i.SendContactCode(t.Context(), id, "email", idp.ChannelEmail, proofer)
	wantRefusal(t, err, "too_many_codes")
	if got := len(i.messages(t, idp.NoticeProofingCode)); got != maxSendings {
		t.Errorf("%d messages", got)
	}
}

// billed completes an event whose notification may go by text message.
func (i *Identity) billed(t *testing.T, p idp.Person) string {
	t.Helper()
	id := i.started(t, p, idp.IDIAL1_8)
	mail := i.Mail
	i.Mail = nil // filled wants to know the code
	i.filled(t, id, licence, insurance)
	i.Mail = mail
	bill := i.present(t, id, EvidenceInput{Type: idp.MobileBill, Issuer: "Carrier", Number: "7", IssuedOn: "2026-04-20", Supports: []idp.AttributeKind{"name", "phone"}})
	must[idp.Proofing](t)(i.ConfirmContact(t.Context(), id, ContactInput{Attribute: "phone", Channel: idp.ChannelSMS, EvidenceID: bill}, proofer))
	must[idp.Proofing](t)(i.Complete(t.Context(), id, Decision{}, proofer))
	return id
}

func TestLevelTakesEffectWhenTheNotificationWent(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	p := i.add(t, maria(), idp.Unverified)
	id := i.billed(t, p)
	n := must[PreparedNotification](t)(i.PrepareNotification(t.Context(), id, NotificationOrder{Channel: idp.ChannelSMS, Locale: "es"}, proofer))
	if !n.Delivered || n.Token != "" {
		t.Errorf("the clerk learns the link: %q", n.Token)
	}
	m := i.messages(t, idp.NoticeProofed)[0]
	if m.ID != n.MessageID || m.Language != "es" || m.Channel != idp.BySMS {
		t.Errorf("message %+v", m)
	}
	if got := i.person(t, p.ID).Level; got != idp.Unverified {
		t.Errorf("before it went the person is at %q", got)
	}
	other := m
	other.ID = idp.NewID()
	for _, gone := range []idp.Message{other, m, m} { // another's; hers; and hers again after a crash
		if err := i.MessageSent(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		if got := i.person(t, p.ID).Level; (got == idp.IDIAL1_8) != (gone.ID == m.ID) {
			t.Errorf("after %s the person is at %q", gone.ID, got)
		}
	}

	// The link in the message is the one that works, and all addresses hear of its use.
	link, _ := strings.CutPrefix(string(m.Sealed), i.RepudiationURL)
	if err := i.Repudiate(t.Context(), link, idp.Reading{Actor: "link"}); err != nil {
		t.Fatal(err)
	}
	if got := len(i.messages(t, idp.NoticeProofingRepudiated)); got != 2 {
		t.Errorf("%d messages about the repudiation", got)
	}
	if err := i.Repudiate(t.Context(), link, idp.Reading{Actor: "link"}); err == nil || len(i.messages(t, idp.NoticeProofingRepudiated)) != 2 {
		t.Error("a link that was used told once more")
	}
}

func TestChangeOfAnAccountsStateIsTold(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	p := i.add(t, maria(), idp.Unverified)
	must[idp.Person](t)(i.Suspend(t.Context(), p.ID, "lost telephone", proofer))
	must[idp.Person](t)(i.Suspend(t.Context(), p.ID, "another reason", proofer))
	must[idp.Person](t)(i.Resume(t.Context(), p.ID, "found", proofer))
	must[idp.Person](t)(i.Close(t.Context(), p.ID, "asked for", proofer))
	for _, kind := range []idp.NoticeKind{idp.NoticeAccountSuspended, idp.NoticeAccountResumed, idp.NoticeAccountClosed} {
		if got := len(i.messages(t, kind)); got != 2 {
			t.Errorf("%d messages of %s, want one to each address", got, kind)
		}
	}
	if _, err := i.Resume(t.Context(), p.ID, "again", proofer); err == nil || len(i.messages(t, idp.NoticeAccountResumed)) != 2 {
		t.Error("a change that was refused is told")
	}
}

func TestChangeByAClerkIsToldAtTheOldAddressAndTheNew(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	p := i.add(t, maria(), idp.Unverified)
	change := func(values ...idp.Attribute) {
		t.Helper()
		must[ChangeResult](t)(i.ChangeAttributes(t.Context(), Change{Target: Target{PersonID: p.ID}, Act: Changed, Reason: "she moved", Values: values}, proofer))
	}
	change(idp.Attribute{Kind: idp.AttributeLanguage, Text: "es"})
	if got := i.messages(t, idp.NoticeContactChanged); len(got) != 0 {
		t.Errorf("a new language is told: %+v", got)
	}
	change(idp.Attribute{Kind: idp.AttributeEmail, Text: "new@example.org"})
	var to []string
	for _, m := range i.messages(t, idp.NoticeContactChanged) {
		to = append(to, m.To)
	}
	slices.Sort(to)
	if want := []string{"+16175550142", "maria@example.org", "new@example.org"}; !slices.Equal(to, want) {
		t.Errorf("told at %q, want %q", to, want)
	}
	email, _ := idp.Current(i.person(t, p.ID).Attributes, idp.AttributeEmail)
	must[idp.Person](t)(i.EndAttribute(t.Context(), Target{PersonID: p.ID}, email.ID, "given up", proofer))
	if got := len(i.messages(t, idp.NoticeContactChanged)); got < 5 {
		t.Errorf("%d messages in all: the address that was taken away was not told", got)
	}
}
