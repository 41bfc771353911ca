package pages

import (
	"html/template"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestTimeInASentenceIsMarkedUp: a script can find it, and whatever else stands in the sentence is text.
func TestTimeInASentenceIsMarkedUp(t *testing.T) {
	t.Parallel()
	l := newPages(t).catalog.byTag["en"]
	at := time.Date(2026, time.November, 24, 9, 30, 0, 0, time.FixedZone("", -5*3600))
	got, err := l.words("passkey.used.on", "moment", l.momentTag(at), "device", `<b>"a" & {moment}`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `Last used <time data-moment datetime="2026-11-24T14:30:00Z">November 24, 2026 at 14:30 UTC</time>, on: &lt;b&gt;&#34;a&#34; &amp; {moment}`
	if got != template.HTML(want) {
		t.Errorf("got %v", got)
	}
	if got, err := l.words("passkey.created", "date", "<b>"); err != nil || got != "Created <b>" { // text, which the template escapes
		t.Errorf("got %v, %v", got, err)
	}
	if got := l.momentTag(time.Time{}); got != "" {
		t.Errorf("no time is %q", got)
	}
	for _, pairs := range [][]any{{"moment", l.momentTag(at), "device"}, {"moment", l.momentTag(at)}} {
		if _, err := l.words("no.such.key", pairs...); err == nil {
			t.Error("a key that is not there makes a text")
		}
	}
}

// TestTheSameStepsAreOneLine: what our staff did again and again is said once with how often; what she may say was not she stands alone.
func TestTheSameStepsAreOneLine(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 5, 14, 0, 0, 0, time.UTC)
	var entries []ActivityEntry
	for n := range 4 {
		entries = append(entries, ActivityEntry{ID: string(rune('a' + n)), At: at.Add(-time.Duration(n) * time.Minute), Kind: "proofing.step", By: ByStaff})
	}
	for n := range 2 {
		entries = append(entries, ActivityEntry{ID: string(rune('x' + n)), At: at.Add(-time.Hour), Kind: "signin", By: ByYou, NotMe: true})
	}
	body := show(t, newPages(t), sample{render: func(p *Pages, w http.ResponseWriter, r *http.Request) error {
		return p.AccountActivity(w, r, AccountActivity{Entries: entries})
	}}, "en").Body.String()
	if got := strings.Count(body, "<li>\n<div>"); got != 3 || !strings.Contains(body, "4 times") {
		t.Errorf("%d lines:\n%s", got, body)
	}
}
