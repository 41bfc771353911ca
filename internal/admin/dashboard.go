package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// dashboard answers GET /admin: what needs a hand today, and how things went.
func (a *Admin) dashboard(w http.ResponseWriter, r *http.Request, by Visitor) error {
	waiting, err := a.Store.CountWaiting(r.Context(), a.now())
	if err != nil {
		return err
	}
	ending, stale, err := a.trustNeeds(r.Context())
	if err != nil {
		return err
	}
	page := pages.AdminDashboard{Desk: a.desk(r, by), Needs: needs(waiting, ending, stale, by)}
	if page.Pictures, err = a.pictures(r.Context()); err != nil {
		return err
	}
	return a.Pages.AdminDashboard(w, r, page)
}

// trustNeeds counts the certificates that need a successor, and the lists that are out of date.
func (a *Admin) trustNeeds(ctx context.Context) (ending, stale int, err error) {
	communities, err := a.Store.Communities(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("communities: %w", err)
	}
	for _, c := range communities {
		standing, err := a.Standing(ctx, c.ID, a.now())
		if err != nil {
			return 0, 0, fmt.Errorf("standing of the community %s: %w", c.URI, err)
		}
		ending += len(standing.Ending)
		for _, s := range standing.Sources {
			if !s.Fresh {
				stale++
			}
		}
	}
	return ending, stale, nil
}

// needs are the counts that are not zero, each with the page where something is done about it, if the visitor may go there.
func needs(waiting idp.Waiting, ending, stale int, by Visitor) []pages.Need {
	var list []pages.Need
	for _, n := range []struct {
		key   string
		count int
		url   string
	}{
		{"approvals", waiting.Approvals, "/admin/approvals"},
		{"proofing-approvals", waiting.ProofingApprovals, "/admin/proofing?show=pending_approval"},
		{"proofing-notifications", waiting.ProofingNotifications, "/admin/proofing?show=pending_notification"},
		{"requests", waiting.Requests, "/admin/requests"},
		{"duplicates", waiting.Duplicates, "/admin/duplicates"},
		{"certificates", ending, "/admin/trust"},
		{"sources", stale, "/admin/trust"},
		{"registrations", waiting.FailedRegistrations, "/admin/attempts?kind=registration&outcome=unsuccessful"},
		{"messages-failing", waiting.FailingMessages, "/admin/messages"},
		{"messages-lost", waiting.LostMessages, "/admin/messages"},
	} {
		if n.count == 0 {
			continue
		}
		if path, _, _ := strings.Cut(n.url, "?"); n.url != "" && !by.may("GET "+path) {
			n.url = ""
		}
		list = append(list, pages.Need{Key: n.key, Count: n.count, URL: n.url})
	}
	return list
}

// pictureDays is how many days a picture over time has, today included.
const pictureDays = 30

// picturesAge is how old the figures of the pictures may be: counting a million accounts is work, and nobody sees the difference.
const picturesAge = time.Minute

// pictureCache keeps the last pictures.
type pictureCache struct {
	mu   sync.Mutex
	at   time.Time
	last []pages.Picture
}

func (a *Admin) pictures(ctx context.Context) ([]pages.Picture, error) {
	a.drawn.mu.Lock()
	defer a.drawn.mu.Unlock()
	now := a.now()
	if a.drawn.last != nil && now.Sub(a.drawn.at) < picturesAge {
		return a.drawn.last, nil
	}
	since := now.AddDate(0, 0, 1-pictureDays).Truncate(24 * time.Hour)
	signIns, err := a.signIns(ctx, since)
	if err != nil {
		return nil, err
	}
	registrations, err := a.registrations(ctx, since)
	if err != nil {
		return nil, err
	}
	accounts, err := a.accounts(ctx)
	if err != nil {
		return nil, err
	}
	a.drawn.at, a.drawn.last = now, []pages.Picture{signIns, registrations, accounts}
	return a.drawn.last, nil
}

// overDays is a picture with a bar for each day.
func overDays(key string, since time.Time, series ...pages.Series) pages.Picture {
	p := pages.Picture{Key: key, Series: series}
	for i := range pictureDays {
		p.Bars = append(p.Bars, pages.Bar{Day: since.AddDate(0, 0, i), Values: make([]int, len(series))})
	}
	return p
}

// count adds to the bar of a day.
func count(p pages.Picture, day string, series, n int) {
	for i := range p.Bars {
		if p.Bars[i].Day.Format(time.DateOnly) == day {
			p.Bars[i].Values[series] += n
		}
	}
}

func (a *Admin) signIns(ctx context.Context, since time.Time) (pages.Picture, error) {
	p := overDays("signins", since, pages.Series{Key: "allowed", Tone: "good"}, pages.Series{Key: "refused", Tone: "bad"})
	days, err := a.Store.AuditDays(ctx, since.Format(time.DateOnly))
	if err != nil {
		return p, err
	}
	for _, d := range days {
		switch d.Action {
		case "signin":
			count(p, d.Day, 0, int(d.Count))
		case "signin.refused":
			count(p, d.Day, 1, int(d.Count))
		}
	}
	return p, nil
}

func (a *Admin) registrations(ctx context.Context, since time.Time) (pages.Picture, error) {
	p := overDays("registrations", since, pages.Series{Key: "allowed", Tone: "good"}, pages.Series{Key: "refused", Tone: "bad"})
	days, err := a.Store.CountAttempts(ctx, since)
	if err != nil {
		return p, err
	}
	for _, d := range days {
		if d.Kind != idp.AttemptRegistration {
			continue
		}
		series := 0
		if d.Outcome == "refused" || d.Outcome == "failed" {
			series = 1
		}
		count(p, d.Day, series, d.Count)
	}
	return p, nil
}

// accounts are the patients' accounts that are in use, by the level at which the identity was verified.
func (a *Admin) accounts(ctx context.Context) (pages.Picture, error) {
	p := pages.Picture{Key: "accounts", Series: []pages.Series{{Key: "accounts", Tone: "good"}}}
	counts, err := a.Store.CountAccounts(ctx)
	if err != nil {
		return p, err
	}
	levels := map[idp.Level]int{}
	for _, c := range counts {
		if c.Role == idp.Patient && c.State == idp.PersonActive {
			levels[c.Level] += c.Count
		}
	}
	for _, level := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		p.Bars = append(p.Bars, pages.Bar{Level: string(level), IsLevel: true, Values: []int{levels[level]}})
	}
	return p, nil
}
