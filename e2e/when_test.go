package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"udap-idp/internal/pages"
)

// activityOfTwoDays is a history that is of two days in UTC, and of other two where the reader is.
func activityOfTwoDays(p *pages.Pages) func(http.ResponseWriter, *http.Request) error {
	at := time.Date(2026, time.May, 5, 14, 0, 0, 0, time.UTC)
	entry := func(hours int, kind, by string) pages.ActivityEntry {
		return pages.ActivityEntry{ID: kind + by, At: at.Add(-time.Duration(hours) * time.Hour), Kind: kind, By: by}
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		return p.AccountActivity(w, r, pages.AccountActivity{Entries: []pages.ActivityEntry{
			entry(0, "signin", pages.ByYou), entry(12, "passkey.add", pages.ByYou), entry(15, "signin", pages.ByYou),
			entry(16, "proofing.step", pages.ByStaff), entry(17, "proofing.step", pages.ByStaff), entry(18, "proofing.step", pages.ByStaff),
		}})
	}
}

// TestTimesAreTheReadersOwn: in her zone and her language, days of hers where things are listed by day; without script in UTC, which
// is named.
func TestTimesAreTheReadersOwn(t *testing.T) {
	t.Parallel()
	gallery, b := newGallery(t), newBrowser(t)
	zone := func(name string) {
		t.Helper()
		if _, err := chromedp.Call(b.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: name}); err != nil {
			t.Fatal(err)
		}
	}
	says := func(path, name string, words ...string) {
		t.Helper()
		b.open(gallery + path)
		b.page(name)
		text := strings.Join(strings.Fields(b.text("main")), " ")
		text = strings.ReplaceAll(text, "\u202f", " ")
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q:\n%s", path, w, text)
			}
		}
	}
	zone("America/New_York")
	says("/passkeys-offer?lang=en", "account-passkeys", "Last used May 4, 2026 at 5:30 AM, on: iPhone")
	says("/passkeys-offer?lang=es", "account-passkeys", "Último uso: 4 de mayo de 2026 a las 5:30, en: iPhone")
	says("/activity?lang=en", "account-activity", "May 5, 2026 You signed in 10:00 AM · You", "May 4, 2026 A passkey was added 10:00 PM · You", "3 times · 6:00 PM · Our staff")
	if days := evaluate[int](b, `document.querySelectorAll("main h2").length`); days != 2 {
		t.Errorf("%d days in New York, want 2", days)
	}
	zone("Asia/Tokyo")
	says("/activity?lang=en", "account-activity", "May 5, 2026 You signed in 11:00 PM · You A passkey was added 11:00 AM · You You signed in 8:00 AM · You")
	if days := evaluate[int](b, `document.querySelectorAll("main h2").length`); days != 1 {
		t.Errorf("%d days in Tokyo, want 1", days)
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	says("/passkeys-offer?lang=es", "account-passkeys", "Último uso: 4 de mayo de 2026 a las 09:30 UTC, en: iPhone")
	says("/activity?lang=en", "account-activity", "May 5, 2026 You signed in 14:00 UTC · You A passkey was added 02:00 UTC · You", "May 4, 2026 You signed in 23:00 UTC · You")
}
