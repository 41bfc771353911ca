-- +goose Up

-- Messages to people, on their way. What they say is encrypted and emptied when it is over.
CREATE TABLE messages (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	person_id  TEXT COLLATE "C" NOT NULL,
	channel    TEXT NOT NULL,
	recipient  TEXT NOT NULL,
	kind       TEXT NOT NULL,
	language   TEXT NOT NULL,
	sealed     BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	tries      BIGINT NOT NULL,
	next_at    BIGINT NOT NULL,
	sent_at    BIGINT NOT NULL,
	gave_up_at BIGINT NOT NULL,
	failure    TEXT NOT NULL
);

CREATE INDEX messages_waiting ON messages (next_at) WHERE sent_at = 0 AND gave_up_at = 0;
CREATE INDEX messages_person ON messages (person_id, id) WHERE person_id <> '';
