package admin

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// Transfer brings people in out of files, and out into files (package transfer); the comments there say what each method promises. An
// error with a method FileProblem is a file that cannot be read, in words.
type Transfer interface {
	MaxBytes() int64
	Receive(ctx context.Context, j idp.ImportJob, from io.Reader, trail func(idp.ImportJob) idp.Trail) (idp.ImportJob, error)
	Lines(j idp.ImportJob, dryRun bool, outcome string, after int64, limit int) (lines []idp.ImportLine, more bool, err error)
	Report(j idp.ImportJob, dryRun bool) (io.ReadCloser, error)
	HasLinks(j idp.ImportJob) bool
	TakeLinks(ctx context.Context, j idp.ImportJob, trail idp.Trail) (io.ReadCloser, error)
	EachLink(table io.Reader, take func(idp.ImportLink) error) error
	Wake()

	ExportForm(format string) (contentType, suffix string, ok bool)
	Export(ctx context.Context, w io.Writer, format string, identifiers *idp.Reading) (int64, error)
}

const (
	importsShown  = 20
	linesPerPage  = 50
	maxPart       = 4 << 10 // bytes of a field beside the file
	maxParts      = 20
	maxColumns    = 50
	uploadFraming = 1 << 20 // bytes of a form around its file
)

// imports answers GET /admin/import: a file to hand over, and those that were.
func (a *Admin) imports(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.importsPage(w, r, by, pages.ImportForm{Duplicates: "skip", Dates: "iso"})
}

func (a *Admin) importsPage(w http.ResponseWriter, r *http.Request, by Visitor, form pages.ImportForm) error {
	jobs, err := a.Store.ImportJobs(r.Context(), importsShown)
	if err != nil {
		return err
	}
	page := pages.AdminImports{Desk: a.desk(r, by), Form: form, MaxBytes: a.Transfer.MaxBytes(), MayExport: by.may("GET /admin/export"), MayImport: by.may("POST /admin/import")}
	for _, j := range jobs {
		row, err := a.importRow(r.Context(), j)
		if err != nil {
			return err
		}
		if !j.State.Over() {
			page.Current = j.ID
		}
		page.Rows = append(page.Rows, row)
	}
	return a.Pages.AdminImports(w, r, page)
}

func (a *Admin) importRow(ctx context.Context, j idp.ImportJob) (pages.ImportJob, error) {
	row := pages.ImportJob{
		ID: j.ID, FileName: j.FileName, Size: j.Size, State: string(j.State), CreatedAt: j.CreatedAt, StartedAt: j.StartedAt, EndedAt: j.EndedAt, LinksAt: j.LinksAt,
		Duplicates: j.Options.Duplicates, USDates: j.Options.USDates, Ignored: j.Options.Ignore, Invite: j.Options.Invite, Failure: j.Failure,
		Counts: pages.ImportCounts(j.Progress.Checked), Before: j.Progress.Before, Trouble: j.Progress.Trouble, DryRun: j.StartedAt.IsZero(),
	}
	if !row.DryRun {
		row.Counts = pages.ImportCounts(j.Progress.Done)
	}
	if j.Size > 0 {
		row.Percent = int(min(100, j.Progress.Read*100/j.Size))
	}
	names := names{store: a.Store}
	var err error
	row.By, err = names.of(ctx, j.By.Actor)
	return row, err
}

