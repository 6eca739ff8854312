-- Whom a dossier's news goes to.
CREATE TABLE contacts (
    dossier       uuid NOT NULL PRIMARY KEY,
    account       uuid NOT NULL,
    name          text NOT NULL,
    email         text,
    phone         text,
    procedure_vi  text NOT NULL,
    procedure_en  text NOT NULL,
    code          text
);

CREATE TABLE messages (
    id           uuid NOT NULL PRIMARY KEY,
    dossier      uuid NOT NULL REFERENCES contacts (dossier),
    account      uuid NOT NULL,
    event        text NOT NULL,
    title        text NOT NULL,
    body         text NOT NULL,
    title_en     text NOT NULL,
    body_en      text NOT NULL,
    link         text NOT NULL,
    happened_at  timestamptz NOT NULL,
    written_at   timestamptz NOT NULL,
    read_at      timestamptz
);
-- One event of a dossier is told once, whatever is heard how often.
CREATE UNIQUE INDEX messages_once ON messages (dossier, event, happened_at);
CREATE INDEX messages_account ON messages (account, happened_at);

-- The mail that carries a message. `answer` is what the mail server said.
CREATE TABLE mails (
    message   uuid NOT NULL PRIMARY KEY REFERENCES messages (id),
    address   text NOT NULL,
    state     text NOT NULL,
    attempts  integer NOT NULL,
    answer    integer,
    tried_at  timestamptz,
    sent_at   timestamptz
);
