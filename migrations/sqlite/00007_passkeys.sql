-- +goose Up

ALTER TABLE passkeys ADD COLUMN last_used_on TEXT NOT NULL DEFAULT ''; -- a kind of device

-- Browsers in which somebody signed in. The cookie signs nobody in.
CREATE TABLE known_browsers (
	id         TEXT NOT NULL PRIMARY KEY,
	hash       BLOB NOT NULL,
	remembered TEXT NOT NULL, -- a person's id; '' when nobody asked for it
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX known_browsers_expires ON known_browsers (expires_at);

CREATE TABLE browser_passkeys (
	browser_id TEXT NOT NULL REFERENCES known_browsers (id) ON DELETE CASCADE,
	passkey_id BLOB NOT NULL REFERENCES passkeys (id) ON DELETE CASCADE,
	person_id  TEXT NOT NULL,
	elsewhere  INTEGER NOT NULL,
	declined   INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	PRIMARY KEY (browser_id, passkey_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX browser_passkeys_passkey ON browser_passkeys (passkey_id);
