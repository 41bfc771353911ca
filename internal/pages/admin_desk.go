package pages

import (
	"slices"
	"time"
)

// Desk is the frame of an administrator's page.
type Desk struct {
	SignedInAs string
	RoleKey    string // text key of the role
	Sections   []Section
	Done       string // what was just done, a word of dones; any other says nothing
	Refused    string // why something was not, as RefusalKey takes it
}

// dones are what is said after something was done; each is a text behind "admin.done.".
var dones = []string{
	"published", "draft-saved", "draft-dropped", "branded", "look-discarded", "proposed", "swept",
	"accepted", "community_added", "community_changed", "community_deleted", "community_suspended", "discarded", "requested", "refreshed", "anchor_trusted", "client_deleted", "client_resumed", "client_set",
	"client_suspended", "address", "answered", "apart", "approved", "asked", "asked-to-sign", "check", "code-sent", "comparison", "complete", "contact",
	"declaration", "evidence", "lowered", "prepared", "proofing-apart", "proofing-revoked", "rejected", "returned", "sent", "started", "values", "closed",
	"due", "merged", "refused", "reopened", "resumed", "revoked", "role", "suspended", "withdrawn", "uninvited", "changed-over", "key-withdrawn",
	"added", "changed", "signed-out", "saved",
}

// DoneKey is the text key of what was just done, "" for nothing.
func (d Desk) DoneKey() string {
	if slices.Contains(dones, d.Done) {
		return "admin.done." + d.Done
	}
	return ""
}

// RefusedKey is the text key of why something was not done, "" when nothing was refused.
func (d Desk) RefusedKey() string { return RefusalKey(d.Refused) }

// refusals are the reasons that there are words for; each is a text behind "admin.refused.".
var refusals = []string{
	"authority_gone", "exists", "not_suspended", "suspended",
	"authority_known", "client_gone", "client_not_suspended", "no_anchor",
	"administrator", "answer", "answered", "own_request", "checked", "closed", "decided", "gone", "herself", "last_owner",
	"late", "level", "links", "no_report", "merged", "not_allowed", "no_identifier", "no_invitation", "email", "sms", "valid_from", "known",
	"birthdate", "no_session", "identifier_none", "not_yours", "over", "own", "passkey", "reason", "role", "same", "stale", "state",
	"unreadable", "unsent", "draft_stale", "policy_same", "key_signs", "key_over", "key_future", "setting_fixed", "setting_bad", "setting_unknown", "setting_loosened",
}

// RefusalKey is the text key of why something was not done; one that there are no words for has a general text, and "" none.
func RefusalKey(code string) string {
	switch {
	case code == "":
		return ""
	case slices.Contains(refusals, code):
		return "admin.refused." + code
	}
	return "admin.refused.other"
}

// administratorRoles are the roles in the order in which they are offered.
var administratorRoles = []string{"owner", "identity-clerk", "trust-manager", "auditor", "help-desk"}

// RoleKey is the text key of a role.
func RoleKey(role string) string {
	if slices.Contains(administratorRoles, role) {
		return "role." + role
	}
	return "role.patient"
}

// acts are what may need a second administrator.
var acts = []string{"admin.invite", "admin.again", "admin.role", "admin.revoke", "person.merge", "person.close", "community.add", "community.change", "community.delete"}

// ActKey is the text key of an act.
func ActKey(name string) string {
	if slices.Contains(acts, name) {
		return "admin.act." + name
	}
	return "admin.act.other"
}

// accountStates are how an account stands, with the tone of each.
var accountStates = map[string]string{"active": "good", "suspended": "careful", "closed": "plain", "merged": "plain"}

// stateBadge is how an account stands.
func stateBadge(state string) badge {
	if tone, ok := accountStates[state]; ok {
		return badge{Key: "admin.account." + state, Tone: tone}
	}
	return badge{Key: "admin.account.active", Tone: "good"}
}

// roleOption is a role to choose.
type roleOption struct {
	Value   string
	Key     string
	WhatKey string // what it may
	Chosen  bool
}

func roleOptions(chosen string) []roleOption {
	var options []roleOption
	for _, role := range administratorRoles {
		options = append(options, roleOption{role, "role." + role, "role." + role + ".what", role == chosen})
	}
	return options
}

// AdministratorForm is who somebody is, as it was typed.
type AdministratorForm struct {
	GivenName, FamilyName, Email string
	Role                         string
	Errors                       FieldErrors
}

// Administrator is one who runs the service.
type Administrator struct {
	ID, Name, Email string
	Role            string
	State           string
	Passkeys        int
	LastSignIn      time.Time // zero when there was none
	CreatedAt       time.Time
}
