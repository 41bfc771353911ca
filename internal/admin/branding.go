package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/settings"
)

// Looks is how the operator may look (packages brand and logo), as the room needs it.
type Looks interface {
	// Contrast is how well a colour can be read, how well it must be, and the nearest that can. ok is false for what is no colour.
	Contrast(color string) (contrast, needed float64, nearest string, ok bool)
	// Picture makes a picture that was uploaded into a small PNG with nothing else in it.
	Picture(upload []byte) ([]byte, error)
	// Dress is an operator in a look, whose files the handler has at LookPrefix.
	Dress(operator pages.Brand, color string, logo []byte) (pages.Brand, http.Handler, error)
}

// LookPrefix is where the files of a look are that is proposed.
const LookPrefix = "/admin/branding/look/"

// The drafts of a look.
const (
	draftLook   = "look"        // that is proposed
	draftBefore = "look.before" // that was in force before the last change
)

// brandSettings are the settings of the fields of the form.
var brandSettings = []struct{ field, setting string }{
	{"name", "operator-name"}, {"help_email", "help-email"}, {"help_phone", "help-phone"}, {"help_url", "help-url"}, {"color", "primary-color"},
}

// look is how the operator looks, by the names of the settings.
type look struct {
	Values map[string]string `json:"values"`
	Logo   []byte            `json:"logo,omitempty"`
}

// lookNow is the look in force.
func (a *Admin) lookNow() look {
	now := a.Settings.Now()
	return look{Values: map[string]string{
		"operator-name": now.Operator.Name, "help-email": now.Operator.HelpEmail, "help-phone": now.Operator.HelpPhone, "help-url": now.Operator.HelpURL,
		"primary-color": now.Operator.PrimaryColor,
	}, Logo: now.Logo}
}

// draftOf reads a look that is kept. ok is false when there is none.
func (a *Admin) draftOf(r *http.Request, name string) (l look, d idp.Draft, ok bool, err error) {
	d, err = a.Store.Draft(r.Context(), name)
	if errors.Is(err, idp.ErrNotFound) {
		return l, d, false, nil
	}
	if err != nil {
		return l, d, false, err
	}
	if err := json.Unmarshal([]byte(d.Value), &l); err != nil {
		return l, d, false, fmt.Errorf("draft %s: %w", name, err)
	}
	return l, d, true, nil
}

// dressed are the pages in a look.
func (a *Admin) dressed(l look, back string) (*pages.Pages, pages.Brand, http.Handler, error) {
	brand := pages.Brand{Name: l.Values["operator-name"], HelpEmail: l.Values["help-email"], HelpPhone: l.Values["help-phone"], HelpURL: l.Values["help-url"]}
	color := l.Values["primary-color"]
	if contrast, needed, _, ok := a.Looks.Contrast(color); !ok || contrast < needed {
		color = "" // what cannot be read is not shown
	}
	brand, files, err := a.Looks.Dress(brand, color, l.Logo)
	if err != nil {
		return nil, brand, nil, fmt.Errorf("a look: %w", err)
	}
	return a.Pages.Preview(brand, back), brand, files, nil
}

// proposed is the look that is shown: the proposal, or the one in force.
func (a *Admin) proposed(r *http.Request) (l look, d idp.Draft, is bool, err error) {
	l, d, is, err = a.draftOf(r, draftLook)
	if err == nil && !is {
		l = a.lookNow()
	}
	return l, d, is, err
}

// branding answers GET /admin/branding.
func (a *Admin) branding(w http.ResponseWriter, r *http.Request, by Visitor) error {
	l, _, _, err := a.proposed(r)
	if err != nil {
		return err
	}
	return a.showBranding(w, r, by, l, nil)
}

