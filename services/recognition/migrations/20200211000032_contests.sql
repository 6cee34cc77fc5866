-- migrate:up

-- The destination: what guests contest, as it was passed on under a name between regions.
CREATE TABLE contest (
    name    text        PRIMARY KEY,
    asked   text        NOT NULL UNIQUE,
    subject text        NOT NULL,
    origin  text        NOT NULL,
    until   timestamptz NOT NULL
);
CREATE INDEX contest_until ON contest (until);

-- The origin: what came from another region and is answered there.
CREATE TABLE contested (
    name        text        PRIMARY KEY,
    destination text        NOT NULL,
    until       timestamptz NOT NULL
);
CREATE INDEX contested_until ON contested (until);

-- migrate:down
