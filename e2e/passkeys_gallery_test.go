package e2e

import (
	"net/http"
	"time"

	"udap-idp/internal/pages"
)

// passkeyGallery is the pages that a running product shows within five minutes of a sign-in only.
func passkeyGallery(p *pages.Pages) map[string]func(http.ResponseWriter, *http.Request) error {
	day := time.Date(2026, time.May, 4, 9, 30, 0, 0, time.UTC)
	card := pages.PasskeyCard{
		URL: "/account/passkeys/a1b2", Name: "My phone", Provider: "iCloud Keychain", Icon: pages.IconCloud, CreatedAt: day, LastUsedAt: day,
		LastUsedOn: "iPhone", Synced: true, Here: true,
	}
	add := func(problem string) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyAdd(w, r, pages.AccountPasskeyAdd{Ceremony: "x", Options: `{"challenge":"AAAA"}`, Problem: problem})
		}
	}
	name := func(n pages.AccountPasskeyName) func(http.ResponseWriter, *http.Request) error {
		n.Action, n.MaxLength = "/account/passkeys/a1b2/name", 60
		return func(w http.ResponseWriter, r *http.Request) error { return p.AccountPasskeyName(w, r, n) }
	}
	remove := func(last bool) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeyRemove(w, r, pages.AccountPasskeyRemove{Action: "/account/passkeys/a1b2/remove", Passkey: card, Last: last, Refused: last})
		}
	}
	second := card
	second.URL, second.Name, second.Provider, second.Icon, second.Careless, second.Now = "/account/passkeys/c3d4", "Computer at home", "Bitwarden", pages.IconManager, true, true
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"passkeys-offer": func(w http.ResponseWriter, r *http.Request) error {
			return p.AccountPasskeys(w, r, pages.AccountPasskeys{Passkeys: []pages.PasskeyCard{card, second}, Offer: true, Removed: "Old phone"})
		},
		"sign-in-remembered": func(w http.ResponseWriter, r *http.Request) error {
			return p.SignIn(w, r, pages.SignIn{Ceremony: "x", Options: `{"challenge":"AAAA"}`, Organization: "General Hospital", Request: "x", Name: "A. R.", Remembered: true})
		},
		"passkey-add": add(""), "passkey-add-problem": add(pages.ProblemDuplicate),
		"passkey-name":         name(pages.AccountPasskeyName{Name: "iCloud Keychain", Added: true}),
		"passkey-name-problem": name(pages.AccountPasskeyName{Errors: pages.FieldErrors{{Field: "name", TextKey: pages.NameMissing}}}),
		"passkey-remove":       remove(false), "passkey-last": remove(true),
	}
}
