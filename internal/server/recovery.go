package server

import "net/http"

// Recovery is the room of those who cannot sign in, and of what they prepare for that day.
type Recovery interface {
	InvitePage(w http.ResponseWriter, r *http.Request) error
	Invite(w http.ResponseWriter, r *http.Request) error
	CheckPage(w http.ResponseWriter, r *http.Request) error
	Check(w http.ResponseWriter, r *http.Request) error

	SignUpPage(w http.ResponseWriter, r *http.Request) error
	SignUpNow(w http.ResponseWriter, r *http.Request) error
	SignUpCodePage(w http.ResponseWriter, r *http.Request) error
	SignUpCode(w http.ResponseWriter, r *http.Request) error
	SignUpSend(w http.ResponseWriter, r *http.Request) error

	StartPage(w http.ResponseWriter, r *http.Request) error
	Start(w http.ResponseWriter, r *http.Request) error
	Next(w http.ResponseWriter, r *http.Request) error
	CodePage(w http.ResponseWriter, r *http.Request) error
	Code(w http.ResponseWriter, r *http.Request) error
	Send(w http.ResponseWriter, r *http.Request) error
	SavedPage(w http.ResponseWriter, r *http.Request) error
	Saved(w http.ResponseWriter, r *http.Request) error
	SecondPage(w http.ResponseWriter, r *http.Request) error
	WaitPage(w http.ResponseWriter, r *http.Request) error
	DonePage(w http.ResponseWriter, r *http.Request) error
	Done(w http.ResponseWriter, r *http.Request) error
	CancelPage(w http.ResponseWriter, r *http.Request) error
	Cancel(w http.ResponseWriter, r *http.Request) error
	OwnPage(w http.ResponseWriter, r *http.Request) error
	CancelOwn(w http.ResponseWriter, r *http.Request) error

	CodesPage(w http.ResponseWriter, r *http.Request) error
	NewCodesPage(w http.ResponseWriter, r *http.Request) error
	MakeCodes(w http.ResponseWriter, r *http.Request) error
	DownloadCodes(w http.ResponseWriter, r *http.Request) error
	CodesAgain(w http.ResponseWriter, r *http.Request) error
	CodeAgain(w http.ResponseWriter, r *http.Request) error

	ContactPage(w http.ResponseWriter, r *http.Request) error
	Contact(w http.ResponseWriter, r *http.Request) error
	ContactCodePage(w http.ResponseWriter, r *http.Request) error
	ContactCode(w http.ResponseWriter, r *http.Request) error
	ContactSend(w http.ResponseWriter, r *http.Request) error
}
