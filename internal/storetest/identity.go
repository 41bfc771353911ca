package storetest

import (
	"reflect"
	"time"

	"udap-idp/internal/idp"
)

// changed is the house's person as stored, with a change.
func (h *house) changed(change func(*idp.Person)) idp.Person {
	h.Helper()
	p, err := h.Person(h.ctx, h.person.ID)
	h.ok(err)
	p.UpdatedAt = h.now.Add(time.Minute)
	change(&p)
	return p
}

func attributesAreKept(h *house) {
	p := h.changed(func(p *idp.Person) {
		p.Attributes[0].EndedAt = h.now
		p.Attributes = append(p.Attributes, idp.Attribute{ID: "n", Kind: idp.AttributeName, Use: "official",
			Name: &idp.HumanName{Family: "সুহার্তো", Suffix: "Jr"}, Status: idp.SelfAsserted, ValidFrom: "2026-01-01", RecordedAt: h.now, RecordedBy: "clerk"})
		p.GivenName = "ignored: only attributes count"
	})
	h.ok(h.ChangePerson(h.ctx, p, idp.AuditEvent{ID: idp.NewID(), At: h.now, Actor: "clerk", Action: "person.change", PersonID: p.ID}))
	got, err := h.Person(h.ctx, p.ID)
	h.ok(err)
	if got.Revision != 2 || got.GivenName != "" || got.FamilyName != "সুহার্তো" || got.Suffix != "Jr" || got.Birthdate != h.person.Birthdate {
		h.Errorf("got %+v", got)
	}
	if !reflect.DeepEqual(got.Attributes, p.Attributes) {
		h.Errorf("got  %+v\nwant %+v", got.Attributes, p.Attributes)
	}
	events, err := h.AuditEvents(h.ctx, idp.AuditFilter{PersonID: p.ID})
	h.ok(err)
	if len(events) != 1 || events[0].Actor != "clerk" {
		h.Errorf("the audit log has %+v", events)
	}
}

func staleChangeIsRefused(h *house) {
	first, second := h.changed(func(*idp.Person) {}), h.changed(func(*idp.Person) {})
	h.ok(h.ChangePerson(h.ctx, first))
	h.want(h.ChangePerson(h.ctx, second, idp.AuditEvent{ID: idp.NewID(), At: h.now, PersonID: second.ID}), idp.ErrStale)
	if events, err := h.AuditEvents(h.ctx, idp.AuditFilter{PersonID: second.ID}); err != nil || len(events) != 0 {
		h.Errorf("a refused change left %d events (%v)", len(events), err)
	}
	second.ID = idp.NewID()
	second.Identifier = idp.SealedIdentifier{}
	h.want(h.ChangePerson(h.ctx, second), idp.ErrNotFound)

	again := h.changed(func(*idp.Person) {})
	h.onlyOne(racers, idp.ErrStale, func() error { return h.ChangePerson(h.ctx, again) })
}

func identifierOfAnother(h *house) {
	other, _ := h.addPerson()
	p := h.changed(func(p *idp.Person) { p.Identifier = other.Identifier })
	h.want(h.ChangePerson(h.ctx, p), idp.ErrExists)
	got, err := h.PersonByIdentifier(h.ctx, h.person.Identifier.Index)
	h.ok(err)
	if got.ID != h.person.ID {
		h.Errorf("found %s, want %s", got.ID, h.person.ID)
	}
	_, err = h.PersonByIdentifier(h.ctx, []byte("nobody's"))
	h.want(err, idp.ErrNotFound)
}

