-- migrate:up

-- A region that this one serves takes a code of its own: how far it is. `at_subject` is where the pass is that goes on, and
-- `since` when the one before began: from the second pass on only who was reviewed since then is looked at, and who waits.
CREATE TABLE migration (
    id          text COLLATE "C" PRIMARY KEY,
    region      text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('handing_over', 'cutting_over', 'done')),
    at_subject  text COLLATE "C" NOT NULL DEFAULT '',
    passes      bigint      NOT NULL DEFAULT 0,
    began_at    timestamptz NOT NULL,
    since       timestamptz,
    next_at     timestamptz NOT NULL,
    started_at  timestamptz NOT NULL,
    cut_over_at timestamptz,
    ended_at    timestamptz
);
CREATE UNIQUE INDEX migration_region ON migration (region) WHERE state <> 'done';

-- Who was handed over: under which random name, how often, what was handed over last, and what became of it.
CREATE TABLE handed_over (
    migration text   COLLATE "C" NOT NULL,
    subject   text   COLLATE "C" NOT NULL,
    handle    text   COLLATE "C" NOT NULL UNIQUE,
    sequence  bigint NOT NULL,
    digest    bytea  NOT NULL,
    answered  bigint NOT NULL DEFAULT 0,
    outcome   text,
    cut_at    timestamptz,
    PRIMARY KEY (migration, subject)
);
CREATE INDEX handed_over_waiting ON handed_over (migration, subject) WHERE cut_at IS NULL;

-- Where people arrive: what they had where they came from, to compare with what they have here.
CREATE TABLE arrival (
    subject  text   COLLATE "C" PRIMARY KEY,
    origin   text   NOT NULL,
    handle   text   NOT NULL,
    sequence bigint NOT NULL,
    color    text   NOT NULL,
    rule     text   NOT NULL,
    at       timestamptz NOT NULL
);

-- migrate:down
