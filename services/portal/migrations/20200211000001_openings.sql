-- migrate:up

-- Who opened whose page, for what: written before it is opened, read by the person, changed by nobody.
CREATE TABLE opening (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject   text COLLATE "C" NOT NULL,
    officer   text        NOT NULL,
    authority text,
    purpose   text        NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX opening_subject ON opening (subject, id);

-- migrate:down
