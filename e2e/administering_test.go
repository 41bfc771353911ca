package e2e

import (
	"bytes"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"udap-idp/internal/pages"
	"udap-idp/web"
)

// administering are the pictures of docs/administering.md: pages of the catalogue.
var administering = []string{
	"admin-administrators", "admin-approvals", "admin-today", "admin-keys", "admin-settings", "admin-branding", "admin-retention", "admin-policies",
	"admin-message-test", "admin-people", "admin-person", "admin-proofing", "admin-clients", "admin-attempt", "admin-claims", "admin-requests",
	"admin-comparison", "admin-new-person", "admin-edit", "admin-invite", "admin-import", "admin-export", "admin-community-confirm",
	"admin-community", "admin-certificate-request", "admin-messages", "admin-audit", "setup",
}

// withoutPicture are the tasks of docs/administering.md that have none.
var withoutPicture = []string{"Who may do what", "Changing or taking away a role"}

// TestEachTaskOfAdministeringHasItsPicture: and each picture its task.
func TestEachTaskOfAdministeringHasItsPicture(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/administering.md")
	if err != nil {
		t.Fatal(err)
	}
	picture := regexp.MustCompile(`!\[[^\]]+\]\(administering/([a-z-]+)\.png\)`)
	var used []string
	for _, task := range strings.Split(string(text), "\n## ")[1:] {
		name, body, _ := strings.Cut(task, "\n")
		found := picture.FindAllStringSubmatch(body, -1)
		if len(found) == 0 && !slices.Contains(withoutPicture, name) {
			t.Errorf("%s has no picture", name)
		}
		for _, f := range found {
			used = append(used, f[1])
			info, err := os.Stat("../docs/administering/" + f[1] + ".png")
			if err != nil {
				t.Error(err)
			} else if info.Size() > maxDocsPicture {
				t.Errorf("the picture of %s has %d bytes, more than %d", name, info.Size(), maxDocsPicture)
			}
		}
	}
	for _, name := range administering {
		if !slices.Contains(used, name) {
			t.Errorf("the picture %s stands nowhere", name)
		}
	}
}

// TestAdministeringPictures takes the pictures of docs/administering.md, into the folder administering of the one named by DOCS (make
// screenshots DOCS=docs). It tests nothing but their weight, and is skipped without a folder.
func TestAdministeringPictures(t *testing.T) {
	dir := os.Getenv("DOCS")
	if dir == "" {
		t.Skip("DOCS names no folder")
	}
	dir = filepath.Join(dir, "administering")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h := newShownHouse(t)
	known := map[string]shown{
		"admin-today": {name: "admin-today", page: "admin", open: func(h *shownHouse) { h.browser.open(today(h.t) + "/") }},
		"setup": {name: "setup", page: "setup", open: func(h *shownHouse) {
			p := startProvider(h.t, "--operator-name", "Sample Health ID")
			h.browser.open(setupLink.FindString(p.process.output()))
		}},
	}
	for _, s := range shownPages() {
		known[s.name] = s
	}
	for _, name := range administering {
		s, ok := known[name]
		if !ok {
			t.Errorf("there is no page %s", name)
			continue
		}
		h.screen(1080, "light")
		height := int64(680)
		if name == "admin-today" { // with the pictures on it
			height = 1180
		}
		h.do("resize", chromedp.EmulateViewport(1080, height))
		h.show(s, "en")
		h.do("to the top", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur(); scrollTo(0, 0)"))
		raw, err := chromedp.Run(h.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fewColors(picture)); err != nil {
			t.Fatal(err)
		}
		if out.Len() > maxDocsPicture {
			t.Errorf("%s has %d bytes, more than %d", name, out.Len(), maxDocsPicture)
		}
		write(t, filepath.Join(dir, name+".png"), out.Bytes())
	}
}

// today serves the dashboard of a service that is in use.
func today(t testing.TB) string {
	t.Helper()
	p, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	days := func(key, unit string, tones [2]string, values func(day int) []int) pages.Picture {
		picture := pages.Picture{Key: key, Unit: unit, Series: []pages.Series{{Key: tones[0], Tone: tones[0]}, {Key: tones[1], Tone: tones[1]}}}
		if unit == "" {
			picture.Series[0], picture.Series[1] = pages.Series{Key: "allowed", Tone: "good"}, pages.Series{Key: "refused", Tone: "bad"}
		}
		for n := range 30 {
			picture.Bars = append(picture.Bars, pages.Bar{Day: time.Now().AddDate(0, 0, n-29), Values: values(n)})
		}
		return picture
	}
	dashboard := pages.AdminDashboard{
		Desk:  pages.Desk{SignedInAs: "Max Admin", RoleKey: pages.RoleKey("owner")},
		Needs: []pages.Need{{Key: "approvals", Count: 1, URL: "/admin/approvals"}, {Key: "proofing-notifications", Count: 4, URL: "/admin/proofing"}},
		Pictures: []pages.Picture{
			days("signins", "", [2]string{"allowed", "refused"}, func(n int) []int { return []int{400 + n*23%170 - 250*(n%7/6), 12 + n*5%17} }),
			days("latency-people", "ms", [2]string{"most", "half"}, func(n int) []int { return []int{40 + n*13%25, 6 + n%3} }),
		},
	}
	for _, s := range []string{"dashboard", "people", "proofing", "requests", "clients", "trust", "messages", "approvals", "administrators", "audit"} {
		dashboard.Sections = append(dashboard.Sections, pages.Section{URL: "/admin/" + s, TextKey: "admin.nav." + s, Current: s == "dashboard"})
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+web.Prefix, web.Handler())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if err := p.AdminDashboard(w, r, dashboard); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}
