-- +goose Up

-- Invitations that nobody used are forgotten after a while.
CREATE INDEX invitations_unused ON invitations (expires_at) WHERE used_at = 0;
