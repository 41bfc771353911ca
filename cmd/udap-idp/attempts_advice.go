package main

import (
	"fmt"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
)

// attemptAdvice is what an operator does next about an attempt, in a sentence or two.
func attemptAdvice(a idp.Attempt) string {
	switch attempts.Diagnose(a) {
	case attempts.NoProblem:
		return "nothing, it succeeded."
	case attempts.UntrustedAnchor:
		return untrustedAnchor(a)
	case attempts.OutOfDate:
		return "a certificate of the chain was not valid at that time. The data holder has to send one that is, with the CAs above it; if all of them look right, compare the clock of this server."
	case attempts.RevokedChain:
		return "a certificate of the chain is revoked. Accept nothing from it; the data holder has to get a new one from its trust community."
	case attempts.CannotCheck:
		return "whether the certificate is trusted could not be found out, so the client was asked to try again later. The cause above says what does not answer: a revocation list or responder that this server cannot reach (--fetch-allow lets it reach one in a private network), or the database."
	case attempts.OtherURI:
		return otherURI(a)
	case attempts.Replayed:
		return "the same jti was sent twice. If the data holder repeats requests or keeps a signed message, it has to sign a new one each time, with a new jti; if it did not send this one, somebody has got hold of its messages."
	case attempts.WrongClock:
		return "iat or exp do not fit the time here. Compare the clocks of the data holder and of this server with a time server; a message must be signed no more than five minutes before it is sent."
	case attempts.BadSignature:
		return "the message was signed with another key than that of the first certificate. The data holder has to put the certificate of its signing key first into x5c."
	case attempts.WrongAudience:
		return "the message was meant for another address. The data holder has to take aud from the metadata, character by character; if the address it uses is one of ours, compare it with the setting issuer."
	case attempts.UnknownClient:
		return "there is no registration under this client_id, or it was cancelled (udap-idp client list). The data holder has to register again and use the client_id of the answer."
	case attempts.SuspendedClient:
		return "the operator of this server has suspended the client, so it was refused as it should be. When the reason is gone, resume it."
	case attempts.BadCode:
		return "the data holder authenticated, but the code it sent was not good, as the description says. The person has to start again at the data holder; when it happens often, the data holder waits too long, sends requests twice or mixes up sessions."
	case attempts.OurFailure:
		return "this failed on our side. The cause above and the log under the same request number say what; /readyz says whether the database answers."
	case attempts.TooMany:
		return "strangers sent more than is recorded one by one. If it goes on, limit the addresses named above in front of this server."
	}
	return "the description says what was sent and what was expected. The data holder has to change what it sends; udap-idp check tells whether this server keeps its own part."
}

// untrustedAnchor names the anchor that the chain leads to, and how to trust it.
func untrustedAnchor(a idp.Attempt) string {
	if len(a.Chain) == 0 {
		return "the message came without a certificate that can be read, so nothing can be trusted."
	}
	path := attempts.PathOf(a.Chain)
	top := path[len(path)-1]
	anchor := fmt.Sprintf("its anchor would be %s, which was not sent", top.Issuer)
	if top.Subject == top.Issuer {
		anchor = fmt.Sprintf("its anchor would be %s with the SHA-256 fingerprint %s", top.Subject, top.SHA256)
	}
	return "the chain leads to no trust anchor of this server: " + anchor + ". If you trust that community, get the certificate from the community itself, " +
		"not from this message, compare its fingerprint with what the community publishes, and add it: udap-idp community add --uri URI --name NAME --anchor FILE. " +
		"If you trust it already, the cause above says which link is missing: the data holder has to send the CA in between, or you name it with --intermediate."
}

func otherURI(a idp.Attempt) string {
	named := "no URI at all"
	if len(a.Chain) > 0 && len(a.Chain[0].URIs) > 0 {
		named = a.Chain[0].URIs[0]
	}
	if a.Kind == idp.AttemptAuthentication {
		return "the certificate names " + named + ", but the client registered with another URI. The data holder has to use a certificate with the URI it registered with, or register anew with this one; the comparison is exact."
	}
	return "the certificate names " + named + ", but the statement says that it is from " + orDash(a.Issuer) + ". The data holder has to write its iss exactly as the URI in its certificate, up to the last slash."
}
