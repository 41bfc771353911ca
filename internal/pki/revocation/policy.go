package revocation

import (
	"fmt"
	"time"
)

// Mode is what happens to a certificate that cannot be checked.
type Mode int

const (
	HardFail Mode = iota // it does not pass
	SoftFail             // it does if the last evidence went out of date less than the grace ago
	NoCheck              // nothing is checked
)

// Policy is how strict a community is. The zero value is the strictest.
type Policy struct {
	Mode Mode
	// Grace is how long after its nextUpdate evidence counts under SoftFail.
	Grace time.Duration
	// AllowWithoutSource lets a certificate pass that names no list and no responder.
	AllowWithoutSource bool
}

// Validate checks a policy that came from outside.
func (p Policy) Validate() error {
	if p.Mode < HardFail || p.Mode > NoCheck {
		return fmt.Errorf("unknown revocation mode %d", p.Mode)
	}
	if p.Grace < 0 {
		return fmt.Errorf("the grace is %v, expected none or a positive one", p.Grace)
	}
	if p.Grace > 0 && p.Mode != SoftFail {
		return fmt.Errorf("a grace of %v needs the mode %s, it is %s", p.Grace, SoftFail, p.Mode)
	}
	return nil
}

var modeNames = []string{"hard-fail", "soft-fail", "no-check"}

// String is the name in settings.
func (m Mode) String() string {
	if m < HardFail || m > NoCheck {
		return fmt.Sprintf("Mode(%d)", int(m))
	}
	return modeNames[m]
}

// ParseMode reads the name in settings.
func ParseMode(name string) (Mode, error) {
	for i, known := range modeNames {
		if name == known {
			return Mode(i), nil
		}
	}
	return 0, fmt.Errorf("unknown revocation mode %q, expected hard-fail, soft-fail or no-check", name)
}
