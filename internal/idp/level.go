package idp

import (
	"fmt"
	"slices"
	"strings"
)

// Level is an identity assurance level of the HL7 Interoperable Digital Identity and Patient Matching IG 2.0.0
// (Guidance on Identity Assurance), in the form it is stored and typed. The empty Level means: not verified.
type Level string

const (
	Unverified Level = ""
	IDIAL1     Level = "idial1"
	IDIAL1_2   Level = "idial1.2"
	IDIAL1_4   Level = "idial1.4"
	IDIAL1_5   Level = "idial1.5"
	IDIAL1_6   Level = "idial1.6"
	IDIAL1_8   Level = "idial1.8"
	IDIAL2     Level = "idial2"
)

// Levels lists every level that can be recorded, lowest first.
var Levels = []Level{IDIAL1, IDIAL1_2, IDIAL1_4, IDIAL1_5, IDIAL1_6, IDIAL1_8, IDIAL2}

// ParseLevel reads a level in any case: "IDIAL1.8" is idial1.8. The empty string is Unverified.
func ParseLevel(s string) (Level, error) {
	l := Level(strings.ToLower(s))
	if l == Unverified || slices.Contains(Levels, l) {
		return l, nil
	}
	return Unverified, fmt.Errorf("%q is not an identity assurance level: one of %s", s, levelNames())
}

// AtLeast reports whether l stands for at least as much as floor.
func (l Level) AtLeast(floor Level) bool {
	return slices.Index(Levels, l) >= slices.Index(Levels, floor)
}

func levelNames() string {
	names := make([]string, len(Levels))
	for i, l := range Levels {
		names[i] = string(l)
	}
	return strings.Join(names, ", ")
}