func suspendedPerson(h *house) {
	_, access, err := h.RedeemCode(h.ctx, h.redemption(h.issue(nil)))
	h.ok(err)
	code := h.issue(nil)
	passkeys, err := h.Passkeys(h.ctx, h.person.ID)
	h.ok(err)

	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.State = idp.PersonSuspended })))
	_, err = h.Session(h.ctx, h.session.ID, h.now)
	h.want(err, idp.ErrNotFound)
	_, err = h.AccessToken(h.ctx, access.ID, h.now)
	h.want(err, idp.ErrNotFound)
	h.want(h.redeem(h.redemption(code)), idp.ErrNotFound)
	browser, cookie := h.addSession()
	h.want(h.SignInSession(h.ctx, h.signInOf(browser, cookie, idp.NewTokenFor(browser.ID), passkeys[0].ID)), idp.ErrNotFound)
	inv, _ := h.invitation(h.person.ID)
	h.want(h.Invite(h.ctx, inv, idp.Trail{}), idp.ErrNotFound)

	h.ok(h.ChangePerson(h.ctx, h.changed(func(p *idp.Person) { p.State = idp.PersonActive })))
	h.ok(h.SignInSession(h.ctx, h.signInOf(browser, cookie, idp.NewTokenFor(browser.ID), passkeys[0].ID)))
}

func merge(h *house) {
	other, _ := h.addPerson()
	kept, err := h.Subject(h.ctx, h.person.ID, "both know")
	h.ok(err)
	_, err = h.Subject(h.ctx, other.ID, "both know")
	h.ok(err)
	moved, err := h.Subject(h.ctx, other.ID, "knew the merged one")
	h.ok(err)

	survivor := h.changed(func(p *idp.Person) { p.MatchKeys = []string{"a"} })
	merged := other
	merged.State, merged.SurvivorID, merged.UpdatedAt, merged.MatchKeys = idp.PersonMerged, survivor.ID, h.now, []string{"a", "b"}
	h.ok(h.MergePeople(h.ctx, survivor, merged))

	for sector, want := range map[string]string{"both know": kept, "knew the merged one": moved} {
		if got, err := h.Subject(h.ctx, survivor.ID, sector); err != nil || got != want {
			h.Errorf("%s: the survivor is %s (%v), want %s", sector, got, err, want)
		}
	}
	tombstone, err := h.PersonByIdentifier(h.ctx, other.Identifier.Index)
	h.ok(err)
	if tombstone.State != idp.PersonMerged || tombstone.SurvivorID != survivor.ID {
		h.Errorf("the tombstone is %+v", tombstone)
	}
	next := h.newPerson()
	next.Identifier = other.Identifier
	h.want(h.CreatePerson(h.ctx, next, idp.Invitation{}), idp.ErrExists)
	if found, err := h.PeopleByMatchKeys(h.ctx, []string{"a", "b"}, 10); err != nil || len(found) != 1 || found[0].ID != survivor.ID {
		h.Errorf("by match keys: %d persons (%v), want the survivor", len(found), err)
	}
	h.want(h.MergePeople(h.ctx, survivor, merged), idp.ErrStale)
}

func mergeMovesIdentifier(h *house) {
	survivor := h.newPerson()
	survivor.Identifier = idp.SealedIdentifier{}
	h.ok(h.CreatePerson(h.ctx, survivor, idp.Invitation{}))
	survivor.Revision, survivor.UpdatedAt, survivor.Identifier = 1, h.now, h.person.Identifier
	merged := h.changed(func(p *idp.Person) { p.State, p.SurvivorID = idp.PersonMerged, survivor.ID })
	h.want(h.MergePeople(h.ctx, survivor, merged), idp.ErrExists) // both would have it
	merged.Identifier = idp.SealedIdentifier{}
	h.ok(h.MergePeople(h.ctx, survivor, merged))
	got, err := h.PersonByIdentifier(h.ctx, survivor.Identifier.Index)
	h.ok(err)
	if got.ID != survivor.ID {
		h.Errorf("the identifier is that of %s, want the survivor's", got.ID)
	}
}

