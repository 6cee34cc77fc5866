-- migrate:up

-- The origin: the last code of each of the region's own people that rests on first-hand facts (version 0: none yet).
-- The row is also the lock of the person's watches.
CREATE TABLE home_code (
    subject     text    PRIMARY KEY,
    incarnation integer NOT NULL DEFAULT 0,
    version     bigint  NOT NULL DEFAULT 0,
    color       text    NOT NULL DEFAULT 'pending',
    evidence    text    NOT NULL DEFAULT 'none',
    since       timestamptz,
    until       timestamptz,
    changed_at  timestamptz
) WITH (fillfactor = 70);

-- The origin: which region watches whom for which trip. Without a handle the trip waits for the person's own word.
CREATE TABLE watch (
    trip        text        PRIMARY KEY,
    subject     text        NOT NULL,
    handle      text        UNIQUE,
    destination text        NOT NULL,
    purpose     text        NOT NULL,
    until       timestamptz NOT NULL,
    opened_at   timestamptz,
    sequence    bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX watch_subject ON watch (subject);
CREATE INDEX watch_until ON watch (until);

-- The hub: where messages under a handle go. No person is in it.
CREATE TABLE route (
    handle      text        PRIMARY KEY,
    origin      text        NOT NULL,
    destination text        NOT NULL,
    until       timestamptz NOT NULL,
    sequence    bigint      NOT NULL,
    ended       boolean     NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX route_until ON route (until);

-- The destination: people of other regions who are here, and what their code counts as. Of an ended watch only the row
-- itself is left until `watched_until`, so that nothing repeated brings it back.
CREATE TABLE guest (
    handle        text        PRIMARY KEY,
    origin        text        NOT NULL,
    purpose       text        NOT NULL,
    watched_until timestamptz NOT NULL,
    sequence      bigint      NOT NULL,
    status        text        NOT NULL,
    evidence      text        NOT NULL,
    color         text        NOT NULL,
    rule          text        NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz,
    code_at       timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    reported      boolean     NOT NULL,
    ended         boolean     NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX guest_watched_until ON guest (watched_until);

-- migrate:down
