-- +goose Up

ALTER TABLE passkeys ADD COLUMN last_used_on TEXT NOT NULL DEFAULT ''; -- a kind of device

-- Browsers in which somebody signed in. The cookie signs nobody in.
CREATE TABLE known_browsers (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	hash       BYTEA NOT NULL,
	remembered TEXT COLLATE "C" NOT NULL, -- a person's id; '' when nobody asked for it
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);

CREATE INDEX known_browsers_expires ON known_browsers (expires_at);

CREATE TABLE browser_passkeys (
	browser_id TEXT COLLATE "C" NOT NULL REFERENCES known_browsers (id) ON DELETE CASCADE,
	passkey_id BYTEA NOT NULL REFERENCES passkeys (id) ON DELETE CASCADE,
	person_id  TEXT COLLATE "C" NOT NULL,
	elsewhere  BOOLEAN NOT NULL,
	declined   BOOLEAN NOT NULL,
	seen_at    BIGINT NOT NULL,
	PRIMARY KEY (browser_id, passkey_id)
);

CREATE INDEX browser_passkeys_passkey ON browser_passkeys (passkey_id);
