-- migrate:up

-- The origin: first-hand facts of the kinds that this region shares, the highest revision of each, as long as they are
-- new enough to be shared. Whoever changes what is shared of a person holds the person's row of home_code.
CREATE TABLE own_fact (
    kind      text        NOT NULL,
    entry     text        NOT NULL,
    subject   text        NOT NULL,
    revision  bigint      NOT NULL,
    at        timestamptz NOT NULL,
    withdrawn boolean     NOT NULL,
    content   bytea       NOT NULL,
    PRIMARY KEY (kind, entry)
);
CREATE INDEX own_fact_subject ON own_fact (subject);
CREATE INDEX own_fact_at ON own_fact (kind, at);

-- The origin: what was told under which handle, and whether it was received. It outlives its watch: the person may see it.
CREATE TABLE share (
    handle      text        NOT NULL,
    kind        text        NOT NULL,
    entry       text        NOT NULL,
    subject     text        NOT NULL,
    destination text        NOT NULL,
    purpose     text        NOT NULL,
    fact        text        NOT NULL,
    revision    bigint      NOT NULL,
    withdrawn   boolean     NOT NULL,
    sequence    bigint      NOT NULL,
    digest      text        NOT NULL,
    tries       integer     NOT NULL,
    shared_at   timestamptz NOT NULL,
    sent_at     timestamptz NOT NULL,
    next_at     timestamptz,
    received_at timestamptz,
    refused     text,
    PRIMARY KEY (handle, kind, entry)
) WITH (fillfactor = 70);
CREATE INDEX share_subject ON share (subject, shared_at);
CREATE INDEX share_shared_at ON share (shared_at);
CREATE INDEX share_next_at ON share (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX share_missing ON share (sent_at) WHERE received_at IS NULL;

-- The hub: the number of the last receipt that went back.
ALTER TABLE route ADD COLUMN answered bigint NOT NULL DEFAULT 0;

-- The destination: what was told of guests, until the watch is over.
CREATE TABLE received (
    handle      text        NOT NULL,
    fact        text        NOT NULL,
    kind        text        NOT NULL,
    origin      text        NOT NULL,
    revision    bigint      NOT NULL,
    local       bigint      NOT NULL,
    withdrawn   boolean     NOT NULL,
    at          timestamptz NOT NULL,
    content     bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (handle, fact)
);

-- migrate:down
