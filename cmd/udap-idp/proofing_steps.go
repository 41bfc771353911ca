package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"udap-idp/internal/assurance"
	"udap-idp/internal/brand"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

type proofingEvidenceCommand struct {
	proofingEvent
	Type         string   `name:"type" required:"" placeholder:"TYPE" help:"drivers_license, state_id, real_id, enhanced_id, passport, insurance_card, medical_record, utility_bill, mobile_bill … A wrong one prints them all."`
	Issuer       string   `name:"issued-by" placeholder:"TEXT" help:"Who issued it; for a licence or card of a state, the state's two letters."`
	Country      string   `name:"issuer-country" placeholder:"CODE" help:"Country of the issuer, two letters (US)."`
	Number       string   `name:"number" placeholder:"TEXT" help:"Its number; - reads it from the standard input, which keeps it out of the list of processes. It is sealed and never printed again."`
	IssuedOn     string   `name:"issued-on" placeholder:"YYYY-MM-DD" help:"When it was issued."`
	ExpiresOn    string   `name:"expires-on" placeholder:"YYYY-MM-DD" help:"When it expires."`
	Photo        bool     `name:"photo" help:"It has a photo, which is not usual for its type."`
	NoPhoto      bool     `name:"no-photo" help:"It has no photo, which is not usual for its type."`
	Supports     []string `name:"supports" required:"" sep:"," placeholder:"LIST" help:"What it says about her, as it is recorded here: of name, birthdate, sex, address, phone, email."`
	Validated    string   `name:"validated" placeholder:"METHOD" help:"It was checked and is genuine: vpip (looked at), vpiruv (under infrared or ultraviolet), vri, vdig, vcrypt (chip or signature), data (looked up at the issuer) …"`
	Organization string   `name:"validated-with" placeholder:"NAME" help:"With whom it was validated, such as the issuer's register."`
}

// states are the types whose issuer is a state.
const states = " drivers_license state_id real_id enhanced_id mdl "

// Run records a document.
func (c *proofingEvidenceCommand) Run(ctx context.Context, term terminal) error {
	in := identity.EvidenceInput{
		Type: idp.EvidenceType(c.Type), Issuer: tidy(c.Issuer), Country: c.Country, IssuedOn: c.IssuedOn, ExpiresOn: c.ExpiresOn, Supports: kindsOf(c.Supports),
	}
	if strings.Contains(states, " "+c.Type+" ") {
		in.Issuer, in.Jurisdiction = "", tidy(c.Issuer)
	}
	if c.Photo || c.NoPhoto {
		in.HasPhoto = &c.Photo
	}
	var err error
	if in.Number, err = readNumber(term, c.Number); err != nil {
		return err
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		e, err := d.people.AddEvidence(ctx, c.ID, in, by)
		if err != nil {
			return "", err
		}
		text := fmt.Sprintf("%s is recorded as %s.", e.Type, e.ID)
		if c.Validated == "" {
			return text, nil
		}
		_, err = d.people.RecordCheck(ctx, c.ID, idp.ProofingCheck{
			EvidenceID: e.ID, Method: c.Validated, Purpose: assurance.PurposeValidation, Organization: tidy(c.Organization), Result: idp.ResultPassed,
		}, by)
		return text, err
	})
}

// maxNumber is how long the number of a document may be, in bytes.
const maxNumber = 100

func readNumber(term terminal, number string) (string, error) {
	if number == "-" {
		if term.In == nil {
			return "", usage("--number: there is no standard input to read it from")
		}
		line, err := bufio.NewReader(io.LimitReader(term.In, maxNumber+2)).ReadString('\n')
		if err != nil && line == "" {
			return "", usage("--number: nothing came from the standard input")
		}
		number = line
	}
	number = tidy(number)
	if len(number) > maxNumber || badText(number) {
		return "", usage("--number: must be a text of at most %d characters", maxNumber)
	}
	return number, nil
}

func kindsOf(list []string) []idp.AttributeKind {
	var kinds []idp.AttributeKind
	for _, one := range list {
		kinds = append(kinds, idp.AttributeKind(strings.TrimSpace(one)))
	}
	return kinds
}

