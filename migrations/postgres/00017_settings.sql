-- +goose Up

-- When a change-over made a certificate of ours stop signing; 0 while it signs, or is to.
ALTER TABLE community_certificates ADD COLUMN stopped_at BIGINT NOT NULL DEFAULT 0;

-- Keys that are in the key set no more. Their private parts are gone.
CREATE TABLE retired_keys (
	id           TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- of the certificate
	community_id TEXT COLLATE "C" NOT NULL,
	key_id       TEXT COLLATE "C" NOT NULL,
	certificate  BYTEA NOT NULL, -- DER
	created_at   BIGINT NOT NULL,
	stopped_at   BIGINT NOT NULL,
	retired_at   BIGINT NOT NULL,
	how          TEXT NOT NULL, -- over, removed or withdrawn
	reason       TEXT NOT NULL,
	retired_by   TEXT NOT NULL
);

CREATE INDEX retired_keys_at ON retired_keys (retired_at, id);

-- Settings that administrators made in the browser.
CREATE TABLE operator_settings (
	name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	value      TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	changed_at BIGINT NOT NULL
);

-- One row, raised with every change of them.
CREATE TABLE operator_revision (
	id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	revision BIGINT NOT NULL
);

INSERT INTO operator_revision (id, revision) VALUES (1, 1);

-- What somebody works on and nobody else sees yet: a look, a document.
CREATE TABLE drafts (
	name       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	value      TEXT NOT NULL,
	changed_by TEXT NOT NULL,
	changed_at BIGINT NOT NULL
);

-- A version of a document in other languages than its first.
CREATE TABLE policy_texts (
	kind     TEXT NOT NULL,
	version  BIGINT NOT NULL,
	language TEXT COLLATE "C" NOT NULL,
	markdown TEXT NOT NULL,
	PRIMARY KEY (kind, version, language),
	FOREIGN KEY (kind, version) REFERENCES policies (kind, version)
);

-- When each rule of what is kept how long was last carried out, and what it deleted.
CREATE TABLE housekeeping (
	rule          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	ran_at        BIGINT NOT NULL,
	last_removed  BIGINT NOT NULL, -- rows, of the last run that deleted any
	removed_at    BIGINT NOT NULL,
	total_removed BIGINT NOT NULL
);
