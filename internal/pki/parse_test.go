package pki

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func mustContain(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got error %v, want one that contains %q", err, words)
	}
}

func block(blockType string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}

func TestParseCertificates(t *testing.T) {
	t.Parallel()
	a, b := newCA(t, nil, "A").cert, newCA(t, nil, "B").cert
	pemA, pemB := block("CERTIFICATE", a.Raw), block("CERTIFICATE", b.Raw)
	good := map[string][]byte{
		"PEM":                 []byte(pemA + pemB),
		"PEM with text":       []byte("subject=A\n" + pemA + "\nsubject=B\n" + pemB + "bye\n"),
		"PEM of Windows":      []byte("\xef\xbb\xbf" + strings.ReplaceAll(pemA+pemB, "\n", "\r\n")),
		"DER one after other": append(bytes.Clone(a.Raw), b.Raw...),
	}
	for name, data := range good {
		got, err := ParseCertificates(data)
		if err != nil || len(got) != 2 || !got[0].Equal(a) || !got[1].Equal(b) {
			t.Errorf("%s: %d certificates, %v", name, len(got), err)
		}
	}

	refused := []struct {
		name, data, want string
	}{
		{"empty", " \n", "it is empty"},
		{"words", "hello", "neither certificates in PEM"},
		{"DER cut off", string(a.Raw[:100]), "neither certificates in PEM"},
		{"DER with something behind", string(a.Raw) + "x", "neither certificates in PEM"},
		{"key among them", pemA + block("PRIVATE KEY", []byte{1}), "PEM block 2 is a PRIVATE KEY"},
		{"PKCS #7", block("PKCS7", []byte{1}), "openssl pkcs7 -print_certs"},
		{"no certificate inside", block("CERTIFICATE", []byte("x")), "PEM block 1 is no certificate"},
		{"last one cut off", pemA + pemB[:len(pemB)-40], "2 PEM blocks begin, but only 1 can be read"},
		{"first one damaged", strings.Replace(pemA, "\nMII", "\n!!!", 1) + pemB, "2 PEM blocks begin, but only 1 can be read"},
		{"too long", strings.Repeat(" ", maxInput) + pemA, "the limit is"},
	}
	for _, c := range refused {
		_, err := ParseCertificates([]byte(c.data))
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		mustContain(t, err, c.want)
	}
}

func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey := newKey(t, elliptic.P256()).(*ecdsa.PrivateKey)
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(key any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for name, data := range map[string]string{
		"PKCS #8 RSA":         block("PRIVATE KEY", pkcs8(rsaKey)),
		"PKCS #8 EC":          block("PRIVATE KEY", pkcs8(ecKey)),
		"PKCS #1":             block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)),
		"SEC 1":               block("EC PARAMETERS", []byte{6, 0}) + block("EC PRIVATE KEY", sec1),
		"beside certificates": block("CERTIFICATE", newCA(t, nil, "A").cert.Raw) + block("EC PRIVATE KEY", sec1),
	} {
		key, err := ParsePrivateKey([]byte(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if public, ok := key.Public().(*rsa.PublicKey); ok && !public.Equal(rsaKey.Public()) {
			t.Errorf("%s: another key", name)
		}
		if public, ok := key.Public().(*ecdsa.PublicKey); ok && !public.Equal(ecKey.Public()) {
			t.Errorf("%s: another key", name)
		}
	}

	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{1},
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}}
	for name, c := range map[string][2]string{
		"empty":              {"", "it is empty"},
		"certificate only":   {block("CERTIFICATE", []byte{1}), "there is no private key"},
		"two":                {strings.Repeat(block("EC PRIVATE KEY", sec1), 2), "more than one private key"},
		"encrypted PKCS #8":  {block("ENCRYPTED PRIVATE KEY", []byte{1}), "encrypted with a passphrase"},
		"encrypted PKCS #1":  {string(pem.EncodeToMemory(encrypted)), "encrypted with a passphrase"},
		"OpenSSH":            {block("OPENSSH PRIVATE KEY", []byte{1}), "a OPENSSH PRIVATE KEY is not supported"},
		"broken":             {block("PRIVATE KEY", []byte{1}), "the PRIVATE KEY cannot be read"},
		"for key exchange":   {block("PRIVATE KEY", pkcs8(x25519)), "not a key for signing"},
		"small":              {block("PRIVATE KEY", pkcs8(small)), "an RSA key of 1024 bits"},
		"curve without algo": {block("PRIVATE KEY", pkcs8(newKey(t, elliptic.P521()))), "a P-521 key"},
	} {
		_, err := ParsePrivateKey([]byte(c[0]))
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		mustContain(t, err, c[1])
	}
}

func FuzzParseCertificates(f *testing.F) {
	cert := newCA(f, nil, "A").cert
	f.Add([]byte(block("CERTIFICATE", cert.Raw)))
	f.Add(cert.Raw)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseCertificates(data)
		if (err == nil) != (len(list) > 0) {
			t.Errorf("%d certificates and error %v", len(list), err)
		}
		for _, cert := range list {
			if cert == nil || len(cert.Raw) == 0 {
				t.Error("an empty certificate")
			}
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	der, err := x509.MarshalPKCS8PrivateKey(newKey(f, elliptic.P256()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(block("PRIVATE KEY", der)))
	f.Add([]byte(block("RSA PRIVATE KEY", []byte{0x30, 0})))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := ParsePrivateKey(data)
		if (err == nil) != (key != nil) {
			t.Errorf("key %v and error %v", key != nil, err)
		}
	})
}

func TestPEMTypeOfAStrangerIsNotPrinted(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"\x1b[31mCERTIFICATE", "CERTIFICATE\u009b31m", "\x1b[31m PRIVATE KEY"} {
		data := []byte(block(kind, []byte("x")))
		_, certErr := ParseCertificates(data)
		_, keyErr := ParsePrivateKey(data)
		for _, err := range []error{certErr, keyErr} {
			if err == nil {
				t.Errorf("%q: accepted", kind)
				continue
			}
			mustContain(t, err, "not printable ASCII")
		}
	}
}
