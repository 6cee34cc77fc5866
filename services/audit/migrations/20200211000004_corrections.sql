-- migrate:up

-- Contested facts as whoever owns them sees them; an empty owner is the region's own desk. Every step stands beside it.
CREATE TABLE correction (
    id           text COLLATE "C" PRIMARY KEY,
    subject      text        NOT NULL,
    category     text        NOT NULL,
    fact         text        NOT NULL,
    kind         text        NOT NULL,
    owner        text        NOT NULL,
    asked_at     timestamptz NOT NULL,
    due          timestamptz NOT NULL,
    escalated_at timestamptz,
    outcome      text CHECK (outcome IN ('upheld', 'rejected')),
    explanation  text,
    settled_by   text,
    settled_at   timestamptz
);
CREATE INDEX correction_open ON correction (owner, due, id) WHERE settled_at IS NULL;
CREATE INDEX correction_due ON correction (due) WHERE settled_at IS NULL AND escalated_at IS NULL;

CREATE TABLE correction_step (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    correction text        NOT NULL,
    step       text        NOT NULL,
    by         text        NOT NULL,
    note       text        NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX correction_step_of ON correction_step (correction, id);

-- migrate:down
