package pages

import "strings"

// ConsentItem is one personal detail, as it would be released.
type ConsentItem struct {
	// Claim is the name on the wire: name, birthdate, gender, address, phone_number, email, hl7_identifier, and so on.
	// One without a label of its own is shown under its name.
	Claim string
	// Value as it would be released: a birthdate as YYYY-MM-DD, a gender as male or female, an address in lines separated
	// by \n; a list in an entry a line, verified_claims in lines of a member's name and its value.
	Value string
	// Sensitive values are masked, all but the last four characters, and shown whole only where it is asked whether they may go,
	// to whoever opens them.
	Sensitive bool
}

// detail is an item as it stands on a page.
type detail struct {
	Claim     string // the text key detail.<Claim> is its label, when Known
	Known     bool
	Lines     []string
	Note      string // text key of a sentence about the value, "" for none
	Sensitive bool
	Whole     []string // of a masked value, for whoever wants to see it; nil where nobody may
}

// partOf names the details that only repeat another: whoever sees the whole has seen the parts.
var partOf = map[string]string{
	"given_name":            "name",
	"middle_name":           "name",
	"family_name":           "name",
	"suffix":                "name",
	"last_name":             "name",
	"name_full":             "name",
	"address_line1":         "address",
	"address_line2":         "address",
	"locality":              "address",
	"region":                "address",
	"postal_code":           "address",
	"country":               "address",
	"full_address":          "address",
	"historical_address":    "address_historical",
	"hl7_person_identifier": "hl7_identifier",
}

// verifiedFlag names the details that only say that another was checked.
var verifiedFlag = map[string]string{
	"email_verified":        "email",
	"phone_number_verified": "phone_number",
}

// details makes items readable in a language, in the order given, each piece of information once. The place, consent or
// account, chooses the sentence that explains a value.
func (l *language) details(items []ConsentItem, place string) []detail {
	values := map[string]string{}
	for _, it := range items {
		values[it.Claim] = it.Value
	}
	var out []detail
	for _, it := range items {
		if it.Value == "" || repeats(it, values) {
			continue
		}
		out = append(out, l.detail(it, place))
	}
	return out
}

func repeats(it ConsentItem, values map[string]string) bool {
	if whole, ok := verifiedFlag[it.Claim]; ok {
		return values[whole] != ""
	}
	whole, ok := partOf[it.Claim]
	return ok && strings.Contains(values[whole], it.Value)
}

func (l *language) detail(it ConsentItem, place string) detail {
	_, known := l.Texts["detail."+it.Claim]
	d := detail{Claim: it.Claim, Known: known, Sensitive: it.Sensitive, Lines: l.lines(it)}
	if it.Sensitive {
		d.Lines = []string{mask(it.Value)}
		if place != "account" {
			d.Whole = l.lines(it)
		}
	}
	if key := "detail." + it.Claim + "." + place; l.Texts[key] != "" {
		d.Note = key
	}
	return d
}

func (l *language) lines(it ConsentItem) []string {
	switch it.Claim {
	case "birthdate", "updated_at":
		return []string{l.date(it.Value)}
	case "phone_number":
		return []string{spacePhone(it.Value)}
	case "verified_claims":
		return l.facts(it.Value)
	case "gender", "sex_legal":
		if word, ok := l.Texts["gender."+it.Value]; ok {
			return []string{word}
		}
	}
	return strings.Split(it.Value, "\n")
}

// facts makes lines of a member's name and its value readable.
func (l *language) facts(value string) []string {
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case "time", "date_of_issuance", "date_of_expiry":
			day, _, _ := strings.Cut(value, "T")
			value = l.date(day)
		}
		if text, err := l.text("verified."+name, "value", value); err == nil {
			lines[i] = text
		}
	}
	return lines
}

// spacePhone puts spaces into a number of the North American plan, so that it can be read and compared; others stay as
// they are.
func spacePhone(e164 string) string {
	if len(e164) != len("+12065550123") || !strings.HasPrefix(e164, "+1") {
		return e164
	}
	return e164[:2] + " " + e164[2:5] + " " + e164[5:8] + " " + e164[8:]
}

// mask hides all but the last four characters, and everything of a value so short that four would tell it.
func mask(value string) string {
	const dots, shown = "••••", 4
	runes := []rune(value)
	if len(runes) < 3*shown {
		return dots
	}
	return dots + " " + string(runes[len(runes)-shown:])
}

// levelKey is the text key that says in words how an identity was verified.
func (l *language) levelKey(level string) string {
	key := "level." + level
	if _, ok := l.Texts[key]; ok && level != "" {
		return key
	}
	return "level.none"
}
