package storetest

import (
	"sync"
	"time"

	"udap-idp/internal/idp"
)

// accounts are the figures of accounts that are not zero.
func (h *house) accounts() map[idp.AccountCount]int {
	counts, err := h.CountAccounts(h.ctx)
	h.ok(err)
	figures := map[idp.AccountCount]int{}
	for _, c := range counts {
		figures[idp.AccountCount{Role: c.Role, State: c.State, Level: c.Level}] = c.Count
	}
	return figures
}

// accountFigures: they are right after whatever happens to an account, and those that fail change nothing.
func accountFigures(h *house) {
	want := func(active, suspended, verified int) {
		h.Helper()
		got := h.accounts()
		for c, n := range map[idp.AccountCount]int{
			{Role: idp.Patient, State: idp.PersonActive, Level: idp.IDIAL1_8}: active, {Role: idp.Patient, State: idp.PersonSuspended, Level: idp.IDIAL1_8}: suspended,
			{Role: idp.Patient, State: idp.PersonActive, Level: idp.IDIAL2}: verified,
		} {
			if got[c] != n {
				h.Errorf("%+v: %d, want %d", c, got[c], n)
			}
			delete(got, c)
		}
		if len(got) > 0 {
			h.Errorf("figures of others: %v", got)
		}
	}
	want(1, 0, 0)
	var all sync.WaitGroup
	for range 20 {
		p := h.newPerson()
		all.Go(func() { h.ok(h.CreatePerson(h.ctx, p, idp.Invitation{})) })
	}
	all.Wait()
	want(21, 0, 0)
	var people []idp.Person
	for range 3 {
		people = append(people, h.newPerson())
	}
	batch := idp.ImportBatch{Mark: idp.ImportMark{ID: "f", Rows: 3}, People: people}
	h.ok(h.ImportPeople(h.ctx, batch))
	h.want(h.ImportPeople(h.ctx, batch), idp.ErrStale)
	want(24, 0, 0)
	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.Level = idp.IDIAL2 })))
	want(23, 0, 1)
	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.GivenName = "Ana" })))
	want(23, 0, 1)
	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.State, p.Level = idp.PersonSuspended, idp.IDIAL1_8 })))
	want(23, 1, 0)
}

// attemptDays: the figures outlive the log.
func attemptDays(h *house) {
	yesterday := h.now.Add(-24 * time.Hour)
	refused, many, old := h.newAttempt(false, h.now), h.newAttempt(false, h.now), h.newAttempt(true, yesterday)
	refused.Outcome, many.Outcome, many.Count, old.Outcome = "refused", "refused", 40, "registered"
	h.ok(h.RecordAttempts(h.ctx, []idp.Attempt{refused, old}))
	h.ok(h.RecordAttempts(h.ctx, []idp.Attempt{many}))
	_, err := h.TrimAttempts(h.ctx, idp.AttemptLimits{Age: time.Hour}, h.now)
	h.ok(err)
	days, err := h.CountAttempts(h.ctx, yesterday)
	h.ok(err)
	if len(days) != 2 || days[0].Outcome != "registered" || days[0].Count != 1 || days[1].Count != 41 || days[1].Day != h.now.UTC().Format(time.DateOnly) {
		h.Errorf("the days are %+v", days)
	}
	if days, err = h.CountAttempts(h.ctx, h.now); err != nil || len(days) != 1 {
		h.Errorf("today alone: %+v (%v)", days, err)
	}
}

// latencies of several servers are added up.
func latencies(h *house) {
	day := h.now.Truncate(24 * time.Hour)
	some := []idp.Latency{{Day: day, Family: "desk", Step: 3, Count: 2}, {Day: day, Family: "desk", Step: 9, Count: 1}, {Day: day.AddDate(0, 0, -1), Family: "people", Step: 3, Count: 1}}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { h.ok(h.AddLatencies(h.ctx, some)) })
	}
	all.Wait()
	got, err := h.Latencies(h.ctx, day)
	h.ok(err)
	if len(got) != 2 || got[0] != (idp.Latency{Day: day.UTC(), Family: "desk", Step: 3, Count: 10}) || got[1].Count != 5 {
		h.Errorf("got %+v", got)
	}
	_, err = h.Purge(h.ctx, day.Add(idp.LatenciesKept))
	h.ok(err)
	if got, err = h.Latencies(h.ctx, time.Time{}); err != nil || len(got) != 2 {
		h.Errorf("after the purge: %+v (%v)", got, err)
	}
}
