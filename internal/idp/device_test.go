package idp

import "testing"

func TestDeviceOf(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]Device{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1": DeviceIPhone,
		"Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1":          DeviceIPad,
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36":                         DeviceAndroid,
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15":                   DeviceMac,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":           DeviceWindows,
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36":                          DeviceChromebook,
		"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0":                                              DeviceLinux,
		"curl/8.5.0": DeviceUnknown,
		"":           DeviceUnknown,
	} {
		if got := DeviceOf(agent); got != want {
			t.Errorf("DeviceOf(%q) = %q, want %q", agent, got, want)
		}
	}
}

func TestBrowserLacksOwnPasskey(t *testing.T) {
	t.Parallel()
	hers := func(elsewhere, declined bool) BrowserPasskey {
		return BrowserPasskey{PersonID: "ana", Elsewhere: elsewhere, Declined: declined}
	}
	tests := []struct {
		name     string
		passkeys []BrowserPasskey
		want     bool
	}{
		{"nobody was here", nil, false},
		{"only another person's phone", []BrowserPasskey{{PersonID: "bea", Elsewhere: true}}, false},
		{"her phone", []BrowserPasskey{hers(true, false)}, true},
		{"her phone, and she said no", []BrowserPasskey{hers(true, false), hers(true, true)}, false},
		{"her phone, and one of this device", []BrowserPasskey{hers(true, false), hers(false, false)}, false},
	}
	for _, test := range tests {
		if got := (KnownBrowser{Passkeys: test.passkeys}).LacksOwnPasskey("ana"); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}
