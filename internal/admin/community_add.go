package admin

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// maxCertificates is how much a form with certificates may hold, in bytes: far above any bundle of anchors.
const maxCertificates = 512 << 10

// newCommunity answers GET /admin/trust/new.
func (a *Admin) newCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if a.refill(r, by) {
		return a.read(w, r, by, idp.Community{}, false)
	}
	return a.Pages.AdminTrustRead(w, r, pages.AdminTrustRead{Desk: a.desk(r, by), TwoPersons: a.needsTwo(GroupTrust)})
}

// newAuthority answers GET /admin/trust/{id}/authority.
func (a *Admin) newAuthority(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	if a.refill(r, by) {
		return a.read(w, r, by, c, false)
	}
	return a.Pages.AdminTrustRead(w, r, pages.AdminTrustRead{Desk: a.desk(r, by), TrustCommunity: communityHead(c), TwoPersons: a.needsTwo(GroupTrust)})
}

// readCommunity answers POST /admin/trust/new: nothing is stored; what was read is shown, to be compared.
func (a *Admin) readCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.read(w, r, by, idp.Community{}, false)
}

// storeCommunity answers POST /admin/trust.
func (a *Admin) storeCommunity(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.read(w, r, by, idp.Community{}, true)
}

// readAuthority answers POST /admin/trust/{id}/authority.
func (a *Admin) readAuthority(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	return a.read(w, r, by, c, false)
}

// storeAuthority answers POST /admin/trust/{id}/authority/store.
func (a *Admin) storeAuthority(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	return a.read(w, r, by, c, true)
}

// given is what somebody filled in, in the two steps of the form.
type given struct {
	page   pages.AdminTrustRead
	change idp.TrustChange
}

// read checks what was filled in. With store it is stored, when the ends of the fingerprints are those that the community publishes;
// otherwise the question for them is asked. c is the zero value for a new community.
func (a *Admin) read(w http.ResponseWriter, r *http.Request, by Visitor, c idp.Community, store bool) error {
	g := given{page: pages.AdminTrustRead{Desk: a.desk(r, by), TrustCommunity: communityHead(c), TwoPersons: a.needsTwo(GroupTrust)}}
	if err := a.fill(w, r, &g, c); err != nil {
		return err
	}
	if len(g.page.Errors) > 0 || r.PostFormValue("again") != "" {
		return a.Pages.AdminTrustRead(w, r, g.page)
	}
	outcome, err := a.Trust.Outcome(r.Context(), g.change)
	if code := refusalCode(err); code != "" {
		g.page.Errors, g.page.Detail = trustErrors(code), err.Error()
		return a.Pages.AdminTrustRead(w, r, g.page)
	}
	if err != nil {
		return err
	}
	confirm := a.confirmPage(r, g, outcome)
	if store {
		confirm.Errors = tailErrors(confirm.Read)
	}
	if !store || len(confirm.Errors) > 0 {
		return a.Pages.AdminTrustConfirm(w, r, confirm)
	}
	page := "/admin/trust/new"
	if c.ID != "" {
		page = "/admin/trust/" + c.ID + "/authority"
	}
	if ok, err := a.freshOrKept(w, r, by, page, confirmed(confirm)); !ok {
		return err
	}
	if c.ID == "" {
		return a.trustDo(w, r, by, actTrustAdd, g.change, "/admin/trust")
	}
	return a.trustDo(w, r, by, actTrustChange, g.change, "/admin/trust/"+c.ID)
}

// confirmed is the form of a confirmation as it is posted.
func confirmed(c pages.AdminTrustConfirm) url.Values {
	values := url.Values{"name": {c.Name}, "uri": {c.URI}, "anchors": {c.Anchors}, "intermediates": {c.Intermediates}}
	for _, row := range c.Read {
		if row.Field != "" {
			values.Set(row.Field, row.Typed)
		}
	}
	return values
}

// fill reads the form.
func (a *Admin) fill(w http.ResponseWriter, r *http.Request, g *given, c idp.Community) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxCertificates)
	err := r.ParseMultipartForm(maxCertificates)
	if errors.As(err, new(*http.MaxBytesError)) {
		g.page.Errors = pages.FieldErrors{{Field: "anchors", TextKey: "admin.community.error.large"}}
		return nil
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		g.page.Errors = pages.FieldErrors{{Field: "anchors", TextKey: "admin.community.error.unreadable"}}
		return nil
	}
	g.change.CommunityID = c.ID
	if c.ID == "" {
		g.change.Name, g.change.URI = person.Tidy(r.PostFormValue("name")), strings.TrimSpace(r.PostFormValue("uri"))
		g.page.Name, g.page.URI = typed(g.change.Name), typed(g.change.URI)
	}
	for _, list := range []struct {
		field string
		into  *[][]byte
		text  *string
	}{{"anchors", &g.change.AddAnchors, &g.page.Anchors}, {"intermediates", &g.change.AddIntermediates, &g.page.Intermediates}} {
		ders, err := a.certificatesIn(r, list.field)
		*list.text = typed(r.PostFormValue(list.field))
		if code := refusalCode(err); code != "" {
			if code == "private_key" {
				*list.text = "" // what must not be known is not sent back
			}
			g.page.Errors = append(g.page.Errors, pages.FieldError{Field: list.field, TextKey: "admin.community.error." + wordOf(code)})
			g.page.Detail = err.Error()
			continue
		}
		if err != nil {
			return err
		}
		if *list.into = ders; len(ders) > 0 {
			*list.text = certificatesPEM(ders)
		}
	}
	if len(g.page.Errors) == 0 && c.ID != "" && len(g.change.AddAnchors)+len(g.change.AddIntermediates) == 0 {
		g.page.Errors = trustErrors("nothing")
	}
	return nil
}

