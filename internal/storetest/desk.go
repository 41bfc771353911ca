package storetest

import (
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

func requestQueue(h *house) {
	var ids []string
	for n := range 5 {
		r := h.newRequest(fmt.Sprint(n))
		h.ok(h.AddRequest(h.ctx, r, idp.Trail{}))
		ids = append(ids, r.ID)
	}
	for _, id := range ids[:3] {
		h.ok(h.AnswerRequest(h.ctx, id, "yes", "clerk", h.now, idp.Trail{}))
	}
	queue := func(q idp.RequestQueue) []string {
		found, err := h.RequestQueue(h.ctx, q)
		h.ok(err)
		return idsOf(found, func(r idp.Request) string { return r.ID })
	}
	for _, tc := range []struct {
		q    idp.RequestQueue
		want []string
	}{
		{idp.RequestQueue{}, ids[3:]},
		{idp.RequestQueue{From: ids[3]}, ids[4:]},
		{idp.RequestQueue{Answered: true}, []string{ids[2], ids[1], ids[0]}},
		{idp.RequestQueue{Answered: true, Limit: 1}, ids[2:3]},
		{idp.RequestQueue{Answered: true, From: ids[1]}, ids[:1]},
	} {
		if got := queue(tc.q); !slices.Equal(got, tc.want) {
			h.Errorf("%+v gives %v, want %v", tc.q, got, tc.want)
		}
	}
	r, err := h.Request(h.ctx, ids[0])
	h.ok(err)
	if r.Answer != "yes" || r.Text != "0" {
		h.Errorf("the request is %+v", r)
	}
	_, err = h.Request(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)
}

func idsOf[T any](rows []T, id func(T) string) []string {
	ids := make([]string, len(rows))
	for n, row := range rows {
		ids[n] = id(row)
	}
	return ids
}

// proofingOf is an event that is worth nothing but its place in a list.
func (h *house) proofingOf(status idp.ProofingStatus, ends time.Time) string {
	p := idp.Proofing{ID: idp.NewID(), PersonID: h.person.ID, Status: status, StartedAt: h.now, ExpiresAt: ends}
	h.ok(h.StartProofing(h.ctx, p))
	return p.ID
}

func proofingQueue(h *house) {
	var ids []string
	for _, status := range []idp.ProofingStatus{idp.ProofingDraft, idp.ProofingPendingApproval, idp.ProofingInForce, idp.ProofingDraft, idp.ProofingRevoked} {
		ids = append(ids, h.proofingOf(status, time.Time{}))
	}
	open := []idp.ProofingStatus{idp.ProofingPendingApproval, idp.ProofingDraft}
	for _, tc := range []struct {
		q    idp.ProofingQueue
		want []string
	}{
		{idp.ProofingQueue{Statuses: open}, []string{ids[0], ids[1], ids[3]}},
		{idp.ProofingQueue{Statuses: open, Limit: 2}, []string{ids[0], ids[1]}},
		{idp.ProofingQueue{Statuses: open, From: ids[1]}, ids[3:4]},
		{idp.ProofingQueue{Statuses: open, Newest: true, Limit: 2}, []string{ids[3], ids[1]}},
		{idp.ProofingQueue{Statuses: open, Newest: true, From: ids[1]}, ids[:1]},
		{idp.ProofingQueue{Statuses: []idp.ProofingStatus{idp.ProofingRepudiated}}, nil},
	} {
		found, err := h.ProofingQueue(h.ctx, tc.q)
		h.ok(err)
		if got := idsOf(found, func(p idp.Proofing) string { return p.ID }); !slices.Equal(got, tc.want) {
			h.Errorf("%+v gives %v, want %v", tc.q, got, tc.want)
		}
	}
}

func dueProofings(h *house) {
	soon, later := h.now.Add(time.Hour), h.now.Add(2*time.Hour)
	third := h.proofingOf(idp.ProofingInForce, later)
	first, second := h.proofingOf(idp.ProofingInForce, soon), h.proofingOf(idp.ProofingInForce, soon)
	h.proofingOf(idp.ProofingInForce, time.Time{})
	h.proofingOf(idp.ProofingExpired, soon)
	for _, tc := range []struct {
		d    idp.DueProofings
		want []string
	}{
		{idp.DueProofings{Before: later.Add(1 * time.Microsecond)}, []string{first, second, third}},
		{idp.DueProofings{Before: later}, []string{first, second}},
		{idp.DueProofings{Before: later.Add(time.Hour), FromAt: soon, FromID: first}, []string{second, third}},
		{idp.DueProofings{Before: later.Add(time.Hour), FromAt: soon, FromID: second, Limit: 1}, []string{third}},
		{idp.DueProofings{Before: soon}, nil},
	} {
		tc.d.Status = idp.ProofingInForce
		found, err := h.DueProofings(h.ctx, tc.d)
		h.ok(err)
		if got := idsOf(found, func(p idp.Proofing) string { return p.ID }); !slices.Equal(got, tc.want) {
			h.Errorf("%+v gives %v, want %v", tc.d, got, tc.want)
		}
	}
}
