package account

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	// exportRows bounds each long list of the file, so that nobody keeps the database busy by pressing a button: twenty thousand lines
	// are decades of a life. A list that is cut says so.
	exportRows = 20_000
	// readableRows bounds those of the page, which is to be read.
	readableRows = 200
	// exportPage is how many rows are in memory at once.
	exportPage = 200
)

// DownloadPage answers GET /account/download: what there is, in which forms.
func (a *Account) DownloadPage(w http.ResponseWriter, r *http.Request) error {
	_, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	return a.Pages.AccountDownload(w, r)
}

// Download answers POST /account/download with everything that is known about her. Every value stands in it, so it takes a fresh
// sign-in, is recorded, and told to every address she has before the first byte goes out.
func (a *Account) Download(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.freshVisitor(w, r, "/account/download")
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	write, ok := map[string]func(http.ResponseWriter, *http.Request, visitor, string) error{
		"json": a.downloadJSON, "fhir": a.downloadPatient, "page": a.downloadReadable,
	}[form.Get("form")]
	if !ok {
		return redirect(w, r, "/account/download")
	}
	notice := idp.Notice{Kind: idp.NoticeExportDownloaded}
	if agent := idp.AgentName(r.UserAgent()); agent != "" {
		notice.Params = map[string]string{"device": agent}
	}
	trail, err := a.trail(r, v, "account.download", detail(struct {
		Form string `json:"form"`
		agentDetail
	}{form.Get("form"), agentDetail{idp.AgentName(r.UserAgent())}}), notice)
	if err != nil {
		return err
	}
	if err := a.Store.AddMessages(r.Context(), trail); err != nil {
		return err
	}
	identifier, err := a.Identifier(r.Context(), v.person, a.reading(r, v, "download"))
	if err != nil {
		return fmt.Errorf("digital identifier: %w", err)
	}
	return write(w, r, v, identifier)
}

// attachment makes the answer a file. Its name has the day, and nothing of her.
func attachment(w http.ResponseWriter, contentType, name string, now time.Time) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+"-"+now.Format(time.DateOnly)+".json"))
	h.Set("Cache-Control", "no-store")
}

func (a *Account) downloadPatient(w http.ResponseWriter, _ *http.Request, v visitor, identifier string) error {
	body, err := json.MarshalIndent(a.Patient(v.person, identifier), "", "  ")
	if err != nil {
		return fmt.Errorf("patient: %w", err)
	}
	attachment(w, "application/fhir+json", "patient", v.now)
	_, err = w.Write(append(body, '\n'))
	return err
}

// downloadJSON writes the export. What is bounded by nature comes first and whole; the long lists are read and written a page at a
// time. When something fails after the first byte the connection is cut, so that half a file does not look like a whole one.
func (a *Account) downloadJSON(w http.ResponseWriter, r *http.Request, v visitor, identifier string) error {
	head, err := a.export(r, v, identifier)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	attachment(w, "application/json", "account", v.now)
	if err := a.writeExport(w, r, v, body); err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to cut a connection
	}
	return nil
}

func (a *Account) writeExport(w io.Writer, r *http.Request, v visitor, head []byte) error {
	if _, err := w.Write(head[:len(head)-2]); err != nil { // without "\n}"
		return err
	}
	for _, list := range []struct {
		name string
		next func(before string) ([]any, string, error)
	}{
		{"releases", func(before string) ([]any, string, error) { return a.exportReleases(r, v, before) }},
		{"activity", func(before string) ([]any, string, error) { return a.exportActivity(r, v, before) }},
		{"messages", func(before string) ([]any, string, error) { return a.exportMessages(r, v, before) }},
	} {
		if err := writeList(w, list.name, list.next); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n}\n")
	return err
}

