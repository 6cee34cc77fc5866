-- migrate:up

-- One row a person, and all that a view of the code needs: no look-up joins anything. `event` is the last CodeChanged
-- as published (empty only within the transaction that makes the row). `expires_at` lies on the region's midnights, so
-- that most updates leave the index alone; NULL when the code cannot expire any more.
CREATE TABLE code (
    subject             text    PRIMARY KEY,
    finding_incarnation integer NOT NULL DEFAULT 0,
    finding_sequence    bigint  NOT NULL DEFAULT 0,
    expires_at          timestamptz,
    event               bytea   NOT NULL DEFAULT ''
) WITH (fillfactor = 70);
CREATE INDEX code_expires_at ON code (expires_at) WHERE expires_at IS NOT NULL;

-- Every change, as published.
CREATE TABLE code_history (
    subject     text        NOT NULL,
    incarnation integer     NOT NULL,
    version     bigint      NOT NULL,
    event       bytea       NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (subject, incarnation, version)
);

-- Credentials that were issued, until they have expired. The credential itself is never kept.
CREATE TABLE credential (
    cti          bytea       PRIMARY KEY,
    subject      text        NOT NULL,
    list_id      text        NOT NULL,
    status_index integer     NOT NULL,
    issued_at    timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    UNIQUE (list_id, status_index)
);
CREATE INDEX credential_subject ON credential (subject);
CREATE INDEX credential_expires_at ON credential (expires_at);
CREATE INDEX credential_revoked ON credential (list_id, status_index) WHERE revoked_at IS NOT NULL;

-- Who looked whom up by a document at a gate: the pseudonym, never the number.
CREATE TABLE lookup (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    caller     text        NOT NULL,
    client     text,
    authority  text,
    subject    text        NOT NULL,
    found      boolean     NOT NULL
);
CREATE INDEX lookup_subject ON lookup (subject, at);

-- migrate:down
