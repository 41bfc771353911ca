package main

import (
	"context"
	"path/filepath"

	"udap-idp/internal/admin"
	"udap-idp/internal/idp"
	"udap-idp/internal/transfer"
)

var _ admin.Transfer = (*transfer.Desk)(nil)

// newImports is where administrators hand files over. They lie in the data folder, because they tell of people as the database does.
func (s *site) newImports() *transfer.Desk {
	return transfer.NewDesk(transfer.DeskConfig{
		Dir: filepath.Join(s.config.DataDir, "imports"), Limit: s.config.ImportLimit, Store: s.store, People: s.identity,
		Scratch: func(ctx context.Context) (transfer.People, func(), error) {
			people, throwAway, err := scratchPeople(ctx, s.config, s.identity)
			return people, throwAway, err
		},
		Link: func(t idp.Token) string { return inviteURL(s.config.Issuer, t) }, InviteFor: invitationLifetime,
		Assigner: assigner(s.config), Identifiers: s.identity.Identifiers, Log: s.log,
	})
}

// uploadFraming is what a form has around its file, in bytes.
const uploadFraming = 2 << 20

// uploads are the addresses that take more than a form.
func (s *site) uploads() map[string]int64 {
	return map[string]int64{"POST /admin/import": s.config.ImportLimit + uploadFraming}
}
