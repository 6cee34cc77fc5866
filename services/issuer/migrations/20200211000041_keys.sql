-- migrate:up

-- By which key of the region a credential is signed, for which key of its holder, and what came in its place when the
-- region's key was revoked. NULL where an earlier release wrote the row.
ALTER TABLE credential ADD COLUMN kid bytea, ADD COLUMN holder_key bytea, ADD COLUMN replaced_by bytea;
CREATE INDEX credential_kid ON credential (kid, cti) WHERE revoked_at IS NULL;

-- Making anew what a revoked key signed: how far it is. `cursor`: the last credential of this pass over them.
CREATE TABLE reissue (
    kid        bytea       PRIMARY KEY,
    started_at timestamptz NOT NULL,
    cursor     bytea       NOT NULL DEFAULT '',
    passes     integer     NOT NULL DEFAULT 0,
    found      bigint      NOT NULL DEFAULT 0,
    replaced   bigint      NOT NULL DEFAULT 0,
    on_paper   bigint      NOT NULL DEFAULT 0,
    voided     bigint      NOT NULL DEFAULT 0,
    ended_at   timestamptz
);

-- What is waiting for the devices. Each is bound to a key that never leaves its device, so it is of no use to others.
CREATE TABLE replacement (
    cti        bytea       PRIMARY KEY,
    holder     text        NOT NULL,
    credential text        NOT NULL,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX replacement_expires_at ON replacement (expires_at);

-- What two officers decide about keys; `key` is the one to revoke, `begins_at` when a new one is to sign.
CREATE TABLE key_change (
    act             text        NOT NULL,
    usage           text        NOT NULL,
    key             text,
    begins_at       timestamptz,
    authority       text        NOT NULL,
    id              text        PRIMARY KEY,
    why             text        NOT NULL,
    proposed_by     text        NOT NULL,
    proposed_person text        NOT NULL,
    proposed_at     timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    state           text        NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    note            text
);
CREATE INDEX key_change_proposed_at ON key_change (proposed_at);

-- migrate:down
