package recovery

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	throttlePurpose = "throttle"
	hour            = time.Hour
	day             = 24 * time.Hour
	year            = 365 * day
)

// key names what is counted, without anybody's address in it. It is keyed, because addresses are few enough to be tried out.
func (c *Recovery) key(kind string, parts ...string) (string, error) {
	sum, err := c.Sealer.Digest([]byte(strings.Join(append([]string{kind}, parts...), "\x00")), throttlePurpose)
	if err != nil {
		return "", fmt.Errorf("throttle: %w", err)
	}
	return kind + ":" + hex.EncodeToString(sum[:12]), nil
}

// network is where a request comes from, as it is counted: one address, of IPv6 the /64 that one subscriber has.
func (c *Recovery) network(r *http.Request) string {
	addr, err := netip.ParseAddr(c.ClientIP(r))
	if err != nil {
		return c.ClientIP(r)
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return prefix.String()
}

// limit is how often something may be done, by each of those that it is counted for.
type limit struct {
	kind   string
	each   int // from one network
	all    int // by everybody
	window time.Duration
}

// What may be done how often. The numbers let a waiting room behind one address through, and leave a program nothing.
var (
	recoverStarts = limit{"recover", 20, 2000, hour}
	codeTries     = limit{"code", 60, 5000, hour}
	savedTries    = limit{"saved", 20, 1000, hour}
	inviteTries   = limit{"invite", 20, 1000, hour}
	signUps       = limit{"sign-up", 10, 500, hour}
	sendings      = limit{"send", 30, 2000, hour}
)

// allowances are those of a limit for a request.
func (c *Recovery) allowances(r *http.Request, l limit) ([]idp.Allowance, error) {
	each, err := c.key(l.kind+".network", c.network(r))
	if err != nil {
		return nil, err
	}
	return []idp.Allowance{{Key: each, Max: l.each, Window: l.window}, {Key: l.kind + ".all", Max: l.all, Window: l.window}}, nil
}

// spend counts against a limit. If there is no room the person has been told when there is (ok is false).
func (c *Recovery) spend(w http.ResponseWriter, r *http.Request, l limit, more ...idp.Allowance) (ok bool, err error) {
	allowances, err := c.allowances(r, l)
	if err != nil {
		return false, err
	}
	err = c.Store.Spend(r.Context(), c.now(), append(allowances, more...)...)
	if err == nil {
		return true, nil
	}
	return false, c.refused(w, r, err)
}

// refused shows when there is room again. It returns err when that is not what it says.
func (c *Recovery) refused(w http.ResponseWriter, r *http.Request, err error) error {
	full, ok := errors.AsType[*idp.Throttled](err)
	if !ok {
		return err
	}
	// The pattern and not the address: in that of an invitation is its secret.
	c.Log.WarnContext(r.Context(), "tried too often", "route", r.Pattern, "until", full.Until)
	page := pages.TooMany{Until: full.Until, Now: c.now()}
	if strings.HasPrefix(full.Key, guessed) { // by others, perhaps: she is not barred
		page.SavedURL = savedPath
	}
	return c.Pages.TooMany(w, r, page)
}
