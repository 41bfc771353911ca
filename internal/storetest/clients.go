package storetest

import (
	"reflect"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

func oneRegistration(h *house) {
	var mu sync.Mutex
	ids, created := map[string]bool{}, 0
	won, lost := h.race(100, func() error {
		c, isNew, err := h.RegisterClient(h.ctx, h.newClient(h.community.ID, "https://race.example"))
		mu.Lock()
		defer mu.Unlock()
		ids[c.ID] = true
		if isNew {
			created++
		}
		return err
	})
	if won != 100 || len(ids) != 1 || created != 1 {
		h.Errorf("100 registrations at once: %d succeeded, %d client ids, %d said to be new (%v)", won, len(ids), created, lost)
	}
}

func modificationReplaces(h *house) {
	changed := idp.Client{ID: idp.NewUUIDv4(), CommunityID: h.community.ID, URI: h.client.URI, Name: "New", RedirectURIs: []string{"https://n.example"},
		Scope: "openid udap email", Certificate: []byte{8}, CreatedAt: h.now.Add(time.Hour), UpdatedAt: h.now.Add(time.Hour)}
	got, created, err := h.RegisterClient(h.ctx, changed)
	h.ok(err)
	want := changed
	want.ID, want.CreatedAt = h.client.ID, h.client.CreatedAt
	if created || !reflect.DeepEqual(got, want) {
		h.Errorf("got  %+v (new: %v)\nwant %+v", got, created, want)
	}
	read, err := h.Client(h.ctx, h.client.ID)
	h.ok(err)
	if !reflect.DeepEqual(read, want) {
		h.Errorf("read %+v\nwant %+v", read, want)
	}
}

func otherCommunity(h *house) {
	other := h.addCommunity("urn:community:two")
	if c := h.register(other.ID, h.client.URI); c.ID == h.client.ID {
		h.Error("the same URI in another community got the same client")
	}
	same, err := h.Client(h.ctx, h.client.ID)
	h.ok(err)
	if !reflect.DeepEqual(same, h.client) {
		h.Error("a registration in another community touched this one")
	}
}

func cancelEnds(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	code := h.issue(nil)
	got, err := h.CancelClient(h.ctx, h.community.ID, h.client.URI, h.now)
	h.ok(err)
	if got.ID != h.client.ID {
		h.Errorf("cancelled %s, want %s", got.ID, h.client.ID)
	}
	_, err = h.Client(h.ctx, h.client.ID)
	h.want(err, idp.ErrNotFound)
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.want(h.redeem(h.redemption(code)), idp.ErrNotFound)
	_, err = h.CancelClient(h.ctx, h.community.ID, h.client.URI, h.now)
	h.want(err, idp.ErrNotFound)
	if again := h.register(h.community.ID, h.client.URI); again.ID == h.client.ID {
		h.Error("a registration after the cancellation got the cancelled client_id back")
	}
}

func clientsPaging(h *house) {
	for _, uri := range []string{"https://b.example", "https://c.example"} {
		h.register(h.community.ID, uri)
	}
	_, err := h.CancelClient(h.ctx, h.community.ID, "https://b.example", h.now)
	h.ok(err)
	first, err := h.Clients(h.ctx, "", 1)
	h.ok(err)
	second, err := h.Clients(h.ctx, first[0].ID, 10)
	h.ok(err)
	if len(first) != 1 || len(second) != 1 || first[0].ID == second[0].ID {
		h.Errorf("pages of %d and %d clients, want one each", len(first), len(second))
	}
}

func communityUnique(h *house) {
	again := h.community
	again.ID, again.Certificates = idp.NewID(), nil
	h.want(h.AddCommunity(h.ctx, again), idp.ErrExists)
	found, err := h.Communities(h.ctx)
	h.ok(err)
	if len(found) != 1 || !reflect.DeepEqual(found[0], h.community) {
		h.Errorf("got  %+v\nwant %+v", found, h.community)
	}
}

func trustRevision(h *house) {
	before, err := h.TrustRevision(h.ctx)
	h.ok(err)
	second := h.addCommunity("urn:community:two")
	after, err := h.TrustRevision(h.ctx)
	h.ok(err)
	if after <= before {
		h.Errorf("revision %d after %d", after, before)
	}
	second.ID, second.Certificates = idp.NewID(), nil
	h.want(h.AddCommunity(h.ctx, second), idp.ErrExists)
	if same, err := h.TrustRevision(h.ctx); err != nil || same != after {
		h.Errorf("a refused change moved the revision from %d to %d (%v)", after, same, err)
	}
}

func settingOnce(h *house) {
	_, err := h.Setting(h.ctx, "a")
	h.want(err, idp.ErrNotFound)
	var mu sync.Mutex
	kept := map[string]bool{}
	won, lost := h.race(racers, func() error {
		value, err := h.PutSettingOnce(h.ctx, "a", []byte(idp.NewID()))
		mu.Lock()
		kept[string(value)] = true
		mu.Unlock()
		return err
	})
	if won != racers || len(kept) != 1 {
		h.Errorf("%d writers, %d values (%v)", won, len(kept), lost)
	}
}

func purge(h *house) {
	used := h.redemption(h.issue(nil))
	h.ok(h.redeem(used))
	unused := h.issue(nil)
	h.ok(h.CreateCeremony(h.ctx, h.ceremony()))
	h.ok(h.UseJTI(h.ctx, "i", "1", h.now.Add(time.Minute), h.now))
	if n, err := h.Purge(h.ctx, h.now); err != nil || n != 0 {
		h.Errorf("a purge took %d living rows, %v", n, err)
	}
	soon := h.now.Add(10 * time.Minute)
	if n, err := h.Purge(h.ctx, soon); err != nil || n < 3 {
		h.Errorf("a purge took %d rows, %v; want the ceremony, the jti, the access token and the unused code", n, err)
	}
	late := used
	late.At = soon
	h.want(h.redeem(late), idp.ErrUsed)
	gone := h.redemption(unused)
	gone.At = soon
	h.want(h.redeem(gone), idp.ErrNotFound)
	_, err := h.Purge(h.ctx, h.now.Add(24*time.Hour))
	h.ok(err)
	late.At = h.now.Add(24 * time.Hour)
	h.want(h.redeem(late), idp.ErrNotFound)
	_, err = h.Session(h.ctx, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.Person(h.ctx, h.person.ID)
	h.ok(err)
}