func matchKeys(h *house) {
	add := func(keys ...string) string {
		p := h.newPerson()
		p.MatchKeys = keys
		h.ok(h.CreatePerson(h.ctx, p, idp.Invitation{}))
		return p.ID
	}
	one, two := add("name:x", "phone:1"), add("name:x", "phone:1", "mail:m")
	add("name:y")
	found, err := h.PeopleByMatchKeys(h.ctx, []string{"name:x", "phone:1", "mail:m", "none"}, 10)
	h.ok(err)
	if len(found) != 2 || found[0].ID != two || found[1].ID != one {
		h.Errorf("found %d persons, want the one with three keys and the one with two", len(found))
	}
	if found, err = h.PeopleByMatchKeys(h.ctx, []string{"name:x"}, 1); err != nil || len(found) != 1 {
		h.Errorf("%d persons (%v), want 1", len(found), err)
	}
	p, err := h.Person(h.ctx, one)
	h.ok(err)
	p.MatchKeys, p.UpdatedAt = []string{"name:z"}, h.now
	h.ok(h.ChangePerson(h.ctx, p))
	if found, err = h.PeopleByMatchKeys(h.ctx, []string{"phone:1"}, 10); err != nil || len(found) != 1 || found[0].ID != two {
		h.Errorf("after a change %d persons (%v), want 1", len(found), err)
	}
}

func proofings(h *house) {
	p := idp.Proofing{ID: idp.NewID(), PersonID: h.person.ID, Status: idp.ProofingDraft, Claimed: idp.IDIAL2, StartedAt: h.now,
		Evidence: []idp.Evidence{{ID: "e", Type: idp.Passport, SealedNumber: []byte{1}, NumberEnd: "1234", Supports: []idp.AttributeKind{idp.AttributeName}}},
		Contacts: []idp.ContactConfirmation{{AttributeID: "a", Channel: idp.ChannelSMS, ConfirmedAt: h.now}}}
	h.ok(h.StartProofing(h.ctx, p))
	got, err := h.Proofing(h.ctx, p.ID)
	h.ok(err)
	want := p
	want.Revision = 1
	if !reflect.DeepEqual(got, want) {
		h.Errorf("got  %+v\nwant %+v", got, want)
	}
	got.Status, got.ExpiresAt = idp.ProofingInForce, h.now.Add(time.Hour)
	person := h.changed(func(p *idp.Person) { p.Level = idp.IDIAL2 })
	trail := idp.Trail{
		Events:   []idp.AuditEvent{{ID: idp.NewID(), At: h.now, Action: "proofing.complete", PersonID: person.ID}},
		Messages: []idp.Message{{ID: idp.NewID(), PersonID: person.ID, Channel: idp.ByEmail, To: "a@b.example", Kind: idp.NoticeProofed, CreatedAt: h.now, NextAt: h.now}},
	}
	h.ok(h.SaveProofing(h.ctx, got, &person, trail))
	h.want(h.SaveProofing(h.ctx, got, nil, idp.Trail{}), idp.ErrStale)
	stale := got
	stale.Revision = 2
	stale.Status = idp.ProofingRevoked
	refused := idp.Trail{Messages: []idp.Message{{ID: idp.NewID(), PersonID: person.ID, Channel: idp.ByEmail, To: "a@b.example", Kind: idp.NoticeProofed, CreatedAt: h.now, NextAt: h.now}}}
	h.want(h.SaveProofing(h.ctx, stale, &person, refused), idp.ErrStale) // the person's revision is old: neither changes
	if waiting, err := h.Messages(h.ctx, idp.MessageFilter{PersonID: person.ID}); err != nil || len(waiting) != 1 {
		h.Errorf("%d messages (%v), want that of the change that happened", len(waiting), err)
	}
	if now, err := h.Proofing(h.ctx, p.ID); err != nil || now.Status != idp.ProofingInForce || now.Revision != 2 {
		h.Errorf("the event is %+v (%v)", now, err)
	}
	if now, err := h.Person(h.ctx, person.ID); err != nil || now.Level != idp.IDIAL2 {
		h.Errorf("the person is at %q (%v)", now.Level, err)
	}
	_, err = h.Proofing(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)

	for name, c := range map[string]struct {
		filter idp.ProofingFilter
		want   int
	}{
		"all":           {idp.ProofingFilter{}, 1},
		"person":        {idp.ProofingFilter{PersonID: h.person.ID}, 1},
		"nobody":        {idp.ProofingFilter{PersonID: "x"}, 0},
		"status":        {idp.ProofingFilter{Status: idp.ProofingInForce}, 1},
		"other status":  {idp.ProofingFilter{Status: idp.ProofingDraft}, 0},
		"expires":       {idp.ProofingFilter{ExpiresBefore: h.now.Add(2 * time.Hour)}, 1},
		"expires later": {idp.ProofingFilter{ExpiresBefore: h.now}, 0},
		"after":         {idp.ProofingFilter{After: p.ID}, 0},
	} {
		if all, err := h.Proofings(h.ctx, c.filter); err != nil || len(all) != c.want {
			h.Errorf("%s: %d events (%v), want %d", name, len(all), err, c.want)
		}
	}
}

