package pages

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DateField is a day as it was typed into three fields.
type DateField struct{ Day, Month, Year string }

// ISO is the day as YYYY-MM-DD, "" when the fields are not numbers. Whether there is such a day is for others to say.
func (d DateField) ISO() string {
	var n [3]int
	for i, text := range []string{d.Year, d.Month, d.Day} {
		v, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || v < 1 || v > 9999 {
			return ""
		}
		n[i] = v
	}
	return fmt.Sprintf("%04d-%02d-%02d", n[0], n[1], n[2])
}

// Is reports whether the month of the list, from 0, was chosen.
func (d DateField) Is(index int) bool {
	v, err := strconv.Atoi(strings.TrimSpace(d.Month))
	return err == nil && v == index+1
}

// dayFirst reports whether the language writes the day before the month.
func (l *language) dayFirst() bool {
	return strings.Index(l.Date, "{day}") < strings.Index(l.Date, "{month}")
}

// monthNumber is what the form sends for a month of the list.
func monthNumber(index int) int { return index + 1 }

// show renders a page without anything of its own.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, name string, status int, data any) error {
	return p.render(w, r, page{name: name, status: status, lang: p.catalog.choose(r, nil), data: data})
}

// Recover is the first page of the way back into an account.
type Recover struct {
	Request   string // the authorization request that she came with
	Address   string // as typed
	Birthdate DateField
	Late      bool // she had begun, and it took too long
	Errors    FieldErrors
}

// Recover renders it.
func (p *Pages) Recover(w http.ResponseWriter, r *http.Request, v Recover) error {
	return p.render(w, r, page{name: "recover", status: formStatus(v.Errors), lang: p.catalog.choose(r, nil), data: v, query: requestQuery(v.Request)})
}

// Code is the page on which a code is typed that was sent to an address.
type Code struct {
	Kind         string // recovery, second, sign-up or contact
	Action       string // the path that the form posts to
	ResendAction string
	Channel      string // email or sms
	To           string // the address, masked where the reader did not type it
	ExpiresAt    time.Time
	SavedURL     string // another way, "" for none
	BackURL      string
	Sent         bool // the code was sent once more
	Errors       FieldErrors
}

// Left is how many seconds the code is good for still.
func (c Code) Left() float64 { return secondsUntil(c.ExpiresAt) }

// LeadKey is the text of what was sent.
func (c Code) LeadKey() string { return "code.lead." + c.Kind }

// ToKey is the text of where it went.
func (c Code) ToKey() string { return "code.to." + c.Channel }

// LateKey is the text of what to do when it does not come.
func (c Code) LateKey() string { return "code.late." + c.Channel }

// Digits reports whether the code is of digits only.
func (c Code) Digits() bool { return c.Channel == "sms" }

// Code renders it.
func (p *Pages) Code(w http.ResponseWriter, r *http.Request, v Code) error {
	return p.render(w, r, page{name: "code", status: formStatus(v.Errors), lang: p.catalog.choose(r, nil), data: v, query: url.Values{}})
}

// RecoverSaved is the page on which a recovery code is typed.
type RecoverSaved struct {
	Code    string // as typed
	BackURL string
	Errors  FieldErrors
}

// RecoverSaved renders it.
func (p *Pages) RecoverSaved(w http.ResponseWriter, r *http.Request, v RecoverSaved) error {
	return p.show(w, r, "recover-saved", formStatus(v.Errors), v)
}

// RecoverChannel is an address that another code may go to.
type RecoverChannel struct {
	Channel string // email or sms
	To      string // masked
	Waits   bool   // with this one there is a waiting period
}

// RecoverSecond is the choice of the second thing to show.
type RecoverSecond struct {
	SavedURL string // "" when a saved code was shown already
	Channels []RecoverChannel
	Days     int // of the waiting period
}

// RecoverSecond renders it.
func (p *Pages) RecoverSecond(w http.ResponseWriter, r *http.Request, v RecoverSecond) error {
	return p.show(w, r, "recover-second", http.StatusOK, v)
}

// RecoverWait says until when is waited.
type RecoverWait struct{ Until, Last time.Time }

// RecoverWait renders it.
func (p *Pages) RecoverWait(w http.ResponseWriter, r *http.Request, v RecoverWait) error {
	return p.show(w, r, "recover-wait", http.StatusOK, v)
}

// RecoverDone says that enough was shown.
type RecoverDone struct{ GivenName string }

// RecoverDone renders it.
func (p *Pages) RecoverDone(w http.ResponseWriter, r *http.Request, v RecoverDone) error {
	return p.show(w, r, "recover-done", http.StatusOK, v)
}

// RecoverCode shows the recovery code that takes the place of the one that was used.
type RecoverCode struct {
	Code  string
	URL   string // where the passkey is made
	Again Again
}

// RecoverCode renders it.
func (p *Pages) RecoverCode(w http.ResponseWriter, r *http.Request, v RecoverCode) error {
	return p.render(w, r, page{name: "recover-code", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v, query: url.Values{}, again: v.Again})
}

// RecoverCancel is the page behind the link that stops a recovery.
type RecoverCancel struct{ Action string }

// RecoverCancel renders it.
func (p *Pages) RecoverCancel(w http.ResponseWriter, r *http.Request, v RecoverCancel) error {
	return p.show(w, r, "recover-cancel", http.StatusOK, v)
}

// RecoverCancelled says that it was stopped.
func (p *Pages) RecoverCancelled(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, "recover-cancelled", http.StatusOK, struct{}{})
}

// TooMany says when something may be tried again.
type TooMany struct {
	Until, Now time.Time
	SavedURL   string // another way, which is open: for who has recovery codes; "" for none
}

// longWait is what is said as a time of day and not in minutes.
const longWait = 2 * time.Hour

// Minutes is how long that is, 0 when it is long.
func (v TooMany) Minutes() int {
	left := v.Until.Sub(v.Now)
	if left > longWait {
		return 0
	}
	return max(1, int(math.Ceil(left.Minutes())))
}

// TooMany renders it. RFC 6585 §4: 429, with Retry-After.
func (p *Pages) TooMany(w http.ResponseWriter, r *http.Request, v TooMany) error {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(v.Until.Sub(v.Now).Seconds())))))
	return p.show(w, r, "too-many", http.StatusTooManyRequests, v)
}

// Contact is the page on which an address of a person is changed or confirmed.
type Contact struct {
	Action    string
	Channel   string // email or sms
	Current   string // "" when there is none
	Confirmed bool   // she has shown that the current one is hers
	Address   string // as typed
	Errors    FieldErrors
}

// HeadingKey and the others are the texts by channel.
func (c Contact) HeadingKey() string { return "contact.heading." + c.Channel }

// LabelKey is the field's.
func (c Contact) LabelKey() string { return "contact.label." + c.Channel }

// Contact renders it.
func (p *Pages) Contact(w http.ResponseWriter, r *http.Request, v Contact) error {
	return p.show(w, r, "contact", formStatus(v.Errors), v)
}
