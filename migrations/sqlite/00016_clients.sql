-- +goose Up

-- How a data holder is found and sorted, made of its names and its URI by the program (sqlstore, client_list.go). '' is a row that
-- was there before: the program fills it when it opens the database.
ALTER TABLE clients ADD COLUMN sort_name TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN search TEXT NOT NULL DEFAULT '';

-- Everything that a list is chosen and sorted by, so that it reads the wide rows of one page only.
CREATE INDEX clients_directory ON clients (sort_name, id, community_id, suspended_at, search) WHERE cancelled_at = 0;
CREATE INDEX clients_unsorted ON clients (id) WHERE sort_name = '';

-- How often people signed in to each data holder, by day (days since 1970, UTC). A day's count is spread over a few rows, so that
-- sign-ins at the same moment do not wait for each other; they become one row when the day is over.
CREATE TABLE client_days (
	client_id TEXT NOT NULL,
	day       INTEGER NOT NULL,
	shard     INTEGER NOT NULL,
	number    INTEGER NOT NULL,
	last_at   INTEGER NOT NULL,
	PRIMARY KEY (client_id, day, shard)
) STRICT, WITHOUT ROWID;

CREATE INDEX client_days_day ON client_days (day, shard);

INSERT INTO client_days (client_id, day, shard, number, last_at)
	SELECT client_id, at / 86400000000, 0, COUNT(*), MAX(at) FROM releases WHERE place = 'id_token' GROUP BY client_id, at / 86400000000;

-- Whose connections end with a data holder's registration.
CREATE INDEX consents_sector ON consents (sector) WHERE ended_at = 0;

-- What was decided about a data holder, among the many events of those who sign in to it.
CREATE INDEX audit_client_changes ON audit (client_id, id) WHERE action IN ('client.suspend', 'client.resume', 'client.delete', 'client.change');

-- The log of attempts, looked through: each lists one thing, the newest first.
CREATE INDEX attempts_issuer ON attempts (issuer, id);
CREATE INDEX attempts_client ON attempts (client_id, id) WHERE client_id <> '';
CREATE INDEX attempts_address ON attempts (remote_ip, id);
CREATE INDEX attempts_community ON attempts (community_id, id) WHERE community_id <> '';
CREATE INDEX attempts_refused ON attempts (id) WHERE code <> '';
CREATE INDEX attempts_registrations ON attempts (client_id, id) WHERE kind = 'registration';
