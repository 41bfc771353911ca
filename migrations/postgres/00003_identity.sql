-- +goose Up

-- Flat columns hold the current values of attributes, for searching. Rows of revision 0 are from before attributes: the
-- program brings them up to date, which seals digital_identifier and empties it.
ALTER TABLE persons ADD COLUMN suffix TEXT NOT NULL DEFAULT '';
ALTER TABLE persons ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE persons ADD COLUMN account_state TEXT NOT NULL DEFAULT 'active';
ALTER TABLE persons ADD COLUMN survivor_id TEXT NOT NULL DEFAULT '';
ALTER TABLE persons ADD COLUMN attributes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE persons ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE persons ADD COLUMN proofing_id TEXT NOT NULL DEFAULT '';
ALTER TABLE persons ADD COLUMN identifier_sealed BYTEA;
ALTER TABLE persons ADD COLUMN identifier_index BYTEA; -- NULL when there is none
ALTER TABLE persons ADD COLUMN identifier_minted_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE persons ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE persons ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;

-- A Digital Identifier is never given to a second person, tombstones included.
CREATE UNIQUE INDEX persons_identifier ON persons (identifier_index);
CREATE INDEX persons_old ON persons (id) WHERE revision = 0;
CREATE INDEX persons_expires ON persons (expires_at) WHERE expires_at > 0;

-- What finds possible duplicates.
CREATE TABLE match_keys (
	key       TEXT NOT NULL,
	person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	PRIMARY KEY (key, person_id)
);

CREATE INDEX match_keys_person ON match_keys (person_id);

CREATE TABLE imports (
	id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	done BIGINT NOT NULL -- rows
);

CREATE TABLE proofings (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	person_id  TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	status     TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	body       TEXT NOT NULL,
	revision   BIGINT NOT NULL
);

CREATE INDEX proofings_person ON proofings (person_id, id);
CREATE INDEX proofings_status ON proofings (status, id);

CREATE TABLE representations (
	id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	representative_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	patient_id        TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	body              TEXT NOT NULL,
	ended_at          BIGINT NOT NULL,
	ended_reason      TEXT NOT NULL
);

CREATE INDEX representations_representative ON representations (representative_id);
CREATE INDEX representations_patient ON representations (patient_id);

CREATE TABLE policies (
	kind         TEXT NOT NULL,
	version      BIGINT NOT NULL,
	markdown     TEXT NOT NULL,
	published_by TEXT NOT NULL,
	published_at BIGINT NOT NULL,
	PRIMARY KEY (kind, version)
);

-- Only ever added to.
CREATE TABLE audit (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	at         BIGINT NOT NULL,
	actor      TEXT NOT NULL,
	action     TEXT NOT NULL,
	person_id  TEXT NOT NULL,
	client_id  TEXT NOT NULL,
	request_id TEXT NOT NULL,
	ip         TEXT NOT NULL,
	detail     TEXT NOT NULL
);

CREATE INDEX audit_person ON audit (person_id, id) WHERE person_id <> '';

ALTER TABLE auth_requests ADD COLUMN claims TEXT NOT NULL DEFAULT '';
ALTER TABLE codes ADD COLUMN claims TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN claims TEXT NOT NULL DEFAULT '';
