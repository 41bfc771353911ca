package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// EvidenceInput is a document as it is presented.
type EvidenceInput = idp.EvidenceInput

// statesIssue are the types that a state issues, so that which one it was belongs to the record.
var statesIssue = []idp.EvidenceType{idp.DriversLicense, idp.StateID, idp.RealID, idp.EnhancedID, idp.MobileLicense}

// supportable are the kinds of attribute that evidence can tell.
var supportable = []idp.AttributeKind{
	idp.AttributeName, idp.AttributeBirthdate, idp.AttributeSex, idp.AttributeAddress, idp.AttributePhone, idp.AttributeEmail,
}

func checkEvidence(in *EvidenceInput) error {
	in.Jurisdiction, in.Country, in.Issuer = strings.ToUpper(strings.TrimSpace(in.Jurisdiction)), strings.ToUpper(strings.TrimSpace(in.Country)), strings.Join(strings.Fields(in.Issuer), " ")
	if in.Country == "" {
		in.Country = "US"
	}
	switch {
	case !assurance.KnownEvidence(in.Type):
		return refuse("evidence_type", "%q is not a type of evidence: one of %s", in.Type, strings.Join(assurance.EvidenceTypes(), ", "))
	case slices.Contains(statesIssue, in.Type) && in.Jurisdiction == "":
		return refuse("jurisdiction", "which state issued the %s must be given, with its two letters", in.Type)
	case in.Issuer == "" && in.Jurisdiction == "" && in.Type != idp.Passport && in.Type != idp.PassportCard:
		return refuse("issuer", "who issued the %s must be given", in.Type)
	case len(in.Supports) == 0:
		return refuse("supports", "what the %s says about the person must be given: of %s", in.Type, kinds(supportable))
	}
	for _, kind := range in.Supports {
		if !slices.Contains(supportable, kind) {
			return refuse("supports", "%q is nothing that evidence tells: one of %s", kind, kinds(supportable))
		}
	}
	for _, date := range []string{in.IssuedOn, in.ExpiresOn} {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return refuse("date", "%q is not a date; write it as year-month-day, such as 2031-01-31", date)
		}
	}
	return nil
}

func kinds(all []idp.AttributeKind) string {
	names := make([]string, len(all))
	for i, kind := range all {
		names[i] = string(kind)
	}
	return strings.Join(names, ", ")
}

// AddEvidence records a document. It counts once a check has found it genuine.
func (i *Identity) AddEvidence(ctx context.Context, id string, in EvidenceInput, by idp.Reading) (idp.Evidence, error) {
	var added idp.Evidence
	_, err := i.change(ctx, id, by, func(s *step) (err error) {
		if err = s.draft(); err != nil {
			return err
		}
		added, err = i.addEvidence(s, in)
		return err
	})
	return added, err
}

func (i *Identity) addEvidence(s *step, in EvidenceInput) (idp.Evidence, error) {
	if err := checkEvidence(&in); err != nil {
		return idp.Evidence{}, err
	}
	e := idp.Evidence{
		ID: fmt.Sprintf("e%d", len(s.p.Evidence)+1), Type: in.Type, IssuerName: in.Issuer, IssuerCountry: in.Country, IssuerJurisdiction: in.Jurisdiction,
		IssuedOn: in.IssuedOn, ExpiresOn: in.ExpiresOn, HasPhoto: assurance.IsPhotoID(in.Type), Supports: in.Supports,
	}
	if in.HasPhoto != nil {
		e.HasPhoto = *in.HasPhoto
	}
	if err := i.sealNumber(&e, in.Number); err != nil {
		return idp.Evidence{}, err
	}
	s.p.Evidence = append(s.p.Evidence, e)
	i.note(s, "proofing.evidence", e.ID+" "+string(e.Type))
	return e, nil
}

// sealNumber puts a number away: encrypted, with a keyed digest that finds it again and its last four characters, which is what
// anybody sees of it.
func (i *Identity) sealNumber(e *idp.Evidence, number string) error {
	normal := normalNumber(number)
	if normal == "" {
		return nil
	}
	var err error
	if e.SealedNumber, err = i.Sealer.Seal([]byte(strings.TrimSpace(number)), evidencePurpose); err != nil {
		return fmt.Errorf("number of evidence: %w", err)
	}
	issuer := strings.ToLower(e.IssuerCountry + "/" + e.IssuerJurisdiction + "/" + e.IssuerName)
	if e.NumberIndex, err = i.Sealer.Digest([]byte(string(e.Type)+"|"+issuer+"|"+normal), evidencePurpose); err != nil {
		return fmt.Errorf("number of evidence: %w", err)
	}
	if len(normal) > 4 { // of a shorter one, that would be all
		e.NumberEnd = normal[len(normal)-4:]
	}
	return nil
}

