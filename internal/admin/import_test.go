package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/transfer"
)

const maxUpload = 64 << 10

// newDesk is where the house's files are handed over.
func newDesk(t *testing.T, h *house) *transfer.Desk {
	t.Helper()
	dir := t.TempDir()
	return transfer.NewDesk(transfer.DeskConfig{
		Dir: filepath.Join(dir, "imports"), Limit: maxUpload, Store: h.store, People: h.people, InviteFor: time.Hour,
		Scratch: func(ctx context.Context) (transfer.People, func(), error) {
			store, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(dir, idp.NewID()))
			if err != nil {
				return nil, nil, err
			}
			return identity.New(identity.Config{Store: store, Sealer: keyed{}}), func() { store.Close() }, nil
		},
		Link:        func(token idp.Token) string { return "https://idp.example/invite/" + token.String() },
		Identifiers: h.people.Identifiers, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return h.clock },
	})
}

// handIn posts a file with the fields in front of it, as a browser does.
func (h *house) handIn(text string, fields url.Values) *httptest.ResponseRecorder {
	h.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, name := range []string{"duplicates", "dates", "ignore", "invite"} {
		if fields.Has(name) {
			if err := form.WriteField(name, fields.Get(name)); err != nil {
				h.Fatal(err)
			}
		}
	}
	file, err := form.CreateFormFile("file", `C:\Users\clerk\patients <1>.csv`)
	if err != nil {
		h.Fatal(err)
	}
	if _, err := io.WriteString(file, text); err != nil {
		h.Fatal(err)
	}
	if err := form.Close(); err != nil {
		h.Fatal(err)
	}
	return h.send("/admin/import", form.FormDataContentType(), &body)
}

// send posts a body of any type.
func (h *house) send(path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	h.Helper()
	mux := http.NewServeMux()
	for pattern, answer := range h.admin.Routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := answer(w, r); err != nil {
				h.Errorf("POST %s: %v", path, err)
				http.Error(w, "failed", http.StatusInternalServerError)
			}
		})
	}
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func plainUpload() url.Values {
	return url.Values{"duplicates": {"skip"}, "dates": {"iso"}, "ignore": {"MRN\r\n\r\n shoe size "}, "invite": {"yes"}}
}

const twoRows = "MRN,given_name,family_name,birthdate,email,phone\n1,Ana,Rivera,1980-05-17,ana@example.org,+12065550147\n2,Zoe,Ito,1990-01-02,zoe@example.org,\n3,Sam,,1976-02-30,nobody,\n"

// worked lets the desk do what there is to do.
func (h *house) worked() idp.ImportJob {
	h.Helper()
	if err := h.desk.Work(h.Context()); err != nil {
		h.Fatal(err)
	}
	jobs, err := h.store.ImportJobs(h.Context(), 1)
	if err != nil || len(jobs) != 1 {
		h.Fatalf("%d imports (%v)", len(jobs), err)
	}
	return jobs[0]
}

func (h *house) count(action string) int {
	h.Helper()
	events, err := h.store.AuditEvents(h.Context(), idp.AuditFilter{Action: action})
	if err != nil {
		h.Fatal(err)
	}
	return len(events)
}

