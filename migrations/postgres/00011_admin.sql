-- +goose Up

-- There was one kind of administrator, who might do everything there was.
UPDATE persons SET role = 'owner' WHERE role = 'administrator';

CREATE INDEX persons_administrators ON persons (id) WHERE role <> 'patient';
CREATE INDEX persons_levels ON persons (role, account_state, level);

CREATE INDEX messages_lost ON messages (gave_up_at) WHERE gave_up_at > 0;

CREATE TABLE setup_links (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	hash       BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL
);

-- One row, which whoever changes the administrators writes first, so that one comes after the other.
CREATE TABLE administration (
	id       BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	revision BIGINT NOT NULL
);

INSERT INTO administration (id, revision) VALUES (1, 1);

CREATE TABLE approvals (
	id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	act        TEXT NOT NULL,
	person_id  TEXT COLLATE "C" NOT NULL,
	detail     TEXT NOT NULL,
	reason     TEXT NOT NULL,
	asked_by   TEXT COLLATE "C" NOT NULL,
	asked_at   BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	decision   TEXT NOT NULL,
	decided_by TEXT COLLATE "C" NOT NULL,
	decided_at BIGINT NOT NULL,
	answer     TEXT NOT NULL,
	done_at    BIGINT NOT NULL,
	failure    TEXT NOT NULL
);

CREATE INDEX approvals_waiting ON approvals (id) WHERE decision = '';
CREATE INDEX approvals_person ON approvals (person_id, id) WHERE person_id <> '';

-- Events that are committed and not in the chain yet. Whoever writes an event writes its id here, in the same transaction.
CREATE TABLE audit_waiting (
	event_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

INSERT INTO audit_waiting (event_id) SELECT id FROM audit;

-- The order in which events were sealed, each hash on the one before.
CREATE TABLE audit_chain (
	seq      BIGINT NOT NULL PRIMARY KEY,
	event_id TEXT COLLATE "C" NOT NULL UNIQUE,
	hash     BYTEA NOT NULL
);

-- The last place of the chain, and the last one that retention has deleted.
CREATE TABLE audit_marks (
	name TEXT NOT NULL PRIMARY KEY,
	seq  BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	mac  BYTEA NOT NULL,
	at   BIGINT NOT NULL
);

INSERT INTO audit_marks (name, seq, hash, mac, at) VALUES ('head', 0, '', '', 0), ('checkpoint', 0, '', '', 0);

-- How often each thing happened on each day, for pictures over time. It outlives what it counts.
CREATE TABLE audit_days (
	day    TEXT COLLATE "C" NOT NULL,
	action TEXT COLLATE "C" NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (day, action)
);

-- The order of ids is the order of time, so that each of these lists one thing, the newest first.
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_client ON audit (client_id, id) WHERE client_id <> '';
CREATE INDEX audit_request ON audit (request_id, id) WHERE request_id <> '';

-- Against mistakes of our own; who writes to the database past the program is found by the chain.
-- +goose StatementBegin
CREATE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is only ever added to';
END
$$;
-- +goose StatementEnd

CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION only_added_to();
CREATE TRIGGER audit_chain_is_only_added_to BEFORE UPDATE ON audit_chain FOR EACH ROW EXECUTE FUNCTION only_added_to();
