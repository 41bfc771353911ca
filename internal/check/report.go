package check

import (
	"fmt"
	"strings"
)

// Status is how a requirement came out.
type Status string

// The statuses as they are printed.
const (
	OK      Status = "ok"
	Fail    Status = "FAIL"    // a SHALL does not hold
	Warn    Status = "warn"    // a SHOULD, or what clients in the field need, does not hold
	Skipped Status = "skipped" // it could not be looked at; Found says why
)

// Result is one requirement and how it came out.
type Result struct {
	ID     string `json:"id"`
	Status Status `json:"status"`
	Level  Level  `json:"level"`
	Text   string `json:"text"`
	Source string `json:"source"`
	Found  string `json:"found,omitempty"` // what came instead, or why it was skipped
}

// report gathers results, one for each requirement. The worst that was seen of one counts.
type report struct{ results map[string]Result }

func newReport() *report { return &report{results: map[string]Result{}} }

// verify records that the requirement held, or what was found instead.
func (r *report) verify(id string, ok bool, found string, args ...any) bool {
	if ok {
		if before, seen := r.results[id]; !seen || before.Status == Skipped {
			r.put(id, OK, "")
		}
		return true
	}
	status := Warn
	if requirement(id).Level == Shall {
		status = Fail
	}
	r.put(id, status, fmt.Sprintf(found, args...))
	return false
}

// warn records what is allowed and yet not as it should be.
func (r *report) warn(id, found string, args ...any) { r.put(id, Warn, fmt.Sprintf(found, args...)) }

// skip records why requirements could not be looked at. What is known of them already stays.
func (r *report) skip(why string, ids ...string) {
	for _, id := range ids {
		if _, seen := r.results[id]; !seen {
			r.put(id, Skipped, why)
		}
	}
}

var severity = map[Status]int{Skipped: 0, OK: 1, Warn: 2, Fail: 3}

func (r *report) put(id string, status Status, found string) {
	if before, seen := r.results[id]; seen && severity[before.Status] >= severity[status] {
		return
	}
	q := requirement(id)
	r.results[id] = Result{ID: id, Status: status, Level: q.Level, Text: q.Text, Source: q.Source, Found: shorten(found)}
}

// list is every requirement of the catalogue, in its order.
func (r *report) list() []Result {
	all := make([]Result, len(catalogue))
	for i, q := range catalogue {
		result, seen := r.results[q.ID]
		if !seen {
			result = Result{ID: q.ID, Status: Skipped, Level: q.Level, Text: q.Text, Source: q.Source, Found: "what comes before it did not hold"}
		}
		all[i] = result
	}
	return all
}

// Failed counts the results of SHALLs that do not hold.
func Failed(results []Result) int { return Count(results, Fail) }

// Count is how many results have the status.
func Count(results []Result, status Status) int {
	n := 0
	for _, result := range results {
		if result.Status == status {
			n++
		}
	}
	return n
}

// maxFound is how much of what came is said back, in bytes.
const maxFound = 400

func shorten(text string) string {
	if len(text) <= maxFound {
		return text
	}
	return strings.ToValidUTF8(text[:maxFound], "") + "…"
}

func quote(text string) string {
	if text == "" {
		return "missing"
	}
	return "“" + shorten(text) + "”"
}
