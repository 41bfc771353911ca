package mail_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
	"udap-idp/internal/pages"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/vault"
)

// languages are those there are words in.
var languages = []string{"en", "es"}

// params has a value for every Param there is.
var params = map[string]string{
	"passkey": "Blue phone", "old": "Old phone", "device": "Chrome on Windows", "organization": "General Hospital", "left": "7",
	"code": "40718263", "link": "https://id.example.org/invite/0123456789abcdef", "until": "2026-11-27T15:04:05Z",
	"date": "2026-11-24T09:00:00Z", "what": "phone",
}

// notice is one of a kind, with all that the kind takes.
func notice(t *testing.T, kind idp.NoticeKind) idp.Notice {
	t.Helper()
	takes, may := mail.Takes(kind)
	n := idp.Notice{Kind: kind, Params: map[string]string{}}
	for _, name := range slices.Concat(takes, may) {
		value, ok := params[name]
		if !ok {
			t.Fatalf("%s takes %q, which this test has no value for", kind, name)
		}
		n.Params[name] = value
	}
	return n
}

// full is a person of whom everything is known.
func full(language string) idp.Person {
	p := idp.Person{
		ID: idp.NewID(), Level: idp.IDIAL2, VerifiedAt: time.Now(),
		Identifier: idp.SealedIdentifier{Sealed: []byte("sealed"), Index: []byte("index")},
		Demographics: idp.Demographics{
			GivenName: "Maximiliana", MiddleName: "Quirina", FamilyName: "Zumthor-Iglesias", Suffix: "III", Birthdate: "1951-03-17",
			Sex: "female", Language: language, Email: "max.zum@mailbox.example", Phone: "+12025550143",
			Address: idp.Address{Street: "1234 Larchmont Boulevard", City: "Springfield", State: "OR", PostalCode: "97477", Country: "US"},
		},
	}
	return p.WithAttributes()
}

func newMail(t *testing.T) *mail.Mail {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)
	return mailOn(t, store)
}

