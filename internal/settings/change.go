package settings

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
)

// Refusal is why a setting is not changed. Its code names the words of a page; the error is for the command line.
type Refusal struct {
	Code    string // setting_fixed, setting_bad, setting_unknown, setting_loosened
	Setting string
	text    string
}

func (r *Refusal) Error() string { return r.text }

// RefusalCode names the words for a page.
func (r *Refusal) RefusalCode() string { return r.Code }

// Change is what is made, and taken back, whole.
type Change struct {
	Set   map[string]string // settings by name
	Clear []string          // settings that go back to what they are without
	Logo  *[]byte           // PNG; empty takes it back; nil leaves it as it is
	Save  []idp.Draft
	Drop  []string // names of drafts
	// Loosen allows what an administrator in a browser may not: to ask for a second person for fewer acts.
	Loosen bool
}

// twoPersonActs is what can be tightened in the browser only.
const twoPersonActs = "two-person-acts"

// Make carries a change out, in one transaction with its record, and lets this server follow at once. *Refusal; idp.ErrStale when
// somebody else changed the settings at the same moment.
func (l *Live) Make(ctx context.Context, c Change, by idp.Reading, now time.Time) error {
	made, revision, err := l.store.OperatorSettings(ctx)
	if err != nil {
		return err
	}
	// This server's view may be a second old: what may not be loosened is what is stored. What cannot stand is left out, and counts nowhere.
	stored, _ := With(l.base, made)
	if err := l.check(c, stored.TwoPersonActs); err != nil {
		return err
	}
	store := idp.OperatorChange{Revision: revision, Save: c.Save, Drop: c.Drop}
	var record []changed
	before := map[string]string{}
	for _, m := range made {
		before[m.Name] = m.Value
	}
	set := func(name, value string) {
		record = append(record, changed{name, shown(name, before[name]), shown(name, value)})
		store.Set = append(store.Set, idp.OperatorSetting{Name: name, Value: value, ChangedBy: by.Actor, ChangedAt: now})
	}
	clear := func(name string) {
		if old, there := before[name]; there {
			record = append(record, changed{name, shown(name, old), ""})
			store.Clear = append(store.Clear, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		if old, there := before[name]; !there || old != c.Set[name] {
			set(name, c.Set[name])
		}
	}
	for _, name := range c.Clear {
		clear(name)
	}
	switch {
	case c.Logo == nil:
	case len(*c.Logo) == 0:
		clear(idp.LogoSetting)
	default:
		set(idp.LogoSetting, base64.StdEncoding.EncodeToString(*c.Logo))
	}
	if len(record) == 0 {
		store.DraftsOnly = true
		return l.store.ChangeOperator(ctx, store, idp.Trail{})
	}
	if err := l.store.ChangeOperator(ctx, store, trail(by, now, record)); err != nil {
		return err
	}
	return l.Load(ctx)
}

// check refuses what cannot stand, and what a browser may not do.
func (l *Live) check(c Change, twoPersonActsNow []string) error {
	for name, value := range c.Set {
		if err := l.checkOne(name, value); err != nil {
			return err
		}
	}
	for _, name := range c.Clear {
		if !config.Changeable(name) {
			return &Refusal{"setting_unknown", name, name + " is not made in the browser"}
		}
	}
	if c.Logo != nil && l.base.Operator.LogoFile != "" {
		return fixed("logo-file")
	}
	if value, is := c.Set[twoPersonActs]; (is || slices.Contains(c.Clear, twoPersonActs)) && !c.Loosen {
		for _, act := range twoPersonActsNow {
			if !slices.Contains(strings.Split(strings.ReplaceAll(value, " ", ""), ","), act) {
				return &Refusal{"setting_loosened", twoPersonActs, "who asks for fewer acts of two people must be on the server's machine: " + act + " was left out"}
			}
		}
	}
	return nil
}

func (l *Live) checkOne(name, value string) error {
	switch {
	case !config.Changeable(name):
		return &Refusal{"setting_unknown", name, name + " is not made in the browser"}
	case l.base.Fixed(name):
		return fixed(name)
	}
	if err := l.base.Check(name, value); err != nil {
		return &Refusal{"setting_bad", name, err.Error()}
	}
	return nil
}

func fixed(name string) error {
	return &Refusal{"setting_fixed", name, name + " is set by a flag, a variable or the configuration file, which count before what is made here; change it there"}
}

// Check reports what is wrong with a value of a setting.
func (l *Live) Check(name, value string) error { return l.base.Check(name, value) }

// Fixed reports whether the machine says what a setting is.
func (l *Live) Fixed(name string) bool { return l.base.Fixed(name) }

// changed is what is recorded of a setting.
type changed struct {
	Name   string `json:"name"`
	Before string `json:"before"` // "" when it was not made in the browser
	After  string `json:"after"`  // "" when it was taken back
}

// shown is a value as it is recorded: of a picture its digest.
func shown(name, value string) string {
	if name != idp.LogoSetting || value == "" {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return "SHA-256 " + hex.EncodeToString(sum[:8])
}

func trail(by idp.Reading, now time.Time, record []changed) idp.Trail {
	detail, err := json.Marshal(record)
	if err != nil {
		detail = fmt.Appendf(nil, "%d settings", len(record)) // plain texts, which always encode
	}
	return idp.Trail{Events: []idp.AuditEvent{{
		ID: idp.NewID(), At: now, Actor: by.Actor, Action: "setting.change", RequestID: by.RequestID, IP: by.IP, Detail: string(detail),
	}}}
}

// Changeable reports whether a setting may be made in the browser.
func Changeable(name string) bool { return config.Changeable(name) }
