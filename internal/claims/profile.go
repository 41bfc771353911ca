package claims

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Profile is the payload profile of a client: in which words it reads its tokens.
type Profile string

const (
	ProfileOIDC    Profile = "oidc"      // OpenID Connect Core, with acr as acr_values prefers
	ProfileUDAP    Profile = "udap"      // the same claims, with acr as the level of the identity
	ProfileCMS     Profile = "cms_can"   // CMS-aligned networks: patient matching proposal 3.3.0 (draft), and what Blue Button enforces
	ProfileTEFCA   Profile = "tefca_ias" // TEFCA individual access services, as far as is known second-hand
	ProfileUnified Profile = "unified"   // Unified Identity Token Payload 0.1 (a discussion paper)
)

// Profiles lists them.
var Profiles = []Profile{ProfileOIDC, ProfileUDAP, ProfileCMS, ProfileTEFCA, ProfileUnified}

// ParseProfile reads a profile; "" is udap.
func ParseProfile(s string) (Profile, error) {
	if s == "" {
		return ProfileUDAP, nil
	}
	if !slices.Contains(Profiles, Profile(s)) {
		names := make([]string, len(Profiles))
		for i, p := range Profiles {
			names[i] = string(p)
		}
		return "", fmt.Errorf("%q is not a payload profile: one of %s", s, strings.Join(names, ", "))
	}
	return Profile(s), nil
}

// NetworkAge is the oldest sign-in that a token of a network may be of: its readers refuse an older one.
const NetworkAge = 300 * time.Second

// isNetwork reports whether the profile promises level 2 to a network.
func (p Profile) isNetwork() bool {
	return p == ProfileCMS || p == ProfileTEFCA || p == ProfileUnified
}

// MaxAge is the oldest sign-in that the profile takes, 0 for any.
func (p Profile) MaxAge() time.Duration {
	if p.isNetwork() {
		return NetworkAge
	}
	return 0
}

// NeedsUUID reports whether the profile has the number that a person has in all networks.
func (p Profile) NeedsUUID() bool { return p == ProfileCMS || p == ProfileUnified }

// Supports reports why a server of this kind can answer no request of the profile at all, nil when it can. algorithm is that
// of the key that signs for the client.
func (p Profile) Supports(assertIAL2 bool, algorithm string) *Refusal {
	if !p.isNetwork() {
		return nil
	}
	if !assertIAL2 {
		return &Refusal{Code: UnmetRequirements, Description: "this server is not approved to assert identity assurance level 2, which the payload profile " + string(p) + " promises"}
	}
	// What its readers enforce: RS256 only.
	if algorithm != "RS256" {
		return &Refusal{Code: UnmetRequirements, Description: "the payload profile " + string(p) + " is signed with RS256, and this server has no such key in the trust community of the client"}
	}
	return nil
}

// profileNames are the claims that only profiles have, for claims_supported.
var profileNames = []string{
	"last_name", "name_full", "address_line1", "address_line2", "locality", "region", "postal_code", "country", "full_address",
	"historical_address", "sex_legal", "uuid", "token_policy",
}

// TokenPolicy is token_policy of the CMS proposal's later redline. The framework is spelt in lower case there.
type TokenPolicy struct {
	TrustFramework string `json:"trust_framework"`
	AssuranceLevel string `json:"assurance_level"`
}

// render adds what the profile has besides. It says the same values in other words, so it adds none that is not there.
func (r *release) render() {
	switch r.Profile {
	case ProfileCMS:
		r.renderCMS()
	case ProfileTEFCA:
		r.add("historical_address", r.inToken("address_historical"))
	case ProfileUnified:
		r.add("uuid", r.UUID)
	}
	for _, name := range profileNames {
		if !r.has(inIDToken, name) && !(name == "sex_legal" && r.Profile == ProfileUnified) {
			r.withhold(name, NotInToken)
		}
	}
}

func (r *release) renderCMS() {
	r.add("last_name", r.inToken("family_name"))
	r.add("name_full", r.inToken("name"))
	if r.inToken("address") != nil {
		a, _ := r.pick(idp.AttributeAddress)
		flat := newFlatAddress(*a.Address)
		r.add("address_line1", flat.AddressLine1)
		r.add("address_line2", flat.AddressLine2)
		r.add("locality", flat.Locality)
		r.add("region", flat.Region)
		r.add("postal_code", flat.PostalCode)
		r.add("country", flat.Country)
		r.add("full_address", flat.FullAddress)
	}
	if r.inToken("address_historical") != nil {
		r.add("historical_address", r.formerOIDCAddresses())
	}
	r.add("uuid", r.UUID)
	r.add("token_policy", TokenPolicy{"nist_800_63a", "ial2"})
}

func (r *release) add(name string, value any) {
	if !isEmpty(value) && r.agreed(name) {
		r.out.IDToken = append(r.out.IDToken, Claim{name, value})
	}
}

// inToken is the value of a claim of the ID Token, nil when it is not there.
func (r *release) inToken(name string) any {
	for _, c := range r.out.IDToken {
		if c.Name == name {
			return c.Value
		}
	}
	return nil
}

// refusal is why the profile, or the account, does not let the request be answered.
func (r *release) refusal() *Refusal {
	if r.Person.State != "" && r.Person.State != idp.PersonActive {
		return &Refusal{Code: "access_denied", Description: "the account is not in use"}
	}
	if !r.Profile.isNetwork() {
		return nil
	}
	profile := "the payload profile " + string(r.Profile)
	if refusal := r.Profile.Supports(r.AssertIAL2, "RS256"); refusal != nil {
		return refusal
	}
	if r.out.Number < 2 {
		return &Refusal{Code: UnmetRequirements, Description: "the identity is not verified at level 2, which " + profile + " promises"}
	}
	if !r.AuthTime.IsZero() && (r.Now.Sub(r.AuthTime) > NetworkAge || r.AuthTime.Sub(r.Now) >= time.Second) {
		return &Refusal{Code: "login_required", Description: profile + " takes a sign-in of the last 300 seconds only", Again: true}
	}
	return r.incomplete(profile)
}

// incomplete: the three claims without which readers of a network's token refuse it.
func (r *release) incomplete(profile string) *Refusal {
	told := map[string]any{}
	for _, c := range r.out.IDToken {
		if v, ok := c.Value.(VerifiedClaims); ok && r.Profile == ProfileUnified {
			for _, inside := range v.inside() {
				told[inside.Name] = inside.Value
			}
		}
		told[c.Name] = c.Value
	}
	for _, name := range []string{"given_name", "family_name", "birthdate"} {
		if told[name] == nil {
			return &Refusal{Code: UnmetRequirements, Description: profile + " needs " + name + ", which is not there at level 2"}
		}
	}
	if r.Profile != ProfileCMS {
		return nil
	}
	for _, name := range []string{"given_name", "family_name"} {
		value, _ := told[name].(string)
		if strings.ContainsFunc(value, isBeyondLatin) {
			return &Refusal{Code: UnmetRequirements, Description: profile + " takes letters up to Latin Extended-A (U+017F) only, and " + name + " has another"}
		}
	}
	return nil
}

// isBeyondLatin: what CMS Blue Button enforces. The name is refused, not rewritten: another spelling would be another name.
func isBeyondLatin(c rune) bool { return c > '\u017f' }
