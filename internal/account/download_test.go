package account

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func TestADownloadNeedsAFreshSignInAndIsRecordedAndTold(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	s := browse(t, store, ana, onIPhone)
	leadsTo(t, post(t, newRoom(t, store, staleSignIn(s)).Download, "/account/download", "form", "json"), "/login?back=/account/download")
	rm := newRoom(t, store, s)
	if n := len(rm.audited(t, ana.ID, "account.download")); n != 0 {
		t.Errorf("%d lines in the audit log of what did not happen", n)
	}
	leadsTo(t, post(t, rm.Download, "/account/download", "form", "pdf"), "/account/download")
	for i, form := range []string{"page", "fhir", "json"} {
		w := post(t, rm.Download, "/account/download", "form", form)
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: status %d, Cache-Control %q", form, w.Code, w.Header().Get("Cache-Control"))
		}
		if n := len(rm.audited(t, ana.ID, "account.download")); n != i+1 {
			t.Errorf("%s: %d lines in the audit log, want %d", form, n, i+1)
		}
		messages, err := store.Messages(t.Context(), idp.MessageFilter{PersonID: ana.ID})
		if err != nil || len(messages) != i+1 || messages[0].Kind != idp.NoticeExportDownloaded {
			t.Errorf("%s: messages %+v (%v)", form, messages, err)
		}
	}
}

func TestADownloadHasEverythingOfHersAndNothingOfOthers(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	browse(t, store, bea, onWindows)
	proofing := idp.Proofing{
		ID: idp.NewID(), PersonID: ana.ID, Type: idp.OnsiteAttended, Framework: idp.FrameworkIDI, Status: idp.ProofingInForce, Achieved: idp.IDIAL1_8,
		StartedAt: now(), PerformedBy: "Max the clerk",
		Evidence: []idp.Evidence{{ID: "1", Type: idp.Passport, IssuerCountry: "US", NumberEnd: "4711", SealedNumber: []byte("sealed number"), NumberIndex: []byte("index")}},
	}
	if err := store.StartProofing(t.Context(), proofing); err != nil {
		t.Fatal(err)
	}
	post(t, rm.AskCorrection, "/account/profile/correct", "of", "name", "text", "Rivera Ortega")
	happened(t, store, ana.ID, idp.AuditEvent{Action: "person.view", Actor: "Max the clerk", IP: "198.51.100.7"})
	happened(t, store, bea.ID, idp.AuditEvent{Action: "signin", Actor: bea.ID})

	w := post(t, rm.Download, "/account/download", "form", "json")
	if got := w.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="account-`) || strings.Contains(got, "Ana") {
		t.Errorf("Content-Disposition %q", got)
	}
	body := w.Body.Bytes()
	for _, secret := range []string{"Bea", bea.ID, "4711", "sealed number", "Max the clerk", "198.51.100.7", "\"hash\"", "credential"} {
		if bytes.Contains(body, []byte(secret)) {
			t.Errorf("the file has %q", secret)
		}
	}
	var got struct {
		Export
		Releases, Activity, Messages []map[string]any
		Cut                          *bool `json:"activity_cut"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if got.Version != exportVersion || got.Person.ID != ana.ID || got.Person.Identifier != string(ana.Identifier.Sealed) || got.Person.Level != idp.IDIAL1_8 {
		t.Errorf("the person is %+v", got.Person)
	}
	if len(got.Values) != 5 || len(got.Passkeys) != 1 || len(got.Sessions) != 1 || len(got.Requests) != 1 || len(got.Proofings) != 1 || len(got.Proofings[0].Evidence) != 1 {
		t.Errorf("the lists have other lengths:\n%s", body)
	}
	if got.Releases == nil || got.Messages == nil || got.Cut == nil || *got.Cut || len(got.Activity) < 3 {
		t.Errorf("the long lists: %d releases, %d lines of activity, %d messages", len(got.Releases), len(got.Activity), len(got.Messages))
	}
	says(t, post(t, rm.Download, "/account/download", "form", "fhir"), "Ana")
	page := post(t, rm.Download, "/account/download", "form", "page")
	says(t, page, "What we know about you", "Springfield", "Safari, iPhone", "Passkey of Ana", "Rivera Ortega", string(ana.Identifier.Sealed))
	if strings.Contains(page.Body.String(), "Bea") || strings.Contains(page.Body.String(), "Max the clerk") {
		t.Error("the page has something of another person")
	}
}

func TestALongListIsWrittenAPageAtATimeAndCutAtItsEnd(t *testing.T) {
	t.Parallel()
	calls := 0
	endless := func(string) ([]any, string, error) {
		calls++
		return make([]any, exportPage), "last", nil
	}
	var out strings.Builder
	out.WriteString("{\"a\": 1")
	if err := writeList(&out, "rows", endless); err != nil {
		t.Fatal(err)
	}
	out.WriteString("}")
	var got struct {
		Rows []any `json:"rows"`
		Cut  bool  `json:"rows_cut"`
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || len(got.Rows) != exportRows || !got.Cut || calls != exportRows/exportPage {
		t.Errorf("%d rows in %d calls, cut %t (%v)", len(got.Rows), calls, got.Cut, err)
	}
}
