package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

const lease = time.Minute

// message stores one that is due.
func (h *house) message(change func(*idp.Message)) idp.Message {
	h.Helper()
	m := idp.Message{
		ID: idp.NewID(), PersonID: h.person.ID, Channel: idp.ByEmail, To: "a@b.example", Kind: idp.NoticePasskeyAdded, Language: "es",
		Sealed: []byte{1, 2, 3}, CreatedAt: h.now, NextAt: h.now,
	}
	if change != nil {
		change(&m)
	}
	h.ok(h.AddMessages(h.ctx, idp.Trail{Messages: []idp.Message{m}}))
	return m
}

func (h *house) stored(id string) idp.Message {
	h.Helper()
	m, err := h.Message(h.ctx, id)
	h.ok(err)
	return m
}

func messageRoundTrip(h *house) {
	want := h.message(func(m *idp.Message) { m.ExpiresAt = h.now.Add(time.Hour) })
	if got := h.stored(want.ID); !reflect.DeepEqual(got, want) {
		h.Errorf("got  %+v\nwant %+v", got, want)
	}
	_, err := h.Message(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)

	sms := h.message(func(m *idp.Message) { m.Channel, m.PersonID = idp.BySMS, "" })
	got, err := h.ClaimMessage(h.ctx, idp.BySMS, h.now, lease)
	h.ok(err)
	if got.ID != sms.ID {
		h.Error("the other channel's message was claimed")
	}
	h.ok(h.MessageFailed(h.ctx, idp.MessageFailure{ID: got.ID, Tries: 1, Failure: "450 later", RetryAt: h.now.Add(time.Minute)}))
	for _, tc := range []struct {
		filter idp.MessageFilter
		want   []string
	}{
		{idp.MessageFilter{}, []string{sms.ID, want.ID}},
		{idp.MessageFilter{Limit: 1}, []string{sms.ID}},
		{idp.MessageFilter{Before: sms.ID}, []string{want.ID}},
		{idp.MessageFilter{PersonID: h.person.ID}, []string{want.ID}},
		{idp.MessageFilter{State: idp.MessageSent}, nil},
		{idp.MessageFilter{State: idp.MessageWaiting}, []string{sms.ID, want.ID}},
	} {
		found, err := h.Messages(h.ctx, tc.filter)
		h.ok(err)
		var ids []string
		for _, m := range found {
			ids = append(ids, m.ID)
		}
		if !reflect.DeepEqual(ids, tc.want) {
			h.Errorf("%+v: %v, want %v", tc.filter, ids, tc.want)
		}
	}
	counts, err := h.MessageCounts(h.ctx, h.now)
	h.ok(err)
	if counts.Waiting != 2 || counts.Failing != 1 || counts.GivenUp != 0 || !counts.Oldest.Equal(h.now) {
		h.Errorf("counts %+v", counts)
	}
}

func messageWithChange(h *house) {
	m := idp.Message{ID: idp.NewID(), Channel: idp.ByEmail, To: "a@b.example", Kind: idp.NoticeTest, CreatedAt: h.now, NextAt: h.now}
	event := idp.AuditEvent{ID: idp.NewID(), At: h.now, Action: "test", PersonID: h.person.ID}
	h.ok(h.AddMessages(h.ctx, idp.Trail{Events: []idp.AuditEvent{event}, Messages: []idp.Message{m}}))
	// The same id again fails, and takes its event along.
	again := event
	again.ID = idp.NewID()
	if err := h.AddMessages(h.ctx, idp.Trail{Events: []idp.AuditEvent{again}, Messages: []idp.Message{m}}); err == nil {
		h.Error("two messages of one id")
	}
	events, err := h.AuditEvents(h.ctx, idp.AuditFilter{Action: "test"})
	h.ok(err)
	if len(events) != 1 {
		h.Errorf("%d events, want the one of the change that happened", len(events))
	}
}

