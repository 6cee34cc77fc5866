-- migrate:up

-- Status lists of other regions, as they signed them: fetched while somebody asks about credentials that are in them.
CREATE TABLE list_abroad (
    region   text        NOT NULL,
    list_id  text        NOT NULL,
    data     bytea,
    version  bigint      NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL,
    tried_at timestamptz,
    PRIMARY KEY (region, list_id)
);

-- migrate:down
