-- migrate:up

-- Who may use codes. `account` is the client_id in its tokens; one that was revoked may apply anew, as another client.
-- `behind`: it was told nothing for a while.
CREATE TABLE client (
    id         text        PRIMARY KEY COLLATE "C",
    account    text        NOT NULL,
    applicant  text        NOT NULL,
    name       text        NOT NULL,
    contact    text        NOT NULL,
    purpose    text        NOT NULL,
    wanted     text[]      NOT NULL,
    state      text        NOT NULL,
    scopes     text[],
    per_day    integer,
    per_second integer,
    expires_at timestamptz,
    is_open    boolean     NOT NULL,
    behind     boolean     NOT NULL,
    version    bigint      NOT NULL,
    applied_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX client_account ON client (account) WHERE state <> 'revoked';
CREATE INDEX client_expires_at ON client (expires_at) WHERE state IN ('opening', 'active', 'suspended');

-- Terms that one officer proposes and another person approves.
CREATE TABLE proposal (
    id              text        PRIMARY KEY,
    client          text        NOT NULL COLLATE "C" REFERENCES client (id),
    scopes          text[]      NOT NULL,
    per_day         integer     NOT NULL,
    per_second      integer     NOT NULL,
    expires_at      timestamptz NOT NULL,
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
CREATE INDEX proposal_client ON proposal (client, proposed_at);

-- The record: what became of each client, by whom and why. Nothing is ever changed in it.
CREATE TABLE act (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client    text        NOT NULL COLLATE "C" REFERENCES client (id),
    at        timestamptz NOT NULL,
    what      text        NOT NULL,
    by        text        NOT NULL,
    authority text,
    why       text,
    state     text        NOT NULL,
    version   bigint      NOT NULL
);
CREATE INDEX act_client ON act (client, id);

-- Each person's code as last heard of (version 0: never). The row is also the lock of the person's consents.
CREATE TABLE known_code (
    subject     text    PRIMARY KEY COLLATE "C",
    incarnation integer NOT NULL DEFAULT 0,
    version     bigint  NOT NULL DEFAULT 0,
    color       text    NOT NULL DEFAULT 'pending',
    act         text    NOT NULL DEFAULT '',
    since       timestamptz,
    until       timestamptz
) WITH (fillfactor = 70);

-- What people let clients see: one row of a person and a client, for good, so that its numbers only ever rise.
CREATE TABLE consent (
    id               text        PRIMARY KEY,
    subject          text        NOT NULL COLLATE "C",
    client           text        NOT NULL COLLATE "C" REFERENCES client (id),
    until            timestamptz,
    reference        text,
    version          bigint      NOT NULL,
    told             bigint      NOT NULL,
    sent_incarnation integer     NOT NULL,
    sent_version     bigint      NOT NULL,
    changed_at       timestamptz NOT NULL,
    UNIQUE (subject, client)
) WITH (fillfactor = 70);
CREATE INDEX consent_client ON consent (client);
CREATE INDEX consent_until ON consent (until) WHERE until IS NOT NULL;

-- migrate:down
