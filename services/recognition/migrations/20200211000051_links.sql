-- migrate:up

-- When each region was heard last, by our clock: at the hub by its beats; elsewhere by what the hub says, which had not
-- heard of it for `silent` then. The row of the own region says when we last spoke.
CREATE TABLE link (
    region   text        PRIMARY KEY,
    sequence bigint      NOT NULL,
    heard_at timestamptz NOT NULL,
    silent   interval    NOT NULL DEFAULT '0'
) WITH (fillfactor = 50);

-- migrate:down
