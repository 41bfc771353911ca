package attempts

import (
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Advice is what is to be done about an attempt.
type Advice struct {
	// Operator is for those who run this server, in a sentence or two.
	Operator string
	// Holder is for the engineers of the data holder: what was wrong with what they sent, and what to change. "" when there is
	// nothing that they can do.
	Holder string
}

// Advise says what to do about an attempt.
func Advise(a idp.Attempt) Advice {
	both := func(text string) Advice { return Advice{text, text} }
	switch Diagnose(a) {
	case NoProblem:
		return Advice{Operator: "nothing, it succeeded."}
	case UntrustedAnchor:
		return untrustedAnchor(a)
	case OutOfDate:
		text := "a certificate of the chain was not valid at that time. The data holder has to send one that is, with the CAs above it"
		return Advice{text + "; if all of them look right, compare the clock of this server.", text + "."}
	case RevokedChain:
		text := "a certificate of the chain is revoked."
		return Advice{text + " Accept nothing from it; the data holder has to get a new one from its trust community.", text + " The data holder has to get a new one from its trust community."}
	case CannotCheck:
		return Advice{
			"whether the certificate is trusted could not be found out, so the client was asked to try again later. The cause above says what does not answer: a revocation list or responder that this server cannot reach (--fetch-allow lets it reach one in a private network), or the database.",
			"whether the certificate is trusted could not be found out at that moment, because a revocation list or responder that it names did not answer. Try again later; if it goes on, see that the addresses in the certificates of the chain answer from the Internet.",
		}
	case OtherURI:
		return both(otherURI(a))
	case Replayed:
		text := "the same jti was sent twice. If the data holder repeats requests or keeps a signed message, it has to sign a new one each time, with a new jti; if it did not send this one, somebody has got hold of its messages."
		return both(text)
	case WrongClock:
		return both("iat or exp do not fit the time here. Compare the clocks of the data holder and of this server with a time server; a message must be signed no more than five minutes before it is sent.")
	case BadSignature:
		return both("the message was signed with another key than that of the first certificate. The data holder has to put the certificate of its signing key first into x5c.")
	case WrongAudience:
		text := "the message was meant for another address. The data holder has to take aud from the metadata, character by character"
		return Advice{text + "; if the address it uses is one of ours, compare it with the setting issuer.", text + "."}
	case UnknownClient:
		text := "there is no registration under this client_id, or it was cancelled"
		return Advice{text + " (udap-idp client list). The data holder has to register again and use the client_id of the answer.", text + ". The data holder has to register again and use the client_id of the answer."}
	case SuspendedClient:
		return Advice{
			"the operator of this server has suspended the client, so it was refused as it should be. When the reason is gone, resume it.",
			"the operator of this server has suspended the registration. Nothing has to be changed in what is sent; talk to us.",
		}
	case BadCode:
		text := "the data holder authenticated, but the code it sent was not good, as the description says. The person has to start again at the data holder; when it happens often, the data holder waits too long, sends requests twice or mixes up sessions."
		return both(text)
	case OurFailure:
		return Advice{
			"this failed on our side. The cause above and the log under the same request number say what; /readyz says whether the database answers.",
			"this failed on our side. Nothing has to be changed in what is sent; please try again.",
		}
	case TooMany:
		return Advice{Operator: "strangers sent more than is recorded one by one. If it goes on, limit the addresses named above in front of this server."}
	}
	text := "the description says what was sent and what was expected. The data holder has to change what it sends"
	return Advice{text + "; udap-idp check tells whether this server keeps its own part.", text + "."}
}

// Anchor is the last certificate that the chain of an attempt leads to, and whether it is an anchor: its own issuer.
func Anchor(a idp.Attempt) (top idp.AttemptCertificate, isAnchor, ok bool) {
	path := PathOf(a.Chain)
	if len(path) == 0 {
		return top, false, false
	}
	top = path[len(path)-1]
	return top, top.Subject == top.Issuer, true
}

// untrustedAnchor names the anchor that the chain leads to, and how to trust it.
func untrustedAnchor(a idp.Attempt) Advice {
	top, isAnchor, ok := Anchor(a)
	if !ok {
		text := "the message came without a certificate that can be read, so nothing can be trusted."
		return Advice{text, text + " The data holder has to send its certificate, and the CAs above it, in x5c."}
	}
	anchor := fmt.Sprintf("its anchor would be %s, which was not sent", top.Issuer)
	if isAnchor {
		anchor = fmt.Sprintf("its anchor would be %s with the SHA-256 fingerprint %s", top.Subject, top.SHA256)
	}
	text := "the chain leads to no trust anchor of this server: " + anchor + "."
	return Advice{
		text + " If you trust that community, get the certificate from the community itself, " +
			"not from this message, compare its fingerprint with what the community publishes, and add it: udap-idp community add --uri URI --name NAME --anchor FILE. " +
			"If you trust it already, the cause above says which link is missing: the data holder has to send the CA in between, or you name it with --intermediate.",
		text + " The data holder has to use a certificate of a trust community that this server is in, which its metadata names, and to send the CAs between that certificate and the anchor in x5c.",
	}
}

func otherURI(a idp.Attempt) string {
	named := "no URI at all"
	if len(a.Chain) > 0 && len(a.Chain[0].URIs) > 0 {
		named = a.Chain[0].URIs[0]
	}
	if a.Kind == idp.AttemptAuthentication {
		return "the certificate names " + named + ", but the client registered with another URI. The data holder has to use a certificate with the URI it registered with, or register anew with this one; the comparison is exact."
	}
	issuer := a.Issuer
	if issuer == "" {
		issuer = "-"
	}
	return "the certificate names " + named + ", but the statement says that it is from " + issuer + ". The data holder has to write its iss exactly as the URI in its certificate, up to the last slash."
}

// Letter is a text for the engineers of a data holder, in English: what was received and when, what was answered, what was looked
// at, and what to change. It holds nothing that they did not send or get themselves: not the cause, and no other data holder.
func Letter(a idp.Attempt, issuer string) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name+":", value)
		}
	}
	what := "Registration"
	if a.Kind == idp.AttemptAuthentication {
		what = "Client authentication at the token endpoint"
	}
	fmt.Fprintf(&b, "%s at %s\n\n", what, issuer)
	line("When", a.At.UTC().Format(time.RFC3339))
	line("From", a.RemoteIP)
	line("Request", a.RequestID)
	line("iss", a.Issuer)
	line("client_id", a.ClientID)
	if a.Status != 0 {
		line("Answer", strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Code)))
	}
	line("Description", a.Description)
	if len(a.Checks) > 0 {
		b.WriteString("\nWhat was checked\n")
		for _, check := range a.Checks {
			text := check.Name + ": " + check.Outcome
			if check.Outcome == idp.CheckFailed && check.Detail != "" && check.Detail != a.Description {
				text += ", " + check.Detail
			}
			b.WriteString("  " + text + "\n")
		}
	}
	if len(a.Chain) > 0 {
		b.WriteString("\nCertificates that were sent (x5c)\n")
		for i, c := range a.Chain {
			fmt.Fprintf(&b, "  %d. %s\n     issued by %s\n     valid %s to %s\n     SHA-256 %s\n", i+1, c.Subject, c.Issuer,
				c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339), c.SHA256)
			for _, uri := range c.URIs {
				b.WriteString("     URI " + uri + "\n")
			}
		}
	}
	if advice := Advise(a).Holder; advice != "" {
		b.WriteString("\nWhat to do\n  " + strings.ToUpper(advice[:1]) + advice[1:] + "\n")
	}
	return b.String()
}
