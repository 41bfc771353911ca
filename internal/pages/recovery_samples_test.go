package pages

import (
	"net/http"
	"regexp"
	"time"
)

// chosenRecovery are keys that are put together in Go.
var chosenRecovery = regexp.MustCompile(`^(code\.(lead|to|late|error)\.|code\.sent$|contact\.(heading|label|error)\.|(invite|invite-check|recover|recover-saved|sign-up)\.error\.|` +
	`recovery-codes-(new\.button|made\.file)$|recover-second\.waits|recovery-codes\.left|too-many\.minutes|birthdate\.error|invite-letter\.scan\.label)`)

// recoverySamples are the pages of those who cannot sign in, and of what they prepare.
func recoverySamples() []sample {
	of := func(name, page string, status int, render func(p *Pages, w http.ResponseWriter, r *http.Request) error) sample {
		return sample{name, page, status, render}
	}
	born := DateField{Day: "17", Month: "5", Year: "1948"}
	wrong := func(field, key string) FieldErrors { return FieldErrors{{Field: field, TextKey: key}} }
	list := []sample{
		of("recover", "recover", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Recover(w, r, Recover{Request: "request-1", Late: true})
		}),
		of("recover-wrong", "recover", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Recover(w, r, Recover{Address: "ana@", Birthdate: born, Errors: append(wrong("address", "recover.error.address"), wrong("month", "birthdate.error")...)})
		}),
		of("recover-saved", "recover-saved", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverSaved(w, r, RecoverSaved{BackURL: "/recover/code"})
		}),
		of("recover-saved-wrong", "recover-saved", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverSaved(w, r, RecoverSaved{Code: "ABCD", BackURL: "/recover/second", Errors: wrong("code", "recover-saved.error.wrong")})
		}),
		of("recover-second", "recover-second", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverSecond(w, r, RecoverSecond{SavedURL: "/recover/saved", Days: 3, Channels: []RecoverChannel{
				{Channel: "email", To: "a•••@example.org"}, {Channel: "sms", To: "••• 47", Waits: true}}})
		}),
		of("recover-wait", "recover-wait", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverWait(w, r, RecoverWait{Until: sampleNow.Add(72 * time.Hour), Last: sampleNow.Add(240 * time.Hour)})
		}),
		of("recover-done", "recover-done", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverDone(w, r, RecoverDone{GivenName: "Ana"})
		}),
		of("recover-code", "recover-code", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverCode(w, r, RecoverCode{Code: "7F3K-Q2A9-1234-XYZW", URL: "/invite/abc"})
		}),
		of("recover-cancel", "recover-cancel", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverCancel(w, r, RecoverCancel{Action: "/recover/cancel/abc"})
		}),
		of("recover-cancelled", "recover-cancelled", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoverCancelled(w, r)
		}),
		of("too-many-minutes", "too-many", 429, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.TooMany(w, r, TooMany{Until: sampleNow.Add(12 * time.Minute), Now: sampleNow, SavedURL: "/recover/saved"})
		}),
		of("too-many-hours", "too-many", 429, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.TooMany(w, r, TooMany{Until: sampleNow.Add(12 * time.Hour), Now: sampleNow})
		}),
		of("sign-up", "sign-up", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error { return p.SignUp(w, r, SignUp{}) }),
		of("sign-up-wrong", "sign-up", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			var all FieldErrors
			for _, field := range []string{"given_name", "family_name", "email", "phone", "terms"} {
				all = append(all, FieldError{Field: field, TextKey: "sign-up.error." + field})
			}
			all = append(all, wrong("one_name", "sign-up.error.one_name")...)
			return p.SignUp(w, r, SignUp{GivenName: "Ana", Birthdate: born, OneName: true, Errors: append(all, wrong("month", "sign-up.error.birthdate")...)})
		}),
		of("sign-up-closed", "sign-up-closed", 403, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.SignUpClosed(w, r, SignUpClosed{ByInvitation: true})
		}),
		of("invite", "invite", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Invite(w, r, Invite{Code: "ABCDE-FGH12"})
		}),
		of("invite-wrong", "invite", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Invite(w, r, Invite{Code: "?", Birthdate: born, Errors: wrong("code", "invite.error.wrong")})
		}),
		of("invite-check", "invite-check", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.InviteCheck(w, r, InviteCheck{Action: "/invite/abc/check", AsksBirthdate: true, AsksCode: true, Errors: wrong("code", "invite-check.error.wrong")})
		}),
		of("recovery-codes-none", "account-recovery-codes", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoveryCodes(w, r, RecoveryCodes{})
		}),
		of("recovery-codes", "account-recovery-codes", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoveryCodes(w, r, RecoveryCodes{Left: 1, Total: 10, MadeAt: sampleNow})
		}),
		of("recovery-codes-administrator", "account-recovery-codes", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoveryCodes(w, r, RecoveryCodes{Administrator: true})
		}),
		of("recovery-codes-new", "account-recovery-codes-new", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.NewRecoveryCodes(w, r, RecoveryCodes{Left: 3, Total: 10, MadeAt: sampleNow})
		}),
		of("recovery-codes-made", "account-recovery-codes-made", 200, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.RecoveryCodesMade(w, r, RecoveryCodesMade{Codes: []string{"7F3K-Q2A9-1234-XYZW", "ABCD-EFGH-0123-4567"}, MadeAt: sampleNow, Site: "https://id.sample.example"})
		}),
	}
	for _, kind := range []string{"recovery", "sign-up", "contact"} {
		for _, channel := range []string{"email", "sms"} {
			list = append(list, of("code-"+kind+"-"+channel, "code", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
				return p.Code(w, r, Code{Kind: kind, Action: "/x", ResendAction: "/y", Channel: channel, To: "a•••@example.org", ExpiresAt: sampleNow, Sent: true,
					SavedURL: "/recover/saved", BackURL: "/recover", Errors: wrong("code", "code.error.wrong")})
			}))
		}
	}
	for _, channel := range []string{"email", "sms"} {
		list = append(list, of("contact-"+channel, "contact", 422, func(p *Pages, w http.ResponseWriter, r *http.Request) error {
			return p.Contact(w, r, Contact{Action: "/x", Channel: channel, Current: "ana@example.org", Confirmed: channel == "sms", Errors: wrong("address", "contact.error."+channel)})
		}))
	}
	return list
}
