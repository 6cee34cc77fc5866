-- migrate:up

-- The row that orders all that concerns a person. `wrapped` is the person's own key under the region's: without it
-- `sealed` is noise, here and in every backup of it. `weight` is that of who vouches for what is sealed.
CREATE TABLE person (
    subject    text     COLLATE "C" PRIMARY KEY,
    wrapped    bytea,
    sealed     bytea,
    weight     smallint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 70);

-- What was stated, without what it says, and how far it has come. No index but the keys: the stages are HOT updates.
CREATE TABLE statement (
    id            text        COLLATE "C" PRIMARY KEY,
    kind          text        NOT NULL,
    subject       text        NOT NULL,
    declarer      text        NOT NULL,
    attestation   text        NOT NULL,
    accepted_at   timestamptz NOT NULL,
    batch         text        COLLATE "C",
    line          integer,
    finding       text,
    finding_color text,
    audited_at    timestamptz,
    incarnation   integer,
    version       bigint,
    color         text,
    coloured_at   timestamptz
) WITH (fillfactor = 60);
CREATE INDEX statement_batch ON statement (batch, line) WHERE batch IS NOT NULL;

CREATE TABLE dependant (
    id            text        PRIMARY KEY,
    guardian      text        NOT NULL,
    subject       text        NOT NULL,
    relation      text        NOT NULL,
    until         date        NOT NULL,
    registered_at timestamptz NOT NULL,
    UNIQUE (guardian, subject)
);

-- Employers' batches. `done` lines are decided; `runner` works on the rest and was last seen at `touched_at`, which is
-- the database's own time. `errors` are the first refused lines and their faults, without any value.
CREATE TABLE batch (
    id          text        PRIMARY KEY,
    account     text        NOT NULL,
    client      text        NOT NULL,
    key         text        NOT NULL,
    body_hash   bytea       NOT NULL,
    runner      text        NOT NULL,
    received_at timestamptz NOT NULL,
    done        integer     NOT NULL DEFAULT 0,
    accepted    integer     NOT NULL DEFAULT 0,
    refused     integer     NOT NULL DEFAULT 0,
    errors      bytea       NOT NULL,
    finished    boolean     NOT NULL DEFAULT false,
    touched_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (client, key)
);

-- migrate:down