func representations(h *house) {
	other, _ := h.addPerson()
	r := idp.Representation{ID: idp.NewID(), RepresentativeID: h.person.ID, PatientID: other.ID, Relationship: "MTH", LegalBasis: "parent",
		StartsOn: "2026-01-01", EndsOn: "2030-01-01", VerifiedBy: "clerk", VerifiedAt: h.now}
	h.ok(h.AddRepresentation(h.ctx, r, idp.Trail{}))
	for _, id := range []string{h.person.ID, other.ID} {
		got, err := h.Representations(h.ctx, id)
		h.ok(err)
		if !reflect.DeepEqual(got, []idp.Representation{r}) {
			h.Errorf("got  %+v\nwant %+v", got, r)
		}
	}
	h.want(h.EndRepresentation(h.ctx, idp.NewID(), "", h.now, idp.Trail{}), idp.ErrNotFound)
	h.ok(h.EndRepresentation(h.ctx, r.ID, "of age", h.now, idp.Trail{}))
	h.want(h.EndRepresentation(h.ctx, r.ID, "again", h.now, idp.Trail{}), idp.ErrUsed)
	if one, err := h.Representation(h.ctx, r.ID); err != nil || one.EndedReason != "of age" || one.PatientID != other.ID {
		h.Errorf("got %+v, %v", one, err)
	}
	_, err := h.Representation(h.ctx, idp.NewID())
	h.want(err, idp.ErrNotFound)
	got, err := h.Representations(h.ctx, other.ID)
	h.ok(err)
	if len(got) != 1 || !got[0].EndedAt.Equal(h.now) || got[0].EndedReason != "of age" {
		h.Errorf("ended: %+v", got)
	}
}

func policies(h *house) {
	_, err := h.Policy(h.ctx, idp.PolicyPractices, 0)
	h.want(err, idp.ErrNotFound)
	first := idp.PolicyVersion{Kind: idp.PolicyPractices, Version: 1, Markdown: "# One", PublishedBy: "x", PublishedAt: h.now}
	second := idp.PolicyVersion{Kind: idp.PolicyPractices, Version: 2, Markdown: "# Two", Texts: map[string]string{"es": "# Dos"}, PublishedBy: "y", PublishedAt: h.now}
	h.ok(h.PublishPolicy(h.ctx, first))
	h.onlyOne(8, idp.ErrExists, func() error { return h.PublishPolicy(h.ctx, second) })
	for version, want := range map[int]idp.PolicyVersion{0: second, 1: first, 2: second} {
		if got, err := h.Policy(h.ctx, idp.PolicyPractices, version); err != nil || !reflect.DeepEqual(got, want) {
			h.Errorf("version %d is %+v (%v)", version, got, err)
		}
	}
	_, err = h.Policy(h.ctx, idp.PolicyTerms, 0)
	h.want(err, idp.ErrNotFound)
	if all, err := h.Policies(h.ctx, idp.PolicyPractices); err != nil || len(all) != 2 || !reflect.DeepEqual(all[0], first) || all[1].Texts["es"] != "# Dos" {
		h.Errorf("all versions: %+v (%v)", all, err)
	}
}

