-- +goose Up

-- Until when one server has a message in hand, so that no other sends it as well.
ALTER TABLE messages ADD COLUMN claimed_until INTEGER NOT NULL DEFAULT 0;

CREATE INDEX messages_created ON messages (created_at);
