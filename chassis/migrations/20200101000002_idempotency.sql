-- migrate:up

-- Requests that were accepted, and what was answered.
CREATE TABLE idempotency (
    client       text        NOT NULL,
    key          text        NOT NULL,
    body_hash    bytea       NOT NULL,
    status       smallint,
    response     bytea,
    content_type text,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);

-- migrate:down