func auditLog(h *house) {
	e := idp.AuditEvent{ID: idp.NewID(), At: h.now, Actor: "client:x", Action: "identifier.read", PersonID: h.person.ID, ClientID: h.client.ID,
		RequestID: "r", IP: "192.0.2.1", Detail: "release"}
	hostile := e
	hostile.ID, hostile.Actor, hostile.Detail = idp.NewID(), "a\x00b", "\xff"
	h.ok(h.Audit(h.ctx, e, hostile))
	got, err := h.AuditEvents(h.ctx, idp.AuditFilter{PersonID: h.person.ID, ClientID: h.client.ID, Action: "identifier.read"})
	h.ok(err)
	if len(got) != 2 || got[1] != e || got[0].Actor != "ab" {
		h.Errorf("got %+v", got)
	}
	for _, f := range []idp.AuditFilter{{PersonID: "x"}, {ClientID: "x"}, {Action: "x"}, {Since: h.now.Add(time.Second)}, {Before: e.ID}} {
		if got, err := h.AuditEvents(h.ctx, f); err != nil || len(got) != 0 {
			h.Errorf("%+v selects %d events (%v)", f, len(got), err)
		}
	}
}

func mergeMovesRepresentations(h *house) {
	other, _ := h.addPerson()
	child, _ := h.addPerson()
	survivor := h.person
	record := func(representative, patient, relationship string) string {
		r := idp.Representation{ID: idp.NewID(), RepresentativeID: representative, PatientID: patient, Relationship: relationship, StartsOn: "2020-01-01"}
		h.ok(h.AddRepresentation(h.ctx, r, idp.Trail{}))
		return r.ID
	}
	moves, own := record(other.ID, child.ID, "MTH"), record(survivor.ID, child.ID, "GUARD")
	double, self := record(other.ID, child.ID, "GUARD"), record(other.ID, survivor.ID, "SPS")
	state := func() map[string]string { // who represents, of those that have not ended
		all := map[string]string{}
		for _, id := range []string{survivor.ID, other.ID} {
			of, err := h.Representations(h.ctx, id)
			h.ok(err)
			for _, r := range of {
				if r.EndedAt.IsZero() {
					all[r.ID] = r.RepresentativeID
				}
			}
		}
		return all
	}
	before := state()

	other.State, other.SurvivorID, other.UpdatedAt = idp.PersonMerged, survivor.ID, h.now
	other.Identifier = idp.SealedIdentifier{}
	stale := survivor
	stale.Revision--
	h.want(h.MergePeople(h.ctx, stale, other), idp.ErrStale)
	if after := state(); !reflect.DeepEqual(after, before) {
		h.Errorf("a merge that failed moved %v to %v", before, after)
	}
	survivor.UpdatedAt = h.now
	h.ok(h.MergePeople(h.ctx, survivor, other, idp.AuditEvent{ID: idp.NewID(), At: h.now, Action: "person.merge", Actor: "clerk"}))
	if got, want := state(), map[string]string{moves: survivor.ID, own: survivor.ID}; !reflect.DeepEqual(got, want) {
		h.Errorf("got %v, want %v; %s and %s have ended", got, want, double, self)
	}
	events, err := h.AuditEvents(h.ctx, idp.AuditFilter{PersonID: child.ID})
	h.ok(err)
	if len(events) != 2 || events[0].Actor != "clerk" {
		h.Errorf("got %+v, want a line for the one that moved and one for the one that ended", events)
	}
}
