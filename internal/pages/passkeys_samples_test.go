package pages

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func samplePasskeys() []PasskeyCard {
	return []PasskeyCard{
		{URL: "/account/passkeys/a1b2c3", Name: "iCloud Keychain", Provider: "iCloud Keychain", Icon: IconCloud, CreatedAt: sampleNow.AddDate(-1, 0, 0),
			LastUsedAt: sampleNow, LastUsedOn: "iPhone", Synced: true, Here: true, Now: true},
		{URL: "/account/passkeys/d4e5f6", Name: "Computer at work", Provider: "Bitwarden", Icon: IconManager, CreatedAt: sampleNow, LastUsedAt: sampleNow,
			LastUsedOn: "Windows", Synced: true, Here: true, Careless: true},
		{URL: "/account/passkeys/0a0b0c", Icon: IconKey, CreatedAt: sampleNow},
		{URL: "/account/passkeys/0d0e0f", Name: strings.Repeat("Wide", 15), Icon: IconComputer, CreatedAt: sampleNow, LastUsedAt: sampleNow},
		{URL: "/account/passkeys/102030", Name: "Samsung Pass", Provider: "Samsung Pass", Icon: IconPhone, CreatedAt: sampleNow},
	}
}

func passkeySamples() []sample {
	keys := samplePasskeys()
	list := []sample{
		{"sign-in-again", "sign-in", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			s := sampleSignIn("", "")
			s.Again, s.Name = true, "Ana Rivera"
			return p.SignIn(w, r, s)
		}},
		{"sign-in-remembered", "sign-in", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			s := sampleSignIn("", "General Hospital")
			s.Remembered, s.Name = true, "A. R."
			return p.SignIn(w, r, s)
		}},
		{"login-other", "login-other", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.OtherWays(w, r, OtherWays{Request: "request-1"})
		}},
		{"account-passkeys", "account-passkeys", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeys(w, r, AccountPasskeys{Passkeys: keys, Removed: "Old phone", Offer: true, Signals: `{"accepted":null}`})
		}},
		{"account-passkeys-one", "account-passkeys", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeys(w, r, AccountPasskeys{Passkeys: keys[:1]})
		}},
		{"account-passkeys-full", "account-passkeys", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeys(w, r, AccountPasskeys{Passkeys: keys, Full: true})
		}},
		{"account-passkeys-none", "account-passkeys", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeys(w, r, AccountPasskeys{})
		}},
		{"account-passkey-name", "account-passkey-name", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyName(w, r, AccountPasskeyName{Action: keys[0].URL + "/name", Name: "iCloud Keychain", MaxLength: 60})
		}},
		{"account-passkey-added", "account-passkey-name", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyName(w, r, AccountPasskeyName{Action: keys[0].URL + "/name", Name: "iPhone", MaxLength: 60, Added: true})
		}},
	}
	for _, problem := range []string{NameMissing, NameLong} {
		list = append(list, sample{"account-passkey-name-" + problem, "account-passkey-name", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyName(w, r, AccountPasskeyName{Action: keys[0].URL + "/name", MaxLength: 60, Errors: FieldErrors{{"name", problem}}})
		}})
	}
	for name, remove := range map[string]AccountPasskeyRemove{
		"": {Passkey: keys[0]}, "-last": {Passkey: keys[1], Last: true}, "-refused": {Passkey: keys[2], Last: true, Refused: true},
	} {
		remove.Action = "/account/passkeys/a1b2c3/remove"
		list = append(list, sample{"account-passkey-remove" + name, "account-passkey-remove", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyRemove(w, r, remove)
		}})
	}
	for _, problem := range []string{"timeout", "security", "unreadable", "network"} {
		list = append(list, sample{"invitation" + problem, "invitation", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Invitation(w, r, sampleInvitation(problem))
		}})
	}
	for _, problem := range []string{"timeout", "security", "unreadable", "network", "another", "inactive"} {
		list = append(list, sample{"sign-in" + problem, "sign-in", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			s := sampleSignIn(problem, "")
			s.With, s.Signal = WithPhone, `{"credentialId":"AAAA"}`
			return p.SignIn(w, r, s)
		}})
	}
	for _, problem := range []string{"", "cancelled", "timeout", "duplicate", "unverified", "unsupported", "security", "unreadable", "network", "expired", "failed"} {
		list = append(list, sample{"account-passkey-add" + problem, "account-passkey-add", ceremonyStatus(problem), func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyAdd(w, r, AccountPasskeyAdd{Ceremony: "ceremony-1", Options: creationOptions, Problem: problem, Lifetime: 10 * time.Minute})
		}})
	}
	return append(list, sample{"account-passkey-add-another", "account-passkey-add", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.AccountPasskeyAdd(w, r, AccountPasskeyAdd{Ceremony: "ceremony-1", Options: creationOptions, With: WithAnother})
	}})
}

// TestADeviceThatHasAPasskeyIsGoodNews: it is said as such, and not in red as what did not work.
func TestADeviceThatHasAPasskeyIsGoodNews(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	for name, render := range map[string]func(p *Pages, w http.ResponseWriter, r *http.Request) error{
		"account": func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyAdd(w, r, AccountPasskeyAdd{Ceremony: "x", Options: creationOptions, Problem: ProblemDuplicate})
		},
		"invitation": func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Invitation(w, r, Invitation{Action: "/invite/x", Ceremony: "x", Options: creationOptions, Problem: ProblemDuplicate})
		},
	} {
		body := show(t, p, sample{render: render}, "en").Body.String()
		if !strings.Contains(body, `class="notice good" role="alert" tabindex="-1" autofocus`) || strings.Contains(body, "notice bad") || strings.Contains(body, "Problem:") {
			t.Errorf("%s:\n%.3000s", name, body)
		}
	}
}
