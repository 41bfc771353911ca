package dataholder

import (
	"encoding/asn1"
	"encoding/json"
	"testing"

	"udap-idp/internal/udap/udaptest"
)

func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"b":[{"c":null}]}`, `{"a":1,"a":2}`, `{"a":1}{}`, `[]`, `null`, `{"a"`, `{"iss":"x","ISS":"y"}`, "\xff", `{"exp":1e400}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := parseObject(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q was read and is not JSON", data)
		}
		for name := range o {
			_, _ = o.text(name), o.list(name)
			_, _ = o.textOrList(name), o.seconds(name)
			_ = o.object(name)
		}
		if again, err := parseObject(o.raw()); err != nil || len(again) != len(o) {
			t.Fatalf("%q is not read again: %v", data, err)
		}
	})
}

func FuzzIssuingPoint(f *testing.F) {
	for _, p := range []issuingPoint{{}, {OnlyCACerts: true}, {IndirectCRL: true}, {Point: pointName{FullName: []asn1.RawValue{
		{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(listURL)},
	}}}} {
		der, err := asn1.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
	}
	leaf := udaptest.New(f, udaptest.WithoutServer()).Leaf("https://idp.example").Certificate()
	f.Fuzz(func(_ *testing.T, der []byte) { covers(der, leaf, listURL) })
}

func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{"https://idp.example/", "http://localhost:8080", "https://h/p//", " https://h ", "https://h?", "javascript:x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		base, err := BaseURL(typed)
		if err != nil {
			return
		}
		if again, err := BaseURL(base); err != nil || again != base {
			t.Fatalf("BaseURL(%q) = %q, and of that %q, %v", typed, base, again, err)
		}
	})
}