func mailOn(t *testing.T, store idp.Store) *mail.Mail {
	t.Helper()
	v, err := vault.Open(vault.Options{Text: strings.Repeat("071f", 16), NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	m, err := mail.New(mail.Config{
		Brand:  pages.Brand{Name: "Sample Health ID", HelpEmail: "help@id.example.org", HelpPhone: "(800) 555-0199"},
		Issuer: "https://id.example.org", Sealer: v,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// letters are a notice as it is read, by each channel.
func letters(t *testing.T, m *mail.Mail, p idp.Person, n idp.Notice) map[idp.Channel]mail.Letter {
	t.Helper()
	all := map[idp.Channel]mail.Letter{}
	for channel, to := range map[idp.Channel]string{idp.ByEmail: p.Email, idp.BySMS: p.Phone} {
		msg, err := m.To(p, channel, to, n)
		if err != nil {
			t.Fatal(err)
		}
		if all[channel], err = m.Read(msg); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestNothingSensitiveInAMail(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	for _, language := range languages {
		p := full(language)
		secrets := []string{p.ID, p.GivenName, p.MiddleName, p.FamilyName, p.Birthdate, "1951", "March 17", p.Email, p.Phone, "5550143",
			p.Address.Street, p.Address.City, p.Address.PostalCode, "sealed", "female"}
		for _, kind := range mail.Kinds() {
			n := notice(t, kind)
			for channel, letter := range letters(t, m, p, n) {
				all := letter.Subject + letter.Text + letter.HTML
				for _, secret := range secrets {
					if strings.Contains(all, secret) {
						t.Errorf("%s by %s in %s says %q", kind, channel, language, secret)
					}
				}
				for name, secret := range map[string]string{"code": params["code"], "link": params["link"]} {
					if _, has := n.Params[name]; has != strings.Contains(letter.Text, secret) {
						t.Errorf("%s by %s in %s: a %s in the text: %v, want %v", kind, channel, language, name, !has, has)
					}
					if strings.Contains(letter.Subject, secret) {
						t.Errorf("%s: the %s is in the subject, which a locked screen shows", kind, name)
					}
				}
			}
		}
	}
}

func TestNoticeTakesNothingItsKindDoesNotName(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	p := full("en")
	for _, kind := range mail.Kinds() {
		for _, other := range []string{"name", "birthdate", "email", "identifier", "text", "code", "link"} {
			n := notice(t, kind)
			if _, takes := n.Params[other]; takes {
				continue
			}
			n.Params[other] = "1951-03-17"
			if _, err := m.To(p, idp.ByEmail, p.Email, n); err == nil {
				t.Errorf("%s takes %q", kind, other)
			}
		}
		takes, _ := mail.Takes(kind)
		for _, missing := range takes {
			n := notice(t, kind)
			delete(n.Params, missing)
			if _, err := m.To(p, idp.ByEmail, p.Email, n); err == nil {
				t.Errorf("%s can do without %q", kind, missing)
			}
		}
	}
	if _, err := m.To(p, idp.ByEmail, p.Email, idp.Notice{Kind: "anything"}); err == nil {
		t.Error("a kind that there are no words for")
	}
}

func TestSecretGoesToOneAddress(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	for _, kind := range mail.Kinds() {
		n := notice(t, kind)
		_, code := n.Params["code"]
		_, link := n.Params["link"]
		link = link && kind != idp.NoticeRecoveryWaiting && // which can stop something only
			kind != idp.NoticeStaffRequest && kind != idp.NoticeStaffRepudiation // which lead to pages behind a sign-in
		_, err := m.About(full("en"), n)
		if got := errors.Is(err, mail.ErrOneAddress); got != (code || link) {
			t.Errorf("%s goes to all addresses: %v, want %v", kind, !got, !(code || link))
		}
	}
}

func TestNoticeGoesToAllAddresses(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	p := full("es")
	p.Attributes = append(p.Attributes,
		idp.Attribute{ID: "a", Kind: idp.AttributeEmail, Text: "second@mailbox.example"},
		idp.Attribute{ID: "b", Kind: idp.AttributeEmail, Text: p.Email},                              // the same once more
		idp.Attribute{ID: "c", Kind: idp.AttributeEmail, Text: "old@x.example", EndedAt: time.Now()}, // hers no longer
		idp.Attribute{ID: "d", Kind: idp.AttributePhone, Text: "+12025550144", Use: "home"},
		idp.Attribute{ID: "e", Kind: idp.AttributePhone, Text: "+12025550145", Use: "mobile"},
	)
	messages, err := m.About(p, notice(t, idp.NoticePasskeyAdded))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, msg := range messages {
		got = append(got, string(msg.Channel)+" "+msg.To)
		if msg.Language != "es" || msg.PersonID != p.ID || msg.NextAt.IsZero() {
			t.Errorf("%+v", msg)
		}
	}
	slices.Sort(got)
	want := []string{"email " + p.Email, "email second@mailbox.example", "sms +12025550143", "sms +12025550145"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("went to %q, want %q", got, want)
	}
	if messages, err := m.About(idp.Person{}, notice(t, idp.NoticePasskeyAdded)); err != nil || len(messages) != 0 {
		t.Errorf("nobody is reached by %v, %v", messages, err)
	}
}

func TestCodeCannotBeLedElsewhere(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	msg, err := m.To(full("en"), idp.ByEmail, "a@mailbox.example", notice(t, idp.NoticeRecoveryCode))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(msg.Sealed, []byte(params["code"])) {
		t.Error("the code is stored in clear")
	}
	for name, change := range map[string]func(*idp.Message){
		"another recipient": func(m *idp.Message) { m.To = "b@mailbox.example" },
		"another channel":   func(m *idp.Message) { m.Channel = idp.BySMS },
		"another kind":      func(m *idp.Message) { m.Kind = idp.NoticeContactCode },
		"another message":   func(m *idp.Message) { m.ID = idp.NewID() },
	} {
		other := msg
		change(&other)
		if _, err := m.Read(other); err == nil {
			t.Errorf("%s: what was sealed can be read", name)
		}
	}
	if _, err := m.Read(msg); err != nil {
		t.Error(err)
	}
	msg.Sealed = nil
	if _, err := m.Read(msg); !errors.Is(err, mail.ErrOver) {
		t.Errorf("of a message that is over: %v", err)
	}
}

func TestTextAndHTMLSayTheSame(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	for _, language := range languages {
		for _, kind := range mail.Kinds() {
			letter := letters(t, m, full(language), notice(t, kind))[idp.ByEmail]
			got := strings.Fields(spokenBy(t, letter.HTML))
			want := strings.Fields(strings.ReplaceAll(letter.Text, "\n-- \n", "\n"))
			if !slices.Equal(got, want) {
				t.Errorf("%s in %s:\nHTML says %q\ntext says %q", kind, language, got, want)
			}
		}
	}
}

// spokenBy is what a reader sees of a page.
func spokenBy(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			text.WriteString(n.Data + " ")
		}
	}
	return text.String()
}

func TestMailFetchesNothing(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	for _, kind := range mail.Kinds() {
		letter := letters(t, m, full("en"), notice(t, kind))[idp.ByEmail]
		root, err := html.Parse(strings.NewReader(letter.HTML))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if slices.Contains([]string{"img", "script", "link", "iframe", "form", "video", "audio", "object", "base"}, n.Data) && n.Type == html.ElementNode {
				t.Errorf("%s has a <%s>", kind, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "src" || a.Key == "background" || a.Key == "style" || a.Key == "href" && !strings.HasPrefix(a.Val, "https://id.example.org/") {
					t.Errorf("%s has %s=%q", kind, a.Key, a.Val)
				}
			}
		}
		for _, fetches := range []string{"url(", "@import", "@font-face"} {
			if strings.Contains(letter.HTML, fetches) {
				t.Errorf("%s has %s", kind, fetches)
			}
		}
		if !strings.Contains(letter.HTML, "prefers-color-scheme: dark") {
			t.Errorf("%s has no dark scheme", kind)
		}
	}
}

func TestEveryMessageSaysHowToReachUs(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	for _, language := range languages {
		for _, kind := range mail.Kinds() {
			for channel, letter := range letters(t, m, full(language), notice(t, kind)) {
				if strings.Contains(letter.Text, "{") {
					t.Errorf("%s by %s in %s has a hole: %s", kind, channel, language, letter.Text)
				}
				if channel == idp.ByEmail {
					for _, want := range []string{"help@id.example.org", "(800) 555-0199", "https://id.example.org/account"} {
						if !strings.Contains(letter.Text, want) {
							t.Errorf("%s in %s does not say %s", kind, language, want)
						}
					}
				} else if len([]rune(letter.Text)) > 480 {
					t.Errorf("%s in %s is a text message of %d characters", kind, language, len([]rune(letter.Text)))
				}
			}
		}
	}
}

// What a device calls itself, and a passkey's name, come from outside.
func TestParamsCannotForgeWords(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	n := idp.Notice{Kind: idp.NoticePasskeyAdded, Params: map[string]string{
		"passkey": "<b>Phone</b>\n\nCall +1 900 555 0100 now\u202e {account}",
	}}
	letter := letters(t, m, full("en"), n)[idp.ByEmail]
	if strings.Contains(letter.HTML, "<b>") || strings.ContainsAny(letter.Text, "\u202e") || strings.Contains(letter.Text, "\n\nCall") {
		t.Errorf("it says %s", letter.Text)
	}
	if !strings.Contains(letter.Text, "{account}") {
		t.Error("a placeholder in a value was filled")
	}
	for _, address := range []string{"", "a@b.example\r\nBcc: c@d.example"} {
		if _, err := m.To(full("en"), idp.ByEmail, address, n); err == nil {
			t.Errorf("a message to %q", address)
		}
	}
}

func TestTheLanguageIsTheReaders(t *testing.T) {
	t.Parallel()
	m := newMail(t)
	for name, tc := range map[string]struct{ person, given, want string }{
		"hers":                    {"es-MX", "", "es"},
		"the one that is given":   {"es", "en", "en"},
		"none of ours":            {"ja", "", "en"},
		"of somebody without any": {"", "", "en"},
		"given for somebody new":  {"", "es", "es"},
		"given, and none of ours": {"es", "ja", "es"},
		"what is no language":     {"", "../..", "en"},
	} {
		n := notice(t, idp.NoticeTest)
		n.Language = tc.given
		msg, err := m.To(full(tc.person), idp.ByEmail, "a@b.example", n)
		if err != nil || msg.Language != tc.want {
			t.Errorf("%s: %q, %v; want %q", name, msg.Language, err, tc.want)
		}
	}
}
