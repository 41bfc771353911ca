package dataholder

// stepWords says what a step is, to somebody who sees it for the first time.
var stepWords = map[StepName]struct{ title, explanation string }{
	StepDiscovery: {
		"Asked the identity provider who it is",
		"The hospital read the provider’s UDAP metadata. Anybody can write such a document, so it counts only because its signed part is signed with a certificate that leads to an authority the hospital trusts, and nothing on the way was revoked.",
	},
	StepOpenID: {
		"Compared that with its OpenID configuration",
		"This second document is not signed. The hospital takes from it where the public keys are, after making sure that it agrees with the signed one.",
	},
	StepRegistration: {
		"Introduced itself",
		"Nobody at the provider had to set this hospital up. It sent a software statement, signed with its own certificate of the same trust community, and was registered on the spot.",
	},
	StepAuthorization: {
		"Sent your browser to the provider",
		"The address held these parameters. The state ties the answer to this browser, the nonce ties the ID Token to this sign-in, and only the hospital knows the secret behind the code challenge.",
	},
	StepCallback: {
		"Your browser came back",
		"The hospital looked at the state first, then at who answered, and only then at the answer.",
	},
	StepToken: {
		"Exchanged the code for tokens",
		"The hospital proved who it is with a short-lived assertion signed by its certificate, and that it began this sign-in with the secret behind the code challenge. There is no shared password.",
	},
	StepIDToken: {
		"Verified the ID Token",
		"This is the provider’s signed statement about you. The signature is checked twice, by certificate and by published key, and every claim is compared with what this sign-in expects.",
	},
	StepUserInfo: {
		"Asked for what else you shared",
		"With the access token, which is good for this and nothing else.",
	},
	StepMatch: {
		"Looked for your record",
		"Who you are at the provider does not say which record is yours. The hospital compares what you shared with its own patients and adds up weights; a record is opened from weight 10.",
	},
}

// matchWords are heading and lead of the result.
func matchWords(m *Match) (string, string) {
	switch m.Outcome {
	case Matched:
		return "Welcome, " + m.Patient.Name, "You are signed in, and we found your record."
	case Ambiguous:
		return "You are signed in", "More than one record fits what you shared, so we opened none. Our front desk can help you."
	case NotAssured:
		return "You are signed in", "Your identity provider has not verified your identity well enough for us to open a record. Ask it to verify who you are, then sign in again."
	}
	return "You are signed in", "We found no record that fits what you shared. If you have been here before, our front desk can help you."
}

func howWords(how string) string {
	switch how {
	case ByBinding:
		return "You signed in here before with the same identity."
	case ByIdentifier:
		return "Your Digital Identifier is in our records, and your name or birth date agrees with it."
	case ByWeights:
		return "Enough of what you shared agrees with one record, and with no other."
	}
	return ""
}

// problemWords are heading and lead of a sign-in that did not come to its end.
func problemWords(p *Problem) (string, string) {
	const heading = "We could not sign you in"
	if p.Reason == ReasonAccessDenied {
		return "You are not signed in", "You chose not to share, or the time to answer ran out. Nothing was received."
	}
	switch p.Step {
	case StepDiscovery, StepOpenID:
		return heading, "We could not make sure that this identity provider is one we can trust, so we did not send you there. Nothing was shared."
	case StepRegistration, StepAuthorization:
		return heading, "Your identity provider did not let this hospital register. Nothing was shared."
	case StepCallback:
		return heading, "The sign-in did not come to its end. Nothing was shared."
	}
	return heading, "What came back from your identity provider did not pass our checks, so we did not use it. No record was opened."
}
