-- migrate:up

-- How far each connector is, see ports.State; one owner at a time, known by its epoch.
CREATE TABLE connector (
    connector    text PRIMARY KEY,
    epoch        bigint      NOT NULL DEFAULT 1,
    mark         text,
    sweep        bigint      NOT NULL DEFAULT 0,
    sweeping     boolean     NOT NULL DEFAULT false,
    sweep_after  text,
    swept_at     timestamptz,
    pulled_at    timestamptz,
    held         text,
    allowed      integer     NOT NULL DEFAULT 0,
    gone_allowed bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

-- What was submitted for each row. No document number is here: the person in `submitted` is sealed to the intake key, the
-- digests are keyed. `met` is the last sweep that met the row.
CREATE TABLE pulled (
    connector  text    NOT NULL,
    key        text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    person     bytea   NOT NULL,
    content    bytea   NOT NULL,
    submitted  bytea   NOT NULL,
    withdrawn  boolean NOT NULL,
    met        bigint  NOT NULL,
    PRIMARY KEY (connector, key)
) WITH (fillfactor = 70);
CREATE INDEX pulled_unmet ON pulled (connector, met) WHERE NOT withdrawn;

-- Rows that cannot be read: a code and a field, never a value. Gone as soon as the row can be read, or is no more.
CREATE TABLE row_fault (
    connector text NOT NULL,
    key       text COLLATE "C" NOT NULL,
    code      text NOT NULL,
    field     text NOT NULL,
    met       bigint      NOT NULL,
    since     timestamptz NOT NULL,
    PRIMARY KEY (connector, key)
);

-- Who let a held connector go on, and why.
CREATE TABLE release (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connector text        NOT NULL,
    held      text        NOT NULL,
    reason    text        NOT NULL,
    by        text        NOT NULL,
    at        timestamptz NOT NULL
);

-- migrate:down
