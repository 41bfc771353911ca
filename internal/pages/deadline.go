package pages

import "time"

// Deadline is until when a page can be answered. {{template "deadline" .Page.Deadline}} says it and has a form of its own for
// more time; "deadline-in-form" has a button for the page's form, which posts decision=extend. Both want the script deadline.js,
// which warns two minutes before the end, and are whole without it.
type Deadline struct {
	Request string    // id of the authorization request
	Until   time.Time // zero: no end is in sight
	More    bool      // there is more time for whoever asks
}

// Left is how many seconds are left, so that the reader's clock need not be right.
func (d Deadline) Left() float64 { return secondsUntil(d.Until) }

// secondsUntil is to the millisecond: a page must not say that it is over while an answer still counts.
func secondsUntil(t time.Time) float64 { return float64(max(0, time.Until(t).Milliseconds())) / 1000 }
