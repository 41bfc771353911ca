package admin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
	certificates, sources, err := a.trustNeeds(r.Context())
	if err != nil {
		return err
	}
	page := pages.AdminDashboard{Desk: a.desk(r, by), Needs: needs(waiting, certificates, sources, by)}
	if page.Pictures, err = a.pictures(r.Context()); err != nil {
		return err
	}
	return a.Pages.AdminDashboard(w, r, page)
}

// trustNeed is how many things of trust communities need a hand, and of which community if it is one.
type trustNeed struct {
	count     int
	community string // "" for several
}

func (n *trustNeed) add(community string, count int) {
	if count == 0 {
		return
	}
	if n.community = community; n.count > 0 {
		n.community = ""
	}
	n.count += count
}

// url is where something is done about them.
func (n trustNeed) url() string {
	if n.community != "" {
		return "/admin/trust/" + n.community
	}
	return "/admin/trust"
}

// trustNeeds counts the certificates that need a successor, and the lists that are out of date.
func (a *Admin) trustNeeds(ctx context.Context) (certificates, sources trustNeed, err error) {
	communities, err := a.Store.Communities(ctx)
	if err != nil {
		return certificates, sources, fmt.Errorf("communities: %w", err)
	}
	for _, c := range communities {
		standing, err := a.Standing(ctx, c.ID, a.now())
		if err != nil {
			return certificates, sources, fmt.Errorf("standing of the community %s: %w", c.URI, err)
		}
		stale := 0
		for _, s := range standing.Sources {
			if !s.Fresh {
				stale++
			}
		}
		certificates.add(c.ID, len(standing.Ending))
		sources.add(c.ID, stale)
	}
	return certificates, sources, nil
}

// needs are the counts that are not zero, each with the page where something is done about it, if the visitor may go there.
func needs(waiting idp.Waiting, certificates, sources trustNeed, by Visitor) []pages.Need {
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
		{"certificates", certificates.count, certificates.url()},
		{"sources", sources.count, sources.url()},
		{"registrations", waiting.FailedRegistrations, "/admin/attempts?kind=registration&outcome=unsuccessful"},
		{"authentications", waiting.FailedAuthentications, "/admin/attempts?kind=authentication&outcome=unsuccessful"},
		{"messages-failing", waiting.FailingMessages, "/admin/messages?state=waiting"},
		{"messages-lost", waiting.LostMessages, "/admin/messages?state=given-up"},
	} {
		if n.count == 0 {
			continue
		}
		path, _, _ := strings.Cut(n.url, "?")
		if strings.HasPrefix(path, "/admin/trust/") {
			path = "/admin/trust/{id}"
		}
		if !by.may("GET " + path) {
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
	attempts, err := a.attemptPictures(ctx, since)
	if err != nil {
		return nil, err
	}
	latencies, err := a.latencyPictures(ctx, since)
	if err != nil {
		return nil, err
	}
	accounts, err := a.accounts(ctx)
	if err != nil {
		return nil, err
	}
	a.drawn.at, a.drawn.last = now, slices.Concat([]pages.Picture{signIns}, attempts, []pages.Picture{accounts}, latencies)
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

// attemptPictures are what data holders attempted: registrations, and to show who they are.
func (a *Admin) attemptPictures(ctx context.Context, since time.Time) ([]pages.Picture, error) {
	good, bad := pages.Series{Key: "allowed", Tone: "good"}, pages.Series{Key: "refused", Tone: "bad"}
	registrations, authentications := overDays("registrations", since, good, bad), overDays("authentications", since, good, bad)
	days, err := a.Store.CountAttempts(ctx, since)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		p, series := registrations, 0
		if d.Kind == idp.AttemptAuthentication {
			p = authentications
		}
		if d.Outcome == "refused" || d.Outcome == "failed" {
			series = 1
		}
		count(p, d.Day, series, d.Count)
	}
	return []pages.Picture{registrations, authentications}, nil
}

// latencyPictures are how long requests took: half of them, and 95 of 100, in milliseconds.
func (a *Admin) latencyPictures(ctx context.Context, since time.Time) ([]pages.Picture, error) {
	counted, err := a.Store.Latencies(ctx, since)
	if err != nil {
		return nil, err
	}
	type bar struct {
		family string
		day    time.Time
	}
	steps := map[bar]map[int]int{}
	for _, l := range counted {
		b := bar{l.Family, l.Day}
		if steps[b] == nil {
			steps[b] = map[int]int{}
		}
		steps[b][l.Step] += l.Count
	}
	var all []pages.Picture
	for _, family := range []string{idp.LatencyPeople, idp.LatencyHolders, idp.LatencyDesk} {
		p := overDays("latency-"+family, since, pages.Series{Key: "most", Tone: "most"}, pages.Series{Key: "half", Tone: "half"})
		p.Unit = "ms"
		for _, b := range p.Bars {
			for series, part := range []float64{0.95, 0.5} {
				b.Values[series] = int((idp.Percentile(steps[bar{family, b.Day}], part) + time.Millisecond - 1) / time.Millisecond)
			}
		}
		all = append(all, p)
	}
	return all, nil
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
