-- migrate:up

-- The destination: what it asked other regions. Of a credential its digest, of a document nothing.
CREATE TABLE ask (
    ask        text        PRIMARY KEY,
    origin     text        NOT NULL,
    purpose    text        NOT NULL,
    seen_at    timestamptz NOT NULL,
    asked_at   timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    credential bytea       UNIQUE,
    state      text        NOT NULL,
    handle     text
) WITH (fillfactor = 70);
CREATE INDEX ask_until ON ask (until);

-- The origin: how often each region has asked by documents in the hour that it last did.
CREATE TABLE registration_count (
    region text        PRIMARY KEY,
    hour   timestamptz NOT NULL,
    asked  bigint      NOT NULL
);

-- migrate:down