// writeList writes a member whose value is a list, a page at a time, and one that says whether it was cut.
func writeList(w io.Writer, name string, next func(before string) ([]any, string, error)) error {
	if _, err := fmt.Fprintf(w, ",\n  %q: [", name); err != nil {
		return err
	}
	written, before, cut := 0, "", false
	for {
		rows, last, err := next(before)
		if err != nil {
			return err
		}
		for _, row := range rows {
			text, err := json.Marshal(row)
			if err != nil {
				return err
			}
			separator := ",\n    "
			if written == 0 {
				separator = "\n    "
			}
			if _, err := io.WriteString(w, separator+string(text)); err != nil {
				return err
			}
			written++
		}
		if len(rows) < exportPage {
			break
		}
		if before = last; written >= exportRows {
			cut = true
			break
		}
	}
	_, err := fmt.Fprintf(w, "\n  ],\n  %q: %t", name+"_cut", cut)
	return err
}

// downloadReadable answers with a page to print or to keep.
func (a *Account) downloadReadable(w http.ResponseWriter, r *http.Request, v visitor, identifier string) error {
	head, err := a.export(r, v, identifier)
	if err != nil {
		return err
	}
	out := pages.AccountExport{
		At: v.now, Level: string(head.Person.Level), VerifiedAt: v.person.VerifiedAt, Until: v.person.ExpiresAt, Identifier: identifier, CreatedAt: v.person.CreatedAt,
	}
	for _, attribute := range v.person.WithAttributes().Attributes {
		value := v.value(attribute, nil)
		value.ChangeURL, value.CorrectURL, value.Unconfirmed = "", "", false
		if attribute.IsCurrent() {
			out.Values = append(out.Values, value)
			continue
		}
		out.Earlier = append(out.Earlier, value)
	}
	for _, p := range head.Proofings {
		out.Proofings = append(out.Proofings, pages.ExportProofing{Level: string(p.Level), Status: string(p.Status), At: p.StartedAt, Until: p.ExpiresAt})
	}
	for _, p := range head.Passkeys {
		out.Passkeys = append(out.Passkeys, pages.ExportPasskey{Name: p.Name, CreatedAt: p.CreatedAt, LastUsedAt: p.LastUsedAt})
	}
	for _, s := range head.Sessions {
		out.Sessions = append(out.Sessions, pages.AccountSession{Agent: s.Agent, SignedIn: s.SignedInAt, Seen: s.SeenAt})
	}
	for _, c := range head.Consents {
		out.Consents = append(out.Consents, pages.ExportConsent{Organization: c.Organization, Claims: c.Agreed, At: c.CreatedAt, EndedAt: c.EndedAt})
	}
	for _, q := range head.Requests {
		out.Requests = append(out.Requests, pages.ProfileRequest{
			Kind: string(q.Kind), Subject: claimOf[idp.AttributeKind(q.Subject)], Text: q.Text, At: q.At, AnsweredAt: q.AnsweredAt, Answer: q.Answer,
		})
	}
	if err := a.readableLists(r, v, &out); err != nil {
		return err
	}
	return a.Pages.AccountExport(w, r, out)
}

func (a *Account) readableLists(r *http.Request, v visitor, out *pages.AccountExport) error {
	releases, err := a.Store.Releases(r.Context(), idp.ReleaseFilter{PersonID: v.person.ID, Limit: readableRows + 1})
	if err != nil {
		return err
	}
	events, err := a.Store.AuditEvents(r.Context(), idp.AuditFilter{PersonID: v.person.ID, Limit: readableRows + 1})
	if err != nil {
		return err
	}
	messages, err := a.Store.Messages(r.Context(), idp.MessageFilter{PersonID: v.person.ID, Limit: readableRows + 1})
	if err != nil {
		return err
	}
	out.Cut = max(len(releases), len(events), len(messages)) > readableRows
	for _, release := range releases[:min(len(releases), readableRows)] {
		out.Releases = append(out.Releases, pages.ExportConsent{Organization: release.Organization, Claims: released(release), At: release.At})
	}
	names := organizations{store: a.Store, known: map[string]string{}}
	for _, e := range events[:min(len(events), readableRows)] {
		entry, err := v.entry(r, e, names)
		if err != nil {
			return err
		}
		out.Activity = append(out.Activity, entry)
	}
	for _, m := range messages[:min(len(messages), readableRows)] {
		out.Messages = append(out.Messages, pages.ExportMessage{Kind: string(m.Kind), To: m.To, At: m.CreatedAt})
	}
	return nil
}
