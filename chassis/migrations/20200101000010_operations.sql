-- migrate:up

-- What operators did: who, when, why, to what, and what came of it.
CREATE TABLE operator_act (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    who     text NOT NULL,
    client  text,
    act     text NOT NULL,
    targets text[] NOT NULL,
    reason  text NOT NULL,
    outcome text NOT NULL
);

-- Dead letters that were replayed or dropped; all others on the dead-letter topics are open. An offset comes again when
-- the broker is restored from a backup, so the time of writing belongs to the name.
CREATE TABLE letter_decision (
    topic         text   NOT NULL,
    letter_offset bigint NOT NULL,
    written_at    bigint NOT NULL,
    state         text   NOT NULL,
    act           bigint NOT NULL REFERENCES operator_act,
    PRIMARY KEY (topic, letter_offset, written_at)
);

-- A partition that its worker holds where it is, since when and for what: `limit`, `outside-log`, `unreadable`.
ALTER TABLE stream_offset ADD COLUMN stopped_for text, ADD COLUMN stopped_at timestamptz;

-- migrate:down
