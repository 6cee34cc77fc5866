-- migrate:up

-- A day's tree over all findings of it. While it is being built `root` is NULL and the place is how far that has come;
-- `signed` is the region's seal as published, `countersigned` what the nation has made of it.
CREATE TABLE seal (
    day            date   PRIMARY KEY,
    size           bigint NOT NULL DEFAULT 0,
    after_subject  text COLLATE "C" NOT NULL DEFAULT '',
    after_sequence bigint NOT NULL DEFAULT 0,
    root           bytea,
    signed         bytea,
    sealed_at      timestamptz,
    countersigned  bytea
);

-- The leaves, 1,024 a row in the order of subject and sequence, and their root: enough for any proof without reading all.
CREATE TABLE seal_part (
    day            date   NOT NULL,
    part           integer NOT NULL,
    first_subject  text COLLATE "C" NOT NULL,
    first_sequence bigint NOT NULL,
    root           bytea  NOT NULL,
    leaves         bytea  NOT NULL,
    PRIMARY KEY (day, part)
);

-- migrate:down
