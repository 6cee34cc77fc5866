-- migrate:up

-- Who has declared under their own login speaks for themselves: what a guardian states of them then waits for their word.
ALTER TABLE person ADD COLUMN self_declared boolean NOT NULL DEFAULT false;

-- What the guardian wrote of the person, sealed as `person` is. A list of dependants shows this, not what others wrote.
ALTER TABLE dependant ADD COLUMN wrapped bytea, ADD COLUMN sealed bytea;
CREATE INDEX dependant_subject ON dependant (subject);

-- migrate:down
