package registration

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"udap-idp/internal/attempts"
	"udap-idp/internal/udap"
)

// allowed records that only a compatibility switch let something pass.
func (a *attempt) allowed(ctx context.Context, name, detail string) {
	a.record.Allowed(name, detail)
	a.Log.LogAttrs(ctx, slog.LevelInfo, "compatibility switch used", slog.String("switch", name),
		slog.String("detail", attempts.Loggable(detail)), slog.String("community", a.communityID),
		slog.String("iss", attempts.Loggable(a.issuer)))
}

// rejected records why a certification is left out: the client learns only that it is, unless it is required.
func (a *attempt) rejected(ctx context.Context, v verdict) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("code", v.err.Code), slog.String("reason", udap.Printable(v.err.Description)),
		slog.String("uris", attempts.Loggable(strings.Join(v.uris, " "))),
		slog.String("community", a.communityID), slog.String("iss", attempts.Loggable(a.issuer)),
	}
	if v.err.Status >= http.StatusInternalServerError {
		level = slog.LevelError
		attributes = append(attributes, slog.Any("error", v.err.Cause))
	}
	a.record.Failed("certification", strings.Join(v.uris, " ")+": "+v.err.Description)
	a.Log.LogAttrs(ctx, level, "certification left out", attributes...)
}
