package matching

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"udap-idp/internal/idp"
)

// maria is somebody about whom everything is known, with a change.
func maria(change func(*idp.Demographics)) idp.Demographics {
	d := idp.Demographics{GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1984-06-12", Sex: "female", Email: "maria@example.org",
		Phone: "+16175550142", Address: idp.Address{Street: "12 Chestnut Street\nApartment 4", City: "Boston", State: "MA", PostalCode: "02108", Country: "US"}}
	if change != nil {
		change(&d)
	}
	return d
}

// stranger has nothing in common with maria; name and birthdate are to be filled in.
func stranger(given, family, born string) idp.Demographics {
	return idp.Demographics{GivenName: given, FamilyName: family, Birthdate: born, Email: "s@example.net", Phone: "+12125550199",
		Address: idp.Address{Street: "7 Elm St", City: "New York", State: "NY", PostalCode: "10001", Country: "US"}}
}

func record(d idp.Demographics, more ...idp.Attribute) Record {
	return Record{Attributes: append(idp.AttributesOf(d, idp.Attribute{}), more...)}
}

func formerName(given, family string) idp.Attribute {
	return idp.Attribute{Kind: idp.AttributeName, Use: "old", Name: &idp.HumanName{Given: given, Family: family}, EndedAt: time.Unix(1, 0)}
}

func with(r Record, evidence ...string) Record {
	r.Evidence = evidence
	return r
}

type pair struct {
	a, b Record
	want Verdict
	// blocked: they share no key, so that they are not even compared. Only who is different may be.
	blocked bool
}

