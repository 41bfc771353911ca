package dataholder

import (
	"encoding/json"
	"fmt"
)

// StepName names a step of the walk.
type StepName string

// The steps, in their order.
const (
	StepDiscovery     StepName = "discovery"
	StepOpenID        StepName = "openid_configuration"
	StepRegistration  StepName = "registration"
	StepAuthorization StepName = "authorization"
	StepCallback      StepName = "callback"
	StepToken         StepName = "token"
	StepIDToken       StepName = "id_token"
	StepUserInfo      StepName = "userinfo"
	StepMatch         StepName = "match"
)

// Story is what happened, step by step. The zero value is ready; it is not safe for use by two goroutines at once.
type Story struct {
	Steps []*Step
}

// begin starts the next step. A nil story keeps nothing.
func (s *Story) begin(name StepName) *Step {
	step := &Step{Name: name}
	if s != nil {
		s.Steps = append(s.Steps, step)
	}
	return step
}

// Step is what one step asked, what came back and what was checked. It holds no secret in full.
type Step struct {
	Name      StepName   `json:"name"`
	Done      bool       `json:"done"` // to its end, every check passed
	Exchanges []Exchange `json:"exchanges,omitempty"`
	Facts     []Fact     `json:"facts,omitempty"`
	Checks    []Check    `json:"checks,omitempty"`
	Chain     []Link     `json:"chain,omitempty"` // from the signer's certificate to the anchor
	Documents []Document `json:"documents,omitempty"`
}

// Exchange is one HTTP request and the status it was answered with; 0 when no answer came.
type Exchange struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Status int    `json:"status"`
}

// Fact is a name and a value worth showing.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Check is something that must hold, and whether it did.
type Check struct {
	What   string `json:"what"`
	Source string `json:"source"` // the section that demands it
	OK     bool   `json:"ok"`
	// Tolerated is set when OK is false and the walk went on: the text says SHOULD, or the harm is the other side's.
	Tolerated bool   `json:"tolerated,omitempty"`
	Found     string `json:"found,omitempty"` // what came instead
}

// Document is a message as it was sent or received.
type Document struct {
	Title string          `json:"title"`
	JSON  json.RawMessage `json:"json"`
}

// rule is a check before its outcome is known to the step.
type rule struct {
	reason Reason
	ok     bool
	what   string // what must hold
	source string
	found  string // what came instead, for when it does not
}

// verify records the rules in their order. The first that does not hold ends the step.
func (s *Step) verify(rules ...rule) error {
	for _, r := range rules {
		check := Check{What: r.what, Source: r.source, OK: r.ok}
		if !r.ok {
			check.Found = r.found
			s.Checks = append(s.Checks, check)
			return &Problem{Step: s.Name, Reason: r.reason, Message: fmt.Sprintf("Expected: %s. But %s.", r.what, r.found)}
		}
		s.Checks = append(s.Checks, check)
	}
	return nil
}

// note records a rule that is reported and not enforced.
func (s *Step) note(r rule) {
	check := Check{What: r.what, Source: r.source, OK: r.ok}
	if !r.ok {
		check.Tolerated, check.Found = true, r.found
	}
	s.Checks = append(s.Checks, check)
}

func (s *Step) fact(name, value string) {
	if value != "" {
		s.Facts = append(s.Facts, Fact{Name: name, Value: value})
	}
}

// document keeps a message. What is not JSON is kept as a JSON string, cut short.
func (s *Step) document(title string, message any) {
	data, ok := message.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(message); err != nil {
			return
		}
	}
	if !json.Valid(data) {
		data, _ = json.Marshal(shorten(string(data), 2000))
	}
	s.Documents = append(s.Documents, Document{Title: title, JSON: data})
}

// mask tells that a secret is there without telling it.
func mask(secret string) string {
	const shown = 6
	if len(secret) < 4*shown {
		return fmt.Sprintf("(%d characters, not shown)", len(secret))
	}
	return fmt.Sprintf("%s… (%d characters)", secret[:shown], len(secret))
}
