-- migrate:up

-- Places that have a code at their door. `owner`: the client or the authority that registered it.
CREATE TABLE place (
    id            text        PRIMARY KEY COLLATE "C",
    name          text        NOT NULL,
    area          text        NOT NULL,
    owner         text        NOT NULL,
    registered_by text        NOT NULL,
    registered_at timestamptz NOT NULL,
    closed_at     timestamptz
);

-- Who was let in where; forgotten after so many days as the region says. `number` is what the door compares.
CREATE TABLE pass (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place   text        NOT NULL COLLATE "C" REFERENCES place (id),
    subject text        NOT NULL COLLATE "C",
    at      timestamptz NOT NULL,
    color   text        NOT NULL,
    number  text        NOT NULL,
    how     text        NOT NULL
);
CREATE INDEX pass_subject ON pass (subject, id);
CREATE INDEX pass_place ON pass (place, at);
CREATE INDEX pass_at ON pass (at);

-- Who searched the passes, for what; written before anything is answered.
CREATE TABLE pass_search (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    caller    text        NOT NULL,
    authority text        NOT NULL,
    purpose   text        NOT NULL,
    subject   text        COLLATE "C",
    place     text        COLLATE "C",
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL
);
CREATE INDEX pass_search_subject ON pass_search (subject);
CREATE INDEX pass_search_place ON pass_search (place);

-- Holders' proofs that were shown lately, by their digest: the same one again is a picture, or somebody twice at the door.
CREATE TABLE proof_seen (
    digest bytea       PRIMARY KEY,
    at     timestamptz NOT NULL
);
CREATE INDEX proof_seen_at ON proof_seen (at);

-- migrate:down
