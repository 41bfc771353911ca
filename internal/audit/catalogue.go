package audit

import "slices"

// Group is what kind of thing an action is.
type Group string

const (
	SignIns  Group = "sign-in"
	Reading  Group = "reading" // of sensitive values
	People   Group = "people"
	Proofing Group = "proofing"
	Sharing  Group = "sharing"
	Trust    Group = "trust"
	Running  Group = "running" // of the service: administrators, settings, the log itself
)

// Action is something that is recorded. Its words are in the locales, under audit.action and its name.
type Action struct {
	Name  string
	Group Group
}

// Actions is every action there are words for, by group. One that is not among them is shown under its own name.
func Actions() []Action { return slices.Clone(actions) }

// Groups is every group, in the order in which they are shown.
func Groups() []Group { return []Group{SignIns, Reading, People, Proofing, Sharing, Trust, Running} }

// Known reports whether there are words for an action.
func Known(name string) bool {
	return slices.ContainsFunc(actions, func(a Action) bool { return a.Name == name })
}

var actions = []Action{
	{"signin", SignIns}, {"signin.refused", SignIns}, {"signout", SignIns}, {"session.end", SignIns}, {"session.end-others", SignIns},
	{"passkey.add", SignIns}, {"passkey.rename", SignIns}, {"passkey.remove", SignIns},
	{"passkey.counter", SignIns}, {"passkey.backup-changed", SignIns}, {"recovery.start", SignIns}, {"recovery.code.send", SignIns}, {"recovery.proof", SignIns}, {"recovery.wait", SignIns},
	{"recovery.cancel", SignIns}, {"recovery.guessed", SignIns}, {"recovery.grant", SignIns}, {"recovery.done", SignIns}, {"recovery.codes.make", SignIns},
	{"contact.code.send", SignIns}, {"contact.confirm", SignIns},

	{"identifier.read", Reading}, {"identifier.find", Reading}, {"evidence.read", Reading}, {"claims.reveal", Reading},
	{"person.view", Reading}, {"people.search", Reading}, {"audit.export", Reading}, {"account.download", Reading}, {"people.export", Reading}, {"import.report", Reading}, {"import.links", Reading}, {"message.read", Reading}, {"request.view", Reading}, {"proofing.view", Reading},

	{"person.add", People}, {"person.change", People}, {"person.correct", People}, {"person.history", People},
	{"person.end", People}, {"person.remove", People}, {"person.suspend", People}, {"person.resume", People}, {"person.close", People},
	{"invitation.make", People}, {"invitation.revoke", People}, {"invitation.guessed", People}, {"account.close", People}, {"account.keep", People},
	{"request.add", People}, {"request.answer", People},
	{"person.merge", People}, {"person.merged", People}, {"duplicate.override", People}, {"duplicate.apart", People}, {"duplicate.reopen", People},
	{"import.upload", People}, {"import.check", People}, {"import.start", People}, {"import.stop", People}, {"import.discard", People},
	{"import.done", People}, {"import.failed", People}, {"identifier.mint", People},
	{"representation.add", People}, {"representation.end", People}, {"representation.move", People},

	{"proofing.start", Proofing}, {"proofing.evidence", Proofing}, {"proofing.check", Proofing}, {"proofing.comparison", Proofing},
	{"proofing.address", Proofing}, {"proofing.contact.send", Proofing}, {"proofing.contact.confirm", Proofing},
	{"proofing.contact.missed", Proofing}, {"proofing.contact.evidence", Proofing}, {"proofing.declaration", Proofing}, {"proofing.declaration.ask", Proofing},
	{"proofing.claim", Proofing}, {"proofing.complete", Proofing}, {"proofing.approve", Proofing}, {"proofing.reject", Proofing},
	{"proofing.lower", Proofing}, {"proofing.notification.prepare", Proofing}, {"proofing.notification.sent", Proofing},
	{"proofing.notification.returned", Proofing}, {"proofing.in_force", Proofing}, {"proofing.supersede", Proofing},
	{"proofing.revoked", Proofing}, {"proofing.expired", Proofing}, {"proofing.repudiated", Proofing},

	{"consent.allow", Sharing}, {"consent.deny", Sharing}, {"consent.end", Sharing},

	{"client.suspend", Trust}, {"client.resume", Trust}, {"client.delete", Trust}, {"client.change", Trust},
	{"community.add", Trust}, {"community.change", Trust}, {"community.suspend", Trust}, {"community.resume", Trust}, {"community.check", Trust}, {"community.delete", Trust},
	{"certificate.request", Trust}, {"certificate.discard", Trust}, {"certificate.add", Trust}, {"certificate.activate", Trust}, {"certificate.remove", Trust},
	{"certificate.withdraw", Trust}, {"certificate.retire", Trust},

	{"admin.claim", Running}, {"admin.invite", Running}, {"admin.role", Running}, {"admin.revoke", Running}, {"admin.forbidden", Running},
	{"setting.change", Running}, {"policy.draft", Running}, {"policy.discard", Running}, {"retention.run", Running}, {"message.test", Running},
	{"approval.ask", Running}, {"approval.approve", Running}, {"approval.refuse", Running}, {"approval.withdraw", Running},
	{"approval.done", Running}, {"policy.publish", Running}, {"message.retry", Running}, {"audit.check", Running}, {"audit.trim", Running},
}
