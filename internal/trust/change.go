package trust

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Change carries a change out. Errors of what was asked for are *Refusal, or idp.ErrNotFound when there is no such community. A
// running server notices within a second. own is our certificate in a community that is added, nil for none.
func (c *Communities) Change(ctx context.Context, change idp.TrustChange, own *Own, by idp.Reading) (idp.Community, error) {
	before, after, err := c.prepare(ctx, change)
	if err != nil {
		return idp.Community{}, err
	}
	switch {
	case change.CommunityID == "":
		return c.add(ctx, after, own, by)
	case change.Delete:
		return before, c.delete(ctx, before, change.Reason, by)
	}
	action := "community.change"
	if change.Suspend {
		action = "community.suspend"
	} else if change.Resume {
		action = "community.resume"
	}
	event, err := c.event(by, action, changed{shotOf(before), shotOf(after), change.Reason})
	if err != nil {
		return idp.Community{}, err
	}
	if err := c.Store.ChangeCommunity(ctx, after, event); err != nil {
		return idp.Community{}, stale(err)
	}
	after.Revision++
	return after, nil
}

// add stores a community that is checked, with our certificate in it.
func (c *Communities) add(ctx context.Context, row idp.Community, own *Own, by idp.Reading) (idp.Community, error) {
	event, err := c.event(by, "community.add", changed{After: shotOf(row)})
	if err != nil {
		return row, err
	}
	events := []idp.AuditEvent{event}
	if own != nil {
		certificate, err := c.seal(own)
		if err != nil {
			return row, err
		}
		row.Certificates = []idp.CommunityCertificate{certificate}
		event, err := c.event(by, "certificate.add", ownDetail(row, certificate.ID, own))
		if err != nil {
			return row, err
		}
		events = append(events, event)
	}
	err = c.Store.AddCommunity(ctx, row, events...)
	if errors.Is(err, idp.ErrExists) {
		return row, refuse("exists", "there is a community %s already", row.URI)
	}
	return row, err
}

func (c *Communities) delete(ctx context.Context, row idp.Community, reason string, by idp.Reading) error {
	event, err := c.event(by, "community.delete", changed{Before: shotOf(row), Reason: reason})
	if err != nil {
		return err
	}
	return stale(c.Store.DeleteCommunity(ctx, row.ID, row.Revision, c.now(), event))
}

