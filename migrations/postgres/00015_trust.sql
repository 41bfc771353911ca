-- +goose Up

ALTER TABLE communities ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE communities ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE communities ADD COLUMN suspended_reason TEXT NOT NULL DEFAULT '';

-- Certificates of ours that a community has not issued yet, each with the key that was made for it.
CREATE TABLE certificate_requests (
	id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	community_id TEXT COLLATE "C" NOT NULL REFERENCES communities (id),
	key_id       TEXT NOT NULL,
	request      BYTEA NOT NULL,
	sealed_key   BYTEA NOT NULL,
	created_by   TEXT COLLATE "C" NOT NULL,
	created_at   BIGINT NOT NULL
);

CREATE INDEX certificate_requests_community ON certificate_requests (community_id, id);