// upload answers POST /admin/import. The file goes to the desk as it comes, and no page reads it before.
func (a *Admin) upload(w http.ResponseWriter, r *http.Request, by Visitor) error {
	r.Body = http.MaxBytesReader(w, r.Body, a.Transfer.MaxBytes()+uploadFraming)
	controller := http.NewResponseController(w)
	form, file, err := uploadForm(r)
	if err != nil {
		return a.badUpload(w, r, by, form, err)
	}
	if form.Errors = checkUpload(form); file == nil {
		form.Errors = append(form.Errors, pages.FieldError{Field: "file", TextKey: "admin.import.form.file"})
	}
	if len(form.Errors) > 0 {
		return a.importsPage(w, r, by, form)
	}
	job := idp.ImportJob{
		FileName: fileName(file), By: a.reading(r, by.Person, "import"),
		Options: idp.ImportOptions{Duplicates: form.Duplicates, USDates: form.Dates == "us", Ignore: columnsOf(form.Ignore), Invite: form.Invite},
	}
	job, err = a.Transfer.Receive(r.Context(), job, &steady{file, controller}, func(j idp.ImportJob) idp.Trail {
		return idp.Trail{Events: []idp.AuditEvent{a.event(r, by.Person, "import.upload", "", importDetail(j))}}
	})
	// The time to answer began when the file did.
	_ = controller.SetWriteDeadline(time.Now().Add(time.Minute))
	if err != nil {
		return a.badUpload(w, r, by, form, err)
	}
	return redirect(w, r, "/admin/import/"+job.ID+"?watch=1")
}

// uploadForm reads the fields in front of the file.
func uploadForm(r *http.Request) (form pages.ImportForm, file *multipart.Part, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return form, nil, errNoForm
	}
	for range maxParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, nil, nil
		}
		if err != nil {
			return form, nil, cmp.Or(tooLarge(err), errNoForm)
		}
		if part.FormName() == "file" {
			if part.FileName() == "" {
				return form, nil, nil // nothing was chosen
			}
			return form, part, nil
		}
		text, err := io.ReadAll(io.LimitReader(part, maxPart+1))
		if err != nil || len(text) > maxPart || !person.Readable(strings.ReplaceAll(strings.ReplaceAll(string(text), "\r", ""), "\n", "")) {
			return form, nil, errNoForm
		}
		switch part.FormName() {
		case "duplicates":
			form.Duplicates = string(text)
		case "dates":
			form.Dates = string(text)
		case "ignore":
			form.Ignore = string(text)
		case "invite":
			form.Invite = string(text) == "yes"
		}
	}
	return form, nil, errNoForm
}

var errNoForm = errors.New("what came is not our form")

// tooLarge is the error when it is that of a body over its limit.
func tooLarge(err error) error {
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return limit
	}
	return nil
}

// badUpload says why a file was not taken.
func (a *Admin) badUpload(w http.ResponseWriter, r *http.Request, by Visitor, form pages.ImportForm, err error) error {
	var file interface{ FileProblem() string }
	key := ""
	switch {
	case errors.Is(err, idp.ErrExists):
		key = "admin.import.form.busy"
	case tooLarge(err) != nil:
		key = "admin.import.form.large"
	case errors.As(err, &file):
		key, form.Problem = "admin.import.form.unreadable", file.FileProblem()
	case errors.Is(err, errNoForm), errors.Is(err, io.ErrUnexpectedEOF):
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	default:
		return err
	}
	form.Errors = pages.FieldErrors{{Field: "file", TextKey: key}}
	return a.importsPage(w, r, by, form)
}

func checkUpload(form pages.ImportForm) (wrong pages.FieldErrors) {
	if !slices.Contains(pages.ImportPolicies, form.Duplicates) {
		wrong = append(wrong, pages.FieldError{Field: "duplicates", TextKey: "admin.import.form.duplicates"})
	}
	if form.Dates != "iso" && form.Dates != "us" {
		wrong = append(wrong, pages.FieldError{Field: "dates", TextKey: "admin.import.form.dates"})
	}
	if len(columnsOf(form.Ignore)) > maxColumns {
		wrong = append(wrong, pages.FieldError{Field: "ignore", TextKey: "admin.import.form.ignore"})
	}
	return wrong
}

// columnsOf are heads of columns, one on a line.
func columnsOf(text string) (heads []string) {
	for line := range strings.Lines(text) {
		if head := person.Tidy(line); head != "" {
			heads = append(heads, head)
		}
	}
	return heads
}