var pairs = map[string]pair{
	"the same record":       {a: record(maria(nil)), b: record(maria(nil)), want: Same},
	"moved, other contacts": {a: record(maria(nil)), b: record(stranger("Maria", "Garcia", "1984-06-12")), want: Likely},
	"nothing but name and birthdate": {
		a: record(idp.Demographics{GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1984-06-12"}),
		b: record(idp.Demographics{GivenName: "MARÍA", FamilyName: "García", Birthdate: "1984-06-12"}), want: Likely},
	"nothing but the name": {
		a: record(idp.Demographics{GivenName: "Maria", FamilyName: "Garcia"}),
		b: record(idp.Demographics{GivenName: "Maria", FamilyName: "Garcia"}), want: Different},

	"twins":                        {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName, d.Email = "Elena", "elena@example.org" })), want: Possible},
	"twins with everything shared": {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName = "Elena" })), want: Possible},
	"twins of nearly one name":     {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName, d.Sex = "Mario", "male" })), want: Possible},
	"junior and senior": {
		a: record(maria(func(d *idp.Demographics) { d.GivenName, d.Suffix, d.Sex = "John", "Jr.", "male" })),
		b: record(maria(func(d *idp.Demographics) {
			d.GivenName, d.Suffix, d.Birthdate, d.Sex = "John", "Senior", "1955-01-03", "male"
		})), want: Possible},
	"junior and senior of one birthdate by a slip": {
		a: record(maria(func(d *idp.Demographics) { d.Suffix = "Jr" })), b: record(maria(func(d *idp.Demographics) { d.Suffix = "Sr" })), want: Possible},
	"a title is no generation": {
		a: record(maria(func(d *idp.Demographics) { d.Suffix = "MD" })), b: record(maria(func(d *idp.Demographics) { d.Suffix = "PhD" })), want: Same},
	"namesakes": {a: record(maria(nil)), b: record(stranger("Maria", "Garcia", "1990-11-30")), want: Different},

	"married, the name of before is known": {
		a: record(maria(func(d *idp.Demographics) { d.FamilyName = "Okafor" }), formerName("Maria", "Garcia")), b: record(stranger("Maria", "Garcia", "1984-06-12")), want: Likely},
	"married, one home": {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.FamilyName, d.Email, d.Phone = "Okafor", "", "" })), want: Likely},
	"married and moved": {a: record(maria(nil)), b: record(stranger("Maria", "Okafor", "1984-06-12")), want: Possible},
	"two family names":  {a: record(maria(func(d *idp.Demographics) { d.FamilyName = "García López" })), b: record(maria(nil)), want: Likely},
	"husband and wife":  {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName, d.Birthdate, d.Sex = "Samuel", "1980-02-03", "male" })), want: Different},

	"day and month swapped":               {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.Birthdate = "1984-12-06" })), want: Likely},
	"day and month swapped, nothing else": {a: record(maria(nil)), b: record(stranger("Maria", "Garcia", "1984-12-06")), want: Possible},
	"a slip in the birthdate":             {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.Birthdate = "1984-06-13" })), want: Likely},
	"slips in both names":                 {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName, d.FamilyName = "Mariah", "Garica" })), want: Likely},
	"by ear":                              {a: record(stranger("Muhammad", "Khoury", "1970-05-05")), b: record(stranger("Mohammed", "Koury", "1970-05-05")), want: Likely},
	"by ear, nothing else": {
		a: record(idp.Demographics{GivenName: "Catherine", FamilyName: "Jimenez", Birthdate: "1970-05-05"}),
		b: record(idp.Demographics{GivenName: "Katherine", FamilyName: "Gimenez", Birthdate: "1970-05-05"}), want: Possible},
	"diacritics": {
		a: record(stranger("Zoë", "Müller-Łukasiewicz", "1970-05-05")), b: record(stranger("ZOE", "Muller Lukasiewicz", "1970-05-05")), want: Same},
	"umlauts spelt out":         {a: record(stranger("Jörg", "Müller", "1970-05-05")), b: record(stranger("Joerg", "Mueller", "1970-05-05")), want: Likely},
	"particles and apostrophes": {a: record(stranger("Sean", "O’Brien", "1970-05-05")), b: record(stranger("Sean", "Obrien", "1970-05-05")), want: Same},
	"initial":                   {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName = "M." })), want: Likely},
	"second given name":         {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.GivenName = "Maria Elena" })), want: Likely},
	"middle name as given name": {
		a: record(maria(func(d *idp.Demographics) { d.MiddleName = "Elena" })), b: record(maria(func(d *idp.Demographics) { d.GivenName = "Maria Elena" })), want: Same},
	"first and last name swapped": {a: record(stranger("Wei", "Zhang", "1970-05-05")), b: record(stranger("Zhang", "Wei", "1970-05-05")), want: Same},

	"Chinese":                           {a: record(stranger("小明", "王", "1970-05-05")), b: record(stranger("小明", "王", "1970-05-05")), want: Same},
	"Chinese, the other order":          {a: record(stranger("小明", "王", "1970-05-05")), b: record(stranger("王", "小明", "1970-05-05")), want: Same},
	"Chinese twins":                     {a: record(stranger("小明", "王", "1970-05-05")), b: record(stranger("小红", "王", "1970-05-05")), want: Possible},
	"Chinese namesakes of one syllable": {a: record(stranger("伟", "王", "1970-05-05")), b: record(maria(func(d *idp.Demographics) { d.GivenName, d.FamilyName = "芳", "王" })), want: Different, blocked: true},
	"Arabic with and without vowels":    {a: record(stranger("مُحَمَّد", "الحسن", "1970-05-05")), b: record(stranger("محمد", "الحسن", "1970-05-05")), want: Same},
	"Cyrillic":                          {a: record(stranger("Алёна", "ИВАНОВА", "1970-05-05")), b: record(stranger("Алена", "Иванова", "1970-05-05")), want: Same},
	"Cyrillic slip":                     {a: record(stranger("Алена", "Иванова", "1970-05-05")), b: record(stranger("Алена", "Ивановa", "1970-05-05")), want: Likely}, // a Latin a
	"Devanagari vowels are letters":     {a: record(stranger("मीना", "शर्मा", "1970-05-05")), b: record(stranger("मोना", "शर्मा", "1970-05-05")), want: Possible},

	"one name":            {a: record(stranger("", "Suharto", "1970-05-05")), b: record(stranger("", "SUHARTO", "1970-05-05")), want: Same},
	"one name, other day": {a: record(stranger("", "Suharto", "1970-05-05")), b: record(idp.Demographics{FamilyName: "Suharto", Birthdate: "1981-01-09"}), want: Different},
	"one name and two":    {a: record(stranger("", "Suharto", "1970-05-05")), b: record(stranger("Budi", "Suharto", "1970-05-05")), want: Possible},

	"shared telephone": {a: record(maria(nil)), b: record(func() idp.Demographics {
		d := stranger("Samuel", "Okafor", "1976-02-03")
		d.Phone = maria(nil).Phone
		return d
	}()), want: Different},
	"shared mailbox in another spelling": {a: record(maria(func(d *idp.Demographics) { d.Email = "the.garcias+maria@gmail.com" })), b: record(func() idp.Demographics {
		d := stranger("Samuel", "Okafor", "1976-02-03")
		d.Email = "thegarcias@googlemail.com"
		return d
	}()), want: Different},
	"mother and daughter of one name share everything": {a: record(maria(nil)), b: record(maria(func(d *idp.Demographics) { d.Birthdate = "2012-10-01" })), want: Possible},
	"another apartment": {a: record(maria(nil)), b: record(idp.Demographics{GivenName: "Maria", FamilyName: "Garcia",
		Address: idp.Address{Street: "12 Chestnut St #5", City: "Boston", State: "MA", PostalCode: "02108-7777", Country: "US"}}), want: Different},
	"the same apartment": {a: record(maria(nil)), b: record(idp.Demographics{GivenName: "Maria", FamilyName: "Garcia",
		Address: idp.Address{Street: "12 Chestnut St #4", City: "Boston", State: "MA", PostalCode: "02108-7777", Country: "US"}}), want: Possible},

	"one document, one birthdate, another spelling": {a: with(record(maria(nil)), "ab"), b: with(record(stranger("Mariah", "Garsia", "1984-06-12")), "cd", "ab"), want: Likely},
	"one document and nothing else":                 {a: with(record(maria(nil)), "ab"), b: with(record(stranger("Samuel", "Okafor", "1976-02-03")), "ab"), want: Possible},
	"two documents of one person":                   {a: with(record(maria(nil)), "ab"), b: with(record(maria(nil)), "cd"), want: Same},
	"strangers":                                     {a: record(maria(nil)), b: record(stranger("Samuel", "Okafor", "1976-02-03")), want: Different, blocked: true},
	"nothing is known":                              {a: Record{}, b: Record{}, want: Different, blocked: true},
}

