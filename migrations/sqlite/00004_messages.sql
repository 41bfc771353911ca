-- +goose Up

-- Messages to people, on their way. What they say is encrypted and emptied when it is over.
CREATE TABLE messages (
	id         TEXT NOT NULL PRIMARY KEY,
	person_id  TEXT NOT NULL,
	channel    TEXT NOT NULL,
	recipient  TEXT NOT NULL,
	kind       TEXT NOT NULL,
	language   TEXT NOT NULL,
	sealed     BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	tries      INTEGER NOT NULL,
	next_at    INTEGER NOT NULL,
	sent_at    INTEGER NOT NULL,
	gave_up_at INTEGER NOT NULL,
	failure    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_waiting ON messages (next_at) WHERE sent_at = 0 AND gave_up_at = 0;
CREATE INDEX messages_person ON messages (person_id, id) WHERE person_id <> '';
