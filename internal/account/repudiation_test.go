package account

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// links stands for the room that knows them.
type links struct {
	open  string
	calls []idp.Reading
}

func (l *links) find(_ context.Context, link string) (idp.Proofing, error) {
	switch {
	case link == "used" || link == l.open && len(l.calls) > 0:
		return idp.Proofing{}, fmt.Errorf("link: %w", idp.ErrUsed)
	case link != l.open:
		return idp.Proofing{}, fmt.Errorf("link: %w", idp.ErrNotFound)
	}
	return idp.Proofing{CompletedAt: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}, nil
}

func (l *links) use(ctx context.Context, link string, by idp.Reading) error {
	if _, err := l.find(ctx, link); err != nil {
		return err
	}
	l.calls = append(l.calls, by)
	return nil
}

func TestRepudiationNeedsNoSignInAndOpeningTheLinkChangesNothing(t *testing.T) {
	t.Parallel()
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	l := &links{open: "good"}
	a := New(Config{Pages: texts, Repudiation: l.find, Repudiate: l.use}) // no session, no store
	mux := http.NewServeMux()
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /repudiate/{token}": a.RepudiationPage, "POST /repudiate/{token}": a.RepudiateNow,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				t.Error(err)
			}
		})
	}
	for _, step := range []struct {
		method, link string
		status       int
		page         string
		calls        int
	}{
		{http.MethodGet, "wrong", 404, "problem", 0},
		{http.MethodPost, "wrong", 404, "problem", 0},
		{http.MethodGet, "good", 200, "repudiate", 0},
		{http.MethodGet, "good", 200, "repudiate", 0},
		{http.MethodPost, "good", 200, "repudiated", 1},
		{http.MethodPost, "good", 200, "repudiated", 1},
		{http.MethodGet, "good", 200, "repudiated", 1},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(step.method, "/repudiate/"+step.link, nil))
		if w.Code != step.status || !strings.Contains(w.Body.String(), `data-page="`+step.page+`"`) || len(l.calls) != step.calls {
			t.Errorf("%s %s: status %d, %d calls; want %d, the page %s and %d calls", step.method, step.link, w.Code, len(l.calls), step.status, step.page, step.calls)
		}
	}
	if len(l.calls) == 1 && l.calls[0].IP != "192.0.2.1" {
		t.Errorf("the audit log gets the address %q", l.calls[0].IP)
	}
}
