-- migrate:up

-- What two officers decided about one person, by revisions as listings.
CREATE TABLE decision (
    entry       text COLLATE "C" NOT NULL,
    revision    integer     NOT NULL CHECK (revision > 0),
    subject     text COLLATE "C" NOT NULL,
    color       text,
    exempts     text        NOT NULL,
    reason      text        NOT NULL,
    source      text        NOT NULL,
    evidence    text        NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL CHECK (valid_until > valid_from),
    recorded_at timestamptz NOT NULL,
    recorded_by text        NOT NULL,
    withdrawn   boolean     NOT NULL,
    PRIMARY KEY (entry, revision)
);
CREATE INDEX decision_subject ON decision (subject);
CREATE INDEX decision_source ON decision (source, entry);

-- Acts that take two officers. `proposed_person` and `decided_person` are verified persons, not accounts.
CREATE TABLE proposal (
    id              text COLLATE "C" PRIMARY KEY,
    kind            text        NOT NULL,
    body            bytea       NOT NULL,
    why             text        NOT NULL,
    authority       text        NOT NULL,
    proposed_by     text        NOT NULL,
    proposed_person text        NOT NULL,
    proposed_at     timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    state           text        NOT NULL CHECK (state IN ('open', 'approved', 'rejected')),
    decided_by      text,
    decided_at      timestamptz,
    note            text,
    outcome         text
);
CREATE INDEX proposal_authority ON proposal (authority, proposed_at DESC, id);

-- migrate:down
