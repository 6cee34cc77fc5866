-- migrate:up

-- Every finding that is another than the one before it, and what it was concluded from. `facts` is the dossier as it was,
-- `finding` what was concluded (domain/kept.py); both small, so they stay in the row. Rows are only added, and swept by
-- subject when they are past the region's retention.
CREATE TABLE finding (
    subject     text COLLATE "C" NOT NULL,
    sequence    bigint      NOT NULL,
    reviewed_at timestamptz NOT NULL,
    reference   bigint      NOT NULL,
    facts       bytea STORAGE MAIN NOT NULL,
    finding     bytea STORAGE MAIN NOT NULL,
    PRIMARY KEY (subject, sequence)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.5);

-- How far the sweep is that drops what is past the region's retention, one row for each kind; `passed_at` is when it was
-- last through.
CREATE TABLE retention (
    kind      text COLLATE "C" PRIMARY KEY,
    at_name   text COLLATE "C" NOT NULL DEFAULT '',
    at_number bigint      NOT NULL DEFAULT 0,
    dropped   bigint      NOT NULL DEFAULT 0,
    passed_at timestamptz
);

-- From which number of the reference data on a revision counts. What stood before there was a history counts always.
ALTER TABLE area_level ADD COLUMN reference bigint NOT NULL DEFAULT 0;

-- migrate:down
