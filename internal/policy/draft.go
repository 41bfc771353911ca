package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"udap-idp/internal/idp"
)

// Draft is the next version of a document, while somebody works on it. Nobody reads it but administrators.
type Draft struct {
	Kind  string
	Texts Texts
	By    string // who saved it last
	At    time.Time
	Is    bool // there is one; if not, Texts are those in force
}

// Drafts keeps what somebody works on.
type Drafts interface {
	Draft(ctx context.Context, name string) (idp.Draft, error)
	ChangeOperator(ctx context.Context, c idp.OperatorChange, trail idp.Trail) error
}

// Draft returns the draft of a document, or what it would begin with: the text in force. ErrUnknownKind.
func (p *Policy) Draft(ctx context.Context, drafts Drafts, kind string) (Draft, error) {
	current, err := p.Current(ctx, kind)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Kind: kind, Texts: current.Texts()}
	kept, err := drafts.Draft(ctx, idp.PolicyDraft(kind))
	if errors.Is(err, idp.ErrNotFound) {
		return d, nil
	}
	if err != nil {
		return Draft{}, fmt.Errorf("policy: %w", err)
	}
	d.Texts = nil
	if err := json.Unmarshal([]byte(kept.Value), &d.Texts); err != nil {
		return Draft{}, fmt.Errorf("policy: draft of %s: %w", kind, err)
	}
	d.By, d.At, d.Is = kept.ChangedBy, kept.ChangedAt, true
	return d, nil
}

// SaveDraft keeps a draft, with a line in the audit log. ErrUnknownKind; ErrText with the reason, which is what Publish would say.
func (p *Policy) SaveDraft(ctx context.Context, drafts Drafts, kind string, texts Texts, by idp.Reading, now time.Time) error {
	if !slices.Contains(Kinds, kind) {
		return fmt.Errorf("%w: %q", ErrUnknownKind, kind)
	}
	if err := texts.check(); err != nil {
		return err
	}
	value, err := json.Marshal(texts)
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	draft := idp.Draft{Name: idp.PolicyDraft(kind), Value: string(value), ChangedBy: by.Actor, ChangedAt: now}
	return drafts.ChangeOperator(ctx, idp.OperatorChange{DraftsOnly: true, Save: []idp.Draft{draft}}, trail(by, now, "policy.draft", kind))
}

// DropDraft forgets a draft.
func (p *Policy) DropDraft(ctx context.Context, drafts Drafts, kind string, by idp.Reading, now time.Time) error {
	return drafts.ChangeOperator(ctx, idp.OperatorChange{DraftsOnly: true, Drop: []string{idp.PolicyDraft(kind)}}, trail(by, now, "policy.discard", kind))
}

// PublishTexts is Publish in several languages. Whoever asked is recorded.
func (p *Policy) PublishTexts(ctx context.Context, kind string, texts Texts, by idp.Reading, now time.Time) (Document, error) {
	latest, err := p.Current(ctx, kind)
	if err != nil {
		return Document{}, err
	}
	if err := texts.check(); err != nil {
		return Document{}, err
	}
	if !latest.Generated() && maps.Equal(texts.without(), latest.Texts().without()) {
		return Document{}, fmt.Errorf("%w: it is the same as version %d", ErrText, latest.Version)
	}
	others := map[string]string{}
	for tag, text := range texts.without() {
		if tag != First {
			others[tag] = text
		}
	}
	v := idp.PolicyVersion{Kind: kind, Version: latest.Version + 1, Markdown: texts[First], Texts: others, PublishedBy: by.Actor, PublishedAt: now.UTC()}
	if err := p.Store.PublishPolicy(ctx, v, trail(by, now.UTC(), "policy.publish", kind+"-"+strconv.Itoa(v.Version)).Events...); err != nil {
		return Document{}, fmt.Errorf("policy: %w", err)
	}
	return p.Version(ctx, kind, v.Version)
}

// without are the texts that are there.
func (t Texts) without() Texts {
	out := Texts{}
	for tag, text := range t {
		if text != "" {
			out[tag] = text
		}
	}
	return out
}

// check refuses what would be no document in one of the languages.
func (t Texts) check() error {
	if err := check(t[First]); err != nil {
		return err
	}
	for tag, text := range t.without() {
		if err := check(text); err != nil {
			return fmt.Errorf("%s: %w", tag, err)
		}
	}
	return nil
}

func trail(by idp.Reading, now time.Time, action, detail string) idp.Trail {
	return idp.Trail{Events: []idp.AuditEvent{{
		ID: idp.NewID(), At: now, Actor: by.Actor, Action: action, RequestID: by.RequestID, IP: by.IP, Detail: detail,
	}}}
}

// DocumentOf is a draft as the document that it would be.
func DocumentOf(d Draft) Document {
	return Document{Kind: d.Kind, Name: d.Kind + "-draft", Markdown: d.Texts[First], others: d.Texts.without()}
}

// Check reports what would be no document, an ErrText.
func Check(markdown string) error { return check(markdown) }
