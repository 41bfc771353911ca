-- +goose Up

-- How many accounts there are of a kind. The triggers keep the figures, whoever writes to the table of persons: to count a million rows
-- each time that somebody looks takes too long. A figure is the sum of its shards, so that writers at the same moment seldom meet.
CREATE TABLE account_counts (
	role          TEXT COLLATE "C" NOT NULL,
	account_state TEXT COLLATE "C" NOT NULL,
	level         TEXT COLLATE "C" NOT NULL,
	shard         BIGINT NOT NULL,
	number        BIGINT NOT NULL,
	PRIMARY KEY (role, account_state, level, shard)
);

INSERT INTO account_counts (role, account_state, level, shard, number)
	SELECT role, account_state, level, 0, COUNT(*) FROM persons GROUP BY role, account_state, level;

-- It was there to be counted.
DROP INDEX persons_levels;

-- The rows are written in one order, whoever writes, so that two do not wait for each other.
-- +goose StatementBegin
CREATE FUNCTION count_added_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO account_counts AS c (role, account_state, level, shard, number)
		SELECT role, account_state, level, ascii(right(id, 1)) % 16 AS part, COUNT(*) FROM added
		GROUP BY role, account_state, level, part ORDER BY 1, 2, 3, 4
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = c.number + excluded.number;
	RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION count_changed_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO account_counts AS c (role, account_state, level, shard, number)
		SELECT role, account_state, level, part, SUM(change) FROM (
			SELECT role, account_state, level, ascii(right(id, 1)) % 16 AS part, 1 AS change FROM added
			UNION ALL SELECT role, account_state, level, ascii(right(id, 1)) % 16, -1 FROM gone) AS changes
		GROUP BY role, account_state, level, part HAVING SUM(change) <> 0 ORDER BY 1, 2, 3, 4
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = c.number + excluded.number;
	RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION count_deleted_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO account_counts AS c (role, account_state, level, shard, number)
		SELECT role, account_state, level, ascii(right(id, 1)) % 16 AS part, -COUNT(*) FROM gone
		GROUP BY role, account_state, level, part ORDER BY 1, 2, 3, 4
		ON CONFLICT (role, account_state, level, shard) DO UPDATE SET number = c.number + excluded.number;
	RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER person_is_added AFTER INSERT ON persons REFERENCING NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION count_added_accounts();
CREATE TRIGGER person_becomes_another AFTER UPDATE ON persons REFERENCING OLD TABLE AS gone NEW TABLE AS added
	FOR EACH STATEMENT EXECUTE FUNCTION count_changed_accounts();
CREATE TRIGGER person_is_deleted AFTER DELETE ON persons REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_accounts();

-- What data holders attempted, by day (days since 1970, UTC). It outlives the log, which is bounded.
CREATE TABLE attempt_days (
	day     BIGINT NOT NULL,
	kind    TEXT COLLATE "C" NOT NULL,
	outcome TEXT COLLATE "C" NOT NULL,
	number  BIGINT NOT NULL,
	PRIMARY KEY (day, kind, outcome)
);

INSERT INTO attempt_days (day, kind, outcome, number)
	SELECT at / 86400000000, kind, outcome, SUM(number) FROM attempts GROUP BY at / 86400000000, kind, outcome;

-- How long requests took, by day: of each group of addresses, how many took as long as the step says.
CREATE TABLE latency_days (
	day    BIGINT NOT NULL,
	family TEXT COLLATE "C" NOT NULL,
	step   BIGINT NOT NULL,
	number BIGINT NOT NULL,
	PRIMARY KEY (day, family, step)
);

-- Messages by what became of them, the newest first.
CREATE INDEX messages_sent ON messages (id) WHERE sent_at > 0;
CREATE INDEX messages_given_up ON messages (id) WHERE sent_at = 0 AND gave_up_at > 0;
CREATE INDEX messages_open ON messages (id) WHERE sent_at = 0 AND gave_up_at = 0;

-- One kind of event among very many others: of a data holder; and of whoever did something to another, which nearly nobody has done to herself.
CREATE INDEX audit_client_action ON audit (client_id, action, id) WHERE client_id <> '';
CREATE INDEX audit_actor_action ON audit (actor, action, id) WHERE actor <> person_id;
