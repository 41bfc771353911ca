package admin

import (
	"net/http"
	"slices"
	"strings"

	"udap-idp/internal/idp"
)

// permission is one address of the house: who may ask for it, and what answers. There is no other place that decides.
type permission struct {
	pattern string // method and path, as the mux has it
	who     string // a letter for each role that may: see roleOf
	handle  func(a *Admin, w http.ResponseWriter, r *http.Request, by Visitor) error
	// fresh is the page that a browser comes back to when the sign-in is too old for this: a path, in which {id} is that of the
	// request. "": any sign-in will do.
	fresh string
}

// roleOf are the letters of the table's second column.
var roleOf = map[rune]idp.Role{
	'o': idp.Owner, 'c': idp.IdentityClerk, 't': idp.TrustManager, 'a': idp.Auditor, 'h': idp.HelpDesk,
}

// here is the page itself, with what its address asks for.
const here = "."

// itself: the handler asks for the recent sign-in, because it keeps what was filled in until the browser is back (drafts.go).
const itself = "itself"

// table is every address. It is a function because the handlers read it.
func table() []permission {
	const client, attempt = "/admin/clients/{id}", "/admin/attempts/{id}"
	const administrators, person, approvals = "/admin/administrators", "/admin/people/{id}", "/admin/approvals"
	const comparison, oneImport = "/admin/duplicates/{a}/{b}", "/admin/import/{id}"
	const community = "/admin/trust/{id}"
	const proofing = "/admin/proofing/{id}"
	return []permission{
		//                                              owner clerk trust auditor help
		{"GET /admin", "o c t a h", (*Admin).dashboard, ""},
		{"GET /admin/trust", "o - t a -", (*Admin).trust, ""},
		{"GET /admin/trust/new", "o - t - -", (*Admin).newCommunity, "/admin/trust/new"},
		{"POST /admin/trust/new", "o - t - -", (*Admin).readCommunity, ""},
		{"POST /admin/trust", "o - t - -", (*Admin).storeCommunity, itself},
		{"GET /admin/trust/{id}", "o - t a -", (*Admin).community, ""},
		{"POST /admin/trust/{id}/check", "o - t - -", (*Admin).refreshCommunity, ""},
		{"GET /admin/trust/{id}/authority", "o - t - -", (*Admin).newAuthority, community + "/authority"},
		{"POST /admin/trust/{id}/authority", "o - t - -", (*Admin).readAuthority, ""},
		{"POST /admin/trust/{id}/authority/store", "o - t - -", (*Admin).storeAuthority, itself},
		{"GET /admin/trust/{id}/authority/{sha256}", "o - t - -", (*Admin).authority, ""},
		{"POST /admin/trust/{id}/authority/{sha256}", "o - t - -", (*Admin).removeAuthority, community},
		{"GET /admin/trust/{id}/settings", "o - t - -", (*Admin).communitySettings, community + "/settings"},
		{"POST /admin/trust/{id}/settings", "o - t - -", (*Admin).saveCommunitySettings, itself},
		{"GET /admin/trust/{id}/state", "o - t - -", (*Admin).communityState, ""},
		{"POST /admin/trust/{id}/suspend", "o - t - -", (*Admin).suspendCommunity, community + "/state"},
		{"POST /admin/trust/{id}/resume", "o - t - -", (*Admin).resumeCommunity, community + "/state"},
		{"POST /admin/trust/{id}/delete", "o - t - -", (*Admin).deleteCommunity, community + "/state"},
		{"GET /admin/trust/{id}/request", "o - t - -", (*Admin).csrForm, ""},
		{"POST /admin/trust/{id}/request", "o - t - -", (*Admin).requestCertificate, community + "/request"},
		{"GET /admin/trust/{id}/request/{request}", "o - t a -", (*Admin).certificateRequest, ""},
		{"GET /admin/trust/{id}/request/{request}/csr", "o - t a -", (*Admin).downloadRequest, ""},
		{"POST /admin/trust/{id}/request/{request}/accept", "o - t - -", (*Admin).acceptCertificate, community + "/request/{request}"},
		{"POST /admin/trust/{id}/request/{request}/discard", "o - t - -", (*Admin).discardRequest, community + "/request/{request}"},

		{"GET /admin/settings", "o - - a -", (*Admin).settingsPage, ""},
		{"POST /admin/settings", "o - - - -", (*Admin).changeSettings, "/admin/settings"},
		{"POST /admin/settings/{id}/clear", "o - - - -", (*Admin).clearSetting, "/admin/settings"},
		{"GET /admin/branding", "o - - a -", (*Admin).branding, ""},
		{"POST /admin/branding", "o - - - -", (*Admin).changeBranding, "/admin/branding"},
		{"GET /admin/retention", "o - - a -", (*Admin).retention, ""},
		{"POST /admin/retention", "o - - - -", (*Admin).changeRetention, "/admin/retention"},
		{"POST /admin/retention/run", "o - - - -", (*Admin).runRetention, "/admin/retention"},
		{"GET /admin/messages/test", "o - - - -", (*Admin).testPage, ""},
		{"POST /admin/messages/test", "o - - - -", (*Admin).testMessage, "/admin/messages/test"},
		{"GET /admin/policies", "o - - a -", (*Admin).policies, ""},
		{"GET /admin/policies/{id}", "o - - a -", (*Admin).policyPage, ""},
		{"POST /admin/policies/{id}", "o - - - -", (*Admin).changePolicy, ""},
		{"POST /admin/policies/{id}/publish", "o - - - -", (*Admin).publishPolicy, "/admin/policies/{id}"},
		{"GET /admin/policies/{id}/preview", "o - - a -", (*Admin).previewPolicy, ""},
		{"GET /admin/policies/{id}/changes", "o - - a -", (*Admin).policyChanges, ""},
		{"GET /admin/branding/look/{id}", "o - - a -", (*Admin).lookFile, ""},
		{"GET /admin/branding/preview/{id}", "o - - a -", (*Admin).previewPage, ""},

		{"GET /admin/keys", "o - t a -", (*Admin).keysPage, ""},
		{"GET /admin/keys/{id}", "o - t a -", (*Admin).keyPage, ""},
		{"POST /admin/keys/{id}/change-over", "o - t - -", (*Admin).changeOver, "/admin/keys/{id}"},
		{"POST /admin/keys/{id}/withdraw", "o - t - -", (*Admin).withdrawKey, "/admin/keys/{id}"},

		{"GET /admin/clients", "o c t a -", (*Admin).clientList, ""},
		{"GET /admin/clients/{id}", "o c t a -", (*Admin).client, ""},
		{"POST /admin/clients/{id}/suspend", "o - t - -", (*Admin).suspendClient, client},
		{"POST /admin/clients/{id}/resume", "o - t - -", (*Admin).resumeClient, client},
		{"POST /admin/clients/{id}/settings", "o - t - -", (*Admin).setClient, client},
		{"GET /admin/clients/{id}/delete", "o - t - -", (*Admin).deleteClientPage, ""},
		{"POST /admin/clients/{id}/delete", "o - t - -", (*Admin).deleteClient, client + "/delete"},
		{"POST /admin/clients/{id}/claims", "o c - a -", (*Admin).tryClient, ""},
		{"GET /admin/people/{id}/claims", "o c - a -", (*Admin).claims, ""},
		{"POST /admin/people/{id}/claims", "o c - - -", (*Admin).revealClaims, person + "/claims?client={client}"},
		{"GET /admin/attempts", "o - t a -", (*Admin).attemptList, ""},
		{"GET /admin/attempts/{id}", "o - t a -", (*Admin).attempt, ""},
		{"POST /admin/attempts/{id}/allow", "o - t - -", (*Admin).allowAttempt, attempt},
		{"GET /admin/attempts/{id}/trust", "o - t - -", (*Admin).anchorPage, ""},
		{"POST /admin/attempts/{id}/trust", "o - t - -", (*Admin).trustAnchor, attempt + "/trust"},

		{"GET /admin/people", "o c - a h", (*Admin).people, ""},
		{"POST /admin/people/identifier", "o c - a -", (*Admin).findIdentifier, "/admin/people"},
		{"GET /admin/people/new", "o c - - -", (*Admin).newPerson, ""},
		{"POST /admin/people/new", "o c - - -", (*Admin).addPerson, ""},
		{"GET /admin/people/{id}/edit", "o c - - -", (*Admin).editPage, here},
		{"POST /admin/people/{id}/edit", "o c - - -", (*Admin).changePerson, person},
		{"GET /admin/people/{id}", "o c - a h", (*Admin).person, ""},
		{"GET /admin/people/{id}/shares", "o c - a -", (*Admin).shares, ""},
		{"POST /admin/people/{id}/sessions", "o c - - -", (*Admin).signOutPerson, ""},
		{"GET /admin/people/{id}/identifier", "o c - - -", (*Admin).identifierPage, ""},
		{"POST /admin/people/{id}/identifier", "o c - - -", (*Admin).revealIdentifier, person},
		{"GET /admin/people/{id}/invite", "o c - - h", (*Admin).invitePage, ""},
		{"POST /admin/people/{id}/invite", "o c - - h", (*Admin).invitePerson, person + "/invite"},
		{"POST /admin/people/{id}/invite/revoke", "o c - - h", (*Admin).revokeInvitation, ""},
		{"POST /admin/people/{id}/suspend", "o c - - -", (*Admin).suspendPerson, person},
		{"POST /admin/people/{id}/resume", "o c - - -", (*Admin).resumePerson, person},
		{"POST /admin/people/{id}/close", "o c - - -", (*Admin).closePerson, person},

		{"GET /admin/duplicates", "o c - a -", (*Admin).duplicates, ""},
		{"GET /admin/duplicates/{a}/{b}", "o c - a -", (*Admin).compare, ""},
		{"POST /admin/duplicates/{a}/{b}/merge", "o c - - -", (*Admin).mergeRecords, comparison},
		{"POST /admin/duplicates/{a}/{b}/apart", "o c - - -", (*Admin).setApart, ""},
		{"POST /admin/duplicates/{a}/{b}/reopen", "o c - - -", (*Admin).reopen, ""},

		{"GET /admin/import", "o c - a -", (*Admin).imports, ""},
		{"POST /admin/import", "o c - - -", (*Admin).upload, ""},
		{"GET /admin/import/{id}", "o c - a -", (*Admin).importPage, ""},
		{"POST /admin/import/{id}/start", "o c - - -", (*Admin).startImport, oneImport},
		{"POST /admin/import/{id}/stop", "o c - - -", (*Admin).stopImport, ""},
		{"POST /admin/import/{id}/discard", "o c - - -", (*Admin).discardImport, ""},
		{"GET /admin/import/{id}/report", "o c - a -", (*Admin).importReport, ""},
		{"POST /admin/import/{id}/links", "o c - - -", (*Admin).importLinks, oneImport},
		{"GET /admin/export", "o - - - -", (*Admin).exportPage, ""},
		{"POST /admin/export", "o - - - -", (*Admin).exportPeople, "/admin/export"},

		{"GET /admin/administrators", "o - - a -", (*Admin).administrators, ""},
		{"POST /admin/administrators", "o - - - -", (*Admin).inviteAdministrator, administrators},
		{"GET /admin/administrators/{id}", "o - - a -", (*Admin).administrator, ""},
		{"POST /admin/administrators/{id}/invite", "o - - - -", (*Admin).inviteAgain, administrators + "/{id}"},
		{"POST /admin/administrators/{id}/role", "o - - - -", (*Admin).changeRole, administrators + "/{id}"},
		{"POST /admin/administrators/{id}/revoke", "o - - - -", (*Admin).revokeAdministrator, administrators + "/{id}"},

		{"GET /admin/proofing", "o c - a -", (*Admin).proofings, ""},
		{"GET /admin/proofing/new", "o c - - -", (*Admin).newProofing, ""},
		{"POST /admin/proofing", "o c - - -", (*Admin).startProofing, ""},
		{"GET /admin/proofing/{id}", "o c - a -", (*Admin).proofing, ""},
		{"GET /admin/proofing/{id}/{step}", "o c - - -", (*Admin).proofingStep, ""},
		{"POST /admin/proofing/{id}/{step}", "o c - - -", (*Admin).takeStep, ""},
		{"POST /admin/proofing/{id}/complete", "o c - - -", decideProofing("complete"), proofing},
		{"POST /admin/proofing/{id}/approve", "o c - - -", decideProofing("approve"), proofing},
		{"POST /admin/proofing/{id}/reject", "o c - - -", decideProofing("reject"), proofing},
		{"POST /admin/proofing/{id}/lower", "o c - - -", decideProofing("lower"), proofing},
		{"POST /admin/proofing/{id}/revoke", "o c - - -", decideProofing("revoke"), proofing},
		{"POST /admin/proofing/{id}/apart", "o c - - -", decideProofing("apart"), proofing},
		{"POST /admin/proofing/{id}/letter", "o c - - -", (*Admin).letter, ""},
		{"POST /admin/proofing/{id}/message", "o c - - -", decideProofing("message"), ""},
		{"POST /admin/proofing/{id}/sent", "o c - - -", decideProofing("sent"), ""},
		{"POST /admin/proofing/{id}/returned", "o c - - -", decideProofing("returned"), ""},
		{"POST /admin/proofing/{id}/number", "o c - a -", (*Admin).revealNumber, proofing},

		{"GET /admin/requests", "o c - a -", (*Admin).requests, ""},
		{"GET /admin/requests/{id}", "o c - a -", (*Admin).request, ""},
		{"POST /admin/requests/{id}/answer", "o c - - -", (*Admin).answerRequest, ""},

		{"GET /admin/messages", "o c - a -", (*Admin).messages, ""},
		{"GET /admin/messages/{id}", "o c - a -", (*Admin).message, ""},
		{"POST /admin/messages/{id}/read", "o - - - -", (*Admin).readMessage, "/admin/messages/{id}"},
		{"POST /admin/messages/{id}/retry", "o c - - -", (*Admin).retryMessage, ""},

		{"GET /admin/approvals", "o c t a -", (*Admin).approvals, ""},
		{"POST /admin/approvals/{id}/approve", "o c t - -", (*Admin).approve, approvals},
		{"POST /admin/approvals/{id}/refuse", "o c t - -", (*Admin).refuse, approvals},
		{"POST /admin/approvals/{id}/withdraw", "o c t - -", (*Admin).withdraw, approvals},

		{"GET /admin/audit", "o - - a -", (*Admin).auditLog, ""},
		{"GET /admin/audit/export", "o - - a -", (*Admin).exportAudit, "/admin/audit"},
		{"GET /admin/audit/check", "o - - a -", (*Admin).checkPage, ""},
		{"POST /admin/audit/check", "o - - a -", (*Admin).checkNow, ""},
		{"GET /admin/audit/{id}", "o - - a -", (*Admin).auditEvent, ""},
	}
}

// may reports whether a role may ask for an address of the table.
func (a *Admin) may(role idp.Role, pattern string) bool {
	return slices.Contains(a.allowed[pattern], role)
}

// rolesOf reads the second column.
func rolesOf(who string) []idp.Role {
	var roles []idp.Role
	for _, letter := range strings.ReplaceAll(who, " ", "") {
		if role, ok := roleOf[letter]; ok {
			roles = append(roles, role)
		}
	}
	return roles
}

// mayTouch reports whether somebody may change a record: those of administrators are for owners.
func mayTouch(by idp.Role, target idp.Person) bool {
	return by == idp.Owner || !target.Role.Administers()
}
