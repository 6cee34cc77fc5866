-- migrate:up

-- All that is known of each person, written by the worker alone. `facts` is the domain's dossier in msgpack. The finding
-- is not kept: it follows from the facts. Half of each page stays free, so that a review rewrites a row in its page (HOT).
CREATE TABLE dossier (
    subject     text COLLATE "C" PRIMARY KEY,
    facts       bytea       NOT NULL DEFAULT '',
    sequence    bigint      NOT NULL DEFAULT 0,
    digest      text        NOT NULL DEFAULT '',
    reference   bigint      NOT NULL DEFAULT 0,
    color       text,
    due         timestamptz,
    reviewed_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Who is to be looked at again, and when.
CREATE TABLE timer (
    subject text COLLATE "C" PRIMARY KEY,
    due     timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX timer_due ON timer (due);

-- Who was ever in an area; when, the dossier knows. In byte order the areas within an area stand together.
CREATE TABLE stay (
    area    text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    PRIMARY KEY (area, subject)
);

-- The number of the reference data (areas and policies); its row is the lock of whoever changes them.
CREATE TABLE reference (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    version  bigint  NOT NULL DEFAULT 1,
    policies text    NOT NULL DEFAULT ''
);
INSERT INTO reference DEFAULT VALUES;

-- Every revision of every entry; of an entry, the highest revision counts.
CREATE TABLE area_level (
    entry       text COLLATE "C" NOT NULL,
    revision    integer     NOT NULL CHECK (revision > 0),
    area        text        NOT NULL,
    level       text        NOT NULL,
    source      text        NOT NULL,
    evidence    text        NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    recorded_at timestamptz NOT NULL,
    recorded_by text        NOT NULL,
    withdrawn   boolean     NOT NULL,
    PRIMARY KEY (entry, revision)
);
CREATE INDEX area_level_area ON area_level (area);

CREATE TABLE listing (
    entry       text COLLATE "C" NOT NULL,
    revision    integer     NOT NULL CHECK (revision > 0),
    subject     text COLLATE "C" NOT NULL,
    category    text        NOT NULL,
    source      text        NOT NULL,
    evidence    text        NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    recorded_at timestamptz NOT NULL,
    recorded_by text        NOT NULL,
    withdrawn   boolean     NOT NULL,
    PRIMARY KEY (entry, revision)
);
CREATE INDEX listing_subject ON listing (subject);
CREATE INDEX listing_source ON listing (source, entry);

CREATE TABLE test (
    entry       text COLLATE "C" NOT NULL,
    revision    integer     NOT NULL CHECK (revision > 0),
    subject     text COLLATE "C" NOT NULL,
    kind        text        NOT NULL,
    result      text        NOT NULL,
    sampled_at  timestamptz NOT NULL,
    source      text        NOT NULL,
    evidence    text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text        NOT NULL,
    withdrawn   boolean     NOT NULL,
    PRIMARY KEY (entry, revision)
);
CREATE INDEX test_subject ON test (subject);

-- A change that many are to be looked at again for: in an area, or, where that is NULL, everybody. no transaction from the
-- id `fence` on can have read older reference data; `at_area` and `at_subject` say how far the sweep is.
CREATE TABLE storm (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    area       text,
    cause      text        NOT NULL,
    reference  bigint      NOT NULL,
    state      text        NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'waiting', 'sweeping', 'settling', 'done')),
    fence      bigint,
    at_area    text COLLATE "C" NOT NULL DEFAULT '',
    at_subject text COLLATE "C" NOT NULL DEFAULT '',
    swept      bigint      NOT NULL DEFAULT 0,
    queued     bigint      NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX storm_open ON storm (id) WHERE state <> 'done';

-- migrate:down
