package admin

import (
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// exportPage answers GET /admin/export.
func (a *Admin) exportPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.Pages.AdminExport(w, r, pages.AdminExport{Desk: a.desk(r, by), Format: pages.ExportFormats[0]})
}

// exportPeople answers POST /admin/export: everybody, as a file, as they are read. It is recorded before anything leaves, and each
// reading of a Digital Identifier besides.
func (a *Admin) exportPeople(w http.ResponseWriter, r *http.Request, by Visitor) error {
	page := pages.AdminExport{Desk: a.desk(r, by), Format: r.PostFormValue("format"), Identifiers: r.PostFormValue("identifiers") == "yes", Reason: r.PostFormValue("reason")}
	contentType, suffix, ok := a.Transfer.ExportForm(page.Format)
	if !ok {
		page.Errors = append(page.Errors, pages.FieldError{Field: "format", TextKey: "admin.export.form.format"})
	}
	if page.Errors = append(page.Errors, reasonErrors(r)...); len(page.Errors) > 0 {
		return a.Pages.AdminExport(w, r, page)
	}
	detail := detailOf(map[string]any{"format": page.Format, "identifiers": page.Identifiers, "reason": reasonOf(r)})
	if err := a.Store.Audit(r.Context(), a.event(r, by.Person, "people.export", "", detail)); err != nil {
		return err
	}
	var why *idp.Reading
	if page.Identifiers {
		reading := a.reading(r, by.Person, reasonOf(r))
		why = &reading
	}
	fileHeaders(w, "people-"+a.now().Format("2006-01-02")+suffix, contentType)
	if n, err := a.Transfer.Export(r.Context(), &patient{w, http.NewResponseController(w)}, page.Format, why); err != nil {
		a.Log.ErrorContext(r.Context(), "an export of people broke off", "people", n, "error", err)
		panic(http.ErrAbortHandler) // so that half a file is not taken for a whole one
	}
	return nil
}
