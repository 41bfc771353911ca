package server

import (
	"net/http"
	"strings"
)

// routes is every address that answers.
func (s *Server) routes() *http.ServeMux {
	c := s.config
	mux := http.NewServeMux()

	// The protocol. Called across origins by design, so without the protection of the pages.
	mux.Handle("GET /.well-known/udap", c.Discovery)
	mux.Handle("GET /.well-known/openid-configuration", c.Provider)
	mux.Handle("GET /jwks", c.Provider)
	mux.Handle("POST /register", c.Registration)
	mux.Handle("GET /authorize", c.Provider)
	mux.Handle("POST /authorize", c.Provider) // OIDC Core §3.1.2.1: GET and POST
	mux.Handle("POST /token", c.Provider)
	mux.Handle("GET /userinfo", c.Provider)
	mux.Handle("POST /userinfo", c.Provider) // OIDC Core §5.3.1: GET and POST

	// The way to a data holder.
	mux.Handle("GET /invite/{token}", s.page(c.Login.Invitation))
	mux.Handle("POST /invite/{token}", s.form(c.Login.Enrol))
	mux.Handle("GET /login", s.page(c.Login.SignInPage))
	mux.Handle("POST /login", s.form(c.Login.SignIn))
	mux.Handle("POST /login/forget", s.form(c.Login.Forget))
	mux.Handle("GET /login/other", s.page(c.Login.OtherWaysPage))
	mux.Handle("GET /consent", s.page(c.Login.ConsentPage))
	mux.Handle("POST /consent", s.form(c.Login.Consent))
	mux.Handle("POST /extend", s.form(c.Login.Extend))
	mux.Handle("POST /logout", s.form(c.Login.SignOut))

	mux.Handle("GET /{$}", s.page(c.Home))

	// A person's own pages, section by section.
	mux.Handle("GET /account", s.page(c.Account.Overview))
	mux.Handle("GET /account/profile", s.page(c.Account.Profile))
	mux.Handle("GET /account/profile/identifier", s.page(c.Account.IdentifierPage))
	mux.Handle("POST /account/profile/identifier", s.form(c.Account.RevealIdentifier))
	mux.Handle("GET /account/profile/change", s.page(c.Account.ChangePage))
	mux.Handle("POST /account/profile/change", s.form(c.Account.ChangeValue))
	mux.Handle("GET /account/profile/correct", s.page(c.Account.CorrectPage))
	mux.Handle("POST /account/profile/correct", s.form(c.Account.AskCorrection))
	mux.Handle("GET /account/organisations", s.page(c.Account.Organizations))
	mux.Handle("GET /account/organisations/{consent}", s.page(c.Account.Organization))
	mux.Handle("GET /account/organisations/{consent}/stop", s.page(c.Account.StopPage))
	mux.Handle("POST /account/organisations/{consent}/stop", s.form(c.Account.Stop))
	mux.Handle("GET /account/sharing", s.page(c.Account.Sharing))
	mux.Handle("GET /account/sessions", s.page(c.Account.Sessions))
	mux.Handle("POST /account/sessions", s.form(c.Account.EndSession))
	mux.Handle("GET /account/activity", s.page(c.Account.Activity))
	mux.Handle("GET /account/activity/{event}", s.page(c.Account.NotMePage))
	mux.Handle("POST /account/activity/{event}", s.form(c.Account.NotMe))
	mux.Handle("GET /account/preferences", s.page(c.Account.Preferences))
	mux.Handle("POST /account/preferences", s.form(c.Account.SavePreferences))
	mux.Handle("GET /account/download", s.page(c.Account.DownloadPage))
	mux.Handle("POST /account/download", s.form(c.Account.Download))
	mux.Handle("GET /account/declaration", s.page(c.Account.DeclarationPage))
	mux.Handle("POST /account/declaration", s.form(c.Account.SignDeclaration))
	mux.Handle("GET /account/close", s.page(c.Account.ClosePage))
	mux.Handle("POST /account/close", s.form(c.Account.Close))
	mux.Handle("POST /account/close/keep", s.form(c.Account.KeepAccount))

	mux.Handle("GET /account/here", s.page(c.Login.Here))
	// Her passkeys. The first address is for password managers (W3C passkey-endpoints).
	mux.Handle("GET /.well-known/passkey-endpoints", s.page(c.Login.PasskeyEndpoints))
	mux.Handle("GET /account/passkeys", s.page(c.Login.PasskeysPage))
	mux.Handle("POST /account/passkeys/later", s.form(c.Login.DeclinePasskey))
	mux.Handle("GET /account/passkeys/add", s.page(c.Login.AddPasskeyPage))
	mux.Handle("POST /account/passkeys/add", s.form(c.Login.AddPasskey))
	mux.Handle("GET /account/passkeys/{passkey}/name", s.page(c.Login.NamePasskeyPage))
	mux.Handle("POST /account/passkeys/{passkey}/name", s.form(c.Login.NamePasskey))
	mux.Handle("GET /account/passkeys/{passkey}/remove", s.page(c.Login.RemovePasskeyPage))
	mux.Handle("POST /account/passkeys/{passkey}/remove", s.form(c.Login.RemovePasskey))

	// Who cannot sign in: by the code of an invitation, by signing up, by getting back into an account.
	mux.Handle("GET /invite", s.page(c.Recovery.InvitePage))
	mux.Handle("POST /invite", s.form(c.Recovery.Invite))
	mux.Handle("GET /invite/{token}/check", s.page(c.Recovery.CheckPage))
	mux.Handle("POST /invite/{token}/check", s.form(c.Recovery.Check))
	mux.Handle("GET /sign-up", s.page(c.Recovery.SignUpPage))
	mux.Handle("POST /sign-up", s.form(c.Recovery.SignUpNow))
	mux.Handle("GET /sign-up/code", s.page(c.Recovery.SignUpCodePage))
	mux.Handle("POST /sign-up/code", s.form(c.Recovery.SignUpCode))
	mux.Handle("POST /sign-up/send", s.form(c.Recovery.SignUpSend))
	mux.Handle("GET /recover", s.page(c.Recovery.StartPage))
	mux.Handle("POST /recover", s.form(c.Recovery.Start))
	mux.Handle("GET /recover/next", s.page(c.Recovery.Next))
	mux.Handle("GET /recover/code", s.page(c.Recovery.CodePage))
	mux.Handle("POST /recover/code", s.form(c.Recovery.Code))
	mux.Handle("POST /recover/send", s.form(c.Recovery.Send))
	mux.Handle("GET /recover/saved", s.page(c.Recovery.SavedPage))
	mux.Handle("POST /recover/saved", s.form(c.Recovery.Saved))
	mux.Handle("GET /recover/second", s.page(c.Recovery.SecondPage))
	mux.Handle("GET /recover/wait", s.page(c.Recovery.WaitPage))
	mux.Handle("GET /recover/done", s.page(c.Recovery.DonePage))
	mux.Handle("POST /recover/done", s.form(c.Recovery.Done))
	mux.Handle("GET /recover/cancel/{token}", s.page(c.Recovery.CancelPage))
	mux.Handle("POST /recover/cancel/{token}", s.form(c.Recovery.Cancel))

	// What she prepares for that day.
	mux.Handle("GET /account/recovery", s.page(c.Recovery.OwnPage))
	mux.Handle("POST /account/recovery/cancel", s.form(c.Recovery.CancelOwn))
	mux.Handle("GET /account/recovery-codes", s.page(c.Recovery.CodesPage))
	mux.Handle("GET /account/recovery-codes/new", s.page(c.Recovery.NewCodesPage))
	mux.Handle("POST /account/recovery-codes/new", s.form(c.Recovery.MakeCodes))
	mux.Handle("POST /account/recovery-codes/download", s.form(c.Recovery.DownloadCodes))
	mux.Handle("POST /account/recovery-codes/shown", s.form(c.Recovery.CodesAgain))
	mux.Handle("POST /recover/shown", s.form(c.Recovery.CodeAgain))
	mux.Handle("GET /account/contact/{channel}", s.page(c.Recovery.ContactPage))
	mux.Handle("POST /account/contact/{channel}", s.form(c.Recovery.Contact))
	mux.Handle("GET /account/contact/{channel}/code", s.page(c.Recovery.ContactCodePage))
	mux.Handle("POST /account/contact/{channel}/code", s.form(c.Recovery.ContactCode))
	mux.Handle("POST /account/contact/{channel}/send", s.form(c.Recovery.ContactSend))

	// The administrator's.
	// The addresses, and who may ask for each, are one table: internal/admin/permissions.go.
	for pattern, answer := range c.Admin {
		if strings.HasPrefix(pattern, http.MethodGet+" ") {
			mux.Handle(pattern, s.page(answer))
			continue
		}
		mux.Handle(pattern, s.form(answer))
	}

	// The way out of a notification, for whoever was not the one that was proofed.
	mux.Handle("GET /repudiate/{token}", s.page(c.Repudiation))
	mux.Handle("POST /repudiate/{token}", s.form(c.Repudiate))
	// What this provider promises.
	mux.Handle("GET /policy/{kind}", s.page(c.Policy))
	mux.Handle("GET /policy/{kind}/{version}", s.page(c.Policy))

	mux.Handle("GET /static/", c.Static)
	mux.Handle("GET /logo/{name}", c.Logo)
	mux.Handle("GET /brand/", c.Brand)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	return mux
}

// page answers with h, and with the problem page when h fails.
func (s *Server) page(h Page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.config.Problems.Internal(w, r, err)
		}
	})
}

// form is page behind the protection against posts that another origin makes a browser send.
func (s *Server) form(h Page) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(s.config.Problems.CrossOrigin))
	return protection.Handler(s.page(h))
}

// route answers with the mux, and with a problem in the house's own words where no route fits.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		r.Body = http.MaxBytesReader(w, r.Body, max(maxBodyBytes, s.config.Uploads[pattern]))
		s.mux.ServeHTTP(w, r)
		return
	}
	// The mux knows whether the address exists with another method, and says so only by answering.
	answer := refusal{header: http.Header{}}
	h.ServeHTTP(&answer, r)
	if answer.status != http.StatusMethodNotAllowed {
		s.config.Problems.NotFound(w, r)
		return
	}
	w.Header().Set("Allow", answer.header.Get("Allow")) // RFC 9110 §15.5.6
	s.config.Problems.Method(w, r)
}

// refusal keeps the status and the headers of an answer and drops its text.
type refusal struct {
	header http.Header
	status int
}

func (a *refusal) Header() http.Header         { return a.header }
func (a *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (a *refusal) WriteHeader(status int)      { a.status = status }
