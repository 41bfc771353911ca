-- +goose Up

ALTER TABLE communities ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE communities ADD COLUMN suspended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE communities ADD COLUMN suspended_reason TEXT NOT NULL DEFAULT '';

-- Certificates of ours that a community has not issued yet, each with the key that was made for it.
CREATE TABLE certificate_requests (
	id           TEXT NOT NULL PRIMARY KEY,
	community_id TEXT NOT NULL REFERENCES communities (id),
	key_id       TEXT NOT NULL,
	request      BLOB NOT NULL,
	sealed_key   BLOB NOT NULL,
	created_by   TEXT NOT NULL,
	created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX certificate_requests_community ON certificate_requests (community_id, id);
