package dataholder

import "encoding/json"

// details are what a patient may share, in words, in the order they are told.
var details = []struct{ words, claim string }{
	{"your name", "name"}, {"your birth date", "birthdate"}, {"your sex", "gender"}, {"your home address", "address"},
	{"your phone number", "phone_number"}, {"your email address", "email"}, {"your Digital Identifier", "hl7_identifier"},
}

// shared tells what came, and what did not: the patient may have switched it off, or her provider does not know it.
func shared(documents ...json.RawMessage) (came, missing []string) {
	received := map[string]bool{}
	for _, document := range documents {
		var members map[string]json.RawMessage
		if json.Unmarshal(document, &members) != nil {
			continue
		}
		for name := range members {
			received[name] = true
		}
	}
	for _, d := range details {
		if received[d.claim] {
			came = append(came, d.words)
			continue
		}
		missing = append(missing, d.words)
	}
	return came, missing
}
