package dataholder

import (
	"sync"
	"testing"
)

const (
	idial18 = "http://udap.org/code/id/idial1.8"
	aal2    = "http://udap.org/code/auth/aal2"
	issuer  = "https://idp.example"
)

// identity is Jane's in every detail, before change.
func identity(change func(*Identity)) Identity {
	i := Identity{
		Issuer: issuer, Subject: "subject", GivenName: "Jane", FamilyName: "Doe", Birthdate: "1979-01-01",
		Address: Address{Street: "1234 MAIN ST", City: "los angeles", State: "ca", PostalCode: "90210-1234"},
		Phone:   "+1 555 777 1234", Email: "JANE@example.org",
		DigitalIdentifier: "7c0d5fd4-64a1-4a5e-9a0e-2f4d8d9b1a55", ACR: idial18, AMR: []string{aal2},
	}
	if change != nil {
		change(&i)
	}
	return i
}

// The table of HL7 Identity Matching IG 2.0.0, Patient Weighted Elements.
func TestWeightsAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	known := jane
	known.DigitalIdentifier, known.DigitalIdentifierFrom = identity(nil).DigitalIdentifier, issuer
	nobody := func(i *Identity) { *i = Identity{Issuer: issuer} }
	for _, test := range []struct {
		name   string
		record Record
		change func(*Identity)
		want   int
	}{
		{"everything, identifier new", jane, nil, 10},
		{"everything, identifier known", known, nil, 15},
		{"nothing", jane, nobody, 0},
		{"two unknowns are not the same", Record{}, nobody, 0},
		{"name only", jane, func(i *Identity) { nobody(i); i.GivenName, i.FamilyName = "JANE", " doe " }, 3},
		{"last name only", jane, func(i *Identity) { nobody(i); i.FamilyName = "Doe" }, 0},
		{"birth date only", jane, func(i *Identity) { nobody(i); i.Birthdate = "1979-01-01" }, 2},
		{"phone only", jane, func(i *Identity) { nobody(i); i.Phone = "15557771234" }, 4},
		{"e-mail only", jane, func(i *Identity) { nobody(i); i.Email = "jane@example.org" }, 4},
		{"address with ZIP only", jane, func(i *Identity) { nobody(i); i.Address = Address{Street: "1234 Main St", PostalCode: "90210"} }, 4},
		{"address with city and state only", jane, func(i *Identity) {
			nobody(i)
			i.Address = Address{Street: "1234 Main St", City: "Los Angeles", State: "CA"}
		}, 4},
		{"address line alone", jane, func(i *Identity) { nobody(i); i.Address = Address{Street: "1234 Main St"} }, 0},
		{"ZIP alone", jane, func(i *Identity) { nobody(i); i.Address = Address{PostalCode: "90210"} }, 0},
		{"two contacts", jane, func(i *Identity) { nobody(i); i.Phone, i.Email = "5557771234", "jane@example.org" }, 5},
		{"three contacts are no more than two", jane, func(i *Identity) {
			i.GivenName, i.Birthdate = "", ""
		}, 5},
		{"identifier only", known, func(i *Identity) { nobody(i); i.DigitalIdentifier = known.DigitalIdentifier }, 5},
		{"identifier of another assigner", known, func(i *Identity) {
			nobody(i)
			i.Issuer, i.DigitalIdentifier = "https://other.example", known.DigitalIdentifier
		}, 0},
		{"name, birth date, one contact", jane, func(i *Identity) { i.Phone, i.Email = "", "" }, 9},
		{"name, birth date, two contacts", jane, func(i *Identity) { i.Phone = "" }, 10},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, comparisons := compare(test.record, identity(test.change))
			if got != test.want {
				t.Errorf("weight = %d, want %d: %+v", got, test.want, comparisons)
			}
		})
	}
}