// fileName is what a file is called where it comes from, to be shown.
func fileName(part *multipart.Part) string {
	name := person.Tidy(filepath.Base(strings.ReplaceAll(part.FileName(), "\\", "/")))
	if !person.Readable(name) || name == "" {
		return "-"
	}
	return name[:min(len(name), 200)]
}

// steady reads for as long as the other side writes: a file takes longer than any form.
type steady struct {
	from       io.Reader
	controller *http.ResponseController
}

func (s *steady) Read(into []byte) (int, error) {
	// Where there is no deadline to set, none ends the upload either.
	_ = s.controller.SetReadDeadline(time.Now().Add(time.Minute))
	return s.from.Read(into)
}

// importOf reads the import of the address. If there is none the visitor has been told.
func (a *Admin) importOf(w http.ResponseWriter, r *http.Request) (j idp.ImportJob, ok bool, err error) {
	if !anID.MatchString(r.PathValue("id")) {
		return j, false, a.notFound(w, r)
	}
	j, err = a.Store.ImportJob(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return j, false, a.notFound(w, r)
	}
	return j, err == nil, err
}

// importPage answers GET /admin/import/{id}: how far it is, and the rows that need somebody.
func (a *Admin) importPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	j, ok, err := a.importOf(w, r)
	if !ok {
		return err
	}
	query := r.URL.Query()
	page := pages.AdminImport{Desk: a.desk(r, by), Watch: j.State.Works() && query.Get("watch") != "", Show: pages.LinesShown(query.Get("show"))}
	if page.ImportJob, err = a.importRow(r.Context(), j); err != nil {
		return err
	}
	after, _ := strconv.ParseInt(query.Get("after"), 10, 64) // what is no number is the beginning
	lines, more, err := a.Transfer.Lines(j, page.DryRun, page.Show, after, linesPerPage)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		page.NoReport = true
	case err != nil:
		return err
	}
	for _, l := range lines {
		page.Lines = append(page.Lines, lineRow(l))
	}
	if len(lines) > 0 && !page.Watch { // they say what a file says of people
		if err := a.recordReport(r, by, j, "page"); err != nil {
			return err
		}
	}
	self := "/admin/import/" + j.ID + "?show=" + url.QueryEscape(page.Show)
	if after > 0 {
		page.FirstURL = self
	}
	if more && len(lines) > 0 {
		page.NextURL = self + "&after=" + strconv.FormatInt(lines[len(lines)-1].Row, 10)
	}
	if by.may("POST /admin/import/{id}/start") {
		page.MayStart = j.State == idp.ImportChecked || j.State == idp.ImportStopped
		page.MayStop = j.State == idp.ImportRunning
		page.MayDiscard = !j.State.Over() && j.State != idp.ImportRunning
		page.MayTakeLinks = a.Transfer.HasLinks(j)
	}
	return a.Pages.AdminImport(w, r, page)
}

func lineRow(l idp.ImportLine) pages.ImportLine {
	row := pages.ImportLine{Row: l.Row, Outcome: l.Outcome, PersonID: l.PersonID, Reasons: l.Reasons, Likeness: l.Likeness, Other: l.Other}
	if id, rest, _ := strings.Cut(l.Other, " "); anID.MatchString(id) {
		row.OtherID, row.Other = id, rest
	}
	return row
}

func importDetail(j idp.ImportJob) string {
	return detailOf(map[string]any{"import": j.ID, "file": j.FileName, "digest": j.Digest, "size": j.Size, "options": j.Options})
}

// startImport answers POST /admin/import/{id}/start: people are added now, or go on to be.
func (a *Admin) startImport(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.advanceImport(w, r, by, idp.ImportRunning, "import.start", idp.ImportChecked, idp.ImportStopped)
}