func TestImportIsCheckedThenStartedThenReported(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.as(idp.IdentityClerk).handIn(twoRows, plainUpload())
	to := w.Header().Get("Location")
	path, _, _ := strings.Cut(to, "?")
	wantPage(t, h.follow(w), http.StatusOK, "admin-import", "patients &lt;1&gt;.csv", "is being checked", "MRN, shoe size")
	if h.follow(w).Header().Get("Refresh") == "" || h.get(path).Header().Get("Refresh") != "" {
		t.Error("the page reloads itself though nobody asked for it, or does not")
	}
	wantPage(t, h.get("/admin/import"), http.StatusOK, "admin-imports", "is not finished", path)

	job := h.worked()
	wantPage(t, h.get(path), http.StatusOK, "admin-import", "What would happen", "is not a date", "/admin/people/"+h.roles[idp.Patient].ID, path+"/start")
	if body := h.get(path + "?show=duplicate").Body.String(); strings.Contains(body, "is not a date") {
		t.Error("the list of those who are here already has others")
	}
	before := h.count("import.report")
	h.get(path)
	if got := h.count("import.report"); got != before+1 {
		t.Error("that the rows were read is not recorded")
	}
	if w := h.get(path + "/report"); !strings.HasPrefix(w.Body.String(), "row,result of the dry run") || w.Header().Get("Content-Disposition") != "attachment; filename=import-report.csv" {
		t.Errorf("the report is %q", w.Body)
	}
	h.post(path+"/start", nil)
	if job = h.worked(); job.State != idp.ImportDone || job.Progress.Done.Added != 1 {
		t.Fatalf("the import is %+v", job)
	}
	wantPage(t, h.get(path), http.StatusOK, "admin-import", "What happened", path+"/links")

	links := h.post(path+"/links", nil)
	if body := links.Body.String(); strings.Count(body, "https://idp.example/invite/") != 1 || links.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the links are %q", body)
	}
	wantPage(t, h.follow(h.post(path+"/links", nil)), http.StatusOK, "admin-import", "were taken before")
	for action, want := range map[string]int{"import.upload": 1, "import.check": 1, "import.start": 1, "import.done": 1, "import.links": 1} {
		if got := h.count(action); got != want {
			t.Errorf("%s is recorded %d times, want %d", action, got, want)
		}
	}
	// Who came in is recorded in the name of who started it.
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "person.add", Actor: h.roles[idp.IdentityClerk].ID})
	if err != nil || len(events) != 1 {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

// TestAuditorReadsImportsAndChangesNone: what came into the house by a file is a thing to be looked at, under audit.
func TestAuditorReadsImportsAndChangesNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path, _, _ := strings.Cut(h.as(idp.IdentityClerk).handIn(twoRows, plainUpload()).Header().Get("Location"), "?")
	h.worked()
	h.as(idp.Auditor)
	for _, state := range []string{"checked", "done"} {
		wantPage(t, h.get("/admin/import"), http.StatusOK, "admin-imports", path)
		wantPage(t, h.get(path), http.StatusOK, "admin-import", "is not a date", path+"/report")
		for _, page := range []string{"/admin/import", path} {
			if strings.Contains(h.get(page).Body.String(), `<form method="post" action="/admin`) {
				t.Errorf("%s: %s has a form for an auditor", state, page)
			}
		}
		before := h.count("import.report")
		if w := h.get(path + "/report"); w.Code != http.StatusOK || h.count("import.report") != before+1 {
			t.Errorf("%s: the report: status %d, or it is not recorded", state, w.Code)
		}
		for _, act := range []string{"/start", "/links", "/discard"} {
			if w := h.post(path+act, nil); w.Code != http.StatusForbidden {
				t.Errorf("%s: %s: status %d, want 403", state, act, w.Code)
			}
		}
		if state == "checked" {
			h.as(idp.IdentityClerk).post(path+"/start", nil)
			h.worked()
			h.as(idp.Auditor)
		}
	}
}

func TestUploadThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.IdentityClerk)
	with := func(name, value string) url.Values {
		fields := plainUpload()
		fields.Set(name, value)
		return fields
	}
	for name, test := range map[string]struct {
		text   string
		fields url.Values
		want   []string
	}{
		"unknown column": {"given_name,family_name,birthdate,email,shoe\n", plainUpload(), []string{`href="#file"`, "&#34;shoe&#34;", "shoe size", `value="yes" checked`}},
		"no policy":      {twoRows, with("duplicates", "x"), []string{`href="#duplicates"`, "shoe size"}},
		"no dates":       {twoRows, with("dates", "x"), []string{`href="#dates"`}},
		"many columns":   {twoRows, with("ignore", strings.Repeat("x\n", 60)), []string{`href="#ignore"`}},
		"too large":      {strings.Repeat("x", maxUpload+uploadFraming+1), plainUpload(), []string{`href="#file"`, "too large"}},
		"empty":          {"", plainUpload(), []string{`href="#file"`, "the file is empty"}},
	} {
		wantPage(t, h.handIn(test.text, test.fields), http.StatusUnprocessableEntity, "admin-imports", test.want...)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for name, body := range map[string]struct{ contentType, text string }{
		"no multipart": {"application/x-www-form-urlencoded", "file=x"}, "no boundary": {"multipart/form-data", "x"}, "torn": {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"duplicates\"\r\n\r\nsk"},
		"NUL": {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"ignore\"\r\n\r\na\x00b\r\n--x--\r\n"},
	} {
		if w := h.send("/admin/import", body.contentType, strings.NewReader(body.text)); w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", name, w.Code)
		}
	}
	if jobs, err := h.store.ImportJobs(t.Context(), 10); err != nil || len(jobs) != 0 {
		t.Errorf("%d imports (%v)", len(jobs), err)
	}
	if w := h.handIn(twoRows, plainUpload()); w.Code != http.StatusSeeOther {
		t.Errorf("what is right: status %d", w.Code)
	}
}

