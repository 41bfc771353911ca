package udap

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// What a certification may limit. Of a list the client may ask for a part; everything else is the same or not at all.
var (
	// limits are those without which a client would be held to nothing: the statement must have them, too.
	limits = []string{"client_name", "software_id", "software_version", "logo_uri", "token_endpoint_auth_method"}
	// details are facts of the client that a statement need not repeat; if it does, they must be the same.
	details = []string{"client_uri", "tos_uri", "policy_uri", "launch_uri"}

	listLimits = map[string]func(certified []string, asked string) bool{
		"grant_types": slices.Contains[[]string], "response_types": slices.Contains[[]string],
		"contacts": coversContact, "redirect_uris": coversRedirect,
	}
)

// checkParameters compares what the certification says about registration parameters with what the statement asks for,
// before we grant less of it.
//
// UDAP Certifications and Endorsements §1, §6.5: what the client asks for matches the certification; of an array it may ask
// for a subset.
func (c *Certification) checkParameters(s *SoftwareStatement) problem {
	for _, name := range limits {
		if p := c.checkText(s, name, true); p != "" {
			return p
		}
	}
	for _, name := range details {
		if p := c.checkText(s, name, false); p != "" {
			return p
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listLimits)) {
		if p := c.checkList(s, name, listLimits[name]); p != "" {
			return p
		}
	}
	return c.checkScope(s)
}

// outside says what the statement has and the certification does not allow.
func outside(name, asked, certified string) problem {
	return problem("the software statement has the " + name + " " + asked + ", expected what is certified: " + certified)
}

func (c *Certification) checkText(s *SoftwareStatement, name string, needed bool) problem {
	value := c.parameters[name]
	if isAbsent(value) {
		return ""
	}
	certified, ok := stringOf(value)
	if !ok {
		return problem("the claim " + name + " is " + kindOf(value) + ", expected a string")
	}
	asked, ok := stringOf(s.parameters[name])
	if !ok && !needed && isAbsent(s.parameters[name]) {
		return ""
	}
	if !ok {
		return problem("the software statement has no " + name + ", expected what is certified: " + quote(certified))
	}
	if asked != certified {
		return outside(name, quote(asked), quote(certified))
	}
	return ""
}

func (c *Certification) checkList(s *SoftwareStatement, name string, covers func(certified []string, asked string) bool) problem {
	value := c.parameters[name]
	if isAbsent(value) {
		return ""
	}
	certified, ok := stringsOf(value)
	if !ok {
		return problem("the claim " + name + " is " + kindOf(value) + ", expected an array of strings")
	}
	// That it is an array of strings, and is there, was checked when the statement's parameters were read.
	asked, _ := stringsOf(s.parameters[name])
	for _, one := range asked {
		if !covers(certified, one) {
			return outside(name, quote(one), "["+list(certified)+"]")
		}
	}
	return ""
}

func (c *Certification) checkScope(s *SoftwareStatement) problem {
	value := c.parameters["scope"]
	if isAbsent(value) {
		return ""
	}
	text, ok := stringOf(value)
	if !ok {
		return problem("the claim scope is " + kindOf(value) + ", expected a string")
	}
	certified := strings.Fields(text)
	for _, scope := range s.requestedScopes() {
		if !slices.Contains(certified, scope) {
			return outside("scope", quote(scope), quote(text))
		}
	}
	return ""
}

// coversContact compares contacts as they are registered: a bare e-mail address is the mailto that it means.
func coversContact(certified []string, asked string) bool {
	wanted, _, _ := contact(asked)
	return slices.ContainsFunc(certified, func(one string) bool {
		normal, _, ok := contact(one)
		return ok && normal == wanted
	})
}

// coversRedirect reports whether one of the certified redirect URIs is the one asked for.
//
// UDAP Certifications and Endorsements §1: an asterisk there stands for one component of the path, or for the value of one
// query parameter; %2A is a literal one.
func coversRedirect(certified []string, asked string) bool {
	return slices.ContainsFunc(certified, func(pattern string) bool { return matchesRedirect(pattern, asked) })
}

func matchesRedirect(pattern, asked string) bool {
	if pattern == asked {
		return true
	}
	patternBase, patternQuery, patternHas := strings.Cut(pattern, "?")
	base, query, has := strings.Cut(asked, "?")
	if patternHas != has {
		return false
	}
	// The first three parts of a split at slashes are the scheme and the host, where no asterisk stands for anything.
	return matchesParts(patternBase, base, "/", 3, func(part string) string { return "" }) &&
		matchesParts(patternQuery, query, "&", 0, func(part string) string {
			name, _, _ := strings.Cut(part, "=")
			return name + "="
		})
}

// matchesParts compares part by part. A part of the pattern that is its prefix with an asterisk stands for the prefix with
// something behind it.
func matchesParts(pattern, text, separator string, exact int, prefix func(part string) string) bool {
	patterns, parts := strings.Split(pattern, separator), strings.Split(text, separator)
	if len(patterns) != len(parts) {
		return false
	}
	for i, part := range parts {
		if patterns[i] == part {
			continue
		}
		before := prefix(patterns[i])
		value, ok := strings.CutPrefix(part, before)
		if i < exact || patterns[i] != before+"*" || !ok || !isComponent(value) {
			return false
		}
	}
	return true
}

// isComponent reports whether an asterisk may stand for s: not for nothing, not for another asterisk, and not for a dot
// segment, with which a browser goes to another path.
func isComponent(s string) bool {
	plain, err := url.PathUnescape(s)
	return err == nil && s != "" && !strings.Contains(s, "*") && plain != "." && plain != ".."
}
