package admin

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"udap-idp/internal/brand"
	"udap-idp/internal/idp"
	"udap-idp/internal/logo"
	"udap-idp/internal/pages"
)

// looks is brand and logo as the command wires them.
type looks struct{}

func (looks) Contrast(color string) (contrast, needed float64, nearest string, ok bool) {
	return brand.Contrast(color)
}
func (looks) Picture(upload []byte) ([]byte, error) {
	return logo.Fit(upload, brand.MostWidth, brand.MostHeight, brand.MostBytes)
}
func (looks) Dress(operator pages.Brand, color string, picture []byte) (pages.Brand, http.Handler, error) {
	look, err := brand.New(brand.Options{Logo: picture, PrimaryColor: color, Prefix: LookPrefix})
	if err != nil {
		return operator, nil, err
	}
	operator.Style, operator.Logo = look.Style, pages.Logo{URL: look.Logo, Width: look.Width, Height: look.Height}
	return operator, look.Handler(), nil
}

func brandForm(act string) url.Values {
	return url.Values{"act": {act}, "name": {"Riverside Health ID"}, "help_email": {"help@riverside.example"}, "color": {"#7a1f5c"}}
}

// uploadLogo posts a form with a picture, as a browser does.
func (h *house) uploadLogo(path string, form url.Values, picture []byte) *httptest.ResponseRecorder {
	h.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range form {
		if err := w.WriteField(name, form.Get(name)); err != nil {
			h.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("logo", "logo.png")
	if err != nil {
		h.Fatal(err)
	}
	if _, err := part.Write(picture); err != nil {
		h.Fatal(err)
	}
	w.Close()
	return h.answer(http.MethodPost, path, &body, w.FormDataContentType())
}

func picture(t *testing.T) []byte {
	t.Helper()
	p := image.NewNRGBA(image.Rect(0, 0, 400, 100))
	for x := range 400 {
		p.Set(x, 50, color.NRGBA{R: 200, A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), "<script>trailing</script>"...)
}

func TestProposedLookIsSeenByNobodyElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.Owner).get("/admin/branding"), http.StatusOK, "admin-branding", "Save for everybody")
	w := h.follow(h.post("/admin/branding", brandForm("preview")))
	wantPage(t, w, http.StatusOK, "admin-branding", "This page shows a proposal", "Riverside Health ID", LookPrefix+"brand.")
	style := "/admin" + between(w.Body.String(), `<link rel="stylesheet" href="/admin`, `"`)
	if css := h.get(style); css.Code != http.StatusOK || !strings.Contains(css.Body.String(), "#7a1f5c") {
		t.Errorf("%s: status %d, %s", style, css.Code, css.Body)
	}
	for page, text := range map[string]string{"sign-in": "Riverside Health ID", "consent": "General Hospital"} {
		w := h.get("/admin/branding/preview/" + page)
		wantPage(t, w, http.StatusOK, page, text, "This is a preview", "inert", style)
		if strings.Contains(w.Body.String(), `.js"`) {
			t.Errorf("the preview of %s runs a script", page)
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "style-src 'self';") {
			t.Errorf("the preview of %s has the policy %q", page, csp)
		}
	}
	if body := h.get("/admin").Body.String(); strings.Contains(body, "Riverside") || strings.Contains(body, LookPrefix) {
		t.Error("another page has the proposed look")
	}
	if got := h.admin.Settings.Now().Operator.Name; got == "Riverside Health ID" || len(h.events("setting.change")) != 0 {
		t.Errorf("the operator is %s", got)
	}
	wantPage(t, h.follow(h.post("/admin/branding", url.Values{"act": {"discard"}})), http.StatusOK, "admin-branding", "The proposal is discarded")
	wantPage(t, h.get("/admin/branding/preview/none"), http.StatusNotFound, "problem")
	if body := h.as(idp.Auditor).get("/admin/branding").Body.String(); strings.Contains(body, `<form method="post" action="/admin`) {
		t.Error("an auditor, who changes nothing, sees a form")
	}
}

func TestLookIsSavedForEverybodyAndTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.follow(h.as(idp.Owner).uploadLogo("/admin/branding", brandForm("save"), picture(t)))
	wantPage(t, w, http.StatusOK, "admin-branding", "Every page and message has the look")
	now := h.admin.Settings.Now()
	if now.Operator.Name != "Riverside Health ID" || now.Operator.PrimaryColor != "#7a1f5c" || now.Operator.HelpEmail != "help@riverside.example" || len(now.Logo) == 0 {
		t.Errorf("in force: %+v, a logo of %d bytes", now.Operator, len(now.Logo))
	}
	if bytes.Contains(now.Logo, []byte("script")) {
		t.Error("the logo has what was behind the picture")
	}
	if events := h.events("setting.change"); len(events) != 1 || !strings.Contains(events[0].Detail, `"name":"operator-name","before":"","after":"Riverside Health ID"`) {
		t.Errorf("recorded %+v", events)
	}
	wantPage(t, h.follow(h.post("/admin/branding", url.Values{"act": {"revert"}})), http.StatusOK, "admin-branding", "Saved")
	if now := h.admin.Settings.Now(); now.Operator.Name != "udap-idp" || now.Operator.PrimaryColor != "" || len(now.Logo) != 0 {
		t.Errorf("after the way back: %+v, a logo of %d bytes", now.Operator, len(now.Logo))
	}
}

func TestLookThatCannotBeReadIsRefusedWithTheNearest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := brandForm("save")
	form.Set("color", "#ffd200")
	form.Set("name", "")
	form.Set("help_email", "nobody")
	w := h.as(idp.Owner).post("/admin/branding", form)
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-branding", "People could not read this color", "The nearest color that they can read is #", "Type a name", "#ffd200", `value="nobody"`)
	w = h.uploadLogo("/admin/branding", brandForm("save"), []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`))
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-branding", "This file cannot be used", "Riverside Health ID")
	w = h.uploadLogo("/admin/branding", brandForm("save"), bytes.Repeat([]byte("x"), maxPicture+1))
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-branding", "This file cannot be used")
	if len(h.events("setting.change")) != 0 {
		t.Error("something was saved")
	}
}

func TestLookOfTheMachineStays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withSettings(t, "UDAP_IDP_OPERATOR_NAME=Of The Machine"))
	w := h.as(idp.Owner).get("/admin/branding")
	wantPage(t, w, http.StatusOK, "admin-branding", "Of The Machine", "UDAP_IDP_OPERATOR_NAME")
	h.follow(h.post("/admin/branding", brandForm("save")))
	if now := h.admin.Settings.Now().Operator; now.Name != "Of The Machine" || now.PrimaryColor != "#7a1f5c" {
		t.Errorf("in force: %+v", now)
	}
}
