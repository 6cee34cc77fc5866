-- migrate:up

-- Facts that people contest. What they wrote is sealed as `person` is, `wrapped` names its key; who read it stands beside it.
CREATE TABLE correction (
    id           text COLLATE "C" PRIMARY KEY,
    subject      text COLLATE "C" NOT NULL,
    category     text        NOT NULL,
    fact         text        NOT NULL,
    wrapped      bytea       NOT NULL,
    sealed       bytea       NOT NULL,
    asked_at     timestamptz NOT NULL,
    due          timestamptz NOT NULL,
    escalated_at timestamptz,
    outcome      text,
    owner        text,
    explanation  text,
    settled_at   timestamptz
);
CREATE INDEX correction_subject ON correction (subject, id);

CREATE TABLE correction_reading (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    correction text        NOT NULL,
    reader     text        NOT NULL,
    authority  text        NOT NULL,
    read_at    timestamptz NOT NULL
);

-- migrate:down
