package storetest

import (
	"reflect"
	"time"

	"udap-idp/internal/idp"
)

func (h *house) newImport() idp.ImportJob {
	return idp.ImportJob{ID: idp.NewID(), FileName: "patients.csv", Digest: "d", Size: 17, State: idp.ImportChecking, CreatedAt: h.now,
		Options: idp.ImportOptions{Duplicates: "skip", Ignore: []string{"MRN"}, Invite: true}, By: idp.Reading{Actor: "clerk", RequestID: "R", IP: "192.0.2.1"}}
}

// claimed is an import that a server works on.
func (h *house) claimed(server string) idp.ImportJob {
	h.Helper()
	j := h.newImport()
	h.ok(h.AddImportJob(h.ctx, j, h.trailOf("import.upload")))
	j.ClaimedBy, j.ClaimedUntil = server, h.now.Add(time.Minute)
	h.ok(h.ClaimImportJob(h.ctx, j.ID, server, j.ClaimedUntil, h.now))
	return j
}

func oneImportAtATime(h *house) {
	h.onlyOne(16, idp.ErrExists, func() error { return h.AddImportJob(h.ctx, h.newImport(), idp.Trail{}) })
	jobs, err := h.ImportJobs(h.ctx, 10)
	h.ok(err)
	if len(jobs) != 1 {
		h.Fatalf("%d imports, want 1", len(jobs))
	}
	j := jobs[0]
	want := h.newImport()
	want.ID = j.ID
	if !reflect.DeepEqual(j, want) {
		h.Errorf("got  %+v\nwant %+v", j, want)
	}
	j.State = idp.ImportDiscarded
	h.want(h.AdvanceImportJob(h.ctx, idp.ImportChecked, j, h.now, idp.Trail{}), idp.ErrStale)
	h.ok(h.AdvanceImportJob(h.ctx, idp.ImportChecking, j, h.now, h.trailOf("import.discard")))
	if h.left("import.discard") != 1 {
		h.Error("what was done is not in the audit log")
	}
	h.ok(h.AddImportJob(h.ctx, h.newImport(), idp.Trail{}))
}

// Two servers on one database: one of them runs the import.
func importIsClaimedByOneServer(h *house) {
	j := h.newImport()
	h.ok(h.AddImportJob(h.ctx, j, idp.Trail{}))
	h.onlyOne(16, idp.ErrStale, func() error { return h.ClaimImportJob(h.ctx, j.ID, idp.NewID(), h.now.Add(time.Minute), h.now) })
	got, err := h.ImportJob(h.ctx, j.ID)
	h.ok(err)
	h.want(h.ClaimImportJob(h.ctx, j.ID, "other", h.now.Add(time.Minute), h.now.Add(59*time.Second)), idp.ErrStale)
	h.ok(h.ClaimImportJob(h.ctx, j.ID, "other", h.now.Add(2*time.Minute), h.now.Add(time.Minute))) // the first one died
	h.want(h.KeepImportJob(h.ctx, got), idp.ErrStale)
	got.State = idp.ImportChecked
	h.want(h.EndImportJob(h.ctx, idp.ImportChecking, got, h.now, idp.Trail{}), idp.ErrStale)
	h.ok(h.LeaveImportJob(h.ctx, j.ID, "other", time.Time{}))
	h.ok(h.ClaimImportJob(h.ctx, j.ID, "third", h.now.Add(time.Minute), h.now))
}

func importWalksThroughItsStates(h *house) {
	j := h.claimed("one")
	j.Progress = idp.ImportProgress{Checked: idp.ImportCounts{Rows: 7, Added: 5, Wrong: 2}, Read: 17}
	h.ok(h.KeepImportJob(h.ctx, j))
	j.State = idp.ImportChecked
	h.ok(h.EndImportJob(h.ctx, idp.ImportChecking, j, h.now, idp.Trail{}))
	h.want(h.ClaimImportJob(h.ctx, j.ID, "one", j.ClaimedUntil, h.now), idp.ErrStale) // waits for somebody

	start := j
	start.State, start.By = idp.ImportRunning, idp.Reading{Actor: "owner", RequestID: "S", IP: "192.0.2.2"}
	h.onlyOne(8, idp.ErrStale, func() error { return h.AdvanceImportJob(h.ctx, idp.ImportChecked, start, h.now, idp.Trail{}) })
	h.want(h.TakeImportLinks(h.ctx, j.ID, h.now, idp.Trail{}), idp.ErrUsed)
	h.ok(h.ClaimImportJob(h.ctx, j.ID, "one", j.ClaimedUntil, h.now))

	stop := start
	stop.State = idp.ImportStopped
	h.ok(h.AdvanceImportJob(h.ctx, idp.ImportRunning, stop, h.now, idp.Trail{}))
	start.ClaimedBy = "one"
	h.want(h.KeepImportJob(h.ctx, start), idp.ErrStale) // so the server learns of it
	h.want(h.AddImportJob(h.ctx, h.newImport(), idp.Trail{}), idp.ErrExists)
	h.ok(h.AdvanceImportJob(h.ctx, idp.ImportStopped, start, h.now.Add(time.Second), idp.Trail{}))
	h.ok(h.ClaimImportJob(h.ctx, j.ID, "two", j.ClaimedUntil, h.now))

	end := start
	end.State, end.ClaimedBy = idp.ImportDone, "two"
	h.ok(h.EndImportJob(h.ctx, idp.ImportRunning, end, h.now.Add(time.Minute), h.trailOf("import.done")))
	got, err := h.ImportJob(h.ctx, j.ID)
	h.ok(err)
	if got.By != start.By || !got.StartedAt.Equal(h.now) || !got.EndedAt.Equal(h.now.Add(time.Minute)) || !got.CheckedAt.Equal(h.now) || got.Progress != j.Progress {
		h.Errorf("at its end %+v", got)
	}
	h.onlyOne(16, idp.ErrUsed, func() error { return h.TakeImportLinks(h.ctx, j.ID, h.now, h.trailOf("import.links")) })
	if h.left("import.links") != 1 {
		h.Error("that the links left is not in the audit log once")
	}
	if n, err := h.Purge(h.ctx, h.now.Add(idp.ImportsKept)); err != nil {
		h.Errorf("purged %d (%v)", n, err)
	}
	_, err = h.ImportJob(h.ctx, j.ID)
	h.ok(err)
	_, err = h.Purge(h.ctx, h.now.Add(idp.ImportsKept+time.Minute))
	h.ok(err)
	_, err = h.ImportJob(h.ctx, j.ID)
	h.want(err, idp.ErrNotFound)
}
