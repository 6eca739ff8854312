-- Ids of messages that have taken effect. UUIDv7 carries its time, so a day is a range of ids and old days are dropped whole.
CREATE TABLE inbox (
    message_id UUID PRIMARY KEY
) PARTITION BY RANGE (message_id);
CREATE TABLE inbox_other PARTITION OF inbox DEFAULT;

-- What this service said, append-only. Partitioned by sequence: reading beyond the cursor touches the newest part only.
CREATE SEQUENCE outbox_seq;
CREATE TABLE outbox (
    seq BIGINT NOT NULL DEFAULT nextval('outbox_seq') PRIMARY KEY,
    message_id UUID NOT NULL,
    wire TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    subject UUID,
    said_at BIGINT NOT NULL,
    traceparent TEXT,
    causation UUID,
    body TEXT NOT NULL
) PARTITION BY RANGE (seq);
CREATE TABLE outbox_p0 PARTITION OF outbox FOR VALUES FROM (0) TO (1000000);
CREATE TABLE outbox_other PARTITION OF outbox DEFAULT;

-- How far the relay has come: all up to `high` is settled, except `open`.
CREATE TABLE relay (
    id SMALLINT PRIMARY KEY,
    high BIGINT NOT NULL,
    open TEXT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO relay (id, high, open) VALUES (1, 0, '[]');

-- Messages that wait for another attempt, heard ('in') or unroutable ('out').
CREATE TABLE deferred (
    message_id UUID NOT NULL,
    direction TEXT NOT NULL,
    wire TEXT NOT NULL,
    envelope TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    history TEXT NOT NULL,
    PRIMARY KEY (message_id, direction)
);
CREATE INDEX deferred_due ON deferred (due_at);

-- Messages that wait for a person.
CREATE TABLE parked (
    message_id UUID NOT NULL,
    direction TEXT NOT NULL,
    wire TEXT NOT NULL,
    envelope TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    history TEXT NOT NULL,
    parked_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, direction)
);

-- Who did what with a parked message.
CREATE TABLE parked_audit (
    id UUID PRIMARY KEY,
    message_id UUID NOT NULL,
    direction TEXT NOT NULL,
    wire TEXT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Messages to be said later.
CREATE TABLE scheduled (
    message_id UUID PRIMARY KEY,
    due_at BIGINT NOT NULL,
    envelope TEXT NOT NULL
);
CREATE INDEX scheduled_due ON scheduled (due_at);

-- Answers given for an Idempotency-Key, kept with the effect they report.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_age ON idempotency (answered_at);
