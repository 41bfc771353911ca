package claims

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

const verifiedName = "verified_claims"

// VerifiedClaims is the claim verified_claims (OpenID Connect for Identity Assurance 1.0 §5): one element, or a list.
type VerifiedClaims struct {
	elements []element
	isList   bool
}

type element struct {
	Verification map[string]any `json:"verification"`
	Claims       map[string]any `json:"claims"`
}

// MarshalJSON writes one element as an object.
func (v VerifiedClaims) MarshalJSON() ([]byte, error) {
	if !v.isList && len(v.elements) == 1 {
		return json.Marshal(v.elements[0])
	}
	return json.Marshal(v.elements)
}

// Facts lists what the verification tells, without the claims in it, as pairs of a member's name and its value.
func (v VerifiedClaims) Facts() [][2]string {
	var facts [][2]string
	for _, e := range v.elements {
		facts = append(facts, flatten("", e.Verification)...)
	}
	return facts
}

func flatten(name string, node any) [][2]string {
	var facts [][2]string
	switch node := node.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			facts = append(facts, flatten(name, node[name])...)
		}
	case []any:
		for _, entry := range node {
			facts = append(facts, flatten(name, entry)...)
		}
	default:
		facts = append(facts, [2]string{name, fmt.Sprint(node)})
	}
	return facts
}

// inside is the claims of all elements.
func (v VerifiedClaims) inside() []Claim {
	var list []Claim
	for _, e := range v.elements {
		for _, name := range slices.Sorted(maps.Keys(e.Claims)) {
			list = append(list, Claim{name, e.Claims[name]})
		}
	}
	return list
}

// verifiedNames are the claims that may stand in verified_claims: no flags, which would say there what is said already, and
// nothing that is no attribute of the person.
var verifiedNames = []string{"name", "given_name", "middle_name", "family_name", "suffix", "birthdate", "gender", "address", "phone_number", "email"}

// unifiedNames are those that only the profile unified has there besides.
var unifiedNames = []string{"name_historical", "address_historical", "phone_number_historical", "sex_legal"}

// VerifiedNames lists the claims that may stand in verified_claims, for claims_in_verified_claims_supported.
func VerifiedNames() []string { return append(slices.Clone(verifiedNames), unifiedNames...) }

// ordinaryNames are the claims that the scope identity_assurance puts there.
var ordinaryNames = []string{"given_name", "middle_name", "family_name", "birthdate", "address", "phone_number", "email"}

// addVerified adds verified_claims where it is asked for: by the claims parameter, in its words, and otherwise in the ID Token
// by the scope identity_assurance or by the profile unified.
func (r *release) addVerified() {
	available, reason := r.verifications()
	asked, given := false, false
	for _, place := range []where{inIDToken, inUserInfo} {
		requests, isList := r.Asked.verified(place)
		if len(requests) == 0 {
			request := r.ordinaryRequest(place)
			if request == nil {
				continue
			}
			requests = []map[string]any{request}
		}
		asked = true
		if !r.agreed(verifiedName) {
			reason = NotAgreed
			continue
		}
		out := VerifiedClaims{isList: isList}
		for _, request := range requests {
			if e, ok := r.answer(request, available); ok {
				out.elements = append(out.elements, e)
			}
		}
		if len(out.elements) == 0 {
			continue
		}
		if !r.agreedFacts(out) {
			reason = NotAgreed
			continue
		}
		given = true
		into := &r.out.IDToken
		if place == inUserInfo {
			into = &r.out.UserInfo
		}
		*into = append(*into, Claim{verifiedName, out})
	}
	switch {
	case given:
	case !asked:
		r.withhold(verifiedName, NotAsked)
	case reason != "":
		r.withhold(verifiedName, reason)
	default:
		r.withhold(verifiedName, NotVerified)
	}
}

func (r *release) has(place where, name string) bool {
	list := r.out.IDToken
	if place == inUserInfo {
		list = r.out.UserInfo
	}
	return slices.ContainsFunc(list, func(c Claim) bool { return c.Name == name })
}

// ordinaryRequest is what a scope or the profile asks for, in the words of the claims parameter; nil for nothing.
func (r *release) ordinaryRequest(place where) map[string]any {
	if place != inIDToken || r.Profile != ProfileUnified && !slices.Contains(r.Scopes, ScopeIdentityAssurance) {
		return nil
	}
	wanted, list := map[string]any{}, ordinaryNames
	if r.Profile == ProfileUnified {
		list = slices.Concat(ordinaryNames, unifiedNames)
	}
	for _, name := range list {
		if r.granted(scopeOf(name)) {
			wanted[name] = nil
		}
	}
	verification := map[string]any{"trust_framework": nil, "assurance_level": nil}
	if r.Profile != ProfileUnified {
		verification["time"], verification["verification_process"] = nil, nil
	}
	return map[string]any{"verification": verification, "claims": wanted}
}

func scopeOf(name string) string {
	if name == "sex_legal" {
		return ScopeProfile
	}
	for _, s := range sources {
		if s.name == name {
			return s.scope
		}
	}
	return ""
}

