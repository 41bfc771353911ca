-- +goose Up

-- Records that wait to be compared with the others. Whoever writes a person writes her id here, in the same transaction.
CREATE TABLE unexamined (
	person_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

INSERT INTO unexamined (person_id) SELECT id FROM persons WHERE account_state <> 'merged';

-- Two records that may be one person; one is the smaller id.
CREATE TABLE suspicions (
	one          TEXT COLLATE "C" NOT NULL,
	other        TEXT COLLATE "C" NOT NULL,
	verdict      TEXT NOT NULL,
	likeness     BIGINT NOT NULL, -- rank of the verdict
	value        BIGINT NOT NULL,
	reasons      TEXT NOT NULL,
	found_at     BIGINT NOT NULL,
	decided_at   BIGINT NOT NULL,
	decided_by   TEXT COLLATE "C" NOT NULL,
	decided_rank BIGINT NOT NULL, -- the verdict's when it was decided
	decision     TEXT NOT NULL,
	PRIMARY KEY (one, other)
);

CREATE INDEX suspicions_other ON suspicions (other);
CREATE INDEX suspicions_open ON suspicions (likeness DESC, value DESC, one, other) WHERE decided_at = 0;
CREATE INDEX suspicions_decided ON suspicions (likeness DESC, value DESC, one, other) WHERE decided_at > 0;

-- Files that administrators bring in. One at a time is under way: it has the slot.
CREATE TABLE import_jobs (
	id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	slot          BIGINT UNIQUE CHECK (slot = 1), -- NULL when it is over
	file_name     TEXT NOT NULL,
	digest        TEXT NOT NULL,
	size          BIGINT NOT NULL,
	options       TEXT NOT NULL,
	state         TEXT NOT NULL,
	progress      TEXT NOT NULL,
	failure       TEXT NOT NULL,
	asked_by      TEXT COLLATE "C" NOT NULL,
	request_id    TEXT NOT NULL,
	ip            TEXT NOT NULL,
	created_at    BIGINT NOT NULL,
	checked_at    BIGINT NOT NULL,
	started_at    BIGINT NOT NULL,
	ended_at      BIGINT NOT NULL,
	links_at      BIGINT NOT NULL, -- when the links were taken
	claimed_by    TEXT NOT NULL,
	claimed_until BIGINT NOT NULL
);