// normalNumber leaves letters and digits, in capitals.
func normalNumber(number string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, number)
}

// EvidenceNumber opens the number of a piece of evidence, after it has recorded who reads it and why.
func (i *Identity) EvidenceNumber(ctx context.Context, id, evidenceID string, why idp.Reading) (string, error) {
	p, err := i.Store.Proofing(ctx, id)
	if err != nil {
		return "", err
	}
	e, err := (&step{p: p}).evidence(evidenceID)
	if err != nil || len(e.SealedNumber) == 0 {
		return "", err
	}
	if err := i.Store.Audit(ctx, i.event(why, "evidence.read", p.PersonID, p.ID+" "+e.ID+" "+why.Purpose)); err != nil {
		return "", fmt.Errorf("number of evidence: %w", err)
	}
	number, err := i.Sealer.Unseal(e.SealedNumber, evidencePurpose)
	if err != nil {
		return "", fmt.Errorf("number of evidence: %w", err)
	}
	return string(number), nil
}

// Methods of a check are those of OpenID Connect for Identity Assurance 1.0, and, about fraud, what was looked for.
var (
	checkMethods = []string{"vpip", "vpiruv", "vri", "vdig", "vcrypt", "data", "auth", "token", "kbv", "pvp", "pvr", "bvp", "bvr"}
	fraudMethods = []string{"mortality", "synthetic", "duplicate", "other"}
	purposes     = []string{assurance.PurposeValidation, assurance.PurposeVerification, assurance.PurposeResolution, assurance.PurposeFraud}
	results      = []string{idp.ResultPassed, idp.ResultFailed}
)

// RecordCheck records what was done with evidence, or about fraud. A validation decides whether the evidence counts.
func (i *Identity) RecordCheck(ctx context.Context, id string, c idp.ProofingCheck, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		return i.recordCheck(s, c)
	})
}

func (i *Identity) recordCheck(s *step, c idp.ProofingCheck) error {
	methods := checkMethods
	if c.Purpose == assurance.PurposeFraud {
		methods = fraudMethods
	}
	switch {
	case !slices.Contains(purposes, c.Purpose):
		return refuse("purpose", "%q is not a purpose of a check: one of %s", c.Purpose, strings.Join(purposes, ", "))
	case !slices.Contains(methods, c.Method):
		return refuse("method", "%q is not a method for a check of %s: one of %s", c.Method, c.Purpose, strings.Join(methods, ", "))
	case !slices.Contains(results, c.Result):
		return refuse("result", "%q is not a result: passed or failed", c.Result)
	case c.Purpose == assurance.PurposeValidation && c.EvidenceID == "":
		return refuse("evidence", "which evidence was validated must be given")
	}
	if err := s.happened(&c.At); err != nil {
		return err
	}
	if c.EvidenceID != "" {
		e, err := s.evidence(c.EvidenceID)
		if err != nil {
			return err
		}
		if c.Purpose == assurance.PurposeValidation {
			e.Validated = c.Result == idp.ResultPassed
			e.Cryptographic = e.Validated && (e.Cryptographic || c.Method == "vcrypt")
			e.ValidatedWith = c.Organization
		}
	}
	s.p.Checks = append(s.p.Checks, c)
	i.note(s, "proofing.check", strings.Join([]string{c.EvidenceID, c.Purpose, c.Method, c.Result}, " "))
	return nil
}

// happened fills in now, and refuses what is not in the time of the event.
func (s *step) happened(at *time.Time) error {
	if at.IsZero() {
		*at = s.now
		if !s.p.CompletedAt.IsZero() {
			*at = s.p.CompletedAt
		}
	}
	*at = at.UTC().Truncate(time.Microsecond)
	if at.Before(s.p.StartedAt) || at.After(s.now) {
		return refuse("time", "%s is not within the event, which began at %s", at.Format(time.RFC3339), s.p.StartedAt.Format(time.RFC3339))
	}
	return nil
}

// RecordComparison records the comparison of the person with the photo on her evidence. The last one counts.
func (i *Identity) RecordComparison(ctx context.Context, id string, c idp.PhotoComparison, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		return i.recordComparison(s, c)
	})
}

