-- migrate:up

-- When each region was heard last, by our clock: at the hub by its beats; elsewhere by what the hub says, which had not
-- heard of it for `silent` then.
CREATE TABLE link (
    region   text        PRIMARY KEY,
    sequence bigint      NOT NULL,
    heard_at timestamptz NOT NULL,
    silent   interval    NOT NULL DEFAULT '0'
) WITH (fillfactor = 50);

-- When we last spoke ourselves: of several processes one does, each time.
CREATE TABLE link_turn (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    sequence bigint      NOT NULL,
    spoke_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- migrate:down