// stopImport answers POST /admin/import/{id}/stop. Who was added stays.
func (a *Admin) stopImport(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.advanceImport(w, r, by, idp.ImportStopped, "import.stop", idp.ImportRunning)
}

// discardImport answers POST /admin/import/{id}/discard.
func (a *Admin) discardImport(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.advanceImport(w, r, by, idp.ImportDiscarded, "import.discard", idp.ImportChecking, idp.ImportChecked, idp.ImportStopped)
}

// importChange is what is recorded of a step.
type importChange struct {
	Import string          `json:"import"`
	File   string          `json:"file"`
	Before idp.ImportState `json:"before"`
	After  idp.ImportState `json:"after"`
}

func (a *Admin) advanceImport(w http.ResponseWriter, r *http.Request, by Visitor, to idp.ImportState, action string, from ...idp.ImportState) error {
	j, ok, err := a.importOf(w, r)
	if !ok {
		return err
	}
	back := "/admin/import/" + j.ID
	if !slices.Contains(from, j.State) {
		return redirect(w, r, back+"?refused=stale")
	}
	before := j.State
	j.State, j.By = to, a.reading(r, by.Person, "import")
	event := a.event(r, by.Person, action, "", detailOf(importChange{j.ID, j.FileName, before, to}))
	err = a.Store.AdvanceImportJob(r.Context(), before, j, a.now(), idp.Trail{Events: []idp.AuditEvent{event}})
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	a.Transfer.Wake()
	if to.Works() {
		back += "?watch=1"
	}
	return redirect(w, r, back)
}

// importReport answers GET /admin/import/{id}/report: every row, as a table.
func (a *Admin) importReport(w http.ResponseWriter, r *http.Request, by Visitor) error {
	j, ok, err := a.importOf(w, r)
	if !ok {
		return err
	}
	report, err := a.Transfer.Report(j, j.StartedAt.IsZero())
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/admin/import/"+j.ID+"?refused=no_report")
	}
	if err != nil {
		return err
	}
	defer report.Close()
	if err := a.recordReport(r, by, j, "table"); err != nil {
		return err
	}
	return download(w, report, "import-report.csv", "text/csv; charset=utf-8")
}

// recordReport leaves in the audit log that somebody read what a file says of people.
func (a *Admin) recordReport(r *http.Request, by Visitor, j idp.ImportJob, as string) error {
	detail := detailOf(map[string]string{"import": j.ID, "file": j.FileName, "as": as})
	return a.Store.Audit(r.Context(), a.event(r, by.Person, "import.report", "", detail))
}

// importLinks answers POST /admin/import/{id}/links: the links to first passkeys leave the house, once.
func (a *Admin) importLinks(w http.ResponseWriter, r *http.Request, by Visitor) error {
	j, ok, err := a.importOf(w, r)
	if !ok {
		return err
	}
	as := "table"
	if r.PostFormValue("as") == "letters" {
		as = "letters"
	}
	event := a.event(r, by.Person, "import.links", "", detailOf(map[string]any{"import": j.ID, "file": j.FileName, "people": j.Progress.Done.Added, "as": as}))
	links, err := a.Transfer.TakeLinks(r.Context(), j, idp.Trail{Events: []idp.AuditEvent{event}})
	if errors.Is(err, idp.ErrUsed) || errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/admin/import/"+j.ID+"?refused=links")
	}
	if err != nil {
		return err
	}
	defer links.Close()
	if as == "letters" {
		return a.writeLetters(w, r, links)
	}
	return download(w, links, "invitations.csv", "text/csv; charset=utf-8")
}

// download sends a file. One that breaks off is seen to: its connection is cut.
func download(w http.ResponseWriter, from io.Reader, name, contentType string) error {
	fileHeaders(w, name, contentType)
	if _, err := io.Copy(&patient{w, http.NewResponseController(w)}, from); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func fileHeaders(w http.ResponseWriter, name, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
}
