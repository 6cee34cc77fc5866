-- migrate:up

-- One row: raised by a restore, so that nothing old overtakes what came after.
CREATE TABLE incarnation (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    incarnation integer NOT NULL DEFAULT 1
);
INSERT INTO incarnation DEFAULT VALUES;

-- Where a consumer stands; written in the transaction that writes what the records caused.
-- `strikes` leaks: it goes up by 20 with each record rejected or parked for a fault, and down by 1 with each accepted.
CREATE TABLE stream_offset (
    consumer    text    NOT NULL,
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint,
    epoch       bigint  NOT NULL DEFAULT 1,
    strikes     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (consumer, topic, partition)
) WITH (fillfactor = 50);

-- Records that failed for a reason that does not pass, and the later ones of the same key, in order.
CREATE TABLE parked_record (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer  text        NOT NULL,
    key       bytea       NOT NULL,
    topic     text        NOT NULL,
    partition integer     NOT NULL,
    record_offset bigint  NOT NULL,
    headers   bytea       NOT NULL,
    value     bytea,
    reason    text        NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX parked_record_key ON parked_record (consumer, key);

-- What waits to be published. `xid` and `id` are drawn while the subject's lock is held.
CREATE TABLE outbox (
    id         bigint   GENERATED ALWAYS AS IDENTITY,
    xid        bigint   NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    lane       smallint NOT NULL DEFAULT 0,
    topic      text     NOT NULL,
    key        bytea    NOT NULL,
    headers    bytea    NOT NULL,
    value      bytea    NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000);
CREATE INDEX outbox_xid ON outbox (lane, xid);

-- How far each relay lane is; `pending_to` ends the window that is stored but perhaps not yet published. `epoch` is the
-- owner's; `seen_at` its last sign of life, NULL after a clean stop.
CREATE TABLE relay_lane (
    lane       smallint PRIMARY KEY,
    epoch      bigint NOT NULL DEFAULT 0,
    window_no  bigint NOT NULL DEFAULT 0,
    horizon    bigint NOT NULL DEFAULT 0,
    pending_to bigint,
    seen_at    timestamptz
) WITH (fillfactor = 20);

-- migrate:down

