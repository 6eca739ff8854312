-- What people let others do for them. `named` is the agent's number, a telephone's or an identification number, as the giver wrote it
-- with the name; `agent` is who has accepted it. `acts` and `procedures` are JSON; no procedures: all of them.
CREATE TABLE mandates (
    id           uuid NOT NULL PRIMARY KEY,
    giver        uuid NOT NULL REFERENCES accounts (id),
    agent        uuid REFERENCES accounts (id),
    named        text NOT NULL,
    agent_name   text NOT NULL,
    relation     text NOT NULL,
    acts         text NOT NULL,
    procedures   text,
    consent      text NOT NULL,
    offered_at   timestamptz NOT NULL,
    valid_until  timestamptz NOT NULL,
    accepted_at  timestamptz,
    ended_at     timestamptz,
    ended_by     uuid,
    CHECK ((agent IS NULL) = (accepted_at IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX mandates_by_giver ON mandates (giver, offered_at);
CREATE INDEX mandates_by_agent ON mandates (agent, offered_at);
CREATE INDEX mandates_by_named ON mandates (named);

-- People who sit before somebody who helps them to file, until they have agreed by a code or it is over.
CREATE TABLE assistances (
    id          uuid NOT NULL PRIMARY KEY,
    helper      uuid NOT NULL REFERENCES accounts (id),
    name        text NOT NULL,
    citizen_id  text NOT NULL,
    phone       text NOT NULL,
    procedure   text NOT NULL,
    asked_at    timestamptz NOT NULL
);
CREATE INDEX assistances_by_time ON assistances (asked_at);