// changed is what is recorded of a change.
type changed struct {
	Before *shot  `json:"before,omitempty"`
	After  *shot  `json:"after,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// shot is a community as it is recorded: certificates by their fingerprints.
type shot struct {
	URI           string                `json:"uri"`
	Name          string                `json:"name"`
	Anchors       []string              `json:"anchors"`
	Intermediates []string              `json:"intermediates"`
	Settings      idp.CommunitySettings `json:"settings"`
	Certifiers    []string              `json:"certifiers,omitempty"`
	Own           []string              `json:"own,omitempty"` // our certificates
	Suspended     string                `json:"suspended,omitempty"`
}

func shotOf(row idp.Community) *shot {
	s := &shot{
		URI: row.URI, Name: row.Name, Anchors: fingerprints(row.Anchors), Intermediates: fingerprints(row.Intermediates), Settings: row.Settings,
		Certifiers: fingerprints(row.Settings.Certifications.Anchors), Suspended: row.SuspendedReason,
	}
	s.Settings.Certifications.Anchors = nil
	for _, own := range row.Certificates {
		if len(own.Chain) > 0 {
			s.Own = append(s.Own, Fingerprint(own.Chain[0]))
		}
	}
	return s
}

func fingerprints(ders [][]byte) []string {
	texts := make([]string, len(ders))
	for i, der := range ders {
		texts[i] = Fingerprint(der)
	}
	return texts
}

// Check refuses a community that cannot be added, whatever is stored already. Errors are *Refusal.
func Check(change idp.TrustChange, now time.Time) (idp.Community, error) {
	row := idp.Community{ID: idp.NewID(), URI: change.URI, CreatedAt: now}
	if err := CheckURI(change.URI); err != nil {
		return row, err
	}
	return row, alter(&row, change, now)
}

// prepare is the community before a change and after it. Errors are *Refusal or idp.ErrNotFound.
func (c *Communities) prepare(ctx context.Context, change idp.TrustChange) (before, after idp.Community, err error) {
	if change.CommunityID == "" {
		if after, err = Check(change, c.now()); err != nil {
			return before, after, err
		}
		all, err := c.Store.Communities(ctx)
		if err == nil && slices.ContainsFunc(all, func(row idp.Community) bool { return row.URI == change.URI }) {
			err = refuse("exists", "there is a community %s already", change.URI)
		}
		return before, after, err
	}
	if before, err = c.byID(ctx, change.CommunityID); err != nil {
		return before, after, err
	}
	if change.BasedOn != nil && *change.BasedOn != before.Revision {
		return before, after, stale(idp.ErrStale)
	}
	after = before
	err = alter(&after, change, c.now())
	return before, after, err
}

// alter makes of a community what a change says.
func alter(row *idp.Community, change idp.TrustChange, now time.Time) error {
	if change.Name != "" || change.CommunityID == "" {
		row.Name = strings.Join(strings.Fields(change.Name), " ")
		if err := CheckName(row.Name); err != nil {
			return err
		}
	}
	if err := alterAuthorities(row, change); err != nil {
		return err
	}
	if change.Settings != nil {
		if err := CheckSettings(*change.Settings); err != nil {
			return err
		}
		row.Settings = *change.Settings
	}
	return alterState(row, change, now)
}

func alterAuthorities(row *idp.Community, change idp.TrustChange) error {
	anchors, intermediates := slices.Clone(row.Anchors), slices.Clone(row.Intermediates)
	for _, fingerprint := range change.Remove {
		is := func(der []byte) bool { return Fingerprint(der) == fingerprint }
		count := len(anchors) + len(intermediates)
		anchors, intermediates = slices.DeleteFunc(anchors, is), slices.DeleteFunc(intermediates, is)
		if len(anchors)+len(intermediates) == count {
			return refuse("authority_gone", "the community has no anchor and no intermediate with the fingerprint %s", fingerprint)
		}
	}
	for _, list := range []struct {
		add  [][]byte
		into *[][]byte
	}{{change.AddAnchors, &anchors}, {change.AddIntermediates, &intermediates}} {
		certificates, err := ParseDER(list.add)
		if err != nil {
			return refuse("unreadable", "a certificate cannot be read: %s", err)
		}
		for _, certificate := range certificates {
			if err := checkAuthority(certificate); err != nil {
				return err
			}
			if contains(anchors, certificate.Raw) || contains(intermediates, certificate.Raw) {
				return refuse("authority_known", "the community has %s already", certificate.Subject)
			}
			*list.into = append(*list.into, certificate.Raw)
		}
	}
	if len(anchors) == 0 {
		return refuse("no_anchor", "a community has at least one anchor; to end the trust in it, suspend or delete it")
	}
	row.Anchors, row.Intermediates = anchors, intermediates
	return nil
}

// maxReason is how long a reason may be, in bytes.
const maxReason = 1000

func alterState(row *idp.Community, change idp.TrustChange, now time.Time) error {
	reason := strings.Join(strings.Fields(change.Reason), " ")
	if len(reason) > maxReason || !printable(reason) {
		return refuse("reason", "the reason must be a text of at most %d characters", maxReason)
	}
	if reason == "" && (change.Suspend || change.Delete || len(change.Remove) > 0) {
		return refuse("reason", "a reason is needed, and stays in the audit log")
	}
	switch {
	case change.Suspend && !row.SuspendedAt.IsZero():
		return refuse("suspended", "the community is suspended already")
	case change.Suspend:
		row.SuspendedAt, row.SuspendedReason = now, reason
	case change.Resume && row.SuspendedAt.IsZero():
		return refuse("not_suspended", "the community is not suspended")
	case change.Resume:
		row.SuspendedAt, row.SuspendedReason = time.Time{}, ""
	}
	return nil
}