func TestVerdictsOnPairsThatAreHard(t *testing.T) {
	t.Parallel()
	for name, p := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Compare(p.a, p.b)
			if got.Verdict != p.want {
				t.Errorf("%s (%d), want %s: %+v", got.Verdict, got.Value, p.want, got.Reasons)
			}
			if back := Compare(p.b, p.a); !reflect.DeepEqual(back, got) {
				t.Errorf("the other way round %+v, want %+v", back, got)
			}
			shared := slices.ContainsFunc(Keys(p.a), func(k string) bool { return slices.Contains(Keys(p.b), k) })
			if !shared && p.want != Different {
				t.Errorf("they share no key: %q and %q", Keys(p.a), Keys(p.b))
			}
			if p.blocked == shared {
				t.Errorf("they share a key: %t", shared)
			}
		})
	}
}

// TestNoSingleContactIsTheSame: families share telephones, mailboxes and homes.
func TestNoSingleContactIsTheSame(t *testing.T) {
	t.Parallel()
	m := maria(nil)
	for name, share := range map[string]func(*idp.Demographics){
		"phone":   func(d *idp.Demographics) { d.Phone = m.Phone },
		"e-mail":  func(d *idp.Demographics) { d.Email = m.Email },
		"address": func(d *idp.Demographics) { d.Address = m.Address },
	} {
		for _, with := range []struct {
			what  string
			given string
			last  string
			born  string
		}{
			{"nothing", "Samuel", "Okafor", "1976-02-03"}, {"the last name", "Samuel", "Garcia", "1976-02-03"},
			{"the name", "Maria", "Garcia", "1976-02-03"}, {"the birthdate", "Samuel", "Okafor", m.Birthdate},
		} {
			d := stranger(with.given, with.last, with.born)
			share(&d)
			if got := Compare(record(m), record(d)); got.Verdict.Rank() > Possible.Rank() {
				t.Errorf("%s and %s: %s", name, with.what, got.Verdict)
			}
		}
	}
}

func TestReasonsSayWhatAgreesAndHoldNoValue(t *testing.T) {
	t.Parallel()
	got := Compare(record(maria(nil)), record(maria(func(d *idp.Demographics) {
		d.FamilyName, d.Birthdate, d.Phone, d.Email = "Garsia", "1984-12-06", "+12125550199", ""
	})))
	want := map[string]Agreement{"family_name": Phonetic, "given_name": Exact, "birthdate": Swapped, "sex": Exact, "address": Exact, "phone": Unlike, "email": Missing}
	for _, r := range got.Reasons {
		if want[r.Field] != r.Agreement {
			t.Errorf("%s is %s, want %s", r.Field, r.Agreement, want[r.Field])
		}
		delete(want, r.Field)
		for _, value := range []string{"Garcia", "Garsia", "1984", "example", "555"} {
			if strings.Contains(r.Words, value) {
				t.Errorf("%q tells a value", r.Words)
			}
		}
	}
	if len(want) != 0 {
		t.Errorf("no reason for %v", want)
	}
}

