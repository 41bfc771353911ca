package registration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// verdict is what became of a certification that was sent.
type verdict struct {
	raw  string
	uris []string // those that the community supports; nil when that could not be read
	err  *udap.Error
}

// certify returns the certifications that were accepted: nil when the community asks for none or none was sent. Errors are
// *udap.Error.
//
// One that is not good is left out, and the registration goes on without it, unless the community requires it (UDAP
// Certifications and Endorsements §6 leaves the choice). UDAP Security IG §3.3: those that are not supported SHALL be
// ignored.
func (a *attempt) certify(ctx context.Context, sent json.RawMessage, s *udap.SoftwareStatement, settings idp.CommunitySettings) ([]string, error) {
	if len(settings.Certifications.Supported) == 0 {
		return nil, nil
	}
	list, err := udap.ReadCertifications(sent)
	if err != nil {
		return nil, err
	}
	var verdicts []verdict
	for _, raw := range list {
		if slices.ContainsFunc(verdicts, func(v verdict) bool { return v.raw == raw }) {
			continue
		}
		if v, considered := a.judge(ctx, raw, s, settings); considered {
			verdicts = append(verdicts, v)
		}
	}
	for _, uri := range settings.Certifications.Required {
		if err := missing(uri, verdicts); err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	accepted := []string{} // said even when it is empty: UDAP Certifications and Endorsements §6.7
	for _, v := range verdicts {
		if v.err == nil {
			accepted = append(accepted, v.raw)
		}
	}
	return accepted, nil
}

// judge looks at one certification. considered is false when the community does not support it.
func (a *attempt) judge(ctx context.Context, raw string, s *udap.SoftwareStatement, settings idp.CommunitySettings) (v verdict, considered bool) {
	v.raw = raw
	certification, err := udap.ParseCertification(raw)
	if err == nil {
		if v.uris = certification.Among(settings.Certifications.Supported); len(v.uris) == 0 {
			return v, false
		}
		if err = certification.Validate(s, a.Endpoints.Registration, a.now); err == nil {
			err = a.trustCertifier(ctx, certification)
		}
		if err == nil && settings.Revocation.Mode != noCheck {
			err = a.checkStatus(ctx, certification)
		}
	}
	if err != nil {
		v.err = asError(err)
		a.rejected(ctx, v)
	}
	return v, true
}

// trustCertifier checks that the certifier may certify in the community.
func (a *attempt) trustCertifier(ctx context.Context, c *udap.Certification) error {
	err := a.Trust.VerifyCertifier(ctx, a.communityID, c.Chain, a.now)
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrUntrusted) {
		// UDAP Certifications and Endorsements §6.4, §6.8.
		return &udap.Error{
			Status:      http.StatusBadRequest,
			Code:        udap.UnapprovedCertification,
			Description: "certification: the certificate x5c[0] does not lead, by certificates that are valid now, to a trust anchor of those who may certify",
			Cause:       err,
		}
	}
	return &udap.Error{
		Status:      http.StatusServiceUnavailable,
		Code:        udap.TemporarilyUnavailable,
		Description: "whether the certifier is trusted cannot be determined at the moment; please try again later",
		Cause:       err,
	}
}

// noCheck is the mode of revocation in which nobody is asked.
const noCheck = "no-check"

// checkStatus asks the certifier whether the certification still stands, if it says where. Only who is trusted names an
// address that is asked.
//
// UDAP Certifications and Endorsements §8: without an answer it MUST NOT be assumed to be acceptable.
func (a *attempt) checkStatus(ctx context.Context, c *udap.Certification) error {
	address, err := c.StatusURL()
	if err != nil || address == "" || a.Status == nil {
		return err
	}
	answer, err := a.Status(ctx, address)
	stands, ok := udap.CertificationStands(answer)
	if err != nil || !ok {
		if err == nil {
			err = errors.New("the answer of the certifier is no JSON object with valid, true or false")
		}
		return &udap.Error{
			Status:      http.StatusServiceUnavailable,
			Code:        udap.TemporarilyUnavailable,
			Description: "the certifier does not say at certification_status_endpoint whether the certification is valid; please try again later",
			Cause:       err,
		}
	}
	if !stands {
		return &udap.Error{
			Status:      http.StatusBadRequest,
			Code:        udap.UnapprovedCertification,
			Description: "certification: the certifier says at certification_status_endpoint that it is not valid, expected one that is",
		}
	}
	return nil
}

// missing returns why the certification that is required is not there, or nil when one was accepted.
//
// UDAP Certifications and Endorsements §6.8: the code says what was wrong with the one that was sent. That none was sent is
// a parameter of the registration request that is missing (RFC 7591 §3.2.2).
func missing(uri string, verdicts []verdict) error {
	var reason *udap.Error
	for _, v := range verdicts {
		if v.err == nil && slices.Contains(v.uris, uri) {
			return nil
		}
		// Of several the one that names the URI is meant, or else one that could not be read.
		if v.err != nil && (slices.Contains(v.uris, uri) || reason == nil && v.uris == nil) {
			reason = v.err
		}
	}
	expected := fmt.Sprintf("the certification '%s' is required here", udap.Printable(uri))
	if reason == nil {
		return invalid(expected + ", and no certification with it in certification_uris was sent")
	}
	refusal := *reason
	refusal.Description = expected + ": " + reason.Description
	return &refusal
}
