package admin

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// waitingRequests are the certificates that were asked for in a community and have not come.
func (a *Admin) waitingRequests(ctx context.Context, c idp.Community) ([]pages.WaitingRequest, error) {
	requests, err := a.Store.CertificateRequests(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var rows []pages.WaitingRequest
	for _, request := range requests {
		row, _, err := a.csrRow(ctx, request)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// csrRow is a request, and the URIs that it names.
func (a *Admin) csrRow(ctx context.Context, request idp.CertificateRequest) (row pages.WaitingRequest, uris []string, err error) {
	row = pages.WaitingRequest{ID: request.ID, CreatedAt: request.CreatedAt, CreatedBy: request.CreatedBy}
	csr, err := x509.ParseCertificateRequest(request.Request)
	if err != nil {
		return row, nil, fmt.Errorf("certificate signing request %s: %w", request.ID, err)
	}
	row.Subject, row.Key = csr.Subject.String(), keyName(csr.PublicKey)
	for _, uri := range csr.URIs {
		uris = append(uris, uri.String())
	}
	if idOf(request.CreatedBy) == "" {
		return row, uris, nil // a command
	}
	p, err := a.Store.Person(ctx, request.CreatedBy)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return row, uris, err
	}
	if err == nil {
		row.CreatedBy = p.Name()
	}
	return row, uris, nil
}

// csrForm answers GET /admin/trust/{id}/request.
func (a *Admin) csrForm(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.csrFormPage(w, r, by, "", a.Trust.Organization(), nil)
}

func (a *Admin) csrFormPage(w http.ResponseWriter, r *http.Request, by Visitor, chosen, organization string, wrong pages.FieldErrors) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	page := pages.AdminCertificateRequest{Desk: a.desk(r, by), TrustCommunity: communityHead(c), Issuer: a.Issuer, Organization: organization, Errors: wrong}
	for i, kind := range a.Trust.KeyTypes() {
		page.Keys = append(page.Keys, pages.KeyOption{Value: kind, Chosen: kind == chosen || chosen == "" && i == 0})
	}
	return a.Pages.AdminCertificateRequest(w, r, page)
}

// requestCertificate answers POST /admin/trust/{id}/request: the key is made here and never leaves.
func (a *Admin) requestCertificate(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, ok, err := a.communityOf(w, r)
	if !ok {
		return err
	}
	kind, organization := typed(r.PostFormValue("key")), typed(r.PostFormValue("organization"))
	request, err := a.Trust.RequestCertificate(r.Context(), c.ID, kind, r.PostFormValue("organization"), a.reading(r, by.Person, "certificate"))
	if code := refusalCode(err); code != "" {
		field := "key"
		if code == "organization" {
			field = code
		}
		return a.csrFormPage(w, r, by, kind, organization, pages.FieldErrors{{Field: field, TextKey: "admin.community.error." + wordOf(code)}})
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/trust/"+c.ID+"/request/"+request.ID+"?done=requested")
}

// csrOf finds the request of an address, in its community. If there is none, the browser has been told.
func (a *Admin) csrOf(w http.ResponseWriter, r *http.Request) (c idp.Community, request idp.CertificateRequest, ok bool, err error) {
	if c, ok, err = a.communityOf(w, r); !ok {
		return c, request, false, err
	}
	request, err = a.Store.CertificateRequest(r.Context(), r.PathValue("request"))
	if errors.Is(err, idp.ErrNotFound) || err == nil && request.CommunityID != c.ID {
		return c, request, false, a.notFound(w, r)
	}
	return c, request, err == nil, err
}

// certificateRequest answers GET /admin/trust/{id}/request/{request}.
func (a *Admin) certificateRequest(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.answerPage(w, r, by, "", "", nil)
}

func (a *Admin) answerPage(w http.ResponseWriter, r *http.Request, by Visitor, issued, detail string, wrong pages.FieldErrors) error {
	c, request, ok, err := a.csrOf(w, r)
	if !ok {
		return err
	}
	page := pages.AdminCertificateAnswer{
		Desk: a.desk(r, by), TrustCommunity: communityHead(c), PEM: csrPEM(request), Issued: issued, Detail: detail, Errors: wrong,
		MayAccept: by.may("POST /admin/trust/{id}/request/{request}/accept"),
	}
	if page.Request, page.URIs, err = a.csrRow(r.Context(), request); err != nil {
		return err
	}
	return a.Pages.AdminCertificateAnswer(w, r, page)
}

func csrPEM(request idp.CertificateRequest) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request.Request})) // RFC 7468 §7
}

// downloadRequest answers GET /admin/trust/{id}/request/{request}/csr.
func (a *Admin) downloadRequest(w http.ResponseWriter, r *http.Request, _ Visitor) error {
	_, request, ok, err := a.csrOf(w, r)
	if !ok {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-pem-file")
	h.Set("Content-Disposition", `attachment; filename="udap-idp.csr"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, err = w.Write([]byte(csrPEM(request)))
	return err
}

// acceptCertificate answers POST /admin/trust/{id}/request/{request}/accept.
func (a *Admin) acceptCertificate(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, request, ok, err := a.csrOf(w, r)
	if !ok {
		return err
	}
	fail := func(text, detail, word string) error {
		return a.answerPage(w, r, by, text, detail, pages.FieldErrors{{Field: "issued", TextKey: "admin.community.error." + word}})
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxCertificates)
	err = r.ParseMultipartForm(maxCertificates)
	if errors.As(err, new(*http.MaxBytesError)) {
		return fail("", "", "large")
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return fail("", "", "unreadable")
	}
	texts, err := uploads(r, "issued")
	if err != nil {
		return err
	}
	if len(texts) == 0 {
		return fail("", "", "nothing")
	}
	issued := texts[0]
	for _, more := range texts[1:] {
		issued = append(append(issued, '\n'), more...)
	}
	_, err = a.Trust.AcceptCertificate(r.Context(), request.ID, issued, a.reading(r, by.Person, "certificate"))
	if code := refusalCode(err); code != "" {
		text := typed(r.PostFormValue("issued"))
		if code == "private_key" {
			text = "" // what must not be known is not sent back
		}
		return fail(text, err.Error(), wordOf(code))
	}
	if ok, err := a.refused(w, r, err, "/admin/trust/"+c.ID); !ok {
		return err
	}
	return redirect(w, r, "/admin/trust/"+c.ID+"?done=accepted")
}

// discardRequest answers POST /admin/trust/{id}/request/{request}/discard.
func (a *Admin) discardRequest(w http.ResponseWriter, r *http.Request, by Visitor) error {
	c, request, ok, err := a.csrOf(w, r)
	if !ok {
		return err
	}
	err = a.Trust.DiscardRequest(r.Context(), request.ID, a.reading(r, by.Person, "certificate"))
	if ok, err := a.refused(w, r, err, "/admin/trust/"+c.ID); !ok {
		return err
	}
	return redirect(w, r, "/admin/trust/"+c.ID+"?done=discarded")
}
