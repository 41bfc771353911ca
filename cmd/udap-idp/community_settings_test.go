package main

import (
	"reflect"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/trust"
)

func TestRevocationPolicyOfACommunity(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		in   idp.RevocationSettings
		want revocation.Policy
		ok   bool
	}{
		{"nothing decided is the strictest", idp.RevocationSettings{}, revocation.Policy{}, true},
		{"hard-fail", idp.RevocationSettings{Mode: "hard-fail", WithoutSource: true}, revocation.Policy{AllowWithoutSource: true}, true},
		{"soft-fail", idp.RevocationSettings{Mode: "soft-fail", Grace: time.Hour}, revocation.Policy{Mode: revocation.SoftFail, Grace: time.Hour}, true},
		{"no-check", idp.RevocationSettings{Mode: "no-check"}, revocation.Policy{Mode: revocation.NoCheck}, true},
		{"a mode of another version", idp.RevocationSettings{Mode: "lax"}, revocation.Policy{}, false},
		{"grace without soft-fail", idp.RevocationSettings{Grace: time.Hour}, revocation.Policy{}, false},
	}
	for _, tc := range cases {
		got, err := trust.RevocationPolicy(tc.in)
		if got != tc.want || (err == nil) != tc.ok {
			t.Errorf("%s: got %+v, %v; want %+v", tc.name, got, err, tc.want)
		}
	}
}

func TestSettingsThatWereNotGivenStay(t *testing.T) {
	t.Parallel()
	standing := idp.CommunitySettings{
		Revocation:     idp.RevocationSettings{Mode: "soft-fail", Grace: time.Hour, WithoutSource: true},
		Compatibility:  idp.Compatibility{NoPKCE: true, LoopbackRedirect: true, ListRefreshToken: true},
		Certifications: idp.CertificationSettings{Supported: []string{"urn:a"}, Required: []string{"urn:a"}},
		Healthcare:     true,
	}
	for name, tc := range map[string]struct {
		flags  communitySettingsFlags
		change func(*idp.CommunitySettings)
		ok     bool
	}{
		"nothing":    {communitySettingsFlags{}, func(*idp.CommunitySettings) {}, true},
		"one switch": {communitySettingsFlags{AllowNoPKCE: new(bool)}, func(s *idp.CommunitySettings) { s.Compatibility.NoPKCE = false }, true},
		"a mode without a grace": {communitySettingsFlags{Revocation: new("hard-fail")},
			func(s *idp.CommunitySettings) { s.Revocation.Mode, s.Revocation.Grace = "hard-fail", 0 }, true},
		"a failure late": {communitySettingsFlags{Revocation: new("no-check"), Healthcare: new(bool), Certification: []string{"none"}},
			func(*idp.CommunitySettings) {}, false},
	} {
		got, want := standing, standing
		tc.change(&want)
		if err := tc.flags.apply(&got); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
