-- +goose Up

-- What a person asks of those who run the service.
CREATE TABLE requests (
	id          TEXT NOT NULL PRIMARY KEY,
	person_id   TEXT NOT NULL REFERENCES persons (id),
	kind        TEXT NOT NULL,
	subject     TEXT NOT NULL,
	text        TEXT NOT NULL,
	at          INTEGER NOT NULL,
	answered_at INTEGER NOT NULL, -- 0 while it is open
	answered_by TEXT NOT NULL,
	answer      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX requests_person ON requests (person_id, id);
CREATE INDEX requests_open ON requests (id) WHERE answered_at = 0;

-- Accounts that wait to be closed.
CREATE TABLE closings (
	person_id TEXT NOT NULL PRIMARY KEY REFERENCES persons (id),
	asked_at  INTEGER NOT NULL,
	due_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX closings_due ON closings (due_at);

CREATE INDEX sessions_person ON sessions (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX codes_session ON codes (session_id);
