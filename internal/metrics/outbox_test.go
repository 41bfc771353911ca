package metrics

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func fewMessages(context.Context) (Messages, error) {
	return Messages{Waiting: 3, Failing: 2, GivenUp: 1, Oldest: now.Add(-time.Minute)}, nil
}

func TestMessagesAreCounted(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil, nil)
	m.Message("email", "sent")
	m.Message("email", "sent")
	m.Message("sms", "given_up")
	mustHave(t, scrape(t, m),
		`udap_idp_messages_total{channel="email",outcome="sent"} 2`,
		`udap_idp_messages_total{channel="sms",outcome="given_up"} 1`,
		`udap_idp_messages_waiting 3`, `udap_idp_messages_failing 2`, `udap_idp_messages_given_up 1`, `udap_idp_messages_oldest_age_seconds 60`,
	)
}

func TestMessagesThatCannotBeCountedAreNotZero(t *testing.T) {
	t.Parallel()
	m := New(Config{
		Certificates: func(context.Context) []Certificate { return nil }, Sources: func() []Source { return nil },
		Messages: func(context.Context) (Messages, error) { return Messages{}, errors.New("the database is gone") },
	})
	if text := scrape(t, m); strings.Contains(text, "udap_idp_messages_waiting") {
		t.Error("they are shown as none")
	}
}
