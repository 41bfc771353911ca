package e2e

import (
	"net/http"
	"time"

	"udap-idp/internal/pages"
)

// recoveryShown are the pages of those who cannot sign in, and of what a person prepares for that day.
func recoveryShown() []shown {
	list := []shown{
		{name: "recover", page: "recover", route: "GET /recover", path: "/recover"},
		{name: "recover-problem", page: "recover", open: func(h *shownHouse) { h.browser.open(h.idp.issuer + "/recover"); h.send("main form", "") }},
		{name: "invite", page: "invite", route: "GET /invite", path: "/invite"},
		{name: "invite-problem", page: "invite", open: func(h *shownHouse) { h.browser.open(h.idp.issuer + "/invite"); h.send("main form", "") }},
		{name: "sign-up-closed", page: "sign-up-closed", path: "/sign-up"},
		{name: "account-recovery-codes", page: "account-recovery-codes", route: "GET /account/recovery-codes", as: patient, path: "/account/recovery-codes"},
		{name: "account-recovery-codes-new", page: "account-recovery-codes-new", route: "GET /account/recovery-codes/new", open: fromGallery("recovery-codes-new")},
		{name: "account-recovery-codes-made", page: "account-recovery-codes-made", open: fromGallery("recovery-codes-made")},
		{name: "contact", page: "contact", route: "GET /account/contact/{channel}", open: fromGallery("contact")},
		{name: "code", page: "code", route: "GET /recover/code GET /sign-up/code GET /account/contact/{channel}/code", open: fromGallery("code")},
		{name: "code-problem", page: "code", open: fromGallery("code-problem")},
	}
	for name, route := range map[string]string{
		"sign-up": "GET /sign-up", "sign-up-problem": "", "invite-check": "GET /invite/{token}/check", "recover-saved": "GET /recover/saved",
		"recover-second": "GET /recover/second", "recover-wait": "GET /recover/wait", "recover-done": "GET /recover/done", "recover-code": "",
		"recover-cancel": "GET /recover/cancel/{token} GET /account/recovery", "recover-cancelled": "", "tried-too-often": "",
	} {
		page := name
		switch name {
		case "sign-up-problem":
			page = "sign-up"
		case "tried-too-often": // too-many is the problem of that kind
			page = "too-many"
		}
		list = append(list, shown{name: name, page: page, route: route, open: fromGallery(name)})
	}
	return list
}

// recoveryGallery are those that take a long walk to see.
func recoveryGallery(p *pages.Pages) map[string]func(w http.ResponseWriter, r *http.Request) error {
	at := time.Date(2026, time.November, 24, 9, 30, 0, 0, time.UTC)
	born := pages.DateField{Day: "17", Month: "5", Year: "1948"}
	code := pages.Code{
		Kind: "recovery", Action: "/recover/code", ResendAction: "/recover/send", Channel: "email", To: "maria@example.org", ExpiresAt: at,
		SavedURL: "/recover/saved", BackURL: "/recover",
	}
	wrong := code
	wrong.Channel, wrong.To, wrong.Errors = "sms", "••• 42", pages.FieldErrors{{Field: "code", TextKey: "code.error.wrong"}}
	var fields pages.FieldErrors
	for _, field := range []string{"given_name", "family_name", "email", "terms"} {
		fields = append(fields, pages.FieldError{Field: field, TextKey: "sign-up.error." + field})
	}
	codes := pages.RecoveryCodesMade{MadeAt: at, Site: "https://id.sample.example", Again: pages.Again{Action: "/recovery-codes-made", Kept: "x"}}
	for range 5 {
		codes.Codes = append(codes.Codes, "7F3K-Q2A9-1234-XYZW", "ABCD-EFGH-0123-4567")
	}
	return map[string]func(w http.ResponseWriter, r *http.Request) error{
		"code":         func(w http.ResponseWriter, r *http.Request) error { return p.Code(w, r, code) },
		"code-problem": func(w http.ResponseWriter, r *http.Request) error { return p.Code(w, r, wrong) },
		"sign-up":      func(w http.ResponseWriter, r *http.Request) error { return p.SignUp(w, r, pages.SignUp{}) },
		"sign-up-problem": func(w http.ResponseWriter, r *http.Request) error {
			return p.SignUp(w, r, pages.SignUp{GivenName: "Ana", Birthdate: born, Errors: fields})
		},
		"invite-check": func(w http.ResponseWriter, r *http.Request) error {
			return p.InviteCheck(w, r, pages.InviteCheck{Action: "/invite/x/check", AsksBirthdate: true, AsksCode: true})
		},
		"recover-saved": func(w http.ResponseWriter, r *http.Request) error {
			return p.RecoverSaved(w, r, pages.RecoverSaved{BackURL: "/recover/code"})
		},
		"recover-second": func(w http.ResponseWriter, r *http.Request) error {
			return p.RecoverSecond(w, r, pages.RecoverSecond{SavedURL: "/recover/saved", Days: 3, Channels: []pages.RecoverChannel{{Channel: "sms", To: "••• 42", Waits: true}}})
		},
		"recover-wait": func(w http.ResponseWriter, r *http.Request) error {
			return p.RecoverWait(w, r, pages.RecoverWait{Until: at.Add(72 * time.Hour), Last: at.Add(240 * time.Hour)})
		},
		"recover-done": func(w http.ResponseWriter, r *http.Request) error {
			return p.RecoverDone(w, r, pages.RecoverDone{GivenName: "Maria"})
		},
		"recover-code": func(w http.ResponseWriter, r *http.Request) error {
			return p.RecoverCode(w, r, pages.RecoverCode{Code: "7F3K-Q2A9-1234-XYZW", URL: "/invite/x", Again: pages.Again{Action: "/recover-code", Kept: "x"}})
		},
		"recover-cancel": func(w http.ResponseWriter, r *http.Request) error {
			return p.RecoverCancel(w, r, pages.RecoverCancel{Action: "/recover/cancel/x"})
		},
		"recover-cancelled": p.RecoverCancelled,
		"tried-too-often": func(w http.ResponseWriter, r *http.Request) error {
			return p.TooMany(w, r, pages.TooMany{Until: at.Add(12 * time.Minute), Now: at, SavedURL: "/recover/saved"})
		},
		"recovery-codes-new": func(w http.ResponseWriter, r *http.Request) error {
			return p.NewRecoveryCodes(w, r, pages.RecoveryCodes{Left: 3, Total: 10, MadeAt: at})
		},
		"recovery-codes-made": func(w http.ResponseWriter, r *http.Request) error { return p.RecoveryCodesMade(w, r, codes) },
		"contact": func(w http.ResponseWriter, r *http.Request) error {
			return p.Contact(w, r, pages.Contact{Action: "/account/contact/email", Channel: "email", Current: "maria@example.org", Address: "maria@example.org"})
		},
	}
}
