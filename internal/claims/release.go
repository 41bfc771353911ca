package claims

import (
	"slices"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// Scopes that ask for identity claims. ScopeUDAP asks for all of them that find a person: real data holders send just
// "udap openid email profile" and still have to find her.
const (
	ScopeOpenID            = "openid"
	ScopeUDAP              = "udap"
	ScopeProfile           = "profile"
	ScopeEmail             = "email"
	ScopePhone             = "phone"
	ScopeAddress           = "address"
	ScopeIdentityAssurance = "identity_assurance" // verified_claims
	ScopeHL7Identifier     = "hl7_identifier"
)

// Claim is one identity claim. Value is a string, a bool, an int, an int64, an Address, a list of those, or one of the
// structs of this package; it is never empty.
type Claim struct {
	Name  string
	Value any
}

// Request is everything that a release depends on.
type Request struct {
	Person idp.Person
	// Proofing is the event that Person.ProofingID names, Earlier the others that her attributes name.
	Proofing *idp.Proofing
	Earlier  []idp.Proofing
	// Identifier is her Digital Identifier, opened; "" when she has none or SharesIdentifier says no.
	Identifier string
	// UUID is her number in networks: random, the same for every client, and neither her sub nor her Digital Identifier.
	UUID string

	Profile    Profile
	Healthcare bool // the client's community is trusted with Digital Identifiers
	Scopes     []string
	Asked      Parameter // the claims parameter, and acr_values with it
	AssertIAL2 bool      // this deployment is approved to assert level 2

	// Agreed names the claims that the person agreed to share (Released.Choices). Nothing else goes out, unless Offer says
	// that nothing does: it is what she is asked about.
	Agreed []string
	Offer  bool

	AuthTime time.Time // of the sign-in; zero when there is none to judge
	AMR      []string
	Now      time.Time
}

// Released is what a data holder gets to know.
type Released struct {
	// IDToken and UserInfo are the identity claims of each, in a fixed order, none of them empty.
	IDToken, UserInfo []Claim
	// Level is the level of everything released: the minimum over it.
	Level idp.Level
	// ACR and AMR are the claims of the ID Token.
	ACR string
	AMR []string
	// IAL and AAL are idmanagement.gov URIs; "" when there is nothing to say.
	IAL, AAL string
	// Number is identity_assurance_level; 0 when nobody verified her.
	Number int
	// VerifiedAt is when the event in force was complete; zero without one.
	VerifiedAt time.Time
	// MatchWeight is the weight of the claims in a match (HL7 Identity Matching IG 2.0.0, Patient Matching); 10 is needed where
	// records go to a patient.
	MatchWeight int
	// Essential names the claims without which the request makes no sense to the client.
	Essential []string
	// Withheld says for each claim that could be there and is not, why.
	Withheld []Withheld
	// Refusal is why the request cannot be answered at all, nil when it can. Nothing is released then.
	Refusal *Refusal
}

// Release decides.
func Release(in Request) Released {
	r := newRelease(in)
	r.out.AMR = in.AMR
	r.collect()
	r.out.MatchWeight = matchWeight(append(slices.Clone(r.out.IDToken), r.out.UserInfo...))
	r.assure()
	r.addVerified()
	r.render()
	r.out.Essential = r.essential()
	if r.out.Refusal == nil {
		r.out.Refusal = r.refusal()
	}
	if r.out.Refusal != nil {
		r.out.IDToken, r.out.UserInfo = nil, nil
	}
	return r.out
}

// SharesIdentifier reports whether the Digital Identifier goes with the answer, so that it is opened only then.
func SharesIdentifier(in Request) bool {
	in.Identifier = "unopened"
	out := Release(in)
	has := func(list []Claim) bool {
		return slices.ContainsFunc(list, func(c Claim) bool { return c.Name == identifierName })
	}
	return has(out.IDToken) || has(out.UserInfo)
}

// release is a Release under way.
type release struct {
	Request
	attributes []idp.Attribute
	standing   idp.Level // in force for the person
	level      idp.Level // of the answer
	out        Released
}

func newRelease(in Request) *release {
	r := &release{Request: in, attributes: in.Person.WithAttributes().Attributes}
	r.standing = r.inForce()
	r.level = r.wholeLevel()
	r.out.Level = r.level
	return r
}

// where is a place that a claim may stand.
type where int

const (
	inIDToken where = iota
	inUserInfo
)

// collect fills in the claims that are asked for, and why the others are not there.
func (r *release) collect() {
	for _, s := range sources {
		inToken, inInfo := r.asked(s, inIDToken), r.asked(s, inUserInfo)
		if !inToken && !inInfo {
			r.withhold(s.name, NotAsked)
			continue
		}
		if !r.agreed(s.name) {
			r.withhold(s.name, NotAgreed)
			continue
		}
		value, reason := r.value(s)
		if reason != "" {
			r.withhold(s.name, reason)
			continue
		}
		inToken = inToken && r.fits(s, inIDToken, value)
		inInfo = inInfo && r.fits(s, inUserInfo, value)
		if inToken {
			r.out.IDToken = append(r.out.IDToken, Claim{s.name, value})
		}
		if inInfo {
			r.out.UserInfo = append(r.out.UserInfo, Claim{s.name, value})
		}
		if !inToken && !inInfo {
			r.withhold(s.name, NotMatching)
		}
	}
}

// asked reports whether a scope or the claims parameter asks for the claim in that place.
func (r *release) asked(s source, place where) bool {
	if r.byScope(s, place) {
		return true
	}
	// OIDC Core §5.5: claims may be asked for one by one. Not the Digital Identifier, which a data holder has to be granted.
	return s.scope != ScopeHL7Identifier && r.Asked.asks(place, s.name)
}

func (r *release) byScope(s source, place where) bool {
	if !r.granted(s.scope) {
		return false
	}
	if place == inUserInfo {
		return true
	}
	if r.Profile == ProfileUnified && s.kind != "" {
		return false // in verified_claims only
	}
	if r.Profile == ProfileTEFCA && s.name == "name_historical" {
		return false // it has no list of earlier names
	}
	return !s.more || r.Profile.isNetwork() && s.kind != "" && s.kind != idp.AttributeLanguage
}

// granted reports whether a scope, or udap in its place, was granted.
func (r *release) granted(scope string) bool {
	return slices.Contains(r.Scopes, scope) || slices.Contains(r.Scopes, ScopeUDAP)
}

// fits reports whether a value is what the claims parameter wants it to be. OIDC Core §5.5.1, OpenID Connect for Identity
// Assurance §6.5.3: a claim with another value is left out, which is no error. What a scope asks for stands.
func (r *release) fits(s source, place where, value any) bool {
	return r.byScope(s, place) || r.Asked.allows(place, s.name, value)
}

// assure fills in the levels and acr.
func (r *release) assure() {
	r.out.IAL, r.out.Number = r.ial()
	r.out.AAL = assurance.AAL(r.AMR)
	if r.standing != idp.Unverified {
		r.out.VerifiedAt = r.verifiedAt()
	}
	r.out.ACR, r.out.Refusal = r.acr()
}

// Shown is everything of both places, each claim once, with what is inside of verified_claims under its own name, as the
// person has to see it.
func (r Released) Shown() []Claim {
	var shown []Claim
	add := func(c Claim) {
		if !slices.ContainsFunc(shown, func(s Claim) bool { return s.Name == c.Name }) {
			shown = append(shown, c)
		}
	}
	for _, list := range [][]Claim{r.IDToken, r.UserInfo} {
		for _, c := range list {
			if verified, ok := c.Value.(VerifiedClaims); ok {
				for _, inside := range verified.inside() {
					add(inside)
				}
			}
		}
	}
	for _, list := range [][]Claim{r.IDToken, r.UserInfo} {
		for _, c := range list {
			add(c)
		}
	}
	slices.SortStableFunc(shown, func(a, b Claim) int { return place(a.Name) - place(b.Name) })
	return shown
}

// place is where a claim stands in Names.
func place(name string) int {
	if i := slices.Index(allNames, name); i >= 0 {
		return i
	}
	return len(allNames)
}
