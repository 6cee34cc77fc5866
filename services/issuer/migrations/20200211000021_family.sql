-- migrate:up

-- Who may show whose code, as the declaration service tells it: `until` NULL is no more.
CREATE TABLE guardianship (
    id          text COLLATE "C" PRIMARY KEY,
    guardian    text COLLATE "C" NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    until       timestamptz,
    incarnation integer NOT NULL,
    version     bigint  NOT NULL
);
CREATE INDEX guardianship_guardian ON guardianship (guardian);

-- Who shows a credential, where that is not the person; whether it is on paper.
ALTER TABLE credential ADD COLUMN guardian text, ADD COLUMN paper boolean NOT NULL DEFAULT false;

-- As what somebody looked a person up. A person reads it by number, and it is forgotten by time.
ALTER TABLE lookup ADD COLUMN role text NOT NULL DEFAULT 'checkpoint';
DROP INDEX lookup_subject;
CREATE INDEX lookup_subject ON lookup (subject, id);
CREATE INDEX lookup_at ON lookup (at);

-- migrate:down
