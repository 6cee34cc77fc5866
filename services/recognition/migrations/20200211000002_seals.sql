-- migrate:up

-- What the nation has countersigned: of each region and day the first seal, and no other.
CREATE TABLE seal (
    region        text  NOT NULL,
    day           text  NOT NULL,
    signed        bytea NOT NULL,
    countersigned bytea NOT NULL,
    PRIMARY KEY (region, day)
);

-- migrate:down
