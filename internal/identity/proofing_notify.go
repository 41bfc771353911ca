package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// NotificationVersion is the wording of notifications that is sent today.
const NotificationVersion = "2026-11"

// NotificationOrder says where a notification of a proofing goes, in which language.
type NotificationOrder = idp.NotificationOrder

// PreparedNotification is a notification that is to be delivered.
type PreparedNotification = idp.PreparedNotification

// PrepareNotification makes the notification of a proofing: what it says, and the link by which the person says that it was not she
// (NIST SP 800-63A-4, notification of proofing). The caller writes and delivers it, and then says so (NotificationSent), unless it
// is Delivered. One that was prepared for the same place and not sent is void.
func (i *Identity) PrepareNotification(ctx context.Context, id string, o NotificationOrder, by idp.Reading) (PreparedNotification, error) {
	var out PreparedNotification
	_, err := i.change(ctx, id, by, func(s *step) error {
		if s.p.Status != idp.ProofingPendingNotification && s.p.Status != idp.ProofingInForce {
			return refuse("not_decided", "the event is %s: there is nothing to notify the person of. Complete it first", s.p.Status)
		}
		a, err := fillOrder(&o, s)
		if err != nil {
			return err
		}
		token := idp.NewTokenFor(s.p.ID)
		n := idp.ProofingNotification{
			ID: idp.NewID(), Channel: o.Channel, AttributeID: a.ID, Basis: o.Basis, TemplateVersion: NotificationVersion, Locale: o.Locale,
			RepudiationHash: token.Hash(), PreparedAt: s.now,
		}
		if !assurance.AcceptsNotification(s.p, s.person, s.p.Achieved, n, s.now) {
			return refuse("notification", "%s asks for a notification by post to the address of record, or by SMS to the mobile that is billed to the person by name%s; "+
				"%s to her %s (%s) is not one", strings.ToUpper(string(s.p.Achieved)), lesser(s.p.Achieved), o.Channel, a.Kind, o.Basis)
		}
		s.p.Notifications = slices.DeleteFunc(slices.Clone(s.p.Notifications), func(old idp.ProofingNotification) bool {
			return old.SentAt.IsZero() && old.Channel == n.Channel && old.AttributeID == n.AttributeID
		})
		delivered, err := i.tellProofed(s, a, &n, token.String())
		if err != nil {
			return err
		}
		s.p.Notifications = append(s.p.Notifications, n)
		out = PreparedNotification{ProofingNotification: n, Token: token.String(), To: a, Proofing: s.p, GivenName: s.person.GivenName, Name: s.person.Name(), Delivered: delivered}
		if delivered {
			out.Token = ""
		}
		i.note(s, "proofing.notification.prepare", n.Channel)
		return nil
	})
	return out, err
}

// tellProofed makes the notification a message, where it can be one.
func (i *Identity) tellProofed(s *step, to idp.Attribute, n *idp.ProofingNotification, token string) (delivered bool, err error) {
	if i.RepudiationURL == "" {
		return false, nil
	}
	n.MessageID, delivered, err = i.tell(s, n.Channel, to, idp.Notice{
		Kind: idp.NoticeProofed, Language: n.Locale,
		Params: map[string]string{"link": i.RepudiationURL + token, "date": s.p.CompletedAt.Format(time.RFC3339)},
	})
	return delivered, err
}

func lesser(level idp.Level) string {
	if level.AtLeast(idp.IDIAL1_8) {
		return ""
	}
	return ", or to an e-mail address or telephone that was on file a day before the event, or that a bill shows to be hers"
}

// fill finds where it goes, and the usual reason for it.
func fillOrder(o *NotificationOrder, s *step) (idp.Attribute, error) {
	usual := map[string]struct{ attribute, basis string }{
		idp.ChannelPostal: {string(idp.AttributeAddress), idp.BasisAddress},
		idp.ChannelSMS:    {string(idp.AttributePhone), idp.BasisBilled},
		idp.ChannelVoice:  {string(idp.AttributePhone), idp.BasisOnFile},
		idp.ChannelEmail:  {string(idp.AttributeEmail), idp.BasisOnFile},
	}
	u, ok := usual[o.Channel]
	if !ok {
		return idp.Attribute{}, refuse("channel", "%q is not a way to notify somebody: postal, sms, voice or email", o.Channel)
	}
	if o.Basis == "" {
		o.Basis = u.basis
	}
	if o.Attribute == "" {
		o.Attribute = u.attribute
		if o.Channel == idp.ChannelPostal && s.p.Address != nil {
			o.Attribute = s.p.Address.AttributeID
		}
	}
	a, err := s.attribute(o.Attribute)
	if err != nil {
		return a, err
	}
	if !channelFits(o.Channel, a.Kind) {
		return a, refuse("channel", "a %s is not reached by %q", a.Kind, o.Channel)
	}
	return a, nil
}

// NotificationSent records that a notification is on its way. An event that waited for that comes into force. notificationID may be
// "" when one is prepared and not sent.
func (i *Identity) NotificationSent(ctx context.Context, id, notificationID string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		n, err := s.notification(notificationID, func(n idp.ProofingNotification) bool { return n.SentAt.IsZero() })
		if err != nil {
			return err
		}
		n.SentAt = s.now
		i.note(s, "proofing.notification.sent", n.Channel)
		if s.p.Status == idp.ProofingPendingNotification {
			i.advance(s)
		}
		return nil
	})
}

// NotificationReturned records that a notification came back. A level that asks for one is not in force any more until another has
// been sent.
func (i *Identity) NotificationReturned(ctx context.Context, id, notificationID string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		n, err := s.notification(notificationID, func(n idp.ProofingNotification) bool { return !n.SentAt.IsZero() && n.ReturnedAt.IsZero() })
		if err != nil {
			return err
		}
		n.ReturnedAt = s.now
		i.note(s, "proofing.notification.returned", n.Channel)
		if s.p.Status == idp.ProofingInForce && s.unnotified() {
			s.p.Status, s.settle = idp.ProofingPendingNotification, true
		}
		return nil
	})
}

// unnotified reports whether the level that was reached asks for a notification that is not there.
func (s *step) unnotified() bool {
	a := assurance.Assess(s.p, s.person, s.now)
	if a.NotificationPending && a.Reached.AtLeast(s.p.Achieved) && !a.Level.AtLeast(s.p.Achieved) {
		return true
	}
	return slices.ContainsFunc(a.Of(s.p.Achieved).Missing(), func(r assurance.Requirement) bool { return r.ID == assurance.RequireNotification })
}

// notification finds the one that is named, or the only one that can be meant.
func (s *step) notification(id string, can func(idp.ProofingNotification) bool) (*idp.ProofingNotification, error) {
	if s.p.Status != idp.ProofingPendingNotification && s.p.Status != idp.ProofingInForce {
		return nil, refuse("ended", "the event is %s: its notifications do not matter", s.p.Status)
	}
	s.p.Notifications = slices.Clone(s.p.Notifications)
	var found []*idp.ProofingNotification
	for n := range s.p.Notifications {
		if one := &s.p.Notifications[n]; can(*one) && (id == "" || one.ID == id) {
			found = append(found, one)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, refuse("no_notification", "the event has no such notification; prepare one first")
	}
	return nil, refuse("which_notification", "the event has %d such notifications: say which, by its id", len(found))
}