type proofingCheckCommand struct {
	proofingEvent
	Evidence     string `name:"evidence" placeholder:"EVIDENCE" help:"Which document: e1, e2 …"`
	Purpose      string `name:"purpose" default:"validation" placeholder:"PURPOSE" help:"validation, verification, resolution or fraud (validation)."`
	Method       string `name:"method" required:"" placeholder:"METHOD" help:"vpip, vpiruv, vri, vdig, vcrypt, data, auth, token, kbv, pvp, pvr, bvp or bvr; about fraud: mortality, synthetic, duplicate or other."`
	Organization string `name:"organization" placeholder:"NAME" help:"With whom it was checked."`
	CheckID      string `name:"check-id" placeholder:"TEXT" help:"Their number of the check."`
	Failed       bool   `name:"failed" help:"It did not pass."`
	Note         string `name:"note" placeholder:"TEXT" help:"What should be remembered of it."`
}

// Run records a check.
func (c *proofingCheckCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		check := idp.ProofingCheck{
			EvidenceID: c.Evidence, Method: c.Method, Purpose: c.Purpose, Organization: tidy(c.Organization), CheckID: tidy(c.CheckID),
			Note: tidy(c.Note), Result: resultOf(c.Failed),
		}
		_, err := d.people.RecordCheck(ctx, c.ID, check, by)
		return fmt.Sprintf("The check is recorded: %s.", check.Result), err
	})
}

func resultOf(failed bool) string {
	if failed {
		return idp.ResultFailed
	}
	return idp.ResultPassed
}

type proofingCompareCommand struct {
	proofingEvent
	Evidence   string `name:"evidence" required:"" placeholder:"EVIDENCE" help:"The document with the photo: e1, e2 …"`
	Method     string `name:"method" required:"" placeholder:"METHOD" help:"in_person, live_video, async_agent or automated."`
	Comparator string `name:"comparator" placeholder:"NAME" help:"Who compared (who does this)."`
	Liveness   bool   `name:"liveness" help:"It was tested that a living person is there."`
	Failed     bool   `name:"failed" help:"The photo is not hers."`
}

// Run records the comparison.
func (c *proofingCompareCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		comparator := tidy(c.Comparator)
		if comparator == "" && c.Method != idp.MethodAutomated {
			comparator = by.Actor
		}
		comparison := idp.PhotoComparison{Method: c.Method, EvidenceID: c.Evidence, Liveness: c.Liveness, Comparator: comparator, Result: resultOf(c.Failed)}
		_, err := d.people.RecordComparison(ctx, c.ID, comparison, by)
		return fmt.Sprintf("The comparison is recorded: %s.", comparison.Result), err
	})
}

type proofingAddressCommand struct {
	proofingEvent
	Method   string `name:"method" required:"" placeholder:"METHOD" help:"evidence, authoritative_source or mailed_code."`
	Evidence string `name:"evidence" placeholder:"EVIDENCE" help:"The document that has the address: e1, e2 …"`
	Source   string `name:"source" placeholder:"NAME" help:"The authoritative source."`
}

// Run confirms the address.
func (c *proofingAddressCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		_, err := d.people.ConfirmAddress(ctx, c.ID, identity.AddressInput{Method: c.Method, EvidenceID: c.Evidence, Source: tidy(c.Source)}, by)
		return "The home address is the address of record.", err
	})
}

type proofingContactCommand struct {
	proofingEvent
	Attribute string `name:"attribute" required:"" placeholder:"WHICH" help:"phone, email or address."`
	Channel   string `name:"channel" placeholder:"CHANNEL" help:"sms, voice, email or postal (the usual one: sms, email, postal)."`
	Send      bool   `name:"send" help:"Make a code and send it to the contact. Where nothing can be sent there, it is printed: deliver it to the person yourself, to the contact and nowhere else."`
	Code      string `name:"code" placeholder:"CODE" help:"The code that came back."`
	Evidence  string `name:"evidence" placeholder:"EVIDENCE" help:"The bill that shows the contact to be hers: e1, e2 …"`
	Exclusive bool   `name:"exclusive" help:"She says that nobody else has it."`
}

