package recovery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// hand is who may be trying. What is tried is counted for each hand by itself: a stranger who knows her address and her birthdate can
// use up what anybody has, and neither what she has in a browser of hers nor what she has once she has shown something else.
type hand string

const (
	anybodys hand = "anybody" // nothing tells her from a stranger
	known    hand = "known"   // in a browser that she has signed in in
	proved   hand = "proved"  // another way was shown already
)

// How many codes that were sent may be tried for one account, by one way. NIST SP 800-63B-4 §3.2.2: at most 100 consecutive failed
// attempts, which the three hands share. She begins anew when she has signed in since, or has got the account back; a proof alone
// is no new beginning, because whoever has her mailbox proves that as often as he likes. Saved codes have 80 bits, which nobody
// guesses: they are counted by network and over all, so that nobody can bar her from them.
var tries = map[hand]struct{ day, year int }{anybodys: {20, 60}, known: {10, 20}, proved: {10, 20}}

// triesOfNetwork are those of a day for one account out of one network, whose stranger alone does not use up what anybody has.
const triesOfNetwork = 10

// How many codes go to one address, out of one network and out of all: enough for somebody who mistypes, and little enough not to be
// a nuisance.
var (
	sendingsOfNetwork = struct{ hour, day int }{5, 10}
	sendingsOfAll     = struct{ hour, day int }{10, 20}
)

// guessed is how what counts wrong codes is called.
const guessed = "misses"

// hand of a request.
func (c *Recovery) hand(r *http.Request, recovery idp.Recovery) (hand, error) {
	knows, err := c.Knows(r, recovery.PersonID) // asked in any case, so that it takes as long
	switch {
	case err != nil:
		return "", err
	case len(recovery.Proofs) > 0:
		return proved, nil
	case knows:
		return known, nil
	}
	return anybodys, nil
}

// misses are the allowances of wrong codes that were sent by a way.
func (c *Recovery) misses(r *http.Request, recovery idp.Recovery, way idp.RecoveryWay) ([]idp.Allowance, error) {
	h, err := c.hand(r, recovery)
	if err != nil {
		return nil, err
	}
	day1, year1, err := c.missKeys(r.Context(), recovery, way, h)
	if err != nil {
		return nil, err
	}
	all := []idp.Allowance{{Key: day1, Max: tries[h].day, Window: day}, {Key: year1, Max: tries[h].year, Window: year}}
	if h != anybodys {
		return all, nil
	}
	here, err := c.key(guessed+".network", recovery.TypedKey, string(way), c.network(r))
	return append(all, idp.Allowance{Key: here, Max: triesOfNetwork, Window: day}), err
}

// missKeys name what is counted: by what was typed, so that it is the same where there is no account. The longer count has her last
// sign-in in its name, and so begins anew with the next.
func (c *Recovery) missKeys(ctx context.Context, recovery idp.Recovery, way idp.RecoveryWay, h hand) (ofDay, ofYear string, err error) {
	passkeys, err := c.Store.Passkeys(ctx, recovery.PersonID)
	if err != nil {
		return "", "", fmt.Errorf("passkeys: %w", err)
	}
	var last time.Time
	for _, k := range passkeys {
		if k.LastUsedAt.After(last) {
			last = k.LastUsedAt
		}
	}
	if ofDay, err = c.key(guessed+".day", recovery.TypedKey, string(way), string(h)); err != nil {
		return "", "", err
	}
	ofYear, err = c.key(guessed+".year", recovery.TypedKey, string(way), string(h), strconv.FormatInt(last.UnixMicro(), 10))
	return ofDay, ofYear, err
}

// forgive begins the counting of wrong codes anew, when everything was shown.
func (c *Recovery) forgive(r *http.Request, recovery idp.Recovery) error {
	var keys []string
	for _, way := range []idp.RecoveryWay{idp.EmailCode, idp.PhoneCode} {
		for h := range tries {
			day1, year1, err := c.missKeys(r.Context(), recovery, way, h)
			if err != nil {
				return err
			}
			keys = append(keys, day1, year1)
		}
	}
	return c.Store.Forgive(r.Context(), keys...)
}

// spendTry counts a try of a sent code. If there is no room the person at the screen has been told until when (ok is false), and the
// one whose account it is that somebody guesses.
func (c *Recovery) spendTry(w http.ResponseWriter, r *http.Request, recovery idp.Recovery, way idp.RecoveryWay) (ok bool, err error) {
	misses, err := c.misses(r, recovery, way)
	if err != nil {
		return false, err
	}
	all, err := c.allowances(r, codeTries)
	if err != nil {
		return false, err
	}
	err = c.Store.Spend(r.Context(), c.now(), append(all, misses...)...)
	if err == nil {
		return true, nil
	}
	if full, ok := errors.AsType[*idp.Throttled](err); ok && strings.HasPrefix(full.Key, guessed) {
		if err := c.tellOfGuesses(r, recovery); err != nil {
			return false, err
		}
	}
	return false, c.refused(w, r, err)
}

// tellOfGuesses tells all her addresses, once a day, that somebody types codes and has them wrong.
func (c *Recovery) tellOfGuesses(r *http.Request, recovery idp.Recovery) error {
	p, err := c.personOf(r.Context(), recovery)
	if err != nil {
		return err
	}
	trail := idp.Trail{}
	if p.ID != "" {
		trail.Events = []idp.AuditEvent{c.event(r, stranger, "recovery.guessed", p.ID, nil)}
		if trail.Messages, err = c.Mail.About(p, idp.Notice{Kind: idp.NoticeRecoveryGuessed}); err != nil {
			return err
		}
	}
	err = c.Store.Tell(r.Context(), c.now(), trail, idp.Allowance{Key: guessed + ".told:" + recovery.TypedKey, Max: 1, Window: day})
	if _, told := errors.AsType[*idp.Throttled](err); told {
		return nil
	}
	return err
}

// sendingAllowances are those of sending a code to an address.
func (c *Recovery) sendingAllowances(r *http.Request, s sending) ([]idp.Allowance, error) {
	all, err := c.allowances(r, sendings)
	if err != nil {
		return nil, err
	}
	to := []string{string(s.channel), strings.ToLower(s.address)}
	if s.hand != "" && s.hand != anybodys {
		to = append(to, string(s.hand))
	}
	for _, a := range []struct {
		kind  string
		names []string
		idp.Allowance
	}{
		{"send.hour", to, idp.Allowance{Max: sendingsOfAll.hour, Window: hour}},
		{"send.day", to, idp.Allowance{Max: sendingsOfAll.day, Window: day}},
		{"send.network.hour", append(to, c.network(r)), idp.Allowance{Max: sendingsOfNetwork.hour, Window: hour}},
		{"send.network.day", append(to, c.network(r)), idp.Allowance{Max: sendingsOfNetwork.day, Window: day}},
	} {
		if a.Key, err = c.key(a.kind, a.names...); err != nil {
			return nil, err
		}
		all = append(all, a.Allowance)
	}
	return all, nil
}
