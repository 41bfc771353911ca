-- +goose Up

-- Ids collate as bytes: their order is the order of creation, whatever the locale of the database.

CREATE TABLE settings (
	name  TEXT NOT NULL PRIMARY KEY,
	value BYTEA NOT NULL
);

CREATE TABLE persons (
	id                 TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	user_handle        BYTEA NOT NULL UNIQUE,
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
	verified_at        BIGINT NOT NULL,
	digital_identifier TEXT NOT NULL,
	created_at         BIGINT NOT NULL
);

-- A Digital Identifier is never given to a second person.
CREATE UNIQUE INDEX persons_digital_identifier ON persons (digital_identifier) WHERE digital_identifier <> '';

CREATE TABLE invitations (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	hash       BYTEA NOT NULL,
	person_id  TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL
);

-- A person has at most one open invitation.
CREATE UNIQUE INDEX invitations_open ON invitations (person_id) WHERE used_at = 0 AND revoked_at = 0;

CREATE TABLE passkeys (
	id              BYTEA NOT NULL PRIMARY KEY,
	person_id       TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	name            TEXT NOT NULL,
	aaguid          TEXT NOT NULL,
	sign_count      BIGINT NOT NULL,
	backup_eligible BOOLEAN NOT NULL,
	backup_state    BOOLEAN NOT NULL,
	transports      TEXT NOT NULL,
	credential      BYTEA NOT NULL,
	created_at      BIGINT NOT NULL,
	last_used_at    BIGINT NOT NULL
);

CREATE INDEX passkeys_person ON passkeys (person_id, created_at);

-- The declaration that came with a passkey, one for each invitation that was used.
CREATE TABLE declarations (
	invitation_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES invitations (id),
	person_id     TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	passkey_id    BYTEA NOT NULL,
	text_version  TEXT NOT NULL,
	locale        TEXT NOT NULL,
	ip            TEXT NOT NULL,
	signed_at     BIGINT NOT NULL
);

CREATE TABLE subjects (
	person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	sector    TEXT NOT NULL,
	subject   TEXT NOT NULL UNIQUE,
	PRIMARY KEY (person_id, sector)
);

CREATE TABLE sessions (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	hash       BYTEA NOT NULL,
	data       BYTEA NOT NULL,
	user_agent TEXT NOT NULL,
	person_id  TEXT COLLATE "C" REFERENCES persons (id), -- NULL until somebody signs in
	sid        TEXT NOT NULL,
	auth_time  BIGINT NOT NULL,
	amr        TEXT NOT NULL,
	passkey_id BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_idle ON sessions (seen_at) WHERE person_id IS NOT NULL;

CREATE TABLE ceremonies (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
	kind       TEXT NOT NULL,
	subject    TEXT NOT NULL,
	data       BYTEA NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE INDEX ceremonies_session ON ceremonies (session_id);
CREATE INDEX ceremonies_expires ON ceremonies (expires_at);

-- community_id is no foreign key: a community that is taken away one day must not take the history of its clients along.
CREATE TABLE clients (
	id                         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	community_id               TEXT COLLATE "C" NOT NULL,
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
	certificate                BYTEA NOT NULL,
	registrations              BIGINT NOT NULL, -- how often it was registered: 1 for a new one
	created_at                 BIGINT NOT NULL,
	updated_at                 BIGINT NOT NULL,
	cancelled_at               BIGINT NOT NULL
);

-- The one registration of a pair; RegisterClient rests on it.
CREATE UNIQUE INDEX clients_registered ON clients (community_id, uri) WHERE cancelled_at = 0;

-- A request outlives its session when it was answered, so session_id is no foreign key.
CREATE TABLE auth_requests (
	id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	session_id        TEXT COLLATE "C" NOT NULL,
	client_id         TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
	redirect_uri      TEXT NOT NULL,
	redirect_uri_sent BOOLEAN NOT NULL,
	scopes            TEXT NOT NULL,
	state             BYTEA NOT NULL, -- any bytes, given back as they came
	nonce             TEXT NOT NULL,
	code_challenge    TEXT NOT NULL,
	prompt            TEXT NOT NULL,
	max_age           BIGINT, -- NULL when it was not asked
	acr_values        TEXT NOT NULL,
	ui_locales        TEXT NOT NULL,
	login_hint        TEXT NOT NULL,
	subject           TEXT NOT NULL,
	created_at        BIGINT NOT NULL,
	expires_at        BIGINT NOT NULL,
	answered_at       BIGINT NOT NULL
);

CREATE INDEX auth_requests_unanswered ON auth_requests (session_id) WHERE answered_at = 0;
CREATE INDEX auth_requests_expires ON auth_requests (expires_at);

-- A code outlives its session while a replay must be recognised, so session_id is no foreign key.
CREATE TABLE codes (
	id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	hash              BYTEA NOT NULL,
	client_id         TEXT COLLATE "C" NOT NULL REFERENCES clients (id),
	redirect_uri      TEXT NOT NULL,
	redirect_uri_sent BOOLEAN NOT NULL,
	code_challenge    TEXT NOT NULL,
	nonce             TEXT NOT NULL,
	scopes            TEXT NOT NULL,
	person_id         TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
	session_id        TEXT COLLATE "C" NOT NULL,
	sid               TEXT NOT NULL,
	auth_time         BIGINT NOT NULL,
	amr               TEXT NOT NULL,
	passkey_id        BYTEA NOT NULL,
	created_at        BIGINT NOT NULL,
	expires_at        BIGINT NOT NULL,
	used_at           BIGINT NOT NULL,
	access_token_id   TEXT COLLATE "C" NOT NULL -- what it bought; '' while it is unused
);

CREATE INDEX codes_expires ON codes (expires_at);
CREATE INDEX codes_unused ON codes (expires_at) WHERE used_at = 0;

-- Its references are copied from a code, whose own are checked.
CREATE TABLE access_tokens (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	hash       BYTEA NOT NULL,
	code_id    TEXT COLLATE "C" NOT NULL,
	client_id  TEXT COLLATE "C" NOT NULL,
	person_id  TEXT COLLATE "C" NOT NULL,
	scopes     TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL
);

CREATE INDEX access_tokens_expires ON access_tokens (expires_at);

-- The key is a digest of issuer and jti: both come from outside, and neither has a bound that an index could rely on.
CREATE TABLE used_jti (
	digest     BYTEA NOT NULL PRIMARY KEY,
	expires_at BIGINT NOT NULL
);

CREATE INDEX used_jti_expires ON used_jti (expires_at);

CREATE TABLE communities (
	id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	uri           TEXT NOT NULL UNIQUE,
	name          TEXT NOT NULL,
	anchors       TEXT NOT NULL,
	intermediates TEXT NOT NULL,
	created_at    BIGINT NOT NULL
);

CREATE TABLE community_certificates (
	id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	community_id TEXT COLLATE "C" NOT NULL REFERENCES communities (id),
	position     BIGINT NOT NULL, -- the first is the active one
	key_id       TEXT NOT NULL,
	chain        TEXT NOT NULL,
	sealed_key   BYTEA NOT NULL,
	created_at   BIGINT NOT NULL
);

CREATE UNIQUE INDEX community_certificates_position ON community_certificates (community_id, position);

-- One row, raised with every change of the communities.
CREATE TABLE trust (
	id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	revision BIGINT NOT NULL
);

INSERT INTO trust (id, revision) VALUES (1, 1);