// showBranding shows a look with what is wrong with it, on a page that has it.
func (a *Admin) showBranding(w http.ResponseWriter, r *http.Request, by Visitor, l look, wrong pages.FieldErrors) error {
	page := pages.AdminBranding{
		Desk: a.desk(r, by), MayChange: by.may("POST /admin/branding"), Fixed: map[string]string{}, Generated: a.PracticesGenerated(r.Context()),
		Form: pages.BrandForm{
			Name: l.Values["operator-name"], HelpEmail: l.Values["help-email"], HelpPhone: l.Values["help-phone"], HelpURL: l.Values["help-url"],
			Color: l.Values["primary-color"], Errors: wrong,
		},
	}
	for _, d := range a.Settings.Now().Describe() {
		for _, f := range append(brandSettings, struct{ field, setting string }{"logo", "logo-file"}) {
			if d.Name == f.setting && a.Settings.Fixed(d.Name) {
				page.Fixed[f.field] = d.From
			}
		}
	}
	_, d, is, err := a.draftOf(r, draftLook)
	if err != nil {
		return err
	}
	if page.Proposed, page.At = is, d.ChangedAt; is {
		if page.By, err = a.nameOf(r.Context(), d.ChangedBy); err != nil {
			return err
		}
	}
	if _, _, page.MayRevert, err = a.draftOf(r, draftBefore); err != nil {
		return err
	}
	if contrast, needed, nearest, ok := a.Looks.Contrast(page.Form.Color); ok && contrast < needed {
		page.Contrast, page.Nearest = strconv.FormatFloat(contrast, 'f', 1, 64), nearest
	}
	shown := a.Pages
	if is {
		dressed, brand, _, err := a.dressed(l, "")
		if err != nil {
			return err
		}
		shown, page.Logo = dressed, brand.Logo
	} else {
		page.Logo = a.Pages.Brand().Logo
	}
	return shown.AdminBranding(w, r, page)
}

// maxPicture bounds a picture as it is uploaded, in bytes.
const maxPicture = 512 << 10

// changeBranding answers POST /admin/branding: a proposal is kept for its maker, or saved for everybody.
func (a *Admin) changeBranding(w http.ResponseWriter, r *http.Request, by Visitor) error {
	switch r.PostFormValue("act") {
	case "discard":
		return a.keepLook(w, r, by, nil, "look-discarded")
	case "revert":
		return a.revertBranding(w, r, by)
	case "preview", "save":
	default:
		return redirect(w, r, "/admin/branding")
	}
	l, wrong, err := a.lookTyped(r)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return a.showBranding(w, r, by, l, wrong)
	}
	if r.PostFormValue("act") == "preview" {
		return a.keepLook(w, r, by, &l, "proposed")
	}
	return a.saveBranding(w, r, by, l, "branded")
}

// lookTyped is the form. What the machine says stays as it is.
func (a *Admin) lookTyped(r *http.Request) (look, pages.FieldErrors, error) {
	before, _, _, err := a.proposed(r)
	if err != nil {
		return look{}, nil, err
	}
	l := look{Values: map[string]string{}, Logo: before.Logo}
	var wrong pages.FieldErrors
	for _, f := range brandSettings {
		if a.Settings.Fixed(f.setting) {
			l.Values[f.setting] = a.lookNow().Values[f.setting]
			continue
		}
		value := plain(r.PostFormValue(f.field))
		l.Values[f.setting] = value
		if value == "" && f.field != "name" {
			continue
		}
		if err := a.Settings.Check(f.setting, value); err != nil {
			wrong = append(wrong, pages.FieldError{Field: f.field, TextKey: "admin.branding.form." + f.field})
			continue
		}
		if f.field == "color" {
			if contrast, needed, _, ok := a.Looks.Contrast(value); !ok || contrast < needed {
				wrong = append(wrong, pages.FieldError{Field: "color", TextKey: "admin.branding.form.contrast"})
			}
		}
	}
	if a.Settings.Fixed("logo-file") {
		return l, wrong, nil
	}
	if r.PostFormValue("no_logo") == "yes" {
		l.Logo = nil
	}
	upload, err := picked(r, "logo")
	if err != nil || len(upload) > maxPicture {
		return l, append(wrong, pages.FieldError{Field: "logo", TextKey: "admin.branding.form.logo"}), nil
	}
	if len(upload) == 0 {
		return l, wrong, nil
	}
	picture, err := a.Looks.Picture(upload)
	if err != nil {
		return l, append(wrong, pages.FieldError{Field: "logo", TextKey: "admin.branding.form.logo"}), nil
	}
	l.Logo = picture
	return l, wrong, nil
}

// picked is a file of a form, nil when none was chosen.
func picked(r *http.Request, field string) ([]byte, error) {
	file, _, err := r.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxPicture+1))
}

// keepLook keeps a proposal, or with nil drops it. Nothing changes for anybody else, so nothing is recorded.
func (a *Admin) keepLook(w http.ResponseWriter, r *http.Request, by Visitor, l *look, done string) error {
	change := settings.Change{Drop: []string{draftLook}}
	if l != nil {
		change = settings.Change{Save: []idp.Draft{a.lookDraft(draftLook, *l, by)}}
	}
	if err := a.Settings.Make(r.Context(), change, a.reading(r, by.Person, "branding"), a.now()); err != nil {
		return err
	}
	return redirect(w, r, "/admin/branding?done="+done)
}

