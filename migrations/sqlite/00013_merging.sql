-- +goose Up

-- Records that wait to be compared with the others. Whoever writes a person writes her id here, in the same transaction.
CREATE TABLE unexamined (
	person_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO unexamined (person_id) SELECT id FROM persons WHERE account_state <> 'merged';

-- Two records that may be one person; one is the smaller id.
CREATE TABLE suspicions (
	one          TEXT NOT NULL,
	other        TEXT NOT NULL,
	verdict      TEXT NOT NULL,
	likeness     INTEGER NOT NULL, -- rank of the verdict
	value        INTEGER NOT NULL,
	reasons      TEXT NOT NULL,
	found_at     INTEGER NOT NULL,
	decided_at   INTEGER NOT NULL,
	decided_by   TEXT NOT NULL,
	decided_rank INTEGER NOT NULL, -- the verdict's when it was decided
	decision     TEXT NOT NULL,
	PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;

CREATE INDEX suspicions_other ON suspicions (other);
CREATE INDEX suspicions_open ON suspicions (likeness DESC, value DESC, one, other) WHERE decided_at = 0;
CREATE INDEX suspicions_decided ON suspicions (likeness DESC, value DESC, one, other) WHERE decided_at > 0;

-- Files that administrators bring in. One at a time is under way: it has the slot.
CREATE TABLE import_jobs (
	id            TEXT NOT NULL PRIMARY KEY,
	slot          INTEGER UNIQUE CHECK (slot = 1), -- NULL when it is over
	file_name     TEXT NOT NULL,
	digest        TEXT NOT NULL,
	size          INTEGER NOT NULL,
	options       TEXT NOT NULL,
	state         TEXT NOT NULL,
	progress      TEXT NOT NULL,
	failure       TEXT NOT NULL,
	asked_by      TEXT NOT NULL,
	request_id    TEXT NOT NULL,
	ip            TEXT NOT NULL,
	created_at    INTEGER NOT NULL,
	checked_at    INTEGER NOT NULL,
	started_at    INTEGER NOT NULL,
	ended_at      INTEGER NOT NULL,
	links_at      INTEGER NOT NULL, -- when the links were taken
	claimed_by    TEXT NOT NULL,
	claimed_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
