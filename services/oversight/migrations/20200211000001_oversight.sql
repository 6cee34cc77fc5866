-- migrate:up

-- What is counted, by buckets of five minutes of event time. Empty texts where an event says nothing.
CREATE TABLE count (
    bucket    timestamptz NOT NULL,
    kind      text        NOT NULL,
    dimension text        NOT NULL,
    value     text        NOT NULL,
    area      text        NOT NULL,
    color     text        NOT NULL,
    n         bigint      NOT NULL,
    PRIMARY KEY (bucket, kind, dimension, value, area, color)
) WITH (fillfactor = 70);

-- The same over all areas and colors: alarms look at these, a week of them at a time.
CREATE TABLE total (
    bucket    timestamptz NOT NULL,
    kind      text        NOT NULL,
    dimension text        NOT NULL,
    value     text        NOT NULL,
    n         bigint      NOT NULL,
    PRIMARY KEY (kind, bucket, dimension, value)
) WITH (fillfactor = 70);

-- How many people have each color now.
CREATE TABLE people (
    color text   PRIMARY KEY,
    n     bigint NOT NULL
) WITH (fillfactor = 50);

-- Up to where each partition is counted, written with the counts: what comes again is not counted again.
CREATE TABLE counted_offset (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    latest      timestamptz,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- The last hours in which each source was heard of.
CREATE TABLE source (
    source text          PRIMARY KEY,
    hours  timestamptz[] NOT NULL
) WITH (fillfactor = 70);

-- Alarms: the event as it was last published, but for evidence that was added since. `news` ascends with every change.
CREATE SEQUENCE news;
CREATE TABLE alarm (
    alarm     text        PRIMARY KEY,
    about     text        NOT NULL,
    opened_at timestamptz NOT NULL,
    cleared   boolean     NOT NULL,
    changed_at timestamptz NOT NULL,
    told      bigint      NOT NULL,
    news      bigint      NOT NULL,
    event     bytea       NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX alarm_open ON alarm (about) WHERE NOT cleared;
CREATE INDEX alarm_opened ON alarm (opened_at, alarm);
CREATE INDEX alarm_news ON alarm (news);

-- migrate:down
