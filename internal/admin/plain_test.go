package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// particular is a store that refuses to be asked for what is no text, as PostgreSQL does.
type particular struct{ Store }

var errNoText = errors.New("invalid byte sequence for encoding UTF8")

func (s particular) Person(ctx context.Context, id string) (idp.Person, error) {
	if !well(id) {
		return idp.Person{}, errNoText
	}
	return s.Store.Person(ctx, id)
}

func (s particular) Message(ctx context.Context, id string) (idp.Message, error) {
	if !well(id) {
		return idp.Message{}, errNoText
	}
	return s.Store.Message(ctx, id)
}

func (s particular) Approval(ctx context.Context, id string) (idp.Approval, error) {
	if !well(id) {
		return idp.Approval{}, errNoText
	}
	return s.Store.Approval(ctx, id)
}

func (s particular) AuditEvent(ctx context.Context, id string) (idp.AuditEvent, error) {
	if !well(id) {
		return idp.AuditEvent{}, errNoText
	}
	return s.Store.AuditEvent(ctx, id)
}

// TestMalformedAddressesAreNobodys: what is no text is the name of nothing, and is not asked of a database, which may refuse it.
func TestMalformedAddressesAreNobodys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Store = particular{c.Store} })
	h.as(idp.Owner)
	for pattern := range h.admin.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.Contains(path, "{") || strings.HasPrefix(path, "/setup/") {
			continue
		}
		for _, bad := range []string{"%00", "a%00b", "%ff", strings.Repeat("a", 300)} {
			wantPage(t, h.serve(method, regexp.MustCompile(`\{[^}]+\}`).ReplaceAllLiteralString(path, bad), url.Values{"reason": {"x"}}), http.StatusNotFound, "problem")
		}
	}
	for _, query := range []string{"name=%00", "before=%ff", "%00=1", "email=" + strings.Repeat("a", 3000)} {
		wantPage(t, h.get("/admin/people?"+query), http.StatusBadRequest, "problem")
		wantPage(t, h.get("/admin/audit?"+query), http.StatusBadRequest, "problem")
	}
}