func (i *Identity) recordComparison(s *step, c idp.PhotoComparison) error {
	if !slices.Contains(results, c.Result) {
		return refuse("result", "%q is not a result: passed or failed", c.Result)
	}
	e, err := s.evidence(c.EvidenceID)
	if err != nil {
		return err
	}
	if !e.HasPhoto {
		return refuse("photo", "the %s has no photo to compare the person with", e.Type)
	}
	if !assurance.ComparisonFits(c.Method, s.p.Type) {
		return refuse("method", "a comparison by %q cannot be part of an event that is %s", c.Method, s.p.Type)
	}
	if err := s.happened(&c.At); err != nil {
		return err
	}
	s.p.Comparison = &c
	i.note(s, "proofing.comparison", c.EvidenceID+" "+c.Method+" "+c.Result)
	return nil
}

// AddressInput says how the home address was confirmed.
type AddressInput = idp.AddressInput

// ConfirmAddress makes an address the address of record.
func (i *Identity) ConfirmAddress(ctx context.Context, id string, in AddressInput, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		return i.confirmAddress(s, in)
	})
}

func (i *Identity) confirmAddress(s *step, in AddressInput) error {
	if in.Attribute == "" {
		in.Attribute = string(idp.AttributeAddress)
	}
	a, err := s.attribute(in.Attribute)
	if err != nil {
		return err
	}
	if a.Kind != idp.AttributeAddress {
		return refuse("attribute", "a %s cannot be the address of record", a.Kind)
	}
	if err := s.happened(&in.At); err != nil {
		return err
	}
	switch in.Method {
	case assurance.AddressByEvidence:
		e, err := s.evidence(in.EvidenceID)
		if err != nil {
			return err
		}
		if !slices.Contains(e.Supports, idp.AttributeAddress) {
			return refuse("supports", "the %s does not say the address", e.Type)
		}
	case assurance.AddressBySource:
		if in.Source == "" {
			return refuse("source", "the authoritative source must be named")
		}
		check := idp.ProofingCheck{Method: "data", Purpose: assurance.PurposeVerification, Organization: in.Source, At: in.At, Result: idp.ResultPassed, Note: "address of record"}
		if err := i.recordCheck(s, check); err != nil {
			return err
		}
	case assurance.AddressByCode:
		if !slices.ContainsFunc(s.p.Contacts, func(c idp.ContactConfirmation) bool {
			return c.Channel == idp.ChannelPostal && c.AttributeID == a.ID && !c.ConfirmedAt.IsZero()
		}) {
			return refuse("code", "no code that was sent to this address by post has come back: send one, and confirm it")
		}
	default:
		return refuse("method", "%q is not a way to confirm an address: evidence, authoritative_source or mailed_code", in.Method)
	}
	s.p.Address = &idp.AddressConfirmation{AttributeID: a.ID, Method: in.Method, EvidenceID: in.EvidenceID, ConfirmedAt: in.At}
	i.note(s, "proofing.address", in.Method)
	return nil
}

// ClaimAttributes says how the event leaves attributes of the person. For those that it does not name, the evidence decides when
// the event is completed.
func (i *Identity) ClaimAttributes(ctx context.Context, id string, claims []idp.ProofingClaim, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		return i.claimAttributes(s, claims)
	})
}

func (i *Identity) claimAttributes(s *step, claims []idp.ProofingClaim) error {
	for _, c := range claims {
		a, err := s.attribute(c.AttributeID)
		if err != nil {
			return err
		}
		c.AttributeID = a.ID
		if !slices.Contains([]idp.AttributeStatus{idp.SelfAsserted, idp.Consistent, idp.Verified}, c.Status) {
			return refuse("status", "%q is not how an attribute can be left: self-asserted, consistent or verified", c.Status)
		}
		if c.EvidenceID != "" {
			if _, err := s.evidence(c.EvidenceID); err != nil {
				return err
			}
		}
		if c.Method == "" && c.EvidenceID != "" {
			c.Method = "evidence"
		}
		s.p.Claims = slices.DeleteFunc(slices.Clone(s.p.Claims), func(old idp.ProofingClaim) bool { return old.AttributeID == a.ID })
		s.p.Claims = append(s.p.Claims, c)
		i.note(s, "proofing.claim", string(a.Kind)+" "+string(c.Status))
	}
	return nil
}
