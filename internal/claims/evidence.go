package claims

import (
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// The trust frameworks of verified_claims.
const (
	// frameworkNIST is the value of OpenID Connect for Identity Assurance's own metadata example, for IAL2 where this
	// deployment is approved to assert it.
	frameworkNIST = "nist_800_63A"
	// frameworkIDI stands for the levels of the HL7 guide, which NIST does not endorse and which are not called by its name.
	frameworkIDI = "http://hl7.org/fhir/us/identity-matching"
)

// TrustFrameworks lists what a verification may name.
func TrustFrameworks(assertIAL2 bool) []string {
	if assertIAL2 {
		return []string{frameworkIDI, frameworkNIST}
	}
	return []string{frameworkIDI}
}

// documentTypes are the document types of the specification's predefined values, by ours. Evidence without one is not told
// of.
var documentTypes = map[idp.EvidenceType]string{
	idp.DriversLicense: "driving_permit", idp.MobileLicense: "driving_permit",
	idp.StateID: "idcard", idp.RealID: "idcard", idp.EnhancedID: "idcard", idp.PassportCard: "idcard",
	idp.Passport: "passport", idp.ResidentCard: "residence_permit",
	idp.BankStatement: "bank_statement", idp.UtilityBill: "utility_statement", idp.BirthCertificate: "birth_certificate",
}

// DocumentTypes lists the documents that evidence may be, for documents_supported.
func DocumentTypes() []string {
	var types []string
	for _, t := range documentTypes {
		if !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return types
}

// methods are how an event met the person.
var methods = map[string]string{
	idp.OnsiteAttended: "pipp", idp.RemoteAttended: "sripp", idp.RemoteUnattend: "uripp",
}

// Methods lists them, for documents_methods_supported.
func Methods() []string { return []string{"pipp", "sripp", "uripp"} }

// checkMethods are those that may be told, for documents_check_methods_supported.
var checkMethods = []string{"auth", "bvp", "bvr", "data", "kbv", "pvp", "pvr", "token", "vcrypt", "vdig", "vpip", "vpiruv", "vri"}

// CheckMethods lists them.
func CheckMethods() []string { return slices.Clone(checkMethods) }

// verification is everything that may be told of the event under a framework. A request takes from it what it asks for.
func (r *release) verification(framework, level string) map[string]any {
	out := map[string]any{"trust_framework": framework, "assurance_level": level}
	e := r.Proofing
	if !e.CompletedAt.IsZero() {
		out["time"] = timestamp(e.CompletedAt)
	}
	if e.VerificationProcess != "" {
		out["verification_process"] = e.VerificationProcess
	}
	var evidence []any
	for _, piece := range e.Evidence {
		if document, ok := r.document(piece); ok {
			evidence = append(evidence, document)
		}
	}
	if evidence != nil {
		out["evidence"] = evidence
	}
	return out
}

// document is a piece of evidence that was found genuine, without its number, which is nobody else's business.
func (r *release) document(piece idp.Evidence) (map[string]any, bool) {
	name, known := documentTypes[piece.Type]
	if !known || !piece.Validated {
		return nil, false
	}
	details := map[string]any{"type": name}
	put(details, "date_of_issuance", piece.IssuedOn)
	put(details, "date_of_expiry", piece.ExpiresOn)
	issuer := map[string]any{}
	put(issuer, "name", piece.IssuerName)
	put(issuer, "country", piece.IssuerCountry)
	put(issuer, "jurisdiction", piece.IssuerJurisdiction)
	if len(issuer) > 0 {
		details["issuer"] = issuer
	}
	out := map[string]any{"type": "document", "document_details": details}
	put(out, "method", methods[r.Proofing.Type])
	var checks []any
	for _, check := range r.Proofing.Checks {
		if check.EvidenceID != piece.ID || check.Result != idp.ResultPassed || !slices.Contains(checkMethods, check.Method) {
			continue
		}
		told := map[string]any{"check_method": check.Method}
		put(told, "organization", check.Organization)
		if !check.At.IsZero() {
			told["time"] = timestamp(check.At)
		}
		checks = append(checks, told)
	}
	if checks != nil {
		out["check_details"] = checks
	}
	return out, true
}

func put(into map[string]any, name, value string) {
	if value != "" {
		into[name] = value
	}
}

// timestamp: OpenID Connect for Identity Assurance §5.4.2: ISO 8601, in UTC.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
