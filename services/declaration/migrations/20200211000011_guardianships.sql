-- migrate:up

-- On what a guardian may show a person's code, and until when; without a basis, not at all. Each change is a version.
ALTER TABLE dependant
    ADD COLUMN basis        text,
    ADD COLUMN agreed_until date,
    ADD COLUMN evidence     text,
    ADD COLUMN version      bigint NOT NULL DEFAULT 1;

-- migrate:down
