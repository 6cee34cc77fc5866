-- migrate:up

-- What each client of the region may do, as subscription says it.
CREATE TABLE client (
    id          text        PRIMARY KEY COLLATE "C",
    account     text        NOT NULL,
    incarnation integer     NOT NULL,
    version     bigint      NOT NULL,
    state       text        NOT NULL,
    scopes      text[]      NOT NULL,
    per_day     bigint      NOT NULL,
    per_second  integer     NOT NULL,
    expires_at  timestamptz
);
CREATE INDEX client_account ON client (account);

-- Who lets which client see their code, and until when; without an end: no more.
CREATE TABLE consent (
    subject     text        NOT NULL COLLATE "C",
    client      text        NOT NULL COLLATE "C",
    incarnation integer     NOT NULL,
    version     bigint      NOT NULL,
    until       timestamptz,
    PRIMARY KEY (subject, client)
);

-- How many answers of a day each client has been given, or holds in a process's hands; `taken`: with the last look.
CREATE TABLE client_day (
    client text   NOT NULL COLLATE "C",
    day    date   NOT NULL,
    used   bigint NOT NULL,
    taken  bigint NOT NULL,
    PRIMARY KEY (client, day)
) WITH (fillfactor = 50);
CREATE INDEX client_day_day ON client_day (day);

-- migrate:down
