package registration_test

import (
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/registration"
)

func TestSuspendedClientCannotRegister(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, contact, want string }{
		{"a contact", "help@example.org", "the operator of this server has suspended the registration of this iss; please ask the operator: help@example.org"},
		{"no contact", "", "the operator of this server has suspended the registration of this iss; please ask the operator"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(c *registration.Config) { c.Contact = test.contact })
			leaf := h.Community.Leaf(hospital)
			id := h.register(t, leaf.Statement(h.URL)).Body["client_id"].(string)
			suspended, err := h.Store.SuspendClient(t.Context(), id, "secret reason", time.Now(), idp.Trail{})
			if err != nil {
				t.Fatal(err)
			}
			for name, statement := range map[string]string{
				"the same again":  leaf.Statement(h.URL),
				"a modification":  leaf.Statement(h.URL, set("client_name", "Other")),
				"a cancellation":  leaf.Statement(h.URL, set("grant_types", []string{})),
				"another of ours": h.Community.Leaf(hospital).Statement(h.URL), // another certificate, the same pair
			} {
				r := h.register(t, statement)
				if r.Status != 400 || r.code() != unapproved || r.description() != test.want {
					t.Errorf("%s: got %d %s: %s", name, r.Status, r.code(), r.description())
				}
			}
			if strings.Contains(h.Log.String(), "secret reason") {
				t.Error("the operator's reason is in the log")
			}
			if clients := h.clients(t); len(clients) != 1 || !clients[0].UpdatedAt.Equal(suspended.UpdatedAt) || clients[0].Name != suspended.Name {
				t.Errorf("the registration changed: %+v", clients)
			}

			// The pair is suspended, not the URI: a certificate of another community is another registration.
			if r := h.register(t, h.Second.Leaf(hospital).Statement(h.URL)); r.Status != 201 {
				t.Errorf("in another community: %d %s", r.Status, r.description())
			}
			if _, err := h.Store.ResumeClient(t.Context(), id, idp.Trail{}); err != nil {
				t.Fatal(err)
			}
			if r := h.register(t, leaf.Statement(h.URL)); r.Status != 200 || r.Body["client_id"] != id {
				t.Errorf("resumed: %d %s %v, want 200 and the client_id it had", r.Status, r.description(), r.Body["client_id"])
			}
		})
	}
}
