package registration

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"udap-idp/internal/udap"
)

// maxLogged is how much of a claimed iss is logged, in bytes.
const maxLogged = 200

func (a *attempt) logSuccess(ctx context.Context, answer *answer) {
	a.Log.LogAttrs(ctx, slog.LevelInfo, "registration", a.attributes(answer.outcome)...)
}

// logRefusal writes the cause only of what failed on our side: that of a refusal was written by a stranger.
func (a *attempt) logRefusal(ctx context.Context, e *udap.Error) {
	attributes := a.attributes(e.Code)
	level := slog.LevelInfo
	if e.Status >= http.StatusInternalServerError {
		level = slog.LevelError
		attributes = append(attributes, slog.Any("error", e.Cause))
	}
	a.Log.LogAttrs(ctx, level, "registration", attributes...)
}

func (a *attempt) attributes(code string) []slog.Attr {
	return []slog.Attr{slog.String("code", code), slog.String("community", a.communityID), slog.String("iss", loggable(a.issuer))}
}

// loggable cuts a claimed value short and leaves printable ASCII of it.
func loggable(s string) string {
	if len(s) > maxLogged {
		s = s[:maxLogged]
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, s)
}
