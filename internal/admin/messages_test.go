package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
	"udap-idp/internal/pages"
)

// post is the mail as the command wires it, sending by what it names.
type post struct {
	*mail.Mail
	sends map[idp.Channel]bool
}

func (p post) Delivers(channel idp.Channel) bool  { return p.sends[channel] }
func (post) HoldsSecret(kind idp.NoticeKind) bool { return mail.HoldsSecret(kind) }
func (p post) Text(m idp.Message) (string, string, error) {
	letter, err := p.Read(m)
	return letter.Subject, letter.Text, err
}

func newPost(t *testing.T, sends ...idp.Channel) post {
	t.Helper()
	texts, err := mail.New(mail.Config{Brand: pages.Brand{Name: "Sample Health ID"}, Issuer: "https://idp.example", Sealer: keyed{}})
	if err != nil {
		t.Fatal(err)
	}
	p := post{Mail: texts, sends: map[idp.Channel]bool{}}
	for _, channel := range sends {
		p.sends[channel] = true
	}
	return p
}

func withPost(p Post) func(*Config) { return func(c *Config) { c.Post = p } }

// queue stores a message to Ana and returns it.
func (h *house) queue(p post, n idp.Notice) idp.Message {
	h.Helper()
	m, err := p.To(h.roles[idp.Patient], idp.ByEmail, "ana@example.org", n)
	if err != nil {
		h.Fatal(err)
	}
	if err := h.store.AddMessages(h.Context(), idp.Trail{Messages: []idp.Message{m}}); err != nil {
		h.Fatal(err)
	}
	return m
}

// theCode is what a code message holds in these tests.
const theCode = "7F3K-Q2A9"

func codeNotice() idp.Notice {
	until := time.Now().Add(time.Hour)
	return idp.Notice{Kind: idp.NoticeContactCode, Params: map[string]string{"code": theCode, "until": until.Format(time.RFC3339)}, ExpiresAt: until}
}

func TestMessagesThatNobodySendsAreReadableByAnOwnerAndThatIsRecorded(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	h := newHouse(t, withPost(p))
	m := h.queue(p, codeNotice())

	wantPage(t, h.as(idp.Owner).get("/admin/messages"), http.StatusOK, "admin-messages",
		"No mail server is set", "No gateway is set", "ana@example.org", "Waits to be read here", "/admin/messages/"+m.ID)
	w := h.get("/admin/messages/" + m.ID)
	wantPage(t, w, http.StatusOK, "admin-message", "Show what it says")
	if strings.Contains(w.Body.String(), theCode) {
		t.Error("the code is shown before anybody asked for it")
	}
	if got := h.read(idp.Owner); got != 0 {
		t.Fatalf("%d readings are recorded before there was one", got)
	}
	wantPage(t, h.post("/admin/messages/"+m.ID+"/read", nil), http.StatusOK, "admin-message", theCode)
	if got := h.read(idp.Owner); got != 1 {
		t.Errorf("%d readings are recorded, want 1", got)
	}
}

// read is how many readings of messages to Ana the audit log has of a role.
func (h *house) read(role idp.Role) int {
	h.Helper()
	events, err := h.store.AuditEvents(h.Context(), idp.AuditFilter{Actor: h.roles[role].ID, Action: "message.read", PersonID: h.roles[idp.Patient].ID})
	if err != nil {
		h.Fatal(err)
	}
	return len(events)
}

func TestCodeOnItsWayIsShownToItsReaderOnly(t *testing.T) {
	t.Parallel()
	p := newPost(t, idp.ByEmail)
	h := newHouse(t, withPost(p))
	m := h.queue(p, codeNotice())
	wantPage(t, h.as(idp.Owner).get("/admin/messages/"+m.ID), http.StatusOK, "admin-message", "only its reader may see it")
	w := h.follow(h.post("/admin/messages/"+m.ID+"/read", nil))
	wantPage(t, w, http.StatusOK, "admin-message", "cannot be read here")
	if strings.Contains(w.Body.String(), theCode) || h.read(idp.Owner) != 0 {
		t.Error("the code was read")
	}
}

