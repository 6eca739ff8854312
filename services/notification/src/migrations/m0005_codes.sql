-- One-time codes and warnings: they go to an address and belong to no dossier. `address` and `content` are here until it is sent,
-- given up or out of date, and empty from then on. `tried` names the channels that are done with, between spaces.
CREATE TABLE directs (
    id          uuid NOT NULL PRIMARY KEY,
    is_code     boolean NOT NULL,
    address     text NOT NULL,
    content     text NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'sent', 'given_up')),
    tried       text NOT NULL,
    -- When it is looked at; whoever is at it has moved this to the end of their lease.
    due_at      timestamptz NOT NULL,
    heard_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    provider    text,
    reference   text,
    CHECK (state = 'open' OR (address = '' AND content = ''))
);
CREATE INDEX directs_due ON directs (due_at) WHERE state = 'open';
CREATE INDEX directs_end ON directs (expires_at);
CREATE INDEX directs_reference ON directs (provider, reference) WHERE reference IS NOT NULL;