// typed is what may be shown again of what somebody typed.
func typed(text string) string { return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "") }

// certificatesIn are the certificates of a field and of the files beside it.
func (a *Admin) certificatesIn(r *http.Request, field string) ([][]byte, error) {
	texts, err := uploads(r, field)
	if err != nil {
		return nil, err
	}
	var ders [][]byte
	for _, text := range texts {
		some, err := a.Trust.ReadAuthorities(text)
		if err != nil {
			return nil, err
		}
		for _, der := range some {
			if !holds(ders, der) {
				ders = append(ders, der)
			}
		}
	}
	return ders, nil
}

func holds(ders [][]byte, der []byte) bool {
	for _, other := range ders {
		if bytes.Equal(other, der) {
			return true
		}
	}
	return false
}

// uploads is what was typed into a field and what is in the files beside it, without what is empty.
func uploads(r *http.Request, field string) ([][]byte, error) {
	var texts [][]byte
	if text := strings.TrimSpace(r.PostFormValue(field)); text != "" {
		texts = append(texts, []byte(text))
	}
	if r.MultipartForm == nil {
		return texts, nil
	}
	for _, header := range r.MultipartForm.File[field+"_file"] {
		if header.Size == 0 {
			continue
		}
		file, err := header.Open()
		if err != nil {
			return nil, fmt.Errorf("uploaded file: %w", err)
		}
		data, err := io.ReadAll(io.LimitReader(file, maxCertificates))
		_ = file.Close()
		if err != nil {
			return nil, fmt.Errorf("uploaded file: %w", err)
		}
		texts = append(texts, data)
	}
	return texts, nil
}

func certificatesPEM(ders [][]byte) string {
	var text strings.Builder
	for _, der := range ders {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return text.String()
}

// wordsOf are the codes of refusals that there are words for, behind admin.community.error.
var wordsOf = map[string]bool{
	"private_key": true, "unreadable": true, "not_authority": true, "key": true, "uri": true, "name": true, "exists": true, "no_anchor": true,
	"authority_known": true, "nothing": true, "certification": true, "required": true, "revocation": true, "organization": true, "key_type": true,
	"requests": true, "own_other_key": true, "own_san": true, "own_path": true, "own_expired": true, "own_authority": true, "own_key": true,
	"own_early_only": true, "reason": true, "issuer": true, "stale": true,
}

// wordOf is a code that there are words for.
func wordOf(code string) string {
	if wordsOf[code] {
		return code
	}
	return "unreadable"
}

// fieldsOf are the fields that refusals are about; the others are about the anchors.
var fieldsOf = map[string]string{"uri": "uri", "exists": "uri", "name": "name"}

func trustErrors(code string) pages.FieldErrors {
	field := fieldsOf[code]
	if field == "" {
		field = "anchors"
	}
	return pages.FieldErrors{{Field: field, TextKey: "admin.community.error." + wordOf(code)}}
}

// confirmPage shows what was read.
func (a *Admin) confirmPage(r *http.Request, g given, outcome idp.TrustOutcome) pages.AdminTrustConfirm {
	page := pages.AdminTrustConfirm{
		Desk: g.page.Desk, TrustCommunity: g.page.TrustCommunity, Now: a.Now().UTC(), Anchors: g.page.Anchors, Intermediates: g.page.Intermediates,
		TwoPersons: g.page.TwoPersons,
	}
	page.Name = outcome.After.Name
	for i, added := range outcome.Added {
		row := pages.ReadAuthority{AdminCertificate: describe(added.Certificate), SHA256: fingerprint(added.Certificate), Anchor: added.Anchor}
		if cert, err := x509.ParseCertificate(added.Certificate); err == nil {
			row.Issuer, row.Key = issuerName(cert), keyName(cert.PublicKey)
		}
		for _, warning := range added.Warnings {
			row.Warnings = append(row.Warnings, string(warning))
		}
		if added.Anchor {
			row.Field = fmt.Sprintf("tail-%d", i)
			row.Typed = typed(r.PostFormValue(row.Field))
		}
		page.Read = append(page.Read, row)
	}
	return page
}

// tailErrors compares what was typed with the ends of the fingerprints. The whole fingerprint is as good.
func tailErrors(rows []pages.ReadAuthority) pages.FieldErrors {
	var wrong pages.FieldErrors
	for _, row := range rows {
		end := strings.ToUpper(strings.NewReplacer(":", "", " ", "", "-", "").Replace(strings.Join(strings.Fields(row.Typed), "")))
		if row.Field != "" && end != row.SHA256 && end != row.SHA256[len(row.SHA256)-pages.Tail:] {
			wrong = append(wrong, pages.FieldError{Field: row.Field, TextKey: "admin.community.error.tail"})
		}
	}
	return wrong
}