func messageClaimedOnce(h *house) {
	const messages = 40
	for range messages {
		h.message(nil)
	}
	var mu sync.Mutex
	claims := map[string]int{}
	var failures []error
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range racers {
		wg.Go(func() {
			<-begin
			for {
				m, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
				mu.Lock()
				if err == nil {
					claims[m.ID]++
				} else if !errors.Is(err, idp.ErrNotFound) {
					failures = append(failures, err)
				}
				mu.Unlock()
				if err != nil {
					return
				}
				if err := h.MessageSent(h.ctx, m.ID, h.now); err != nil {
					mu.Lock()
					failures = append(failures, err)
					mu.Unlock()
				}
			}
		})
	}
	close(begin)
	wg.Wait()
	for _, err := range failures {
		h.Error(err)
	}
	if len(claims) != messages {
		h.Errorf("%d of %d messages were claimed", len(claims), messages)
	}
	for id, n := range claims {
		if n != 1 {
			h.Errorf("message %s was claimed %d times", id, n)
		}
	}
}

func messageEmptied(h *house) {
	sent, failed, waiting := h.message(nil), h.message(nil), h.message(nil)
	for range 3 {
		_, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
		h.ok(err)
	}
	h.ok(h.MessageSent(h.ctx, sent.ID, h.now))
	h.ok(h.MessageFailed(h.ctx, idp.MessageFailure{ID: failed.ID, Tries: 1, Failure: "550 no such user", GaveUpAt: h.now}))
	h.ok(h.MessageFailed(h.ctx, idp.MessageFailure{ID: waiting.ID, Tries: 1, Failure: "450 later", RetryAt: h.now.Add(time.Minute)}))

	for id, want := range map[string]struct {
		state  idp.MessageState
		sealed bool
	}{sent.ID: {idp.MessageSent, false}, failed.ID: {idp.MessageGivenUp, false}, waiting.ID: {idp.MessageWaiting, true}} {
		m := h.stored(id)
		if m.State() != want.state || (len(m.Sealed) > 0) != want.sealed {
			h.Errorf("%s with %d bytes sealed, want %s", m.State(), len(m.Sealed), want.state)
		}
	}
	if m := h.stored(waiting.ID); !m.NextAt.Equal(h.now.Add(time.Minute)) || m.Failure != "450 later" || !bytes.Equal(m.Sealed, waiting.Sealed) {
		h.Errorf("%+v", m)
	}
	if _, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now.Add(59*time.Second), lease); !errors.Is(err, idp.ErrNotFound) {
		h.Errorf("claimed before it is due again: %v", err)
	}
	if err := h.MessageFailed(h.ctx, idp.MessageFailure{ID: waiting.ID, Tries: 1}); err == nil {
		h.Error("neither tried again nor given up")
	}
	h.want(h.MessageSent(h.ctx, idp.NewID(), h.now), idp.ErrNotFound)
}

func messageLease(h *house) {
	m := h.message(nil)
	_, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
	h.ok(err)
	_, err = h.ClaimMessage(h.ctx, idp.ByEmail, h.now.Add(lease-time.Second), lease)
	h.want(err, idp.ErrNotFound)
	again, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now.Add(lease), lease)
	h.ok(err)
	if again.ID != m.ID || again.Tries != 2 {
		h.Errorf("claimed %s at try %d", again.ID, again.Tries)
	}
}

func messageLateReport(h *house) {
	m := h.message(nil)
	first, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
	h.ok(err)
	second, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now.Add(lease), lease)
	h.ok(err)
	h.want(h.MessageFailed(h.ctx, idp.MessageFailure{ID: m.ID, Tries: first.Tries, Failure: "x", GaveUpAt: h.now}), idp.ErrStale)
	h.ok(h.MessageSent(h.ctx, m.ID, h.now))
	h.want(h.MessageFailed(h.ctx, idp.MessageFailure{ID: m.ID, Tries: second.Tries, Failure: "x", GaveUpAt: h.now}), idp.ErrStale)
	if got := h.stored(m.ID).State(); got != idp.MessageSent {
		h.Errorf("the message is %s", got)
	}
}

