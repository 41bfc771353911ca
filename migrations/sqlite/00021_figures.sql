-- +goose Up

-- How many accounts there are of a kind. The triggers keep the figures, whoever writes to the table of persons: to count a million rows
-- each time that somebody looks takes too long. On PostgreSQL they are spread over shards; here there is one.
CREATE TABLE account_counts (
	role          TEXT NOT NULL,
	account_state TEXT NOT NULL,
	level         TEXT NOT NULL,
	shard         INTEGER NOT NULL,
	number        INTEGER NOT NULL,
	PRIMARY KEY (role, account_state, level, shard)
) STRICT, WITHOUT ROWID;

INSERT INTO account_counts (role, account_state, level, shard, number)
	SELECT role, account_state, level, 0, COUNT(*) FROM persons GROUP BY role, account_state, level;

-- It was there to be counted.
DROP INDEX persons_levels;

-- +goose StatementBegin
CREATE TRIGGER person_is_added AFTER INSERT ON persons BEGIN
	INSERT INTO account_counts (role, account_state, level, shard, number) VALUES (NEW.role, NEW.account_state, NEW.level, 0, 1)
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = number + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_becomes_another AFTER UPDATE OF role, account_state, level ON persons
	WHEN OLD.role <> NEW.role OR OLD.account_state <> NEW.account_state OR OLD.level <> NEW.level BEGIN
	INSERT INTO account_counts (role, account_state, level, shard, number) VALUES (OLD.role, OLD.account_state, OLD.level, 0, -1)
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = number - 1;
	INSERT INTO account_counts (role, account_state, level, shard, number) VALUES (NEW.role, NEW.account_state, NEW.level, 0, 1)
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = number + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_is_deleted AFTER DELETE ON persons BEGIN
	INSERT INTO account_counts (role, account_state, level, shard, number) VALUES (OLD.role, OLD.account_state, OLD.level, 0, -1)
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = number - 1;
END;
-- +goose StatementEnd

-- What data holders attempted, by day (days since 1970, UTC). It outlives the log, which is bounded.
CREATE TABLE attempt_days (
	day     INTEGER NOT NULL,
	kind    TEXT NOT NULL,
	outcome TEXT NOT NULL,
	number  INTEGER NOT NULL,
	PRIMARY KEY (day, kind, outcome)
) STRICT, WITHOUT ROWID;

INSERT INTO attempt_days (day, kind, outcome, number)
	SELECT at / 86400000000, kind, outcome, SUM(number) FROM attempts GROUP BY at / 86400000000, kind, outcome;

-- How long requests took, by day: of each group of addresses, how many took as long as the step says.
CREATE TABLE latency_days (
	day    INTEGER NOT NULL,
	family TEXT NOT NULL,
	step   INTEGER NOT NULL,
	number INTEGER NOT NULL,
	PRIMARY KEY (day, family, step)
) STRICT, WITHOUT ROWID;

-- Messages by what became of them, the newest first.
CREATE INDEX messages_sent ON messages (id) WHERE sent_at > 0;
CREATE INDEX messages_given_up ON messages (id) WHERE sent_at = 0 AND gave_up_at > 0;
CREATE INDEX messages_open ON messages (id) WHERE sent_at = 0 AND gave_up_at = 0;

-- One kind of event among very many others: of a data holder; and of whoever did something to another, which nearly nobody has done to herself.
CREATE INDEX audit_client_action ON audit (client_id, action, id) WHERE client_id <> '';
CREATE INDEX audit_actor_action ON audit (actor, action, id) WHERE actor <> person_id;