// Run sends a code or takes one back.
func (c *proofingContactCommand) Run(ctx context.Context, term terminal) error {
	if c.Channel == "" {
		c.Channel = map[string]string{"phone": idp.ChannelSMS, "email": idp.ChannelEmail, "address": idp.ChannelPostal}[c.Attribute]
	}
	if !c.Send && c.Code == "" && c.Evidence == "" || c.Send && c.Code != "" {
		return usage("--send, --code or --evidence: say whether to send a code, to take one back, or to note the bill that shows whose it is")
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		if !c.Send {
			_, err := d.people.ConfirmContact(ctx, c.ID, identity.ContactInput{
				Attribute: c.Attribute, Channel: c.Channel, Code: c.Code, EvidenceID: c.Evidence, Exclusive: c.Exclusive,
			}, by)
			return fmt.Sprintf("The %s is recorded as hers.", c.Attribute), err
		}
		code, err := d.people.SendContactCode(ctx, c.ID, c.Attribute, c.Channel, by)
		if err != nil {
			return "", err
		}
		if code.Delivered {
			return fmt.Sprintf("The code is on its way by %s, and good until %s. Ask the person for it: it is shown to nobody else.",
				code.Channel, minute(code.ExpiresAt)), nil
		}
		if !c.JSON {
			return fmt.Sprintf("Deliver this code by %s, to the %s that is recorded and nowhere else. It is good until %s:\n%s",
				code.Channel, code.To.Kind, minute(code.ExpiresAt), code.Code), nil
		}
		fmt.Fprintf(term.Err, "%s\n", code.Code)
		return "", nil
	})
}

type proofingDeclareCommand struct {
	proofingEvent
	Signature    string   `name:"signature" placeholder:"HOW" help:"typed or drawn. With her passkey she signs on the page of the identity check, or in her account."`
	Lang         string   `name:"lang" default:"en" placeholder:"LANGUAGE" help:"The language of the text that was signed (en)."`
	Attested     []string `name:"attested" sep:"," default:"name,birthdate,address" placeholder:"LIST" help:"What it is about (name,birthdate,address)."`
	Acknowledged bool     `name:"acknowledged" help:"She knows that a false statement is punishable."`
	Print        bool     `name:"print" help:"Print the text to be signed, and record nothing."`
}

// Run records the declaration.
func (c *proofingDeclareCommand) Run(ctx context.Context, term terminal) error {
	if c.Signature == "" && !c.Print {
		return usage("--signature: say how it was signed (typed or drawn), or --print the text first")
	}
	if c.Print {
		return c.print(ctx, term)
	}
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		version, text, err := c.text(ctx, d)
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256([]byte(text))
		_, err = d.people.SignDeclaration(ctx, c.ID, idp.IdentityDeclaration{
			TextVersion: version, TextHash: hex.EncodeToString(sum[:]), Signature: c.Signature, Locale: c.Lang,
			Attested: kindsOf(c.Attested), Acknowledged: c.Acknowledged,
		}, by)
		return "The Declaration of Identity is recorded.", err
	})
}

func (c *proofingDeclareCommand) print(ctx context.Context, term terminal) error {
	d, err := c.desk(ctx)
	if err != nil {
		return err
	}
	defer d.store.Close()
	version, text, err := c.text(ctx, d)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(term.Out, "%s\n\n(%s)\n", plainLines(text), version)
	return err
}

func (c *proofingDeclareCommand) text(ctx context.Context, d desk) (version, text string, err error) {
	_, person, _, err := d.people.Assess(ctx, c.ID)
	if err != nil {
		return "", "", err
	}
	texts, err := pages.New(operatorBrand(d.config.Operator, &brand.Brand{}))
	if err != nil {
		return "", "", err
	}
	version, text, err = texts.Declaration(c.Lang, declared(person))
	return version, text, asUsage(err)
}

type proofingClaimCommand struct {
	proofingEvent
	Attribute string `name:"attribute" required:"" placeholder:"WHICH" help:"name, birthdate, sex, address, phone, email, or the ID of an attribute."`
	As        string `name:"as" required:"" placeholder:"STATUS" help:"verified, consistent or self-asserted."`
	Evidence  string `name:"evidence" placeholder:"EVIDENCE" help:"What it was verified by: e1, e2 …"`
}

// Run says how an attribute is left.
func (c *proofingClaimCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(d desk, by idp.Reading) (string, error) {
		_, err := d.people.ClaimAttributes(ctx, c.ID, []idp.ProofingClaim{{AttributeID: c.Attribute, Status: idp.AttributeStatus(c.As), EvidenceID: c.Evidence}}, by)
		return fmt.Sprintf("The %s will be %s.", c.Attribute, c.As), err
	})
}