func messageRetry(h *house) {
	retried := func() idp.Trail { return idp.Trail{Events: h.trailOf("message.retry").Events} }
	m := h.message(nil)
	claimed, err := h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
	h.ok(err)
	h.ok(h.RetryMessage(h.ctx, m.ID, h.now, retried())) // somebody has it in hand
	_, err = h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
	h.want(err, idp.ErrNotFound)

	h.ok(h.MessageFailed(h.ctx, idp.MessageFailure{ID: m.ID, Tries: claimed.Tries, Failure: "450", RetryAt: h.now.Add(4 * time.Hour)}))
	h.ok(h.RetryMessage(h.ctx, m.ID, h.now, retried()))
	_, err = h.ClaimMessage(h.ctx, idp.ByEmail, h.now, lease)
	h.ok(err)
	h.ok(h.MessageSent(h.ctx, m.ID, h.now))
	h.want(h.RetryMessage(h.ctx, m.ID, h.now, retried()), idp.ErrUsed)
	h.want(h.RetryMessage(h.ctx, idp.NewID(), h.now, retried()), idp.ErrNotFound)
	if n := h.left("message.retry"); n != 2 {
		h.Errorf("%d of two retries are recorded, and none of those that were refused", n)
	}
}

func messageExpiry(h *house) {
	gone := h.message(func(m *idp.Message) { m.ExpiresAt = h.now })
	living := h.message(func(m *idp.Message) { m.ExpiresAt = h.now.Add(time.Second) })
	lasting := h.message(nil)
	n, err := h.ExpireMessages(h.ctx, h.now)
	h.ok(err)
	if n != 1 {
		h.Errorf("%d expired", n)
	}
	if m := h.stored(gone.ID); m.State() != idp.MessageGivenUp || len(m.Sealed) != 0 || m.Failure == "" {
		h.Errorf("the one that expired: %+v", m)
	}
	for _, id := range []string{living.ID, lasting.ID} {
		if m := h.stored(id); m.State() != idp.MessageWaiting || len(m.Sealed) == 0 {
			h.Errorf("one that has not: %+v", m)
		}
	}
	counts, err := h.MessageCounts(h.ctx, h.now)
	h.ok(err)
	if fmt.Sprint(counts.Waiting, counts.GivenUp) != "2 1" {
		h.Errorf("counts %+v", counts)
	}
}

func messagePurge(h *house) {
	old := h.message(func(m *idp.Message) { m.CreatedAt = h.now.Add(-idp.MessagesKept) })
	kept := h.message(func(m *idp.Message) { m.CreatedAt = h.now.Add(time.Second - idp.MessagesKept) })
	_, err := h.Purge(h.ctx, h.now)
	h.ok(err)
	_, err = h.Message(h.ctx, old.ID)
	h.want(err, idp.ErrNotFound)
	h.stored(kept.ID)
}

// textMessagesAreBounded: whatever a person does over and over again costs so many text messages a day; mail goes on, and so do
// codes, which have a limit of their own.
func textMessagesAreBounded(h *house) {
	text := func(change func(*idp.Message)) idp.Message {
		m := h.message(func(m *idp.Message) {
			m.Channel, m.To = idp.BySMS, "+16175550142"
			if change != nil {
				change(m)
			}
		})
		return h.stored(m.ID)
	}
	for range idp.MaxTexts {
		if got := text(nil); !got.GaveUpAt.IsZero() {
			h.Fatalf("given up: %s", got.Failure)
		}
	}
	if got := text(nil); got.GaveUpAt.IsZero() || got.Failure == "" || len(got.Sealed) != 0 {
		h.Errorf("one too many waits to be sent: %+v", got)
	}
	other, _ := h.addPerson()
	for name, got := range map[string]idp.Message{
		"a mail":           h.stored(h.message(nil).ID),
		"a code":           text(func(m *idp.Message) { m.ExpiresAt = h.now.Add(time.Hour) }),
		"another person's": text(func(m *idp.Message) { m.PersonID = other.ID }),
		"of the next day":  text(func(m *idp.Message) { m.CreatedAt = h.now.Add(24 * time.Hour) }),
	} {
		if !got.GaveUpAt.IsZero() {
			h.Errorf("%s is given up: %s", name, got.Failure)
		}
	}
}