func TestAnythingIsComparedTheSameBothWaysAndIsItself(t *testing.T) {
	t.Parallel()
	parts := []string{"", "Maria", "Mariah", "Garcia", "Garsia", "García López", "王", "محمد", "O'Brien", "x", "\xff", "Иванова", "1", "de la"}
	days := []string{"", "1984-06-12", "1984-12-06", "1985-06-12", "no date", "----------", "2000-1-1"}
	same := func(x [8]uint8, y [8]uint8, old bool) bool {
		build := func(n [8]uint8) Record {
			pick := func(i uint8, from []string) string { return from[int(n[i])%len(from)] }
			r := record(idp.Demographics{GivenName: pick(0, parts), FamilyName: pick(1, parts), MiddleName: pick(2, parts), Suffix: pick(3, []string{"", "Jr", "Sr", "MD"}),
				Birthdate: pick(4, days), Sex: pick(5, []string{"", "male", "female", "other"}), Phone: pick(6, []string{"", "+1", "+2"}),
				Email: pick(7, []string{"", "a@b.c", "A@b.c", "a"}), Address: idp.Address{Street: pick(2, []string{"", "1 a st", "1 b st", "1 a street #2"}), City: pick(1, parts)}})
			if old {
				r.Attributes = append(r.Attributes, formerName(pick(1, parts), pick(0, parts)))
			}
			return r
		}
		a, b := build(x), build(y)
		self := Compare(a, a)
		switch {
		case !reflect.DeepEqual(Compare(a, b), Compare(b, a)):
			t.Logf("%+v is not %+v", Compare(a, b), Compare(b, a))
		case self.Value != 100 && len(self.Reasons) > 0:
			t.Logf("with itself %+v", self)
		case len(Keys(a)) > MaxKeys:
			t.Logf("%d keys", len(Keys(a)))
		default:
			return true
		}
		return false
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

func TestKeysAreFewAndFindWhatWasBefore(t *testing.T) {
	t.Parallel()
	r := record(maria(nil))
	for i := range 50 {
		d := stranger("Given"+strings.Repeat("a", i), "Family"+strings.Repeat("k", i%3)+strings.Repeat("lab", i), "1984-06-12")
		d.Email, d.Phone, d.Address.Street = strings.Repeat("x", i+1)+"@example.org", "+1"+strings.Repeat("1", i), strings.Repeat("1", i+1)+" Elm"
		for _, a := range idp.AttributesOf(d, idp.Attribute{}) {
			a.EndedAt = time.Unix(1, 0)
			r.Attributes = append(r.Attributes, a)
		}
	}
	keys := Keys(with(r, "e1", "e2"))
	if len(keys) != MaxKeys {
		t.Errorf("%d keys, want %d", len(keys), MaxKeys)
	}
	for _, want := range []string{"fb KRS 19840612", "nm KRS MR", "bi 19840612 m", "ph +16175550142", "em maria@example.org", "ad 12 chestnut st 02108", "ev e1", "ev e2"} {
		if !slices.Contains(keys, want) {
			t.Errorf("there is no key %q in %q", want, keys)
		}
	}
	if keys := Keys(record(maria(nil), formerName("Maria", "Okafor"))); !slices.Contains(keys, "fb AKFR 19840612") {
		t.Errorf("no key of the name of before in %q", keys)
	}
}

func TestPhoneticKeys(t *testing.T) {
	t.Parallel()
	for _, alike := range [][]string{
		{"garcia", "garsia", "garzia"}, {"jimenez", "gimenez", "ximenez"}, {"hernandez", "ernandes"}, {"chavez", "chabes"}, {"schmidt", "shmitt", "smit", "smith"},
		{"catherine", "katherine", "kathryn"}, {"philips", "fillips"}, {"knight", "nite"}, {"wright", "rite"}, {"macdonald", "mcdonald"},
		{"muhammad", "mohammed"}, {"weber", "veber"}, {"brown", "braun"}, {"christine", "kristin"}, {"yolanda", "jolanda"}, {"meyer", "maier", "mayr"},
	} {
		for _, other := range alike[1:] {
			if a, b := phonetic(alike[0]), phonetic(other); a != b {
				t.Errorf("%s is %s, %s is %s", alike[0], a, other, b)
			}
		}
	}
	for word, want := range map[string]string{"": "", "a": "A", "h": "h", "kn": "KN", "王": "王", "o2": "o2", "xyz": "JS", "max": "MKS"} {
		if got := phonetic(word); got != want {
			t.Errorf("%q is %q, want %q", word, got, want)
		}
	}
}
