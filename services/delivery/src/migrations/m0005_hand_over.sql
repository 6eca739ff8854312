-- Whom a dossier's result is for and which desk hands it over; unknown for what was decided before.
CREATE TABLE recipients (
    dossier     uuid NOT NULL PRIMARY KEY,
    desk        text NOT NULL,
    name        text NOT NULL,
    citizen_id  text NOT NULL,
    phone       text,
    address     text
);

-- What was ordered of the post office. The number is ours: however often an order is sent, it is one parcel.
CREATE TABLE parcels (
    number            text NOT NULL PRIMARY KEY,
    result            uuid NOT NULL REFERENCES results (id),
    officer           uuid NOT NULL,
    receiver_name     text NOT NULL,
    receiver_phone    text NOT NULL,
    receiver_address  text NOT NULL,
    state             text NOT NULL,
    item_code         text,
    reason            text,
    ordered_at        timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL
);
CREATE INDEX parcels_result ON parcels (result);

-- What the post office said of them, once each by its own number.
CREATE TABLE parcel_events (
    id           bigint NOT NULL PRIMARY KEY,
    parcel       text NOT NULL REFERENCES parcels (number),
    code         text NOT NULL,
    message      text NOT NULL,
    happened_at  timestamptz NOT NULL
);
CREATE INDEX parcel_events_parcel ON parcel_events (parcel, happened_at);

-- What is done again and again, begun once, and how far it came.
CREATE TABLE rounds (
    name      text NOT NULL PRIMARY KEY,
    begun_at  timestamptz NOT NULL,
    reached   bigint NOT NULL
);

-- What proves that a result was handed over, as JSON.
ALTER TABLE results ADD COLUMN proof text;

-- The code that whoever collects a result was sent: the newest one only, and only its hash.
CREATE TABLE codes (
    result      uuid NOT NULL PRIMARY KEY REFERENCES results (id),
    hash        text NOT NULL,
    sent_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    tries       integer NOT NULL
);

-- The times that a citizen was reminded of a result that waits: once for each number of days since each beginning.
CREATE TABLE reminders (
    result     uuid NOT NULL REFERENCES results (id),
    since      timestamptz NOT NULL,
    days       integer NOT NULL,
    is_last    integer NOT NULL,
    said_at    timestamptz NOT NULL,
    called_at  timestamptz,
    called_by  uuid,
    PRIMARY KEY (result, since, days)
);
CREATE INDEX reminders_last ON reminders (is_last, called_at);
CREATE INDEX results_unopened ON results (id) WHERE opened_at IS NULL AND handed_over_by = 'portal';

-- What the national store of citizens' papers was told of each result.
CREATE TABLE deposits (
    result        uuid NOT NULL PRIMARY KEY REFERENCES results (id),
    told          text NOT NULL,
    reference     text,
    refusal       text,
    deposited_at  timestamptz,
    told_at       timestamptz NOT NULL
);
