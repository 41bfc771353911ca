package dataholder

import (
	"errors"
	"fmt"
	"strings"
)

// Reason tells one cause of a failed walk from every other. It is part of /result.json.
type Reason string

// Reasons of any step that speaks HTTP.
const (
	ReasonBadAddress  Reason = "bad_address"      // an address that is not https, or http on a loopback host
	ReasonUnreachable Reason = "unreachable"      // no answer
	ReasonTooLarge    Reason = "answer_too_large" // more than we read
	ReasonStatus      Reason = "unexpected_status"
	ReasonContentType Reason = "unexpected_content_type"
	ReasonNotJSON     Reason = "not_json"
)

// Reasons of a certificate chain and its revocation lists.
const (
	ReasonUntrusted          Reason = "certificate_untrusted"
	ReasonCertificateExpired Reason = "certificate_expired"
	ReasonNoCRL              Reason = "crl_not_named"
	ReasonCRLUnavailable     Reason = "crl_unavailable"
	ReasonCRLMalformed       Reason = "crl_malformed"
	ReasonCRLIssuer          Reason = "crl_wrong_issuer"
	ReasonCRLSignature       Reason = "crl_bad_signature"
	ReasonCRLScope           Reason = "crl_incomplete"
	ReasonCRLStale           Reason = "crl_stale"
	ReasonCRLFuture          Reason = "crl_not_yet_valid"
	ReasonRevoked            Reason = "certificate_revoked"
)

// Reasons of discovery.
const (
	ReasonNotUDAP           Reason = "not_udap"
	ReasonVersions          Reason = "udap_versions"
	ReasonProfiles          Reason = "udap_profiles"
	ReasonMissingMember     Reason = "metadata_member_missing"
	ReasonRequiresExtension Reason = "metadata_requires_extension"
	ReasonRequiresCert      Reason = "metadata_requires_certification"
	ReasonGrantTypes        Reason = "metadata_grant_types"
	ReasonScopes            Reason = "metadata_scopes"
	ReasonAuthMethods       Reason = "metadata_auth_methods"
	ReasonAlgorithms        Reason = "metadata_algorithms"
	ReasonEndpoint          Reason = "metadata_endpoint"
	ReasonNoSignedMetadata  Reason = "signed_metadata_missing"
	ReasonMalformedJWT      Reason = "jwt_malformed"
	ReasonSignature         Reason = "jwt_bad_signature"
	ReasonIssuerSAN         Reason = "iss_not_in_certificate"
	ReasonIssuer            Reason = "iss_mismatch"
	ReasonSubject           Reason = "sub_mismatch"
	ReasonIssuedAt          Reason = "iat_invalid"
	ReasonExpired           Reason = "expired"
	ReasonLifetime          Reason = "lifetime_too_long"
	ReasonID                Reason = "jti_missing"
	ReasonEndpointSwapped   Reason = "signed_endpoint_differs"
	ReasonOpenIDIssuer      Reason = "openid_issuer_mismatch"
	ReasonOpenIDEndpoint    Reason = "openid_endpoint_differs"
	ReasonOpenIDMember      Reason = "openid_member_unusable"
)

// Reasons of registration, authorization and the token request.
const (
	ReasonRefused             Reason = "refused" // the server said no, in its own words
	ReasonClientID            Reason = "client_id_missing"
	ReasonStatementEcho       Reason = "software_statement_not_echoed"
	ReasonRegisteredParameter Reason = "registered_parameter_differs"
	ReasonState               Reason = "state_mismatch"
	ReasonDuplicate           Reason = "duplicate_parameter"
	ReasonResponseIssuer      Reason = "response_iss_mismatch"
	ReasonAccessDenied        Reason = "access_denied"
	ReasonCode                Reason = "code_missing"
	ReasonPendingExpired      Reason = "sign_in_expired"
	ReasonTokenType           Reason = "token_type"
	ReasonNoAccessToken       Reason = "access_token_missing"
	ReasonNoIDToken           Reason = "id_token_missing"
)

// Reasons of the ID Token and UserInfo.
const (
	ReasonKeys            Reason = "jwks_unusable"
	ReasonKeyID           Reason = "kid_not_in_jwks"
	ReasonKeyMismatch     Reason = "x5c_key_differs_from_jwks"
	ReasonKeySignature    Reason = "jwks_key_does_not_verify"
	ReasonAudience        Reason = "aud_mismatch"
	ReasonAuthorizedParty Reason = "azp_mismatch"
	ReasonNonce           Reason = "nonce_mismatch"
	ReasonAccessTokenHash Reason = "at_hash_mismatch"
	ReasonACR             Reason = "acr_missing"
	ReasonSubjectMissing  Reason = "sub_missing"
	ReasonUserInfoSubject Reason = "userinfo_sub_mismatch"
	ReasonUserInfoIssuer  Reason = "userinfo_iss_mismatch"
	ReasonBusy            Reason = "busy"
	ReasonInternal        Reason = "internal"
)

// Problem is why a walk ended. Message is in words that may be shown; Cause is for the log.
type Problem struct {
	Step    StepName
	Reason  Reason
	Message string
	Server  *ServerError // what the other side said, when it said something
	Cause   error
}

// ServerError is an error answer as it came (RFC 6749 §5.2, RFC 7591 §3.2.2).
type ServerError struct {
	Status      int    `json:"status,omitempty"` // of the HTTP answer; 0 when it came through the browser
	Code        string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func (p *Problem) Error() string {
	text := fmt.Sprintf("%s: %s: %s", p.Step, p.Reason, p.Message)
	if p.Cause == nil {
		return text
	}
	return text + ": " + p.Cause.Error()
}

func (p *Problem) Unwrap() error { return p.Cause }

// asProblem makes a Problem of any error: one that is not one is ours.
func asProblem(step StepName, err error) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	return &Problem{Step: step, Reason: ReasonInternal, Message: "Something went wrong on our side.", Cause: err}
}

// shorten cuts a text that came from outside to n characters and takes control characters out.
func shorten(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

// quoted is a value from outside inside a message of ours.
func quoted(s string) string {
	if s == "" {
		return "empty or missing"
	}
	return "“" + shorten(s, 200) + "”"
}

func quotedList(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return quoted(strings.Join(list, ", "))
}
