-- +goose Up

ALTER TABLE communities ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

ALTER TABLE clients ADD COLUMN certifications TEXT NOT NULL DEFAULT '[]';
ALTER TABLE clients ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE clients ADD COLUMN suspended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN suspended_reason TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX community_certificates_key ON community_certificates (community_id, key_id);

-- What data holders attempted. No column refers to another table: the log outlives what it tells of.
CREATE TABLE attempts (
	id           TEXT NOT NULL PRIMARY KEY,
	kind         TEXT NOT NULL,
	at           INTEGER NOT NULL,
	request_id   TEXT NOT NULL,
	remote_ip    TEXT NOT NULL,
	issuer       TEXT NOT NULL,
	client_id    TEXT NOT NULL,
	community_id TEXT NOT NULL,
	proved       INTEGER NOT NULL,
	chain        TEXT NOT NULL,
	checks       TEXT NOT NULL,
	status       INTEGER NOT NULL,
	outcome      TEXT NOT NULL,
	code         TEXT NOT NULL,
	description  TEXT NOT NULL,
	cause        TEXT NOT NULL,
	number       INTEGER NOT NULL -- of attempts that the row stands for
) STRICT, WITHOUT ROWID;

-- Members and strangers are counted apart when the log is trimmed.
CREATE INDEX attempts_proved ON attempts (proved, id);
