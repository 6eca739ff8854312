-- The agencies that are told over HTTP.
CREATE TABLE webhooks (
    id          uuid NOT NULL PRIMARY KEY,
    name        text NOT NULL,
    url         text NOT NULL,
    -- The wire names and the procedures that it wants, as JSON lists; empty for all.
    events      text NOT NULL,
    procedures  text NOT NULL,
    secret      text NOT NULL,
    -- The secret before, for as long as it is still valid.
    previous    text,
    state       text NOT NULL CHECK (state IN ('active', 'paused')),
    -- Calls that failed since the last that did not.
    failures    integer NOT NULL,
    made_at     timestamptz NOT NULL
);

-- What each was told, or is to be. `id` counts in the order of time: a cursor.
CREATE TABLE webhook_deliveries (
    id        uuid NOT NULL PRIMARY KEY,
    webhook   uuid NOT NULL REFERENCES webhooks (id),
    event     uuid NOT NULL,
    wire      text NOT NULL,
    body      text NOT NULL,
    state     text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries     integer NOT NULL,
    due_at    timestamptz NOT NULL,
    made_at   timestamptz NOT NULL,
    answer    integer,
    tried_at  timestamptz
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook, event);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_made ON webhook_deliveries (made_at);