func TestCodeThatRecoversAnAccountIsReadByNoAdministrator(t *testing.T) {
	t.Parallel()
	p := newPost(t) // nothing is sent, and everything else is read here
	h := newHouse(t, withPost(p))
	n := codeNotice()
	n.Kind = idp.NoticeRecoveryCode
	m := h.queue(p, n)
	wantPage(t, h.as(idp.Owner).get("/admin/messages/"+m.ID), http.StatusOK, "admin-message", "no administrator can read it")
	w := h.follow(h.post("/admin/messages/"+m.ID+"/read", nil))
	if strings.Contains(w.Body.String(), theCode) || h.read(idp.Owner) != 0 {
		t.Error("the code was read")
	}
}

func TestNoticeWithoutASecretIsReadableWhileItWaits(t *testing.T) {
	t.Parallel()
	p := newPost(t, idp.ByEmail)
	h := newHouse(t, withPost(p))
	m := h.queue(p, idp.Notice{Kind: idp.NoticeRecoveryCodesMade})
	wantPage(t, h.as(idp.Owner).post("/admin/messages/"+m.ID+"/read", nil), http.StatusOK, "admin-message", "New recovery codes were made")
	if err := h.store.MessageSent(t.Context(), m.ID, h.clock); err != nil {
		t.Fatal(err)
	}
	wantPage(t, h.get("/admin/messages/"+m.ID), http.StatusOK, "admin-message", "What it said is not kept", "Sent")
	wantPage(t, h.follow(h.post("/admin/messages/"+m.ID+"/read", nil)), http.StatusOK, "admin-message", "cannot be read here")
	wantPage(t, h.follow(h.post("/admin/messages/"+m.ID+"/retry", nil)), http.StatusOK, "admin-message", "sent or given up already")
}

func TestMessageIsTriedAgainAtOnceAndThatIsRecorded(t *testing.T) {
	t.Parallel()
	p := newPost(t, idp.ByEmail)
	h := newHouse(t, withPost(p))
	m := h.queue(p, idp.Notice{Kind: idp.NoticeRecoveryCodesMade})
	claimed, err := h.store.ClaimMessage(t.Context(), idp.ByEmail, time.Now().Add(time.Minute), time.Minute)
	if err != nil || claimed.ID != m.ID {
		t.Fatalf("claimed %+v (%v)", claimed, err)
	}
	failure := idp.MessageFailure{ID: m.ID, Tries: claimed.Tries, Failure: "451 try again later", RetryAt: h.clock.Add(4 * time.Hour)}
	if err := h.store.MessageFailed(t.Context(), failure); err != nil {
		t.Fatal(err)
	}
	wantPage(t, h.as(idp.IdentityClerk).get("/admin/messages?state=waiting"), http.StatusOK, "admin-messages", "Failed, is tried again", "451 try again later")
	wantPage(t, h.follow(h.post("/admin/messages/"+m.ID+"/retry", nil)), http.StatusOK, "admin-message", "It is tried again now", "An owner can read what it says")
	got, err := h.store.Message(t.Context(), m.ID)
	if err != nil || !got.NextAt.Equal(h.clock) {
		t.Errorf("due at %s, want %s (%v)", got.NextAt, h.clock, err)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "message.retry"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, m.ID) {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

func TestNothingIsTriedAgainWhereNothingIsSent(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	h := newHouse(t, withPost(p))
	m := h.queue(p, codeNotice())
	wantPage(t, h.follow(h.as(idp.Owner).post("/admin/messages/"+m.ID+"/retry", nil)), http.StatusOK, "admin-message", "until it is set up")
}

func TestMessagesArePagedWithoutLosingAny(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	h := newHouse(t, withPost(p))
	const n = messagesPerPage + 3
	want := map[string]bool{}
	for range n {
		want[h.queue(p, idp.Notice{Kind: idp.NoticeRecoveryCodesMade}).ID] = true
	}
	body := h.as(idp.Owner).get("/admin/messages?state=waiting").Body.String()
	older := between(body, `id="older" rel="next" href="`, `"`)
	if older == "" {
		t.Fatal("there is no way to the older ones")
	}
	body += h.get(strings.ReplaceAll(older, "&amp;", "&")).Body.String()
	for id := range want {
		if !strings.Contains(body, "/admin/messages/"+id) {
			t.Errorf("%s is on no page", id)
		}
	}
	wantPage(t, h.get("/admin/messages?"+url.Values{"state": {"sent"}}.Encode()), http.StatusOK, "admin-messages", "There is no such message")
	wantPage(t, h.get("/admin/messages/none"), http.StatusNotFound, "problem")
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}
