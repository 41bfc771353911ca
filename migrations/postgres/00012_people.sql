-- +goose Up

-- Whether somebody has a passkey, and whether she ever signed in. Both are what the table of passkeys says, kept beside the person so
-- that a list of people can be narrowed by them. The triggers keep them, whoever writes to that table.
ALTER TABLE persons ADD COLUMN enrolled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE persons ADD COLUMN signed_in BIGINT NOT NULL DEFAULT 0;

UPDATE persons SET enrolled = 1 WHERE id IN (SELECT person_id FROM passkeys);
UPDATE persons SET signed_in = 1 WHERE id IN (SELECT person_id FROM passkeys WHERE last_used_at > 0);

-- The order of ids is the order in which people were added, so that each of these lists one kind of people, the newest first.
CREATE INDEX persons_state ON persons (account_state, id);
CREATE INDEX persons_level ON persons (level, id);
CREATE INDEX persons_enrolled ON persons (enrolled, id);
CREATE INDEX persons_signed_in ON persons (signed_in, id);

-- +goose StatementBegin
CREATE FUNCTION passkeys_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		UPDATE persons SET enrolled = 0 WHERE id = OLD.person_id AND NOT EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = OLD.person_id);
		RETURN NULL;
	END IF;
	UPDATE persons SET enrolled = 1 WHERE id = NEW.person_id AND enrolled = 0;
	UPDATE persons SET signed_in = 1 WHERE id = NEW.person_id AND signed_in = 0 AND NEW.last_used_at > 0;
	RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER passkey_is_added AFTER INSERT ON passkeys FOR EACH ROW EXECUTE FUNCTION passkeys_of_person();
CREATE TRIGGER passkey_is_used AFTER UPDATE OF last_used_at ON passkeys FOR EACH ROW WHEN (OLD.last_used_at = 0 AND NEW.last_used_at > 0)
	EXECUTE FUNCTION passkeys_of_person();
CREATE TRIGGER passkey_is_removed AFTER DELETE ON passkeys FOR EACH ROW EXECUTE FUNCTION passkeys_of_person();
