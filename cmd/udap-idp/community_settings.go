package main

import (
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/trust"
)

// communitySettingsFlags are what the operator decides about a community. nil and empty ones were not given.
type communitySettingsFlags struct {
	Revocation    *string `name:"revocation" placeholder:"MODE" group:"Revocation" help:"What to do with members' certificates that cannot be checked: hard-fail refuses them, soft-fail lets a list pass that has run out by no more than --grace, no-check asks nobody and accepts revoked ones too (hard-fail)."`
	Grace         *string `name:"grace" placeholder:"DURATION" group:"Revocation" help:"With soft-fail: how long after its end a list still counts, at most 720h (24h)."`
	WithoutSource *string `name:"without-source" placeholder:"accept|refuse" group:"Revocation" help:"What to do with certificates that name neither a revocation list nor a responder (refuse)."`

	Healthcare *bool `name:"healthcare" negatable:"" group:"Community" help:"The members are healthcare organizations that are trusted with Digital Identifiers."`

	AllowNoPKCE           *bool `name:"allow-no-pkce" negatable:"" group:"Compatibility" help:"Accept authorization requests without a code challenge, as clients of UDAP Security IG STU1 send them."`
	AllowLoopbackRedirect *bool `name:"allow-loopback-redirect" negatable:"" group:"Compatibility" help:"Accept http redirect URIs to the client's own machine."`
	ListRefreshToken      *bool `name:"list-refresh-token" negatable:"" group:"Compatibility" help:"List refresh_token among the grant types, though it is never granted."`

	Certification        []string `name:"certification" sep:"none" placeholder:"URI" group:"Certifications" help:"A certification that clients may show; none clears the list. Repeatable."`
	RequireCertification []string `name:"require-certification" sep:"none" placeholder:"URI" group:"Certifications" help:"A certification, one of --certification, without which no client registers; none clears the list. Repeatable."`
	Certifier            []string `name:"certifier" sep:"none" placeholder:"FILE" group:"Certifications" help:"Certificate of an anchor of those who may certify, PEM or DER; none clears the list, and then the community's own anchors count. Repeatable."`
}

const clearList = "none"

// apply changes in s what was given, and checks what comes out. Nothing is changed when it fails.
func (f *communitySettingsFlags) apply(s *idp.CommunitySettings) error {
	next := *s
	for _, step := range []func(*idp.CommunitySettings) error{f.applyRevocation, f.applyCertifications} {
		if err := step(&next); err != nil {
			return err
		}
	}
	set(&next.Healthcare, f.Healthcare)
	set(&next.Compatibility.NoPKCE, f.AllowNoPKCE)
	set(&next.Compatibility.LoopbackRedirect, f.AllowLoopbackRedirect)
	set(&next.Compatibility.ListRefreshToken, f.ListRefreshToken)
	*s = next
	return nil
}

// given reports whether any of the flags was.
func (f *communitySettingsFlags) given() bool {
	return f.Revocation != nil || f.Grace != nil || f.WithoutSource != nil || f.Healthcare != nil ||
		f.AllowNoPKCE != nil || f.AllowLoopbackRedirect != nil || f.ListRefreshToken != nil ||
		len(f.Certification) > 0 || len(f.RequireCertification) > 0 || len(f.Certifier) > 0
}

func set(value, given *bool) {
	if given != nil {
		*value = *given
	}
}

func (f *communitySettingsFlags) applyRevocation(s *idp.CommunitySettings) error {
	r := &s.Revocation
	if f.Revocation != nil {
		mode, err := revocation.ParseMode(*f.Revocation)
		if err != nil {
			return usage("--revocation: %q is not a way to check revocation; use hard-fail, soft-fail or no-check", *f.Revocation)
		}
		r.Mode = mode.String()
		if mode != revocation.SoftFail {
			r.Grace = 0
		} else if r.Grace == 0 {
			r.Grace = trust.DefaultGrace
		}
	}
	if f.Grace != nil {
		grace, err := time.ParseDuration(*f.Grace)
		if err != nil || grace <= 0 || grace > trust.MaxGrace {
			return usage("--grace: %q is not a duration between 1s and 720h; write it like 90m or 24h", *f.Grace)
		}
		if r.Mode != revocation.SoftFail.String() {
			return usage("--grace: only soft-fail has a grace; give --revocation soft-fail too")
		}
		r.Grace = grace
	}
	if f.WithoutSource != nil {
		if *f.WithoutSource != "accept" && *f.WithoutSource != "refuse" {
			return usage("--without-source: %q is neither accept nor refuse", *f.WithoutSource)
		}
		r.WithoutSource = *f.WithoutSource == "accept"
	}
	return nil
}

func (f *communitySettingsFlags) applyCertifications(s *idp.CommunitySettings) error {
	c := &s.Certifications
	var err error
	if c.Supported, err = certificationURIs("--certification", f.Certification, c.Supported); err != nil {
		return err
	}
	if c.Required, err = certificationURIs("--require-certification", f.RequireCertification, c.Required); err != nil {
		return err
	}
	for _, uri := range c.Required {
		if !slices.Contains(c.Supported, uri) {
			return usage("--require-certification: %s is not among the certifications; name it with --certification too, or clear the list with --require-certification none", uri)
		}
	}
	if clears, err := clears("--certifier", f.Certifier); err != nil || clears {
		c.Anchors = nil
		return err
	}
	if len(f.Certifier) == 0 {
		return nil
	}
	anchors, err := readAuthorities("--certifier", f.Certifier)
	if err == nil {
		c.Anchors = trust.DER(anchors)
	}
	return err
}

// certificationURIs is the list as given, or the one that stands when none was.
func certificationURIs(flag string, given, standing []string) ([]string, error) {
	if clears, err := clears(flag, given); err != nil || clears {
		return nil, err
	}
	if len(given) == 0 {
		return standing, nil
	}
	var uris []string
	for _, uri := range given {
		if trust.CheckURI(uri) != nil {
			return nil, usage("%s: %q is not an absolute URI such as https://example.org/certification", flag, uri)
		}
		if !slices.Contains(uris, uri) {
			uris = append(uris, uri)
		}
	}
	return uris, nil
}

// clears reports whether the one word that clears a list was given.
func clears(flag string, given []string) (bool, error) {
	if !slices.Contains(given, clearList) {
		return false, nil
	}
	if len(given) > 1 {
		return false, usage("%s: none clears the list and stands alone", flag)
	}
	return true, nil
}
