package claims

import (
	"maps"
	"slices"
	"strings"
)

// Choice is what a person says yes or no to at once: a claim, with those that only say it again.
type Choice struct {
	Name   string   // of the claim that stands for all of them
	Claims []string // what is agreed to with a yes; the facts of verified_claims among them
	// Essential ones cannot be switched off: without them nobody is found, or the client says that it cannot do without.
	Essential bool
}

// IsIdentifier reports whether it is the Digital Identifier.
func (c Choice) IsIdentifier() bool { return c.Name == identifierName }

// repeats names the claims that say another one again, in parts or in other words: whoever switches the whole off means the
// parts as well.
var repeats = map[string]string{
	"given_name": "name", "middle_name": "name", "family_name": "name", "suffix": "name", "last_name": "name", "name_full": "name",
	"sex_legal":     "gender",
	"address_line1": "address", "address_line2": "address", "locality": "address", "region": "address", "postal_code": "address",
	"country": "address", "full_address": "address", "historical_address": "address_historical",
	"phone_number_verified": "phone_number", "email_verified": "email",
	"hl7_person_identifier": identifierName,
	"updated_at":            "name", // of the record that the name stands for
}

// ChoiceOf is the name of the choice that a claim belongs to.
func ChoiceOf(claim string) string {
	claim, _, _ = strings.Cut(claim, ".") // the facts of verified_claims
	if whole, ok := repeats[claim]; ok {
		return whole
	}
	return claim
}

// Choices lists what is released as a person decides about it, in the order in which she is shown it.
func (r Released) Choices() []Choice {
	var out []Choice
	for _, c := range r.Shown() {
		name := ChoiceOf(c.Name)
		i := slices.IndexFunc(out, func(c Choice) bool { return c.Name == name })
		if i < 0 {
			i = len(out)
			out = append(out, Choice{Name: name})
		}
		out[i].Claims = append(out[i].Claims, c.Name)
		out[i].Essential = out[i].Essential || slices.Contains(r.Essential, c.Name)
		if verified, ok := c.Value.(VerifiedClaims); ok {
			out[i].Claims = append(out[i].Claims, verified.factNames()...)
		}
	}
	return out
}

// Told lists the names of what a place holds, as a consent names them.
func Told(list []Claim) []string {
	var names []string
	for _, c := range list {
		add := []string{c.Name}
		if verified, ok := c.Value.(VerifiedClaims); ok {
			for _, inside := range verified.inside() {
				add = append(add, inside.Name)
			}
			add = append(add, verified.factNames()...)
		}
		for _, name := range add {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// factNames are the facts about the proofing, each under a name of its own, which is its way into verified_claims: a person
// who agreed that the level is told did not agree to her document's issuer.
func (v VerifiedClaims) factNames() []string {
	var names []string
	for _, e := range v.elements {
		names = paths(names, verifiedName, e.Verification)
	}
	return names
}

// paths adds the ways to every leaf, each once.
func paths(names []string, way string, node any) []string {
	switch node := node.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(node)) {
			names = paths(names, way+"."+name, node[name])
		}
	case []any:
		for _, entry := range node {
			names = paths(names, way, entry)
		}
	default:
		if !slices.Contains(names, way) {
			names = append(names, way)
		}
	}
	return names
}

// agreed reports whether a claim may go out.
func (r *release) agreed(name string) bool { return r.Offer || slices.Contains(r.Agreed, name) }

func (r *release) agreedFacts(v VerifiedClaims) bool {
	return !slices.ContainsFunc(v.factNames(), func(name string) bool { return !r.agreed(name) })
}

// essential are the claims without which nobody is found, those that the profile cannot be without, and those that the
// client marks (OIDC Core §5.5.1). Not the Digital Identifier, whatever the client says: whether it goes is the person's alone
// (HL7 Identity Matching IG 2.0.0, Digital Identifier).
func (r *release) essential() []string {
	names := []string{"name", "given_name", "family_name", "birthdate"}
	if r.Profile.isNetwork() {
		names = append(names, "uuid", "token_policy")
	}
	if r.Profile == ProfileUnified {
		names = append(names, verifiedName) // everything else is in it
	}
	for _, name := range allNames {
		isMarked := r.Asked.isEssential(inIDToken, name) || r.Asked.isEssential(inUserInfo, name)
		if isMarked && ChoiceOf(name) != identifierName && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// isEssential reports whether a claim is asked for with essential true; of verified_claims, whether any claim in it is.
func (p Parameter) isEssential(place where, name string) bool {
	if name == verifiedName {
		requests, _ := p.verified(place)
		return slices.ContainsFunc(requests, func(request map[string]any) bool {
			wanted, _ := request["claims"].(map[string]any)
			for _, constraint := range wanted {
				if marked(constraint) {
					return true
				}
			}
			return false
		})
	}
	return marked(p.wanted(place)[name])
}

func marked(constraint any) bool {
	object, _ := constraint.(map[string]any)
	essential, _ := object["essential"].(bool)
	return essential
}
