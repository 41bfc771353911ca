package attempts

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// The steps that are checked, as they are recorded.
const (
	Request           = "request"            // method, media type, members or parameters
	SoftwareStatement = "software statement" // its form, algorithm and certificates
	ClientAssertion   = "client assertion"   // the same
	Signature         = "signature"
	Claims            = "claims"
	Registered        = "registered"  // the client is
	Certificate       = "certificate" // has the URI that the client registered with
	Trust             = "trust"       // the chain leads to an anchor
	Suspension        = "suspension"  // the operator has not suspended the client
	Replay            = "replay"      // the jti is new
	Parameters        = "parameters"  // of the registration
	Certifications    = "certifications"
	Storage           = "storage" // of the registration
	Code              = "code"    // the authorization code, after the client is authenticated
)

// The outcomes of an attempt.
const (
	OutcomeRegistered    = "registered"
	OutcomeModified      = "modified"
	OutcomeCancelled     = "cancelled"
	OutcomeAuthenticated = "authenticated"
	Refused              = "refused"
	Failed               = "failed" // it was our fault
)

// outcomeOf names the success of a kind when nothing more is known.
func outcomeOf(kind idp.AttemptKind) string {
	if kind == idp.AttemptRegistration {
		return OutcomeRegistered
	}
	return OutcomeAuthenticated
}

// Record is one attempt while it is answered. It belongs to one request and is not for use by several goroutines.
type Record struct {
	log     *Log
	ctx     context.Context // of the request: the log line belongs to it
	address netip.Addr
	row     idp.Attempt
	ended   bool

	step    string              // under way, "" when none is
	message string              // as received, until it is read or the record has ended
	chain   []*x509.Certificate // as sent
}

// ID is what the attempt is recorded under.
func (r *Record) ID() string { return r.row.ID }

// Step begins a step; the one before has passed.
func (r *Record) Step(name string) {
	if r.step != "" {
		r.Passed(r.step, "")
	}
	r.step = name
}

// Passed, Failed and Allowed note a check beside the step under way. Detail is for the operator and holds nothing secret.
func (r *Record) Passed(name, detail string) { r.note(name, idp.CheckPassed, detail) }
func (r *Record) Failed(name, detail string) { r.note(name, idp.CheckFailed, detail) }

// Allowed notes what the strict reading refuses and a compatibility switch of the operator lets pass.
func (r *Record) Allowed(name, detail string) { r.note(name, idp.CheckAllowed, detail) }

// maxChecks bounds a mistake: no request has nearly as many steps.
const maxChecks = 40

func (r *Record) note(name, outcome, detail string) {
	if r.row.Checks == nil {
		r.row.Checks = make([]idp.AttemptCheck, 0, 10)
	}
	if len(r.row.Checks) < maxChecks {
		r.row.Checks = append(r.row.Checks, idp.AttemptCheck{Name: name, Outcome: outcome, Detail: text(detail, maxText)})
	}
}

// Message keeps the signed message as it was received. Of one that turns out not to be a good one, what it claims is read
// for the record; the message itself is never recorded.
func (r *Record) Message(raw string) { r.message = raw }

// Parsed tells what came of parsing the message, of which the form, the signature and the claims are steps of their own:
// the step under way must be its form.
func (r *Record) Parsed(err error) {
	var malformed *udap.JWTError
	switch {
	case err == nil:
		r.Step(Signature)
	case errors.As(err, &malformed) && malformed.Signature:
		r.Step(Signature)
	case !errors.As(err, &malformed):
		// The payload is read behind the signature.
		r.Step(Signature)
		r.Step(Claims)
	}
}

// Claimed is what a message with a good signature says it is from, and the certificates it came with.
func (r *Record) Claimed(issuer string, chain []*x509.Certificate) {
	r.row.Issuer, r.chain, r.message = issuer, chain, ""
}

// Client is the registration that the attempt is about.
func (r *Record) Client(id string) { r.row.ClientID = id }

// Proved tells that the chain led to an anchor of the community: from here on these are no stranger's words.
func (r *Record) Proved(communityID string) { r.row.Proved, r.row.CommunityID = true, communityID }

// Succeed ends the record.
func (r *Record) Succeed(status int, outcome string) {
	if r.ended {
		return
	}
	r.Step("")
	r.row.Status, r.row.Outcome = status, outcome
	r.end(slog.LevelInfo, nil)
}

// Refuse ends the record with the error that was answered: the step under way has failed.
func (r *Record) Refuse(e *udap.Error) {
	if r.ended {
		return
	}
	if r.step != "" {
		r.Failed(r.step, e.Description)
	}
	r.row.Status, r.row.Code, r.row.Outcome = e.Status, e.Code, Refused
	r.row.Description = text(e.Description, maxText)
	if e.Cause != nil {
		r.row.Cause = text(e.Cause.Error(), maxText)
	}
	level := slog.LevelInfo
	if e.Status >= http.StatusInternalServerError {
		level, r.row.Outcome = slog.LevelError, Failed
	}
	r.end(level, e.Cause)
}

// Abandon ends a record that has not ended, after a panic for example. It is for defer.
func (r *Record) Abandon() {
	r.Refuse(&udap.Error{
		Status: http.StatusInternalServerError, Code: udap.ServerError, Description: "the server met an internal error",
		Cause: errors.New("the request ended before it was answered"),
	})
}

// end hands the record to the log and writes its line. It writes the cause only of what failed on our side: that of a
// refusal was written by a stranger.
func (r *Record) end(level slog.Level, cause error) {
	r.ended = true
	code := r.row.Code
	if code == "" {
		code = r.row.Outcome
	}
	issuer := r.row.Issuer
	attributes := append(make([]slog.Attr, 0, 6),
		slog.String("code", code), slog.String("community", r.row.CommunityID),
		slog.String("iss", Loggable(issuer)), slog.String("request", r.row.RequestID))
	if level >= slog.LevelError {
		attributes = append(attributes, slog.Any("error", cause))
	}
	ctx, log, id, kind := r.ctx, r.log, r.row.ID, r.row.Kind
	r.ctx = nil
	if log.add(r, time.Now()) { // from here on the record is the writer's
		attributes = append(attributes, slog.String("attempt", id))
	}
	log.Log.LogAttrs(ctx, level, string(kind), attributes...)
}
