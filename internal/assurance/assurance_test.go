package assurance

import (
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func TestACRNeverClaimsMoreThanWasRecorded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		level idp.Level
		want  string
	}{
		{idp.Unverified, "http://udap.org/code/id/ial1"},
		{idp.IDIAL1, "http://udap.org/code/id/ial1"},
		{idp.IDIAL1_2, "http://udap.org/code/id/idial1.2"},
		{idp.IDIAL1_4, "http://udap.org/code/id/idial1.4"},
		{idp.IDIAL1_5, "http://udap.org/code/id/idial1.5"},
		{idp.IDIAL1_6, "http://udap.org/code/id/idial1.6"},
		{idp.IDIAL1_8, "http://udap.org/code/id/idial1.8"},
		{idp.IDIAL2, "http://udap.org/code/id/ial2"},
		{"idial3", "http://udap.org/code/id/ial1"},
	}
	for _, test := range tests {
		t.Run(string(test.level), func(t *testing.T) {
			t.Parallel()
			if got := ACR(test.level); got != test.want {
				t.Errorf("ACR(%q) = %q, want %q", test.level, got, test.want)
			}
		})
	}
}

func TestEveryLevelHasAnACRAndAnIAL(t *testing.T) {
	t.Parallel()
	for _, level := range idp.Levels {
		if got := ACR(level); level != idp.IDIAL1 && level != idp.IDIAL2 && !strings.HasSuffix(got, "/"+string(level)) {
			t.Errorf("ACR(%q) = %q: it does not name the level", level, got)
		}
		if uri, n := IAL(level); uri == "" || n == 0 {
			t.Errorf("IAL(%q) = %q, %d: a recorded level has both", level, uri, n)
		}
	}
}

func TestIAL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		level idp.Level
		uri   string
		n     int
	}{
		{idp.Unverified, "", 0},
		{"idial3", "", 0},
		{idp.IDIAL1, "http://idmanagement.gov/ns/assurance/ial/1", 1},
		{idp.IDIAL1_8, "http://idmanagement.gov/ns/assurance/ial/1", 1},
		{idp.IDIAL2, "http://idmanagement.gov/ns/assurance/ial/2", 2},
	}
	for _, test := range tests {
		t.Run(string(test.level), func(t *testing.T) {
			t.Parallel()
			if uri, n := IAL(test.level); uri != test.uri || n != test.n {
				t.Errorf("IAL(%q) = %q, %d, want %q, %d", test.level, uri, n, test.uri, test.n)
			}
		})
	}
}

func TestR9_AMRAndAALNeedUserVerificationForTwo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		authenticator Authenticator
		amr           []string
		aal           string
	}{
		{
			name:          "synced passkey, user verified",
			authenticator: Authenticator{UserVerified: true, BackupEligible: true, BackupState: true},
			amr:           []string{"http://udap.org/code/auth/aal2", "pop", "swk", "user", "mfa"},
			aal:           "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true",
		},
		{
			name:          "may be synced and is not yet",
			authenticator: Authenticator{UserVerified: true, BackupEligible: true},
			amr:           []string{"http://udap.org/code/auth/aal2", "pop", "swk", "user", "mfa"},
			aal:           "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true",
		},
		{
			name:          "bound to one device, storage unknown",
			authenticator: Authenticator{UserVerified: true},
			amr:           []string{"http://udap.org/code/auth/aal2", "pop", "user", "mfa"},
			aal:           "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true",
		},
		{
			name:          "synced passkey, user not verified",
			authenticator: Authenticator{BackupEligible: true, BackupState: true},
			amr:           []string{"pop", "swk", "user"},
			aal:           "http://idmanagement.gov/ns/assurance/aal/1",
		},
		{
			name:          "bound to one device, user not verified",
			authenticator: Authenticator{},
			amr:           []string{"pop", "user"},
			aal:           "http://idmanagement.gov/ns/assurance/aal/1",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := AMR(test.authenticator)
			if !slices.Equal(got, test.amr) {
				t.Errorf("AMR = %q, want %q", got, test.amr)
			}
			if aal := AAL(got); aal != test.aal {
				t.Errorf("AAL(%q) = %q, want %q", got, aal, test.aal)
			}
		})
	}
}

func TestAALOfOtherMethods(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		amr  []string
		want string
	}{
		{"nothing", nil, ""},
		{"a password", []string{"pwd"}, ""},
		{"two factors without a key", []string{"http://udap.org/code/auth/aal2", "pwd", "otp", "mfa"}, "http://idmanagement.gov/ns/assurance/aal/2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := AAL(test.amr); got != test.want {
				t.Errorf("AAL(%q) = %q, want %q", test.amr, got, test.want)
			}
		})
	}
}
