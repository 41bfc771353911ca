-- +goose Up

-- Invitations of several kinds, by a code to type as well, each with who made it and who ended it.
ALTER TABLE invitations ADD COLUMN purpose TEXT NOT NULL DEFAULT 'first';
ALTER TABLE invitations ADD COLUMN code_index BYTEA;
ALTER TABLE invitations ADD COLUMN companion_hash BYTEA NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN asks_birthdate BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE invitations ADD COLUMN missed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invitations ADD COLUMN session_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN opened_hash BYTEA NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN recovery_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN request_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE invitations ADD COLUMN revoked_by TEXT NOT NULL DEFAULT '';

CREATE UNIQUE INDEX invitations_code ON invitations (code_index) WHERE code_index IS NOT NULL;
CREATE INDEX invitations_person ON invitations (person_id, id);

-- What a person is reached by, for those who have no account id at hand.
CREATE INDEX persons_email ON persons (lower(email)) WHERE email <> '';
CREATE INDEX persons_phone ON persons (phone) WHERE phone <> '';

-- Codes on their way to an address, each bound to the browser that waits for it. No hash: no code is right.
CREATE TABLE contact_codes (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	purpose    TEXT NOT NULL,
	subject    TEXT NOT NULL,
	person_id  TEXT COLLATE "C" NOT NULL,
	session_id TEXT COLLATE "C" NOT NULL,
	channel    TEXT NOT NULL,
	address    TEXT NOT NULL,
	hash       BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	missed     BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);

CREATE INDEX contact_codes_session ON contact_codes (session_id, purpose, channel);
CREATE INDEX contact_codes_expiry ON contact_codes (expires_at);

-- Addresses that a person has shown to be hers by a code.
CREATE TABLE confirmed_contacts (
	person_id    TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	channel      TEXT NOT NULL,
	address      TEXT NOT NULL,
	confirmed_at BIGINT NOT NULL,
	PRIMARY KEY (person_id, channel, address)
);

-- Codes that a person keeps on paper.
CREATE TABLE recovery_codes (
	hash       BYTEA NOT NULL PRIMARY KEY,
	person_id  TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);

CREATE INDEX recovery_codes_person ON recovery_codes (person_id);

-- Somebody on her way back into an account; person_id is empty when nobody has the address that was typed.
CREATE TABLE recoveries (
	id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	session_id  TEXT COLLATE "C" NOT NULL,
	person_id   TEXT COLLATE "C" NOT NULL,
	request_id  TEXT NOT NULL,
	typed_key   TEXT NOT NULL,
	ip          TEXT NOT NULL,
	started_at  BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	ready_at    BIGINT NOT NULL,
	cancel_hash BYTEA NOT NULL,
	granted_at  BIGINT NOT NULL,
	ended_at    BIGINT NOT NULL,
	outcome     TEXT NOT NULL
);

CREATE INDEX recoveries_session ON recoveries (session_id);
CREATE INDEX recoveries_expiry ON recoveries (expires_at);
CREATE INDEX recoveries_person ON recoveries (person_id, id) WHERE person_id <> '';
-- One waiting period at a time: a second recovery neither shortens nor prolongs it.
CREATE UNIQUE INDEX recoveries_waiting ON recoveries (person_id) WHERE ready_at > 0 AND ended_at = 0;

-- What somebody has proved on the way; each way once.
CREATE TABLE recovery_proofs (
	recovery_id TEXT COLLATE "C" NOT NULL REFERENCES recoveries (id) ON DELETE CASCADE,
	way         TEXT NOT NULL,
	proved_at   BIGINT NOT NULL,
	PRIMARY KEY (recovery_id, way)
);

-- Sign-ups that wait for the code; what was typed is encrypted.
CREATE TABLE sign_ups (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	session_id TEXT COLLATE "C" NOT NULL UNIQUE,
	sealed     BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE INDEX sign_ups_expiry ON sign_ups (expires_at);

-- How often something was tried since when.
CREATE TABLE throttles (
	name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	tries   BIGINT NOT NULL,
	ends_at BIGINT NOT NULL
);

CREATE INDEX throttles_end ON throttles (ends_at);
