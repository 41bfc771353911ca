package identity

import (
	"testing"

	"udap-idp/internal/idp"
)

func TestAnswerOfARequestIsToldAtEveryAddress(t *testing.T) {
	t.Parallel()
	i := posted(t, true)
	p := i.add(t, maria(), idp.Unverified)
	q := idp.Request{ID: idp.NewID(), PersonID: p.ID, Kind: idp.RequestCorrection, Subject: "name", At: i.now()}
	if err := i.Store.AddRequest(t.Context(), q, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	_, err := i.AnswerRequest(t.Context(), q.ID, " ", proofer)
	wantRefusal(t, err, "answer")
	_, err = i.AnswerRequest(t.Context(), q.ID, "yes", idp.Reading{Actor: p.ID})
	wantRefusal(t, err, "own_request")
	answered := must[idp.Request](t)(i.AnswerRequest(t.Context(), q.ID, "It is corrected.", proofer))
	if answered.AnsweredBy != proofer.Actor || answered.AnsweredAt.IsZero() {
		t.Errorf("answered: %+v", answered)
	}
	told := i.messages(t, idp.NoticeRequestAnswered)
	if len(told) != 2 || string(told[0].Sealed) != "" {
		t.Errorf("told: %+v", told)
	}
	_, err = i.AnswerRequest(t.Context(), q.ID, "again", proofer)
	wantRefusal(t, err, "answered")
}
