-- +goose Up

-- What people agreed to share: names of claims, never what they say.
CREATE TABLE consents (
	id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	person_id    TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	sector       TEXT COLLATE "C" NOT NULL,
	client_id    TEXT COLLATE "C" NOT NULL,
	organization TEXT NOT NULL,
	community    TEXT NOT NULL,
	agreed       TEXT NOT NULL,
	declined     TEXT NOT NULL,
	remembered   BOOLEAN NOT NULL,
	practices    TEXT NOT NULL,
	created_at   BIGINT NOT NULL,
	used_at      BIGINT NOT NULL,
	times        BIGINT NOT NULL,
	ended_at     BIGINT NOT NULL
);

-- One stands between a person and a sector.
CREATE UNIQUE INDEX consents_standing ON consents (person_id, sector) WHERE ended_at = 0;
CREATE INDEX consents_person ON consents (person_id, used_at);

-- What went out. place is id_token, once for each code, or userinfo, once for each code and list of claims.
CREATE TABLE releases (
	id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	person_id    TEXT COLLATE "C" NOT NULL,
	consent_id   TEXT COLLATE "C" NOT NULL,
	client_id    TEXT COLLATE "C" NOT NULL,
	sector       TEXT COLLATE "C" NOT NULL,
	organization TEXT NOT NULL,
	request_id   TEXT COLLATE "C" NOT NULL,
	sid          TEXT COLLATE "C" NOT NULL,
	code_id      TEXT COLLATE "C" NOT NULL,
	place        TEXT COLLATE "C" NOT NULL,
	claims       TEXT COLLATE "C" NOT NULL,
	level        TEXT NOT NULL,
	times        BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	last_at      BIGINT NOT NULL
);

CREATE UNIQUE INDEX releases_userinfo ON releases (code_id, claims) WHERE place = 'userinfo';
CREATE INDEX releases_person ON releases (person_id, id) WHERE place = 'id_token';

CREATE TABLE acceptances (
	person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	kind      TEXT COLLATE "C" NOT NULL,
	version   BIGINT NOT NULL,
	name      TEXT NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (person_id, kind, version)
);

ALTER TABLE codes ADD COLUMN consent_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE codes ADD COLUMN agreed TEXT NOT NULL DEFAULT '[]';
ALTER TABLE codes ADD COLUMN request_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN consent_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE access_tokens ADD COLUMN agreed TEXT NOT NULL DEFAULT '[]';
