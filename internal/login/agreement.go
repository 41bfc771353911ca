package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"udap-idp/internal/idp"
)

// decide is next, with what it has to know about consent.
func (l *Login) decide(ctx context.Context, req idp.AuthRequest, s idp.Session) (step, error) {
	if !s.SignedIn() {
		return next(req, s, undecided, false), nil
	}
	agreement, covered, err := l.standing(ctx, req, s)
	if err != nil {
		return step{}, err
	}
	n := next(req, s, undecided, covered)
	n.agreement = agreement
	return n, nil
}

// standing looks for a remembered consent that covers what the data holder would learn now. When nothing can be offered, none
// does: the consent page finds out what to say about that.
func (l *Login) standing(ctx context.Context, req idp.AuthRequest, s idp.Session) (a idp.Agreement, covered bool, err error) {
	offer, err := l.Authorizer.Shares(ctx, req, s, false)
	if _, refused := errors.AsType[*Refused](err); refused || errors.Is(err, ErrSignInAgain) || isBarred(err) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("offer: %w", err)
	}
	if a.Consent, err = l.consentFor(ctx, s.PersonID, offer.Sector); err != nil || !covers(a.Consent, offer) {
		return idp.Agreement{}, false, err
	}
	missing, err := l.practicesMissing(ctx, s.PersonID)
	if err != nil || missing != nil {
		return idp.Agreement{}, false, err
	}
	return a, true, nil
}

func isBarred(err error) bool {
	return errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrSuspended) || errors.Is(err, idp.ErrMismatch)
}

// consentFor is the consent that stands, the zero one when there is none.
func (l *Login) consentFor(ctx context.Context, personID, sector string) (idp.Consent, error) {
	c, err := l.Store.Consent(ctx, personID, sector)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Consent{}, nil
	}
	if err != nil {
		return c, fmt.Errorf("consent: %w", err)
	}
	return c, nil
}

// practicesMissing is the version of the practices that the person has not accepted yet, nil when she has.
func (l *Login) practicesMissing(ctx context.Context, personID string) (*idp.Acceptance, error) {
	if l.Practices == nil {
		return nil, nil
	}
	current, err := l.Practices(ctx)
	if err != nil {
		return nil, fmt.Errorf("practices: %w", err)
	}
	accepted, err := l.Store.Accepted(ctx, personID, current.Kind)
	if err == nil && accepted.Version >= current.Version {
		return nil, nil
	}
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return nil, fmt.Errorf("practices: %w", err)
	}
	return &current, nil
}

// covers reports whether a remembered consent answers for everything that is offered: each detail was agreed to, or was
// switched off by her and can go on being left out. A detail that is new, or that the data holder cannot do without any more,
// is asked about.
func covers(c idp.Consent, offer Offer) bool {
	if c.ID == "" || c.Sector != offer.Sector || !c.EndedAt.IsZero() || !c.Remembered {
		return false
	}
	for _, choice := range offer.Choices {
		if !choice.in(c.Agreed) && (choice.Essential || !choice.in(c.Declined)) {
			return false
		}
	}
	return true
}

// in reports whether everything of the choice is in the list.
func (c Choice) in(list []string) bool {
	return !slices.ContainsFunc(c.Claims, func(claim string) bool { return !slices.Contains(list, claim) })
}

// identifier is the offer's Digital Identifier, if it has one.
func (o Offer) identifier() (Choice, bool) {
	i := slices.IndexFunc(o.Choices, func(c Choice) bool { return c.Identifier })
	if i < 0 {
		return Choice{}, false
	}
	return o.Choices[i], true
}

// reply is what the person said on the consent page.
type reply struct {
	share      []string // names of the choices that are switched on
	remember   bool
	practices  string // the version that she accepts, by its name
	identifier string // with-identifier, without-identifier, or "" as long as she was not asked apart
}

// agreement is what an answer agrees to.
func (l *Login) agreement(r *http.Request, v visit, a reply) (idp.Agreement, error) {
	yes := idp.Agreement{Asked: true, Consent: idp.Consent{
		ID: idp.NewID(), PersonID: v.person.ID, Sector: v.offer.Sector, ClientID: v.request.ClientID,
		Organization: v.organization.Name, Community: v.organization.CommunityName, Remembered: a.remember,
	}}
	for _, choice := range v.offer.Choices {
		on := choice.Essential || slices.Contains(a.share, choice.Name)
		if choice.Identifier && v.identifierApart() {
			on = a.identifier == "with-identifier"
		}
		to := &yes.Consent.Declined
		if on {
			to = &yes.Consent.Agreed
		}
		*to = append(*to, choice.Claims...)
	}
	slices.Sort(yes.Consent.Agreed)
	slices.Sort(yes.Consent.Declined)
	// A claim can stand in two choices: what she agreed to, she agreed to.
	yes.Consent.Declined = slices.DeleteFunc(yes.Consent.Declined, func(claim string) bool { return slices.Contains(yes.Consent.Agreed, claim) })
	if missing := v.practices; missing != nil {
		accepted := *missing
		accepted.PersonID, accepted.At = v.person.ID, l.now()
		yes.Accepted = &accepted
	}
	if l.Practices != nil {
		current, err := l.Practices(r.Context())
		if err != nil {
			return yes, fmt.Errorf("practices: %w", err)
		}
		yes.Consent.Practices = current.Name
	}
	var err error
	yes.Trail, err = l.consentTrail(r, v, yes.Consent)
	return yes, err
}

// consentTrail is the line in the audit log, and for the first consent to an organization word of it to all her addresses: whoever
// shares in her name would be found out.
func (l *Login) consentTrail(r *http.Request, v visit, c idp.Consent) (idp.Trail, error) {
	detail, err := json.Marshal(struct {
		Agreed     []string `json:"agreed"`
		Declined   []string `json:"declined,omitempty"`
		Remembered bool     `json:"remembered"`
		Practices  string   `json:"practices,omitempty"`
	}{c.Agreed, c.Declined, c.Remembered, c.Practices})
	if err != nil {
		return idp.Trail{}, err
	}
	trail := idp.Trail{Events: []idp.AuditEvent{l.consentEvent(r, v, "consent.allow", string(detail))}}
	if l.Notices == nil || v.consent.ID != "" {
		return trail, nil
	}
	trail.Messages, err = l.Notices(v.person, idp.Notice{
		Kind: idp.NoticeIdentityShared, Params: map[string]string{"organization": v.organization.Name},
	})
	if err != nil {
		return trail, fmt.Errorf("notice of the first consent: %w", err)
	}
	return trail, nil
}

func (l *Login) consentEvent(r *http.Request, v visit, action, detail string) idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewID(), At: l.now(), Actor: v.person.ID, Action: action, PersonID: v.person.ID, ClientID: v.request.ClientID,
		RequestID: l.RequestID(r.Context()), IP: l.ClientIP(r), Detail: detail,
	}
}
