-- +goose Up

CREATE TABLE settings (
	name  TEXT NOT NULL PRIMARY KEY,
	value BLOB NOT NULL
) STRICT;

CREATE TABLE persons (
	id                 TEXT NOT NULL PRIMARY KEY,
	user_handle        BLOB NOT NULL UNIQUE,
	role               TEXT NOT NULL,
	given_name         TEXT NOT NULL,
	middle_name        TEXT NOT NULL,
	family_name        TEXT NOT NULL,
	birthdate          TEXT NOT NULL,
	sex                TEXT NOT NULL,
	email              TEXT NOT NULL,
	phone              TEXT NOT NULL,
	street             TEXT NOT NULL,
	city               TEXT NOT NULL,
	state              TEXT NOT NULL,
	postal_code        TEXT NOT NULL,
	country            TEXT NOT NULL,
	level              TEXT NOT NULL,
	verified_at        INTEGER NOT NULL,
	digital_identifier TEXT NOT NULL,
	created_at         INTEGER NOT NULL
) STRICT;

-- A Digital Identifier is never given to a second person.
CREATE UNIQUE INDEX persons_digital_identifier ON persons (digital_identifier) WHERE digital_identifier <> '';

CREATE TABLE invitations (
	id         TEXT NOT NULL PRIMARY KEY,
	hash       BLOB NOT NULL,
	person_id  TEXT NOT NULL REFERENCES persons (id),
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at    INTEGER NOT NULL,
	revoked_at INTEGER NOT NULL
) STRICT;

-- A person has at most one open invitation.
CREATE UNIQUE INDEX invitations_open ON invitations (person_id) WHERE used_at = 0 AND revoked_at = 0;

