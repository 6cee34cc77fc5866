-- migrate:up

-- What two officers put in force, in the order of its recording; each row takes the place of all that was to begin at
-- its time or later. Before the first the region's files alone count.
CREATE TABLE policy_act (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    change      text        NOT NULL CHECK (change IN ('activation', 'rollback')),
    policy      text        NOT NULL,
    version     text        NOT NULL,
    pack        text        NOT NULL,
    effective   timestamptz NOT NULL,
    proposal    text        NOT NULL UNIQUE,
    recorded_at timestamptz NOT NULL
);

-- Changes that are tried and touch nothing. `passed` people are behind `at_subject`; `tally` counts what they would be.
CREATE TABLE simulation (
    id         text COLLATE "C" PRIMARY KEY,
    state      text        NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
    change     bytea       NOT NULL,
    at         timestamptz NOT NULL,
    at_subject text COLLATE "C" NOT NULL DEFAULT '',
    passed     bigint      NOT NULL DEFAULT 0,
    estimate   bigint      NOT NULL DEFAULT 0,
    reference  bigint      NOT NULL,
    moved      boolean     NOT NULL DEFAULT false,
    tally      bytea       NOT NULL DEFAULT '',
    failure    text,
    asked_by   text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE UNIQUE INDEX simulation_running ON simulation (state) WHERE state = 'running';
CREATE INDEX simulation_started ON simulation (started_at);

-- migrate:down
