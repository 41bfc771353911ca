-- +goose Up

-- What people agreed to share: names of claims, never what they say.
CREATE TABLE consents (
	id           TEXT NOT NULL PRIMARY KEY,
	person_id    TEXT NOT NULL REFERENCES persons (id),
	sector       TEXT NOT NULL,
	client_id    TEXT NOT NULL,
	organization TEXT NOT NULL,
	community    TEXT NOT NULL,
	agreed       TEXT NOT NULL,
	declined     TEXT NOT NULL,
	remembered   INTEGER NOT NULL,
	practices    TEXT NOT NULL,
	created_at   INTEGER NOT NULL,
	used_at      INTEGER NOT NULL,
	times        INTEGER NOT NULL,
	ended_at     INTEGER NOT NULL
) STRICT;

-- One stands between a person and a sector.
CREATE UNIQUE INDEX consents_standing ON consents (person_id, sector) WHERE ended_at = 0;
CREATE INDEX consents_person ON consents (person_id, used_at);

-- What went out. place is id_token, once for each code, or userinfo, once for each code and list of claims.
CREATE TABLE releases (
	id           TEXT NOT NULL PRIMARY KEY,
	person_id    TEXT NOT NULL,
	consent_id   TEXT NOT NULL,
	client_id    TEXT NOT NULL,
	sector       TEXT NOT NULL,
	organization TEXT NOT NULL,
	request_id   TEXT NOT NULL,
	sid          TEXT NOT NULL,
	code_id      TEXT NOT NULL,
	place        TEXT NOT NULL,
	claims       TEXT NOT NULL,
	level        TEXT NOT NULL,
	times        INTEGER NOT NULL,
	at           INTEGER NOT NULL,
	last_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX releases_userinfo ON releases (code_id, claims) WHERE place = 'userinfo';
CREATE INDEX releases_person ON releases (person_id, id) WHERE place = 'id_token';

CREATE TABLE acceptances (
	person_id TEXT NOT NULL REFERENCES persons (id),
	kind      TEXT NOT NULL,
	version   INTEGER NOT NULL,
	name      TEXT NOT NULL,
	at        INTEGER NOT NULL,
	PRIMARY KEY (person_id, kind, version)
) STRICT, WITHOUT ROWID;

ALTER TABLE codes ADD COLUMN consent_id TEXT NOT NULL DEFAULT '';
ALTER TABLE codes ADD COLUMN agreed TEXT NOT NULL DEFAULT '[]';
ALTER TABLE codes ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN consent_id TEXT NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN agreed TEXT NOT NULL DEFAULT '[]';
