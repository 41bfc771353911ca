package identity

import (
	"context"
	"fmt"
	"strings"

	"udap-idp/internal/idp"
)

// AnswerRequest closes what a person asked for, with words for her to read in her account, and tells her at every address that they
// are there. What was asked for is done before. idp.ErrNotFound: there is no such request.
func (i *Identity) AnswerRequest(ctx context.Context, id, answer string, by idp.Reading) (idp.Request, error) {
	r, err := i.Store.Request(ctx, id)
	if err != nil {
		return r, err
	}
	switch {
	case !r.AnsweredAt.IsZero():
		return r, refuse("answered", "%s was answered before", id)
	case by.Actor == r.PersonID:
		return r, refuse("own_request", "nobody answers her own request")
	case strings.TrimSpace(answer) == "":
		return r, refuse("answer", "an answer is missing")
	}
	person, err := i.Store.Person(ctx, r.PersonID)
	if err != nil {
		return r, err
	}
	messages, err := i.about(person, idp.NoticeRequestAnswered)
	if err != nil {
		return r, err
	}
	now := i.now()
	event := i.event(by, "request.answer", r.PersonID, detail(struct {
		Request string          `json:"request"`
		Kind    idp.RequestKind `json:"kind"`
	}{r.ID, r.Kind}))
	event.At = now
	err = i.Store.AnswerRequest(ctx, id, answer, by.Actor, now, idp.Trail{Events: []idp.AuditEvent{event}, Messages: messages})
	if isUsed(err) {
		return r, refuse("answered", "%s was answered before", id)
	}
	if err != nil {
		return r, fmt.Errorf("answer a request: %w", err)
	}
	r.Answer, r.AnsweredBy, r.AnsweredAt = answer, by.Actor, now
	return r, nil
}