func (a *Admin) lookDraft(name string, l look, by Visitor) idp.Draft {
	return idp.Draft{Name: name, Value: detailOf(l), ChangedBy: by.Person.ID, ChangedAt: a.now()}
}

// saveBranding makes a look that of everybody, and keeps the one before.
func (a *Admin) saveBranding(w http.ResponseWriter, r *http.Request, by Visitor, l look, done string) error {
	now := a.lookNow()
	change := settings.Change{Set: map[string]string{}, Drop: []string{draftLook}, Save: []idp.Draft{a.lookDraft(draftBefore, now, by)}}
	for name, value := range l.Values {
		switch {
		case a.Settings.Fixed(name) || value == now.Values[name]:
		case value == "":
			change.Clear = append(change.Clear, name)
		default:
			change.Set[name] = value
		}
	}
	if string(l.Logo) != string(now.Logo) && !a.Settings.Fixed("logo-file") {
		change.Logo = &l.Logo
	}
	err := a.Settings.Make(r.Context(), change, a.reading(r, by.Person, "branding"), a.now())
	if wrong := settingErrors(err, brandFields()); len(wrong) > 0 {
		return a.showBranding(w, r, by, l, wrong)
	}
	if key := refusalKey(err); key != "" {
		return redirect(w, r, "/admin/branding?refused="+key)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/branding?done="+done)
}

func brandFields() map[string]string {
	fields := map[string]string{}
	for _, f := range brandSettings {
		fields[f.setting] = f.field
	}
	return fields
}

// revertBranding goes back to the look before the last change; the one of now becomes the one before.
func (a *Admin) revertBranding(w http.ResponseWriter, r *http.Request, by Visitor) error {
	l, _, ok, err := a.draftOf(r, draftBefore)
	if err != nil {
		return err
	}
	if !ok {
		return redirect(w, r, "/admin/branding")
	}
	return a.saveBranding(w, r, by, l, "branded")
}

// lookFile answers GET /admin/branding/look/{id}: a file of the look that is proposed.
func (a *Admin) lookFile(w http.ResponseWriter, r *http.Request, _ Visitor) error {
	l, _, _, err := a.proposed(r)
	if err != nil {
		return err
	}
	_, brand, files, err := a.dressed(l, "")
	if err != nil {
		return err
	}
	if path := r.URL.Path; path != brand.Style && path != brand.Logo.URL {
		return a.notFound(w, r)
	}
	files.ServeHTTP(w, r)
	return nil
}

// previewPage answers GET /admin/branding/preview/{id}: a page of the patients', whole, in the look that is proposed. It is a page of
// its own and no frame in another, so that no page of ours can be framed by anybody, ourselves included.
func (a *Admin) previewPage(w http.ResponseWriter, r *http.Request, _ Visitor) error {
	l, _, _, err := a.proposed(r)
	if err != nil {
		return err
	}
	shown, _, _, err := a.dressed(l, "/admin/branding")
	if err != nil {
		return err
	}
	switch r.PathValue("id") {
	case "sign-in":
		return shown.SignIn(w, r, pages.SignIn{Request: "preview", Ceremony: "preview", Options: `{"publicKey":{}}`, Organization: sampleHospital})
	case "consent":
		item := func(claim, value string) pages.ConsentItem { return pages.ConsentItem{Claim: claim, Value: value} }
		return shown.Consent(w, r, pages.Consent{
			Request: "preview", Organization: sampleHospital, OrganizationURI: "https://hospital.example", Community: "Sample Trust", PersonName: "Ana Rivera",
			Choices: []pages.ConsentChoice{
				{Name: "name", Essential: true, Items: []pages.ConsentItem{item("name", "Ana Rivera"), item("birthdate", "1980-05-17")}},
				{Name: "email", On: true, Items: []pages.ConsentItem{item("email", "ana@mail.example")}},
				{Name: "address", On: true, Items: []pages.ConsentItem{item("address", strings.Join([]string{"1 Main St", "Reno, NV 89501"}, "\n"))}},
			},
		})
	}
	return a.notFound(w, r)
}

// sampleHospital is who the pages of a preview are about.
const sampleHospital = "General Hospital"
