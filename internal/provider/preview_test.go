package provider

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// TestPreviewIsWhatTheClientGets: but for what is new in each token, the payload of the preview is that of the token.
func TestPreviewIsWhatTheClientGets(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"udap", "oidc", "cms_can", "unified"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.approve(idp.IDIAL2)
			preview := func(profile string) map[string]any {
				p, err := h.provider.Preview(t.Context(), Asked{
					ClientID: h.client.ID, PersonID: h.person.ID, Scopes: strings.Fields(h.client.Scope), AMR: testAuthentication, Profile: profile,
					Reading: idp.Reading{Actor: "test", Purpose: "preview"},
				})
				if err != nil {
					t.Fatal(err)
				}
				if p.IDToken == nil {
					t.Fatalf("refused: %+v", p.Released.Refusal)
				}
				return p.IDToken
			}
			asIf := preview(profile) // before it is set: the choice is for the preview alone
			h.settings(idp.ClientSettings{Payload: profile})
			set := preview("")
			_, idToken := h.tokens()
			_, payload := read(t, idToken)
			for name := range payload {
				for _, p := range []map[string]any{asIf, set} {
					if p[name] == nil {
						t.Errorf("the token has %s, the preview does not", name)
					}
				}
			}
			for name := range set {
				if payload[name] == nil && name != "verified_claims" { // which the person of the house keeps to herself
					t.Errorf("the preview has %s, the token does not", name)
				}
				if asIf[name] == nil {
					t.Errorf("the preview of the profile that is set has %s, that of the chosen one does not", name)
				}
			}
			if set["sub"] != payload["sub"] || !reflect.DeepEqual(set["uuid"], payload["uuid"]) {
				t.Errorf("sub %v, uuid %v; the token has %v, %v", set["sub"], set["uuid"], payload["sub"], payload["uuid"])
			}
		})
	}
}

// TestWhatIsRevealedIsRecordedBefore: what is hidden is neither opened nor recorded, and an audit log that cannot be written
// reveals nothing.
func TestWhatIsRevealedIsRecordedBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.approve(idp.IDIAL2)
	opened := 0
	h.provider.Identifier = func(context.Context, idp.Person, idp.Reading) (string, error) {
		opened++
		return "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d", nil
	}
	asked := Asked{
		ClientID: h.client.ID, PersonID: h.person.ID, Scopes: strings.Fields(h.client.Scope), AMR: testAuthentication, Profile: "cms_can", Hidden: "(hidden)",
		Reading: idp.Reading{Actor: "somebody", Purpose: "preview", RequestID: "7F3K-Q2"},
	}
	recorded := func() []idp.AuditEvent {
		events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "claims.reveal"})
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	p, err := h.provider.Preview(t.Context(), asked)
	if err != nil || p.IDToken["uuid"] != "(hidden)" || opened != 0 || len(recorded()) != 0 {
		t.Errorf("hidden: uuid %v, opened %d times, recorded %d (%v)", p.IDToken["uuid"], opened, len(recorded()), err)
	}
	asked.Hidden = ""
	p, err = h.provider.Preview(t.Context(), asked)
	events := recorded()
	if err != nil || p.IDToken["uuid"] == "(hidden)" || len(events) != 1 {
		t.Fatalf("shown: uuid %v, recorded %d (%v)", p.IDToken["uuid"], len(events), err)
	}
	if e := events[0]; e.Actor != "somebody" || e.PersonID != h.person.ID || e.ClientID != h.client.ID || e.RequestID != "7F3K-Q2" || e.Detail != "payload cms_can: preview" {
		t.Errorf("recorded %+v", e)
	}
	h.provider.Store = mute{h.store}
	if p, err := h.provider.Preview(t.Context(), asked); err == nil || p.IDToken != nil {
		t.Errorf("shown without a record: %v", p.IDToken)
	}
	asked.Profile = "saml"
	if _, err := h.provider.Preview(t.Context(), asked); !errors.Is(err, ErrPreview) {
		t.Errorf("an unknown profile: %v", err)
	}
}

// TestPreviewOfASuspendedClient: it is looked at to find out whether it may come back.
func TestPreviewOfASuspendedClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.store.SuspendClient(t.Context(), h.client.ID, "x", now(), idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	p, err := h.provider.Preview(t.Context(), Asked{ClientID: h.client.ID, PersonID: h.person.ID, Scopes: []string{"openid", "udap"}, AMR: testAuthentication, Hidden: "x"})
	if err != nil || p.IDToken["aud"] != h.client.ID {
		t.Errorf("%v (%v)", p.IDToken, err)
	}
}

// mute is a store whose audit log takes nothing.
type mute struct{ Store }

func (mute) Audit(context.Context, ...idp.AuditEvent) error { return errors.New("the disk is full") }