func TestRecordIsOpenedOnlyForTheOnePersonItFits(t *testing.T) {
	t.Parallel()
	twin := jane
	twin.ID = "MRN-1003"
	known := jane
	known.DigitalIdentifier, known.DigitalIdentifierFrom = identity(nil).DigitalIdentifier, issuer
	others := known
	others.DigitalIdentifier = "11111111-1111-4111-8111-111111111111"
	for _, test := range []struct {
		name    string
		records []Record
		change  func(*Identity)
		outcome Outcome
		how     string
	}{
		{"enough agrees", []Record{john, jane}, nil, Matched, ByWeights},
		{"weight 9 is not enough", []Record{jane}, func(i *Identity) { i.Phone, i.Email = "", "" }, NoRecord, ""},
		{"two records fit", []Record{jane, twin}, nil, Ambiguous, ""},
		{"no records", nil, nil, NoRecord, ""},
		{"identifier known, and the name", []Record{known}, func(i *Identity) {
			*i = Identity{Issuer: issuer, GivenName: "Jane", FamilyName: "Doe", DigitalIdentifier: known.DigitalIdentifier, ACR: idial18, AMR: []string{aal2}}
		}, Matched, ByIdentifier},
		{"identifier known and nothing else agrees", []Record{known}, func(i *Identity) {
			*i = Identity{Issuer: issuer, DigitalIdentifier: known.DigitalIdentifier, ACR: idial18, AMR: []string{aal2}}
		}, NoRecord, ""},
		{"identifier known decides between two", []Record{twin, known}, nil, Matched, ByIdentifier},
		{"another identifier of the same assigner", []Record{others}, nil, NoRecord, ""},
		{"another birth date", []Record{known}, func(i *Identity) { i.Birthdate, i.GivenName = "1979-01-02", "Janet" }, NoRecord, ""},
		{"identity not verified well enough", []Record{known}, func(i *Identity) { i.ACR = "http://udap.org/code/id/idial1.6" }, NotAssured, ""},
		{"one factor only", []Record{known}, func(i *Identity) { i.AMR = []string{"pop"} }, NotAssured, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := NewRecords(test.records).Match(identity(test.change))
			if got.Outcome != test.outcome || got.How != test.how {
				t.Errorf("match = %s by %q, want %s by %q", got.Outcome, got.How, test.outcome, test.how)
			}
			if (got.Patient != nil) != (test.outcome == Matched) {
				t.Errorf("patient = %+v at %s", got.Patient, got.Outcome)
			}
		})
	}
}

func TestPersonIsBoundByIssuerAndSubjectTogether(t *testing.T) {
	t.Parallel()
	records := NewRecords([]Record{jane})
	records.Match(identity(nil))
	bare := Identity{Issuer: issuer, Subject: "subject", ACR: idial18, AMR: []string{aal2}}
	if got := records.Match(bare); got.How != ByBinding || got.Patient == nil {
		t.Errorf("same issuer and subject: %+v", got)
	}
	bare.Issuer = "https://other.example"
	if got := records.Match(bare); got.Patient != nil {
		t.Errorf("same subject of another issuer: %+v", got)
	}
	bare.Issuer, bare.ACR = issuer, "http://udap.org/code/id/ial1"
	if got := records.Match(bare); got.Outcome != NotAssured || got.Patient != nil {
		t.Errorf("bound, and now not assured: %+v", got)
	}
}

func TestIdentifierIsKeptForTheNextSubject(t *testing.T) {
	t.Parallel()
	records := NewRecords([]Record{jane})
	records.Match(identity(nil))
	got := records.Match(identity(func(i *Identity) { i.Subject = "re-issued"; i.Phone, i.Email = "", "" }))
	if got.How != ByIdentifier {
		t.Errorf("match = %s by %q, want by identifier", got.Outcome, got.How)
	}
}

func TestContactThatIsNotVerifiedDoesNotCount(t *testing.T) {
	t.Parallel()
	claims, err := parseObject([]byte(`{"email":"jane@example.org","email_verified":false,"phone_number":"+15557771234"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := identityOf(claims); got.Email != "" || got.Phone == "" {
		t.Errorf("e-mail %q, phone %q; want the phone only", got.Email, got.Phone)
	}
}

func TestRecordsAreSafeForManySignInsAtOnce(t *testing.T) {
	t.Parallel()
	records := NewRecords([]Record{jane, john})
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			if got := records.Match(identity(nil)); got.Outcome != Matched {
				t.Errorf("match = %s", got.Outcome)
			}
		})
	}
	wait.Wait()
}
