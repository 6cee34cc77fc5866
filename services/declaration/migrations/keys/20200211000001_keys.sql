-- migrate:up

-- Each person's keys, wrapped by the region's master key. They live in a database of their own, which is never restored
-- from an older backup: what is destroyed here stays destroyed, whatever is restored of the data.
CREATE TABLE person_key (
    id      bytea       PRIMARY KEY,
    subject text        COLLATE "C" NOT NULL,
    wrapped bytea       NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX person_key_subject ON person_key (subject);

-- migrate:down
