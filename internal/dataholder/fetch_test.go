package dataholder

import (
	"errors"
	"testing"
)

func TestClientDoesNotConnectToInnerAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		address       string
		allowLoopback bool
		want          bool
	}{
		{"93.184.216.34:443", false, true},
		{"[2606:2800:220:1::1]:443", false, true},
		{"127.0.0.1:80", false, false},
		{"127.0.0.1:80", true, true},
		{"[::1]:80", false, false},
		{"[::ffff:127.0.0.1]:80", false, false},
		{"10.0.0.1:80", true, false},
		{"192.168.1.1:80", true, false},
		{"[fd00::1]:80", true, false},
		{"169.254.169.254:80", true, false},
		{"[fe80::1]:80", true, false},
		{"0.0.0.0:80", true, false},
		{"224.0.0.1:80", true, false},
		{"nonsense", true, false},
	} {
		err := checkAddress(test.address, test.allowLoopback)
		if (err == nil) != test.want || (err != nil && !errors.Is(err, errAddress)) {
			t.Errorf("checkAddress(%q, %t) = %v, want allowed: %t", test.address, test.allowLoopback, err, test.want)
		}
	}
}

func TestAddressIsHTTPSOrLoopback(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://idp.example/token": true, "https://idp.example/token?a=b": true, "http://localhost:8080/token": true,
		"http://127.0.0.1/token": true, "http://[::1]:80/token": true, "http://idp.example/token": false,
		"http://localhost.example/token": false, "/token": false, "": false, "https:///token": false,
		"https://idp.example/token#f": false, "https://idp.example/token#": false, "https://u@idp.example/": false, "file:///etc": false,
	} {
		if got := isUsable(address); got != want {
			t.Errorf("isUsable(%q) = %t, want %t", address, got, want)
		}
	}
}