func TestImportIsStoppedGoesOnAndIsDiscarded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path, _, _ := strings.Cut(h.as(idp.IdentityClerk).handIn(twoRows, plainUpload()).Header().Get("Location"), "?")
	wantPage(t, h.handIn(twoRows, plainUpload()), http.StatusUnprocessableEntity, "admin-imports", "is not finished")
	wantPage(t, h.follow(h.post(path+"/stop", nil)), http.StatusOK, "admin-import", "was not done")
	h.worked()
	for _, step := range []struct {
		act  string
		want idp.ImportState
	}{{"/start", idp.ImportRunning}, {"/stop", idp.ImportStopped}, {"/start", idp.ImportRunning}, {"/discard", idp.ImportRunning}, {"/stop", idp.ImportStopped}, {"/discard", idp.ImportDiscarded}, {"/start", idp.ImportDiscarded}} {
		h.follow(h.post(path+step.act, nil))
		jobs, err := h.store.ImportJobs(t.Context(), 1)
		if err != nil || jobs[0].State != step.want {
			t.Fatalf("after %s it is %s (%v), want %s", step.act, jobs[0].State, err, step.want)
		}
	}
	if body := h.get("/admin/import").Body.String(); !strings.Contains(body, `id="upload"`) {
		t.Error("no other file can be handed over")
	}
	for _, id := range []string{"none", idp.NewID(), "%00"} {
		if w := h.get("/admin/import/" + id); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", id, w.Code)
		}
	}
}

func TestStartLinksAndExportAskForARecentSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path, _, _ := strings.Cut(h.as(idp.Owner).handIn(twoRows, plainUpload()).Header().Get("Location"), "?")
	h.worked()
	h.stale = true
	for _, what := range []string{path + "/start", path + "/links", "/admin/export"} {
		back := path
		if what == "/admin/export" {
			back = what
		}
		if to := h.post(what, url.Values{"format": {"csv"}, "reason": {"x"}}).Header().Get("Location"); to != "/login?back="+url.QueryEscape(back) {
			t.Errorf("%s: sent to %q", what, to)
		}
	}
	if job := h.worked(); job.State != idp.ImportChecked {
		t.Errorf("it is %s", job.State)
	}
}

func TestExportNeedsAReasonAndIsRecordedBeforeItLeaves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.Owner).get("/admin/export"), http.StatusOK, "admin-export")
	wantPage(t, h.post("/admin/export", url.Values{"format": {"xml"}, "identifiers": {"yes"}}), http.StatusUnprocessableEntity, "admin-export", `href="#format"`, `href="#reason"`, "checked")
	if h.count("people.export") != 0 {
		t.Fatal("an export that was not made is recorded")
	}
	for format, contentType := range map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/x-ndjson; charset=utf-8", "bundle": "application/fhir+json; charset=utf-8"} {
		w := h.post("/admin/export", url.Values{"format": {format}, "reason": {"moving to another system"}})
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != contentType || !strings.Contains(w.Body.String(), "ana@example.org") || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment; filename=people-") {
			t.Errorf("%s: status %d, %v\n%s", format, w.Code, w.Header(), w.Body)
		}
		if format == "bundle" && !json.Valid(w.Body.Bytes()) {
			t.Error("the Bundle is no JSON")
		}
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "people.export"})
	if err != nil || len(events) != 3 || !strings.Contains(events[0].Detail, "moving to another system") || events[0].Actor != h.roles[idp.Owner].ID {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

func TestLinksOfAnImportAreLettersForWhoHasNotUsedThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path, _, _ := strings.Cut(h.as(idp.IdentityClerk).handIn("given_name,family_name,birthdate,email\nZoe,Ito,1990-01-02,zoe@example.org\nMax,Ito,1991-01-02,max@example.org\n", plainUpload()).Header().Get("Location"), "?")
	h.worked()
	h.post(path+"/start", nil)
	h.worked()
	added, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "person.add", Actor: h.roles[idp.IdentityClerk].ID})
	if err != nil || len(added) != 2 {
		t.Fatalf("%d were added (%v)", len(added), err)
	}
	if err := h.people.RevokeInvitation(t.Context(), added[0].PersonID, idp.Reading{Actor: "test"}); err != nil { // Max's: the newest is the first
		t.Fatal(err)
	}
	w := h.post(path+"/links", url.Values{"as": {"letters"}})
	body := w.Body.String()
	if strings.Count(body, `<article class="sheet" lang="es"`) != 1 || !strings.Contains(body, "Zoe Ito") || !strings.Contains(body, "https://idp.example/invite/") || !strings.HasSuffix(body, "</html>\n") {
		t.Errorf("the letters are\n%s", body)
	}
	if w.Header().Get("Content-Disposition") != "attachment; filename=invitations.html" {
		t.Errorf("sent with %v", w.Header())
	}
	wantPage(t, h.follow(h.post(path+"/links", nil)), http.StatusOK, "admin-import", "were taken before")
}
