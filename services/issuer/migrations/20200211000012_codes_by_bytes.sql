-- migrate:up

-- Pseudonyms are compared by their bytes, whatever the database's own order: several times dearer in a language's.
-- A row is written once, with its event.
ALTER TABLE code ALTER COLUMN subject TYPE text COLLATE "C", ALTER COLUMN event DROP DEFAULT;
ALTER TABLE code_history ALTER COLUMN subject TYPE text COLLATE "C";

-- migrate:down
