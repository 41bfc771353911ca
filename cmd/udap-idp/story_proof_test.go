package main

import (
	"encoding/json"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"udap-idp/internal/idp"
)

// wholeEvent is an event as a clerk writes it down, of a person with an address and a telephone, at any level up to IDIAL2.
func wholeEvent(level idp.Level, number string) string {
	documents := `{"type": "drivers_license", "jurisdiction": "MA", "number": "D` + number + `", "expires_on": "2090-01-31", "supports": ["name", "birthdate", "address"],
			"checks": [{"method": "vpip", "purpose": "validation", "organization": "Clinic", "result": "passed"}]},
		{"type": "mobile_bill", "issuer": "Sample Mobile", "number": "B` + number + `", "supports": ["name", "phone"],
			"checks": [{"method": "data", "purpose": "validation", "organization": "Sample Mobile", "result": "passed"}]},
		{"type": "insurance_card", "issuer": "Blue Plan", "number": "I` + number + `", "supports": ["name", "email"],
			"checks": [{"method": "data", "purpose": "validation", "organization": "Blue Plan", "result": "passed"}]}`
	return `{"type": "onsite_attended", "claimed": "` + string(level) + `", "performed_by": "Ana Clerk",
		"started_at": "2026-05-04T09:00:00Z", "completed_at": "2026-05-04T09:40:00Z", "evidence": [` + documents + `],
		"comparison": {"method": "in_person", "evidence_id": "e1", "comparator": "Ana Clerk", "result": "passed"},
		"address": {"method": "evidence", "evidence_id": "e1"},
		"contacts": [{"attribute": "phone", "channel": "sms", "confirmed_at": "2026-05-04T09:20:00Z", "evidence_id": "e2", "exclusive": true}],
		"declaration": {"text_version": "2026-11", "signature": "drawn", "acknowledged": true, "attested": ["name", "birthdate", "address"]}}`
}

// proofCommand: proof USER LEVEL [FLAG...] walks a person to a level by a whole event, from its record to its notification.
func proofCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: proof USER LEVEL [FLAG...]")
	}
	level, err := idp.ParseLevel(args[1])
	ts.Check(err)
	flags := append([]string{"--help-phone", "+1 702 555 0100", "--issuer", "https://idp.example.org"}, args[2:]...)
	step := func(step ...string) string {
		ts.Check(ts.Exec("udap-idp", append(append([]string{"proofing"}, step...), flags...)...))
		return ts.ReadFile("stdout")
	}
	ts.Check(os.WriteFile(ts.MkAbs("whole-event.json"), []byte(wholeEvent(level, args[0])), 0o600))
	var event struct{ ID, Status string }
	ts.Check(json.Unmarshal([]byte(step("record", ts.MkAbs("whole-event.json"), "--user", args[0], "--json")), &event))
	if event.Status == string(idp.ProofingPendingApproval) {
		step("approve", event.ID, "--by", "Ben Reviewer")
		event.Status = string(idp.ProofingPendingNotification)
	}
	if event.Status == string(idp.ProofingPendingNotification) {
		step("letter", event.ID)
		step("sent", event.ID)
	}
}
