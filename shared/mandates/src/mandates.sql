-- What identity said about who may act for whom. `acts` and `procedures` are JSON; no procedures: all of them.
CREATE TABLE mandates (
    id           uuid NOT NULL PRIMARY KEY,
    giver        uuid NOT NULL,
    agent        uuid NOT NULL,
    acts         text NOT NULL,
    procedures   text,
    consent      text NOT NULL,
    given_at     timestamptz NOT NULL,
    valid_until  timestamptz NOT NULL
);
CREATE INDEX mandates_by_agent ON mandates (agent, giver);

-- Which of them one of the two has ended; heard before the beginning, it counts as well.
CREATE TABLE ended_mandates (
    id        uuid NOT NULL PRIMARY KEY,
    ended_at  timestamptz NOT NULL
);
