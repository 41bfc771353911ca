package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// demo is a running "udap-idp demo".
type demo struct {
	*process
	issuer, hospital string
	patient, admin   string // enrolment links
}

// When the people of the demo were born, which its guide says.
const (
	demoPatientBorn       = "1984-06-12"
	demoAdministratorBorn = "1976-02-03"
)

var inviteLink = regexp.MustCompile(`http://\S+/invite/\S+`)

func newDemo(t *testing.T) *demo {
	t.Helper()
	port, hospital := freePort(t), freePort(t)
	d := &demo{issuer: fmt.Sprintf("http://localhost:%d", port), hospital: fmt.Sprintf("http://localhost:%d", hospital)}
	d.process = start(t, "demo", "--port", fmt.Sprint(port), "--hospital-port", fmt.Sprint(hospital))
	for limit := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		links := inviteLink.FindAllString(d.output(), -1)
		if len(links) == 2 && strings.Contains(d.output(), "Ctrl-C") {
			d.patient, d.admin = links[0], links[1]
			return d
		}
		if time.Now().After(limit) {
			t.Fatalf("the demo printed no guide:\n%s", d.output())
		}
	}
}

// received is what the hospital says that it received.
type received struct {
	Error   string `json:"error"`
	IDToken struct {
		Header map[string]any `json:"header"`
		Claims map[string]any `json:"claims"`
	} `json:"id_token"`
	UserInfo map[string]any `json:"userinfo"`
	Match    map[string]any `json:"match"`
}

// TestDemoIsTheWholeJourney walks what the demo's guide says, in the browser, and reads what the hospital received.
func TestDemoIsTheWholeJourney(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	b := newBrowser(t)
	b.invited(d.patient, demoPatientBorn)
	b.shot("invitation")
	b.click("declaration")
	b.click("passkey-create")
	b.page("enrolled")
	b.shot("enrolled")

	b.open(d.hospital)
	b.page("hospital-home")
	b.shot("hospital-home")
	b.click("hospital-sign-in")
	b.page("sign-in")
	b.shot("sign-in")
	b.click("passkey-sign-in")
	b.page("consent")
	b.shot("consent")
	if text := b.text("main"); !strings.Contains(text, "General Hospital") || !strings.Contains(text, "Maria") {
		t.Errorf("the consent page names neither the hospital nor the values:\n%s", text)
	}
	b.allow()
	b.page("hospital-result")
	b.shot("hospital-result")
	if match := b.text("#hospital-match"); !strings.Contains(match, "Maria") {
		t.Errorf("the hospital matched %q", match)
	}
	if shared := b.text("#hospital-shared"); !strings.Contains(shared, "your phone number") || !strings.Contains(shared, "Digital Identifier") {
		t.Errorf("the hospital says %q", shared)
	}

	var got received
	b.open(d.hospital + "/result.json")
	body := b.text("body")
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Error != "" {
		t.Fatalf("result.json: %v %s", err, body)
	}
	header, claims := got.IDToken.Header, got.IDToken.Claims
	if header["alg"] != "RS256" || header["typ"] != "JWT" || header["kid"] == nil || header["x5c"] == nil {
		t.Errorf("ID Token header %v", header)
	}
	for _, name := range []string{"iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "jti", "nonce", "at_hash", "sid", "acr", "amr",
		"name", "given_name", "family_name", "birthdate", "gender", "address", "phone_number", "email", "hl7_identifier", "hl7_person_identifier"} {
		if claims[name] == nil {
			t.Errorf("the ID Token has no %s", name)
		}
	}
	if claims["iss"] != d.issuer || claims["acr"] != "http://udap.org/code/id/idial1.8" || got.UserInfo["sub"] != claims["sub"] {
		t.Errorf("claims %v, UserInfo %v", claims, got.UserInfo)
	}

	// The second time she is known at the hospital, whose picture is here now, and switches something off.
	b.open(d.hospital)
	b.click("hospital-sign-in")
	b.page("consent")
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`document.querySelector(".emblem img[src^='/logo/']")?.naturalWidth > 0`)); err != nil {
		t.Errorf("the hospital's picture from our own origin: %v", err)
	}
	b.shot("consent-known")
	b.click("share-phone_number")
	b.click("consent-allow")
	b.page("hospital-result")
	if kept := b.text("#hospital-not-shared"); !strings.Contains(kept, "your phone number") || strings.Contains(kept, "address") {
		t.Errorf("the hospital says %q", kept)
	}

	// The third time she says no.
	b.open(d.hospital)
	b.click("hospital-sign-in")
	b.page("consent")
	b.click("consent-deny")
	b.page("hospital-problem")
	b.shot("hospital-problem")

	b.open(d.issuer + "/account")
	b.page("account")
	b.shot("account")
}

// TestDemoAdministratorSeesTheHouse: the sample administrator is led to the desk, and sees the community and the hospital.
func TestDemoAdministratorSeesTheHouse(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	b := newBrowser(t)
	b.enrol(d.admin, demoAdministratorBorn)
	b.open(d.issuer + "/admin")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("admin")
	b.shot("admin")
	b.open(d.issuer + "/admin/trust")
	b.page("admin-trust")
	if text := b.text("main"); !strings.Contains(text, "Trust anchors") {
		t.Errorf("the administrator does not see the community:\n%s", text)
	}
}

// shot writes a picture of the page into the folder named by SCREENSHOTS, if it is set: as a phone in the light and the dark
// scheme, and as a desktop.
func (b *browser) shot(name string) {
	b.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, view := range []struct {
		name, scheme string
		width        int64
	}{{"phone", "light", 390}, {"phone-dark", "dark", 390}, {"narrow", "light", 320}, {"desktop", "light", 1280}} {
		params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: view.scheme}}}
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, params); err != nil {
			b.t.Fatal(err)
		}
		b.do("resize", chromedp.EmulateViewport(view.width, 844))
		if wide := evaluate[float64](b, "document.documentElement.scrollWidth"); wide > float64(view.width) {
			b.t.Errorf("%s scrolls sideways at %d: %v px wide", name, view.width, wide)
		}
		picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+view.name+".png"), picture, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.do("size back", chromedp.ResetViewport())
}
