package pages

import "slices"

// reading is the order of details: who she is, where she is found, what finds older records, what finds all of them.
var reading = []string{
	"name", "given_name", "middle_name", "family_name", "suffix", "birthdate", "gender", "sex_legal", "address", "phone_number", "email", "locale",
	"name_historical", "address_historical", "phone_number_historical", "hl7_identifier", "uuid", "verified_claims", "token_policy", "updated_at",
}

// sortLabels puts what is not in the order behind it, as it came.
func sortLabels(labels []label) {
	place := func(name string) int {
		if i := slices.Index(reading, name); i >= 0 {
			return i
		}
		return len(reading)
	}
	slices.SortStableFunc(labels, func(a, b label) int { return place(a.Claim) - place(b.Claim) })
}