CREATE TABLE passkeys (
	id              BLOB NOT NULL PRIMARY KEY,
	person_id       TEXT NOT NULL REFERENCES persons (id),
	name            TEXT NOT NULL,
	aaguid          TEXT NOT NULL,
	sign_count      INTEGER NOT NULL,
	backup_eligible INTEGER NOT NULL,
	backup_state    INTEGER NOT NULL,
	transports      TEXT NOT NULL,
	credential      BLOB NOT NULL,
	created_at      INTEGER NOT NULL,
	last_used_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX passkeys_person ON passkeys (person_id, created_at);

-- The declaration that came with a passkey, one for each invitation that was used.
CREATE TABLE declarations (
	invitation_id TEXT NOT NULL PRIMARY KEY REFERENCES invitations (id),
	person_id     TEXT NOT NULL REFERENCES persons (id),
	passkey_id    BLOB NOT NULL,
	text_version  TEXT NOT NULL,
	locale        TEXT NOT NULL,
	ip            TEXT NOT NULL,
	signed_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE subjects (
	person_id TEXT NOT NULL REFERENCES persons (id),
	sector    TEXT NOT NULL,
	subject   TEXT NOT NULL UNIQUE,
	PRIMARY KEY (person_id, sector)
) STRICT;

CREATE TABLE sessions (
	id         TEXT NOT NULL PRIMARY KEY,
	hash       BLOB NOT NULL,
	data       BLOB NOT NULL,
	user_agent TEXT NOT NULL,
	person_id  TEXT REFERENCES persons (id), -- NULL until somebody signs in
	sid        TEXT NOT NULL,
	auth_time  INTEGER NOT NULL,
	amr        TEXT NOT NULL,
	passkey_id BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_idle ON sessions (seen_at) WHERE person_id IS NOT NULL;

CREATE TABLE ceremonies (
	id         TEXT NOT NULL PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
	kind       TEXT NOT NULL,
	subject    TEXT NOT NULL,
	data       BLOB NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ceremonies_session ON ceremonies (session_id);
CREATE INDEX ceremonies_expires ON ceremonies (expires_at);

-- community_id is no foreign key: a community that is taken away one day must not take the history of its clients along.
CREATE TABLE clients (
	id                         TEXT NOT NULL PRIMARY KEY,
	community_id               TEXT NOT NULL,
	uri                        TEXT NOT NULL,
	name                       TEXT NOT NULL,
	organization               TEXT NOT NULL,
	redirect_uris              TEXT NOT NULL,
	contacts                   TEXT NOT NULL,
	logo_uri                   TEXT NOT NULL,
	grant_types                TEXT NOT NULL,
	response_types             TEXT NOT NULL,
	token_endpoint_auth_method TEXT NOT NULL,
	scope                      TEXT NOT NULL,
	software_statement         TEXT NOT NULL,
	certificate                BLOB NOT NULL,
	registrations              INTEGER NOT NULL, -- how often it was registered: 1 for a new one
	created_at                 INTEGER NOT NULL,
	updated_at                 INTEGER NOT NULL,
	cancelled_at               INTEGER NOT NULL
) STRICT;

-- The one registration of a pair; RegisterClient rests on it.
CREATE UNIQUE INDEX clients_registered ON clients (community_id, uri) WHERE cancelled_at = 0;

-- A request outlives its session when it was answered, so session_id is no foreign key.
CREATE TABLE auth_requests (
	id                TEXT NOT NULL PRIMARY KEY,
	session_id        TEXT NOT NULL,
	client_id         TEXT NOT NULL REFERENCES clients (id),
	redirect_uri      TEXT NOT NULL,
	redirect_uri_sent INTEGER NOT NULL,
	scopes            TEXT NOT NULL,
	state             BLOB NOT NULL, -- any bytes, given back as they came
	nonce             TEXT NOT NULL,
	code_challenge    TEXT NOT NULL,
	prompt            TEXT NOT NULL,
	max_age           INTEGER, -- NULL when it was not asked
	acr_values        TEXT NOT NULL,
	ui_locales        TEXT NOT NULL,
	login_hint        TEXT NOT NULL,
	subject           TEXT NOT NULL,
	created_at        INTEGER NOT NULL,
	expires_at        INTEGER NOT NULL,
	answered_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_requests_unanswered ON auth_requests (session_id) WHERE answered_at = 0;
CREATE INDEX auth_requests_expires ON auth_requests (expires_at);

-- A code outlives its session while a replay must be recognised, so session_id is no foreign key.
CREATE TABLE codes (
	id                TEXT NOT NULL PRIMARY KEY,
	hash              BLOB NOT NULL,
	client_id         TEXT NOT NULL REFERENCES clients (id),
	redirect_uri      TEXT NOT NULL,
	redirect_uri_sent INTEGER NOT NULL,
	code_challenge    TEXT NOT NULL,
	nonce             TEXT NOT NULL,
	scopes            TEXT NOT NULL,
	person_id         TEXT NOT NULL REFERENCES persons (id),
	session_id        TEXT NOT NULL,
	sid               TEXT NOT NULL,
	auth_time         INTEGER NOT NULL,
	amr               TEXT NOT NULL,
	passkey_id        BLOB NOT NULL,
	created_at        INTEGER NOT NULL,
	expires_at        INTEGER NOT NULL,
	used_at           INTEGER NOT NULL,
	access_token_id   TEXT NOT NULL -- what it bought; '' while it is unused
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_expires ON codes (expires_at);
CREATE INDEX codes_unused ON codes (expires_at) WHERE used_at = 0;

-- Its references are copied from a code, whose own are checked.
CREATE TABLE access_tokens (
	id         TEXT NOT NULL PRIMARY KEY,
	hash       BLOB NOT NULL,
	code_id    TEXT NOT NULL,
	client_id  TEXT NOT NULL,
	person_id  TEXT NOT NULL,
	scopes     TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX access_tokens_expires ON access_tokens (expires_at);

-- The key is a digest of issuer and jti: both come from outside, and neither has a bound that an index could rely on.
CREATE TABLE used_jti (
	digest     BLOB NOT NULL PRIMARY KEY,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_jti_expires ON used_jti (expires_at);

CREATE TABLE communities (
	id            TEXT NOT NULL PRIMARY KEY,
	uri           TEXT NOT NULL UNIQUE,
	name          TEXT NOT NULL,
	anchors       TEXT NOT NULL,
	intermediates TEXT NOT NULL,
	created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE community_certificates (
	id           TEXT NOT NULL PRIMARY KEY,
	community_id TEXT NOT NULL REFERENCES communities (id),
	position     INTEGER NOT NULL, -- the first is the active one
	key_id       TEXT NOT NULL,
	chain        TEXT NOT NULL,
	sealed_key   BLOB NOT NULL,
	created_at   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX community_certificates_position ON community_certificates (community_id, position);

-- One row, raised with every change of the communities.
CREATE TABLE trust (
	id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	revision INTEGER NOT NULL
) STRICT;

INSERT INTO trust (id, revision) VALUES (1, 1);
