-- migrate:up

-- The origin: the person has left; the row stays until its end, so that what caused it opens no other.
ALTER TABLE watch ADD COLUMN gone boolean NOT NULL DEFAULT false;

-- The destination: what the home says of the code there, for people to read.
ALTER TABLE guest ADD COLUMN home_color text;
ALTER TABLE guest ADD COLUMN home_rule text;

-- By the handle of a watch, its ask.
CREATE INDEX ask_handle ON ask (handle);

-- migrate:down
