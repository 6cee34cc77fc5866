-- migrate:up

-- Why the code of a guest's home does not count now, whatever was told of it; NULL where it does.
ALTER TABLE guest ADD COLUMN covered text;
CREATE INDEX guest_origin ON guest (origin) WHERE NOT ended;

-- The origin: regions (or itself) to which nothing is told, because one of the two does not count. When it counts again,
-- every open watch is told anew, trip by trip behind `cursor`.
CREATE TABLE silence (
    region text PRIMARY KEY,
    cursor text NOT NULL DEFAULT ''
);

-- The nation: what two officers decide about the members of the catalogue. `entry` is a new member's, as JSON.
CREATE TABLE member_change (
    act             text        NOT NULL,
    region          text        NOT NULL,
    entry           text,
    begins_at       timestamptz,
    until           timestamptz,
    authority       text        NOT NULL,
    id              text        PRIMARY KEY,
    why             text        NOT NULL,
    proposed_by     text        NOT NULL,
    proposed_person text        NOT NULL,
    proposed_at     timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    state           text        NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    note            text
);
CREATE INDEX member_change_proposed_at ON member_change (proposed_at);

-- migrate:down