// verifications are the frameworks under which the event can be told, the one to prefer first.
func (r *release) verifications() ([]map[string]any, Reason) {
	switch {
	case r.expired():
		return nil, Expired
	case r.Person.ProofingID == "" || r.standing == idp.Unverified || !r.level.AtLeast(idp.IDIAL1_2):
		return nil, NoEvent // nothing was verified, or what was verified is not on record
	}
	var list []map[string]any
	if r.assertsIAL2() {
		list = append(list, r.verification(frameworkNIST, "ial2"))
	}
	return append(list, r.verification(frameworkIDI, string(r.level))), ""
}

// answer is the element for one request, under the first framework that meets it.
//
// OpenID Connect for Identity Assurance §6.5: when a constraint within verification is not met, the whole element is left out;
// that is never an error. Nothing of the verification is told that was not asked for, but trust_framework, without which an
// element is not valid.
func (r *release) answer(request map[string]any, available []map[string]any) (element, bool) {
	wanted, _ := request["claims"].(map[string]any)
	values := map[string]any{}
	for name, constraint := range wanted {
		value, known := r.verifiedValue(name)
		if known && matches(constraint, value) && r.agreed(name) {
			values[name] = value
		}
	}
	if len(values) == 0 {
		return element{}, false
	}
	for _, have := range available {
		told, met := r.project(request["verification"], have)
		if !met {
			continue
		}
		verification, _ := told.(map[string]any)
		if verification == nil {
			verification = map[string]any{}
		}
		verification["trust_framework"] = have["trust_framework"]
		return element{verification, values}, true
	}
	return element{}, false
}

// project takes from what there is what is asked for. met is false when a constraint is not met; nil is nothing.
func (r *release) project(asked, have any) (told any, met bool) {
	switch have := have.(type) {
	case map[string]any:
		wanted, _ := asked.(map[string]any)
		return r.projectObject(wanted, have)
	case []any:
		return r.projectList(asked, have)
	case nil:
		return nil, !constrains(asked)
	}
	constraint, _ := asked.(map[string]any)
	if !matches(asked, have) || !r.youngEnough(constraint, have) {
		return nil, false
	}
	for name := range constraint {
		if !isConstraint(map[string]any{name: nil}) {
			return nil, !constrains(asked) // asks for members of what has none
		}
	}
	return have, true
}

func (r *release) projectObject(wanted, have map[string]any) (any, bool) {
	out := map[string]any{}
	for name, asked := range wanted {
		if name == "value" || name == "values" || name == "max_age" {
			return nil, false // a constraint on what is no single value
		}
		told, met := r.project(asked, have[name])
		if !met {
			return nil, false
		}
		if told != nil {
			out[name] = told
		}
	}
	if len(out) == 0 {
		return nil, true
	}
	return out, true
}

// projectList takes the entries that meet one of several filters.
func (r *release) projectList(asked any, have []any) (any, bool) {
	filters, isList := asked.([]any)
	if !isList && asked != nil {
		filters = []any{asked}
	}
	if len(filters) == 0 {
		return nil, true
	}
	var out []any
	for _, entry := range have {
		for _, filter := range filters {
			if told, met := r.project(filter, entry); met && told != nil {
				out = append(out, told)
				break
			}
		}
	}
	if out == nil {
		return nil, false
	}
	return out, true
}

// constrains reports whether a request for something that is not there fails: it has a constraint somewhere.
func constrains(asked any) bool {
	switch asked := asked.(type) {
	case map[string]any:
		for name, child := range asked {
			if name == "value" || name == "values" || name == "max_age" || constrains(child) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(asked, constrains)
	}
	return false
}

// youngEnough: OpenID Connect for Identity Assurance §6.4.2: max_age, in seconds, on any date or time.
func (r *release) youngEnough(constraint map[string]any, have any) bool {
	number, there := constraint["max_age"].(json.Number)
	if !there {
		return true
	}
	text, _ := have.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse(time.DateOnly, text)
	}
	seconds, wrong := number.Int64()
	return err == nil && wrong == nil && r.Now.Sub(at).Seconds() <= float64(seconds)
}

// verifiedValue is a value that the event in force verified: not one that is merely consistent with its evidence, and not one
// that another event verified.
func (r *release) verifiedValue(name string) (any, bool) {
	ours := *r
	ours.attributes = slices.DeleteFunc(slices.Clone(r.attributes), func(a idp.Attribute) bool {
		isFirst := a.Kind == idp.AttributeName || a.Kind == idp.AttributeBirthdate
		return !(a.Status == idp.Verified && a.ProofingID == r.Person.ProofingID && r.worth(a).AtLeast(r.level)) && !isFirst
	})
	known := name
	switch {
	case name == "sex_legal" && r.Profile == ProfileUnified:
		known = "gender"
	case slices.Contains(unifiedNames, name) && r.Profile != ProfileUnified, !slices.Contains(VerifiedNames(), name), name == "sex_legal":
		return nil, false
	}
	for _, s := range sources {
		if s.name != known {
			continue
		}
		value, reason := ours.value(s)
		if reason != "" {
			return nil, false
		}
		if a, _ := ours.pick(s.kind); !s.more && (a.Status != idp.Verified || a.ProofingID != r.Person.ProofingID) {
			return nil, false
		}
		return value, true
	}
	return nil, false
}
