package registration

import (
	"errors"
	"net/http"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// refuseSuspended turns idp.ErrSuspended into the refusal, and leaves other errors as they are. The operator's reason is for
// the operator: it is not said.
//
// UDAP Dynamic Client Registration §5.2: unapproved_software_statement, so that the data holder does not come back with the
// same by itself. Its people have to talk to ours.
func (a *attempt) refuseSuspended(err error) error {
	if !errors.Is(err, idp.ErrSuspended) {
		return err
	}
	a.record.Step(attempts.Suspension)
	whom := "please ask the operator"
	if a.Contact != "" {
		whom += ": " + a.Contact
	}
	return &udap.Error{
		Status:      http.StatusBadRequest,
		Code:        udap.UnapprovedSoftwareStatement,
		Description: "the operator of this server has suspended the registration of this iss; " + whom,
	}
}
